"""For a map without campaigns: one guide a leaf zone."""

from typing import Final

import msgspec

from hub_server.campaign.document import FORMAT, VERSION, Document, Words
from hub_server.campaign.reader import places_of
from hub_server.decision.catalogue import SILENT_ZONE_TYPES
from store_maps.floor_map import FloorMap

# A guide waits for a pause in the walk: somebody who passes through needs no "you are here".
GUIDE_DWELL_S: Final = 8.0
GUIDE_USEFULNESS: Final = 0.5
# Places where a guide would be a nuisance at best.
GUIDE_NOT_IN: Final = SILENT_ZONE_TYPES | {"checkout"}
WORDS: Final = {
    "en": Words(
        "{for_zone_name}",
        "You are here: {for_zone_name}. The map shows the way on.",
        "Because you are at {for_zone_name}.",
    ),
    "de": Words(
        "{for_zone_name}",
        "Sie sind hier: {for_zone_name}. Die Karte zeigt, wie es weitergeht.",
        "Weil Sie bei {for_zone_name} sind.",
    ),
}


def guides_document(floor_map: FloorMap) -> bytes:
    """A campaign file with one guide a leaf zone; none where nobody is spoken to."""
    sensitive = places_of(floor_map).sensitive
    guides = [
        Document(
            id=f"guide.{index + 1}",
            kind="guide",
            topic="guide",
            words=WORDS,
            when={"field": "dwell_s", "op": ">=", "value": GUIDE_DWELL_S},
            usefulness=GUIDE_USEFULNESS,
            for_zone=zone.id,
        )
        for index, zone in enumerate(floor_map.leaf_zones)
        if zone.id not in sensitive and zone.messages_allowed and zone.zone_type not in GUIDE_NOT_IN
    ]
    return msgspec.json.encode({"format": FORMAT, "version": VERSION, "campaigns": guides})

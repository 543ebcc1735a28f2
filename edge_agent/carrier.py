"""Who is located: a tag that the fixed Pis hear, or a cart whose Pi hears the beacons.

Neither is heard by both kinds, so a store with both has two answers.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from edge_agent.calibration import Calibration
from store_maps.feature import Anchor, Beacon
from store_maps.floor_map import FloorMap

Carrier = Literal["tags", "carts"]
CARRIERS: Final[tuple[Carrier, ...]] = ("tags", "carts")
# One tells a distance, and no place.
PLACES_MIN: Final = 2


def places(floor_map: FloorMap, carrier: Carrier) -> Sequence[Anchor | Beacon]:
    """What it is located by."""
    return floor_map.anchors if carrier == "tags" else floor_map.beacons


def located_carriers(floor_map: FloorMap) -> list[Carrier]:
    """Those that the map has enough for; tags first."""
    return [one for one in CARRIERS if len(places(floor_map, one)) >= PLACES_MIN]


def kind(floor_map: FloorMap) -> str:
    """What one more would be."""
    return "beacon" if len(floor_map.beacons) > len(floor_map.anchors) else "anchor"


def hearing(floor_map: FloorMap, carrier: Carrier) -> str:
    """Who is located, and by what, in words."""
    count = len(places(floor_map, carrier))
    if carrier == "tags":
        return f"a tag heard by the {count} anchors"
    return f"a cart that hears the {count} beacons"


def of_carrier(
    floor_map: FloorMap, calibration: Calibration, carrier: Carrier
) -> tuple[FloorMap, Calibration]:
    """The store with nothing but what such a one is located by."""
    kept = {place.id for place in places(floor_map, carrier)}
    rows = tuple(anchor for anchor in calibration.anchors if anchor.anchor in kept)
    narrowed = (
        msgspec.structs.replace(floor_map, beacons=())
        if carrier == "tags"
        else msgspec.structs.replace(floor_map, anchors=())
    )
    return narrowed, msgspec.structs.replace(calibration, anchors=rows)

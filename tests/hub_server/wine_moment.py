"""A shopper at the wine shelf of a small market, and campaigns about wine, to decide on."""

import json
from pathlib import Path
from typing import Any

import msgspec

from hub_server import campaigns
from hub_server.campaigns import Campaign
from hub_server.decision.snapshot import ContextSnapshot, Said, StageP
from store_maps import floor_map

MARKET = floor_map.load(Path(__file__).parent / "small_market.geojson")
NOW_S = 1_790_000_000.0
SALT = b"a salt of sixteen characters or more"
WORDS = {"en": {"title": "{zone_name}", "text": "A word.", "why": "Because you are here."}}
# Somebody who may be spoken to, about wine.
GOOD = ContextSnapshot(
    at_s=NOW_S,
    local_minute=600,
    may_locate=True,
    may_message=True,
    channel="page",
    zone="wine",
    zone_name="Wine",
    zone_type="aisle",
    zone_p=0.9,
    level="L0",
    fix_age_s=1.0,
    dwell_s=40.0,
    stage="weighing",
    stage_p=StageP(weighing=0.6, engaged=0.4),
    visit_s=300.0,
)
STAGED = {"when": {"field": "stage_p", "of": "weighing", "op": ">=", "value": 0.1}}


def made(*entries: dict[str, Any]) -> tuple[Campaign, ...]:
    """Campaigns about wine that always fit there, changed by each entry."""
    whole = [
        {
            "id": f"c{index}",
            "kind": "inform",
            "topic": "wine",
            "words": WORDS,
            "when": {"field": "zone", "op": "is", "value": "wine"},
            "usefulness": 0.5,
            "control_share": 0.1,
            "items": ["riesling"],
            "categories": ["white-wine"],
        }
        | entry
        for index, entry in enumerate(entries, start=1)
    ]
    data = json.dumps({"format": "campaigns", "version": 2, "campaigns": whole}).encode()
    return campaigns.parse(data, MARKET, salt=SALT)


def but(**changes: Any) -> ContextSnapshot:  # noqa: ANN401 - any field
    """GOOD with changes."""
    return msgspec.structs.replace(GOOD, **changes)


def said(
    kind: str = "help",
    campaign: str = "other",
    channel: str = "page",
    ago_s: float = 1000.0,
    **more: Any,  # noqa: ANN401 - any field of Said
) -> Said:
    """A message said `ago_s` before GOOD."""
    known = {"campaign": campaign, "kind": kind, "topic": "t", "channel": channel}
    return msgspec.convert({**known, "at_s": NOW_S - ago_s, **more}, Said)

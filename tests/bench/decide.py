"""How long one decision takes: 50 live campaigns of seven clauses, snapshot built, nothing written.

    python tests/bench/decide.py

Prints medians of 10,000: the decision for shoppers in every zone (fast and explain), its dearest
case, and one condition of seven clauses.
"""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

import store_maps
from hub_server import campaigns
from hub_server.campaigns import Campaign
from hub_server.decide import decide
from hub_server.snapshot import ContextSnapshot, Said, StageP
from store_maps import floor_map

ROUNDS: Final = 10_000
CAMPAIGNS: Final = 50
# The aims of issue 5, in microseconds.
DECIDE_AIM_US: Final = 100.0
CONDITION_AIM_US: Final = 2.0
MAP: Final = Path(store_maps.__file__).parent / "corner_market" / "map.geojson"
KINDS: Final = ("guide", "help", "inform", "remind", "reassure", "offer")
WORDS: Final = {
    "en": {
        "title": "{zone_name}",
        "text": "A word about {zone_name}.",
        "why": "Because you have been here for {dwell_s} seconds.",
    }
}


def seven(zone: str) -> dict[str, object]:
    """Seven clauses that all hold for the snapshot below: the dearest case."""
    clauses = [
        {"field": "zone", "op": "is", "value": zone},
        {"field": "zone_p", "op": ">=", "value": 0.8},
        {"field": "dwell_s", "op": "between", "value": [20, 300]},
        {"field": "stage", "op": "in", "value": ["engaged", "weighing"]},
        {"field": "stage_p", "of": "weighing", "op": ">=", "value": 0.3},
        {"field": "intent", "op": "is_not", "value": "gift"},
        {"field": "bought_categories", "op": "has_none", "value": ["flowers", "fish"]},
    ]
    return {"all": clauses}


def live(zones: list[str]) -> tuple[Campaign, ...]:
    """CAMPAIGNS of every kind, spread over `zones`."""
    entries = [
        {
            "id": f"c{n}",
            "kind": KINDS[n % len(KINDS)],
            "topic": f"t{n % 10}",
            "words": WORDS,
            "when": seven(zones[n % len(zones)]),
            "usefulness": 0.3 + n / 100,
        }
        for n in range(CAMPAIGNS)
    ]
    data = json.dumps({"format": "campaigns", "version": 1, "campaigns": entries})
    return campaigns.parse(data.encode(), floor_map.load(MAP))


def moment(zone: str) -> ContextSnapshot:
    """A shopper lingering in `zone`, spoken to once already."""
    return ContextSnapshot(
        at_s=10_000.0,
        may_locate=True,
        may_message=True,
        channel="page",
        zone=zone,
        zone_name=zone,
        zone_type="aisle",
        zone_p=0.93,
        level="L0",
        fix_age_s=0.6,
        dwell_s=41.0,
        stage="weighing",
        stage_p=StageP(weighing=0.6, engaged=0.3, exploring=0.1),
        visit_s=700.0,
        intent="self",
        zones_visited=("produce", "bakery", zone),
        bought_categories=("bread",),
        said=(Said("c99", "help", "t1", "page", 9_000.0),),
        muted_topics=("t3",),
    )


def median_us(run: Callable[[int], object]) -> float:
    """Median of ROUNDS single runs, microseconds."""
    took = []
    for n in range(ROUNDS):
        start_ns = time.perf_counter_ns()
        run(n)
        took.append(time.perf_counter_ns() - start_ns)
    return statistics.median(took) / 1000.0


def main() -> None:
    """Print the figures."""
    market = floor_map.load(MAP)
    sensitive = campaigns.places_of(market).sensitive
    zones = [zone.id for zone in market.leaf_zones if zone.id not in sensitive]
    spread, crowded = live(zones), live(zones[:1])
    zone_of = [zones[n % len(zones)] for n in range(ROUNDS)]
    silent = msgspec.structs.replace(moment(zones[0]), channel=None)
    one, here = spread[0].fits, moment(zones[0])
    figures = [
        ("decide, 50 campaigns, fast", lambda n: decide(moment(zone_of[n]), spread)),
        (
            "decide, 50 campaigns, explain",
            lambda n: decide(moment(zone_of[n]), spread, explain=True),
        ),
        ("decide, all 50 fit, fast", lambda _: decide(moment(zones[0]), crowded)),
        (
            "decide, all 50 fit, explain",
            lambda _: decide(moment(zones[0]), crowded, explain=True),
        ),
        ("decide, a shopper's gate shut", lambda _: decide(silent, spread)),
    ]
    for name, run in figures:
        print(f"{name:34} {median_us(run):8.2f} us (aim {DECIDE_AIM_US:g})")
    print(f"{'condition of seven clauses':34} {median_us(lambda _: one(here)):8.2f} us "
          f"(aim {CONDITION_AIM_US:g})")  # fmt: skip


if __name__ == "__main__":
    main()

"""How long one decision takes: 50 live campaigns of seven clauses, all gates, the snapshot built.

    python tests/bench/decide.py

Prints medians of 10,000 at steady state, fast and with every gate explained. The shopper has a
mission, a list, a past, opinions, messages of a week behind them, feeds and walks; nothing is
written. *few fit*: the campaigns are spread over the store, as they are in one. *none fits*: all 50
are about the very shelf, but for a longer stay. *all fit*, and *price counts* to the shopper, whose
campaigns are ordered topic by topic. *all shut*: and one gate, or seven by turns, stops each.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from hub_server import campaigns
from hub_server.campaigns import Campaign
from hub_server.decide import Decision, decide
from hub_server.decision.snapshot import STAGES, ContextSnapshot, Reading, Said, Walk
from hub_server.goods.assortment import Assortment
from hub_server.journeys import Journey
from hub_server.visit.moments import Moments
from hub_server.visit.visits import Choices, Mission, Past, Sent, Visit, Wanted
from store_maps import corner_market, floor_map
from store_maps.floor_map import FloorMap

ROUNDS: Final = 10_000
CAMPAIGNS: Final = 50
# The aims of issue 5, in microseconds.
DECIDE_AIM_US: Final = 100.0
CONDITION_AIM_US: Final = 2.0
NOW_S: Final = 1_790_000_000.0
DAY_S: Final = 86_400.0
KINDS: Final = ("guide", "help", "inform", "remind", "reassure", "offer", "delight", "service")
CATEGORIES: Final = ("bread", "wine", "fish", "pasta", "fruit")
# Three messages in this visit: as many as a store allows.
SAID: Final = tuple(Said(f"x{n}", "help", "any", "page", NOW_S - 600.0) for n in range(3))
# What each stops a campaign for the shopper below, by a gate of its own.
SHUT: Final[tuple[dict[str, Any], ...]] = (
    {"ends_s": NOW_S - 1.0},
    {"topic": "t9"},
    {"items": frozenset({"kettle"})},
    {"items": frozenset({"socks"})},
    {"items": frozenset({"rye"})},
    {"near": "produce", "walk_m_max": 1.0},
    {"feeds": frozenset({"shelf.count"})},
)
WORDS: Final = {
    "en": {
        "title": "{zone_name}",
        "text": "A word about {zone_name}.",
        "why": "Because you are at {zone_name}.",
    }
}


class World:
    """Feeds and walks, as they are read at each moment."""

    version = 0

    def readings(self, now_s: float) -> tuple[Reading, ...]:
        """Four numbers of two feeds."""
        age_s = now_s % 60.0
        return tuple(
            Reading(name, value, age_s, 600.0)
            for name, value in (
                ("queue.people", 3.0),
                ("queue.wait_s", 140.0),
                ("weather.rain", 0.0),
                ("weather.temperature_c", 31.0),
            )
        )

    def of(self, _x_m: float, _y_m: float, _level: str, _items: Sequence[str]) -> tuple[Walk, ...]:
        """To three targets; looked up by the cell."""
        return WALKS


WALKS: Final = (Walk("bakery", 12.0), Walk("wine", 31.5), Walk("till", 44.0))


def seven(zone: str) -> dict[str, Any]:
    """Seven clauses that all hold for the shopper below: the dearest case."""
    clauses = [
        {"field": "zone", "op": "is", "value": zone},
        {"field": "zone_p", "op": ">=", "value": 0.8},
        {"field": "dwell_s", "op": "between", "value": [20, 300]},
        {"field": "stage", "op": "in", "value": ["engaged", "weighing"]},
        {"field": "stage_p", "of": "weighing", "op": ">=", "value": 0.3},
        {"field": "intent", "op": "is_not", "value": "gift"},
        {"field": "bought_categories", "op": "has_none", "value": ["flowers", "tea"]},
    ]
    return {"all": clauses}


def live(market: FloorMap, zones: list[str], **more: Any) -> tuple[Campaign, ...]:  # noqa: ANN401
    """CAMPAIGNS of every kind, spread over `zones`, with what a document may carry."""
    entries = [
        {
            "id": f"c{n}",
            "kind": KINDS[n % len(KINDS)],
            "topic": f"t{n % 10}",
            "words": WORDS,
            "when": seven(zones[n % len(zones)]),
            "usefulness": 0.3 + n / 100,
            "items": [f"item-{n}"],
            "categories": [CATEGORIES[n % len(CATEGORIES)]],
            "control_share": 0.1,
            "caps": [{"per": "campaign", "limit": 3, "hours": 720}] if n % 5 == 0 else [],
            **more,
        }
        for n in range(CAMPAIGNS)
    ]
    data = msgspec.json.encode({"format": "campaigns", "version": 2, "campaigns": entries})
    return campaigns.parse(data, market, salt=b"salt of a bench, drawing nothing")


def shopper() -> Visit:
    """Somebody known for long: a list, a past, opinions, five messages of this week."""
    sent = Sent(
        decision="d1", campaign="c3", kind="help", topic="t3", title="", text="", why=(),
        for_zone=None, zone=None, at_s=NOW_S - 700.0, expires_at_s=NOW_S, shown=True,
        categories=("pasta",),
    )  # fmt: skip
    before = tuple(
        Said(f"c{n}", KINDS[n], f"t{n}", "page", NOW_S - (n + 1) * DAY_S, (CATEGORIES[n],))
        for n in range(4)
    )
    return Visit(
        visit="v", shopper="s", visit_code="", join_code="", opened_s=NOW_S - 900.0,
        may_locate=True, may_message=True, visible={"phone": NOW_S},
        mission=Mission(intent="self", value="quality"),
        choices=Choices(muted_topics=("t9",), less_topics=("t8",)),
        past=Past(
            first_visit=False, owned_items=("kettle", "toilet-seat"), due_items=("oats",),
            owned_categories=("kettles",), due_categories=("cereals",), returned_items=("socks",),
        ),
        weights={"t1": 1.2, "t2": 0.6, "t4": 1.0}, evidence=7, said_before=before,
        gift_marks=frozenset({"00112233aabbccdd", "ddccbbaa33221100"}),
        gift_names=frozenset({"scarf", "scarves"}),
        wanted=tuple(Wanted(line=str(n), item=f"wanted-{n}", passed=n == 1) for n in range(8)),
        zones=["entrance", "produce", "bakery"], bought_items={"rye"}, bought_categories={"bread"},
        sent=[sent],
    )  # fmt: skip


def lingering(zone: str) -> Journey:
    """A journey at a shelf, in a stage that is sure."""
    p = dict.fromkeys(STAGES, 0.02) | {"weighing": 0.6, "engaged": 0.28}
    return Journey(
        handle="h", zone=zone, zone_p=0.93, zone_type="aisle", dwell_s=41.0, waiting_s=0.0,
        in_store_s=900.0, last_fix_age_s=0.6, x_m=10.0, y_m=9.0, radius_m=2.0, level="L0",
        stage="weighing", stage_p=p, p_buy=0.4, stage_gate=0.5,
    )  # fmt: skip


def median_us(run: Callable[[int], object]) -> float:
    """Median of ROUNDS single runs, microseconds."""
    took = []
    for n in range(ROUNDS):
        start_ns = time.perf_counter_ns()
        run(n)
        took.append(time.perf_counter_ns() - start_ns)
    return statistics.median(took) / 1000.0


class Case(msgspec.Struct, frozen=True):
    """One kind of moment that decisions are timed on."""

    name: str
    moment: Callable[[int], ContextSnapshot]
    campaigns: tuple[Campaign, ...]

    def fast(self, n: int) -> Decision:
        """As a hub decides, the snapshot built."""
        return decide(self.moment(n), self.campaigns)

    def explained(self, n: int) -> Decision:
        """As `why` is answered, the snapshot built."""
        return decide(self.moment(n), self.campaigns, explain=True)


def cases() -> list[Case]:
    """The moments of one shopper, and 50 campaigns for each."""
    market = floor_map.load(corner_market.path())
    sensitive = campaigns.places_of(market).sensitive
    zones = [zone.id for zone in market.leaf_zones if zone.id not in sensitive]
    spread, crowded = live(market, zones), live(market, zones[:1])
    # Service passes full caps, and holdout spares promotion only.
    alike = live(market, zones[:1], kind="inform")
    visit, journeys = shopper(), [lingering(zone) for zone in zones]
    moments = Moments(market, None, crowded, Assortment())
    moments.feeds = moments.walks = World()

    def at(n: int, zone: int, **changes: Any) -> ContextSnapshot:  # noqa: ANN401 - any field
        # One tick has one time; about ten shoppers decide in it, each with the page open.
        visit.visible["phone"] = now_s = NOW_S + n // 10
        snapshot = moments.snapshot(visit, journeys[zone], now_s)
        return msgspec.structs.replace(snapshot, **changes) if changes else snapshot

    def here(**changes: Any) -> Callable[[int], ContextSnapshot]:  # noqa: ANN401 - any field
        return lambda n: at(n, 0, **changes)

    return [
        Case("few fit", lambda n: at(n, n % len(zones)), spread),
        Case("none fits", here(dwell_s=1.0), crowded),
        Case("all fit", here(), crowded),
        Case("all fit, price counts", here(value="price"), crowded),
        Case("all shut, by date", here(), but(crowded, {"ends_s": NOW_S - 1.0})),
        Case("all shut, by topic", here(), but(crowded, {"topic": "t9"})),
        Case("all shut, by cap", here(said=SAID), alike),
        Case("all shut, by holdout", here(holdout=True), alike),
        Case("all shut, by turns", here(), but(alike, *SHUT)),
    ]


def but(those: Sequence[Campaign], *changes: dict[str, Any]) -> tuple[Campaign, ...]:
    """`those`, each changed by the next of `changes`."""
    return tuple(
        msgspec.structs.replace(one, **changes[n % len(changes)]) for n, one in enumerate(those)
    )


def print_line(name: str, *runs: Callable[[int], object], more: str = "") -> None:
    """Their medians on one line."""
    print(f"{name:28}", *(f"{median_us(run):8.2f} us" for run in runs), more)


def main() -> None:
    """Print the figures."""
    known = cases()
    moment, fits = known[2].moment(0), known[2].campaigns[0].fits
    print_line("snapshot built", known[0].moment)
    print_line(
        "condition of seven clauses", lambda _: fits(moment), more=f"(aim {CONDITION_AIM_US:g})"
    )
    print(
        f"{'decision, snapshot built':28} {'fast':>11} {'explain':>11} (aim {DECIDE_AIM_US:g} fast)"
    )
    for one in known:
        print_line(one.name, one.fast, one.explained, more=f"ends in {one.fast(0).code}")
    print(f"one stored snapshot: {len(msgspec.json.encode(moment))} bytes")


if __name__ == "__main__":
    main()

"""Whether the word about what is left on the list comes in time: no sooner, not at the tills.

    python tests/bench/leaving.py [--stores 2] [--first 101] [--visits 20]

Shoppers of drawn stores forget one to five things of their list (tests/bench/list_shoppers.py: real
locator, real hub, nobody ticks a line off). In time: from 8 s before they leave the last shelf that
they stop at until they come to the zone of the tills. Stores 1 to 6 of grid, islands and boutique
were tuned on; 101 to 104, and racetrack, were not. "due": the list's watch wants a message; "said":
it is on the page, all gates included; "list": the open list says so.
"""

import argparse
import statistics
from collections.abc import Sequence
from typing import Final

import msgspec

from hub_server.place.routes import routes_of
from store_maps.habits import EVERYDAY, TEST_HABITS
from store_maps.layouts import FAMILIES, store
from tests.bench.list_shoppers import Stocked, Told, Walk

# Standing at the last shelf a word helps most.
BEFORE_S: Final = 8
OUTCOMES: Final = ("in time", "too early", "at the tills", "never")


class Case(msgspec.Struct, frozen=True):
    """One shopper, and what was said."""

    walk: Walk
    told: Told
    without: Told
    """The same shopper where nothing was forgotten."""

    def outcome(self, at_s: int | None) -> str:
        """One of OUTCOMES."""
        if at_s is None:
            return "never"
        if at_s < self.walk.last_s - BEFORE_S:
            return "too early"
        return "in time" if at_s <= self.walk.tills_s else "at the tills"


def cases_of(family: str, number: int, visits: int) -> list[Case]:
    """Of one drawn store; every other one's people have habits that nothing was tuned on."""
    floor_map = store(family, number)
    stocked = Stocked(floor_map, routes_of(floor_map))
    walks = stocked.walks(1000 + number, visits, TEST_HABITS if number % 2 == 0 else EVERYDAY)
    if not walks:
        return []
    told, without = stocked.told(walks), stocked.told(walks, forgetful=False)
    return [Case(*one) for one in zip(walks, told, without, strict=True)]


def line(name: str, cases: Sequence[Case], at_s: Sequence[int | None]) -> None:
    """One row of the table."""
    pairs = list(zip(cases, at_s, strict=True))
    found = [case.outcome(when_s) for case, when_s in pairs]
    shares = "".join(f"{100 * found.count(one) / len(cases):>12.0f} %" for one in OUTCOMES)
    lead_s = [
        case.walk.tills_s - when_s
        for case, when_s in pairs
        if when_s is not None and case.outcome(when_s) == "in time"
    ]
    lead = f"{statistics.median(lead_s):.0f} s" if lead_s else "-"
    print(f"{name:<18}{shares}{lead:>8}")


def table(name: str, cases: Sequence[Case]) -> None:
    """What is due, said and listed."""
    line(f"{name}: due", cases, [case.told.meant_s for case in cases])
    line(f"{name}: said", cases, [case.told.said_s for case in cases])
    line(f"{name}: list", cases, [case.told.listed_s for case in cases])


def main() -> None:
    """Print all."""
    parser = argparse.ArgumentParser(description="in time or not: what is left on the list")
    parser.add_argument("--stores", type=int, default=2, help="of each family")
    parser.add_argument("--first", type=int, default=101, help="number of the first")
    parser.add_argument("--visits", type=int, default=20, help="with a list, at most, in each")
    options = parser.parse_args()
    found = {
        family: [
            case
            for number in range(options.first, options.first + options.stores)
            for case in cases_of(family, number, options.visits)
        ]
        for family in FAMILIES
    }
    every = [case for cases in found.values() for case in cases]
    way_s = [case.walk.tills_s - case.walk.last_s for case in every]
    print(
        f"{len(every)} shoppers, {statistics.median(way_s):.0f} s from last shelf to tills (median)"
    )
    print(f"{'':<18}" + "".join(f"{one:>14}" for one in (*OUTCOMES, "ahead")))
    for family, cases in found.items():
        if cases:
            table(family, cases)
    table("all", every)
    said = [case for case in every if case.told.said_s is not None]
    right = sum(not set(case.told.named).isdisjoint(case.walk.forgotten) for case in said)
    wrong = [len(set(case.told.named) - set(case.walk.forgotten)) for case in said]
    print(f"of {len(said)} messages {right} name something forgotten; besides, they name", end=" ")
    print(f"{sum(wrong) / max(len(said), 1):.1f} things that are in the cart or will be")
    for what in ("meant_s", "said_s", "listed_s"):
        count = sum(getattr(case.without, what) is not None for case in every)
        print(f"nothing forgotten, {what[:-2]} all the same: {100 * count / len(every):.0f} %")


if __name__ == "__main__":
    main()

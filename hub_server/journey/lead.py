"""Which tag of a visit its shopper is with: a family pushes two carts, or leaves one behind."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from hub_server.journeys import Journey

# A place older than this is no place: the locator's own decay to unknown.
PLACE_MAX_S: Final = 30.0
# What stands for so long while another is pushed on was left behind: twice as long as most look at
# a shelf, and nothing is lost meanwhile, as both are in the same store.
PARKED_S: Final = 30.0


def leading(journeys: Iterable[Journey], lead: str) -> Journey | None:
    """The journey that speaks for a visit; None: it has none.

    That of `lead`, until another moves after that one has stood for PARKED_S, or nobody knows any
    more where it is. If the youngest fix led, two carts in two aisles would be a visit that walks
    to and fro, and each message be taken back a second later.
    """
    every = sorted(journeys, key=age_s)
    placed = [one for one in every if age_s(one) <= PLACE_MAX_S]
    kept = next((one for one in placed if one.handle == lead), None)
    if kept is None:
        return every[0] if every else None
    moved = max(placed, key=attrgetter("stands_since_s"))
    return moved if moved.stands_since_s - kept.stands_since_s >= PARKED_S else kept


def age_s(journey: Journey) -> float:
    """How old the last fix is; without one it is older than any."""
    return float("inf") if journey.last_fix_age_s is None else journey.last_fix_age_s

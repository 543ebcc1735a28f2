"""What a shopper has and what runs out: owned things that last, and the day when others are due.

Measured on UCI Online Retail (tests/bench/due.py: 12,068 purchases of shoppers held out, a third of
which are bought again within 100 days): of those that were, the median of one's own gaps, shrunk to
everybody's by the weight of one gap, is within a factor of two of the next gap 67 % of the time
(everybody's alone 54 %, own median 57 %, shrunk to the item's and shopper's own 67 %, scaled by how
many were bought 67 %, a fitted log-normal 71 %, none of them better with two gaps or more). It says
nothing of who never comes back: with one gap known 62 % have not when the reminder ends, with four
28 %. A gamma renewal knows that (51 % have come by its date), and names the date months too late
for who does.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import exp, log
from statistics import median
from typing import Final

import msgspec

from hub_server.event.purchases import Purchase, kept
from hub_server.goods.assortment import Assortment

DAY_S: Final = 86_400.0
# Everybody's gap counts as much as this many of one's own (measured: 1 beats 0, 2 and 4).
PRIOR_GAPS: Final = 1
# Until purchases were imported: what a household buys again, it does about once a month.
GAP_DAYS: Final = 30.0
# One purchase is no habit.
PURCHASES_MIN: Final = 2
# A reminder helps on the visit before it runs out: so much of the gap ahead, a day at least.
AHEAD_SHARE: Final = 0.15
AHEAD_DAYS_MIN: Final = 1.0
# Who is so late has another source, or no need any more; measured, 89 % of gaps are shorter.
LAPSED_GAPS: Final = 3.0
# Two receipts of one day are one trip.
DAY_AT_LEAST: Final = 1.0
# The gaps of all, under no category.
ALL: Final = ""
NOTHING: Final[Mapping[str, float]] = {}
NEVER_S: Final = float("-inf")


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """When something is likely to be needed again."""

    at_s: float
    gap_days: float
    """How long one lasts, as far as is known."""
    gaps_count: int
    """How many of the shopper's own gaps that rests on."""

    def is_near(self, now_s: float) -> bool:
        """Whether to speak of it now: shortly before, or late but not for ever."""
        ahead_days = max(self.gap_days * AHEAD_SHARE, AHEAD_DAYS_MIN)
        from_s = self.at_s - ahead_days * DAY_S
        return from_s <= now_s <= self.at_s + (LAPSED_GAPS - 1) * self.gap_days * DAY_S


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """What the past says of today; every tuple sorted."""

    owned_items: tuple[str, ...] = ()
    owned_categories: tuple[str, ...] = ()
    due_items: tuple[str, ...] = ()
    due_categories: tuple[str, ...] = ()
    returned_items: tuple[str, ...] = ()


def needs(
    purchases: Iterable[Purchase],
    sold: Assortment,
    gaps: Mapping[str, float],
    now_s: float,
    forgotten: Mapping[str, float] = NOTHING,
) -> Needs:
    """What is owned, due and was given back at `now_s`.

    Args:
        purchases: the shopper's, in any order.
        sold: what lasts, and what belongs together.
        gaps: days between two purchases, by category; ALL for any other.
        now_s: later purchases are not known yet.
        forgotten: conclusions that the shopper deleted, as `owned:<item>`, and when: what was
            bought up to then counts for them no more.
    """
    past = sorted((one for one in purchases if one.at_s <= now_s), key=lambda one: one.at_s)
    items = _owned(_left(past, "owned", forgotten), sold, now_s)
    siblings = {one for one in _siblings(items, sold) if f"owned:{one}" not in forgotten}
    durable = {category for item in items if (category := sold.category(item))}
    running = _left(past, "due", forgotten)
    again = forecast(running, sold, gaps)
    return Needs(
        owned_items=tuple(sorted(items | siblings)),
        owned_categories=tuple(sorted(one for one in durable if _all_last(one, sold))),
        due_items=tuple(sorted(item for item, due in again.items() if due.is_near(now_s))),
        due_categories=_due_categories(running, sold, gaps, now_s),
        returned_items=tuple(sorted(_returned(_left(past, "returned", forgotten)))),
    )


def _left(
    past: Sequence[Purchase], finding: str, forgotten: Mapping[str, float]
) -> Sequence[Purchase]:
    """What still counts for one kind of conclusion."""
    if not forgotten:
        return past
    return [one for one in past if one.at_s > forgotten.get(f"{finding}:{one.item}", NEVER_S)]


def forecast(
    past: Sequence[Purchase], sold: Assortment, gaps: Mapping[str, float]
) -> dict[str, Due]:
    """When each item that the shopper buys again and again is due; of sensitive ones nothing.

    `past` is in order of time; what was given back of it was never used up.
    """
    times: dict[str, list[float]] = {}
    for one in kept(past):
        times.setdefault(one.item, []).append(one.at_s)
    found = {}
    for item, bought_s in times.items():
        if len(bought_s) < PURCHASES_MIN or sold.is_durable(item) or sold.is_sensitive(item):
            continue
        like_s = (times[one.item][-1] for one in sold.variants(item) if one.item in times)
        due = _due(bought_s, max((bought_s[-1], *like_s)), _gap(gaps, sold.category(item)))
        if due is not None:
            found[item] = due
    return found


def _due_categories(
    past: Sequence[Purchase], sold: Assortment, gaps: Mapping[str, float], now_s: float
) -> tuple[str, ...]:
    times: dict[str, list[float]] = {}
    for one in kept(past):
        category = sold.category(one.item)
        if category and not sold.is_durable(one.item):
            times.setdefault(category, []).append(one.at_s)
    dues = {one: _due(bought_s, bought_s[-1], _gap(gaps, one)) for one, bought_s in times.items()}
    return tuple(
        sorted(
            one
            for one, due in dues.items()
            if due is not None and due.is_near(now_s) and not sold.is_sensitive_category(one)
        )
    )


def _due(bought_s: Sequence[float], last_s: float, prior_days: float) -> Due | None:
    """When it is needed next, after trips at `bought_s` (ascending) and, of its like, `last_s`."""
    own_days = [
        (after - before) / DAY_S
        for before, after in pairwise(bought_s)
        if after - before >= DAY_AT_LEAST * DAY_S
    ]
    if len(own_days) + 1 < PURCHASES_MIN:
        return None
    weight = len(own_days) + PRIOR_GAPS
    gap_days = exp((len(own_days) * log(median(own_days)) + PRIOR_GAPS * log(prior_days)) / weight)
    return Due(at_s=last_s + gap_days * DAY_S, gap_days=gap_days, gaps_count=len(own_days))


def _gap(gaps: Mapping[str, float], category: str | None) -> float:
    return gaps.get(category or ALL) or gaps.get(ALL) or GAP_DAYS


def _owned(past: Sequence[Purchase], sold: Assortment, now_s: float) -> set[str]:
    """What lasts, was bought within its horizon and was not given back."""
    return {
        one.item
        for one in kept(past)
        if sold.is_durable(one.item) and now_s - one.at_s < sold.horizon_days(one.item) * DAY_S
    }


def _siblings(items: Iterable[str], sold: Assortment) -> set[str]:
    """What else of their categories lasts: who has one needs none of these either."""
    categories = {category for item in items if (category := sold.category(item))}
    return {one for name in categories for one in sold.items_in(name) if sold.is_durable(one)}


def _all_last(category: str, sold: Assortment) -> bool:
    """Toothbrushes last and toothpaste does not: such a category is owned by no one."""
    return all(sold.is_durable(item) for item in sold.items_in(category))


def _returned(past: Sequence[Purchase]) -> set[str]:
    """What was given back and not bought again since."""
    found: set[str] = set()
    for one in past:
        if one.quantity < 0:
            found.add(one.item)
        else:
            found.discard(one.item)
    return found

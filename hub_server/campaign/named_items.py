"""May this item be named? One table, asked by the gates, by the words and by what waits to be read.

Gates ask it of a campaign's own items. A campaign that speaks of the moment's own (`about`) names
those that pass; while its message is unseen, each item that it named is asked again.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final

import msgspec

from hub_server.campaign.campaign import Campaign
from hub_server.decision.snapshot import ContextSnapshot

# Not gates of a decision, which speaks of what is there at its moment.
PLAIN: Final = "plain"
OFF_LIST: Final = "off_list"
UNKNOWN: Final = "no_words"
# The shopper's own list: what is written on it is asked for in so many words.
LIST_FIELDS: Final = frozenset({"wanted_items", "passed_items", "leaving_without"})
# Passed or on the way out: both are still on the list, and what changes each second is not asked.
STANDS_IN: Final = {"passed_items": "wanted_items", "leaving_without": "wanted_items"}


class Bar(msgspec.Struct, frozen=True):
    """What speaks against naming the items of one field of the moment."""

    code: str
    """The gate."""
    items: str
    """The field."""
    categories: str | None = None
    """The field that bars all of a category; only what a campaign itself names is asked."""
    of_all: bool = False
    """One of several categories bars nothing: only all that a campaign names do."""
    of_service: bool = True
    """Service is about what the shopper has: an order that is ready, a plan that is due."""
    of_list: bool = True
    """What stands on the shopper's list was asked for, whatever became of it once."""
    if_counted: bool = False
    """Only of campaigns that need to know that some is left."""

    def spares(self, campaign: Campaign) -> bool:
        """Whether it concerns nothing that `campaign` itself names."""
        is_spared = campaign.exempt and not self.of_service
        return is_spared or (self.if_counted and not campaign.needs_stock)

    def spares_moment(self, campaign: Campaign) -> bool:
        """Whether it concerns nothing of the moment that `campaign` names."""
        is_asked_for = campaign.about in LIST_FIELDS and not self.of_list
        return is_asked_for or (self.if_counted and not campaign.needs_stock)


BARS: Final = (
    Bar("bought", "bought_items", "bought_categories", of_service=False),
    Bar("owned", "owned_items", "owned_categories", of_service=False, of_list=False),
    Bar("returned", "returned_items", of_service=False, of_list=False),
    Bar("disliked", "disliked_items", of_list=False),
    Bar("out_of_stock", "out_items", "out_categories", of_all=True),
    Bar("stock_unknown", "stock_unknown_items", if_counted=True),
)


def leaves_alone(bar: Bar) -> Callable[[ContextSnapshot, Campaign, object], bool]:
    """Whether `bar` has nothing against what a campaign itself names; asked 300 times a decision.

    The last argument is what gates share, which it does not need.
    """
    if bar.categories is None:
        items_of = attrgetter(bar.items)

        def of_items(snapshot: ContextSnapshot, campaign: Campaign, _shared: object) -> bool:
            items = items_of(snapshot)
            return not items or campaign.items.isdisjoint(items) or bar.spares(campaign)

        return of_items
    both_of = attrgetter(bar.items, bar.categories)

    def of_both(snapshot: ContextSnapshot, campaign: Campaign, _shared: object) -> bool:
        items, categories = both_of(snapshot)
        if not (items or categories):
            return True
        is_named = not campaign.items.isdisjoint(items)
        if bar.of_all:
            is_named |= bool(campaign.categories) and campaign.categories.issubset(categories)
        else:
            is_named |= not campaign.categories.isdisjoint(categories)
        return not is_named or bar.spares(campaign)

    return of_both


def barred(campaign: Campaign, item: str, snapshot: ContextSnapshot) -> str | None:
    """The code of what speaks against naming one of the moment's own items; None: nothing."""
    good = campaign.goods.get(item)
    if good is None:
        return UNKNOWN
    for bar in BARS:
        if item in getattr(snapshot, bar.items) and not bar.spares_moment(campaign):
            return bar.code
    if not good.marks.isdisjoint(snapshot.gift_marks):
        return "gift"
    return "sensitive" if good.sensitive and not snapshot.sensitive_ok else None


def against(campaign: Campaign, items: Sequence[str], snapshot: ContextSnapshot) -> str | None:
    """The code of what speaks against a message of `campaign` that named `items`; None: nothing.

    One that speaks of the moment's items still has words when another item of the list is open, but
    these are not the words that were said.
    """
    if snapshot.plain and campaign.uses_history:
        return PLAIN
    if campaign.about is None:
        return None
    if not items:
        # After a restart nobody knows any more what it named.
        return UNKNOWN
    found = (barred(campaign, item, snapshot) for item in items)
    still: Sequence[str] = getattr(snapshot, STANDS_IN.get(campaign.about, campaign.about))
    off_list = None if set(items) <= set(still) else OFF_LIST
    return next((code for code in found if code is not None), off_list)

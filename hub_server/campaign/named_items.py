"""Whether what one message names may still be named: the list goes on while it waits to be read."""

from collections.abc import Sequence
from typing import Final

from hub_server.campaign.campaign import Campaign
from hub_server.decision.snapshot import ContextSnapshot

# Not gates of a decision, which speaks of what is there at its moment.
PLAIN: Final = "plain"
OFF_LIST: Final = "off_list"
# By the gate that says the same of a campaign's items.
NO_MORE: Final = (
    ("bought", "bought_items"),
    ("returned", "returned_items"),
    ("disliked", "disliked_items"),
    ("out_of_stock", "out_items"),
)
# Passed or on the way out: both are still on the list, and what changes each second is not asked.
STANDS_IN: Final = {"passed_items": "wanted_items", "leaving_without": "wanted_items"}


def against(campaign: Campaign, items: Sequence[str], snapshot: ContextSnapshot) -> str | None:
    """The code of what speaks against a message of `campaign` that named `items`; None: nothing.

    Gates look at a campaign's own items. One that speaks of the moment's (`about`) still has words
    when another item of the list is open, but these are not the words that were said.
    """
    if snapshot.plain and campaign.uses_history:
        return PLAIN
    return None if campaign.about is None else _of_items(campaign, items, snapshot)


def _of_items(campaign: Campaign, items: Sequence[str], snapshot: ContextSnapshot) -> str | None:
    for code, field in NO_MORE:
        if not set(items).isdisjoint(getattr(snapshot, field)):
            return code
    marks = [campaign.goods[item].marks for item in items if item in campaign.goods]
    if not all(one.isdisjoint(snapshot.gift_marks) for one in marks):
        return "gift"
    about = str(campaign.about)
    still: Sequence[str] = getattr(snapshot, STANDS_IN.get(about, about))
    return None if set(items) <= set(still) else OFF_LIST

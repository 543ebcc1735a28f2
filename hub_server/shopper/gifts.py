"""Gifts: what is marked so appears nowhere, not even on the giver's own phone.

A mark is a digest of an item or of its category, so that no list of gifts lies in the database.
Which names stand behind the marks is worked out from the assortment and held in memory only;
`names` is the one answer that every output asks.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.sqlite import insert

from hub_server.campaign.campaign import mark
from hub_server.goods.named_in_text import Traces
from hub_server.goods.products import Product
from hub_server.house import House
from hub_server.records.own_rows import events_of, purchases_of
from hub_server.records.shopper_tables import GIFTS, LIST_LINES, PURCHASES
from hub_server.records.tables import DECISIONS, EVENTS, VISITS
from hub_server.views.events import Item
from hub_server.views.hub import MessageItem, MessageLabel, MessageView, Refused
from hub_server.visit.sent_records import offers_of
from hub_server.visit.visits import Sent, Visit

# An item and its category each: more gifts than anybody gives in a year.
MARKS_MAX: Final = 500
# What stands where a gift stood.
BLANK: Final = "—"
_items: Final = msgspec.json.Decoder(tuple[Item, ...])


class Gifts:
    """Keeps the marks of one store's shoppers."""

    def __init__(self, house: House) -> None:
        self._database = house.database
        self._desk = house.desk
        self._roll = house.roll
        self._salt = house.store.salt
        self._assortment = house.store.assortment
        self._campaigns = {one.id: one for one in house.store.campaigns}
        self._sold: Mapping[str, Product] = {}
        self._by_mark: dict[str, str] = {}
        self.after_mark: Callable[[], None] = _nothing
        """Told that messages which were said have been emptied."""

    def recall(self, visit: Visit) -> None:
        """Put the shopper's marks, and the names behind them, on a visit."""
        visit.gift_marks = self._marks(visit.shopper)
        visit.gift_names = self.names(visit.shopper)

    def say(self, cookie: str | None, item: str, *, gift: bool) -> Visit | None:
        """Mark an item as a gift, or no longer; the answer tells nobody whether it was one.

        Anybody who looks on a visit may mark; only who began it may take a mark back, since a
        second phone could otherwise try what appears again.

        Raises:
            Refused: 404, nothing is known of this phone, or the store has no such item; 409, as
                many are marked as are kept.
        """
        shopper, visit = self._desk.myself(cookie)
        if self._assortment.product(item) is None:
            raise Refused(404, "unknown_item", "The store has no such item.")
        looked_on = self._desk.visit_of(cookie)
        if gift:
            for whose in sorted({shopper, looked_on.shopper if looked_on else shopper}):
                self._mark(whose, item)
        else:
            self._unmark(shopper, item)
        for one in (visit, looked_on):
            if one is not None:
                self.recall(one)
                one.asked = ()
        return looked_on or visit

    def names(self, shopper: str) -> frozenset[str]:
        """Items and categories of which nothing may tell this shopper's phones."""
        marks = self._marks(shopper)
        known = self._behind()
        names = {known[one] for one in marks if one in known}
        if len(names) < len(marks):
            # Not sold any more, but perhaps bought or listed when it was.
            names |= {item for item in self._touched(shopper) if mark(item, self._salt) in marks}
        return frozenset(names)

    def shown(self, names: frozenset[str], sent: Sent) -> MessageView | None:
        """A message as the phone may show it; None: it would tell of a gift, or was emptied."""
        if not sent.title or self._tells_of(names, sent):
            return None
        items = [found for item in sent.items if (found := self._item(item)) is not None]
        return msgspec.structs.replace(sent.view(), items=items, about=self._about(sent))

    def cleaned(self, names: frozenset[str], value: Any) -> Any:  # noqa: ANN401 - any JSON
        """`value` without what names a gift: id, category, campaign, or its name in any text."""
        if not names:
            return value
        return _cleaned(value, names | self._campaigns_about(names), self._assortment.traces(names))

    def hides(self, names: frozenset[str], item: str | None) -> bool:
        """Whether an item is a gift, or of the category of one."""
        return item is not None and self._assortment.is_under(item, names)

    def tells(self, names: frozenset[str], text: str) -> bool:
        """Whether a text names a gift."""
        return bool(names) and self._assortment.traces(names).are_in(text)

    def _mark(self, shopper: str, item: str) -> None:
        marks = [mark(text, self._salt) for text in self._texts(item)]
        if len(self._marks(shopper)) >= MARKS_MAX:
            raise Refused(409, "too_many_gifts", f"At most {MARKS_MAX} marks are kept.")
        lines = [
            insert(GIFTS).values(shopper=shopper, mark=one).on_conflict_do_nothing()
            for one in marks
        ]
        told = self._told(shopper, frozenset(self._texts(item)))
        self._database.write(
            *lines,
            update(DECISIONS)
            .where(DECISIONS.c.decision.in_(told))
            .values(title="", text="", why=b"[]", gates=b"[]", offers=None),
        )
        for visit in self._roll.visits.values():
            for sent in visit.sent:
                if sent.decision in told:
                    _empty(sent)
        self.after_mark()

    def _unmark(self, shopper: str, item: str) -> None:
        others = [name for name in self.names(shopper) if name != item]
        sold = [name for name in others if self._assortment.product(name) is not None]
        kept = {text for one in sold for text in self._texts(one)}
        gone = [mark(text, self._salt) for text in self._texts(item) if text not in kept]
        self._database.write(
            delete(GIFTS).where(GIFTS.c.shopper == shopper, GIFTS.c.mark.in_(gone))
        )

    def _touched(self, shopper: str) -> set[str]:
        """Every item that a row of the shopper's names."""
        listed = select(LIST_LINES.c.item).where(
            LIST_LINES.c.shopper == shopper, LIST_LINES.c.item.is_not(None)
        )
        receipts = select(PURCHASES.c.item).where(purchases_of(shopper))
        found = {str(row.item) for row in self._database.read(listed.union(receipts))}
        for row in self._database.read(select(EVENTS).where(events_of(shopper))):
            found |= {one.item for one in _items.decode(row.items)}
        return found

    def _told(self, shopper: str, names: frozenset[str]) -> list[str]:
        """Messages that were said already and tell of what is now a gift."""
        rows = self._database.read(
            select(DECISIONS)
            .join(VISITS, VISITS.c.visit == DECISIONS.c.visit)
            .where(VISITS.c.shopper == shopper, DECISIONS.c.campaign.is_not(None))
        )
        return [
            str(row.decision)
            for row in rows
            if self._is_about(names, row.campaign)
            or not names.isdisjoint(offers_of(row).items)
            or self.tells(names, f"{row.title} {row.text} {row.why.decode()}")
        ]

    def _tells_of(self, names: frozenset[str], sent: Sent) -> bool:
        if not names:
            return False
        words = f"{sent.title} {sent.text} {' '.join(sent.why)}"
        touched = {*sent.items, *sent.categories} & names
        return bool(touched) or self._is_about(names, sent.campaign) or self.tells(names, words)

    def _is_about(self, names: frozenset[str], campaign: str) -> bool:
        known = self._campaigns.get(campaign)
        return known is not None and bool((known.items | known.categories) & names)

    def _campaigns_about(self, names: frozenset[str]) -> frozenset[str]:
        """Ids of campaigns about gifts, and topics of no other ones: they tell what it is, too."""
        about = {one for one in self._campaigns if self._is_about(names, one)}
        others = {one.topic for one in self._campaigns.values() if one.id not in about}
        return frozenset(about | ({self._campaigns[one].topic for one in about} - others))

    def _marks(self, shopper: str) -> frozenset[str]:
        rows = self._database.read(select(GIFTS.c.mark).where(GIFTS.c.shopper == shopper))
        return frozenset(str(row.mark) for row in rows)

    def _texts(self, item: str) -> list[str]:
        category = self._assortment.category(item)
        return [item, *([category] if category else [])]

    def _about(self, sent: Sent) -> list[MessageLabel]:
        campaign = self._campaigns.get(sent.campaign)
        near = campaign.near if campaign is not None else None
        leads_to = [near] if near is not None and self._assortment.product(near) else []
        labels = self._assortment.labels([*sent.items, *leads_to], sent.categories)
        return [MessageLabel(attributes=one) for one in labels]

    def _item(self, item: str) -> MessageItem | None:
        found = self._assortment.product(item)
        if found is None:
            return None
        return MessageItem(item=item, name=found.name, attributes=list(found.attributes))

    def _behind(self) -> Mapping[str, str]:
        """By mark, what the store sells, and its categories; worked out anew with a newer file."""
        if self._sold is not self._assortment.products:
            self._sold = self._assortment.products
            texts = {*self._sold, *self._assortment.categories.values()}
            self._by_mark = {mark(text, self._salt): text for text in texts}
        return self._by_mark


def _nothing() -> None:
    return None


def _empty(sent: Sent) -> None:
    sent.title = sent.text = sent.lock_title = sent.lock_text = ""
    sent.why = sent.items = sent.categories = sent.buttons = ()


def _cleaned(value: Any, names: frozenset[str], traces: Traces) -> Any:  # noqa: ANN401
    if isinstance(value, str):
        return BLANK if value in names or traces.are_in(value) else value
    if isinstance(value, dict):
        return {key: _cleaned(part, names, traces) for key, part in value.items()}
    if isinstance(value, list):
        return [_cleaned(part, names, traces) for part in value]
    return value

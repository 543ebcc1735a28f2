"""Events in the database: whose each is, and how they are read again.

Whose an event is, is found by its own time, not by when it came: late and early ones end up alike.
"""

from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Row, ScalarSelect, func, insert, literal, or_, select, update
from sqlalchemy.sql import Executable

from hub_server.database import Database
from hub_server.event.loyalty import digest_of, linked
from hub_server.event.timeline import FRESH_MS, ORDER_MS, Happening
from hub_server.pairing import code_read
from hub_server.records.shopper_tables import LINKS, PURCHASES
from hub_server.records.tables import EVENTS, PAIRINGS, SHOPPERS, VISITS
from hub_server.views.events import Details, Event, Item, Subject

# The columns that say whose an event is.
OWNER: Final = ("visit", "shopper", "external")
_items: Final = msgspec.json.Decoder(tuple[Item, ...])
_details: Final = msgspec.json.Decoder(Details)


class Whose(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of whom an event is about."""

    visit: str | None = None
    shopper: str | None = None
    external: str | None = None
    """Digest of a loyalty number."""
    order: str | None = None
    """Digest of an order's number."""
    by_order: bool = False
    """Nothing but the number says whose it is: of whoever ordered last under it by then."""

    @property
    def is_somebodys(self) -> bool:
        """Whether it has an owner, known to us or to the retailer."""
        return bool(self.visit or self.shopper or self.external)


class Line(msgspec.Struct, frozen=True):
    """One line of an imported receipt."""

    basket: str
    item: str
    at_ms: int
    quantity: float


class EventRecords:
    """The events of one store."""

    def __init__(self, database: Database, store: str, salt: bytes) -> None:
        self._database = database
        self._store = store
        self._salt = salt

    def is_known(self, source: str, event: str) -> bool:
        """Whether this one came already."""
        same = (EVENTS.c.source == source) & (EVENTS.c.event == event)
        return bool(self._database.read(select(EVENTS.c.event).where(same)))

    def whose(self, event: Event, at_ms: int) -> Whose:
        """Whom `event` is about."""
        subject = event.subject
        number = subject.order or event.data.order
        order = None if number is None else digest_of("order", number, self._salt)
        found = self._subject(subject, at_ms)
        # Of an order that names nobody: whoever used its number before is another.
        by_order = order is not None and event.type != "order" and not found.is_somebodys
        if by_order:
            newest = (_of_newest_order(name, literal(order), literal(at_ms)) for name in OWNER)
            owner = (one.label(name) for name, one in zip(OWNER, newest, strict=True))
            found = _whose(self._database.read(select(*owner))[0])
        return msgspec.structs.replace(found, order=order, by_order=by_order)

    def added(self, source: str, event: Event, whose: Whose, at_ms: int, now_ms: int) -> Executable:
        """An event came; the shopper knows an order by its number, which `order` alone keeps."""
        data = event.data
        if event.type != "order" or not whose.is_somebodys:
            data = msgspec.structs.replace(data, order=None)
        return insert(EVENTS).values(
            source=source,
            event=event.id,
            visit=whose.visit,
            type=event.type,
            channel=event.channel,
            at_ms=at_ms,
            items=msgspec.json.encode(event.items),
            shopper=whose.shopper,
            external=whose.external,
            order_digest=whose.order,
            by_order=whose.by_order,
            data=msgspec.json.encode(data),
            came_ms=now_ms,
        )

    def holders(self, order: str, at_ms: int) -> list[Whose]:
        """Whose is now what `moved` may give to another."""
        found = select(*(EVENTS.c[name] for name in OWNER)).where(_told_of(order, at_ms)).distinct()
        return [_whose(row) for row in self._database.read(found)]

    def moved(self, order: str, at_ms: int) -> Executable:
        """An order is kept: what was told of its number alone is of whoever ordered last by then.

        Only of its own time: tills count from 1 again, and yesterday's number was somebody else's.
        """
        owner = {
            name: _of_newest_order(name, EVENTS.c.order_digest, EVENTS.c.at_ms) for name in OWNER
        }
        return update(EVENTS).where(_told_of(order, at_ms)).values(owner)

    def of_visit(self, visit: str, since_ms: int) -> list[Happening]:
        """What happened in a visit."""
        return self._read(EVENTS.c.visit == visit, since_ms)

    def of_shopper(self, shopper: str, since_ms: int) -> list[Happening]:
        """What happened to a shopper, under a linked number too."""
        theirs = or_(EVENTS.c.shopper == shopper, EVENTS.c.external.in_(linked(shopper)))
        return self._read(theirs, since_ms)

    def who_linked(self, external: str) -> str | None:
        """The shopper who has linked this number."""
        rows = self._database.read(select(LINKS.c.shopper).where(LINKS.c.external == external))
        return str(rows[0].shopper) if rows else None

    def about_orders(self, shopper: str, since_ms: int) -> list[Happening]:
        """What happened to a shopper's orders."""
        theirs = or_(EVENTS.c.shopper == shopper, EVENTS.c.external.in_(linked(shopper)))
        return self._read(theirs & EVENTS.c.order_digest.is_not(None), since_ms)

    def bought(self, shopper: str, since_ms: int) -> list[Line]:
        """Imported purchases under the shopper's number, receipt by receipt."""
        theirs = PURCHASES.c.external.in_(linked(shopper)) & (PURCHASES.c.at_ms >= since_ms)
        rows = self._database.read(
            select(PURCHASES.c.basket, PURCHASES.c.item, PURCHASES.c.at_ms, PURCHASES.c.quantity)
            .where(theirs)
            .order_by(PURCHASES.c.basket, PURCHASES.c.line)
        )
        # Three years of a household are 8,000 lines.
        return [Line(row.basket, row.item, row.at_ms, row.quantity) for row in rows]

    def _read(self, where: ColumnElement[bool], since_ms: int) -> list[Happening]:
        chosen = select(EVENTS).where(where, EVENTS.c.at_ms >= since_ms)
        return [_happening(row) for row in self._database.read(chosen)]

    def _subject(self, subject: Subject, at_ms: int) -> Whose:
        if subject.tag is not None:
            return self._holder(subject.tag, at_ms)
        if subject.visit is not None:
            return self._visitor(VISITS.c.visit_code == code_read(subject.visit), at_ms)
        if subject.shopper is not None:
            return self._customer(subject.shopper, at_ms)
        return Whose()

    def _holder(self, tag: str, at_ms: int) -> Whose:
        """Who held the tag then: what the one before paid is not the next one's."""
        rows = self._database.read(
            select(VISITS.c.visit, VISITS.c.shopper)
            .join(PAIRINGS, PAIRINGS.c.visit == VISITS.c.visit)
            .where(
                PAIRINGS.c.store == self._store,
                PAIRINGS.c.tag == tag,
                PAIRINGS.c.from_ms <= at_ms,
                or_(PAIRINGS.c.to_ms.is_(None), PAIRINGS.c.to_ms >= at_ms),
            )
            # Taken over in the millisecond in which it was begun: whoever held it longer.
            .order_by(PAIRINGS.c.from_ms.desc(), PAIRINGS.c.to_ms.desc().nulls_first())
            .limit(1)
        )
        return Whose(visit=rows[0].visit, shopper=rows[0].shopper) if rows else Whose()

    def _visitor(self, which: ColumnElement[bool], at_ms: int) -> Whose:
        rows = self._database.read(
            select(VISITS.c.visit, VISITS.c.shopper)
            .where(VISITS.c.store == self._store, which, VISITS.c.opened_ms <= at_ms + FRESH_MS)
            .order_by(VISITS.c.opened_ms.desc())
            .limit(1)
        )
        return Whose(visit=rows[0].visit, shopper=rows[0].shopper) if rows else Whose()

    def _customer(self, number: str, at_ms: int) -> Whose:
        """A shopper by our own id, else whoever has this number, linked or not."""
        ours = select(SHOPPERS.c.shopper).where(SHOPPERS.c.shopper == number)
        if not self._database.read(ours):
            return Whose(external=digest_of("number", number, self._salt))
        still_there = or_(VISITS.c.ended_ms.is_(None), VISITS.c.ended_ms >= at_ms)
        found = self._visitor((VISITS.c.shopper == number) & still_there, at_ms)
        return msgspec.structs.replace(found, shopper=number)


def _whose(owner: Row[Any]) -> Whose:
    return Whose(visit=owner.visit, shopper=owner.shopper, external=owner.external)


def _told_of(order: str, at_ms: int) -> ColumnElement[bool]:
    """What only the number says whose it is, between an order under it and the next one."""
    orders = EVENTS.alias()
    newer = (orders.c.order_digest == order) & (orders.c.type == "order") & (orders.c.at_ms > at_ms)
    next_ms = select(func.min(orders.c.at_ms)).where(newer).scalar_subquery()
    until_ms = func.coalesce(next_ms - FRESH_MS - 1, at_ms + ORDER_MS)
    window = EVENTS.c.at_ms.between(at_ms - FRESH_MS, until_ms)
    return (EVENTS.c.order_digest == order) & EVENTS.c.by_order.is_(True) & window


def _of_newest_order(
    column: str, order: ColumnElement[str], at_ms: ColumnElement[int]
) -> ScalarSelect[Any]:
    """A column of the last order under a number at that time, as the fold finds it (timeline)."""
    orders = EVENTS.alias()
    return (
        select(orders.c[column])
        .where(
            orders.c.order_digest == order,
            orders.c.type == "order",
            orders.c.at_ms.between(at_ms - ORDER_MS, at_ms + FRESH_MS),
        )
        .order_by(orders.c.at_ms.desc(), orders.c.source.desc(), orders.c.event.desc())
        .limit(1)
        .scalar_subquery()
    )


def _happening(row: Row[Any]) -> Happening:
    return Happening(
        source=row.source,
        event=row.event,
        at_ms=row.at_ms,
        type=row.type,
        channel=row.channel,
        items=_items.decode(row.items),
        data=_details.decode(row.data or b"{}"),
        order=row.order_digest,
        visit=row.visit,
    )

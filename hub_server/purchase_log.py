"""What the hub knows that a shopper bought: by till, web shop or app, and under a linked number."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Row, select

from hub_server.database import Database
from hub_server.event_views import Item
from hub_server.shopper_tables import LINKS, PURCHASES
from hub_server.tables import EVENTS, VISITS
from hub_server.timeline import HISTORY, TYPES

_items: Final = msgspec.json.Decoder(tuple[Item, ...])
IMPORTED: Final = "imported"


class Bought(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a receipt."""

    item: str
    quantity: float
    at_ms: int
    channel: str


class PurchaseLog:
    """Reads one store's purchases by shopper."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, shopper: str) -> list[Bought]:
        """Everything bought, the newest first."""
        found = [*self._from_events(shopper), *self._imported(shopper)]
        return sorted(found, key=lambda one: (-one.at_ms, one.item))

    def is_linked(self, shopper: str) -> bool:
        """Whether the shopper has linked a loyalty number."""
        return bool(self._database.read(select(LINKS.c.at_ms).where(LINKS.c.shopper == shopper)))

    def _from_events(self, shopper: str) -> Iterator[Bought]:
        for row in self._database.read(select(EVENTS).where(events_of(shopper))):
            kind = TYPES.get(row.type, HISTORY)
            if kind.bought > 0 or kind.order == "ordered":
                yield from _lines(row)

    def _imported(self, shopper: str) -> Iterator[Bought]:
        for row in self._database.read(select(PURCHASES).where(purchases_of(shopper))):
            yield Bought(item=row.item, quantity=row.quantity, at_ms=row.at_ms, channel=IMPORTED)


def events_of(shopper: str) -> ColumnElement[bool]:
    """Events of a shopper: their own, of their visits, and under a number that they linked."""
    visits = select(VISITS.c.visit).where(VISITS.c.shopper == shopper)
    numbers = select(LINKS.c.external).where(LINKS.c.shopper == shopper)
    return (
        (EVENTS.c.shopper == shopper) | EVENTS.c.visit.in_(visits) | EVENTS.c.external.in_(numbers)
    )


def purchases_of(shopper: str) -> ColumnElement[bool]:
    """Imported purchases under a number that the shopper linked."""
    numbers = select(LINKS.c.external).where(LINKS.c.shopper == shopper)
    return PURCHASES.c.external.in_(numbers)


def _lines(row: Row[Any]) -> Iterator[Bought]:
    for one in _items.decode(row.items):
        if one.quantity > 0:
            yield Bought(item=one.item, quantity=one.quantity, at_ms=row.at_ms, channel=row.channel)

"""Which rows of the database are one shopper's.

It follows from the foreign keys, so a new table is exported without a line here; only what is kept
under a loyalty number belongs to whoever linked the number.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import ColumnElement, ForeignKey, Select, Table, or_, select

from hub_server.records.message_tables import PUSHES
from hub_server.records.shopper_tables import LINKS, PURCHASES
from hub_server.records.tables import EVENTS, METADATA, SHOPPERS, VISITS

# Named, so that the tables of a message are known wherever this is asked.
PUSHED: Final = PUSHES.name


def personal(shopper: str) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Each table that holds rows of shoppers, with the condition for this shopper's."""
    for table in METADATA.sorted_tables:
        condition = _condition(table, shopper)
        if condition is not None:
            yield table, condition


def events_of(shopper: str) -> ColumnElement[bool]:
    """Events of a shopper: their own, of their visits, and under a number that they linked."""
    visits = select(VISITS.c.visit).where(VISITS.c.shopper == shopper)
    own = (EVENTS.c.shopper == shopper) | EVENTS.c.visit.in_(visits)
    return own | EVENTS.c.external.in_(_numbers(shopper))


def purchases_of(shopper: str) -> ColumnElement[bool]:
    """Imported receipts under a number that the shopper linked."""
    return PURCHASES.c.external.in_(_numbers(shopper))


def _condition(table: Table, shopper: str) -> ColumnElement[bool] | None:
    if table is SHOPPERS:
        return SHOPPERS.c.shopper == shopper
    if table is EVENTS:
        return events_of(shopper)
    if table is PURCHASES:
        return purchases_of(shopper)
    ways = [way for key in table.foreign_keys if (way := _by(key, shopper)) is not None]
    return or_(*ways) if ways else None


def _by(key: ForeignKey, shopper: str) -> ColumnElement[bool] | None:
    condition = _condition(key.column.table, shopper)
    if condition is None:
        return None
    return key.parent.in_(select(key.column).where(condition))


def _numbers(shopper: str) -> Select[tuple[str]]:
    return select(LINKS.c.external).where(LINKS.c.shopper == shopper)

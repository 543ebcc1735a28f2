"""All that the database holds of one shopper, row by row; what is a gift stays a surprise.

Which tables hold anything of a shopper follows from the foreign keys, so a new table is exported
without a line here.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, ForeignKey, Row, Table, or_, select

from hub_server import message_tables, shopper_tables
from hub_server.gifts import BLANK, Gifts
from hub_server.house import House
from hub_server.profile_views import ExportView
from hub_server.purchase_log import events_of, purchases_of
from hub_server.tables import EVENTS, METADATA, SHOPPERS

NOTE: Final = (
    "Every row that this store's hub keeps of you. What you marked as a gift is left blank."
)
# Tables whose rows are a shopper's by more than their foreign keys: by a number that they linked.
BY_NUMBER: Final = {EVENTS.name: events_of, shopper_tables.PURCHASES.name: purchases_of}
# Free text beside an item: where the item is a gift, so is what is said of it.
BESIDE: Final = frozenset({"text", "about", "title"})
assert message_tables.RESERVATIONS.metadata is METADATA  # noqa: S101 - imported for its tables


class Export:
    """Exports one store's shoppers."""

    def __init__(self, house: House, gifts: Gifts) -> None:
        self._database = house.database
        self._desk = house.desk
        self._store = house.store.settings.store
        self._clock = house.clock
        self._gifts = gifts

    def of(self, cookie: str | None) -> ExportView:
        """Everything that is kept of this phone's shopper.

        Raises:
            Refused: 404, nothing is known of this phone.
        """
        shopper, _ = self._desk.myself(cookie)
        names = self._gifts.names(shopper)
        tables = {}
        for table, theirs in personal(shopper):
            rows = self._database.read(select(table).where(theirs))
            tables[table.name] = [self._row(names, table, row) for row in rows]
        return ExportView(
            store=self._store, at_ms=round(self._clock() * 1000), tables=tables, note=NOTE
        )

    def _row(self, names: frozenset[str], table: Table, row: Row[Any]) -> dict[str, Any]:
        values = {name: _plain(value) for name, value in row._mapping.items()}  # noqa: SLF001 - its public name
        if table is shopper_tables.GIFTS:
            return values | {"mark": BLANK}
        if values.get("item") in names:
            values |= dict.fromkeys(BESIDE & values.keys(), BLANK)
        cleaned: dict[str, Any] = self._gifts.cleaned(names, values)
        return cleaned


def personal(shopper: str) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Each table that holds rows of shoppers, with the condition for this shopper's."""
    for table in METADATA.sorted_tables:
        condition = _condition(table, shopper)
        if condition is not None:
            yield table, condition


def _condition(table: Table, shopper: str) -> ColumnElement[bool] | None:
    if table is SHOPPERS:
        return SHOPPERS.c.shopper == shopper
    if table.name in BY_NUMBER:
        return BY_NUMBER[table.name](shopper)
    ways = [way for key in table.foreign_keys if (way := _by(key, shopper)) is not None]
    return or_(*ways) if ways else None


def _by(key: ForeignKey, shopper: str) -> ColumnElement[bool] | None:
    owner = key.column.table
    condition = _condition(owner, shopper)
    if condition is None:
        return None
    return key.parent.in_(select(key.column).where(condition))


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if not isinstance(value, bytes):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value.hex()

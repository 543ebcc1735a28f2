"""All that the database holds of one shopper, row by row; what is a gift stays a surprise."""

from typing import Any, Final

import msgspec
from sqlalchemy import Row, Table, select

from hub_server.gifts import BLANK, Gifts
from hub_server.house import House
from hub_server.own_rows import personal
from hub_server.profile_views import ExportView
from hub_server.shopper_tables import GIFTS

NOTE: Final = (
    "Every row that this store's hub keeps of you. What you marked as a gift is left blank."
)
# Bytes in a column of such a name are a digest; all other bytes are JSON.
DIGEST: Final = "_sha256"
# Free text beside an item: where the item is a gift, so is what is said of it.
BESIDE: Final = frozenset({"text", "about", "title"})


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
        values = {name: _plain(name, value) for name, value in row._mapping.items()}  # noqa: SLF001 - its public name
        if table is GIFTS:
            return values | {"mark": BLANK}
        if values.get("item") in names:
            values |= dict.fromkeys(BESIDE & values.keys(), BLANK)
        cleaned: dict[str, Any] = self._gifts.cleaned(names, values)
        return cleaned


def _plain(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if not isinstance(value, bytes):
        return value
    return value.hex() if name.endswith(DIGEST) else msgspec.json.decode(value)

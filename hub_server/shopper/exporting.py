"""All that the database holds of one shopper, row by row, without a sign that there are gifts."""

from typing import Any, Final

import msgspec
from sqlalchemy import Row, select

from hub_server.decide import GateResult
from hub_server.house import House
from hub_server.message.whys import without_gifts
from hub_server.records.own_rows import personal
from hub_server.records.shopper_tables import GIFTS
from hub_server.shopper.gifts import BLANK, Gifts
from hub_server.views.profile import ExportView

NOTE: Final = (
    "Every row that this store's hub keeps of you. A gift stays a surprise: this file would not "
    "tell if you had marked one."
)
# Bytes in a column of such a name are a digest; all other bytes are JSON.
DIGEST: Final = "_sha256"
# Columns that say what a row is about: where one names a gift, the row itself would tell.
ABOUT: Final = frozenset({"item", "text", "about", "title", "campaign", "topic", "fact", "target"})
# In a snapshot, the digests by which the decision passed gifts over.
MARKS: Final = "gift_marks"


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
            if table is not GIFTS:
                rows = [
                    self._row(names, row)
                    for row in self._database.read(select(table).where(theirs))
                ]
                tables[table.name] = [one for one in rows if not _is_of_a_gift(one)]
        return ExportView(
            store=self._store, at_ms=round(self._clock() * 1000), tables=tables, note=NOTE
        )

    def _row(self, names: frozenset[str], row: Row[Any]) -> dict[str, Any]:
        values = {name: _plain(name, value) for name, value in row._mapping.items()}  # noqa: SLF001 - its public name
        if "gates" in values:
            gates = msgspec.convert(values["gates"], tuple[GateResult, ...])
            code, gates = without_gifts(values["code"], gates)
            values |= {"code": code, "gates": msgspec.to_builtins(gates)}
        cleaned: dict[str, Any] = _without_signs(self._gifts.cleaned(names, values))
        return cleaned


def _is_of_a_gift(values: dict[str, Any]) -> bool:
    """It names one, or is a message that was emptied since it did."""
    return BLANK in _subjects(values) or values.get("title") == ""


def _subjects(values: dict[str, Any]) -> list[Any]:
    return [values[name] for name in ABOUT & values.keys()]


def _without_signs(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """`value` without the blanks of gifts in its lists, and without their marks."""
    if isinstance(value, dict):
        return {key: _without_signs(part) for key, part in value.items() if key != MARKS}
    if isinstance(value, list):
        return [_without_signs(part) for part in value if not _is_blank(part)]
    return value


def _is_blank(part: Any) -> bool:  # noqa: ANN401 - any JSON
    return BLANK in _subjects(part) if isinstance(part, dict) else part == BLANK


def _plain(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if not isinstance(value, bytes):
        return value
    return value.hex() if name.endswith(DIGEST) else msgspec.json.decode(value)

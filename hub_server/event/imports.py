"""The retailer's purchases.csv (FORMATS) into the database: checked whole, then written in parts.

The file is read twice, so that one wrong line leaves everything as it was and a file of any length
needs the same memory. Rows are keyed by receipt and place in it: imported twice, each counts once.
Parts are small, so that a hub that runs meanwhile never waits long.
"""

import csv
import gzip
import io
import zlib
from array import array
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from math import isfinite
from pathlib import Path
from statistics import median
from typing import Final, TextIO, cast
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import delete, func, insert, select, text

from hub_server.database import Database
from hub_server.event.due import ALL, DAY_S
from hub_server.event.lasting import Lasting
from hub_server.event.loyalty import is_number
from hub_server.goods.assortment import Assortment
from hub_server.records.shopper_tables import GAPS, PURCHASES

COLUMNS: Final = ("at", "basket", "shopper", "item", "quantity", "unit_price")
NAME_CHARS_MAX: Final = 64
# One transaction: 20 ms on a slow disk, so the hub's own writes fit between two.
ROWS_A_PART: Final = 2_000
# Nobody's till is older; a date before is another column, or another calendar.
FIRST_YEAR: Final = 1990
# The median of fewer gaps moves with each one; the prior of all is better.
GAPS_MIN: Final = 30
# Two bytes hold it.
GAP_DAYS_MAX: Final = 65_535
DAY_MS: Final = round(DAY_S * 1000)

# Only what differs is written: importing the same file again costs a look at each row.
PUT: Final = """
INSERT INTO purchases (basket, line, external, at_ms, item, quantity, unit_price)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (basket, line) DO UPDATE SET
    external = excluded.external, at_ms = excluded.at_ms, item = excluded.item,
    quantity = excluded.quantity, unit_price = excluded.unit_price
WHERE (external, at_ms, item, quantity, unit_price) IS NOT
    (excluded.external, excluded.at_ms, excluded.item, excluded.quantity, excluded.unit_price)
"""
# Two receipts of one day are one trip.
EACH_GAP: Final = text(f"""
WITH trips AS (
    SELECT DISTINCT external, item, at_ms / {DAY_MS} AS day FROM purchases
    WHERE external IS NOT NULL AND quantity > 0),
gaps AS (
    SELECT item, day - lag(day) OVER (PARTITION BY external, item ORDER BY day) AS days FROM trips)
SELECT item, days FROM gaps WHERE days IS NOT NULL
""")  # noqa: S608 - a constant of ours

Row = tuple[str, int, str | None, int, str, float, float]


class ImportRefused(ValueError):  # noqa: N818 - an answer to whoever runs the command
    """A file that was not imported; the text names file, line, value, and what was expected."""


class Imported(msgspec.Struct, frozen=True):
    """What an import did."""

    rows_count: int
    baskets_count: int
    new_count: int
    """Rows that were not there yet, or differed."""


class Purchases:
    """A purchases file, to be read as often as needed.

    Args:
        path: CSV, or CSV in gzip.
        timezone: of times without an offset; None: the map names none.
        digest: what is kept of a loyalty number.
        now_ms: the hub's clock; nothing was bought a day later.
    """

    def __init__(
        self,
        path: Path,
        timezone: ZoneInfo | None,
        digest: Callable[[str], str],
        now_ms: int | None = None,
    ) -> None:
        self._path = path
        self._latest_ms = None if now_ms is None else now_ms + DAY_MS
        self._timezone = timezone
        self._digest = digest
        self._digests: dict[str, str] = {}
        self._last_at = ("", 0)
        self._lines: dict[str, int] = {}
        self.unlinkable_count = 0
        """Rows under a number that no phone can link, of those that `rows` has met."""

    def check(self) -> int:
        """How many rows there are.

        Raises:
            ImportRefused: unreadable, or the first line that is wrong.
        """
        return sum(1 for _ in self.rows())

    def rows(self) -> Generator[Row, None, None]:
        """Each row as it is kept."""
        self._lines = {}
        self.unlinkable_count = 0
        with _opened(self._path) as file, self._refusing(file) as reader:
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise self._refused(1, f"no column {', '.join(missing)}", ",".join(COLUMNS))
            for row in reader:
                try:
                    yield self._row(row)
                except _Wrong as wrong:
                    fault = f"{wrong.column} is {wrong.value!r}"
                    raise self._refused(reader.line_num, fault, wrong.expected) from None

    @property
    def baskets_count(self) -> int:
        """Receipts that `rows` has met."""
        return len(self._lines)

    def _row(self, row: Mapping[str, str | None]) -> Row:
        basket = _name(row, "basket")
        number = (row["shopper"] or "").strip()
        line = self._lines.get(basket, 0) + 1
        self._lines[basket] = line
        if number and not is_number(number):
            self.unlinkable_count += 1
        return (
            basket,
            line,
            self._external(number) if number else None,
            self._at_ms(row["at"] or ""),
            _name(row, "item"),
            _number(row, "quantity"),
            _number(row, "unit_price", lowest=0.0),
        )

    def _external(self, number: str) -> str:
        if len(number) > NAME_CHARS_MAX:
            raise _Wrong(number, "shopper", f"at most {NAME_CHARS_MAX} characters")
        if number not in self._digests:
            if len(self._digests) >= ROWS_A_PART:
                self._digests.clear()
            self._digests[number] = self._digest(number)
        return self._digests[number]

    def _at_ms(self, value: str) -> int:
        # The lines of a receipt share their minute.
        if value != self._last_at[0]:
            self._last_at = (value, self._read_at_ms(value))
        return self._last_at[1]

    def _read_at_ms(self, value: str) -> int:
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            raise _Wrong(value, "at", "ISO 8601, as 2026-05-04T10:00") from None
        if at.year < FIRST_YEAR:
            raise _Wrong(value, "at", f"a year from {FIRST_YEAR}")
        if at.tzinfo is None:
            if self._timezone is None:
                raise _Wrong(value, "at", "an offset, as the map names no time zone")
            at = at.replace(tzinfo=self._timezone)
        at_ms = round(at.timestamp() * 1000)
        if self._latest_ms is not None and at_ms > self._latest_ms:
            raise _Wrong(value, "at", "a time that has been")
        return at_ms

    def _refused(self, line: int, fault: str, expected: str) -> ImportRefused:
        return ImportRefused(
            f"purchases {self._path}: line {line}: {fault}; expected {expected}; nothing was "
            "imported; ops mends the file"
        )

    @contextmanager
    def _refusing(self, file: TextIO) -> "Iterator[csv.DictReader[str]]":
        reader = csv.DictReader(file)
        try:
            yield reader
        except (csv.Error, OSError, EOFError, zlib.error) as error:
            raise self._refused(reader.line_num, str(error), "CSV, or CSV in gzip") from None
        except UnicodeDecodeError:
            fault = "bytes that are no UTF-8"
            raise self._refused(reader.line_num + 1, fault, "UTF-8") from None


class _Wrong(Exception):  # noqa: N818 - told to the one caller, who names the line
    def __init__(self, value: str, column: str, expected: str) -> None:
        super().__init__(value)
        self.value = value
        self.column = column
        self.expected = expected


def put(database: Database, purchases: Purchases) -> Imported:
    """Check the whole file, then write it.

    Raises:
        ImportRefused: nothing was written.
        DatabaseError: rows may have been written; the same import again completes it.
    """
    rows_count = purchases.check()
    new_count = 0
    rows = purchases.rows()
    while part := list(islice(rows, ROWS_A_PART)):
        with database.begin() as connection:
            new_count += connection.exec_driver_sql(PUT, part).rowcount
    return Imported(rows_count, purchases.baskets_count, new_count)


def learn_gaps(database: Database, sold: Assortment) -> int:
    """Work out anew how long one of each category lasts; how many categories could be told."""
    days: dict[str, array[int]] = {}
    with database.begin() as connection:
        for row in connection.execute(EACH_GAP):
            for name in {ALL, sold.category(row.item) or ALL}:
                days.setdefault(name, array("H")).append(min(row.days, GAP_DAYS_MAX))
        connection.execute(delete(GAPS))
        told = [
            {"category": name, "gap_days": float(median(gaps)), "gaps_count": len(gaps)}
            for name, gaps in sorted(days.items())
            if len(gaps) >= GAPS_MIN
        ]
        if told:
            connection.execute(insert(GAPS), told)
    return len(told)


def note_lasting(database: Database, sold: Assortment) -> None:
    """Keep what is known of all that lasts and was bought."""
    bought = database.read(select(PURCHASES.c.item).distinct())
    lines = iter(Lasting(database, sold).noted(row.item for row in bought))
    while part := list(islice(lines, ROWS_A_PART)):
        database.write(*part)


def count_before(database: Database, before_ms: int) -> int:
    """Rows of purchases that lie further back than they are kept."""
    found = select(func.count()).select_from(PURCHASES).where(PURCHASES.c.at_ms < before_ms)
    return int(database.read(found)[0][0])


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        raw = path.open("rb")
    except OSError as error:
        msg = f"purchases {path}: {error.strerror}; expected a readable file; ops gives its path"
        raise ImportRefused(msg) from None
    with raw:
        data = gzip.GzipFile(fileobj=raw) if path.suffix == ".gz" else raw
        yield io.TextIOWrapper(cast("io.BufferedReader", data), encoding="utf-8-sig", newline="")


def _name(row: Mapping[str, str | None], column: str) -> str:
    value = (row[column] or "").strip()
    if not 0 < len(value) <= NAME_CHARS_MAX or not value.isprintable():
        raise _Wrong(value[:NAME_CHARS_MAX], column, f"1 to {NAME_CHARS_MAX} printable characters")
    return value


def _number(row: Mapping[str, str | None], column: str, lowest: float | None = None) -> float:
    value = row[column] or ""
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not isfinite(number) or (lowest is not None and number < lowest):
        raise _Wrong(value, column, "a number" if lowest is None else f"a number from {lowest:g}")
    return number

import gzip
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from hub_server.database import Database
from hub_server.event.imports import Imported, ImportRefused, Purchases, learn_gaps, put
from hub_server.goods.assortment import Assortment
from hub_server.goods.products import Product
from tests.hub_server.conftest import fresh_database

HEAD = "at,basket,shopper,item,quantity,unit_price,colour\n"
BERLIN = ZoneInfo("Europe/Berlin")
ROWS = (
    "2026-07-01T10:00,b1,c-1,milk,2,1.29,white\n"
    "2026-07-01T10:00,b1,c-1,milk,2,1.29,white\n"
    "2026-07-02T10:00+00:00,b2,,bread,1,3.90,\n"
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "hub.db"
    path.write_bytes(fresh_database())
    opened = Database(path)
    yield opened
    opened.close()


def purchases(path: Path, zone: ZoneInfo | None = BERLIN) -> Purchases:
    return Purchases(path, zone, lambda number: f"digest of {number}")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def written(content: str) -> Path:
        path = tmp_path / "purchases.csv"
        path.write_text(content, encoding="utf-8")
        return path

    return written


def kept(database: Database) -> list[tuple[object, ...]]:
    return [tuple(row) for row in database.read(text("SELECT * FROM purchases ORDER BY 1, 2"))]


def test_receipts_are_kept_with_the_stores_time_and_without_numbers(
    database: Database, write: Callable[[str], Path]
) -> None:
    found = purchases(write("\ufeff" + HEAD + ROWS))
    assert put(database, found) == Imported(3, 2, 3)
    ten_ms = 1_782_892_800_000
    assert kept(database) == [
        ("b1", 1, "digest of c-1", ten_ms, "milk", 2.0, 1.29),
        ("b1", 2, "digest of c-1", ten_ms, "milk", 2.0, 1.29),
        ("b2", 1, None, ten_ms + 26 * 3_600_000, "bread", 1.0, 3.9),
    ]


def test_the_same_file_again_changes_nothing_and_a_mended_one_mends(
    database: Database, write: Callable[[str], Path]
) -> None:
    put(database, purchases(write(HEAD + ROWS)))
    before = kept(database)
    assert put(database, purchases(write(HEAD + ROWS))).new_count == 0
    assert kept(database) == before
    longer = HEAD + ROWS.replace("bread", "rolls") + "2026-07-03T10:00,b3,,tea,1,1,\n"
    assert put(database, purchases(write(longer))) == Imported(4, 3, 2)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("yesterday,b,,i,1,1", "line 5: at is 'yesterday'; expected ISO 8601"),
        ("0204-07-01T10:00,b,,i,1,1", "at is '0204-07-01T10:00'; expected a year from 1990"),
        ("2026-07-01T10:00,,,i,1,1", "basket is ''; expected 1 to 64 printable characters"),
        ("2026-07-01T10:00,b,,i\x07,1,1", "item is"),
        ("2026-07-01T10:00,b,,i,x,1", "quantity is 'x'; expected a number;"),
        ("2026-07-01T10:00,b,,i,1,-1", "unit_price is '-1'; expected a number from 0;"),
        ("2026-07-01T10:00,b,,i,1", "unit_price is ''; expected a number from 0;"),
        ("2026-07-01T10:00,b," + "9" * 65 + ",i,1,1", "expected at most 64 characters"),
    ],
)
def test_one_wrong_line_imports_nothing(
    database: Database, write: Callable[[str], Path], row: str, says: str
) -> None:
    with pytest.raises(ImportRefused) as refused:
        put(database, purchases(write(HEAD + ROWS + row + "\n")))
    assert says in str(refused.value)
    assert "nothing was imported; ops mends the file" in str(refused.value)
    assert kept(database) == []


def test_a_time_without_offset_needs_the_maps_zone(
    database: Database, write: Callable[[str], Path]
) -> None:
    with pytest.raises(ImportRefused, match="expected an offset, as the map names no time zone"):
        put(database, purchases(write(HEAD + ROWS), None))


def test_a_file_that_is_none_is_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="No such file"):
        put(database, purchases(tmp_path / "absent.csv"))
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    with pytest.raises(ImportRefused, match="no column at, basket"):
        put(database, purchases(bad))
    bad.write_bytes(HEAD.encode() + b"\xff\xfe,b\n")
    with pytest.raises(ImportRefused, match="no UTF-8"):
        put(database, purchases(bad))
    packed = gzip.compress((HEAD + ROWS * 50).encode())
    cut = tmp_path / "cut.csv.gz"
    for data in (packed[:-20], b"no gzip at all", packed[:30] + b"\0" * 40):
        cut.write_bytes(data)
        with pytest.raises(ImportRefused, match="CSV, or CSV in gzip"):
            put(database, purchases(cut))
    assert kept(database) == []


def test_many_customers_need_no_more_memory(
    database: Database, write: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_server.event.imports.ROWS_A_PART", 2)
    rows = "".join(f"2026-07-01T10:00,b{i},c-{i % 5},milk,1,1,\n" for i in range(9))
    assert put(database, purchases(write(HEAD + rows))).new_count == 9


def test_how_long_one_lasts_is_learnt_by_category(
    database: Database, write: Callable[[str], Path]
) -> None:
    lines = [
        f"2026-01-{1 + 10 * trip:02d}T10:0{again},b{shopper}-{trip}-{again},c{shopper},{item},1,1\n"
        for shopper in range(15)
        for item in ("paste", "gone")
        for trip in range(3)
        for again in range(2)
    ]
    put(database, purchases(write(HEAD + "".join(lines))))
    sold = Assortment([Product(item="paste", name="Toothpaste", category="teeth")])
    assert learn_gaps(database, sold) == 2
    found = database.read(text("SELECT * FROM gaps ORDER BY category"))
    assert [tuple(row) for row in found] == [("", 10.0, 60), ("teeth", 10.0, 30)]
    database.write(text("DELETE FROM purchases"))
    assert learn_gaps(database, sold) == 0


def test_the_real_receipts_are_read(shared: Path) -> None:
    """The first of 528,886 rows of UCI Online Retail; tests/bench/events.py writes them all."""
    found = purchases(shared / "retail" / "purchases.csv.gz", ZoneInfo("Europe/London"))
    rows = found.rows()
    assert len({row[0] for row in islice(rows, 5_000)}) == found.baskets_count
    rows.close()

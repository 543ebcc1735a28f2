"""`hub-server import`, as it is typed."""

from pathlib import Path

import pytest

from hub_server.__main__ import main
from hub_server.database import Database
from hub_server.event.loyalty import digest_of
from hub_server.settings import DEMO_SALT
from store_maps import corner_market
from tests.hub_server.conftest import fresh_database
from tests.hub_server.event.test_imports import HEAD, ROWS, kept

Out = pytest.CaptureFixture[str]


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "map.geojson").write_bytes(corner_market.path().read_bytes())
    (tmp_path / "hub.db").write_bytes(fresh_database())
    path = tmp_path / "hub.toml"
    path.write_text(
        'store = "corner-market"\nmap = "map.geojson"\ncampaigns = "c.json"\n'
        'database = "hub.db"\npublic_url = "https://store.example"\ndemo = true\n'
        '[operator]\nname = "Market"\ncontact = "desk"\n'
    )
    return str(path)


def test_purchases_go_in_once(config: str, tmp_path: Path, capsys: Out) -> None:
    file = tmp_path / "purchases.csv"
    file.write_text(HEAD + ROWS)
    assert main(["import", "purchases", config, str(file)]) == 0
    assert main(["import", "purchases", config, str(file)]) == 0
    said = capsys.readouterr().out.splitlines()
    # From 2029 on these rows are old.
    assert sum("2 rows are under a number that no phone can link" in line for line in said) == 2
    assert [line for line in said if not line.startswith("note")] == [
        "3 rows of 2 receipts, 3 of them new",
        "how long one lasts is known of 0 categories",
        "3 rows of 2 receipts, 0 of them new",
        "how long one lasts is known of 0 categories",
    ]
    database = Database(tmp_path / "hub.db")
    try:
        assert kept(database)[0][2] == digest_of("number", "c-1", DEMO_SALT.encode())
    finally:
        database.close()
    file.write_text(HEAD + "2011-07-01T10:00,old,,i,1,1\n")
    assert main(["import", "purchases", config, str(file)]) == 0
    assert "note: 1 rows are over 3 years old" in capsys.readouterr().out
    file.write_text(HEAD + "never,b,,i,1,1\n")
    assert main(["import", "purchases", config, str(file)]) == 4
    assert "line 2: at is 'never'" in capsys.readouterr().err
    file.write_text(HEAD + "9999-12-31T23:59-14:00,b,,i,1,1\n")
    assert main(["import", "purchases", config, str(file)]) == 4
    assert "expected a time that has been" in capsys.readouterr().err


def test_products_are_checked_and_put_in_place(config: str, tmp_path: Path, capsys: Out) -> None:
    file, placed = tmp_path / "new.csv", tmp_path / "products.csv"
    file.write_bytes(corner_market.products_path().read_bytes())
    assert main(["import", "products", config, str(file)]) == 0
    assert capsys.readouterr().out == f"69 products in {placed}\n"
    assert placed.read_bytes() == file.read_bytes()
    assert main(["import", "products", config, str(placed)]) == 0
    file.write_text("item,category,zone,variant_of\n1,tea,attic,9\n2,tea,,\n")
    capsys.readouterr()
    assert main(["import", "products", config, str(file)]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "note: zones that the map has not: attic",
        "note: variants of what is not sold: 9",
        "note: 1 products have no place: nobody is led to them",
    ]
    file.write_text("item,category\n1,tea\n1,tea\n")
    assert main(["import", "products", config, str(file)]) == 2
    assert "each once; line 2 has it too" in capsys.readouterr().err
    assert len(placed.read_text().splitlines()) == 3
    placed.unlink()
    placed.mkdir()
    file.write_text("item,category\n1,tea\n")
    assert main(["import", "products", config, str(file)]) == 4
    assert "expected a writable folder" in capsys.readouterr().err

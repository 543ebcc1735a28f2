from hub_server import inventory
from hub_server.inventory import METADATA


def test_every_field_says_its_purpose_and_how_long_it_is_kept() -> None:
    for table, field, purpose, kept in inventory.rows():
        assert purpose, f"{table}.{field}"
        assert kept, f"{table}.{field}"


def test_every_field_is_printed_and_positions_have_none() -> None:
    text = inventory.text()
    lines = text.splitlines()
    for table in METADATA.tables.values():
        for column in table.columns:
            assert any(line.split()[:2] == [table.name, column.name] for line in lines)
            assert column.name not in {"x_m", "y_m", "rssi_dbm", "name", "email", "ip", "phone"}
    assert "Not kept at all: positions" in text

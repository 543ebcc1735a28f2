"""Each field that is kept has a purpose, an end, and somebody who reads it."""

import re
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Table

from hub_server.records import inventory, message_tables, shopper_tables, tables
from hub_server.records.tables import METADATA

HUB = Path(tables.__file__).parents[1]
# What somebody is, and what somebody eats: no table, question or condition may know it.
ABOUT_PEOPLE = re.compile(
    r"age|sex|gender|income|zip|postcode|postal|address|birth\w*|ethnic\w*|race|religion|diet\w*"
    r"|allerg\w*|marital|name|email|phone|ip"
)


@cache
def sources() -> dict[str, str]:
    """Every module that may read a row."""
    return {
        str(path.relative_to(HUB)): path.read_text()
        for path in HUB.rglob("*.py")
        if not path.name.endswith("tables.py") and "node_modules" not in path.parts
    }


def constants() -> dict[str, str]:
    """By table, the name under which modules import it."""
    modules = (tables, shopper_tables, message_tables)
    named = [(name, one) for module in modules for name, one in vars(module).items()]
    return {one.name: name for name, one in named if isinstance(one, Table)}


def is_read(table: str, field: str) -> bool:
    """Whether a module that knows the table takes this field from a row or a query."""
    taken = re.compile(rf"\.{field}\b(?!\s*=[^=])|[\"']{field}[\"']\]")
    in_sql = re.compile(rf"(FROM|JOIN|UPDATE) {table}\b")
    word = re.compile(rf"\b{field}\b")
    return any(
        (constants()[table] in text and taken.search(text))
        or (in_sql.search(text) and word.search(text))
        for text in sources().values()
    )


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
    assert "quarantine  reason" in text


def test_no_field_is_read_by_nobody() -> None:
    """Row 79: what the hub keeps it reads, or the inventory says which person does."""
    people = {(table, field) for table, field, _ in inventory.by_hand()}
    unread = {
        (table.name, column.name)
        for table in METADATA.tables.values()
        for column in table.columns
        if not is_read(table.name, column.name)
    }
    # A row's own number and key are read by whoever orders and joins rows.
    unread -= {("lost", "id"), ("quarantine", "id")}
    assert unread == people


@pytest.mark.parametrize("table", METADATA.tables.values(), ids=lambda table: str(table.name))
def test_no_field_says_what_somebody_is_or_eats(table: Table) -> None:
    """Rows 30 and 51: no age, sex, income, address; diet and allergens stay on the phone."""
    assert [c.name for c in table.columns if ABOUT_PEOPLE.fullmatch(c.name)] == []

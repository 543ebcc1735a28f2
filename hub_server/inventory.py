"""What the hub keeps: every field with its purpose and how long, as `tables.py` declares it."""

from collections.abc import Iterator
from typing import Final

from hub_server import message_tables, shopper_tables, tables

METADATA: Final = tables.METADATA
PARTS: Final = (tables, shopper_tables, message_tables)
"""The modules that declare tables."""
HEADER = ("table", "field", "purpose", "kept")


def rows() -> Iterator[tuple[str, str, str, str]]:
    """(table, field, purpose, how long), in the order of the tables."""
    for table in METADATA.tables.values():
        for column in table.columns:
            yield table.name, column.name, column.comment or "", str(table.info["keep"])


def text() -> str:
    """The same as columns of text, and what has no table at all."""
    found = [HEADER, *rows()]
    widths = [max(len(row[i]) for row in found) for i in range(len(HEADER))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in found
    ]
    return "\n".join([*lines, "", *NOT_KEPT]) + "\n"


NOT_KEPT = (
    "Not kept at all: positions (x, y live in memory until the visit ends), sightings (they never",
    "reach the hub), the list of tags sent to the Pis, IP addresses, cookies, passwords, tokens.",
)

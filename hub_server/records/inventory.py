"""What the hub keeps: every field with its purpose and how long, as `tables.py` declares it."""

from collections.abc import Iterator
from typing import Final

from hub_server.records import message_tables, shopper_tables
from hub_server.records.tables import METADATA

HEADER: Final = ("table", "field", "purpose", "kept")
# Importing a module of tables declares them.
DECLARED: Final = (message_tables.__name__, shopper_tables.__name__)
# Fields that no line of the hub reads, and who does. A test holds the list to the sources: what
# nobody reads is not kept.
BY_HAND: Final = {
    "lost": {"from_seq": "ops: which rows of an outbox never came"},
    "quarantine": {
        "topic": "ops: who sent what breaks the contract",
        "reason": "ops: what is wrong with it",
        "bytes_count": "ops: how long it was",
    },
    "pairings": {"reason": "ops: why a cart was free again"},
    "stays": {"zone_permille": "the shopper's export: how sure the place was"},
    "decisions": {
        "sent_ms": "ops and the shopper's export: which step a late message was late in",
        "received_ms": "ops and the shopper's export: see sent_ms",
        "tapped_ms": "ops and the shopper's export: see sent_ms",
        "cancelled_ms": "ops and the shopper's export: see sent_ms",
        "propensity": "whoever learns from decisions: the issue after this one",
    },
    "events": {"came_ms": "ops: how late a till tells"},
    "users": {"created_ms": "ops: who has had a login since when"},
    "sources": {"created_ms": "ops: which till has had a token since when"},
    "pushes": {"tries": "ops: what became of a push, when a push service complains"},
    "list_lines": {"passed_ms": "the shopper's export: what was passed by"},
}
NOT_KEPT: Final = (
    "Not kept at all: positions (x, y live in memory until the visit ends), sightings (they never",
    "reach the hub), the list of tags sent to the Pis, IP addresses, cookies, passwords, tokens,",
    "diet and allergens (they stay on the phone), age, sex, income, address, loyalty numbers.",
)


def rows() -> Iterator[tuple[str, str, str, str]]:
    """(table, field, purpose, how long), in the order of the tables."""
    for table in METADATA.tables.values():
        for column in table.columns:
            yield table.name, column.name, column.comment or "", str(table.info["keep"])


def by_hand() -> Iterator[tuple[str, str, str]]:
    """(table, field, who reads it) of what no line of the hub reads."""
    for table, fields in BY_HAND.items():
        for field, reader in fields.items():
            yield table, field, reader


def text() -> str:
    """Every field, which of them only people read, and what has no table at all."""
    unread = ["Read by people alone, never by the hub itself; no field is read by nobody:"]
    return "\n".join(
        [*_lined(HEADER, *rows()), "", *unread, *_lined(*by_hand()), "", *NOT_KEPT, ""]
    )


def _lined(*found: tuple[str, ...]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*found, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in found
    ]

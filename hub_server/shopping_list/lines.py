"""The lines of shopping lists in the database: kept with the shopper."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.sql import Executable

from hub_server.database import Database
from hub_server.records.shopper_tables import LIST_LINES

# A list for a month; more is a fault or an attack.
LINES_MAX: Final = 100
TEXT_CHARS_MAX: Final = 80


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line."""

    line: str
    position: int
    text: str
    item: str | None = None
    """None: the catalogue knows no such thing, or several."""
    done: bool = False
    opened_ms: int = 0
    """When it was written, or else opened again: what was bought before is not meant."""
    visited_ms: int | None = None
    """When its shelf was stopped at last."""


def lines_of(database: Database, shopper: str) -> list[Line]:
    """A shopper's lines in the order in which they were written."""
    mine = select(LIST_LINES).where(LIST_LINES.c.shopper == shopper)
    return [_line(row) for row in database.read(mine.order_by(LIST_LINES.c.position))]


def added(shopper: str, line: Line, now_ms: int) -> Executable:
    """A line was written."""
    return insert(LIST_LINES).values(
        line=line.line,
        shopper=shopper,
        position=line.position,
        text=line.text,
        item=line.item,
        done_ms=now_ms if line.done else None,
        at_ms=line.opened_ms,
    )


def changed(line: Line, now_ms: int) -> Executable:
    """A line was written anew, or ticked off, or not after all."""
    return (
        update(LIST_LINES)
        .where(LIST_LINES.c.line == line.line)
        .values(
            text=line.text,
            item=line.item,
            done_ms=now_ms if line.done else None,
            at_ms=line.opened_ms,
        )
    )


def passed(lines: Sequence[str], now_ms: int) -> Executable:
    """Lines were passed without a stop."""
    return update(LIST_LINES).where(LIST_LINES.c.line.in_(lines)).values(passed_ms=now_ms)


def visited(lines: Sequence[str], at_ms: int | None) -> Executable:
    """Their shelves were stopped at; None: that counts no more."""
    return update(LIST_LINES).where(LIST_LINES.c.line.in_(lines)).values(visited_ms=at_ms)


def removed(line: str) -> Executable:
    """A line was taken off."""
    return delete(LIST_LINES).where(LIST_LINES.c.line == line)


def _line(row: Row[Any]) -> Line:
    return Line(
        line=row.line,
        position=row.position,
        text=row.text,
        item=row.item,
        done=row.done_ms is not None,
        opened_ms=row.at_ms,
        visited_ms=row.visited_ms,
    )

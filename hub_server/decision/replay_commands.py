"""What `hub-server replay` does: decides every stored decision again, by the rules of its time."""

from argparse import Namespace
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Row, func, select

from hub_server import settings
from hub_server.commands import EXIT_CHECK, EXIT_OK, opened, say
from hub_server.database import Database
from hub_server.decision.replay import differences
from hub_server.decision.rule_sets import unpacked
from hub_server.records.message_tables import RULE_SETS
from hub_server.records.tables import DECISIONS

# Rows at a time: 3 MB of snapshots.
ROWS: Final = 1_000
# More of them tell nothing that the first few do not.
SHOWN_MAX: Final = 5
# Enough to see how two texts part.
CHARS_MAX: Final = 80


def replay(options: Namespace) -> int:
    """Decide every stored decision again by the rules of its time; exit 6 where any differs."""
    with opened(settings.load(options.config)) as database:
        made_before = _count_without(database)
        different = same = 0
        for rules in _rule_sets(database):
            campaigns, limits = unpacked(rules.campaigns, rules.limits)
            for row in _decisions(database, rules.sha256):
                found = differences(row, campaigns, limits)
                same += not found
                different += bool(found)
                if found and different <= SHOWN_MAX:
                    for one in found:
                        at = _parting(one.stored, one.again)
                        say(f"decision {row.decision}, {one.column}, from character {at}:")
                        say(f"  stored {one.stored[at : at + CHARS_MAX]}")
                        say(f"  again  {one.again[at : at + CHARS_MAX]}")
    say(f"{same + different} decisions decided again: {same} the same, {different} otherwise")
    if made_before:
        say(f"{made_before} have no rules of their own: a ghost beside a message, or a full cap")
    return EXIT_CHECK if different else EXIT_OK


def _rule_sets(database: Database) -> Iterator[Row[Any]]:
    for row in database.read(select(RULE_SETS.c.sha256).order_by(RULE_SETS.c.since_ms)):
        yield from database.read(select(RULE_SETS).where(RULE_SETS.c.sha256 == row.sha256))


def _decisions(database: Database, rule_set: str) -> Iterator[Row[Any]]:
    """Row by row, though the table may hold months."""
    last = ""
    while True:
        rows = database.read(
            select(DECISIONS)
            .where(DECISIONS.c.rule_set == rule_set, DECISIONS.c.decision > last)
            .order_by(DECISIONS.c.decision)
            .limit(ROWS)
        )
        yield from rows
        if len(rows) < ROWS:
            return
        last = rows[-1].decision


def _parting(stored: str, again: str) -> int:
    """Where two texts begin to differ."""
    pairs = enumerate(zip(stored, again, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(stored), len(again)))


def _count_without(database: Database) -> int:
    known = select(RULE_SETS.c.sha256)
    without = DECISIONS.c.rule_set.is_(None) | DECISIONS.c.rule_set.not_in(known)
    (row,) = database.read(select(func.count()).select_from(DECISIONS).where(without))
    return int(row[0])

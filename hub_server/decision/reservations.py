"""A cap's room is taken in the database, in the transaction that keeps the decision.

Count and insert are one statement, so two hubs, processes or phones of one shopper cannot pass a
cap together: SQLite lets one writer in at a time, and the second counts what the first wrote.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
from sqlalchemy import select, update
from sqlalchemy.sql import Executable

from hub_server.database import Database
from hub_server.decision.caps import CAP_CODES, HOUR_S, Rule
from hub_server.decision.snapshot import Said
from hub_server.records.message_tables import RESERVATIONS
from hub_server.records.tables import DECISIONS

COLUMNS: Final = (
    "decision, subject, visit, campaign, kind, topic, channel, categories, exempt, at_ms"
)
# Those of the visit count even where they were reserved before "remember me" was ticked.
COUNT: Final = (
    "SELECT count(*) FROM reservations WHERE (subject = ? OR visit = ?) "
    "AND released_ms IS NULL AND exempt = 0"
)
# How one rule picks what it counts; of a person: everything.
PICKS: Final = {
    "person": "",
    "campaign": " AND campaign = ?",
    "category": " AND instr(categories, ?) > 0",
    "channel": " AND channel = ?",
    "kind": " AND kind = ?",
}

_names: Final = msgspec.json.Decoder(tuple[str, ...])


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One message that wants room under its caps."""

    decision: str
    subject: str
    """experiments.subject_of: the remembered shopper, else the visit."""
    visit: str
    said: Said
    rules: tuple[Rule, ...]
    """Every cap that it must have room under; none where it is exempt."""

    @property
    def at_ms(self) -> int:
        """When it is said."""
        return round(self.said.at_s * 1000)


class Reservations:
    """The reserved messages of every shopper."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, claim: Claim) -> str | None:
        """Reserve inside the caller's transaction; the code of the full cap where there is no room.

        It must be the transaction's first statement or come after another write: only a
        transaction that writes has the file to itself.
        """
        said = claim.said
        conditions = [_count(claim, rule) for rule in claim.rules]
        room = " AND ".join(f"({count}) < ?" for count, _ in conditions) or "1"
        row = (
            claim.decision,
            claim.subject,
            claim.visit,
            said.campaign,
            said.kind,
            said.topic,
            said.channel,
            msgspec.json.encode(said.categories),
            said.exempt,
            claim.at_ms,
            *(
                value
                for (_, values), rule in zip(conditions, claim.rules, strict=True)
                for value in (*values, rule.cap.limit)
            ),
        )
        insert = (
            f"INSERT INTO reservations ({COLUMNS}) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ? "
            f"WHERE {room} RETURNING decision"
        )
        return None if self._database.ask(insert, row) else self._full(claim)

    def before(self, subject: str, visit: str, since_s: float) -> tuple[Said, ...]:
        """What was said to `subject` in other visits and still counts, oldest first."""
        rows = self._database.read(
            select(RESERVATIONS, DECISIONS.c.dismissed_ms)
            .outerjoin(DECISIONS, DECISIONS.c.decision == RESERVATIONS.c.decision)
            .where(
                RESERVATIONS.c.subject == subject,
                RESERVATIONS.c.visit != visit,
                RESERVATIONS.c.at_ms > round(since_s * 1000),
                RESERVATIONS.c.released_ms.is_(None),
            )
            .order_by(RESERVATIONS.c.at_ms)
        )
        return tuple(
            Said(
                row.campaign,
                row.kind,
                row.topic,
                row.channel,
                row.at_ms / 1000,
                _names.decode(row.categories),
                row.exempt,
                row.dismissed_ms is not None,
            )
            for row in rows
        )

    def _full(self, claim: Claim) -> str:
        return next(
            CAP_CODES[rule.cap.per]
            for rule in claim.rules
            if self._database.ask(*_count(claim, rule))[0][0] >= rule.cap.limit
        )


def given_back(decisions: Iterable[str], now_ms: int) -> Executable:
    """These were never shown: their caps have room again."""
    return (
        update(RESERVATIONS)
        .where(RESERVATIONS.c.decision.in_(list(decisions)))
        .values(released_ms=now_ms)
    )


def _count(claim: Claim, rule: Rule) -> tuple[str, tuple[object, ...]]:
    """How many `rule` counts, and what the statement's question marks stand for."""
    picked: tuple[object, ...] = ()
    if rule.cap.per != "person":
        # Inside a JSON list of strings, a string with its quotes is found only as a whole.
        is_category = rule.cap.per == "category"
        picked = (msgspec.json.encode(rule.key) if is_category else rule.key,)
    if rule.cap.hours is None:
        window, value = " AND visit = ?", claim.visit
        return COUNT + PICKS[rule.cap.per] + window, (claim.subject, claim.visit, *picked, value)
    since_ms = claim.at_ms - round(rule.cap.hours * HOUR_S * 1000)
    values = (claim.subject, claim.visit, *picked, since_ms)
    return COUNT + PICKS[rule.cap.per] + " AND at_ms > ?", values

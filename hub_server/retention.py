"""Nothing is kept longer than promised: rows by person become counts, the rest goes.

The limits here are what `tables.py` says a table's rows are kept, and what the phone page promises.
"""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import delete, select, text, update

from hub_server.database import Database
from hub_server.tables import (
    AGENTS,
    COUNTS,
    EVENTS,
    LOST,
    PAIRINGS,
    QUARANTINE,
    RECEIPTS,
    SESSIONS,
    SHOPPERS,
    VISITS,
)
from hub_server.visit_records import VisitRecords

DAY_MS: Final = 86_400_000
MONTH_MS: Final = 30 * DAY_MS
YEAR_MS: Final = 365 * DAY_MS
# One pass works on at most this many rows of a table, so that it never holds up the loop.
ROWS_A_PASS: Final = 2_000

COUNT_STAYS: Final = text("""
INSERT INTO counts (store, day, what, key, rows_count, dwell_s)
SELECT store, strftime('%Y-%m-%d', at_ms / 1000, 'unixepoch'), 'stays', zone, count(*),
       sum(dwell_s)
FROM stays WHERE rowid IN (
    SELECT rowid FROM stays WHERE at_ms < :before_ms AND kind = 'leave' LIMIT :rows)
GROUP BY 1, 2, 4 ON CONFLICT (store, day, what, key) DO UPDATE SET
    rows_count = rows_count + excluded.rows_count, dwell_s = counts.dwell_s + excluded.dwell_s
""")
COUNT_DECISIONS: Final = text("""
INSERT INTO counts (store, day, what, key, rows_count, dwell_s)
SELECT store, strftime('%Y-%m-%d', at_ms / 1000, 'unixepoch'),
       CASE outcome WHEN 'send' THEN 'sent' ELSE 'silent' END, coalesce(campaign, code),
       count(*), 0
FROM decisions WHERE rowid IN (SELECT rowid FROM decisions WHERE at_ms < :before_ms LIMIT :rows)
GROUP BY 1, 2, 3, 4 ON CONFLICT (store, day, what, key) DO UPDATE SET
    rows_count = rows_count + excluded.rows_count
""")
DROP_LEAVES: Final = text("""
DELETE FROM stays WHERE rowid IN (
    SELECT rowid FROM stays WHERE at_ms < :before_ms AND kind = 'leave' LIMIT :rows)
""")
DROP_ENTERS: Final = text("""
DELETE FROM stays WHERE rowid IN (
    SELECT rowid FROM stays WHERE at_ms < :before_ms AND kind = 'enter' LIMIT :rows)
""")
DROP_DECISIONS: Final = text("""
DELETE FROM decisions WHERE rowid IN (
    SELECT rowid FROM decisions WHERE at_ms < :before_ms LIMIT :rows)
""")


class Retention:
    """The job that removes what is over."""

    def __init__(self, database: Database, records: VisitRecords) -> None:
        self._database = database
        self._records = records

    def run(self, now_ms: int) -> int:
        """One bounded pass; returns how many shoppers were forgotten."""
        self._fold(now_ms)
        gone = self._shoppers(now_ms)
        self._database.write(
            update(PAIRINGS)
            .where(PAIRINGS.c.to_ms < now_ms - DAY_MS, PAIRINGS.c.handle != "")
            .values(handle=""),
            delete(EVENTS).where(EVENTS.c.at_ms < now_ms - MONTH_MS),
            delete(AGENTS).where(AGENTS.c.seen_ms < now_ms - 7 * DAY_MS),
            delete(QUARANTINE).where(QUARANTINE.c.at_ms < now_ms - MONTH_MS),
            delete(LOST).where(LOST.c.at_ms < now_ms - YEAR_MS),
            delete(SESSIONS).where(SESSIONS.c.expires_ms <= now_ms),
            delete(COUNTS).where(COUNTS.c.day < _day(now_ms - 3 * YEAR_MS)),
            delete(RECEIPTS).where(RECEIPTS.c.deleted_day < (now_ms - 3 * YEAR_MS) // DAY_MS),
        )
        return gone

    def _fold(self, now_ms: int) -> None:
        limits = {"before_ms": now_ms - MONTH_MS, "rows": ROWS_A_PASS}
        with self._database.begin() as connection:
            for statement in (
                COUNT_STAYS,
                DROP_LEAVES,
                DROP_ENTERS,
                COUNT_DECISIONS,
                DROP_DECISIONS,
            ):
                connection.execute(statement, limits)

    def _shoppers(self, now_ms: int) -> int:
        """Forget shoppers who did not ask to be remembered, a day after their last visit."""
        theirs = VISITS.c.shopper == SHOPPERS.c.shopper
        lately = theirs & (VISITS.c.ended_ms.is_(None) | (VISITS.c.ended_ms > now_ms - DAY_MS))
        over = (
            select(SHOPPERS.c.shopper)
            .where(
                SHOPPERS.c.remembered.is_(False),
                SHOPPERS.c.created_ms < now_ms - DAY_MS,
                ~select(VISITS.c.visit).where(lately).exists(),
            )
            .limit(ROWS_A_PASS)
        )
        shoppers = [str(row[0]) for row in self._database.read(over)]
        for shopper in shoppers:
            own = [one.bindparams(shopper=shopper) for one in OWN_COUNTS]
            self._database.write(*own, *self._records.deletion(shopper, now_ms))
        return len(shoppers)


OWN: Final = "SELECT visit FROM visits WHERE shopper = :shopper"
COUNT_OWN_STAYS: Final = text(
    COUNT_STAYS.text.replace("at_ms < :before_ms AND", f"visit IN ({OWN}) AND").replace(
        "LIMIT :rows", ""
    )
)
COUNT_OWN_DECISIONS: Final = text(
    COUNT_DECISIONS.text.replace("at_ms < :before_ms LIMIT :rows", f"visit IN ({OWN})")
)
OWN_COUNTS: Final = (COUNT_OWN_STAYS, COUNT_OWN_DECISIONS)


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()

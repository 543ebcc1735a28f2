"""Nothing is kept longer than promised: rows by person become counts, the rest goes.

The limits here are what `tables.py` says a table's rows are kept, and what the phone page promises.
"""

from datetime import tzinfo
from typing import Final, Literal

from sqlalchemy import (
    ColumnElement,
    Table,
    TextClause,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.sql import Executable

from hub_server.database import Database
from hub_server.instants import day_of
from hub_server.records.message_tables import RESERVATIONS, RULE_SETS
from hub_server.records.shopper_tables import IDEAS, PURCHASES, PUSH_SUBSCRIPTIONS, TASKS
from hub_server.records.tables import (
    AGENTS,
    COUNTS,
    DECISIONS,
    EVENTS,
    LOST,
    PAIRINGS,
    QUARANTINE,
    RECEIPTS,
    SESSIONS,
    SHOPPERS,
    VISITS,
)
from hub_server.visit.records import VisitRecords

DAY_MS: Final = 86_400_000
MONTH_MS: Final = 30 * DAY_MS
YEAR_MS: Final = 365 * DAY_MS
# Push services forget a subscription that is not used; DESIGN prunes it here after 60 days.
PUSH_MS: Final = 60 * DAY_MS
# The cookie of a remembered shopper lives for a year: after it nobody can ask for the rows.
UNSEEN_MS: Final = YEAR_MS
# One pass works on at most this many rows of a table, so that it never holds up the loop.
ROWS_A_PASS: Final = 2_000
# What a shopper said of one visit; a remembered shopper's visits are kept, their missions not.
MISSION: Final = ("intent", "for_whom", "value", "minutes", "minutes_said_ms")

STAYS_COUNTED: Final = """
INSERT INTO counts (store, day, what, key, rows_count, dwell_s)
SELECT store, store_day(at_ms), 'stays', zone, count(*),
       sum(dwell_s)
FROM stays WHERE kind = 'leave' AND rowid IN (SELECT rowid FROM stays WHERE {rows})
GROUP BY 1, 2, 4 ON CONFLICT (store, day, what, key) DO UPDATE SET
    rows_count = rows_count + excluded.rows_count, dwell_s = counts.dwell_s + excluded.dwell_s
"""
DECISIONS_COUNTED: Final = """
INSERT INTO counts (store, day, what, key, rows_count, dwell_s)
SELECT store, store_day(at_ms),
       CASE outcome WHEN 'send' THEN 'sent' WHEN 'ghost' THEN 'ghost' ELSE 'silent' END,
       coalesce(campaign, code), count(*), 0
FROM decisions WHERE rowid IN (SELECT rowid FROM decisions WHERE {rows})
GROUP BY 1, 2, 3, 4 ON CONFLICT (store, day, what, key) DO UPDATE SET
    rows_count = rows_count + excluded.rows_count
"""
COUNTED: Final = {"stays": STAYS_COUNTED, "decisions": DECISIONS_COUNTED}
LEAVES: Final = "at_ms < :before_ms AND kind = 'leave' LIMIT :rows"
ENTERS: Final = "at_ms < :before_ms AND kind = 'enter' LIMIT :rows"
OLD: Final = "at_ms < :before_ms LIMIT :rows"
FOLD: Final = (
    text(STAYS_COUNTED.format(rows=LEAVES)),
    text(f"DELETE FROM stays WHERE rowid IN (SELECT rowid FROM stays WHERE {LEAVES})"),  # noqa: S608 - the words stand above
    text(f"DELETE FROM stays WHERE rowid IN (SELECT rowid FROM stays WHERE {ENTERS})"),  # noqa: S608 - the words stand above
    text(DECISIONS_COUNTED.format(rows=OLD)),
    text(f"DELETE FROM decisions WHERE rowid IN (SELECT rowid FROM decisions WHERE {OLD})"),  # noqa: S608 - the words stand above
)
OWN: Final = "visit IN (SELECT visit FROM visits WHERE shopper = :shopper AND visit <> :but)"


def own_counts(
    shopper: str, what: Literal["stays", "decisions"], but_visit: str = ""
) -> list[TextClause]:
    """What turns a shopper's rows into counts, before they are deleted; `but_visit`'s stay."""
    statement = text(COUNTED[what].format(rows=OWN))
    return [statement.bindparams(shopper=shopper, but=but_visit)]


class Retention:
    """The job that removes what is over; counts are of the store's days."""

    def __init__(self, database: Database, records: VisitRecords, timezone: tzinfo) -> None:
        self._database = database
        self._records = records
        self._timezone = timezone
        database.keep_days_of(timezone)

    def run(self, now_ms: int) -> int:
        """One bounded pass; returns how many shoppers were forgotten."""
        with self._database.begin() as connection:
            for statement in FOLD:
                connection.execute(statement, {"before_ms": now_ms - MONTH_MS, "rows": ROWS_A_PASS})
        gone = self._shoppers(now_ms)
        year_ago, years_ago = (self._day(now_ms - ms) for ms in (YEAR_MS, 3 * YEAR_MS))
        self._database.write(
            *_of_visits(now_ms),
            *_of_shoppers(now_ms),
            *_of_the_hub(now_ms),
            delete(IDEAS).where(IDEAS.c.day < year_ago),
            delete(COUNTS).where(COUNTS.c.day < years_ago),
        )
        return gone

    def _shoppers(self, now_ms: int) -> int:
        """Forget who did not ask to be remembered, a day after the visit, and who never came back.

        A remembered shopper's cookie is gone after a year: nobody could ask for the rows again.
        """
        forgotten_ms, unseen_ms = now_ms - DAY_MS, now_ms - UNSEEN_MS
        over = (
            select(SHOPPERS.c.shopper)
            .where(
                or_(
                    SHOPPERS.c.remembered.is_(False) & _not_seen_since(forgotten_ms),
                    _not_seen_since(unseen_ms),
                )
            )
            .limit(ROWS_A_PASS)
        )
        shoppers = [str(row[0]) for row in self._database.read(over)]
        for shopper in shoppers:
            counted = [*own_counts(shopper, "stays"), *own_counts(shopper, "decisions")]
            self._database.write(*counted, *self._records.deletion(shopper, now_ms))
        return len(shoppers)

    def _day(self, at_ms: int) -> str:
        return day_of(at_ms / 1000, self._timezone)


def _not_seen_since(since_ms: int) -> ColumnElement[bool]:
    theirs = VISITS.c.shopper == SHOPPERS.c.shopper
    lately = theirs & (VISITS.c.ended_ms.is_(None) | (VISITS.c.ended_ms > since_ms))
    return (SHOPPERS.c.created_ms < since_ms) & ~select(VISITS.c.visit).where(lately).exists()


def _of_visits(now_ms: int) -> list[Executable]:
    """What is over with the visit, or a month after it."""
    used = select(DECISIONS.c.rule_set).where(DECISIONS.c.rule_set.is_not(None))
    newest = select(func.max(RULE_SETS.c.since_ms)).scalar_subquery()
    return [
        update(PAIRINGS)
        .where(PAIRINGS.c.to_ms < now_ms - DAY_MS, PAIRINGS.c.handle != "")
        .values(handle=""),
        update(VISITS)
        .where(
            VISITS.c.ended_ms < now_ms - DAY_MS,
            or_(*(VISITS.c[name].is_not(None) for name in MISSION)),
        )
        .values(dict.fromkeys(MISSION)),
        delete(TASKS).where(TASKS.c.over_ms < now_ms - DAY_MS),
        delete(RESERVATIONS).where(RESERVATIONS.c.at_ms < now_ms - MONTH_MS),
        # The newest set is in use, and may have decided nothing yet.
        delete(RULE_SETS).where(
            RULE_SETS.c.since_ms < now_ms - MONTH_MS,
            RULE_SETS.c.since_ms < newest,
            RULE_SETS.c.sha256.not_in(used),
        ),
    ]


def _of_shoppers(now_ms: int) -> list[Executable]:
    """Purchases: three years of the remembered or under a number, a month of everybody else."""
    remembered = select(SHOPPERS.c.shopper).where(SHOPPERS.c.remembered.is_(True))
    kept = EVENTS.c.external.is_not(None) | EVENTS.c.shopper.in_(remembered)
    return [
        _oldest(EVENTS, now_ms - 3 * YEAR_MS),
        _oldest(EVENTS, now_ms - MONTH_MS, ~kept | kept.is_(None)),
        _oldest(PURCHASES, now_ms - 3 * YEAR_MS),
        delete(PUSH_SUBSCRIPTIONS).where(PUSH_SUBSCRIPTIONS.c.used_ms < now_ms - PUSH_MS),
    ]


def _oldest(table: Table, before_ms: int, *conditions: ColumnElement[bool]) -> Executable:
    """A pass's worth of rows from before `before_ms`: an old file that was imported is large."""
    rowid: ColumnElement[int] = literal_column("rowid")
    old = select(rowid).select_from(table).where(table.c.at_ms < before_ms, *conditions)
    return delete(table).where(rowid.in_(old.limit(ROWS_A_PASS)))


def _of_the_hub(now_ms: int) -> list[Executable]:
    """Agents, faults and logins: nobody's in particular."""
    return [
        delete(AGENTS).where(AGENTS.c.seen_ms < now_ms - 7 * DAY_MS),
        delete(QUARANTINE).where(QUARANTINE.c.at_ms < now_ms - MONTH_MS),
        delete(LOST).where(LOST.c.at_ms < now_ms - YEAR_MS),
        delete(SESSIONS).where(SESSIONS.c.expires_ms <= now_ms),
        delete(RECEIPTS).where(RECEIPTS.c.deleted_day < (now_ms - 3 * YEAR_MS) // DAY_MS),
    ]

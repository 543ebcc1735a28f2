"""One push a decision: each is claimed by its unique key before anything is sent.

A hub that dies between claim and post has not sent it and never will: the queue is memory only, and
a claimed decision is not taken up again. It errs towards silence.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, insert, select, update

from hub_server.database import Database
from hub_server.records.message_tables import PUSHES
from hub_server.records.tables import DECISIONS

CLAIMED: Final = "sending"


class Claims:
    """The table of pushes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, decisions: Sequence[str], now_ms: int) -> set[str]:
        """Claim those that nobody has claimed before and that are still kept.

        A shopper may have been forgotten since they were decided, and all decisions with it.
        """
        claimed = select(PUSHES.c.decision).where(PUSHES.c.decision.in_(decisions))
        rows = self._database.read(
            select(DECISIONS.c.decision).where(
                DECISIONS.c.decision.in_(decisions), DECISIONS.c.decision.not_in(claimed)
            )
        )
        fresh = {
            row.decision: {"decision": row.decision, "at_ms": now_ms, "tries": 0, "state": CLAIMED}
            for row in rows
        }
        if fresh:
            self._database.write(insert(PUSHES).values(list(fresh.values())))
        return set(fresh)

    def settle(self, outcomes: Sequence[tuple[str, str, int]]) -> None:
        """Note (decision, state, tries) of those that are over."""
        statement = (
            update(PUSHES)
            .where(PUSHES.c.decision == bindparam("one"))
            .values(state=bindparam("state"), tries=bindparam("tries"))
        )
        rows = [{"one": one, "state": state, "tries": tries} for one, state, tries in outcomes]
        with self._database.begin() as connection:
            connection.execute(statement, rows)

"""How long people usually stay in a zone: so long a push about it is worth delivering."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import func, select

from hub_server.database import Database
from hub_server.records.tables import STAYS

# Issue 5: no message is true for longer.
TTL_MAX_S: Final = 120.0
# A week holds every weekday once; fewer stays than these say little of a zone.
WINDOW_MS: Final = 7 * 86_400_000
STAYS_MIN: Final = 20
# Read anew so often: a usual dwell does not change within the hour.
READ_EVERY_S: Final = 3600.0


class Dwells:
    """The mean dwell in each zone over the last week.

    For somebody who is still there the mean is also what is left, as long as leaving is as likely
    in any second (an exponential dwell); nothing better is claimed.
    """

    def __init__(self, database: Database, store: str) -> None:
        self._database = database
        self._store = store
        self._means: Mapping[str, float] = {}

    def read(self, now_ms: int) -> None:
        """Look at the last week's stays."""
        rows = self._database.read(
            select(STAYS.c.zone, func.avg(STAYS.c.dwell_s).label("mean_s"))
            .where(
                STAYS.c.store == self._store,
                STAYS.c.kind == "leave",
                STAYS.c.at_ms >= now_ms - WINDOW_MS,
            )
            .group_by(STAYS.c.zone)
            .having(func.count() >= STAYS_MIN)
        )
        self._means = {row.zone: float(row.mean_s) for row in rows}

    def until_s(self, zone: str | None, at_s: float, expires_at_s: float) -> float:
        """Until when a push that was decided at `at_s` in `zone` may be delivered.

        The earliest of: the message's own expiry, 120 s, and the zone's usual dwell if known.
        """
        usual_s = self._means.get(zone or "", TTL_MAX_S)
        return min(expires_at_s, at_s + min(TTL_MAX_S, usual_s))

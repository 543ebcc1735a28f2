"""What a visit needs to know of messages as it is taken up: said before, kept back, compared."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select, text

from hub_server.campaigns import Campaign
from hub_server.caps import HOUR_S, longest_hours
from hub_server.database import Database
from hub_server.experiments import controls, subject_of
from hub_server.history import History
from hub_server.house import House
from hub_server.limits import Limits
from hub_server.reservations import Reservations
from hub_server.tables import DECISIONS
from hub_server.visits import Visit


class MessageMemory:
    """Puts it on the visits of one store."""

    def __init__(
        self, house: House, history: History, campaigns: Sequence[Campaign], limits: Limits
    ) -> None:
        self._history = history
        self._database: Final[Database] = house.database
        self._salt = house.store.salt
        self._reservations = Reservations(house.database)
        self._window_s = longest_hours(campaigns, limits.caps) * HOUR_S
        self._shares = {one.id: one.control_share for one in campaigns if one.control_share > 0.0}

    def purchases_known(self, visit: Visit) -> int:
        """How many purchases of the visit's shopper are known, and may be read."""
        if not visit.remembered or visit.choices.plain:
            return 0
        return sum(one.times_count for one in self._history.bought(visit.shopper).values())

    def recall(self, visit: Visit) -> None:
        """As the visit begins, or as the hub starts again."""
        subject = subject_of(visit.shopper, visit.visit, remembered=visit.remembered)
        visit.controls = controls(subject, self._salt, self._shares, outside=visit.demo)
        if visit.remembered:
            since_s = visit.opened_s - self._window_s
            visit.said_before = self._reservations.before(subject, visit.visit, since_s)
        kept_back = (
            select(DECISIONS.c.campaign, DECISIONS.c.decision)
            .where(DECISIONS.c.visit == visit.visit, DECISIONS.c.outcome == "ghost")
            .order_by(DECISIONS.c.at_ms, text("rowid"))
        )
        visit.ghosts = {row.campaign: row.decision for row in self._database.read(kept_back)}

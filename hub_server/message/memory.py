"""What a visit needs to know of messages as it is taken up: said before, kept back, compared."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, select, text

from hub_server.campaigns import Campaign
from hub_server.database import Database
from hub_server.decision.caps import HOUR_S, longest_hours
from hub_server.decision.limits import Limits
from hub_server.decision.reservations import Reservations
from hub_server.event.history import History
from hub_server.experiments import controls, subject_of
from hub_server.house import House
from hub_server.message.exposures import ALL, restored
from hub_server.message.persons import counted_before
from hub_server.records.tables import DECISIONS, VISITS
from hub_server.visit.visits import Visit


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
        self._expiry_s = {one.id: one.expiry_s for one in campaigns}
        self._promotional = {one.id for one in campaigns if one.promotional}
        self._shares = {one.id: one.control_share for one in campaigns if one.control_share > 0.0}

    def purchases_known(self, visit: Visit) -> int:
        """How many purchases of the visit's shopper are known, and may be read."""
        if not visit.remembered or visit.choices.plain:
            return 0
        return sum(one.times_count for one in self._history.bought(visit.shopper).values())

    def recall(self, visit: Visit) -> None:
        """As the visit begins, or as the hub starts again."""
        subject = subject_of(visit.shopper, visit.visit, remembered=visit.remembered)
        visit.counted |= counted_before(self._database, visit)
        visit.controls = controls(visit.drawn, self._salt, self._shares, outside=visit.demo)
        if visit.remembered:
            since_s = visit.opened_s - self._window_s
            visit.said_before = self._reservations.before(subject, visit.visit, since_s)
            visit.compared = self._compared(visit)
        rows = self._database.read(
            select(DECISIONS)
            .where(DECISIONS.c.visit == visit.visit, DECISIONS.c.outcome != "silent")
            .order_by(DECISIONS.c.at_ms, DECISIONS.c.outcome, text("rowid"))
        )
        visit.ghosts = {row.campaign: row.decision for row in rows if row.outcome == "ghost"}
        self._expose(visit, rows)
        for sent in visit.sent:
            left_s = self._expiry_s.get(sent.campaign)
            sent.expires_at_s = sent.expires_at_s if left_s is None else sent.at_s + left_s

    def _expose(self, visit: Visit, rows: Sequence[Row[Any]]) -> None:
        """As the hub starts again; what a visit that goes on knows outlasts its rows."""
        if visit.exposures or visit.demo:
            return
        found = restored(rows, self._shares, self._promotional, is_holdout=visit.holdout)
        visit.exposures = {key: one for key, one in found.items() if key not in visit.compared}

    def _compared(self, visit: Visit) -> frozenset[str]:
        """What an earlier visit of the shopper has been compared for already.

        The lot falls on the shopper, so the shopper is what is compared: with each visit of a
        regular as a visit of its own, 28 of 100 A/A experiments with 400 regulars missed.
        """
        earlier = (
            select(DECISIONS.c.campaign)
            .distinct()
            .join(VISITS, VISITS.c.visit == DECISIONS.c.visit)
            .where(VISITS.c.shopper == visit.shopper, VISITS.c.visit != visit.visit)
            .where(VISITS.c.opened_ms < round(visit.opened_s * 1000))
            .where(DECISIONS.c.outcome != "silent", DECISIONS.c.campaign.is_not(None))
        )
        found = frozenset(str(row.campaign) for row in self._database.read(earlier))
        return found | {ALL} if found & self._promotional else found

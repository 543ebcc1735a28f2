"""Where a shopper stands now, as far as consent and the last fix tell."""

from typing import Final

from hub_server.desk import Desk
from hub_server.journey.lead import PLACE_MAX_S
from hub_server.journey.tracks import RADIUS_MAX_M
from hub_server.journeys import Journey
from hub_server.place.routes import Routes
from hub_server.visit.visits import Visit


class Whereabouts:
    """The places of open visits on the ways of a store."""

    def __init__(self, desk: Desk, routes: Routes) -> None:
        self._desk = desk
        self.routes: Final = routes

    def journey(self, visit: Visit) -> Journey | None:
        """The journey, where the shopper may be located and has been a moment ago."""
        if visit.paused_s is not None or not visit.may_locate:
            return None
        journey = self._desk.journey(visit)
        return journey if journey is not None and _is_placed(journey) else None

    def cell(self, visit: Visit) -> int:
        """The cell; -1 where nobody knows."""
        journey = self.journey(visit)
        return -1 if journey is None else self.cell_of(journey)

    def cell_of(self, journey: Journey) -> int:
        """The cell of a journey that `journey` gave, which has a place."""
        return self.routes.cell(journey.x_m or 0.0, journey.y_m or 0.0, journey.level)


def _is_placed(journey: Journey) -> bool:
    age_s = journey.last_fix_age_s
    if journey.x_m is None or age_s is None or age_s > PLACE_MAX_S:
        return False
    return journey.zone is not None or (journey.radius_m or 0.0) <= RADIUS_MAX_M

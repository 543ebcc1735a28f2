"""What a visit is for: said in one tap, taken back in one, gone with the visit."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hub_server.house import House
from hub_server.views.profile import MissionView
from hub_server.visit import records
from hub_server.visit.visits import Mission, Visit

# A shopping trip of more than four hours is none; it is what the page's slider ends at, too.
MINUTES_MAX: Final = 240.0


class Missions:
    """Keeps what each visit is for."""

    def __init__(self, house: House) -> None:
        self._database = house.database
        self._desk = house.desk
        self._roll = house.roll
        self._clock = house.clock

    def say(self, cookie: str | None, changes: Mapping[str, Any]) -> Visit:
        """Any phone of a visit says what it is for; the next decision knows.

        `changes` are fields of Mission, None takes one back; what is not named stays. Time runs
        from the moment that it is said.

        Raises:
            Refused: 404, this phone has no open visit.
        """
        visit = self._desk.own(cookie)
        wanted = msgspec.structs.replace(visit.mission, **changes)
        if "minutes" in changes:
            said_s = 0.0 if wanted.minutes is None else self._clock()
            wanted = msgspec.structs.replace(wanted, said_s=said_s)
        said_ms = None if wanted.minutes is None else round(wanted.said_s * 1000)
        self._database.write(
            records.visit_changed(
                visit.visit,
                intent=wanted.intent,
                for_whom=wanted.for_whom,
                value=wanted.value,
                minutes=wanted.minutes,
                minutes_said_ms=said_ms,
            )
        )
        visit.mission = wanted
        visit.asked = ()
        return visit

    def shown(self, visit: Visit) -> dict[str, object]:
        """What the phones show of it.

        Where a second phone looks on, a gift is not spoken of: it may be for who holds that phone.
        """
        mission = visit.mission
        booked = self._roll.book.visit(visit.visit)
        if mission.intent == "gift" and booked is not None and len(booked.phones) > 1:
            return {"intent": None, "mission": MissionView(value=mission.value)}
        return {"mission": self._view(mission)}

    def _view(self, mission: Mission) -> MissionView:
        return MissionView(
            intent=mission.intent,
            for_whom=mission.for_whom,
            value=mission.value,
            minutes=mission.minutes_left(self._clock()),
        )

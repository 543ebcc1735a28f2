"""Signs of life of each open pairing, gathered for the table of endings."""

from typing import Final

import numpy as np

from hub_server.endings import Signs
from hub_server.intake import Intake
from hub_server.journeys import Journeys
from hub_server.roll import Roll

# As sure as a message must be: a shelf beside the door is not the door.
EXIT_P_MIN: Final = 0.8


class SignsOf:
    """Reads the signs of one store's open pairings."""

    def __init__(self, journeys: Journeys, intake: Intake, roll: Roll) -> None:
        self._journeys = journeys
        self._intake = intake
        self._roll = roll
        types = journeys.ground.zone_types
        self._doors = np.array([zone_type == "entrance" for zone_type in types])
        self._exit_since_s: dict[str, float] = {}

    def read(self, now_s: float) -> dict[str, Signs]:
        """The signs of every handle that is followed, and of those that are paused."""
        moved_s = self._moved_s(now_s)
        self._stand_in_exit(now_s)
        signs = {}
        for visit in self._roll.visits.values():
            for handle in visit.handles:
                signs[handle] = Signs(
                    heard_s=self._intake.heard_s.get(handle),
                    moved_s=moved_s.get(handle),
                    page_s=visit.sign_s,
                    exit_since_s=self._exit_since_s.get(handle),
                    paid_s=visit.paid_s,
                )
        return signs

    def forget(self, handle: str) -> None:
        """A pairing ended."""
        self._exit_since_s.pop(handle, None)

    def _moved_s(self, now_s: float) -> dict[str, float]:
        still_since_s = self._journeys.tracks["still_since_s"]
        moved_s = np.where(np.isinf(still_since_s), now_s, still_since_s)
        return dict(zip(self._journeys.handles, moved_s.tolist(), strict=True))

    def _stand_in_exit(self, now_s: float) -> None:
        zone, zone_p, _ = self._journeys.zones()
        if not len(zone):
            return
        at_door = (zone >= 0) & self._doors[zone] & (zone_p >= EXIT_P_MIN)
        for handle, is_there in zip(self._journeys.handles, at_door.tolist(), strict=True):
            if is_there:
                self._exit_since_s.setdefault(handle, now_s)
            else:
                self._exit_since_s.pop(handle, None)

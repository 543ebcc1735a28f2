"""Signs of life of each open pairing, gathered for the table of endings."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_server.intake import Intake
from hub_server.journeys import Journeys
from hub_server.visit.endings import Signs
from hub_server.visit.roll import Roll

# As sure as a message must be: a shelf beside the door is not the door.
EXIT_P_MIN: Final = 0.8
# Fixes come once a second; after ten that did not, the tag or the locator is silent.
SILENT_S: Final = 10.0


class SignsOf:
    """Reads the signs of one store's open pairings."""

    def __init__(self, journeys: Journeys, intake: Intake, roll: Roll) -> None:
        self._journeys = journeys
        self._intake = intake
        self._roll = roll
        types = journeys.ground.zone_types
        self._doors = np.array([zone_type == "entrance" for zone_type in types])
        self._exit_since_s: dict[str, float] = {}
        self._leaving: set[str] = set()
        """Who stands at the door, or was there last and has fallen silent since."""

    def read(self, now_s: float) -> dict[str, Signs]:
        """The signs of every handle that is followed, and of those that are paused."""
        moved_s = self._moved_s(now_s)
        self._stand_in_exit(now_s)
        signs = {}
        for visit in self._roll.visits.values():
            for handle in visit.handles:
                if not visit.may_locate:
                    # Nobody listens to the tag, so its silence says nothing.
                    signs[handle] = Signs(
                        heard_s=now_s, moved_s=now_s, page_s=visit.sign_s, paid_s=visit.paid_s
                    )
                    continue
                signs[handle] = Signs(
                    heard_s=self._intake.heard_s.get(handle),
                    moved_s=moved_s.get(handle),
                    page_s=visit.sign_s,
                    exit_since_s=self._exit_since_s.get(handle)
                    if handle in self._leaving
                    else None,
                    paid_s=visit.paid_s,
                )
        return signs

    def forget(self, handle: str) -> None:
        """A pairing ended."""
        self._exit_since_s.pop(handle, None)
        self._leaving.discard(handle)

    def _moved_s(self, now_s: float) -> dict[str, float]:
        """When each last moved; a silence says nothing of that, so its seconds do not count."""
        heard_s = self._heard_s()
        still_since_s = self._journeys.tracks["still_since_s"]
        still_s = np.maximum(heard_s - still_since_s, 0.0)
        return dict(zip(self._journeys.handles, (now_s - still_s).tolist(), strict=True))

    def _stand_in_exit(self, now_s: float) -> None:
        """Whoever is placed elsewhere is not going; an unknown place says nothing either way."""
        zone, zone_p, _ = self._journeys.zones()
        if not len(zone):
            return
        at_door = (zone >= 0) & self._doors[zone] & (zone_p >= EXIT_P_MIN)
        silent = now_s - self._heard_s() > SILENT_S
        self._leaving = set()
        states = zip((zone < 0).tolist(), at_door.tolist(), silent.tolist(), strict=True)
        for handle, (unknown, there, is_silent) in zip(self._journeys.handles, states, strict=True):
            if there and not is_silent:
                self._exit_since_s.setdefault(handle, now_s)
            elif not unknown:
                self._exit_since_s.pop(handle, None)
            # A locator calls the place of a silent tag unknown before it stops speaking of it; one
            # that died says no such thing, and nobody leaves because of that.
            if (there and not is_silent) or (unknown and is_silent):
                self._leaving.add(handle)

    def _heard_s(self) -> NDArray[np.float64]:
        heard_s = self._intake.heard_s
        return np.array([heard_s.get(handle, -np.inf) for handle in self._journeys.handles])

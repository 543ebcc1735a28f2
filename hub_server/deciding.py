"""When to decide: on every enter, once a second for whoever can be reached, at each change."""

from collections.abc import Iterable, Iterator
from typing import Final

from hub_server.desk import Desk
from hub_server.intake import Fresh, Intake
from hub_server.message.safekeeping import Safekeeping
from hub_server.message.screens import Screens
from hub_server.speaker import Speaker
from hub_server.visit.roll import Roll
from hub_server.visit.visits import Visit

# Between two steps the loop takes what the broker brought: 100 visits take 1 ms, 3 if all decide.
VISITS_A_STEP: Final = 100


class Deciding:
    """Asks the speaker about one store's visits, and keeps what it decides before it is said."""

    def __init__(
        self,
        roll: Roll,
        desk: Desk,
        speaker: Speaker,
        keeping: tuple[Safekeeping, Intake],
        screens: Screens,
    ) -> None:
        self._roll = roll
        self._desk = desk
        self._speaker = speaker
        self._safe, self._intake = keeping
        self._screens = screens

    def entered(self, handles: Iterable[str], now_s: float) -> None:
        """Decide on those who entered a zone; the caller keeps it, then calls `speak`."""
        found = [self._roll.live[handle] for handle in handles if handle in self._roll.live]
        for visit in {one.visit: one for one in found}.values():
            journey = self._desk.journey(visit)
            if journey is not None:
                self._speaker.consider(visit, journey, now_s)

    def speak(self) -> None:
        """What was decided is kept: say it."""
        for visit in self._speaker.commit():
            self._screens.show(visit)

    def everybody(self, now_s: float) -> Iterator[None]:
        """Decide on everybody in bounded parts, then take back what nobody saw in time."""
        for number, visit in enumerate(list(self._roll.visits.values()), start=1):
            journey = self._desk.journey(visit)
            if journey and self._wants(visit, journey.zone, journey.stage, now_s):
                self._speaker.consider(visit, journey, now_s)
            if number % VISITS_A_STEP == 0:
                self._settle()
                yield
        self._settle()
        unseen = self._speaker.unseen
        with self._safe.retrying():
            for visit in unseen.expire(list(self._roll.visits.values()), now_s):
                self._screens.show(visit)
        with self._safe.retrying():
            unseen.write(now_s)

    def _wants(self, visit: Visit, zone: str | None, stage_now: str | None, now_s: float) -> bool:
        # A page that is open is asked each second, as dwell and waiting grow; a closed one only
        # when zone or stage change, since nothing could be said.
        return visit.channel(now_s) is not None or visit.asked != (zone, stage_now)

    def _settle(self) -> None:
        if not self._speaker.waiting:
            return
        if self._safe.keep(Fresh()):
            self._intake.saved()
            self.speak()

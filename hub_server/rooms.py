"""The rooms around the decision, each built by one line: what they know goes onto the visits."""

from collections.abc import Callable
from typing import Final

from hub_server.database import Database
from hub_server.desk import Desk
from hub_server.journeys import Journeys
from hub_server.push.room import PushRoom
from hub_server.roll import Roll
from hub_server.speaker import Speaker
from hub_server.store import Store
from hub_server.visits import Visit


class House:
    """What every room stands in."""

    def __init__(
        self,
        store: Store,
        database: Database,
        roll: Roll,
        desk: Desk,
        journeys: Journeys,
        clock: Callable[[], float],
    ) -> None:
        self.store: Final = store
        self.database: Final = database
        self.roll: Final = roll
        self.desk: Final = desk
        self.journeys: Final = journeys
        self.clock: Final = clock


class Rooms:
    """The rooms of one store; `show` gives a visit's phones a new frame."""

    def __init__(self, house: House, speaker: Speaker, show: Callable[[Visit], None]) -> None:
        self.house: Final = house
        self.speaker: Final = speaker
        self.show: Final = show
        clock, database = house.clock, house.database
        self.push: Final = PushRoom(database, house.store.settings, house.roll, house.desk, clock)
        house.roll.recall.append(self.push.phones.recall)

    def step(self, now_s: float) -> None:
        """Once a second, before the decisions."""
        self.push.step(now_s)

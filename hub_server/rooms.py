"""The rooms around the decision, each built by one line: what they know goes onto the visits."""

from collections.abc import Callable
from typing import Final

from hub_server.aisle import Aisle
from hub_server.facts import Facts
from hub_server.gifts import Gifts
from hub_server.house import House
from hub_server.mission import Missions
from hub_server.preferences import Preferences
from hub_server.push.room import PushRoom
from hub_server.speaker import Speaker
from hub_server.visits import Visit


class Rooms:
    """The rooms of one store; `show` gives a visit's phones a new frame."""

    def __init__(self, house: House, speaker: Speaker, show: Callable[[Visit], None]) -> None:
        self.house: Final = house
        self.speaker: Final = speaker
        self.show: Final = show
        clock, database = house.clock, house.database
        # First, since other rooms ask whether the shopper wants history read at all.
        self.mission: Final = Missions(house)
        self.preferences: Final = Preferences(house)
        self.facts: Final = Facts(house)
        self.gifts: Final = Gifts(house)
        house.roll.recall += [self.preferences.recall, self.facts.recall, self.gifts.recall]
        house.desk.adds += [self.mission.shown, self.preferences.shown]
        house.desk.gift_names, house.desk.shown = self.gifts.names, self.gifts.shown
        self.push: Final = PushRoom(database, house.store.settings, house.roll, house.desk, clock)
        house.roll.recall.append(self.push.phones.recall)
        self.aisle: Final = Aisle(house)

    def step(self, now_s: float) -> None:
        """Once a second, before the decisions."""
        self.push.step(now_s)
        self.aisle.step(now_s, self.show)

    def alarms(self, now_s: float) -> list[str]:
        """What a room has for whoever watches the store."""
        return self.aisle.help.alarms(now_s)

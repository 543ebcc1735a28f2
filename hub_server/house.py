"""What every room of a store stands in."""

from collections.abc import Callable
from typing import Final

from hub_server.database import Database
from hub_server.desk import Desk
from hub_server.journeys import Journeys
from hub_server.store import Store
from hub_server.visit.roll import Roll


class House:
    """The store, its database, who is in it, and the clock."""

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

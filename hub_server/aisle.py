"""What helps a shopper along the aisles: list, search, what is near, and people who come."""

from collections.abc import Callable, Sequence
from typing import Final

from hub_server.campaigns import Campaign
from hub_server.decision.walks import Walks, walks_to
from hub_server.house import House
from hub_server.journey.whereabouts import Whereabouts
from hub_server.place.finding import Finding
from hub_server.place.nearby import Nearby
from hub_server.place.routes import routes_of
from hub_server.place.shelves import Shelves
from hub_server.shopping_list.shopping_list import ShoppingLists
from hub_server.staff import tracker
from hub_server.staff.help_desk import HelpDesk
from hub_server.views.products import ProductViews
from hub_server.visit.visits import Sent, Visit


class Aisle:
    """The parts of one store, and what they do once a second.

    Args:
        house: what they stand in.
    """

    def __init__(self, house: House) -> None:
        store, database, desk, clock = house.store, house.database, house.desk, house.clock
        self._roll = house.roll
        self.shelves: Final = Shelves(routes_of(store.floor_map), store.assortment)
        for item in store.assortment.products:
            self.shelves.cell(item)
        where = Whereabouts(desk, self.shelves.routes)
        products = ProductViews(store.floor_map, self.shelves, store.settings.currency)
        self.lists: Final = ShoppingLists(database, desk, products, where, clock)
        self.finding: Final = Finding(desk, products, where, clock)
        self.nearby: Final = Nearby(desk, products, where, clock)
        parts = (products, where)
        self.help: Final = HelpDesk(database, store.floor_map, desk, parts, house.journeys, clock)
        self.help.escalate_s = store.settings.help_escalate_s
        house.roll.recall.append(self.lists.recall)
        self._calls: list[tuple[str, str]] = []
        desk.adds += [self.lists.fields, self.help.fields, tracker.fields]

    def walks(self, campaigns: Sequence[Campaign]) -> Walks:
        """The way to what each campaign leads to: for its limit, and for {metres} in its text."""
        targets = [one.near for one in campaigns if one.near is not None]
        return walks_to(self.shelves.routes, targets, self.shelves.cell)

    def called(self, _visit: Visit, sent: Sent) -> None:
        """A message calls staff to its zone, at the next step, and says nothing of the shopper."""
        if sent.zone is not None:
            # What was written for one shopper may name what they have or want.
            self._calls.append((sent.zone, sent.title if sent.for_everyone else sent.topic))

    def step(self, now_s: float, show: Callable[[Visit], None]) -> None:
        """Once a second, before the decisions; `show` gives a visit's phones a new frame."""
        self.shelves.step()
        while self._calls:
            zone, title = self._calls[0]
            self.help.call(zone, title, now_s)
            self._calls.pop(0)
        changed = self.lists.step(self._roll.visits.values(), now_s)
        for visit in (*changed, *self.help.step(self._roll.visits, now_s)):
            show(visit)

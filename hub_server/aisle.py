"""What helps a shopper along the aisles: list, search, what is near, and people who come."""

from collections.abc import Callable, Sequence
from typing import Final

from hub_server import tracker
from hub_server.campaigns import Campaign
from hub_server.finding import Finding
from hub_server.help_desk import HelpDesk
from hub_server.house import House
from hub_server.nearby import Nearby
from hub_server.product_views import ProductViews
from hub_server.routes import routes_of
from hub_server.shelves import Shelves
from hub_server.shopping_list import ShoppingLists
from hub_server.visits import Visit
from hub_server.walks import Walks, walks_to
from hub_server.whereabouts import Whereabouts


class Aisle:
    """The parts of one store, and what they do once a second.

    Args:
        house: what they stand in.
    """

    def __init__(self, house: House) -> None:
        store, database, desk, clock = house.store, house.database, house.desk, house.clock
        self._roll = house.roll
        self.shelves: Final = Shelves(routes_of(store.floor_map), store.assortment)
        where = Whereabouts(desk, self.shelves.routes)
        products = ProductViews(store.floor_map, self.shelves)
        self.lists: Final = ShoppingLists(database, desk, products, where, clock)
        self.finding: Final = Finding(desk, products, where, clock)
        self.nearby: Final = Nearby(desk, products, where, clock)
        parts = (products, where)
        self.help: Final = HelpDesk(database, store.floor_map, desk, parts, house.journeys, clock)
        self.help.escalate_s = store.settings.help_escalate_s
        house.roll.recall.append(self.lists.recall)
        desk.adds += [self.lists.fields, self.help.fields, tracker.fields]

    def walks(self, campaigns: Sequence[Campaign]) -> Walks:
        """The way to what each campaign with a walk limit leads to."""
        targets = [one.near for one in campaigns if one.near and one.walk_m_max is not None]
        cells = {target: self.shelves.cell(target) for target in targets}
        return walks_to(self.shelves.routes, targets, cells)

    def step(self, now_s: float, show: Callable[[Visit], None]) -> None:
        """Once a second, before the decisions; `show` gives a visit's phones a new frame."""
        changed = self.lists.step(self._roll.visits.values(), now_s)
        for visit in (*changed, *self.help.step(self._roll.visits, now_s)):
            show(visit)

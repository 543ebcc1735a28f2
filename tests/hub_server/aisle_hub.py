"""A hub with a shopper in the corner market's aisles."""

from hub_server.aisle import Aisle
from hub_server.engine import Session
from hub_server.place.routes import Point
from hub_server.visit.visits import Visit
from tests.hub_server.conftest import Hub

# Items of the corner market, and where they stand.
OATS = "1025"
SPAGHETTI = "1028"
WINE = "1053"
BANANAS = "1001"
MILK = "1017"
OAT_DRINK = "1018"


class Shopper:
    """One who said yes, and walks."""

    def __init__(self, hub: Hub, cart: str = "cart-1", *, remember: bool = False) -> None:
        self.hub = hub
        (code,) = hub.carts(cart)
        self.session: Session = hub.yes(code, remember=remember)
        self.cookie = self.session.cookie

    @property
    def aisle(self) -> Aisle:
        return self.hub.engine.rooms.aisle

    @property
    def visit(self) -> Visit:
        return self.hub.engine._desk.own(self.cookie)

    def at(self, point: Point, zone: str | None = "pasta", seconds: int = 1) -> None:
        """Stand somewhere, with the page open."""
        for _ in range(seconds):
            self.hub.now_s += 1
            self.hub.engine.heartbeat(self.cookie, visible=True)
            handle = self.hub.handle(self.session)
            self.hub.fix(handle, zone, x_m=point.x_m, y_m=point.y_m)
            self.hub.engine.tick()

    def before(self, item: str, seconds: int = 1) -> None:
        """Stand before the shelf of an item."""
        shelves = self.aisle.shelves
        product = shelves.assortment.product(item)
        assert product is not None
        self.at(shelves.routes.point(shelves.cell(item)), product.zone, seconds)

    def write(self, *texts: str) -> None:
        """Put these on the list."""
        for text in texts:
            self.aisle.lists.add(self.cookie, text, None)

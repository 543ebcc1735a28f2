"""What reaches a running hub from outside it: feeds, and newer products."""

from typing import Final

from hub_server.feeds import Feeds
from hub_server.goods.products_watch import ProductsWatch
from hub_server.house import House
from hub_server.store import products_path


class Supply:
    """The files that one store's hub keeps looking at."""

    def __init__(self, house: House) -> None:
        settings, sold = house.store.settings, house.store.assortment
        self.feeds: Final = Feeds.of_files(settings.feeds, sold)
        self.products: Final = ProductsWatch(products_path(settings), sold)

    def step(self, now_s: float) -> None:
        """Once a second; never waits."""
        self.feeds.step(now_s)
        self.products.step(now_s)

    def alarms(self, now_s: float) -> list[str]:
        """What is wrong with any of them."""
        return [*self.feeds.sentences(now_s), *self.products.sentences()]

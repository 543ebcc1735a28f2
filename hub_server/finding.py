"""Where is it: products by what somebody typed, with the place, the way, and what is there."""

from collections.abc import Callable

from hub_server.aisle_views import FoundView, RouteView
from hub_server.desk import Desk
from hub_server.product_views import ProductViews, route_view
from hub_server.views import Refused
from hub_server.whereabouts import Whereabouts

# So many fit a phone without scrolling.
FOUND_MAX = 5


class Finding:
    """The search of one store."""

    def __init__(
        self,
        desk: Desk,
        products: ProductViews,
        whereabouts: Whereabouts,
        clock: Callable[[], float],
    ) -> None:
        self._desk = desk
        self._products = products
        self._whereabouts = whereabouts
        self._clock = clock

    def find(self, cookie: str | None, text: str) -> FoundView:
        """What `text` may mean, the best first, with the way to that."""
        visit = self._desk.own(cookie)
        start = self._whereabouts.cell(visit)
        now_s = self._clock()
        found = [
            self._products.of(one, start, now_s, visit.language)
            for one in self._products.shelves.assortment.find(text, FOUND_MAX)
        ]
        first = found[0] if found else None
        is_out = first is not None and first.in_stock is False
        item = first.item if first else ""
        return FoundView(
            q=text,
            found=found,
            route=self._route(item, start),
            substitutes=self._products.instead_of(visit, item, start, now_s) if is_out else [],
        )

    def way(self, cookie: str | None, item: str) -> RouteView:
        """The way to an item from where the shopper is, else from the entrance.

        Raises:
            Refused: 404, no such item, or nobody knows where it stands.
        """
        start = self._whereabouts.cell(self._desk.own(cookie))
        route = self._route(item, start)
        if route is None:
            raise Refused(404, "no_way", "Nobody has told the hub where this stands.")
        return route

    def _route(self, item: str, start: int) -> RouteView | None:
        routes = self._products.shelves.routes
        cell = self._products.shelves.cell(item)
        begin = start if start >= 0 else routes.entrance
        if cell < 0 or begin < 0:
            return None
        return route_view(routes.line([begin, cell]), float(routes.field(cell)[begin]))

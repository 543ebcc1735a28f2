"""Where is it: products by what somebody typed, with the place, the way, and what is there."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from hub_server.desk import Desk
from hub_server.goods.products import Product
from hub_server.journey.whereabouts import Whereabouts
from hub_server.place.places import Place, Places
from hub_server.views.aisle import FoundView, PlaceView, RouteView
from hub_server.views.hub import Refused
from hub_server.views.products import ProductViews, route_view

# So many fit a phone without scrolling.
FOUND_MAX = 5
# Who looks for a place means one; a second is there for the customer service beside the deli's.
PLACES_MAX = 2


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
        self._shelves = products.shelves
        self._places = Places(products.floor_map, products.shelves.routes)
        self._whereabouts = whereabouts
        self._clock = clock
        self._sold: Mapping[str, Product] | None = None
        self._stands: dict[str, list[Product]] = {}
        """Zone to the first products that stand in it."""

    def find(self, cookie: str | None, text: str) -> FoundView:
        """What `text` may mean, the best first, with the way to that."""
        visit = self._desk.own(cookie)
        start = self._whereabouts.cell(visit)
        now_s = self._clock()
        places = self._places.find(text, PLACES_MAX)
        products = self._meant(text, places)
        found = [self._products.of(one, start, now_s, visit.language) for one in products]
        first = found[0] if found else None
        is_out = first is not None and first.in_stock is False
        item = first.item if first else ""
        best = item or (places[0].id if places else "")
        return FoundView(
            q=text,
            found=found,
            route=self._route(best, start),
            substitutes=self._products.instead_of(visit, item, start, now_s) if is_out else [],
            places=[self._place(one, start, visit.language) for one in places],
        )

    def way(self, cookie: str | None, item: str) -> RouteView:
        """The way to an item or place from where the shopper is, else from the entrance.

        Raises:
            Refused: 404, no such item or place, or nobody knows where it is.
        """
        start = self._whereabouts.cell(self._desk.own(cookie))
        route = self._route(item, start)
        if route is None:
            raise Refused(404, "no_way", "Nobody has told the hub where this stands.")
        return route

    def _meant(self, text: str, places: Sequence[Place]) -> list[Product]:
        """What is called so; then what stands in a zone that is; a guess only where none is."""
        matches = self._shelves.assortment.matches(text, FOUND_MAX)
        if places:
            matches = tuple(one for one in matches if one.is_sure)
        found = {one.product.item: one.product for one in matches}
        for place in places:
            for one in self._in(place):
                found.setdefault(one.item, one)
        return list(found.values())[:FOUND_MAX]

    def _in(self, place: Place) -> Iterator[Product]:
        sold = self._shelves.assortment.products
        if self._sold is not sold:
            self._sold, self._stands = sold, {}
            for one in sold.values():
                self._stands.setdefault(one.zone or "", []).append(one)
        for zone, products in self._stands.items():
            if zone and self._places.holds(place.id, zone):
                yield from products[:FOUND_MAX]

    def _place(self, place: Place, start: int, language: str) -> PlaceView:
        routes = self._shelves.routes
        point = routes.point(place.cell) if place.cell >= 0 else None
        is_known = place.cell >= 0 and start >= 0
        return PlaceView(
            id=place.id,
            name=place.name_in(language),
            kind=place.kind,
            x_m=point.x_m if point else None,
            y_m=point.y_m if point else None,
            level=point.level if point else None,
            metres=round(float(routes.field(place.cell)[start]), 1) if is_known else None,
        )

    def _route(self, item: str, start: int) -> RouteView | None:
        routes = self._shelves.routes
        cell = self._shelves.cell(item)
        if cell < 0:
            cell = self._places.cell(item)
        begin = start if start >= 0 else routes.entrance
        if cell < 0 or begin < 0:
            return None
        return route_view(routes.line([begin, cell]), float(routes.field(cell)[begin]))

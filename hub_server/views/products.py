"""Products as phones see them: where, how far from here, whether it is there."""

from collections.abc import Iterable

from hub_server.goods.prices import price_label
from hub_server.goods.products import Product
from hub_server.place.routes import Point
from hub_server.place.shelves import Shelves
from hub_server.views.aisle import LegView, ProductView, RouteView
from hub_server.visit.visits import Visit
from store_maps.floor_map import FloorMap


class ProductViews:
    """Builds the views of one store's products."""

    def __init__(self, floor_map: FloorMap, shelves: Shelves, currency: str = "") -> None:
        self.floor_map = floor_map
        self.shelves = shelves
        self._currency = currency
        self._zones = {zone.id: zone for zone in floor_map.zones}

    def zone_name(self, zone: str | None, language: str = "") -> str | None:
        """The name of a zone in a language, else as it stands on the floor."""
        found = self._zones.get(zone or "")
        return found.name_in(language) if found else None

    def of(self, product: Product, start: int, now_s: float, language: str = "") -> ProductView:
        """A product as seen from a cell (-1: from nowhere known), named in a language."""
        cell = self.shelves.cell(product.item)
        point = self.shelves.routes.point(cell) if cell >= 0 else None
        metres = self.shelves.metres(product.item, start)
        stock = self.shelves.assortment.stock_of(product.item, now_s)
        return ProductView(
            item=product.item,
            name=product.name_in(language),
            price=product.price,
            price_text=self._price(product.price, language),
            zone=product.zone,
            zone_name=self.zone_name(product.zone, language),
            x_m=_or(product.x_m, point.x_m if point else None),
            y_m=_or(product.y_m, point.y_m if point else None),
            level=product.level or (point.level if point else None),
            metres=None if metres is None else round(metres, 1),
            in_stock=None if stock == "unknown" else stock == "in",
            attributes=list(product.attributes),
        )

    def _price(self, price: float | None, language: str) -> str | None:
        return None if price is None else price_label(price, self._currency, language)

    def instead_of(self, visit: Visit, item: str, start: int, now_s: float) -> list[ProductView]:
        """What is there instead of an item; never a surprise."""
        found = self.shelves.assortment.substitutes(item, now_s)
        shown = [one for one in found if not self.hides(visit, one.item)]
        return [self.of(one, start, now_s, visit.language) for one in shown]

    def hides(self, visit: Visit, item: str) -> bool:
        """Whether the item is to stay a surprise, so that nothing may name it."""
        return self.shelves.assortment.is_under(item, visit.gift_names)

    def tells(self, visit: Visit, text: str | None) -> bool:
        """Whether what somebody wrote names what is to stay a surprise."""
        if not text or not visit.gift_names:
            return False
        return self.shelves.assortment.traces(visit.gift_names).are_in(text)


def route_view(points: Iterable[Point], metres: float) -> RouteView:
    """A way, level by level."""
    legs: list[LegView] = []
    for point in points:
        if not legs or legs[-1].level != point.level:
            legs.append(LegView(level=point.level, points=[]))
        legs[-1].points.append((point.x_m, point.y_m))
    return RouteView(metres=round(metres, 1), legs=legs)


def _or(first: float | None, second: float | None) -> float | None:
    return second if first is None else first

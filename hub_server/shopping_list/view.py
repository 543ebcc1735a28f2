"""The shopping list as the phone shows it: in walking order, with places, metres and the way."""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from hub_server.goods.assortment import Match
from hub_server.goods.products import Product
from hub_server.goods.typed_text import without_amount
from hub_server.shopping_list.lines import Line
from hub_server.shopping_list.route import MINUTE_S, ListPlan
from hub_server.shopping_list.watch import ListWatch
from hub_server.views.aisle import LineView, ListView, ProductView, RouteView
from hub_server.views.products import ProductViews, route_view
from hub_server.visit.visits import Visit

# So many fit under a line.
SUGGESTIONS_MAX: Final = 3
# What the lines of a few hundred lists may mean.
MEANINGS_KEPT: Final = 4_096


class OnList(msgspec.Struct, frozen=True, kw_only=True):
    """What a view is made of."""

    visit: Visit
    lines: list[Line]
    """Without what is to stay a surprise."""
    watch: ListWatch
    start: int
    """The shopper's cell; -1: not known."""
    plan: ListPlan


class ListViews:
    """Builds the list views of one store."""

    def __init__(self, products: ProductViews) -> None:
        self._products = products
        self._shelves = products.shelves
        self._sold: Mapping[str, Product] | None = None
        self._meanings: dict[str, tuple[Match, ...]] = {}

    def meanings(self, text: str) -> tuple[Match, ...]:
        """What a line may mean, the best first; lists are shown often and written once."""
        sold = self._shelves.assortment.products
        if self._sold is not sold or len(self._meanings) >= MEANINGS_KEPT:
            self._sold, self._meanings = sold, {}
        found = self._meanings.get(text)
        if found is None:
            matches = self._shelves.assortment.matches
            # One more: the item that was taken is not suggested.
            count = SUGGESTIONS_MAX + 1
            found = matches(text, count) or matches(without_amount(text), count)
            self._meanings[text] = found
        return found

    def of(self, listed: OnList, now_s: float) -> ListView:
        """The list now."""
        plan = listed.plan
        views = [self._line(listed, line, now_s) for line in listed.lines]
        open_count = sum(view.fits is False for view in views)
        return ListView(
            lines=sorted(views, key=_place),
            route=self._route(listed),
            metres=round(plan.metres, 1),
            saved_m=round(max(plan.given_m - plan.metres, 0.0), 1),
            minutes=round(plan.seconds / MINUTE_S, 1) if plan.lines else None,
            minutes_said=None if plan.minutes_said is None else round(plan.minutes_said, 1),
            left_out_count=open_count,
            from_here=listed.start >= 0,
            ends_at=self._end(),
            leaving_without=list(listed.watch.leaving_without()),
        )

    def _line(self, listed: OnList, line: Line, now_s: float) -> LineView:
        product = self._product(listed, line, now_s)
        places = {name: place for place, name in enumerate(listed.plan.lines, start=1)}
        order = places.get(line.line)
        is_planned = line.line in listed.plan.asked
        is_out = product is not None and product.in_stock is False and not line.done
        passed_m = None if line.done else listed.watch.passed_m(line.line)
        return LineView(
            line=line.line,
            text=line.text,
            item=line.item,
            product=product,
            done=line.done,
            order=order,
            fits=order is not None or not is_planned,
            visited=not line.done and listed.watch.visited(line.line),
            metres=None if product is None or line.done else product.metres,
            passed_m=None if passed_m is None else round(passed_m, 1),
            substitutes=self._instead(listed, line, now_s) if is_out else [],
            suggestions=[] if line.done else self._suggested(listed, line, now_s),
        )

    def _suggested(self, listed: OnList, line: Line, now_s: float) -> list[ProductView]:
        """What else the words of a line may mean; never a surprise."""
        visit = listed.visit
        found = [match.product for match in self.meanings(line.text)]
        others = [
            one
            for one in found
            if one.item != line.item and not self._products.hides(visit, one.item)
        ]
        return [self._named(listed, one, now_s) for one in others[:SUGGESTIONS_MAX]]

    def _product(self, listed: OnList, line: Line, now_s: float) -> ProductView | None:
        found = self._shelves.assortment.product(line.item) if line.item else None
        return None if found is None else self._named(listed, found, now_s)

    def _named(self, listed: OnList, product: Product, now_s: float) -> ProductView:
        return self._products.of(product, listed.start, now_s, listed.visit.language)

    def _instead(self, listed: OnList, line: Line, now_s: float) -> list[ProductView]:
        return self._products.instead_of(listed.visit, line.item or "", listed.start, now_s)

    def _route(self, listed: OnList) -> RouteView | None:
        routes = self._shelves.routes
        cells = list(listed.plan.cells)
        start = listed.start if listed.start >= 0 else routes.entrance
        if not cells or start < 0:
            return None
        end = routes.end_of(cells[-1])
        way = [start, *cells, *([] if end is None else [end])]
        return route_view(routes.line(way), listed.plan.metres)

    def _end(self) -> Literal["till", "exit"] | None:
        routes = self._shelves.routes
        if routes.tills:
            return "till"
        return "exit" if routes.exits else None


def _place(view: LineView) -> tuple[int, int]:
    """In walking order; then visited, without a place, without time, done."""
    if view.done:
        return 4, 0
    if not view.fits:
        return 3, 0
    if view.order is None:
        return (1, 0) if view.visited else (2, 0)
    return 0, view.order

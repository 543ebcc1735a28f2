"""Useful near me now: a few things around the shopper, each with its reason; only when asked."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from hub_server.desk import Desk
from hub_server.goods.products import Product
from hub_server.journey.whereabouts import Whereabouts
from hub_server.journeys import Journey
from hub_server.place.metres import whole_metres
from hub_server.views.aisle import NearbyView, NearReason, NearView, ProductView
from hub_server.views.products import ProductViews
from hub_server.visit.visits import Visit

# A look down the aisle and into the next one.
NEAR_M: Final = 15.0
NEAR_COUNT: Final = 5
# Who stands this long and takes nothing may be put off by the price: two usual looks.
LONG_DWELL_S: Final = 45.0

WHY: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "list": "On your list, {metres} m from you.",
        "due": "You may soon need it again; it is {metres} m from you.",
        "cheaper": "Costs less than {other} beside it.",
        "near": "{metres} m from you, in stock.",
    },
    "de": {
        "list": "Auf Ihrer Liste, {metres} m von Ihnen.",
        "due": "Vielleicht bald wieder nötig; {metres} m von Ihnen.",
        "cheaper": "Kostet weniger als {other} daneben.",
        "near": "{metres} m von Ihnen, vorrätig.",
    },
}
RANK: Final[tuple[NearReason, ...]] = ("list", "due", "cheaper", "near")


class Candidate(NamedTuple):
    """A product that may be named, and why."""

    product: Product
    metres: float
    reason: NearReason
    other: str = ""
    """The dearer variant."""


class Nearby:
    """What is near the shoppers of one store."""

    def __init__(
        self,
        desk: Desk,
        products: ProductViews,
        whereabouts: Whereabouts,
        clock: Callable[[], float],
    ) -> None:
        self._desk = desk
        self._products = products
        self._assortment = products.shelves.assortment
        self._whereabouts = whereabouts
        self._clock = clock

    def near(self, cookie: str | None, count: int = NEAR_COUNT) -> NearbyView:
        """At most `count` things, the most useful first; none where nobody knows the place."""
        visit = self._desk.own(cookie)
        journey = self._whereabouts.journey(visit)
        start = -1 if journey is None else self._whereabouts.cell_of(journey)
        if journey is None or start < 0:
            return NearbyView(zone_name=None, near=[])
        chosen = self._chosen(visit, journey, start)[:count]
        return NearbyView(
            zone_name=self._products.zone_name(journey.zone, visit.language),
            near=[self._view(visit, one, start) for one in chosen],
        )

    def _chosen(self, visit: Visit, journey: Journey, start: int) -> list[Candidate]:
        wants_price = visit.mission.value == "price"
        ranked = sorted(
            self._candidates(visit, journey, start),
            key=lambda one: (RANK.index(one.reason), *_order(one, wants_price=wants_price)),
        )
        # One of a kind: five kinds of tomato are one idea.
        kinds: set[str] = set()
        chosen: list[Candidate] = []
        for one in ranked:
            kind = one.product.item if one.reason == "list" else one.product.category
            if kind not in kinds:
                chosen.append(one)
                kinds.update((kind, one.product.category))
        return chosen

    def _candidates(self, visit: Visit, journey: Journey, start: int) -> Iterator[Candidate]:
        shelves = self._products.shelves
        wanted = {one.item for one in visit.wanted}
        for product, metres in shelves.within(shelves.routes.field_from(start), NEAR_M):
            if not self._may_name(visit, product, wanted):
                continue
            dearer = self._dearer(visit, journey, product)
            if product.item in wanted:
                yield Candidate(product, metres, "list")
            elif _is_due(visit, product):
                yield Candidate(product, metres, "due")
            elif dearer is not None:
                yield Candidate(product, metres, "cheaper", dearer.name_in(visit.language))
            else:
                yield Candidate(product, metres, "near")

    def _may_name(self, visit: Visit, product: Product, wanted: set[str]) -> bool:
        """In stock, no surprise, nothing private, nothing that is there, given back or disliked."""
        if self._products.hides(visit, product.item):
            return False
        if self._assortment.stock_of(product.item, self._clock()) != "in":
            return False
        if product.item in wanted:
            return True
        return not (product.sensitive or self._is_spoken_for(visit, product))

    def _is_spoken_for(self, visit: Visit, product: Product) -> bool:
        if product.item in visit.bought_items:
            return True
        if visit.choices.plain:
            return False
        past = visit.past
        return (
            product.item in {*past.owned_items, *past.returned_items, *past.disliked_items}
            or product.category in past.owned_categories
        )

    def _dearer(self, visit: Visit, journey: Journey, product: Product) -> Product | None:
        """The variant that this one is a cheaper choice for, where the price seems to count."""
        counts = visit.mission.value == "price" or journey.dwell_s >= LONG_DWELL_S
        if not counts or product.zone != journey.zone:
            return None
        now_s = self._clock()
        for other in self._assortment.variants(product.item):
            cheaper = self._assortment.cheaper(other.item, now_s)
            is_choice = cheaper is not None and cheaper.item == product.item
            if is_choice and not self._products.hides(visit, other.item):
                return other
        return None

    def _view(self, visit: Visit, one: Candidate, start: int) -> NearView:
        words = WHY.get(visit.language, WHY["en"])
        why = words[one.reason].format(metres=whole_metres(one.metres), other=one.other)
        product = self._products.of(one.product, start, self._clock(), visit.language)
        told = msgspec.structs.asdict(product)
        cheaper = self._cheaper(visit, one.product, start)
        return NearView(**told, why=why, reason=one.reason, cheaper=cheaper)

    def _cheaper(self, visit: Visit, product: Product, start: int) -> ProductView | None:
        now_s = self._clock()
        found = self._assortment.cheaper(product.item, now_s)
        if found is None or self._products.hides(visit, found.item):
            return None
        return self._products.of(found, start, now_s, visit.language)


def _is_due(visit: Visit, product: Product) -> bool:
    past = visit.past
    is_due = product.item in past.due_items or product.category in past.due_categories
    return is_due and not visit.choices.plain


def _order(one: Candidate, *, wants_price: bool) -> tuple[float, float, str]:
    price = one.product.price
    if wants_price and one.reason != "list":
        return (float("inf") if price is None else price, one.metres, one.product.item)
    return (one.metres, 0.0, one.product.item)

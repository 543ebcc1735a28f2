"""The zones and points of one store's map, found by name, by what they sell, and by what they are.

Shoppers look for a toilet or the till as much as for milk.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from hub_server.goods.name_search import NameSearch
from hub_server.place.routes import Point, Routes
from store_maps.feature import Poi, Zone
from store_maps.floor_map import FloorMap
from store_maps.naming import Names, name_in

# By a zone's type or a point's category: what people call it, beside the word itself.
CALLED: Final[Mapping[str, tuple[str, ...]]] = {
    "restroom": ("toilet", "wc", "bathroom", "toilette", "klo"),
    "toilet": ("restroom", "wc", "bathroom", "toilette", "klo"),
    "checkout": ("till", "cash desk", "pay", "kasse"),
    "entrance": ("way in", "door", "eingang"),
    "exit": ("way out", "door", "ausgang"),
    "cart_bay": ("trolleys", "baskets", "einkaufswagen", "korb"),
    "fitting_room": ("changing room", "try on", "umkleide", "anprobe"),
    "service": ("help", "information", "customer service", "kundenservice"),
    "elevator": ("lift", "aufzug"),
    "atm": ("cash machine", "geldautomat"),
}
# What half the floor is tells nothing: a counter of the bakery is no customer service.
COMMON_TYPES: Final = frozenset({"department", "aisle", "bay", "service"})
# Not for shoppers.
CLOSED: Final = "staff"


class Place(NamedTuple):
    """A named place on the map."""

    id: str
    name: str
    kind: str
    """A zone's type, or a point's category."""
    cell: int
    """Where one stands in it; -1 where nobody can."""
    names: Names
    """By language, where the map has more than `name`."""

    def name_in(self, language: str) -> str:
        """The name for who reads `language`, else the drawn one."""
        return name_in(self.names, language, self.name)


class Places:
    """The places of one store."""

    def __init__(self, floor_map: FloorMap, routes: Routes) -> None:
        zones = [zone for zone in floor_map.zones if zone.zone_type != CLOSED]
        pois = [poi for poi in floor_map.pois if poi.category != CLOSED]
        places = [
            *(_of_zone(one, routes) for one in zones),
            *(_of_poi(one, routes) for one in pois),
        ]
        self._places: Final = {one.id: one for one in places}
        self._parts: Final = {zone.id: zone.parent for zone in zones}
        self._names: Final = NameSearch(
            ((one.id, name) for one in places for name in (one.name, *dict(one.names).values())),
            [
                *(kind for one in zones for kind in _kinds(one)),
                *((one.id, word) for one in pois for word in _called(one.category or "")),
            ],
        )

    def find(self, text: str, limit: int) -> list[Place]:
        """What `text` names without a guess, the best first."""
        hits = self._names.hits(text, limit)
        return [self._places[hit.key] for hit in hits if hit.is_sure]

    def cell(self, place: str) -> int:
        """Where one stands in a place; -1: no such place, or nobody can."""
        found = self._places.get(place)
        return -1 if found is None else found.cell

    def holds(self, place: str, zone: str | None) -> bool:
        """Whether a zone is a place, or a part of it."""
        while zone is not None and zone != place:
            zone = self._parts.get(zone)
        return zone == place


def _of_poi(poi: Poi, routes: Routes) -> Place:
    cell = routes.stand(Point(poi.x_m, poi.y_m, poi.level))
    return Place(poi.id, poi.name, poi.category or "", cell, poi.names)


def _of_zone(zone: Zone, routes: Routes) -> Place:
    return Place(zone.id, zone.name, zone.zone_type, routes.middle(zone.id), zone.names)


def _kinds(zone: Zone) -> list[tuple[str, str]]:
    words = () if zone.zone_type in COMMON_TYPES else _called(zone.zone_type)
    return [(zone.id, word) for word in (*words, *zone.categories)]


def _called(kind: str) -> tuple[str, ...]:
    return kind.replace("_", " "), *CALLED.get(kind, ())

"""The things that a floor map names, parsed and frozen."""

from typing import Final

import msgspec
import shapely

from store_maps.naming import Names, name_in

ZONE_TYPES: Final = (
    "department",
    "aisle",
    "bay",
    "entrance",
    "checkout",
    "service",
    "queue",
    "cart_bay",
    "fitting_room",
    "restroom",
    "staff",
)
# Where nobody is to be followed, a map that says nothing means sensitive.
SENSITIVE_ZONE_TYPES: Final = frozenset({"fitting_room", "restroom"})
SHELF_CATEGORIES: Final = frozenset(
    {"shelf", "gondola", "freezer", "counter", "rack", "table", "endcap"}
)


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """One floor of the building."""

    id: str
    """The name by which every other feature refers to it (`properties.level`)."""
    ordinal: int
    """0 is the ground floor."""
    name: str
    floor_z_m: float
    ceiling_m: float | None
    polygon: shapely.Polygon | shapely.MultiPolygon


class Walkable(msgspec.Struct, frozen=True, kw_only=True):
    """Where people can walk, as drawn."""

    id: str
    level: str
    polygon: shapely.Polygon | shapely.MultiPolygon


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """A named part of a level; a zone that is nobody's parent is a leaf."""

    id: str
    level: str
    name: str
    zone_type: str
    parent: str | None
    polygon: shapely.Polygon | shapely.MultiPolygon
    capacity: int | None
    categories: tuple[str, ...]
    messages_allowed: bool
    """False also where a parent's is, and where the zone is sensitive and says nothing."""
    sensitive: bool
    """True also where a parent is."""
    dwell_min_s: float | None
    names: Names = ()
    """By language, where the map has more than `name`."""

    def name_in(self, language: str) -> str:
        """The name for who reads `language`, else the drawn one."""
        return name_in(self.names, language, self.name)


class Fixture(msgspec.Struct, frozen=True, kw_only=True):
    """A shelf, pillar, counter: what stands on the floor."""

    id: str
    level: str
    category: str
    name: str
    height_m: float
    attenuation_db: float
    blocks_walking: bool
    polygon: shapely.Polygon

    @property
    def is_shelf(self) -> bool:
        """Whether goods stand on it."""
        return self.category in SHELF_CATEGORIES


class Wall(msgspec.Struct, frozen=True, kw_only=True):
    """A line that nobody walks through."""

    id: str
    level: str
    attenuation_db: float
    thickness_m: float | None
    line: shapely.LineString


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """A door or passage in the outline or in a wall."""

    id: str
    level: str
    category: str | None
    line: shapely.LineString


class Checkout(msgspec.Struct, frozen=True, kw_only=True):
    """A till."""

    id: str
    level: str
    category: str | None
    geometry: shapely.Polygon | shapely.Point


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """A place for a Pi that hears tags."""

    id: str
    level: str
    x_m: float
    y_m: float
    height_m: float
    rssi_offset_db: float
    agent_id: str | None


class Beacon(msgspec.Struct, frozen=True, kw_only=True):
    """A transmitter at a known place, heard by a cart's Pi."""

    id: str
    level: str
    x_m: float
    y_m: float
    height_m: float
    beacon: str
    """Its identity: what it advertises."""
    tx_power_dbm_1m: float | None


class Connector(msgspec.Struct, frozen=True, kw_only=True):
    """A way between two levels; its first point lies on `from_level`, its last on `to_level`."""

    id: str
    category: str
    from_level: str
    to_level: str
    wheelchair: bool | None
    cost_s: float | None
    geometry: shapely.LineString | shapely.MultiPoint


class Poi(msgspec.Struct, frozen=True, kw_only=True):
    """A point worth naming."""

    id: str
    level: str
    name: str
    category: str | None
    x_m: float
    y_m: float
    names: Names = ()
    """By language, where the map has more than `name`."""


class Underlay(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of the floor, laid under the drawing."""

    id: str
    level: str
    href: str | None
    opacity: float
    polygon: shapely.Polygon

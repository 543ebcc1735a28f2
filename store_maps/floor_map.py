"""The floor of one store: levels, zones, fixtures, walls, anchors; validated once, then frozen."""

import stat
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from store_maps.crossings import crossings_db
from store_maps.document import FILE_BYTES_MAX, canonical_sha, not_finite, read_document
from store_maps.feature import (
    Anchor,
    Beacon,
    Checkout,
    Connector,
    Fixture,
    Level,
    Opening,
    Poi,
    Underlay,
    Walkable,
    Wall,
    Zone,
)
from store_maps.feature_list import Feature, read_features
from store_maps.geometry_rules import RING_POINTS_MAX, UPLOAD_RING_POINTS_MAX
from store_maps.place_rules import place_problems
from store_maps.problem import SENDER, MapError, Problem
from store_maps.thing import things

__all__ = [
    "Anchor",
    "Beacon",
    "Checkout",
    "Connector",
    "Fixture",
    "FloorMap",
    "Level",
    "MapError",
    "Opening",
    "Poi",
    "Problem",
    "Underlay",
    "Walkable",
    "Wall",
    "Zone",
    "load",
    "parse",
    "read",
]

# How far an opening may be drawn from the wall that it opens (FORMATS.md).
OPENING_REACH_M: Final = 0.1
# What a radio map depends on; zones may change without a new survey.
RADIO_KINDS: Final = frozenset({"level", "wall", "fixture", "anchor", "beacon"})

Floats = npt.NDArray[np.float64]


class FloorMap(msgspec.Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """A store's floor; all lengths in metres in the store's own frame, heights above a level."""

    store_id: str
    name: str
    revision: int
    timezone: str | None
    map_sha: str
    """sha256 of the canonical JSON of the whole file."""
    places_sha: str
    """The same of levels, walls, fixtures, anchors and beacons: what a radio map is bound to."""
    levels: tuple[Level, ...]
    zones: tuple[Zone, ...]
    walkable: tuple[Walkable, ...]
    fixtures: tuple[Fixture, ...]
    walls: tuple[Wall, ...]
    openings: tuple[Opening, ...]
    checkouts: tuple[Checkout, ...]
    anchors: tuple[Anchor, ...]
    beacons: tuple[Beacon, ...]
    connectors: tuple[Connector, ...]
    pois: tuple[Poi, ...]
    underlays: tuple[Underlay, ...]
    document: dict[str, Any]
    """The file as parsed, for pages that draw it; not to be changed."""

    @cached_property
    def leaf_zones(self) -> tuple[Zone, ...]:
        """The zones that are nobody's parent, in the file's order."""
        parents = {zone.parent for zone in self.zones}
        return tuple(zone for zone in self.zones if zone.id not in parents)

    @cached_property
    def _zone_by_id(self) -> dict[str, Zone]:
        return {zone.id: zone for zone in self.zones}

    @cached_property
    def _level_index(self) -> dict[str, int]:
        return {level.id: index for index, level in enumerate(self.levels)}

    @cached_property
    def _places(self) -> dict[str, tuple[float, float, float, str]]:
        return {
            place.id: (place.x_m, place.y_m, place.height_m, place.level)
            for places in (self.anchors, self.beacons)
            for place in places
        }

    def zone(self, zone_id: str) -> Zone:
        """The zone of that id; KeyError where there is none."""
        return self._zone_by_id[zone_id]

    def level(self, level_id: str) -> Level:
        """The level of that id; KeyError where there is none."""
        return self.levels[self._level_index[level_id]]

    def level_index(self, level_id: str) -> int:
        """The position of a level in `levels`; KeyError where there is none."""
        return self._level_index[level_id]

    def place(self, place_id: str) -> tuple[float, float, float, str]:
        """x_m, y_m, height_m and level of an anchor or beacon; KeyError where there is none."""
        return self._places[place_id]

    def nearest_place(self, x_m: float, y_m: float, level: str) -> str | None:
        """The id of the nearest anchor or beacon of a level, None where it has none."""
        distances = {
            name: (x - x_m) ** 2 + (y - y_m) ** 2
            for name, (x, y, _, on) in self._places.items()
            if on == level
        }
        return min(distances, key=lambda name: distances[name], default=None)

    def walkable_area(self, level_id: str) -> shapely.Polygon | shapely.MultiPolygon:
        """Where people can walk: as drawn, else the level less the fixtures that block."""
        drawn = [part.polygon for part in self.walkable if part.level == level_id]
        if drawn:
            return shapely.union_all(drawn)
        blocking = [
            fixture.polygon
            for fixture in self.fixtures
            if fixture.level == level_id and fixture.blocks_walking
        ]
        return shapely.difference(self.level(level_id).polygon, shapely.union_all(blocking))

    def solid_walls(self, level_id: str) -> tuple[tuple[shapely.Geometry, float], ...]:
        """The walls of a level with the openings cut out, each with its attenuation in dB."""
        doors = [opening.line for opening in self.openings if opening.level == level_id]
        gap = shapely.buffer(shapely.union_all(doors), OPENING_REACH_M, cap_style="flat")
        return tuple(
            (shapely.difference(wall.line, gap), wall.attenuation_db)
            for wall in self.walls
            if wall.level == level_id
        )

    def zone_at(
        self, x_m: npt.ArrayLike, y_m: npt.ArrayLike, level: str | npt.ArrayLike
    ) -> npt.NDArray[np.int32]:
        """The leaf zone at each point, as an index into `leaf_zones`; -1 where there is none.

        Args:
            x_m: any shape; y_m the same.
            y_m: as x_m.
            level: a level's id for all points, or an array of positions in `levels`.

        A border that two zones share belongs to the first of them.
        """
        x, y = np.broadcast_arrays(np.asarray(x_m, float), np.asarray(y_m, float))
        where = self._level_index[level] if isinstance(level, str) else np.asarray(level)
        on = np.broadcast_to(where, x.shape)
        result = np.full(x.shape, -1, np.int32)
        for index, zone in enumerate(self.leaf_zones):
            left, bottom, right, top = zone.polygon.bounds
            near = (result < 0) & (x >= left) & (x <= right) & (y >= bottom) & (y <= top)
            near &= on == self._level_index[zone.level]
            if near.any():
                inside = shapely.intersects_xy(zone.polygon, x[near], y[near])
                result[near] = np.where(inside, index, -1)
        return result

    def crossings_db(self, from_xyz: Floats, to_xyz: Floats, level: str) -> Floats:
        """What walls and fixtures take from a ray between each pair of places.

        Args:
            from_xyz: (k, 3) places, heights from the level's floor.
            to_xyz: (n, 3) places.
            level: the level on which all of them lie.

        Returns:
            (k, n) dB. A wall counts at every crossing that no opening cuts out; a fixture counts
            once, and only where the ray passes through it below its height.
        """
        fixtures = [fixture for fixture in self.fixtures if fixture.level == level]
        return crossings_db(self.solid_walls(level), fixtures, from_xyz, to_xyz)


def load(path: Path) -> FloorMap:
    """The map in a file; raises MapError with every problem, OSError where it cannot be read."""
    return parse(read(path))


def read(path: Path) -> bytes:
    """The bytes of a map's file, never more than a map may have.

    Raises:
        MapError: no regular file (a pipe might never end), or a larger one.
        OSError: it cannot be read.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise MapError([Problem(None, "no regular file", "the path of a file", SENDER)])
    if found.st_size > FILE_BYTES_MAX:
        size = f"a file of {found.st_size:,} bytes"
        raise MapError([Problem(None, size, f"at most {FILE_BYTES_MAX:,} bytes", SENDER)])
    with path.open("rb") as file:
        return file.read(FILE_BYTES_MAX + 1)


def parse(data: bytes, *, uploaded: bool = False) -> FloorMap:
    """The map in these bytes; an uploaded one is held to tighter limits.

    Raises:
        MapError: with every problem found; anything else raised here is a bug of ours.
    """
    document, problems = read_document(data, uploaded=uploaded)
    items = document.get("features")
    if not isinstance(items, list):
        raise MapError(problems)
    points_max = UPLOAD_RING_POINTS_MAX if uploaded else RING_POINTS_MAX
    features, found = read_features(items, points_max)
    problems += [*found, *place_problems(features)]
    problems = problems or not_finite(document, items)
    if problems:
        raise MapError(problems)
    return built(document, items, features)


def built(
    document: dict[str, Any], items: Sequence[Mapping[str, Any]], features: Sequence[Feature]
) -> FloorMap:
    """The map of a document without problems."""
    radio = [item for item in items if item["properties"]["kind"] in RADIO_KINDS]
    radio.sort(key=lambda item: str(item["id"]))
    by_kind = things(features)
    return FloorMap(
        store_id=document["store_id"],
        name=document["name"],
        revision=document["revision"],
        timezone=document.get("timezone"),
        map_sha=canonical_sha(document),
        places_sha=canonical_sha(radio),
        levels=by_kind["level"],
        zones=by_kind["zone"],
        walkable=by_kind["walkable"],
        fixtures=by_kind["fixture"],
        walls=by_kind["wall"],
        openings=by_kind["opening"],
        checkouts=by_kind["checkout"],
        anchors=by_kind["anchor"],
        beacons=by_kind["beacon"],
        connectors=by_kind["connector"],
        pois=by_kind["poi"],
        underlays=by_kind["underlay"],
        document=document,
    )

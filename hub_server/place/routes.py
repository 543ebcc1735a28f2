"""Ways on foot through one store: how far, by which way, and in which order.

The grid, the distances and the lines are those of `store_maps`; here are the places that shoppers
of a hub ask for: where one stands to take a product, where the tills and the doors are.
"""

import functools
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec
import numpy as np
import shapely
from numpy.typing import NDArray

from hub_server.place import tour
from store_maps.floor_grid import FloorGrid, nearest
from store_maps.floor_map import FloorMap
from store_maps.walking import Walking
from store_maps.ways import Ways

Floats = NDArray[np.float64]
Cells = NDArray[np.int64]

# Feet are half a metre before what the hand takes.
STAND_M: Final = 0.5
# An arm's length, and the half cell by which a centre may be off.
REACH_M: Final = 1.4
# A cell of another zone than the product's is the other side of the shelf.
OTHER_ZONE_M: Final = 10.0
# A fix lies at most so far off the floor, and a till or door from where one stands at it.
NEAR_M: Final = 2.5
# Places snapped to the floor at once: the search holds 169 numbers for each.
SNAPPED: Final = 4_096
# With a cart among shelves (the middle of measured 0.6 to 1.3 m/s); a stop is the look of who has a
# list (24 s) and 4 s at the till (store_maps/habits.py): so much it is worth in metres.
WALK_MPS: Final = 0.95
STOP_S: Final = 28.0
STOP_M: Final = WALK_MPS * STOP_S
# A hub serves one map.
MAPS_KEPT: Final = 2
# Three corners are in a line when the middle one lies this near to it.
STRAIGHT_M: Final = 0.02
# Distance fields kept, in bytes: a mall's level of 30,000 cells has 130 of them, a supermarket's
# of 2,000 all of its shelves.
FIELDS_BYTES_MAX: Final = 32_000_000


class Point(msgspec.Struct, frozen=True):
    """A place on the floor."""

    x_m: float
    y_m: float
    level: str


class Plan(NamedTuple):
    """An order in which places are visited."""

    order: list[int]
    """Positions in what was given."""
    metres: float
    """From the start by all of them to the end."""
    given_m: float
    """The same places in the order given."""


class Routes:
    """The ways of one store.

    Args:
        floor_map: the store's map.
    """

    def __init__(self, floor_map: FloorMap) -> None:
        self._map = floor_map
        self._zones = frozenset(zone.id for zone in floor_map.zones)
        self.grid: Final = FloorGrid.build(floor_map)
        self._walking = Walking(self.grid)
        self._ways = Ways(floor_map, self.grid)
        self._fields_max = max(1, FIELDS_BYTES_MAX // (8 * max(1, self.grid.cells_count)))
        self._asked: set[int] = set()
        self._zone_fields: dict[str, Floats] = {}
        """Of the zones that campaigns lead to: a few."""
        self._masks: dict[str | None, NDArray[np.bool_]] = {}
        self.reachable: Final = self._largest()
        self._snapped = [self._snap(level) for level in range(len(self.grid.lattices))]
        self._frames = [
            (level_id, *origin_m.tolist(), *lattice.shape)
            for level_id, origin_m, lattice in zip(
                self.grid.level_ids, self.grid.origins_m, self.grid.lattices, strict=True
            )
        ]
        self.tills: Final = self._at((till.geometry, till.level) for till in floor_map.checkouts)
        entrances, self.exits = self._doors("entrance"), self._doors("exit")
        self.exits = self.exits or entrances
        self.entrance: Final = next(iter(entrances or self.exits), self._first())
        """A cell; -1 where nobody can walk."""
        self.ends: Final = self.tills or self.exits
        self.end_m: Final = self._to_any(self.ends, 0.0)
        """(cells,) metres to the nearest till, else door; zeros where the map has neither."""
        self.exit_m: Final = self._to_any(self.exits, np.inf)
        """(cells,) metres to the nearest door; inf where the map has none."""

    def cell(self, x_m: float, y_m: float, level: str | None) -> int:
        """Where someone with this fix stands; -1 off the floor."""
        for index, (name, left_m, bottom_m, high, wide) in enumerate(self._frames):
            if name != level:
                continue
            column = round((x_m - left_m) / self.grid.cell_m)
            row = round((y_m - bottom_m) / self.grid.cell_m)
            off = self._margin
            if -off <= row < high + off and -off <= column < wide + off:
                at = min(max(row, 0), high - 1), min(max(column, 0), wide - 1)
                return int(self._snapped[index][at])
        return -1

    def point(self, cell: int) -> Point:
        """The middle of a cell."""
        x_m, y_m = self.grid.xy_m[cell].tolist()
        return Point(x_m, y_m, self.grid.level_ids[int(self.grid.level_index[cell])])

    def stand(self, point: Point, zone: str | None = None) -> int:
        """Where one stands to take what is at `point`, on its zone's side; -1 where nobody can."""
        near = self._around(point)
        far_m = np.hypot(*(self.grid.xy_m[near] - [point.x_m, point.y_m]).T)
        near, far_m = near[far_m <= REACH_M], far_m[far_m <= REACH_M]
        if not len(near):
            return self.cell(point.x_m, point.y_m, point.level)
        off_m = np.abs(far_m - STAND_M)
        mine = self._in_zone(zone)[near]
        return int(near[(off_m + np.where(mine, 0.0, OTHER_ZONE_M)).argmin()])

    def middle(self, zone: str) -> int:
        """A cell in the middle of a zone; -1 where nobody can stand in it."""
        inside = np.flatnonzero(self._in_zone(zone) & self.reachable)
        if not len(inside):
            return -1
        xy_m = self.grid.xy_m[inside]
        return int(inside[np.hypot(*(xy_m - xy_m.mean(0)).T).argmin()])

    def has_zone(self, zone: str) -> bool:
        """Whether the map has a zone of that id."""
        return zone in self._zones

    def expect(self, cells: Sequence[int]) -> None:
        """Fields of these will be asked for: worked out together they cost a fifth."""
        wanted = list(dict.fromkeys(cells))[: self._fields_max]
        self._make_room(len(set(wanted) - self._asked))
        self._asked.update(wanted)
        self._ways.expect(wanted)

    def field(self, cell: int) -> Floats:
        """Walking metres from each cell to `cell`, kept for the next time."""
        if cell not in self._asked:
            self._make_room(1)
            self._asked.add(cell)
        return self._ways.field(cell)

    def field_from(self, cell: int) -> Floats:
        """Walking metres from `cell` to each cell, worked out anew: where a shopper stands now."""
        return np.asarray(self._walking.fields([cell])[0])

    def zone_field(self, zone: str) -> Floats:
        """Walking metres from each cell to the nearest of a zone; inf where no way leads."""
        if zone not in self._zone_fields:
            self._zone_fields[zone] = self._zone_field(zone)
        return self._zone_fields[zone]

    def _zone_field(self, zone: str) -> Floats:
        inside = np.flatnonzero(self._in_zone(zone) & self.reachable)
        if not len(inside):
            return np.full(self.grid.cells_count, np.inf)
        # One step of no length joins the whole zone, so that its nearest cell counts.
        links = np.stack([np.full(len(inside) - 1, inside[0]), inside[1:]], 1).astype(np.int32)
        joined = msgspec.structs.replace(
            self.grid,
            connector_links=np.concatenate([self.grid.connector_links, links]),
            connector_m=np.concatenate([self.grid.connector_m, np.zeros(len(links))]),
        )
        return joined.distance_from(int(inside[0]))

    def plan(self, start: int, cells: Sequence[int], max_m: float | None = None) -> Plan:
        """The cells by walking distance, from `start` to the tills.

        Args:
            start: a cell that can be reached.
            cells: the same of each place.
            max_m: how far it may be, each stop counted as STOP_M; the dearest places are left out.
        """
        self.expect(cells)
        at = list(cells)
        fields = np.array([self.field(cell) for cell in cells])
        fields = fields.reshape(len(at), self.grid.cells_count)
        ways_m = fields[:, at], fields[:, start], self.end_m[at]
        order = tour.tour(*ways_m)
        if max_m is not None:
            order = tour.within(order, ways_m, STOP_M, max_m)
        return Plan(order, tour.length_m(order, *ways_m), tour.length_m(sorted(order), *ways_m))

    def line(self, cells: Sequence[int]) -> list[Point]:
        """The corners of the way by these cells, as people cut them."""
        corners: list[Point] = []
        for one, other in pairwise(cells):
            self.field(other)
            way = self._ways.between(one, other)
            for x_m, y_m, level in zip(way.x_m, way.y_m, way.levels, strict=True):
                _turn(corners, Point(round(x_m, 2), round(y_m, 2), self.grid.level_ids[level]))
        return corners

    def end_of(self, cell: int) -> int | None:
        """The till, else door, nearest to a cell."""
        return min(self.ends, key=lambda end: (self.field(end)[cell], end), default=None)

    def _make_room(self, count: int) -> None:
        """Begin anew when the fields would not fit; a supermarket never does."""
        if len(self._asked) + count > self._fields_max:
            self._ways = Ways(self._map, self.grid)
            self._asked = set()

    @property
    def _margin(self) -> int:
        return round(NEAR_M / self.grid.cell_m)

    def _largest(self) -> NDArray[np.bool_]:
        """(cells,) of the largest part of the floor that hangs together."""
        left = np.ones(self.grid.cells_count, bool)
        best = np.zeros(self.grid.cells_count, bool)
        while left.sum() > best.sum():
            found = np.isfinite(self.field_from(int(left.argmax())))
            best = max(best, found, key=np.count_nonzero)
            left &= ~found
        return best

    def _snap(self, level: int) -> NDArray[np.int32]:
        """A level's lattice with the nearest reachable cell where nobody can stand."""
        known = self.grid.lattices[level]
        lattice = np.where((known >= 0) & self._may(known), known, -1).astype(np.int32)
        filled = lattice.copy()
        empty = np.argwhere(lattice < 0)
        for part in np.array_split(empty, len(empty) // SNAPPED + 1):
            found = nearest(lattice, part[:, ::-1].astype(float), self._margin)
            filled[part[:, 0], part[:, 1]] = found
        return filled

    def _may(self, lattice: NDArray[np.int32]) -> NDArray[np.bool_]:
        return self.reachable[lattice] if len(self.reachable) else np.zeros(lattice.shape, bool)

    def _at(self, places: Iterable[tuple[shapely.Geometry, str]]) -> tuple[int, ...]:
        """The cells at these places, those that nobody can reach left out."""
        middles = ((geometry.centroid, level) for geometry, level in places)
        cells = [self.cell(middle.x, middle.y, level) for middle, level in middles]
        return tuple(dict.fromkeys(cell for cell in cells if cell >= 0))

    def _doors(self, word: str) -> tuple[int, ...]:
        """The cells at openings whose category holds the word."""
        return self._at(
            (door.line, door.level) for door in self._map.openings if word in (door.category or "")
        )

    def _first(self) -> int:
        """Some cell: where a map without doors is entered."""
        return int(self.reachable.argmax()) if self.reachable.any() else -1

    def _to_any(self, cells: tuple[int, ...], without_m: float) -> Floats:
        if not cells:
            return np.full(self.grid.cells_count, without_m)
        return np.asarray(self._walking.fields(list(cells)).min(0))

    def _around(self, point: Point) -> NDArray[np.int32]:
        """The reachable cells within REACH_M and a little more."""
        if point.level not in self.grid.level_ids:
            return np.empty(0, np.int32)
        level = self.grid.level_ids.index(point.level)
        at = (
            np.array([point.y_m, point.x_m]) - self.grid.origins_m[level][::-1]
        ) / self.grid.cell_m
        reach = math.ceil(REACH_M / self.grid.cell_m)
        low = np.maximum(np.rint(at).astype(int) - reach, 0)
        high = np.maximum(np.rint(at).astype(int) + reach + 1, 0)
        cells = self.grid.lattices[level][low[0] : high[0], low[1] : high[1]].ravel()
        cells = cells[cells >= 0]
        return cells[self.reachable[cells]]

    def _in_zone(self, zone: str | None) -> NDArray[np.bool_]:
        """(cells,) inside a zone or one of its children."""
        if zone not in self._masks:
            leaves = [
                index
                for index, leaf in enumerate(self._map.leaf_zones)
                if zone is not None and zone in _with_parents(self._map, leaf.id)
            ]
            self._masks[zone] = np.asarray(self.grid.zone_mask[leaves].any(0))
        return self._masks[zone]


@functools.lru_cache(maxsize=MAPS_KEPT)
def routes_of(floor_map: FloorMap) -> Routes:
    """The ways of a map, worked out once: 20 ms for a supermarket, a second for a mall."""
    return Routes(floor_map)


def _with_parents(floor_map: FloorMap, zone: str | None) -> list[str]:
    """A zone and all that hold it."""
    found: list[str] = []
    while zone is not None:
        found.append(zone)
        zone = floor_map.zone(zone).parent
    return found


def _turn(corners: list[Point], point: Point) -> None:
    """Go on to a point; a corner that turned out to lie on a straight way is dropped."""
    if corners and corners[-1] == point:
        return
    if len(corners) > 1 and _is_straight(corners[-2], corners[-1], point):
        corners.pop()
    corners.append(point)


def _is_straight(first: Point, middle: Point, last: Point) -> bool:
    along = (last.x_m - first.x_m, last.y_m - first.y_m)
    aside = (middle.x_m - first.x_m, middle.y_m - first.y_m)
    ahead = (last.x_m - middle.x_m, last.y_m - middle.y_m)
    long_m = math.hypot(*along)
    off = abs(along[0] * aside[1] - along[1] * aside[0])
    same = first.level == middle.level == last.level
    return same and off <= STRAIGHT_M * long_m and aside[0] * ahead[0] + aside[1] * ahead[1] >= 0

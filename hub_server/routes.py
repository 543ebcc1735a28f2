"""Ways on foot through one store: how far, by which way, and in which order.

The grid, the distances and the lines are those of `store_maps`; here are the places that shoppers
of a hub ask for: where one stands to take a product, where the tills and the doors are.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from hub_server import tour
from store_maps.floor_grid import FloorGrid
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
# A door or till is reached within this; a fix lies at most so far off the floor.
NEAR_M: Final = 2.5
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
    """The same in the order given."""


class Routes:
    """The ways of one store.

    Args:
        floor_map: the store's map.
    """

    def __init__(self, floor_map: FloorMap) -> None:
        self._map = floor_map
        self.grid: Final = FloorGrid.build(floor_map)
        self._walking = Walking(self.grid)
        self._ways = Ways(floor_map, self.grid)
        self._fields_max = max(1, FIELDS_BYTES_MAX // (8 * max(1, self.grid.cells_count)))
        self._asked: set[int] = set()
        self.reachable: Final = self._largest()
        tills = [self._at(till.geometry.centroid, till.level) for till in floor_map.checkouts]
        doors = {word: self._doors(word) for word in ("entrance", "exit")}
        self.tills: Final = tuple(sorted({cell for cell in tills if cell >= 0}))
        self.exits: Final = doors["exit"] or doors["entrance"]
        self.entrance: Final = (doors["entrance"] or self.exits or (self._middle(),))[0]
        self.ends: Final = self.tills or self.exits
        self.end_m: Final = self._end_field()
        """(cells,) metres to the nearest till, else door; zeros where the map has neither."""

    def cell(self, x_m: float, y_m: float, level: str) -> int:
        """Where someone with this fix stands; -1 off the floor."""
        if level not in self.grid.level_ids:
            return -1
        cell = int(self.grid.cell_at(x_m, y_m, level, within_m=NEAR_M)[0])
        return cell if cell < 0 or self.reachable[cell] else -1

    def point(self, cell: int) -> Point:
        """The middle of a cell."""
        x_m, y_m = self.grid.xy_m[cell].tolist()
        return Point(x_m, y_m, self.grid.level_ids[int(self.grid.level_index[cell])])

    def stand(self, point: Point, zone: str | None = None) -> int:
        """Where one stands to take what is at `point`, on its zone's side; -1 where nobody can."""
        if point.level not in self.grid.level_ids:
            return -1
        far_m = np.hypot(*(self.grid.xy_m - [point.x_m, point.y_m]).T)
        level = self.grid.level_ids.index(point.level)
        near = np.flatnonzero(
            (far_m <= REACH_M) & self.reachable & (self.grid.level_index == level)
        )
        if not len(near):
            return self.cell(point.x_m, point.y_m, point.level)
        off_m = np.abs(far_m[near] - STAND_M)
        mine = self._in_zone(zone)[near]
        return int(near[(off_m + np.where(mine, 0.0, OTHER_ZONE_M)).argmin()])

    def expect(self, cells: Sequence[int]) -> None:
        """Fields of these will be asked for: worked out together they cost a fifth."""
        self._make_room(len(set(cells) - self._asked))
        self._ways.expect(list(cells)[: self._fields_max])

    def field(self, cell: int) -> Floats:
        """Walking metres from each cell to `cell`, kept for the next time."""
        if cell not in self._asked:
            self._make_room(1)
            self._asked.add(cell)
        return self._ways.field(cell)

    def field_from(self, cell: int) -> Floats:
        """Walking metres from `cell` to each cell, worked out anew: where a shopper stands now."""
        return self._walking.fields([cell])[0]

    def zone_field(self, zone: str) -> Floats:
        """Walking metres from each cell to the nearest of a zone; inf where no way leads."""
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

    def plan(self, start: int, cells: Sequence[int]) -> Plan:
        """The cells by walking distance, from `start` to the tills; all of them reachable."""
        self.expect(cells)
        fields = [self.field(cell) for cell in cells]
        between_m = np.array([field[list(cells)] for field in fields]).reshape(len(cells), -1)
        start_m = np.array([field[start] for field in fields])
        end_m = self.end_m[list(cells)]
        order = tour.tour(between_m, start_m, end_m)
        given = range(len(cells))
        return Plan(
            order,
            tour.length_m(order, between_m, start_m, end_m),
            tour.length_m(given, between_m, start_m, end_m),
        )

    def line(self, cells: Sequence[int]) -> list[Point]:
        """The corners of the way by these cells, as people cut them."""
        corners: list[Point] = []
        for one, other in zip(cells, cells[1:], strict=False):
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

    def _in_zone(self, zone: str | None) -> NDArray[np.bool_]:
        """(cells,) inside a zone or one of its children."""
        leaves = [
            index
            for index, leaf in enumerate(self._map.leaf_zones)
            if zone is not None and zone in _with_parents(self._map, leaf.id)
        ]
        found: NDArray[np.bool_] = self.grid.zone_mask[leaves].any(0)
        return found

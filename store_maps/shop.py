"""A store as shoppers use it: doors, shelves to stop at, tills with their queues, ways between."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from store_maps.floor_grid import FloorGrid, barriers_of
from store_maps.floor_map import FloorMap
from store_maps.product import Product
from store_maps.step_matrix import STRAIGHT_COUNT

Floats = npt.NDArray[np.float64]

# An arm's length: who stands farther off does not take anything from the shelf.
SHELF_REACH_M: Final = 0.9
# Where feet are before a shelf.
STAND_M: Final = 0.5
# Places to stop in a zone whose map names no products.
SPOTS_PER_ZONE: Final = 8
# From one person in a queue to the next.
QUEUE_GAP_M: Final = 0.9
# Within this of a till's edge one pays at it; cells are 0.5 m.
TILL_REACH_M: Final = 0.8
# How much longer a way past a till may be than the shortest, to count as its lane.
LANE_DETOUR_M: Final = 1.0
# How far from the tills a queue begins where the map draws no queue zone.
QUEUE_MOUTH_M: Final = 4.0
# Someone who stands about has not gone far for it.
OPEN_WITHIN_M: Final = 8.0
# People keep their shoulders off the shelves where there is room.
SHOULDER_M: Final = 0.2


class Spot(msgspec.Struct, frozen=True):
    """A place to stop, and what can be taken there."""

    cell: int
    zone: int
    """Index into the map's leaf zones, -1 outside all."""
    items: tuple[str, ...]


class Till(msgspec.Struct, frozen=True):
    """A till and its queue."""

    id: str
    line: tuple[int, ...]
    """Cells of the queue, the paying shopper's first."""


class Shop:
    """Where shoppers of one map go.

    Args:
        floor_map: any map; without openings, shelves or tills, shoppers make do.
        grid: of that map.
        products: what stands where; none: each shelf place holds one thing named after its zone.
    """

    def __init__(
        self, floor_map: FloorMap, grid: FloorGrid, products: Sequence[Product] = ()
    ) -> None:
        self.grid: Final = grid
        self._fields: dict[int, Floats] = {}
        self._barriers = [
            shapely.STRtree(shapely.linestrings(barriers_of(floor_map, level.id)))
            for level in floor_map.levels
        ]
        self.entrance: Final = self._door(floor_map, "entrance")
        self._reachable: Final = np.isfinite(self.field(self.entrance))
        self.exit: Final = self._reached(self._door(floor_map, "exit"))
        self.middle: Final = self._nearest(grid.xy_m[self._reachable].mean(0))
        self._level_index: Final = {name: index for index, name in enumerate(grid.level_ids)}
        self._shelf_m: Final = self._shelf_distance(floor_map)
        self.spots: Final = self._stocked(floor_map, products) or self._shelved(floor_map)
        self.mouth: Final = self._queue_mouth(floor_map)
        self.tills: Final = self._tills(floor_map)

    def field(self, cell: int) -> Floats:
        """Walking metres from each cell to `cell`; computed once."""
        if cell not in self._fields:
            self._fields[cell] = self.grid.distance_from(cell)
        return self._fields[cell]

    def open_cell(self, near: int) -> int:
        """The place farthest from all shelves in a few steps' walk: where one stands about."""
        close = self.field(near) <= OPEN_WITHIN_M
        return int(np.where(close, self._shelf_m, -1.0).argmax())

    def reach(self, cell: int) -> Floats:
        """The centres (k, 2) of the straight neighbours of a cell."""
        beside = self.grid.neighbours[cell, :STRAIGHT_COUNT]
        return self.grid.xy_m[beside[beside >= 0]]

    def place(self, cell: int) -> Floats:
        """(3,) x_m, y_m, level index of a cell."""
        return np.array([*self.grid.xy_m[cell], self.grid.level_index[cell]])

    def way(self, from_cell: int, to_cell: int) -> Floats:
        """The corners (k, 3) x_m, y_m, level index of a walk, shortened as people do."""
        cells = np.array(self.grid.descend(from_cell, self.field(to_cell)))
        levels = self.grid.level_index[cells]
        runs = np.split(cells, np.flatnonzero(np.diff(levels)) + 1)
        return np.concatenate([self._pulled(run) for run in runs])

    def _pulled(self, cells: npt.NDArray[np.int32]) -> Floats:
        """The corners of a walk on one level: each time as far ahead as one can see."""
        level = int(self.grid.level_index[cells[0]])
        xy_m = self.grid.xy_m[cells]
        kept = [0]
        while kept[-1] < len(cells) - 1:
            here = kept[-1]
            far = xy_m[here + 1 :]
            ahead = np.stack([np.broadcast_to(xy_m[here], far.shape), far], 1)
            near, _ = self._barriers[level].query(
                shapely.linestrings(ahead), predicate="dwithin", distance=SHOULDER_M
            )
            clear = np.ones(len(ahead), bool)
            clear[near] = False
            kept.append(here + 1 + int(np.flatnonzero(clear).max(initial=0)))
        corners = np.empty((len(kept), 3))
        corners[:, :2] = xy_m[kept]
        corners[:, 2] = level
        return corners

    def _nearest(self, xy_m: Floats) -> int:
        """The reachable cell nearest to a point."""
        far = np.hypot(*(self.grid.xy_m - xy_m).T)
        return int(np.where(self._reachable, far, np.inf).argmin())

    def _reached(self, cell: int) -> int:
        """The cell itself, or the nearest that one can reach from the entrance."""
        return self._nearest(self.grid.xy_m[cell])

    def _door(self, floor_map: FloorMap, word: str) -> int:
        """The cell at the first opening of a category that holds the word, else the lowest cell."""
        doors = [door for door in floor_map.openings if word in (door.category or "")]
        xy_m = self.grid.xy_m
        if not doors:
            return int(xy_m[:, 1].argmin())
        door = doors[0].line.centroid
        there = self.grid.level_index == floor_map.level_index(doors[0].level)
        return int(np.where(there, np.hypot(*(xy_m - [door.x, door.y]).T), np.inf).argmin())

    def _stocked(self, floor_map: FloorMap, products: Iterable[Product]) -> tuple[Spot, ...]:
        """A spot before each product's place."""
        items: dict[int, list[str]] = {}
        for product in products:
            cell = self._before(product)
            if cell is not None:
                items.setdefault(cell, []).append(product.item)
        zones = self._zones(floor_map, list(items))
        return tuple(
            Spot(cell, zone, tuple(names))
            for (cell, names), zone in zip(items.items(), zones, strict=True)
        )

    def _before(self, product: Product) -> int | None:
        """Where one stands to take a product, None where nobody can."""
        there = self._reachable & (self.grid.level_index == self._level_index[product.level])
        far_m = np.hypot(*(self.grid.xy_m - [product.x_m, product.y_m]).T)
        near = np.flatnonzero(there & (far_m <= SHELF_REACH_M))
        return int(near[np.abs(far_m[near] - STAND_M).argmin()]) if len(near) else None

    def _shelf_distance(self, floor_map: FloorMap) -> Floats:
        """Metres from each cell to the nearest shelf of its level, inf where there is none."""
        points = shapely.points(self.grid.xy_m)
        result = np.full(len(points), np.inf)
        for index, level in enumerate(floor_map.levels):
            shelves = [f.polygon for f in floor_map.fixtures if f.is_shelf and f.level == level.id]
            if shelves:
                there = self.grid.level_index == index
                result[there] = shapely.distance(points[there], shapely.union_all(shelves))
        return result

    def _shelved(self, floor_map: FloorMap) -> tuple[Spot, ...]:
        """Spots along the shelves of each zone, or anywhere in zones without shelves."""
        near = self._shelf_m <= SHELF_REACH_M
        spots: list[Spot] = []
        for zone, inside in enumerate(self.grid.zone_mask & self._reachable):
            cells = np.flatnonzero(inside & near if (inside & near).any() else inside)
            chosen = cells[:: max(1, len(cells) // SPOTS_PER_ZONE)][:SPOTS_PER_ZONE]
            name = floor_map.leaf_zones[zone].id
            spots += [Spot(int(c), zone, (f"{name}-{n}",)) for n, c in enumerate(chosen, 1)]
        return tuple(spots) or (Spot(self.middle, -1, ()),)

    def _zones(self, floor_map: FloorMap, cells: list[int]) -> list[int]:
        """The leaf zone of each cell."""
        xy_m = self.grid.xy_m[cells].reshape(-1, 2)
        levels = self.grid.level_index[cells]
        return [int(zone) for zone in floor_map.zone_at(xy_m[:, 0], xy_m[:, 1], levels)]

    def _queue_mouth(self, floor_map: FloorMap) -> int:
        """Where one looks for the shortest queue."""
        queues = [zone for zone in floor_map.leaf_zones if zone.zone_type == "queue"]
        if queues:
            spot = queues[0].polygon.representative_point()
            return self._nearest(np.array([spot.x, spot.y]))
        if not floor_map.checkouts:
            return self.exit
        tills = [till.geometry.centroid.coords[0] for till in floor_map.checkouts]
        front, inward = np.mean(tills, axis=0), self.grid.xy_m[self.middle]
        share = QUEUE_MOUTH_M / max(QUEUE_MOUTH_M, float(np.hypot(*(inward - front))))
        return self._nearest(front + share * (inward - front))

    def _tills(self, floor_map: FloorMap) -> tuple[Till, ...]:
        """Each till with its queue: from the till to the mouth and on into the store."""
        tills: list[Till] = []
        for checkout in floor_map.checkouts:
            cell = self._pay_cell(checkout.geometry, floor_map.level_index(checkout.level))
            path = self.grid.descend(cell, self.field(self.mouth))
            path += self.grid.descend(self.mouth, self.field(self.middle))[1:]
            walked = np.r_[0, np.cumsum(np.hypot(*np.diff(self.grid.xy_m[path], axis=0).T))]
            places = np.arange(0, walked[-1] + QUEUE_GAP_M, QUEUE_GAP_M)
            line = [path[i] for i in np.searchsorted(walked, places).clip(0, len(path) - 1)]
            tills.append(Till(checkout.id, tuple(line)))
        return tuple(tills)

    def _pay_cell(self, till: shapely.Geometry, level: int) -> int:
        """Where one pays: beside the till, in the lane from the queue to the exit."""
        points = shapely.points(self.grid.xy_m)
        beside = shapely.dwithin(points, till, TILL_REACH_M) & self._reachable
        cells = np.flatnonzero(beside & (self.grid.level_index == level))
        if not len(cells):
            return self._nearest(np.array(till.centroid.coords[0]))
        through_m = self.field(self.mouth)[cells] + self.field(self.exit)[cells]
        lane = cells[through_m <= through_m.min() + LANE_DETOUR_M]
        return int(lane[shapely.distance(points[lane], till.centroid).argmin()])

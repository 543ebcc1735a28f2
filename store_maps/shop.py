"""A store as shoppers use it: doors, shelves to stop at, tills with their queues, ways between."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.product import Product
from store_maps.step_matrix import STRAIGHT_COUNT
from store_maps.ways import Ways

Floats = npt.NDArray[np.float64]

# An arm's length: who stands farther off does not take anything from the shelf.
SHELF_REACH_M: Final = 0.9
# Where feet are before a shelf.
STAND_M: Final = 0.5
# Places to stop in a zone whose map names no products: so many, or one for each so many cells
# before its shelves, whichever is more.
SPOTS_PER_ZONE: Final = 5
SPOT_EVERY_CELLS: Final = 8
# Before one spot people stand within this walk of it.
BESIDE_SPOT_M: Final = 0.8
# And not nearer to a shelf than their own half depth.
BODY_M: Final = 0.2
# Feet are anywhere in a cell.
FEET_M: Final = 0.2
# A shelf that one passes on the way out.
ON_THE_WAY_OUT_M: Final = 9.0
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
        self.ways: Final = Ways(floor_map, grid)
        self._stands: dict[int, tuple[npt.NDArray[np.int64], Floats]] = {}
        self.entrance: Final = self._door(floor_map, "entrance")
        self._reachable: Final = np.isfinite(self.ways.field(self.entrance))
        self.exit: Final = self._reached(self._door(floor_map, "exit"))
        self.middle: Final = self._nearest(grid.xy_m[self._reachable].mean(0))
        self._level_index: Final = {name: index for index, name in enumerate(grid.level_ids)}
        self._shelf_m: Final = self._shelf_distance(floor_map)
        self.spots: Final = self._stocked(floor_map, products) or self._shelved(floor_map)
        self.spot_zones: Final = tuple(sorted({spot.zone for spot in self.spots}))
        self.spot_cells: Final = np.array([spot.cell for spot in self.spots])
        self.ways.expect(self.spot_cells.tolist())
        far_m = self.ways.field(self.exit)[self.spot_cells]
        self.last_looks: Final = self.spot_cells[far_m < ON_THE_WAY_OUT_M]
        """Shelves near the exit."""
        self.mouth: Final = self._queue_mouth(floor_map)
        self.tills: Final = self._tills(floor_map)

    def open_cell(self, near: int) -> int:
        """The place farthest from all shelves in a few steps' walk: where one stands about."""
        close = self.ways.field(near) <= OPEN_WITHIN_M
        return int(np.where(close, self._shelf_m, -1.0).argmax())

    def stand(self, cell: int, far_m: float, rng: np.random.Generator) -> tuple[float, float]:
        """Where (x_m, y_m) one stands to look from `far_m` off, before the spot of a cell."""
        if cell not in self._stands:
            here = self.grid.level_index == self.grid.level_index[cell]
            cells = np.flatnonzero(here & (self.ways.field(cell) <= BESIDE_SPOT_M))
            self._stands[cell] = cells, self._shelf_m[cells]
        cells, shelf_m = self._stands[cell]
        drawn = rng.random(len(cells) + 2)
        best = int((np.abs(shelf_m - far_m) + self.grid.cell_m * drawn[2:]).argmin())
        room_m = min(FEET_M, max(0.0, float(shelf_m[best]) - BODY_M)) * drawn[0]
        x_m, y_m = self.grid.xy_m[cells[best]].tolist()
        angle = 2 * np.pi * drawn[1]
        return x_m + float(room_m * np.cos(angle)), y_m + float(room_m * np.sin(angle))

    def is_floor(self, xy_m: Floats, levels: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
        """Which of places (n, 2) on levels (n,) lie in a cell that can be walked on."""
        result = np.zeros(len(xy_m), bool)
        for index, lattice in enumerate(self.grid.lattices):
            here = levels == index
            if not here.any():
                continue
            at = np.rint((xy_m[here] - self.grid.origins_m[index]) / self.grid.cell_m)
            column, row = at.astype(np.int64).T
            high, wide = lattice.shape
            known = (column >= 0) & (column < wide) & (row >= 0) & (row < high)
            cells = lattice[row.clip(0, high - 1), column.clip(0, wide - 1)]
            result[here] = known & (cells >= 0)
        return result

    def reach(self, cell: int) -> Floats:
        """The centres (k, 2) of the straight neighbours of a cell."""
        beside = self.grid.neighbours[cell, :STRAIGHT_COUNT]
        return self.grid.xy_m[beside[beside >= 0]]

    def place(self, cell: int) -> Floats:
        """(3,) x_m, y_m, level index of a cell."""
        return np.array([*self.grid.xy_m[cell], self.grid.level_index[cell]])

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
        """Spots along the shelves of each zone; on a level without shelves anywhere."""
        near = self._reachable & (self._shelf_m <= SHELF_REACH_M)
        shelved = np.isin(self.grid.level_index, self.grid.level_index[near])
        wanted = near | (self._reachable & ~shelved)
        names = [zone.id for zone in floor_map.leaf_zones]
        spots: list[Spot] = []
        for zone, inside in enumerate(self.grid.zone_mask & wanted):
            spots += self._spread(np.flatnonzero(inside), zone, names[zone])
        outside = near & ~self.grid.zone_mask.any(0)
        spots += self._spread(np.flatnonzero(outside), -1, "shelf")
        return tuple(spots) or (Spot(self.middle, -1, ()),)

    @staticmethod
    def _spread(cells: npt.NDArray[np.int64], zone: int, name: str) -> list[Spot]:
        """Spots evenly among cells."""
        count = min(len(cells), max(SPOTS_PER_ZONE, len(cells) // SPOT_EVERY_CELLS))
        chosen = cells[np.linspace(0, max(0, len(cells) - 1), count).astype(int)].tolist()
        return [Spot(cell, zone, (f"{name}-{n}",)) for n, cell in enumerate(chosen, 1)]

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
            path = self.grid.descend(cell, self.ways.field(self.mouth))
            path += self.grid.descend(self.mouth, self.ways.field(self.middle))[1:]
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
        through_m = self.ways.field(self.mouth)[cells] + self.ways.field(self.exit)[cells]
        lane = cells[through_m <= through_m.min() + LANE_DETOUR_M]
        return int(lane[shapely.distance(points[lane], till.centroid).argmin()])

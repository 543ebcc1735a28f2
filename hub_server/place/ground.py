"""What the floor map says about each place: distances to shelf, till and door, and the leaf zone.

A raster of every level, computed once; a look-up is vectorised over all shoppers. Distances are
straight lines, because the labels' are (models/labels.py), but for the way out, which is walked.
A place off the raster gets its edge.
"""

import functools
import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from store_maps.feature import Level, Opening
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Half of the narrowest aisle (0.9 m) fits a cell; positions are 2-3 m off, so finer tells no more.
CELL_M: Final = 0.5
# A level of 250 x 250 m at that cell; a larger one gets larger cells instead of more memory.
CELLS_MAX: Final = 250_000
# Farther than this every distance reads the same: the width of a large store.
FAR_M: Final = 60.0
# The distances by which labels call a place "at a shelf" and "at a till".
SHELF_NEAR_M: Final = 1.6
TILL_NEAR_M: Final = 3.0
# The position error that `*_p` stand for: 2-3 m RMS in the plane is about 1.8 m on each axis.
ERROR_M: Final = 1.8
# The same for the mean of a stay, in which half of the error averages out.
STAY_ERROR_M: Final = 0.9
# And of a bad hour: errors that stay as long as the shopper stands do not average out.
WIDE_ERROR_M: Final = 3.0
# From a cell where nobody can walk, the way out is that of a walkable one this near.
ASTRAY_M: Final = 1.5
# A level of 100 x 100 m has so many cells of half a metre; in larger ones they grow, as four times
# as many take ten times as long: 7 s for 500 x 400 m, ten times that on a Pi.
WAY_CELLS_MAX: Final = 40_000
# Where no way leads out (a shelf's middle, an island of floor): the straight line and a detour.
DETOUR: Final = 1.3

LAYERS: Final = (
    "shelf_m",
    "till_m",
    "entrance_m",
    "exit_m",
    "shelf_p",
    "till_p",
    "stay_shelf_p",
    "stay_till_p",
    "wide_shelf_p",
    "wide_till_p",
)
SHELF_M, TILL_M, ENTRANCE_M, EXIT_M = range(4)
SHELF_P, TILL_P, STAY_SHELF_P, STAY_TILL_P, WIDE_SHELF_P, WIDE_TILL_P = range(4, len(LAYERS))


def _distance_m(points: NDArray[Any], places: Sequence[shapely.Geometry]) -> Floats:
    """Distance of each point to the nearest place, at most `FAR_M`; `FAR_M` without places."""
    out = np.full(len(points), FAR_M)
    if places:
        tree = shapely.STRtree(places)
        (found, _), nearest_m = tree.query_nearest(points, return_distance=True, all_matches=False)
        out[found] = np.minimum(nearest_m, FAR_M)
    return out


def _blur(image: Floats, sd_cells: float) -> Floats:
    """`image` under a Gaussian of `sd_cells`, edges without weight."""
    reach = math.ceil(3 * sd_cells)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sd_cells) ** 2)
    for axis in (0, 1):
        pads = [(reach, reach) if a == axis else (0, 0) for a in (0, 1)]
        padded = np.pad(image, pads)
        spans = range(image.shape[axis])
        image = sum(
            (w * np.take(padded, [s + k for s in spans], axis) for k, w in enumerate(weights)),
            start=np.zeros_like(image),
        )
    return image


def _share_near(near: NDArray[np.bool_], inside: NDArray[np.bool_], sd_cells: float) -> Floats:
    """Probability that the true place is `near`, when the measured one is off by `sd_cells`."""
    weight = _blur(inside.astype(float), sd_cells)
    return np.asarray(_blur((near & inside).astype(float), sd_cells) / np.maximum(weight, 1e-9))


class Places(NamedTuple):
    """What the labels measure distances to, on one level."""

    shelves: tuple[shapely.Geometry, ...]
    tills: tuple[shapely.Geometry, ...]
    entrances: tuple[shapely.Geometry, ...]
    """The centroid of all entrances together, or nothing."""


def places_of(floor_map: FloorMap, level: str) -> Places:
    """The shelves, tills and entrance of a level."""
    openings = [o for o in floor_map.openings if o.level == level]
    doors = [o.line for o in openings if "entrance" in (o.category or "")]
    return Places(
        tuple(f.polygon for f in floor_map.fixtures if f.level == level and f.is_shelf),
        tuple(c.geometry for c in floor_map.checkouts if c.level == level),
        (shapely.union_all(doors).centroid,) if doors else (),
    )


class _Raster:
    """One level's raster: origin, cell, shape and the layers in rows of cells."""

    def __init__(self, floor_map: FloorMap, level: Level, ways: "_Ways") -> None:
        outline = level.polygon
        left, bottom, right, top = outline.bounds
        area_m2 = (right - left) * (top - bottom)
        self.cell_m = max(CELL_M, math.sqrt(area_m2 / CELLS_MAX))
        self.left_m, self.bottom_m = left, bottom
        self.columns = int((right - left) / self.cell_m) + 2
        self.rows = int((top - bottom) / self.cell_m) + 2
        x, y = np.meshgrid(
            left + np.arange(self.columns) * self.cell_m,
            bottom + np.arange(self.rows) * self.cell_m,
        )
        points = shapely.points(x.ravel(), y.ravel())
        inside = shapely.intersects_xy(outline, x.ravel(), y.ravel())
        free = inside & ~_within(floor_map, level.id, x.ravel(), y.ravel())
        exit_m = ways.exit_m(level.id, x.ravel(), y.ravel())
        self.layers = self._measure(places_of(floor_map, level.id), points, free, exit_m)
        self.zone = np.full(len(points), -1)
        for i, zone in enumerate(floor_map.leaf_zones):
            if zone.level != level.id:
                continue
            here = shapely.intersects_xy(zone.polygon, x.ravel(), y.ravel())
            self.zone[here & (self.zone < 0)] = i

    def _measure(
        self, places: "Places", points: NDArray[Any], free: NDArray[np.bool_], exit_m: Floats
    ) -> Floats:
        shelf_m = _distance_m(points, places.shelves)
        till_m = _distance_m(points, places.tills)
        entrance_m = _distance_m(points, places.entrances)
        walked_m = np.where(np.isfinite(exit_m), exit_m, np.minimum(DETOUR * entrance_m, FAR_M))
        grid = (self.rows, self.columns)
        at_till = till_m < TILL_NEAR_M
        # Who stands at a shelf beside a till is at the till (models/labels.py).
        at_shelf = (shelf_m < SHELF_NEAR_M) & ~at_till
        shares = [
            _share_near(near.reshape(grid), free.reshape(grid), error_m / self.cell_m)
            for error_m in (ERROR_M, STAY_ERROR_M, WIDE_ERROR_M)
            for near in (at_shelf, at_till)
        ]
        flat = [share.ravel() for share in shares]
        return np.stack([shelf_m, till_m, entrance_m, walked_m, *flat], axis=1)


def _within(floor_map: FloorMap, level: str, x_m: Floats, y_m: Floats) -> NDArray[np.bool_]:
    """Which places lie in a fixture, where nobody stands."""
    fixtures = [f.polygon for f in floor_map.fixtures if f.level == level]
    if not fixtures:
        return np.zeros(len(x_m), bool)
    return np.asarray(shapely.intersects_xy(shapely.union_all(fixtures), x_m, y_m))


def _ways_out(floor_map: FloorMap) -> list[Opening]:
    """Where shoppers leave: exits, or the entrances of a map that names none."""
    for wanted in (("exit", "entrance_exit"), ("entrance",)):
        found = [o for o in floor_map.openings if o.category in wanted]
        if found:
            return found
    return []


def _way_cell_m(floor_map: FloorMap) -> float:
    """The side of the cells in which ways are walked."""
    boxes = (shapely.box(*level.polygon.bounds) for level in floor_map.levels)
    return max(CELL_M, math.sqrt(sum(box.area for box in boxes) / WAY_CELLS_MAX))


class _Ways:
    """Walking metres from everywhere to the nearest way out.

    Args:
        floor_map: the store's map.
    """

    def __init__(self, floor_map: FloorMap) -> None:
        doors = _ways_out(floor_map)
        self._grid: Final = FloorGrid.build(floor_map, _way_cell_m(floor_map)) if doors else None
        self._levels: Final = {level.id: i for i, level in enumerate(floor_map.levels)}
        self._field_m: Floats = np.empty(0)
        if self._grid is None:
            return
        self._field_m = np.full(self._grid.cells_count, np.inf)
        for door in doors:
            middle = door.line.centroid
            cell = int(self._grid.cell_at(middle.x, middle.y, door.level, within_m=ASTRAY_M)[0])
            if cell >= 0:
                self._field_m = np.minimum(self._field_m, self._grid.distance_from(cell))

    def exit_m(self, level: str, x_m: Floats, y_m: Floats) -> Floats:
        """At most FAR_M; NaN where no way leads."""
        if self._grid is None or not self._grid.cells_count:
            return np.full(len(x_m), np.nan)
        cells = self._grid.cell_at(x_m, y_m, self._levels[level], within_m=ASTRAY_M)
        found_m = np.where(cells >= 0, self._field_m[cells], np.inf)
        return np.where(np.isfinite(found_m), np.minimum(found_m, FAR_M), np.nan)


# A process serves one store; a bench looks at a few.
MAPS_KEPT: Final = 4


class Ground:
    """The rasters of a map's levels.

    Args:
        floor_map: the store's map.
        others: further stores, followed side by side in training; their levels and zones are
            numbered on from those of `floor_map`.
    """

    def __init__(self, floor_map: FloorMap, *others: FloorMap) -> None:
        stores = (floor_map, *others)
        leaves = [zone for store in stores for zone in store.leaf_zones]
        self.zone_ids: Final = tuple(zone.id for zone in leaves)
        self.zone_types: Final = tuple(zone.zone_type for zone in leaves)
        self.zone_index: Final = {z.id: i for i, z in enumerate(floor_map.leaf_zones)}
        self.level_index: Final = {level.id: i for i, level in enumerate(floor_map.levels)}
        rasters: list[_Raster] = []
        has: list[NDArray[np.bool_]] = []
        zones = 0
        for store in stores:
            ways = _Ways(store)
            mine = [_Raster(store, level, ways) for level in store.levels]
            for raster in mine:
                raster.zone[raster.zone >= 0] += zones
            zones += len(store.leaf_zones)
            least_m = np.min([r.layers[:, :3].min(axis=0) for r in mine], axis=0)
            has += [least_m < FAR_M] * len(mine)
            rasters += mine
        self._layers = np.concatenate([r.layers for r in rasters])
        self._zone = np.concatenate([r.zone for r in rasters])
        # By level: does its map have shelves, tills, an entrance?
        self.has: Final = np.array(has)
        # The least distance to a shelf, a till, the door on the first map: FAR_M = it has none.
        first = self._layers[: sum(len(r.zone) for r in rasters[: len(floor_map.levels)])]
        self.nearest_m: Final = tuple(first[:, :3].min(axis=0).tolist())
        sizes = [len(r.zone) for r in rasters]
        self._offset = np.cumsum([0, *sizes[:-1]])
        self._frame = np.array(
            [[r.left_m, r.bottom_m, r.cell_m, r.columns, r.rows] for r in rasters]
        )

    def _cells(self, level: Ints, x_m: Floats, y_m: Floats) -> tuple[Ints, Ints, Floats, Floats]:
        """(first cell, width of a raster row, fraction right, fraction up), on the level."""
        left, bottom, cell_m, columns, rows = self._frame[level].T
        right = np.clip((x_m - left) / cell_m, 0.0, columns - 1.001)
        up = np.clip((y_m - bottom) / cell_m, 0.0, rows - 1.001)
        column, row = np.floor(right), np.floor(up)
        first = self._offset[level] + (row * columns + column).astype(np.int64)
        return first, columns.astype(np.int64), right - column, up - row

    def layers(self, level: Ints, x_m: Floats, y_m: Floats) -> Floats:
        """`LAYERS` (n, 10) at places on levels (numbers of `level_index`), bilinear."""
        first, width, right, up = self._cells(level, x_m, y_m)
        right, up = right[:, None], up[:, None]
        low = self._layers[first] * (1 - right) + self._layers[first + 1] * right
        high = self._layers[first + width] * (1 - right) + self._layers[first + width + 1] * right
        return np.asarray(low * (1 - up) + high * up)

    def zone(self, level: Ints, x_m: Floats, y_m: Floats) -> Ints:
        """Index into `zone_ids` of the leaf zone at each place, -1 for none."""
        first, width, right, up = self._cells(level, x_m, y_m)
        nearest = first + (right >= 0.5) + width * (up >= 0.5)  # noqa: PLR2004 - half a cell
        return np.asarray(self._zone[nearest])


@functools.lru_cache(maxsize=MAPS_KEPT)
def ground_of(floor_map: FloorMap) -> Ground:
    """The ground of a map, measured once: 60 ms for a supermarket."""
    return Ground(floor_map)

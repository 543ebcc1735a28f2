"""What the floor map says about each place: distances to shelf, till and door, and the leaf zone.

A raster of every level, computed once; a look-up is vectorised over all shoppers. Distances are
straight lines, because the labels' are (models/labels.py). A place off the raster gets its edge.
"""

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from store_maps.feature import Level
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

LAYERS: Final = ("shelf_m", "till_m", "entrance_m", "shelf_p", "till_p")
SHELF_M, TILL_M, ENTRANCE_M, SHELF_P, TILL_P = range(len(LAYERS))


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

    def __init__(self, floor_map: FloorMap, level: Level) -> None:
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
        self.layers = self._measure(places_of(floor_map, level.id), points, inside)
        self.zone = np.full(len(points), -1)
        for i, zone in enumerate(floor_map.leaf_zones):
            if zone.level != level.id:
                continue
            here = shapely.intersects_xy(zone.polygon, x.ravel(), y.ravel())
            self.zone[here & (self.zone < 0)] = i

    def _measure(self, places: "Places", points: NDArray[Any], inside: NDArray[np.bool_]) -> Floats:
        shelf_m = _distance_m(points, places.shelves)
        till_m = _distance_m(points, places.tills)
        entrance_m = _distance_m(points, places.entrances)
        grid, sd_cells = (self.rows, self.columns), ERROR_M / self.cell_m
        shares = [
            _share_near((far_m < near_m).reshape(grid), inside.reshape(grid), sd_cells).ravel()
            for far_m, near_m in ((shelf_m, SHELF_NEAR_M), (till_m, TILL_NEAR_M))
        ]
        return np.stack([shelf_m, till_m, entrance_m, *shares], axis=1)


class Ground:
    """The rasters of a map's levels.

    Args:
        floor_map: the store's map.
    """

    def __init__(self, floor_map: FloorMap) -> None:
        leaves = floor_map.leaf_zones
        self.zone_ids: Final = tuple(zone.id for zone in leaves)
        self.zone_types: Final = tuple(zone.zone_type for zone in leaves)
        self.zone_index: Final = {name: i for i, name in enumerate(self.zone_ids)}
        self.level_index: Final = {level.id: i for i, level in enumerate(floor_map.levels)}
        rasters = [_Raster(floor_map, level) for level in floor_map.levels]
        self._layers = np.concatenate([r.layers for r in rasters])
        self._zone = np.concatenate([r.zone for r in rasters])
        # The least distance to a shelf, a till, the door on the whole map: FAR_M = it has none.
        self.nearest_m: Final = tuple(self._layers[:, :3].min(axis=0).tolist())
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
        """`LAYERS` (n, 5) at places on levels (numbers of `level_index`), bilinear."""
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

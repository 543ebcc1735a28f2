"""What the floor map says about each place: distances to shelf, till and door, and the leaf zone.

A raster of every level, computed once; a look-up is vectorised over all shoppers. Distances are
straight lines, because the labels' are (models/labels.py). A place off the raster gets its edge.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Feature = Mapping[str, Any]

# The fixtures that FORMATS calls shelves.
SHELVES: Final = frozenset({"shelf", "gondola", "freezer", "counter", "rack", "table", "endcap"})
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


def _of_kind(document: Feature, kind: str) -> list[Feature]:
    return [f for f in document["features"] if f["properties"]["kind"] == kind]


def _on(features: Sequence[Feature], level: str) -> list[BaseGeometry]:
    return [shape(f["geometry"]) for f in features if f["properties"]["level"] == level]


def _distance_m(points: NDArray[Any], places: list[BaseGeometry]) -> Floats:
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


class _Raster:
    """One level's raster: origin, cell, shape and the layers in rows of cells."""

    def __init__(self, document: Feature, level: Feature, zones: Sequence[BaseGeometry]) -> None:
        name = str(level["properties"]["level"])
        outline = shape(level["geometry"])
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
        self.layers = self._measure(document, name, points, inside)
        self.zone = np.full(len(points), -1)
        for i, polygon in enumerate(zones):
            shapely.prepare(polygon)
            here = shapely.intersects_xy(polygon, x.ravel(), y.ravel())
            self.zone[here & (self.zone < 0)] = i

    def _measure(
        self, document: Feature, level: str, points: NDArray[Any], inside: NDArray[np.bool_]
    ) -> Floats:
        shelves = [
            f for f in _of_kind(document, "fixture") if f["properties"].get("category") in SHELVES
        ]
        doors = [
            f for f in _of_kind(document, "opening") if "entrance" in f["properties"]["category"]
        ]
        door = [shapely.union_all(_on(doors, level)).centroid] if _on(doors, level) else []
        shelf_m = _distance_m(points, _on(shelves, level))
        till_m = _distance_m(points, _on(_of_kind(document, "checkout"), level))
        grid, sd_cells = (self.rows, self.columns), ERROR_M / self.cell_m
        shares = [
            _share_near((far_m < near_m).reshape(grid), inside.reshape(grid), sd_cells).ravel()
            for far_m, near_m in ((shelf_m, SHELF_NEAR_M), (till_m, TILL_NEAR_M))
        ]
        return np.stack([shelf_m, till_m, _distance_m(points, door), *shares], axis=1)


class Ground:
    """The rasters of a map's levels.

    Args:
        document: the map's GeoJSON, already validated (store_maps.floor_map).
    """

    def __init__(self, document: Feature) -> None:
        zones = _of_kind(document, "zone")
        parents = {f["properties"].get("parent") for f in zones}
        leaves = [f for f in zones if f["id"] not in parents]
        levels = _of_kind(document, "level")
        self.zone_ids: Final = tuple(str(f["id"]) for f in leaves)
        self.zone_types: Final = tuple(str(f["properties"]["zone_type"]) for f in leaves)
        self.zone_index: Final = {name: i for i, name in enumerate(self.zone_ids)}
        self.level_ids: Final = tuple(str(f["properties"]["level"]) for f in levels)
        self.level_index: Final = {name: i for i, name in enumerate(self.level_ids)}
        nowhere = shapely.Polygon()
        rasters = []
        for f in levels:
            name = f["properties"]["level"]
            here = [
                shape(z["geometry"]) if z["properties"]["level"] == name else nowhere
                for z in leaves
            ]
            rasters.append(_Raster(document, f, here))
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
        """`LAYERS` (n, 5) at places on levels (indices into `level_ids`), bilinear."""
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

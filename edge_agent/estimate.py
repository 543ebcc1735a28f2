"""Where a posterior says that a tag is: point, radius, zone."""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Masses = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

# The share of the posterior that lies within radius_m (FORMATS: Fixes).
RADIUS_SHARE: Final = 0.68
# A circle around the mean of a normal distribution in the plane holds RADIUS_SHARE within so many
# of its standard deviations: sqrt(-2 ln(1 - 0.68)).
RADIUS_SDS: Final = 1.51
# A bell is cut off at so many standard deviations.
BELL_SDS: Final = 3.0
# Distances are counted in rings of half a cell, and the radius is interpolated within its ring.
RINGS_PER_CELL: Final = 2
# Cells that together hold less than this do not count for the radius: what leaked everywhere.
NEGLIGIBLE: Final = 0.01
# A mean farther than this many cells from every walkable centre stands in a shelf or a wall.
OFF_FLOOR_CELLS: Final = 0.75


class Estimate(msgspec.Struct, frozen=True):
    """One tag's posterior in a few numbers."""

    x_m: float
    y_m: float
    radius_m: float
    level: int
    """Position in the map's levels."""
    zone: int
    """Position in the map's leaf zones; -1 where more lies in none of them than in any one."""
    zone_p: float
    sensitive_p: float
    """All sensitive zones together."""
    in_sensitive: bool
    """The point lies in one, though little of the posterior may: the mean of places around it."""


class Estimator:
    """Turns posteriors of many tags into estimates."""

    def __init__(
        self, floor_map: FloorMap, grid: FloorGrid, order: Indices, place_sd_m: float = 0.0
    ) -> None:
        """`order` is the motion's: the posteriors' columns; all places err by `place_sd_m` more."""
        zones = grid.zone_mask[:, order].astype(np.float32)
        sensitive = np.array([zone.sensitive for zone in floor_map.leaf_zones], bool)
        groups = [zones, 1 - zones.sum(0, keepdims=True), zones[sensitive].sum(0, keepdims=True)]
        self._floor_map = floor_map
        # One entry more, for the index -1 of no zone.
        self._sensitive = np.append(sensitive, [False])
        table = np.concatenate(groups).T
        if place_sd_m:
            whole = np.empty_like(table)
            whole[order] = table
            table = blurred(whole, grid, place_sd_m)[order]
        self._place_m = RADIUS_SDS * place_sd_m
        self._groups: Masses = np.ascontiguousarray(table)
        """(cells, leaf zones + 2): each zone, none of them, any sensitive one."""
        xy_m = grid.xy_m[order]
        self._origin_m = xy_m.min(0)
        """Single precision holds millimetres only near the origin."""
        self._xy_m: Masses = (xy_m - self._origin_m).astype(np.float32)
        level_index = grid.level_index[order]
        self._cells_of = [
            np.flatnonzero(level_index == level) for level in range(len(floor_map.levels))
        ]
        self._cell_m = grid.cell_m

    def of(self, mass: Masses) -> list[Estimate]:
        """An estimate for each row of `mass` (tags, cells)."""
        on_level = np.column_stack([mass[:, cells].sum(1) for cells in self._cells_of])
        level = on_level.argmax(1)
        point_m = np.zeros((len(mass), 2), np.float32)
        radius_m = np.zeros(len(mass))
        for index in np.unique(level):
            rows = np.flatnonzero(level == index)
            cells = self._cells_of[index]
            here = mass[np.ix_(rows, cells)]
            here /= here.sum(1, keepdims=True)
            point_m[rows], radius_m[rows] = self._spot(here, self._xy_m[cells])
        p = mass @ self._groups
        zone = p[:, :-1].argmax(1)
        zone[zone == p.shape[1] - 2] = -1
        zone_p = np.where(zone < 0, 0.0, p[np.arange(len(mass)), zone])
        xy_m = point_m + self._origin_m
        at = self._floor_map.zone_at(xy_m[:, 0], xy_m[:, 1], level)
        columns = (
            *(xy_m[:, 0], xy_m[:, 1], np.hypot(radius_m, self._place_m), level),
            *(zone, zone_p, p[:, -1], self._sensitive[at]),
        )
        return [Estimate(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]

    def _spot(self, mass: Masses, xy_m: Masses) -> tuple[Masses, npt.NDArray[np.float64]]:
        """Points (tags, 2) and radii (tags,) of posteriors on one level."""
        point_m = mass @ xy_m
        far_m = apart_m(point_m, xy_m)
        nearest = far_m.argmin(1)
        off = far_m[np.arange(len(mass)), nearest] > OFF_FLOOR_CELLS * self._cell_m
        if off.any():
            point_m[off] = xy_m[nearest[off]]
            far_m[off] = apart_m(point_m[off], xy_m)
        return point_m, quantile_m(far_m, mass, self._cell_m / RINGS_PER_CELL)


def blurred(table: Masses, grid: FloorGrid, sd_m: float) -> Masses:
    """The mean of a table (cells, columns) around each cell, by a bell over the level's cells."""
    reach = int(np.ceil(BELL_SDS * sd_m / grid.cell_m))
    steps = np.arange(-reach, reach + 1)
    bell = np.exp(-0.5 * (steps * grid.cell_m / sd_m) ** 2).astype(np.float32)
    result = np.empty_like(table)
    for lattice in grid.lattices:
        there = lattice >= 0
        shape = (lattice.shape[0] + 2 * reach, lattice.shape[1] + 2 * reach, table.shape[1] + 1)
        picture = np.zeros(shape, np.float32)
        inside = picture[reach : shape[0] - reach, reach : shape[1] - reach]
        inside[there, :-1] = table[lattice[there]]
        inside[there, -1] = 1
        for axis in (0, 1):
            spread = np.zeros_like(picture)
            for step, share in zip(steps.tolist(), bell, strict=True):
                spread += share * np.roll(picture, step, axis)
            picture = spread
        inside = picture[reach : shape[0] - reach, reach : shape[1] - reach]
        result[lattice[there]] = inside[there, :-1] / inside[there, -1:]
    return result


def apart_m(point_m: Masses, xy_m: Masses) -> Masses:
    """(tags, cells) distances."""
    far_m = np.subtract.outer(point_m[:, 0], xy_m[:, 0])
    far_m *= far_m
    north_m = np.subtract.outer(point_m[:, 1], xy_m[:, 1])
    north_m *= north_m
    far_m += north_m
    result: Masses = np.sqrt(far_m, out=far_m)
    return result


def quantile_m(far_m: Masses, mass: Masses, ring_m: float) -> npt.NDArray[np.float64]:
    """The distance (tags,) within which RADIUS_SHARE of each row's mass lies."""
    row, cell = np.nonzero(mass > NEGLIGIBLE / mass.shape[1])
    ring = (far_m[row, cell] / np.float32(ring_m)).astype(np.int64)
    rings = int(ring.max()) + 1
    held = np.bincount(ring + row * rings, mass[row, cell], len(mass) * rings)
    held = held.reshape(len(mass), rings)
    inside = held.cumsum(1)
    wanted = RADIUS_SHARE * inside[:, -1]
    last = (inside < wanted[:, None]).sum(1)
    rows = np.arange(len(mass))
    share = (inside[rows, last] - wanted) / np.maximum(held[rows, last], 1e-12)
    radius: npt.NDArray[np.float64] = (last + 1 - share) * ring_m
    return radius

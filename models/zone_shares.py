"""The zone that a locator would name for a place and an error: its posterior's share, looked up.

A bell around the place, as wide as the error, over the cells of 1 m that one can walk on.
"""

from functools import lru_cache
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from store_maps.floor_map import FloorMap

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CELL_M: Final = 1.0
# Standard deviations on each axis that are kept ready; the nearest one answers.
SDS_M: Final = (0.7, 1.1, 1.6, 2.3, 3.2, 4.5)
# Maps in use at once: splits go store by store.
MAPS: Final = 8


class ZoneShares:
    """Tables of one map's first level.

    Args:
        floor_map: with leaf zones.
    """

    def __init__(self, floor_map: FloorMap) -> None:
        level = floor_map.levels[0]
        left, bottom, right, top = level.polygon.bounds
        self._corner_m = np.array([left, bottom])
        self._shape = int((top - bottom) / CELL_M) + 1, int((right - left) / CELL_M) + 1
        rows, columns = self._shape
        x, y = np.meshgrid(
            left + (np.arange(columns) + 0.5) * CELL_M, bottom + (np.arange(rows) + 0.5) * CELL_M
        )
        open_floor = shapely.contains_xy(floor_map.walkable_area(level.id), x, y)
        zone = np.where(open_floor, floor_map.zone_at(x, y, level.id), -2)
        self.ids: Final = tuple(leaf.id for leaf in floor_map.leaf_zones)
        layers = (zone == np.arange(-1, len(self.ids))[:, None, None]).astype(float)
        tables = [self._named(layers, sd_m) for sd_m in SDS_M]
        self._zone = np.stack([zone for zone, _ in tables])
        self._p = np.stack([p for _, p in tables])

    def _named(self, layers: Floats, sd_m: float) -> tuple[Ints, Floats]:
        """For each cell the likeliest zone, -1 for none, and its probability."""
        down, across = (_bells(count, sd_m / CELL_M) for count in self._shape)
        held = down @ layers @ across
        share = held / np.maximum(held.sum(axis=0), 1e-12)
        best = share.argmax(axis=0)
        return best - 1, np.where(best > 0, share.max(axis=0), 0.0)

    def at(self, xy_m: Floats, sd_m: Floats) -> tuple[Ints, Floats]:
        """Positions in `ids` (n,), -1 for none, and probabilities (n,)."""
        cells = ((xy_m - self._corner_m) / CELL_M).astype(np.int64)
        rows, columns = self._shape
        row, column = np.clip(cells[:, 1], 0, rows - 1), np.clip(cells[:, 0], 0, columns - 1)
        middles = np.sqrt(np.array(SDS_M[1:]) * np.array(SDS_M[:-1]))
        which = np.searchsorted(middles, sd_m)
        return self._zone[which, row, column], self._p[which, row, column]


def _bells(count: int, sd: float) -> Floats:
    """(count, count) weights of each place for each."""
    apart = np.subtract.outer(np.arange(count), np.arange(count)) / sd
    return np.asarray(np.exp(-0.5 * apart**2))


@lru_cache(MAPS)
def zone_shares(floor_map: FloorMap) -> ZoneShares:
    """The tables of a map, made once."""
    return ZoneShares(floor_map)

"""Seeded walks over all of a floor: from shelf to shelf, and never through a wall.

`store_maps.shoppers` shops: it queues at tills and leaves corners out. Who wants to know what a
locator is worth everywhere sends people everywhere.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from store_maps.floor_grid import FloorGrid, barriers_of
from store_maps.floor_map import FloorMap
from store_maps.track import Track

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# Shoppers move from one shelf section (1 to 1.3 m wide) to the next and look for some seconds.
# With these two they cover 0.25 m/s on the whole, which is what `store_maps.shoppers` does over a
# visit (0.26); 3 m and 6 s, the same pace, change what the office's walks would predict by 3 %.
LEG_MAX_M: Final = 2.0
LOOK_S: Final = 4.0
# Places tried for the next leg; the one where the fewest were so far is taken.
TRIES: Final = 16


class Strolls:
    """Walks that together visit all cells of a grid; each stays on its level."""

    def __init__(self, floor_map: FloorMap, grid: FloorGrid, seed: int) -> None:
        self._grid = grid
        self._rng = np.random.default_rng(seed)
        self._visits = np.zeros(grid.cells_count)
        self._barriers = [
            shapely.STRtree(shapely.linestrings(barriers_of(floor_map, level.id)))
            for level in floor_map.levels
        ]

    def take(self, count: int, seconds: float) -> list[Track]:
        """`count` walks from time 0 to `seconds`, begun evenly over the floor."""
        cells = self._grid.cells_count
        first = (np.arange(count) + self._rng.random(count)) / count * cells
        return [self._stroll(int(cell), seconds) for cell in first]

    def _stroll(self, cell: int, seconds: float) -> Track:
        level = int(self._grid.level_index[cell])
        track = Track(0.0, np.array([*self._grid.xy_m[cell], level]), self._rng)
        while track.end_s < seconds:
            around = self._grid.neighbours[cell]
            beside = around[around >= 0]
            track.stay(self._rng.exponential(LOOK_S), self._grid.xy_m[beside])
            cell = self._next(cell, beside)
            track.walk(np.array([[*self._grid.xy_m[cell], level]]))
        return track

    def _next(self, cell: int, beside: npt.NDArray[np.int32]) -> int:
        """A cell in sight of this one, rather where few have been; a step aside where none is."""
        tries = self._in_sight(cell)
        if not len(tries):
            return int(self._rng.choice(beside)) if len(beside) else cell
        wanted = self._visits[tries] + self._rng.random(len(tries))
        chosen = int(tries[wanted.argmin()])
        self._visits[chosen] += 1
        around = self._grid.neighbours[chosen]
        self._visits[around[around >= 0]] += 1
        return chosen

    def _in_sight(self, cell: int) -> Indices:
        """Some of the cells that a straight line leads to."""
        grid = self._grid
        level = int(grid.level_index[cell])
        here_m = grid.xy_m[cell]
        angle = self._rng.uniform(0, 2 * np.pi, TRIES)
        far_m = LEG_MAX_M * np.sqrt(self._rng.random(TRIES))
        there_m = here_m + far_m[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        found = np.unique(grid.cell_at(there_m[:, 0], there_m[:, 1], level, within_m=grid.cell_m))
        tries = found[(found >= 0) & (found != cell)].astype(np.int64)
        lines = np.stack([np.broadcast_to(here_m, (len(tries), 2)), grid.xy_m[tries]], 1)
        hit, _ = self._barriers[level].query(shapely.linestrings(lines), predicate="intersects")
        return np.delete(tries, hit)

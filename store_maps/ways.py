"""Ways on foot from place to place, each worked out once: distances, and the lines people walk."""

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from store_maps.floor_grid import FloorGrid, barriers_of
from store_maps.floor_map import FloorMap
from store_maps.walking import Walking
from store_maps.way import Way

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# People keep their shoulders off the shelves where there is room.
SHOULDER_M: Final = 0.2
# Of the cells ahead on a way, so many of the nearest and then every third are tried for a straight
# line: nobody rounds a corner to the half metre, and it halves the time.
SEEN_NEAR: Final = 6
SEEN_EVERY: Final = 3
# Fields are computed together while they hold no more than so many cells: ten times as fast as one
# by one in a drawn store; a mall, where most would not be asked for, does a few at a time.
FIELDS_CELLS: Final = 200_000
# Ways kept, at about 2 kB each; a store of 70 shelves has as many, a mall begins anew now and then.
WAYS_MAX: Final = 5_000


class Ways:
    """The ways of one map.

    Args:
        floor_map: gives what is in the way.
        grid: of that map.
    """

    def __init__(self, floor_map: FloorMap, grid: FloorGrid) -> None:
        self._grid = grid
        self._walking = Walking(grid)
        self._fields: dict[int, Floats] = {}
        self._unasked: list[int] = []
        """Places whose fields are not known yet."""
        self._ways: dict[tuple[int, int], Way] = {}
        self._barriers = [
            shapely.STRtree(shapely.linestrings(barriers_of(floor_map, level.id)))
            for level in floor_map.levels
        ]
        self._cramped = self._without_room()

    def expect(self, cells: list[int]) -> None:
        """Fields of these will be asked for."""
        self._unasked = [cell for cell in dict.fromkeys(cells) if cell not in self._fields]

    def field(self, cell: int) -> Floats:
        """Walking metres from each cell to `cell`; computed once, with those of some spots."""
        if cell not in self._fields:
            count = max(1, FIELDS_CELLS // self._grid.cells_count)
            wanted = [cell, *(spot for spot in self._unasked if spot != cell)][:count]
            self._fields.update(zip(wanted, self._walking.fields(wanted), strict=True))
            self._unasked = [spot for spot in self._unasked if spot not in self._fields]
        return self._fields[cell]

    def between(self, from_cell: int, to_cell: int) -> Way:
        """A walk, shortened as people do."""
        if (from_cell, to_cell) not in self._ways:
            cells = np.array(self._grid.descend(from_cell, self.field(to_cell)))
            levels = self._grid.level_index[cells]
            runs = np.split(cells, np.flatnonzero(np.diff(levels)) + 1)
            corners = np.concatenate([self._pulled(run) for run in runs])
            if len(self._ways) >= WAYS_MAX:
                self._ways.clear()
            self._ways[from_cell, to_cell] = Way.along(corners)
        return self._ways[from_cell, to_cell]

    def _pulled(self, cells: npt.NDArray[np.int32]) -> Floats:
        """The corners of a walk on one level: each time as far ahead as one can see."""
        level = int(self._grid.level_index[cells[0]])
        xy_m = self._grid.xy_m[cells]
        roomy = ~self._cramped[cells]
        kept = [0]
        while kept[-1] < len(cells) - 1:
            kept.append(self._farthest(level, xy_m, roomy, kept[-1]))
        corners = np.empty((len(kept), 3))
        corners[:, :2] = xy_m[kept]
        corners[:, 2] = level
        return corners

    def _farthest(self, level: int, xy_m: Floats, roomy: Flags, here: int) -> int:
        """How far along a way (n, 2) a straight line leads."""
        last = len(xy_m) - 1
        if not roomy[here]:
            return here + 1
        if self._clear(level, xy_m[here], xy_m[last:], roomy[last:])[0]:
            return last
        ahead = np.arange(here + 1, last)
        ahead = np.concatenate([ahead[:SEEN_NEAR], ahead[SEEN_NEAR::SEEN_EVERY]])
        clear = self._clear(level, xy_m[here], xy_m[ahead], roomy[ahead])
        return here + 1 if not clear.any() else int(ahead[np.flatnonzero(clear)[-1]])

    def _clear(self, level: int, here_m: Floats, ahead_m: Floats, roomy: Flags) -> Flags:
        """To which of the places (n, 2) a straight line leads, of those with room at both ends."""
        clear = roomy.copy()
        if roomy.any():
            tried = np.flatnonzero(roomy)
            lines = np.empty((len(tried), 2, 2))
            lines[:, 0] = here_m
            lines[:, 1] = ahead_m[tried]
            near, _ = self._barriers[level].query(
                shapely.linestrings(lines), predicate="dwithin", distance=SHOULDER_M
            )
            clear[tried[near]] = False
        return clear

    def _without_room(self) -> Flags:
        """Cells (n,) so close to a shelf or wall that no straight line to them is clear."""
        result = np.zeros(self._grid.cells_count, bool)
        for level, barriers in enumerate(self._barriers):
            here = np.flatnonzero(self._grid.level_index == level)
            near, _ = barriers.query(
                shapely.points(self._grid.xy_m[here]), predicate="dwithin", distance=SHOULDER_M
            )
            result[here[near]] = True
        return result

"""How well each cell can be told from its neighbours: Cramer and Rao's bound, in a moment.

(Patwari et al., IEEE Signal Processing Magazine 22(4), 2005, "Cooperative localization bounds".)
The steeper the expected RSSI of many anchors changes, and in the more directions, the less room is
left; what earlier seconds knew is added as the filter does, blurred by a step. A tag's own offset
is taken as learnt. The bound ranks places for anchors; it is no prediction, for it knows neither of
far places that look alike nor of errors that repeat.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from edge_agent.locator import DEFAULT
from edge_agent.possible_air import PACKETS_PER_S, received_p
from store_maps.floor_grid import FloorGrid

Floats = npt.NDArray[np.float64]

# A shadow's edge between two cells is no slope to steer by: 1.5 m beside an anchor, the law
# changes by 4 dB/m, and nowhere faster on a floor.
SLOPE_MAX_DB_PER_M: Final = 4.0
# With nothing heard, a tag is anywhere within this of where it was believed: a department.
LOST_M: Final = 10.0
# Columns of `FloorGrid.neighbours` to east, north, west and south.
EAST, NORTH, WEST, SOUTH = 0, 1, 2, 3


class ErrorBound:
    """What anchors tell at each cell, to which one more can be added."""

    def __init__(self, grid: FloorGrid, expected_dbm: Floats, sd_db: Floats) -> None:
        """`expected_dbm` and `sd_db` of a second's mean are (anchors, cells)."""
        self._grid = grid
        self._told = np.zeros((3, grid.cells_count))
        """xx, xy and yy of the Fisher information."""
        for expected, sd in zip(expected_dbm, sd_db, strict=True):
            self._told += self.told(expected, sd)

    def told(self, expected_dbm: Floats, sd_db: Floats) -> Floats:
        """(3, cells) what one anchor tells."""
        x, y = slopes(self._grid, expected_dbm)
        heard = np.minimum(1.0, PACKETS_PER_S * received_p(expected_dbm)) / sd_db**2
        return np.stack([x * x, x * y, y * y]) * heard

    def error_m(self, more: Floats | float = 0.0) -> Floats:
        """(cells,) the bound with `more` told, as `told` gives it."""
        xx, xy, yy = self._told + more
        middle = (xx + yy) / 2
        apart = np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
        square_m = settled(middle + apart) + settled(np.maximum(middle - apart, 0.0))
        return np.asarray(np.sqrt(square_m), float)


def settled(information: Floats) -> Floats:
    """The variance along one axis after many seconds: p where 1 / p = 1 / (p + step) + told."""
    told = information + 1 / LOST_M**2
    step = DEFAULT.walk_sd_m**2
    return np.asarray((np.sqrt(step**2 + 4 * step / told) - step) / 2, float)


def slopes(grid: FloorGrid, expected_dbm: Floats) -> tuple[Floats, Floats]:
    """(cells,) dB a metre to east and to north, over the steps that are open."""
    east, north = (
        slope(grid, expected_dbm, ahead, behind) for ahead, behind in ((EAST, WEST), (NORTH, SOUTH))
    )
    steep = np.maximum(np.hypot(east, north) / SLOPE_MAX_DB_PER_M, 1.0)
    return east / steep, north / steep


def slope(grid: FloorGrid, expected_dbm: Floats, ahead: int, behind: int) -> Floats:
    """(cells,) dB a metre along one axis; 0 where both ways are closed."""
    cells = np.arange(grid.cells_count)
    to, back = grid.neighbours[:, ahead], grid.neighbours[:, behind]
    first, last = np.where(back >= 0, back, cells), np.where(to >= 0, to, cells)
    steps = (to >= 0).astype(float) + (back >= 0)
    rise = expected_dbm[last] - expected_dbm[first]
    return np.asarray(rise / np.maximum(steps, 1.0) / grid.cell_m, float)

"""How far it is on foot from everywhere to a few places, for many places at once."""

import numpy as np
import numpy.typing as npt

from store_maps.floor_grid import DIRECTIONS, FloorGrid

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


class Walking:
    """Walking distances on one grid.

    The fields are those of `FloorGrid.distance_from`. For many places they cost a fifth: all are
    swept together, ring by ring, each as wide as the shortest step, so that whatever is reached
    inside a ring stays (delta-stepping: Meyer and Sanders, J. Algorithms 49, 2003).
    """

    def __init__(self, grid: FloorGrid) -> None:
        self._cells_count = grid.cells_count
        self._ring_m = grid.cell_m
        self._steps = [*straight_steps(grid), *connector_steps(grid)]

    def fields(self, places: list[int]) -> Floats:
        """(places, cells) walking metres from each cell to each place, inf where no way leads."""
        count = self._cells_count
        far_m = np.full(len(places) * count, np.inf)
        seen = np.empty(len(far_m), np.int64)
        waiting = np.arange(len(places)) * count + np.array(places, np.int64)
        far_m[waiting] = 0.0
        ring = 0
        while len(waiting):
            ring += 1
            is_inside = far_m[waiting] < ring * self._ring_m
            here = waiting[is_inside]
            order = np.arange(len(here))
            seen[here] = order
            here = here[seen[here] == order]
            waiting = np.concatenate([waiting[~is_inside], *self._reached(here, far_m)])
        return far_m.reshape(len(places), count)

    def _reached(self, here: Indices, far_m: Floats) -> list[Indices]:
        """The (place, cell) pairs that come nearer by each kind of step from these."""
        cell = here % self._cells_count
        here_m = far_m[here]
        result: list[Indices] = []
        for onward, length_m in self._steps:
            step = onward[cell]
            there, would_m = here + step, here_m + length_m
            nearer = (step != 0) & (would_m < far_m[there])
            there = there[nearer]
            far_m[there] = would_m[nearer]
            result.append(there)
        return result


def straight_steps(grid: FloorGrid) -> list[tuple[Indices, float]]:
    """For each direction (cells,) by how much the cell's number changes, 0 where none is there."""
    numbers = np.arange(grid.cells_count)
    steps = np.where(grid.neighbours >= 0, grid.neighbours - numbers[:, None], 0)
    lengths_m = [grid.cell_m * float(np.hypot(*step)) for step in DIRECTIONS]
    return list(zip(np.ascontiguousarray(steps.T), lengths_m, strict=True))


def connector_steps(grid: FloorGrid) -> list[tuple[Indices, float]]:
    """The same for each connector."""
    result: list[tuple[Indices, float]] = []
    links = grid.connector_links.tolist()
    for (one, other), length_m in zip(links, grid.connector_m.tolist(), strict=True):
        step = np.zeros(grid.cells_count, np.int64)
        step[one], step[other] = other - one, one - other
        result.append((step, length_m))
    return result

"""How tags may have moved in one second: a wall-aware random walk over a grid's cells."""

from typing import Final

import numpy as np
import numpy.typing as npt

from store_maps.floor_grid import FloorGrid
from store_maps.step_matrix import StepMatrix

Masses = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

# Cells of one block lie in a square of this many cells a side. One dense product for each block
# is the fastest NumPy has: 8 makes blocks large enough for BLAS and reaches little beyond them
# (measured on 4,000 cells x 500 columns: 4 costs 1.2 times as much, 16 1.4 times).
BLOCK_CELLS: Final = 8
# A source that gives no cell of a block more than this is left out of the block's product: the
# corners of a square reach, five standard deviations away. The mass still keeps to 1e-4.
SHARE_MIN: Final = 1e-5


class Block:
    """The cells `first` to `end` of the working order, and the cells they can be reached from."""

    def __init__(self, first: int, sources: Indices, shares: Masses) -> None:
        self.first = first
        self.end = first + shares.shape[1]
        self.sources = sources
        self.shares = shares
        """(sources, cells of the block)."""


class Motion:
    """One second of walking, for any number of posteriors at once.

    Cells are kept in an order of its own in which blocks are contiguous: `order[i]` is the grid's
    cell at working place i. Everything that meets a mass of this class uses that order.
    """

    def __init__(self, grid: FloorGrid, sd_m: float, leak: float) -> None:
        """Prepare the blocks; memory about 1 kB a cell.

        Args:
            grid: the walkable cells.
            sd_m: standard deviation of one second's walk along each axis on an open floor.
            leak: share of the mass that is spread over all cells each second.
        """
        step = grid.step_matrix(sd_m, 0.0)
        groups = grouped(grid)
        self.order: Indices = np.concatenate(groups)
        self._leak = np.float32(leak)
        self._blocks: list[Block] = []
        place = np.empty(len(self.order), np.int64)
        place[self.order] = np.arange(len(self.order))
        first = 0
        for cells in groups:
            sources, shares = reached(step, cells)
            kept = shares.max(1) > SHARE_MIN
            where = np.argsort(place[sources[kept]])
            sorted_sources = place[sources[kept]][where]
            self._blocks.append(
                Block(first, sorted_sources, np.ascontiguousarray(shares[kept][where]))
            )
            first += len(cells)

    def apply(self, mass: Masses) -> Masses:
        """The mass (columns, cells) one second later; each column keeps its sum to 1e-4."""
        result = np.empty_like(mass)
        for block in self._blocks:
            near = mass.take(block.sources, axis=1)
            result[:, block.first : block.end] = near @ block.shares
        total = mass.sum(1, keepdims=True)
        result *= 1 - self._leak
        result += total * (self._leak / mass.shape[1])
        return result


def grouped(grid: FloorGrid) -> list[Indices]:
    """The grid's cells by square block, level by level."""
    corner_m = grid.xy_m.min(0) - grid.cell_m / 2
    square = np.floor((grid.xy_m - corner_m) / (BLOCK_CELLS * grid.cell_m)).astype(np.int64)
    keys = np.column_stack([grid.level_index, square[:, 1], square[:, 0]])
    _, group = np.unique(keys, axis=0, return_inverse=True)
    by_group = np.argsort(group, kind="stable")
    return np.split(by_group, np.flatnonzero(np.diff(group[by_group])) + 1)


def reached(step: StepMatrix, cells: Indices) -> tuple[Indices, Masses]:
    """The cells within one step of `cells`, and what share each gives to each, (sources, cells).

    The step is symmetric, so a mass let loose in each of `cells` shows where theirs comes from.
    """
    closed = len(step.neighbours)
    sources = cells
    for _ in range(step.substeps_count):
        every = np.union1d(sources, step.neighbours[sources])
        sources = every[every < closed]
    local = np.full(closed + 1, len(sources), np.int64)
    local[sources] = np.arange(len(sources))
    neighbours = local[step.neighbours[sources]]
    shares = np.zeros((len(sources) + 1, len(cells)), np.float32)
    shares[local[cells], np.arange(len(cells))] = 1.0
    for _ in range(step.substeps_count):
        moved = shares[:-1] * step.stay[sources]
        for column, share in enumerate(step.shares):
            moved += share * shares[neighbours[:, column]]
        shares[:-1] = moved
    return sources, shares[:-1]

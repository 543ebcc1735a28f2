"""The floor in square blocks, and which of them are looked at cell by cell."""

from typing import Final

import numpy as np
import numpy.typing as npt

from store_maps.floor_grid import FloorGrid

Masses = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

# Cells of one block lie in a square of this many cells a side. One dense product for each block
# is the fastest NumPy has.
BLOCK_CELLS: Final = 8
# A block with less than this share of what the likeliest has is looked at in its middle only: it is
# what leaked there. Where a reading fits that, its cells are looked at from the next second on.
LOOKED_AT_MIN: Final = 3e-4


class Blocks:
    """The working order of cells, in which blocks are contiguous.

    `order[i]` is the grid's cell at working place i; everything that meets a posterior uses it.
    """

    def __init__(self, grid: FloorGrid) -> None:
        self.groups = grouped(grid)
        """The grid's cells of each block."""
        self.order: Indices = np.concatenate(self.groups)
        sizes = [len(cells) for cells in self.groups]
        self.firsts: Indices = np.cumsum([0, *sizes[:-1]])
        self.places = np.split(np.arange(len(self.order)), self.firsts[1:])
        """Working places of each block."""
        middles = [middle(grid, cells) for cells in self.groups]
        self.middles: Indices = self.firsts + np.array(middles)
        self.of_place: Indices = np.repeat(np.arange(len(sizes)), sizes)


class Focus:
    """The cells that stand for all: each of a block with mass, and the middle of every other."""

    def __init__(self, blocks: Blocks, place: Masses) -> None:
        """Look at a posterior (cells,)."""
        held = np.add.reduceat(place, blocks.firsts)
        near = held > LOOKED_AT_MIN * held.max()
        near_cells = [blocks.places[number] for number in np.flatnonzero(near)]
        self._blocks = blocks
        self._far: Indices = np.flatnonzero(~near)
        self._near_cells: Indices = np.concatenate(near_cells)
        self.cells: Indices = np.concatenate([self._near_cells, blocks.middles[self._far]])
        """Working places, in no order."""

    def spread(self, values: Masses) -> Masses:
        """To every cell (cells,), what was found in `self.cells`: its own, or its block's."""
        count = len(self._near_cells)
        by_block = np.zeros(len(self._blocks.groups), np.float32)
        by_block[self._far] = values[count:]
        result = by_block.take(self._blocks.of_place)
        result[self._near_cells] = values[:count]
        return result


def grouped(grid: FloorGrid) -> list[Indices]:
    """The grid's cells by square block, level by level."""
    corner_m = grid.xy_m.min(0) - grid.cell_m / 2
    square = np.floor((grid.xy_m - corner_m) / (BLOCK_CELLS * grid.cell_m)).astype(np.int64)
    keys = np.column_stack([grid.level_index, square[:, 1], square[:, 0]])
    _, group = np.unique(keys, axis=0, return_inverse=True)
    by_group = np.argsort(group, kind="stable")
    return np.split(by_group, np.flatnonzero(np.diff(group[by_group])) + 1)


def middle(grid: FloorGrid, cells: Indices) -> int:
    """Which of a block's cells is nearest to their mean."""
    xy_m = grid.xy_m[cells]
    return int(((xy_m - xy_m.mean(0)) ** 2).sum(1).argmin())

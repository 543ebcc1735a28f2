"""How tags may have moved in one second: wall-aware random walks over a grid, one a pace."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from edge_agent.blocks import Blocks
from store_maps.floor_grid import FloorGrid
from store_maps.step_matrix import StepMatrix

Masses = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


# A cell that gets no more than this from any of a block's is left out: the corners of a square
# reach. What it would have got stays with the others.
SHARE_MIN: Final = 1e-4
# A block with less than this share of a posterior does not move: it is what leaked there.
ASLEEP: Final = 1e-4


class Block:
    """The cells `first` to `end` of the working order, and the cells that they can reach."""

    def __init__(self, first: int, targets: Indices, shares: Masses) -> None:
        self.first = first
        self.end = first + shares.shape[0]
        self.targets = targets
        self.shares = shares
        """(cells of the block, targets)."""


class Motion:
    """One second of walking, for any number of posteriors at once, in the order of its blocks."""

    def __init__(self, grid: FloorGrid, sds_m: Sequence[float], leak: float) -> None:
        """Prepare the blocks of each pace.

        Args:
            grid: the walkable cells.
            sds_m: of each pace, the standard deviation of one second's walk along each axis on an
                open floor.
            leak: share of the mass that is spread over all cells each second.
        """
        self.blocks = Blocks(grid)
        self.order = self.blocks.order
        self._leak = np.float32(leak)
        place = np.empty(len(self.order), np.int64)
        place[self.order] = np.arange(len(self.order))
        self._blocks: list[list[Block]] = []
        for sd_m in sds_m:
            step = grid.step_matrix(sd_m, 0.0)
            pairs = zip(self.blocks.firsts.tolist(), self.blocks.groups, strict=True)
            self._blocks.append([block(step, first, cells, place) for first, cells in pairs])

    def apply(self, mass: Masses, pace: int) -> Masses:
        """The mass (columns, cells) one second later; each column keeps its sum to 1e-4."""
        held = np.add.reduceat(mass, self.blocks.firsts, axis=1)
        total = held.sum(1, keepdims=True)
        awake = held > ASLEEP * total
        result = np.array(mass, order="C")
        moving = [
            (block, np.flatnonzero(awake[:, number]))
            for number, block in enumerate(self._blocks[pace])
        ]
        for block, rows in moving:
            result[rows, block.first : block.end] = 0
        # Places in the flat result: adding there takes a third of what rows and targets take.
        flat = result.reshape(-1)
        for block, rows in moving:
            if len(rows):
                moved = mass[rows, block.first : block.end] @ block.shares
                where = (rows * mass.shape[1])[:, None] + block.targets
                np.add.at(flat, where.reshape(-1), moved.reshape(-1))
        result *= 1 - self._leak
        result += total * (self._leak / mass.shape[1])
        return result


def block(step: StepMatrix, first: int, cells: Indices, place: Indices) -> Block:
    """The block of `cells`, in working places."""
    targets, shares = reached(step, cells)
    kept = shares.max(1) > SHARE_MIN
    where = np.argsort(place[targets[kept]])
    given = shares[kept][where].T
    return Block(
        first,
        place[targets[kept]][where],
        np.ascontiguousarray(given / given.sum(1, keepdims=True)),
    )


def reached(step: StepMatrix, cells: Indices) -> tuple[Indices, Masses]:
    """The cells within one step of `cells`, and what share each gets from each, (targets, cells).

    The step is symmetric, so it is also what each gives to each.
    """
    closed = len(step.neighbours)
    is_near = np.zeros(closed + 1, bool)
    is_near[cells] = True
    for _ in range(step.substeps_count):
        is_near[step.neighbours[is_near[:-1]]] = True
    targets = np.flatnonzero(is_near[:-1])
    local = np.full(closed + 1, len(targets), np.int64)
    local[targets] = np.arange(len(targets))
    neighbours = local[step.neighbours[targets]].T
    stay = step.stay[targets]
    shares = np.zeros((len(targets) + 1, len(cells)), np.float32)
    shares[local[cells], np.arange(len(cells))] = 1.0
    for _ in range(step.substeps_count):
        moved = shares[:-1] * stay
        for column, share in zip(neighbours, step.shares, strict=True):
            moved += share * shares.take(column, 0)
        shares[:-1] = moved
    return targets, shares[:-1]

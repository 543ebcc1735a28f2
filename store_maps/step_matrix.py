"""One random step of a person on the grid, which no wall or shelf lets through."""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

Masses = npt.NDArray[np.float32]
Cells = npt.NDArray[np.int32]

STRAIGHT_COUNT: Final = 4
# Shares of a cell's mass in one sub-step: a diagonal gets a quarter of a straight one, which makes
# the walk round (9-point stencil); 0.16 keeps 0.2 of the mass at home, so nothing alternates.
STRAIGHT_SHARE_MAX: Final = 0.16
DIAGONAL_PER_STRAIGHT: Final = 0.25
# Variance per axis of one sub-step in cells squared, for each unit of a straight share.
VARIANCE_PER_SHARE: Final = 2 + 4 * DIAGONAL_PER_STRAIGHT


class StepMatrix(msgspec.Struct, frozen=True, eq=False):
    """A symmetric matrix, kept as repeated exchanges between neighbours."""

    neighbours: Cells
    """(cells, m); where there is no way, the index of an empty row past the last cell."""
    shares: Masses
    """(m,) of a cell's mass that goes to each open neighbour in one sub-step."""
    stay: Masses
    """(cells, 1) that stays: what has no open way, and the rest."""
    substeps_count: int
    leak: float

    def apply(self, mass: Masses) -> Masses:
        """The mass (cells, n) after one step; each column keeps its sum."""
        total = mass.sum(0, keepdims=True, dtype=np.float64)
        padded = np.zeros((len(mass) + 1, mass.shape[1]), np.float32)
        padded[:-1] = mass
        for _ in range(self.substeps_count):
            moved = padded[:-1] * self.stay
            for column, share in enumerate(self.shares):
                moved += share * padded[self.neighbours[:, column]]
            padded[:-1] = moved
        result = padded[:-1] * np.float32(1 - self.leak)
        result += (total * (self.leak / len(mass))).astype(np.float32)
        return result


def step_matrix(neighbours: Cells, links: Cells, sd_cells: float, leak: float) -> StepMatrix:
    """The step of a standard deviation of `sd_cells` cells along each axis.

    Args:
        neighbours: (cells, 8), straight ones first, -1 where there is no way.
        links: (k, 2) cells of different levels that a connector joins.
        sd_cells: on an open floor.
        leak: share of the mass spread over all cells, so that no place is ever impossible.
    """
    cells_count = len(neighbours)
    substeps = max(1, int(np.ceil(sd_cells**2 / (VARIANCE_PER_SHARE * STRAIGHT_SHARE_MAX))))
    straight = sd_cells**2 / substeps / VARIANCE_PER_SHARE
    every = np.concatenate([neighbours, link_columns(links, cells_count)], 1)
    shares = np.full(every.shape[1], straight * DIAGONAL_PER_STRAIGHT, np.float32)
    shares[:STRAIGHT_COUNT] = straight
    stay = 1 - (every >= 0).astype(np.float32) @ shares
    closed = np.where(every < 0, cells_count, every).astype(np.int32)
    return StepMatrix(closed, shares, stay[:, None], substeps, leak)


def link_columns(links: Cells, cells_count: int) -> Cells:
    """A column of neighbours for each link, so that a cell may end several."""
    columns = np.full((cells_count, len(links)), -1, np.int32)
    for column, (one, other) in enumerate(links):
        columns[one, column] = other
        columns[other, column] = one
    return columns

"""What is known of a second once the next few are known, too: fixed-lag smoothing."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from edge_agent.motion import Motion

Masses = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

# Cells with less than this share of the likeliest's are not kept: what leaked there. None to 1e-3
# tell the same of office and simulated store; a lag costs half of what it does with all of them.
KEPT_MIN: Final = 1e-3
# A pace less probable than this is left out of the way back.
PACE_MIN: Final = 0.02


class Second:
    """One second of a track, offsets and paces summed out, where the tag may have been."""

    def __init__(self, predicted: Masses, filtered: Masses, pace_weight: Floats) -> None:
        """Posteriors (cells,) before and after the second's evidence, and how it moved (paces,)."""
        self.pace_weight = pace_weight
        self._cells_count = len(filtered)
        self._cells = np.flatnonzero(filtered > KEPT_MIN * filtered.max()).astype(np.int32)
        self._predicted = predicted[self._cells]
        self._filtered = filtered[self._cells]

    @property
    def filtered(self) -> Masses:
        """(cells,) after the second's evidence."""
        return self._whole(self._filtered)

    def unlike(self, mass: Masses) -> Masses:
        """By `mass` over what it was before the evidence, (cells,)."""
        return self._whole(mass[self._cells] / self._predicted)

    def _whole(self, values: Masses) -> Masses:
        result = np.zeros(self._cells_count, np.float32)
        result[self._cells] = values
        return result


class History:
    """One track's last seconds: as many as the lag asks for, and no more."""

    def __init__(self, lag_s: int) -> None:
        self._lag_s = lag_s
        self._seconds: dict[int, Second] = {}
        self.newest = 0

    def add(self, second: int, what: Second) -> None:
        """Append a second."""
        self._seconds[second] = what
        self._seconds.pop(second - self._lag_s - 1, None)
        self.newest = second

    def at(self, second: int) -> Second:
        """That second; KeyError where it is not held."""
        return self._seconds[second]


def smoothed(histories: Sequence[History], due: int, motion: Motion) -> Masses:
    """The posteriors (tracks, cells) of second `due`, given all that is known after it.

    The backward recursion of Rauch, Tung and Striebel on a grid (Saerkkae, Bayesian Filtering and
    Smoothing, eq. 8.2): s_t = f_t x M^T (s_t+1 / M f_t); the walk is symmetric, so M^T = M. A
    track's M is the mean of its paces' walks.
    """
    mass = np.stack([history.at(history.newest).filtered for history in histories])
    newest = np.array([history.newest for history in histories])
    for second in range(int(newest.max()), due, -1):
        rows = np.flatnonzero(newest >= second)
        here = [histories[int(row)].at(second) for row in rows]
        before = np.stack([histories[int(row)].at(second - 1).filtered for row in rows])
        ratio = np.stack([each.unlike(mass[row]) for each, row in zip(here, rows, strict=True)])
        before *= backwards(ratio, np.stack([each.pace_weight for each in here]), motion)
        mass[rows] = before / before.sum(1, keepdims=True)
    return mass


def backwards(ratio: Masses, pace_weight: Floats, motion: Motion) -> Masses:
    """The ratios (tracks, cells) one second earlier, each pace by its weight (tracks, paces)."""
    result = np.zeros_like(ratio)
    for pace, weight in enumerate(pace_weight.T):
        rows = np.flatnonzero(weight > PACE_MIN)
        result[rows] += motion.apply(ratio[rows], pace) * weight[rows, None].astype(np.float32)
    return result

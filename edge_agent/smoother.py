"""What is known of a second once the next few are known, too: fixed-lag smoothing."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edge_agent.motion import Motion

Masses = npt.NDArray[np.float32]

# Below the leak's share of a cell by far: it only keeps 0 / 0 out.
TINY = np.float32(1e-30)


class History:
    """One track's last seconds, offsets summed out: as predicted, and with the second's evidence.

    As many as the lag asks for, and no more, are kept.
    """

    def __init__(self, lag_s: int) -> None:
        self._lag_s = lag_s
        self._seconds: dict[int, tuple[Masses, Masses]] = {}
        self.newest = 0

    def add(self, second: int, predicted: Masses, filtered: Masses) -> None:
        """Append a second; (cells,) each."""
        self._seconds[second] = (predicted, filtered)
        self._seconds.pop(second - self._lag_s - 1, None)
        self.newest = second

    def predicted(self, second: int) -> Masses:
        """The posterior before that second's evidence."""
        return self._seconds[second][0]

    def filtered(self, second: int) -> Masses:
        """The posterior after that second's evidence."""
        return self._seconds[second][1]


def smoothed(histories: Sequence[History], due: int, motion: Motion) -> Masses:
    """The posteriors (tracks, cells) of second `due`, given all that is known after it.

    The backward recursion of Rauch, Tung and Striebel on a grid (Saerkkae, Bayesian Filtering and
    Smoothing, eq. 8.2): s_t = f_t x M^T (s_t+1 / M f_t); the walk is symmetric, so M^T = M.
    """
    mass = np.stack([history.filtered(history.newest) for history in histories])
    newest = np.array([history.newest for history in histories])
    for second in range(int(newest.max()), due, -1):
        rows = np.flatnonzero(newest >= second)
        later = [histories[int(row)] for row in rows]
        predicted = np.stack([history.predicted(second) for history in later])
        before = np.stack([history.filtered(second - 1) for history in later])
        ratio = np.asarray(mass[rows] / np.maximum(predicted, TINY), np.float32)
        before *= motion.apply(ratio)
        mass[rows] = before / before.sum(1, keepdims=True)
    return mass

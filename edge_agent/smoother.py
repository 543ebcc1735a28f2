"""What is known of a second once the next few are known, too: fixed-lag smoothing."""

from collections import deque

import numpy as np
import numpy.typing as npt

from edge_agent.motion import Motion

Masses = npt.NDArray[np.float32]

# Below the leak's share of a cell by far: it only keeps 0 / 0 out.
TINY = np.float32(1e-30)


class History:
    """One track's last seconds, offsets summed out: as predicted, and with the second's evidence.

    The backward recursion of Rauch, Tung and Striebel on a grid (Saerkkae, Bayesian Filtering and
    Smoothing, eq. 8.2): s_t = f_t x M^T (s_t+1 / M f_t); the walk is symmetric, so M^T = M.
    """

    def __init__(self, lag_s: int) -> None:
        self._seconds: deque[tuple[int, Masses, Masses]] = deque(maxlen=lag_s + 1)

    def add(self, second: int, predicted: Masses, filtered: Masses) -> None:
        """Append a second; (cells,) each."""
        self._seconds.append((second, predicted, filtered))

    def smoothed(self, second: int, motion: Motion) -> Masses:
        """The posterior (cells,) of a second still held, given all that are held after it."""
        newest = len(self._seconds) - 1
        _, predicted, mass = self._seconds[newest]
        while self._seconds[newest][0] > second:
            newest -= 1
            ratio: Masses = (mass / np.maximum(predicted, TINY))[None]
            _, predicted, filtered = self._seconds[newest]
            mass = filtered * motion.apply(ratio)[0]
            mass /= mass.sum()
        return mass

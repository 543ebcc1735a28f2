"""What the stage model saw of each journey in the last two minutes, to warm up another model from.

A ring of feature rows, one byte a number; rows come and go as those of `Tracks`. It asks nothing
of what the features are, so it stays right when they change.
"""

from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]
Kind = TypeVar("Kind", bound=np.generic)

# At a tick a second, the 120 s of the issue. Measured on 54 places in 18 validation visits: a state
# warmed from 120 ticks answers 0.007 (mean absolute) beside the one that never stopped, from 60
# ticks 0.014, from 30 0.020; half a minute later 0.005, 0.011, 0.009.
MEMORY_TICKS: Final = 120
# A number is kept to 1/20: +-6 scales fit a byte. In float32 the same warming is off by as much,
# and the ring by four times the bytes (1,024 shoppers with 40 features: 4.9 MB so).
STEPS_A_SCALE: Final = 20.0
BYTE_MAX: Final = 127


class Seen(NamedTuple):
    """What the model saw of every journey at one tick."""

    x: Numbers
    """(n, F)"""
    there: NDArray[np.bool_]
    """(n,) whether the journey was open then."""


class Memory:
    """The rings of all journeys, in the order of the rows, and the state that is being warmed."""

    def __init__(self) -> None:
        self.tick = 0
        """Ticks kept so far; the newest is number `tick` - 1."""
        self._count = 0
        self._born: NDArray[np.int64] = np.zeros(16, np.int64)
        self._ring: NDArray[np.int8] = np.zeros((16, MEMORY_TICKS, 0), np.int8)
        self._state: Numbers = np.zeros((16, 0), np.float32)

    @property
    def oldest(self) -> int:
        """The number of the oldest tick that is still held."""
        return max(self.tick - MEMORY_TICKS, 0)

    @property
    def state(self) -> Numbers:
        """(n, width) of the model that is being warmed."""
        return self._state[: self._count]

    @state.setter
    def state(self, values: Numbers) -> None:
        self._state[: self._count] = values

    def append(self) -> None:
        """A row for a journey that opens now."""
        row = self._count
        if row == len(self._born):
            self._born = _doubled(self._born)
            self._ring = _doubled(self._ring)
            self._state = _doubled(self._state)
        # Its ring holds what is left of another's; nothing before `born` is ever read.
        self._born[row] = self.tick
        self._state[row] = 0.0
        self._count += 1

    def remove(self, row: int) -> None:
        """Take `row` out; the last row takes its number."""
        self._count -= 1
        for column in (self._born, self._ring, self._state):
            column[row] = column[self._count]

    def keep(self, x: Numbers) -> None:
        """The features (n, F) of this tick."""
        if x.shape[1] != self._ring.shape[2]:
            self._ring = np.zeros((len(self._born), MEMORY_TICKS, x.shape[1]), np.int8)
            self._born[:] = self.tick
        steps = np.clip(np.rint(x * STEPS_A_SCALE), -BYTE_MAX, BYTE_MAX)
        self._ring[: self._count, self.tick % MEMORY_TICKS] = steps
        self.tick += 1

    def seen(self, tick: int) -> Seen:
        """The features of the tick number `tick`, from `oldest` on."""
        steps = self._ring[: self._count, tick % MEMORY_TICKS]
        return Seen(steps.astype(np.float32) / STEPS_A_SCALE, self._born[: self._count] <= tick)

    def begin(self, width: int) -> None:
        """Warm a state of `width` from zeros."""
        self._state = np.zeros((len(self._born), width), np.float32)


def _doubled(column: NDArray[Kind]) -> NDArray[Kind]:
    # Pages of zeros that nobody has written to cost no memory yet.
    out = np.zeros((2 * len(column), *column.shape[1:]), column.dtype)
    out[: len(column)] = column
    return out

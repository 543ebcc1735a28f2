"""What the stage model saw of each journey in the last minutes, to warm up another model from.

A ring of feature rows, one byte a number; rows come and go as those of `Tracks`. It asks nothing
of what the features are, so it stays right when they change.
"""

from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]
Kind = TypeVar("Kind", bound=np.generic)

# A row stands for so many ticks, and holds the newest of them; it is replayed as often. Measured at
# 75 moments of validation visits, the answers of a state so warmed beside those of one that never
# stopped (mean absolute, at once and 30 s later): 120 s of every tick 0.012 and 0.011; every fifth
# tick of 200 s 0.014 and 0.009, of 300 s 0.012 and 0.007; every sixth of 360 s 0.012 and 0.006;
# every tick of 300 s 0.006 and 0.005, for five times the memory.
STRIDE_TICKS: Final = 5
# Five minutes at a tick a second: 60 bytes a feature and journey.
ROWS: Final = 60
MEMORY_TICKS: Final = STRIDE_TICKS * ROWS
# A number is kept to 1/20: +-6 scales fit a byte. In float32 the warming is off by as much, and
# the ring has four times the bytes.
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
        self._ring: NDArray[np.int8] = np.zeros((16, ROWS, 0), np.int8)
        self._state: Numbers = np.zeros((16, 0), np.float32)

    @property
    def oldest(self) -> int:
        """The number of the oldest tick that is still held."""
        newest = max(self.tick - 1, 0) // STRIDE_TICKS
        return max(newest - ROWS + 1, 0) * STRIDE_TICKS

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
            self._ring = np.zeros((len(self._born), ROWS, x.shape[1]), np.int8)
            self._born[:] = self.tick
        steps = np.clip(np.rint(x * STEPS_A_SCALE), -BYTE_MAX, BYTE_MAX)
        self._ring[: self._count, self.tick // STRIDE_TICKS % ROWS] = steps
        self.tick += 1

    def seen(self, tick: int) -> Seen:
        """The features around the tick number `tick`, from `oldest` on."""
        steps = self._ring[: self._count, tick // STRIDE_TICKS % ROWS]
        return Seen(steps.astype(np.float32) / STEPS_A_SCALE, self._born[: self._count] <= tick)

    def begin(self, width: int) -> None:
        """Warm a state of `width` from zeros."""
        self._state = np.zeros((len(self._born), width), np.float32)


def _doubled(column: NDArray[Kind]) -> NDArray[Kind]:
    # Pages of zeros that nobody has written to cost no memory yet.
    out = np.zeros((2 * len(column), *column.shape[1:]), column.dtype)
    out[: len(column)] = column
    return out

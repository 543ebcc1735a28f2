"""Where one tag is at any time: corners with times, and the sway of someone who stands.

For walks that are to cover a floor (`edge_agent.stroll`); shoppers have a `Path`.
"""

from bisect import bisect_right
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Walking with a cart among shelves: mean and spread between people, metres a second (shoppers
# measured in supermarkets walk 0.6 to 1.3; corridors' 1.4 is for people without goods to look at).
SPEED_M_PER_S: Final = 0.95
SPEED_SD_M_PER_S: Final = 0.15
SPEED_MIN_M_PER_S: Final = 0.55
SPEED_MAX_M_PER_S: Final = 1.35
# From leg to leg one person varies by this share.
LEG_SPEED_SHARE: Final = 0.12
# Who stands shifts a little every few seconds, within an arm's reach of where they stopped.
SHIFT_EVERY_S: Final = (4.0, 10.0)
SHIFT_S: Final = 1.2
# Sway of a body at all times: two slow waves for each axis.
SWAY_M: Final = 0.035
SWAY_PERIODS_S: Final = (2.3, 5.9)
# A lift or a flight of stairs.
LEVEL_CHANGE_S: Final = 20.0


class Track:
    """A path in time, made leg by leg; `at` may be asked for any time.

    Args:
        start_s: when it begins.
        place: (3,) x_m, y_m, level index.
        rng: makes this person's speed and sway.
    """

    def __init__(self, start_s: float, place: Floats, rng: np.random.Generator) -> None:
        self._t_s = [start_s]
        self._x_m = [float(place[0])]
        self._y_m = [float(place[1])]
        self._level = [int(place[2])]
        self._rng = rng
        drawn = SPEED_M_PER_S + SPEED_SD_M_PER_S * rng.normal()
        self._speed = float(np.clip(drawn, SPEED_MIN_M_PER_S, SPEED_MAX_M_PER_S))
        self._phases = rng.uniform(0, 2 * np.pi, (2, 2))

    @property
    def start_s(self) -> float:
        """When it begins."""
        return self._t_s[0]

    @property
    def end_s(self) -> float:
        """Until when it is known."""
        return self._t_s[-1]

    def walk(self, way: Floats) -> None:
        """Go along corners (k, 3) x_m, y_m, level index."""
        speed = self._speed * float(1 + LEG_SPEED_SHARE * self._rng.uniform(-1, 1))
        for x_m, y_m, level in way.tolist():
            length_m = float(np.hypot(x_m - self._x_m[-1], y_m - self._y_m[-1]))
            took_s = LEVEL_CHANGE_S if level != self._level[-1] else length_m / speed
            self._add(self.end_s + took_s, x_m, y_m, int(level))

    def stay(self, seconds: float, reach: Floats) -> None:
        """Stand, shifting now and then to one of the points `reach` (k, 2) and back."""
        until_s = self.end_s + seconds
        x_m, y_m = self._x_m[-1], self._y_m[-1]
        while len(reach):
            rest_s = float(self._rng.uniform(*SHIFT_EVERY_S))
            if self.end_s + rest_s + SHIFT_S >= until_s:
                break
            self._add(self.end_s + rest_s, self._x_m[-1], self._y_m[-1], self._level[-1])
            toward = reach[int(self._rng.integers(len(reach)))]
            share = float(self._rng.uniform(0, 0.6))
            there = (x_m + share * float(toward[0] - x_m), y_m + share * float(toward[1] - y_m))
            self._add(self.end_s + SHIFT_S, *there, self._level[-1])
        self.wait_until(until_s)

    def wait_until(self, t_s: float) -> None:
        """Stand still until a time; a time past changes nothing."""
        if t_s > self.end_s:
            self._add(t_s, self._x_m[-1], self._y_m[-1], self._level[-1])

    def at(self, t_s: float) -> tuple[float, float, int]:
        """x_m, y_m and level index at a time; before and after, its ends."""
        sway = self._sway(np.array([t_s]))[0]
        i = bisect_right(self._t_s, t_s)
        if i in {0, len(self._t_s)}:
            end = 0 if i == 0 else -1
            return self._x_m[end] + sway[0], self._y_m[end] + sway[1], self._level[end]
        share = (t_s - self._t_s[i - 1]) / (self._t_s[i] - self._t_s[i - 1])
        x_m = self._x_m[i - 1] + share * (self._x_m[i] - self._x_m[i - 1])
        y_m = self._y_m[i - 1] + share * (self._y_m[i] - self._y_m[i - 1])
        return x_m + float(sway[0]), y_m + float(sway[1]), self._level[i - 1]

    def sampled(self, t_s: Floats) -> tuple[Floats, npt.NDArray[np.int32]]:
        """(n, 2) places and (n,) level indices at increasing times (n,)."""
        xy_m = np.stack([np.interp(t_s, self._t_s, axis) for axis in (self._x_m, self._y_m)], 1)
        last = np.clip(np.searchsorted(self._t_s, t_s, side="right") - 1, 0, None)
        return xy_m + self._sway(t_s), np.array(self._level, np.int32)[last]

    def _sway(self, t_s: Floats) -> Floats:
        """(n, 2) metres off the path."""
        angle = 2 * np.pi * t_s[:, None, None] / np.array(SWAY_PERIODS_S) + self._phases
        sway: Floats = SWAY_M * np.sin(angle).sum(2)
        return sway

    def _add(self, t_s: float, x_m: float, y_m: float, level: int) -> None:
        """One more corner; two at one time are one."""
        if t_s <= self._t_s[-1]:
            t_s = self._t_s[-1] + 1e-9
        self._t_s.append(t_s)
        self._x_m.append(x_m)
        self._y_m.append(y_m)
        self._level.append(level)

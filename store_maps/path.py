"""Where one shopper is at any time: corners with times, and a body that is never quite there."""

from bisect import bisect_right
from collections.abc import Callable
from math import hypot
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from store_maps.body import Body
from store_maps.way import Way

Floats = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Floor = Callable[[Floats, Levels], Flags]

# No piece is walked slower or faster than these shares of the pace.
PACE_SHARES: Final = (0.4, 1.45)
# A look in passing.
GLANCE_S: Final = (2.0, 7.0)
# A step to the side takes this, and ends within this share of the way to the next cell.
SHIFT_S: Final = 1.2
SHIFT_SHARE: Final = 0.9
# A lift or a flight of stairs.
LEVEL_CHANGE_S: Final = 20.0
# What would lean into a shelf is pulled back to this share.
PULLED_BACK_SHARE: Final = 0.25
# Two corners are never at one time.
MOMENT_S: Final = 1e-9
SQRT_HALF: Final = 0.5**0.5


class Gait(msgspec.Struct, frozen=True):
    """How one walks."""

    speed_mps: float
    pace_sd: float
    """Spread of the pace from piece to piece, as a share."""
    glance_p: float = 0.0
    """Chance of a look in each piece."""


class Path:
    """A path in time, made leg by leg; `at` may be asked for any time.

    Args:
        start_s: when it begins.
        place: (3,) x_m, y_m, level index.
        body: who walks it.
        floor: which of places (n, 2) on levels (n,) can be stood on.
        rng: makes paces and steps to the side.
    """

    def __init__(
        self, start_s: float, place: Floats, body: Body, floor: Floor, rng: np.random.Generator
    ) -> None:
        self._t_s = [start_s]
        self._x_m = [float(place[0])]
        self._y_m = [float(place[1])]
        self._level = [int(place[2])]
        self._walking = [0.0]
        self._body = body
        self._floor = floor
        self._rng = rng
        self._lag_s = 0.0

    @property
    def start_s(self) -> float:
        """When it begins."""
        return self._t_s[0]

    @property
    def end_s(self) -> float:
        """Until when it is known."""
        return self._t_s[-1] + self._lag_s

    def followed(self, body: Body, lag_s: float) -> "Path":
        """The path of a companion: these corners, a little later; for when this one is whole."""
        other = Path(self.start_s, np.zeros(3), body, self._floor, self._rng)
        other._t_s, other._x_m, other._y_m = self._t_s, self._x_m, self._y_m
        other._level, other._walking = self._level, self._walking
        other._lag_s = lag_s
        return other

    def walk(self, way: Way, gait: Gait) -> None:
        """Go to the beginning of a way, and along it."""
        self.step_to(way.x_m[0], way.y_m[0], gait)
        count = len(way.pieces_m)
        if not count:
            return
        took_s = way.pieces_m / self._paces(count, gait)
        if gait.glance_p:
            looks = self._rng.random((2, count))
            low_s, high_s = GLANCE_S
            took_s += (looks[0] < gait.glance_p) * (low_s + (high_s - low_s) * looks[1])
        took_s[way.climbs] = LEVEL_CHANGE_S
        self._t_s += (self._t_s[-1] + np.cumsum(np.maximum(took_s, MOMENT_S))).tolist()
        self._x_m += way.x_m[1:]
        self._y_m += way.y_m[1:]
        self._level += way.levels[1:]
        self._walking += [1.0] * (count - 1)
        self._walking.append(0.0)

    def step_to(self, x_m: float, y_m: float, gait: Gait) -> None:
        """A few straight steps on the same level."""
        far_m = hypot(x_m - self._x_m[-1], y_m - self._y_m[-1])
        if far_m > 0:
            self._add(self._t_s[-1] + far_m / gait.speed_mps, x_m, y_m)

    def _paces(self, count: int, gait: Gait) -> Floats:
        """Metres a second of each piece; next pieces are alike."""
        drawn = self._rng.standard_normal(count + 1)
        share = 1 + gait.pace_sd * SQRT_HALF * (drawn[1:] + drawn[:-1])
        np.clip(share, *PACE_SHARES, out=share)
        return np.asarray(gait.speed_mps * share)

    def stand(self, seconds: float, reach: Floats, shifts_per_min: float) -> None:
        """Stand, stepping now and then towards one of the points `reach` (k, 2)."""
        until_s = self._t_s[-1] + seconds
        x_m, y_m = self._x_m[-1], self._y_m[-1]
        count = int(self._rng.poisson(seconds * shifts_per_min / 60)) if len(reach) else 0
        draws = self._rng.random((count, 3))
        for at, which, share in draws[draws[:, 0].argsort()].tolist():
            at_s = until_s - seconds * (1 - at)
            if at_s <= self._t_s[-1] or at_s + SHIFT_S >= until_s:
                continue
            self._add(at_s, self._x_m[-1], self._y_m[-1])
            to_x_m, to_y_m = reach[int(which * len(reach))].tolist()
            part = SHIFT_SHARE * share
            self._add(at_s + SHIFT_S, x_m + part * (to_x_m - x_m), y_m + part * (to_y_m - y_m))
        self.wait_until(until_s)

    def wait_until(self, t_s: float) -> None:
        """Stand until a time; a time past changes nothing."""
        if t_s > self._t_s[-1]:
            self._add(t_s, self._x_m[-1], self._y_m[-1])

    def at(self, t_s: float) -> tuple[float, float, int]:
        """x_m, y_m and level index at a time; before and after, its ends."""
        shown_s = t_s - self._lag_s
        i = min(max(bisect_right(self._t_s, shown_s), 1), len(self._t_s) - 1)
        before = max(i - 1, 0)
        took_s = self._t_s[i] - self._t_s[before] or 1.0
        share = min(max((shown_s - self._t_s[before]) / took_s, 0.0), 1.0)
        x_m, y_m, walking = (
            axis[before] + share * (axis[i] - axis[before])
            for axis in (self._x_m, self._y_m, self._walking)
        )
        level = self._level[i if share >= 1 else before]
        placed = self._placed(
            np.array([t_s]), np.array([[x_m, y_m]]), np.array([walking]), np.array([level])
        )
        return float(placed[0, 0]), float(placed[0, 1]), level

    def sampled(self, t_s: Floats) -> tuple[Floats, Levels]:
        """(n, 2) places and (n,) level indices at increasing times (n,)."""
        shown_s = t_s - self._lag_s
        known_s = np.array(self._t_s)
        axes = [np.interp(shown_s, known_s, axis) for axis in (self._x_m, self._y_m, self._walking)]
        last = np.clip(np.searchsorted(known_s, shown_s, side="right") - 1, 0, None)
        levels = np.array(self._level, np.int32)[last]
        return self._placed(t_s, np.stack(axes[:2], 1), axes[2], levels), levels

    def _placed(self, t_s: Floats, xy_m: Floats, walking: Floats, levels: Levels) -> Floats:
        """The path's places with the body's own."""
        off_m = self._body.off_m(np.maximum(t_s - self.start_s, 0.0), walking)
        placed = xy_m + off_m
        away = ~self._floor(placed, levels)
        placed[away] = xy_m[away] + PULLED_BACK_SHARE * off_m[away]
        return placed

    def _add(self, t_s: float, x_m: float, y_m: float) -> None:
        """One more corner on the same level; two at one time are one."""
        self._t_s.append(max(t_s, self._t_s[-1] + MOMENT_S))
        self._x_m.append(x_m)
        self._y_m.append(y_m)
        self._level.append(self._level[-1])
        self._walking.append(0.0)

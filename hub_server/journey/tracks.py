"""Where each open journey has been of late: columns of numbers, one row a journey.

A struct of arrays: rows are appended, grow by doubling, and leave by moving the last row into the
gap. All rows are sampled at the same ticks, so a window of seconds is a few columns of a ring.
"""

from copy import copy
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from hub_server.place.ground import ENTRANCE_M, EXIT_M, LAYERS, TILL_M, TILL_P, Floats, Ground, Ints

# The fine ring: the last 128 ticks, more than the longest window (returns in 90 s) at one a second.
FINE_TICKS: Final = 128
# A tick sooner than this after the last is the same tick (the loop was late and caught up).
TICK_MIN_S: Final = 0.5
# The memory of the smoothed track: longer damps more of the error and lags a walker more (about
# 3 m at 3 s). Chosen, not tuned; the windows of the features do the rest.
SMOOTH_S: Final = 3.0
# After a silence this long the old place says nothing: the smoothed track starts anew.
GAP_S: Final = 20.0
# A fix with a wider radius names no place: a locator that withholds one sends half the store.
RADIUS_MAX_M: Final = 12.0
# Slower than this over `STILL_S` counts as standing: the labels' 0.35 m/s and a little for the
# error, which moves the smoothed track too.
STILL_MPS: Final = 0.4
STILL_S: Final = 5.0
# A zone left less than this ago and entered again is a return (labels: 150 s).
RETURN_S: Final = 150.0
# From here the smoothed place is rather at a till than not.
TILL_SURE_P: Final = 0.35
# A stay goes on while the smoothed place is this near to its middle (stay points: Li et al. 2008):
# wider than the smoothed error, narrower than the way to the next shelf.
STAY_M: Final = 2.5
# The middle follows the last so many ticks: in a first-in window of 15 s the error halves.
STAY_TICKS: Final = 15.0
# Shorter ones are the pace of a browser, not stays (labels: 8 s).
STAY_MIN_S: Final = 8.0
# So many ended stays are kept: in 240 s, the time in which a return is weighing, nobody ends more.
STAYS_KEPT: Final = 16
# The usual distance between two fixes is a mean over this many: it says how large the errors are.
HOP_FIXES: Final = 40.0
# No hop counts for more: a place out of this world would swallow all later ones in the sum.
HOP_MAX_M: Final = 100.0

# What a phone or a till tells of a journey besides its place; other kinds change nothing.
EVENTS: Final = ("scan", "app_open", "help_tap", "pos")

STATE_WIDTH: Final = 96
STAGE_COUNT: Final = 8

# Column: (width, 0 = one number a row; what a new row holds).
_COLUMNS: Final[dict[str, tuple[int, float]]] = {
    "opened_s": (0, 0.0),
    "placed_s": (0, -np.inf),  # when the place was last measured
    "x_m": (0, np.nan),  # smoothed place
    "y_m": (0, np.nan),
    "level": (0, 0.0),
    "path_m": (0, 0.0),  # length of the smoothed track
    "entrance_far_m": (0, 0.0),  # farthest from the entrance so far
    "still_since_s": (0, np.inf),  # inf while walking
    "till_s": (0, -np.inf),  # when last at a till
    "zone": (0, -1.0),  # zone of the smoothed place
    "layers": (len(LAYERS), 0.0),  # Ground.layers there
    "fix_layers": (len(LAYERS), 0.0),  # Ground.layers at the last fix
    "hop_m": (0, 0.0),  # mean distance between fixes
    "hops": (0, 0.0),  # over so many
    "hops_m": (0, 0.0),  # sum of all of them
    "last_x_m": (0, np.nan),  # last fix
    "last_y_m": (0, np.nan),
    "stay_x_m": (0, np.nan),  # middle of the stay under way
    "stay_y_m": (0, np.nan),
    "stay_ticks": (0, 0.0),
    "stay_since_s": (0, -np.inf),
    "stays": (0, 0.0),  # ended so far, and their seconds
    "stays_s": (0, 0.0),
    "longest_s": (0, 0.0),
    "ended_x_m": (STAYS_KEPT, np.nan),  # ended stays, as a ring
    "ended_y_m": (STAYS_KEPT, np.nan),
    "ended_s": (STAYS_KEPT, -np.inf),
    "ended_long_s": (STAYS_KEPT, 0.0),
    "event_s": (len(EVENTS), -np.inf),  # when each kind was last
    "events": (len(EVENTS), 0.0),  # how often
    "fine_x_m": (FINE_TICKS, np.nan),  # measured, NaN where a tick brought nothing new
    "fine_y_m": (FINE_TICKS, np.nan),
    "smooth_x_m": (FINE_TICKS, np.nan),
    "smooth_y_m": (FINE_TICKS, np.nan),
    "fine_path_m": (FINE_TICKS, np.nan),
    "fine_exit_m": (FINE_TICKS, np.nan),  # from the measured place
    "fine_till_m": (FINE_TICKS, np.nan),
    "fine_hops_m": (FINE_TICKS, np.nan),
    "fine_returns": (FINE_TICKS, 0.0),
    "state": (STATE_WIDTH, 0.0),  # of the stage model
    "stage_p": (STAGE_COUNT, 1.0 / STAGE_COUNT),
    "p_buy": (0, 0.5),
    "served": (0, -1.0),  # the stage shown, -1 = none yet
    "lead_nats": (0, 0.0),  # by how much another stage leads, summed over ticks
}
# Single precision where it costs nothing: a row is 6 kB, of which the fine rings are the most.
_SINGLE: Final = frozenset(
    {"state", "stage_p", "p_buy", "fine_x_m", "fine_y_m", "fine_exit_m", "fine_till_m"}
    | {"fine_returns"}
)
# What a clock set back moves.
_TIMES: Final = (
    "opened_s",
    "placed_s",
    "still_since_s",
    "till_s",
    "left_s",
    "stay_since_s",
    "ended_s",
    "event_s",
)


class Tracks:
    """The columns; `tracks["x_m"]` is a view of the rows in use, valid until a row comes or goes.

    Args:
        ground: what the map says about each place.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground: Final = ground
        self.count = 0
        self.now_s = -np.inf
        self.fine_s = np.full(FINE_TICKS, -np.inf)
        self.fine_at = 0
        shapes = {**_COLUMNS, "left_s": (max(len(ground.zone_ids), 1), -np.inf)}
        self._fills = {name: fill for name, (_, fill) in shapes.items()}
        self._columns: dict[str, NDArray[Any]] = {
            name: np.full((16, width) if width else 16, fill, dtype=self._dtype(name))
            for name, (width, fill) in shapes.items()
        }

    @staticmethod
    def _dtype(name: str) -> type[np.floating[Any]]:
        return np.float32 if name in _SINGLE else np.float64

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._columns[name][: self.count]

    def __setitem__(self, name: str, values: NDArray[Any]) -> None:
        self._columns[name][: self.count] = values

    def part(self, first: int, end: int) -> "Tracks":
        """A view of the rows from `first` to before `end`, or to the last."""
        out = copy(self)
        columns = {name: column[first:end] for name, column in self._columns.items()}
        out._columns = columns  # noqa: SLF001 - its own
        out.count = max(min(end, self.count) - first, 0)
        return out

    def append(self, at_s: float) -> int:
        """The new row's number."""
        row = self.count
        if row == len(self._columns["x_m"]):
            self._columns = {n: np.concatenate([c, c]) for n, c in self._columns.items()}
        for name, column in self._columns.items():
            column[row] = self._fills[name]
        self._columns["opened_s"][row] = at_s
        self.count += 1
        return row

    def remove(self, row: int) -> None:
        """Take `row` out; the last row takes its number."""
        self.count -= 1
        for column in self._columns.values():
            column[row] = column[self.count]

    def shift(self, by_s: float) -> None:
        """Move every kept time: the clock was set back, and durations must not change."""
        self.now_s += by_s
        self.fine_s += by_s
        for name in _TIMES:
            self._columns[name] += by_s

    def event(self, row: int, kind: str, at_s: float) -> bool:
        """Keep an event of one journey; False for a kind that is none of EVENTS."""
        if kind not in EVENTS:
            return False
        k = EVENTS.index(kind)
        self._columns["event_s"][row, k] = at_s
        self._columns["events"][row, k] += 1.0
        return True

    def column_at(self, ago_s: float) -> int:
        """The fine ring's column of the last tick at least `ago_s` ago; an empty one if none is."""
        ages_s = self.now_s - self.fine_s
        old = np.where(ages_s >= ago_s - TICK_MIN_S / 2, ages_s, np.inf)
        then = int(np.argmin(old))
        return then if np.isfinite(old[then]) else (self.fine_at + 1) % FINE_TICKS

    def columns_within(self, window_s: float) -> Ints:
        """The fine ring's columns of the ticks in the last `window_s`."""
        return np.flatnonzero(self.now_s - self.fine_s < window_s)

    def sample(self, now_s: float, fixes: Floats) -> bool:
        """Take this tick's fixes into the columns; False when it is too soon after the last tick.

        Args:
            now_s: the hub's clock.
            fixes: (n, 5) of each row's last fix: at_s, x_m, y_m, radius_m, level; NaN without one.
        """
        if now_s < self.now_s:
            self.shift(now_s - self.now_s)
        if now_s - self.now_s < TICK_MIN_S:
            return False
        self.now_s = now_s
        self.fine_at = (self.fine_at + 1) % FINE_TICKS
        self.fine_s[self.fine_at] = now_s
        new = self._smooth(fixes)
        self._record(fixes, new)
        self._look_up(new)
        self._stay(new)
        self._count_returns()
        self._stand_still()
        return True

    def _smooth(self, fixes: Floats) -> NDArray[np.bool_]:
        """Move the smoothed places; True for rows with a new measured place."""
        at_s, x_m, y_m, radius_m, level = fixes.T
        since_s = at_s - self["placed_s"]
        new = (since_s > 0) & (radius_m <= RADIUS_MAX_M) & np.isfinite(x_m + y_m + level)
        anew = new & ((since_s > GAP_S) | (level != self["level"]))
        gain = np.where(new, -np.expm1(-np.maximum(since_s, 0.0) / SMOOTH_S), 0.0)
        gain[anew] = 1.0
        move_x = np.where(anew, x_m, np.where(new, gain * (x_m - self["x_m"]), 0.0))
        move_y = np.where(anew, y_m, np.where(new, gain * (y_m - self["y_m"]), 0.0))
        self["path_m"] += np.where(anew, 0.0, np.hypot(move_x, move_y))
        self["x_m"] = np.where(anew, 0.0, self["x_m"]) + move_x
        self["y_m"] = np.where(anew, 0.0, self["y_m"]) + move_y
        self["placed_s"] = np.where(new, at_s, self["placed_s"])
        self["level"] = np.where(new, level, self["level"])
        return np.asarray(new)

    def _record(self, fixes: Floats, new: NDArray[np.bool_]) -> None:
        k = self.fine_at
        self["fine_x_m"][:, k] = np.where(new, fixes[:, 1], np.nan)
        self["fine_y_m"][:, k] = np.where(new, fixes[:, 2], np.nan)
        self["smooth_x_m"][:, k] = self["x_m"]
        self["smooth_y_m"][:, k] = self["y_m"]
        self["fine_path_m"][:, k] = self["path_m"]
        hop_m = np.hypot(fixes[:, 1] - self["last_x_m"], fixes[:, 2] - self["last_y_m"])
        hopped = new & np.isfinite(hop_m)
        self["hops"] = np.minimum(self["hops"] + hopped, HOP_FIXES)
        hop_m = np.minimum(hop_m, HOP_MAX_M)
        self["hops_m"] += np.where(hopped, hop_m, 0.0)
        self["fine_hops_m"][:, k] = self["hops_m"]
        off_m = np.where(hopped, hop_m - self["hop_m"], 0.0)
        self["hop_m"] += off_m / np.maximum(self["hops"], 1.0)
        self["last_x_m"] = np.where(new, fixes[:, 1], self["last_x_m"])
        self["last_y_m"] = np.where(new, fixes[:, 2], self["last_y_m"])

    def _look_up(self, new: NDArray[np.bool_]) -> None:
        known = np.isfinite(self["x_m"])
        level = self["level"].astype(np.int64)
        x_m, y_m = np.nan_to_num(self["last_x_m"]), np.nan_to_num(self["last_y_m"])
        self["fix_layers"] = self.ground.layers(level, x_m, y_m) * known[:, None]
        for name, layer in (("fine_exit_m", EXIT_M), ("fine_till_m", TILL_M)):
            self[name][:, self.fine_at] = np.where(new, self["fix_layers"][:, layer], np.nan)
        x_m, y_m = np.nan_to_num(self["x_m"]), np.nan_to_num(self["y_m"])
        layers = self.ground.layers(level, x_m, y_m)
        self["layers"] = np.where(known[:, None], layers, 0.0)
        far_m = np.where(known, layers[:, ENTRANCE_M], 0.0)
        self["entrance_far_m"] = np.maximum(self["entrance_far_m"], far_m)
        at_till = known & (layers[:, TILL_P] >= TILL_SURE_P)
        self["till_s"] = np.where(at_till, self.now_s, self["till_s"])

    def _stay(self, new: NDArray[np.bool_]) -> None:
        """Go on with the stay under way, or end it and begin another."""
        off_x, off_y = self["x_m"] - self["stay_x_m"], self["y_m"] - self["stay_y_m"]
        here = np.hypot(off_x, off_y) <= STAY_M
        begins = new & ~here
        self._end_stays(np.flatnonzero(begins & (self.stay_s >= STAY_MIN_S)))
        ticks = np.where(begins, 1.0, np.minimum(self["stay_ticks"] + here, STAY_TICKS))
        gain = here / np.maximum(ticks, 1.0)
        self["stay_ticks"] = ticks
        for name, off_m, place in (("stay_x_m", off_x, "x_m"), ("stay_y_m", off_y, "y_m")):
            moved = self[name] + gain * np.where(here, off_m, 0.0)
            self[name] = np.where(begins, self[place], moved)
        self["stay_since_s"] = np.where(begins, self.now_s, self["stay_since_s"])

    def _end_stays(self, rows: Ints) -> None:
        long_s = self.stay_s[rows]
        at = self["stays"][rows].astype(np.int64) % STAYS_KEPT
        self["ended_x_m"][rows, at] = self["stay_x_m"][rows]
        self["ended_y_m"][rows, at] = self["stay_y_m"][rows]
        self["ended_s"][rows, at] = self.now_s
        self["ended_long_s"][rows, at] = long_s
        self["stays"][rows] += 1.0
        self["stays_s"][rows] += long_s
        self["longest_s"][rows] = np.maximum(self["longest_s"][rows], long_s)

    @property
    def stay_s(self) -> Floats:
        """How long each row's stay has lasted; 0 before the first place."""
        return np.where(self["stay_ticks"] > 0, self.now_s - self["stay_since_s"], 0.0)

    def _count_returns(self) -> None:
        level = self["level"].astype(np.int64)
        x_m, y_m = np.nan_to_num(self["x_m"]), np.nan_to_num(self["y_m"])
        zone = np.where(np.isfinite(self["x_m"]), self.ground.zone(level, x_m, y_m), -1)
        before = self["zone"].astype(np.int64)
        changed = zone != before
        left = np.flatnonzero(changed & (before >= 0))
        entered = np.flatnonzero(changed & (zone >= 0))
        returned = np.zeros(self.count)
        away_s = self.now_s - self["left_s"][entered, zone[entered]]
        returned[entered] = away_s < RETURN_S
        self["left_s"][left, before[left]] = self.now_s
        self["fine_returns"][:, self.fine_at] = returned
        self["zone"] = zone

    def _stand_still(self) -> None:
        then = self.column_at(STILL_S)
        move_m = np.hypot(
            self["x_m"] - self["smooth_x_m"][:, then], self["y_m"] - self["smooth_y_m"][:, then]
        )
        span_s = max(self.now_s - self.fine_s[then], TICK_MIN_S)
        still = move_m / span_s < STILL_MPS
        since_s = np.minimum(self["still_since_s"], self.now_s)
        self["still_since_s"] = np.where(still, since_s, np.inf)

"""Journey-stage labels from a clean track: the meaning of each stage, as training uses it.

Everything is computed from geometry and the track, never from what the shopper meant:

- smooth: mean of the track over t-2..t+2 s; slow: under 0.35 m/s of it.
- stretch: slow seconds, gaps of 1 or 2 s bridged, 8 s or longer.
- window: t-10..t+10 s, its path, its net distance, efficiency = net / (path + 0.5 m).

Stage of a second, later ones win: exploring; purposeful (window faster than 0.55 m/s, efficiency
over 0.6); engaged and weighing (a stretch at a shelf; weighing when it is a return or goes on past
45 s); stuck (a long stretch away from shelves, or lost: 3 returns to zones within 90 s); checkout
(a stretch at a till); arriving (until 6 m from the entrance); leaving (after the last of them).
The look ahead makes these labels, not features: no model that runs live can see them.
"""

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from hub_server.journeys import STAGES
from store_maps.floor_map import FloorMap

Floats = NDArray[np.float64]
Stages = NDArray[np.int64]
Mask = NDArray[np.bool_]

ARRIVING, EXPLORING, PURPOSEFUL, ENGAGED, WEIGHING, STUCK, CHECKOUT, LEAVING = range(len(STAGES))

# The definition's own numbers; a change to any of them makes other labels.
SMOOTH_S: Final = 2
WINDOW_S: Final = 10
SLOW_MPS: Final = 0.35
BRIDGE_S: Final = 2
STRETCH_S: Final = 8
PURPOSE_MPS: Final = 0.55
PURPOSE_EFFICIENCY: Final = 0.6
AT_SHELF_M: Final = 1.6
AT_TILL_M: Final = 3.0
STUCK_S: Final = 15
RETURN_M: Final = 2.0
RETURN_S: Final = 240
WEIGHING_S: Final = 45
LOST_AFTER_S: Final = 60
LOST_RETURNS: Final = 3
LOST_WINDOW_S: Final = 90
LEFT_S: Final = 150
ENGAGED_WINDOW_S: Final = 60
CHECKOUT_GAP_S: Final = 60
ARRIVING_M: Final = 6.0
ARRIVING_S: Final = 45


class Stretch(NamedTuple):
    """Slow seconds `first` to `last`, both included."""

    first: int
    last: int

    @property
    def here(self) -> slice:
        """Its seconds."""
        return slice(self.first, self.last + 1)


class Stops(NamedTuple):
    """The stretches of a track by what they are."""

    engaged: tuple[Stretch, ...]
    weighing: tuple[slice, ...]
    stuck: tuple[Stretch, ...]
    checkout: tuple[Stretch, ...]


class Marks:
    """What labels measure distances to: all levels together, as the definition has it.

    Args:
        floor_map: of the store that the track crossed.
    """

    def __init__(self, floor_map: FloorMap) -> None:
        shelves = [f.polygon for f in floor_map.fixtures if f.is_shelf]
        tills = [c.geometry for c in floor_map.checkouts]
        doors = [o.line for o in floor_map.openings if "entrance" in (o.category or "")]
        self._shelves = shapely.union_all(shelves) if shelves else None
        self._tills = shapely.union_all(tills) if tills else None
        self._entrance = shapely.union_all(doors).centroid if doors else None
        self._zones = [zone.polygon for zone in floor_map.leaf_zones]

    @staticmethod
    def _distance_m(what: shapely.Geometry | None, xy_m: Floats) -> Floats:
        if what is None:
            return np.full(len(xy_m), np.inf)
        return np.asarray(shapely.distance(what, shapely.points(xy_m)))

    def shelf_m(self, xy_m: Floats) -> Floats:
        """Distance of each place to the nearest shelf; inf without one."""
        return self._distance_m(self._shelves, xy_m)

    def till_m(self, xy_m: Floats) -> Floats:
        """Distance of each place to the nearest till; inf without one."""
        return self._distance_m(self._tills, xy_m)

    def entrance_m(self, xy_m: Floats) -> Floats | None:
        """Distance of each place to the middle of the entrances; None without one."""
        return None if self._entrance is None else self._distance_m(self._entrance, xy_m)

    def zone(self, xy_m: Floats) -> Stages:
        """Number of the leaf zone at each place, -1 for none."""
        out = np.full(len(xy_m), -1)
        for i, polygon in enumerate(self._zones):
            out[(out < 0) & shapely.intersects_xy(polygon, xy_m[:, 0], xy_m[:, 1])] = i
        return out


def seconds(track: Floats) -> tuple[Floats, Floats]:
    """(t_s, xy_m) of a track (n, 3) of t, x, y at each whole second that it spans."""
    t_s = np.arange(np.ceil(track[0, 0]), track[-1, 0] + 0.5)
    xy_m = np.stack([np.interp(t_s, track[:, 0], track[:, k]) for k in (1, 2)], axis=1)
    return t_s, xy_m


def stretches(slow: Mask) -> list[Stretch]:
    """Runs of slow seconds with short gaps bridged, the long ones."""
    at = np.flatnonzero(slow)
    if not len(at):
        return []
    cuts = np.flatnonzero(np.diff(at) > BRIDGE_S + 1)
    firsts, lasts = at[np.r_[0, cuts + 1]], at[np.r_[cuts, len(at) - 1]]
    return [
        Stretch(int(first), int(last))
        for first, last in zip(firsts, lasts, strict=True)
        if last - first + 1 >= STRETCH_S
    ]


def label(marks: Marks, xy_m: Floats) -> Stages:
    """The stage (index into STAGES) of each second of a track (n, 2) at 1 Hz."""
    n = len(xy_m)
    padded = np.pad(xy_m, ((SMOOTH_S, SMOOTH_S), (0, 0)), "edge")
    kernel = np.ones(2 * SMOOTH_S + 1) / (2 * SMOOTH_S + 1)
    smooth = np.stack([np.convolve(c, kernel, "valid") for c in padded.T], axis=1)
    step_m = np.r_[0, np.hypot(*np.diff(smooth, axis=0).T)]
    stages = np.where(_purposeful(smooth, step_m), PURPOSEFUL, EXPLORING)
    stops = _stops(marks, smooth, stretches(step_m < SLOW_MPS))
    engaged = np.zeros(n, bool)
    for stretch in stops.stuck:
        stages[stretch.here] = STUCK
    for stretch in stops.engaged:
        stages[stretch.here] = ENGAGED
        engaged[stretch.here] = True
    for here in stops.weighing:
        stages[here] = WEIGHING
    lost = _lost(marks.zone(smooth), engaged) & ~np.isin(stages, [ENGAGED, WEIGHING])
    stages[lost] = STUCK
    _checkout(stages, stops.checkout)
    _ends(stages, stops, marks.entrance_m(smooth), engaged)
    return np.asarray(stages)


def _purposeful(smooth: Floats, step_m: Floats) -> Mask:
    i = np.arange(len(smooth))
    a, b = np.maximum(i - WINDOW_S, 0), np.minimum(i + WINDOW_S, len(smooth) - 1)
    walked_m = np.cumsum(step_m)
    path_m, net_m = walked_m[b] - walked_m[a], np.hypot(*(smooth[b] - smooth[a]).T)
    fast = path_m / np.maximum(b - a, 1) > PURPOSE_MPS
    return np.asarray(fast & (net_m / (path_m + 0.5) > PURPOSE_EFFICIENCY))


def _stops(marks: Marks, smooth: Floats, found: list[Stretch]) -> Stops:
    shelf_m, till_m = marks.shelf_m(smooth), marks.till_m(smooth)
    engaged, stuck, checkout = [], [], []
    for stretch in found:
        if np.median(till_m[stretch.here]) < AT_TILL_M:
            checkout.append(stretch)
        elif np.median(shelf_m[stretch.here]) < AT_SHELF_M:
            engaged.append(stretch)
        elif stretch.last - stretch.first + 1 >= STUCK_S:
            stuck.append(stretch)
    weighing = _weighing(smooth, engaged)
    return Stops(tuple(engaged), weighing, tuple(stuck), tuple(checkout))


def _weighing(smooth: Floats, engaged: list[Stretch]) -> tuple[slice, ...]:
    """Stretches near an earlier one, whole; of others what lies past the first 45 s."""
    out, spots = [], list[tuple[Floats, int]]()
    for first, last in engaged:
        centre = smooth[first : last + 1].mean(axis=0)
        back = any(
            np.hypot(*(spot - centre)) < RETURN_M and first - end < RETURN_S for spot, end in spots
        )
        if back or last - first > WEIGHING_S:
            out.append(slice(first if back else first + WEIGHING_S, last + 1))
        spots.append((centre, last))
    return tuple(out)


def _within(values: Floats | Mask, window_s: int) -> Floats:
    """Sum of the last `window_s` values at each second."""
    total = np.cumsum(values)
    shift = min(window_s, len(values))
    return np.asarray(total - np.r_[np.zeros(shift), total[: len(values) - shift]])


def _lost(zone: Stages, engaged: Mask) -> Mask:
    left: dict[int, int] = {}
    returns = np.zeros(len(zone))
    for k in np.flatnonzero(np.diff(zone)) + 1:
        left[int(zone[k - 1])] = int(k)
        now = int(zone[k])
        returns[k] = now in left and k - left[now] < LEFT_S
    many = _within(returns, LOST_WINDOW_S) >= LOST_RETURNS
    idle = _within(engaged, ENGAGED_WINDOW_S) == 0
    return np.asarray(many & idle & (np.arange(len(zone)) > LOST_AFTER_S))


def _checkout(stages: Stages, tills: tuple[Stretch, ...]) -> None:
    for stretch in tills:
        stages[stretch.here] = CHECKOUT
    for before, after in pairwise(tills):
        if after.first - before.last <= CHECKOUT_GAP_S:
            stages[before.last : after.first + 1] = CHECKOUT


def _ends(stages: Stages, stops: Stops, entrance_m: Floats | None, engaged: Mask) -> None:
    """Mark arriving and leaving."""
    if entrance_m is not None:
        inside = np.flatnonzero((entrance_m > ARRIVING_M) | engaged)
        until = int(inside[0]) if len(inside) else len(stages)
        stages[: min(until, ARRIVING_S)] = ARRIVING
    last = max((s.last for s in (*stops.engaged, *stops.checkout)), default=0)
    stages[last + 1 :] = LEAVING

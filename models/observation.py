"""What a locator would say of a walk: a stand-in for its fixes, cheap enough for volume.

Most visits look like those of our own locator (`models.located`), whose errors are slow: it is
3 to 4 s behind a walker, and off by so much here and by something else 5 m on. The others look
like a plainer system's: an AR(1) error, a constant radius, no zones, a fix every 1 or 2 s.
`python -m models.located` prints both beside the real locator.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.visits import ObservedFix
from models.zone_shares import zone_shares
from store_maps.floor_map import FloorMap

Floats = NDArray[np.float64]
Rng = np.random.Generator
Range = tuple[float, float]

# Whoever reads visits files may have any estimator: this share is not ours.
PLAIN_P: Final = 0.4

# Our locator. Root mean square in the plane beside the lag, log-normal over visits: the real one's
# 5, 50 and 95 % are 1.4, 1.9 and 3.0 m in the demo's air, 1.9, 2.7 and 4.9 surveyed, 2.8, 5.5 and
# 10 by the map alone. The middle of the first two; nobody is to trust the third.
RMS_MEDIAN_M: Final = 2.3
RMS_LOG_SD: Final = 0.33
RMS_M: Final = (1.0, 6.0)
# The filter forgets with this time: 4 s leave the least error on all rungs (3 and 5 s 2 % more).
# With shares and reach below, walkers' fixes are 2.8 s behind, the real ones' 2.8 to 3.1 s.
BEHIND_S: Final = (3.0, 6.0)
# Of the variance: what stays all visit (a tag's and a law's error), and what changes with time
# where one stands (bodies; 9 s in the demo's air, 20 s surveyed). The rest changes with the place.
CONSTANT_SHARE: Final = (0.05, 0.25)
TIME_SHARE: Final = (0.12, 0.3)
TIME_S: Final = (8.0, 25.0)
# How far one walks until the error is another one (shadows reach about 4 m).
REACH_M: Final = (2.0, 4.5)
WAVES: Final = 20
# Radius over the RMS: median 1.2 in the demo's air, 0.65 surveyed, 0.45 by the map alone. Within a
# visit its logarithm spreads by 0.18 to 0.31, and knows something of the error.
RADIUS_SHARE: Final = (0.5, 1.4)
RADIUS_LOG_SD: Final = (0.15, 0.35)
RADIUS_KNOWS: Final = (0.15, 0.5)
RADIUS_S: Final = 8.0
RADIUS_MIN_M: Final = 0.4
# A bell's 68 % circle in its standard deviations, and the share below which no zone is named: as
# `edge_agent.estimate` and `edge_agent.locator` have it.
RADIUS_SDS: Final = 1.51
ZONE_P_MIN: Final = 0.25
# Silences (a covered tag, an agent that restarts): the last place with a growing radius, and soon
# no zone, as the locator does.
SILENCE_P: Final = (0.0, 0.003)
SILENCE_S: Final = (4, 25)
SILENT_FREE_S: Final = 2
SILENT_MPS: Final = 0.5
ZONE_SILENCE_S: Final = 8
# A new tag may be anywhere: its first fix is drawn to the middle of the floor (5.5 m RMS on the two
# better rungs), and it is found within seconds. Its radius says so: 6 and 4.9 m at first.
START_M: Final = (3.0, 10.0)
START_S: Final = (1.5, 3.0)
START_RADIUS: Final = 1.7
START_RADIUS_S: Final = 4.0
# Messages that got lost.
LOST_P: Final = (0.0, 0.03)

# Plain estimators, around the three sample visits (1.9 to 2.5 m RMS, 0.55 of an error left after
# 2 s, a fix every 2 s, a constant radius of 2.3 to 2.5 m, 6 to 10 % missed, gaps to 18 s).
PLAIN_RMS_M: Final = (1.7, 3.2)
PLAIN_KEEP: Final = (0.5, 0.93)
PLAIN_BEHIND_S: Final = (0.0, 2.0)
PLAIN_RADIUS_SHARE: Final = (0.75, 1.25)
PLAIN_NO_RADIUS_P: Final = 0.1
PLAIN_LOST_P: Final = (0.01, 0.12)
PLAIN_GAP_P: Final = (0.0, 0.006)
PLAIN_GAP_S: Final = (5, 20)
# A reflection, a bag on the tag: chance a second, length, distance.
BURST_P: Final = (0.0, 0.008)
BURST_S: Final = (2, 9)
BURST_M: Final = (4.0, 12.0)
# Some drift slowly as well: spread on each axis, and period.
DRIFT_P: Final = 0.4
DRIFT_M: Final = (0.3, 1.2)
DRIFT_S: Final = (60.0, 400.0)

# What is left of a memory after so many times its length is no more than 2 %.
MEMORIES: Final = 4.0


class Seen(NamedTuple):
    """Fixes of one visit before they are fixes, a row for each second."""

    xy_m: Floats
    radius_m: Floats
    """NaN where none is told."""
    zone: NDArray[np.int64]
    zone_p: Floats
    told: NDArray[np.bool_]
    """Whether there is a fix."""


def _span(rng: Rng, limits: Range) -> float:
    return float(rng.uniform(*limits))


def _mean_of_late(values: Floats, memory_s: float) -> Floats:
    """Exponential mean (n, k) of all so far; before the first all was as the first."""
    if memory_s <= 0:
        return values
    keep = np.exp(-1.0 / memory_s)
    back = int(MEMORIES * memory_s) + 1
    weights = keep ** np.arange(back + 1)
    padded = np.concatenate([np.repeat(values[:1], back, axis=0), values])
    columns = [np.convolve(column, weights / weights.sum(), "valid") for column in padded.T]
    return np.stack(columns, axis=1)


def _ar1(rng: Rng, shape: tuple[int, int], memory_s: float) -> Floats:
    """AR(1) noise of spread 1 with what is left after a second = exp(-1 / memory)."""
    keep = np.exp(-1.0 / memory_s)
    back = int(MEMORIES * memory_s) + 1
    weights = keep ** np.arange(back + 1)
    noise = rng.normal(size=(shape[0] + back, shape[1]))
    weights /= np.sqrt((weights**2).sum())
    return np.stack([np.convolve(column, weights, "valid") for column in noise.T], axis=1)


def _by_place(rng: Rng, xy_m: Floats, reach_m: float) -> Floats:
    """(n, 2) a smooth random field of spread 1 (random Fourier features of a Gaussian kernel)."""
    waves = rng.normal(0, 1 / reach_m, (2, 2 * WAVES))
    phases = rng.uniform(0, 2 * np.pi, 2 * WAVES)
    heights = np.cos(xy_m @ waves + phases).reshape(len(xy_m), 2, WAVES)
    return np.asarray(heights.sum(axis=2) * np.sqrt(2 / WAVES))


def _starts(rng: Rng, ticks: int, p: float) -> list[int]:
    """The seconds in which something rare begins."""
    found: list[int] = np.flatnonzero(rng.random(ticks) < p).tolist()
    return found


def _silent_for_s(rng: Rng, ticks: int) -> NDArray[np.int64]:
    """(n,) for how long nothing was heard; 0 = heard."""
    heard = np.ones(ticks, bool)
    for start in _starts(rng, ticks, _span(rng, SILENCE_P)):
        heard[start + 1 : start + 1 + int(rng.integers(*SILENCE_S))] = False
    seconds = np.arange(ticks)
    return seconds - np.maximum.accumulate(np.where(heard, seconds, 0))


def _ours(rng: Rng, floor_map: FloorMap, xy_m: Floats) -> Seen:
    """As our locator would."""
    ticks = len(xy_m)
    rms_m = float(np.clip(RMS_MEDIAN_M * np.exp(RMS_LOG_SD * rng.normal()), *RMS_M))
    constant, by_time = _span(rng, CONSTANT_SHARE), _span(rng, TIME_SHARE)
    axis_m = rms_m / np.sqrt(2)
    field_m = axis_m * np.sqrt(1 - constant - by_time) * _by_place(rng, xy_m, _span(rng, REACH_M))
    seen_m = _mean_of_late(xy_m + field_m, _span(rng, BEHIND_S))
    seen_m += axis_m * np.sqrt(constant) * rng.normal(size=2)
    seen_m += axis_m * np.sqrt(by_time) * _ar1(rng, (ticks, 2), _span(rng, TIME_S))
    seen_m = _inside(floor_map, seen_m + _start_m(rng, floor_map, xy_m))
    silent_s = _silent_for_s(rng, ticks)
    seen_m = seen_m[np.arange(ticks) - silent_s]
    radius_m = _radius_m(rng, rms_m, np.hypot(*(seen_m - xy_m).T))
    radius_m = radius_m[np.arange(ticks) - silent_s]
    zone, zone_p = _zones(floor_map, seen_m, radius_m)
    unnamed = (zone < 0) | (zone_p < ZONE_P_MIN) | (silent_s > ZONE_SILENCE_S)
    radius_m += SILENT_MPS * np.maximum(silent_s - SILENT_FREE_S, 0)
    told = rng.random(ticks) >= _span(rng, LOST_P)
    return Seen(seen_m, radius_m, np.where(unnamed, -1, zone), zone_p, told)


def _radius_m(rng: Rng, rms_m: float, error_m: Floats) -> Floats:
    """What the filter says of its own error, which it knows only a little."""
    knows, spread = _span(rng, RADIUS_KNOWS), _span(rng, RADIUS_LOG_SD)
    logs = np.log(np.maximum(error_m, 0.1) / rms_m)
    own = knows * (logs - logs.mean()) / max(float(logs.std()), 1e-3)
    own += np.sqrt(1 - knows**2) * _ar1(rng, (len(error_m), 1), RADIUS_S)[:, 0]
    at_first = 1 + START_RADIUS * np.exp(-np.arange(len(error_m)) / START_RADIUS_S)
    radius_m = rms_m * _span(rng, RADIUS_SHARE) * np.exp(spread * own) * at_first
    return np.asarray(np.maximum(radius_m, RADIUS_MIN_M))


def _start_m(rng: Rng, floor_map: FloorMap, xy_m: Floats) -> Floats:
    """(n, 2) what is left of not knowing where a new tag is."""
    left, bottom, right, top = floor_map.levels[0].polygon.bounds
    way_m = np.array([(left + right) / 2, (bottom + top) / 2]) - xy_m[0]
    far_m = max(float(np.hypot(*way_m)), 1e-6)
    off_m = way_m / far_m * min(_span(rng, START_M), far_m)
    return np.asarray(np.exp(-np.arange(len(xy_m)) / _span(rng, START_S))[:, None] * off_m)


def _zones(floor_map: FloorMap, xy_m: Floats, radius_m: Floats) -> tuple[NDArray[np.int64], Floats]:
    if not floor_map.leaf_zones:
        return np.full(len(xy_m), -1), np.zeros(len(xy_m))
    return zone_shares(floor_map).at(xy_m, radius_m / RADIUS_SDS)


def _inside(floor_map: FloorMap, xy_m: Floats) -> Floats:
    left, bottom, right, top = floor_map.levels[0].polygon.bounds
    return np.clip(xy_m, [left, bottom], [right, top])


def _plain(rng: Rng, floor_map: FloorMap, xy_m: Floats) -> Seen:
    """As an estimator that knows neither map nor its own error."""
    ticks = len(xy_m)
    rms_m, keep = _span(rng, PLAIN_RMS_M), _span(rng, PLAIN_KEEP)
    seen_m = _mean_of_late(xy_m, _span(rng, PLAIN_BEHIND_S) if rng.random() < 0.5 else 0.0)  # noqa: PLR2004 - half of them
    seen_m = seen_m + rms_m / np.sqrt(2) * _ar1(rng, (ticks, 2), -1.0 / np.log(keep))
    for start in _starts(rng, ticks, _span(rng, BURST_P)):
        way, off_m = _span(rng, (0.0, 2 * np.pi)), _span(rng, BURST_M)
        until = start + int(rng.integers(*BURST_S))
        seen_m[start:until] += off_m * np.array([np.cos(way), np.sin(way)])
    if rng.random() < DRIFT_P:
        seen_m += _drift_m(rng, ticks)
    told = np.arange(ticks) % int(rng.integers(1, 3)) == 0
    told &= rng.random(ticks) >= _span(rng, PLAIN_LOST_P)
    for start in _starts(rng, ticks, _span(rng, PLAIN_GAP_P)):
        told[start : start + int(rng.integers(*PLAIN_GAP_S))] = False
    radius_m = rms_m * _span(rng, PLAIN_RADIUS_SHARE)
    if rng.random() < PLAIN_NO_RADIUS_P:
        radius_m = np.nan
    nowhere, never = np.full(ticks, -1), np.zeros(ticks)
    return Seen(_inside(floor_map, seen_m), np.full(ticks, radius_m), nowhere, never, told)


def _drift_m(rng: Rng, ticks: int) -> Floats:
    """(n, 2) a slow wave on each axis."""
    spread_m, phases = _span(rng, DRIFT_M), rng.uniform(0, 2 * np.pi, 2)
    turns = np.arange(ticks)[:, None] / rng.uniform(*DRIFT_S, 2)
    return np.asarray(spread_m * np.sqrt(2) * np.sin(2 * np.pi * turns + phases))


def observe(floor_map: FloorMap, track: Floats, rng: Rng) -> list[ObservedFix]:
    """Fixes of a walk (n, 3) of t_s, x_m, y_m at 1 Hz on the map's first level."""
    if rng.random() < PLAIN_P:
        return fixes(floor_map, track, _plain(rng, floor_map, track[:, 1:3]))
    return fixes(floor_map, track, _ours(rng, floor_map, track[:, 1:3]))


def observe_ours(floor_map: FloorMap, track: Floats, rng: Rng) -> list[ObservedFix]:
    """As `observe`, always like our own locator."""
    return fixes(floor_map, track, _ours(rng, floor_map, track[:, 1:3]))


def observe_plain(floor_map: FloorMap, track: Floats, rng: Rng) -> list[ObservedFix]:
    """As `observe`, always like a plainer system."""
    return fixes(floor_map, track, _plain(rng, floor_map, track[:, 1:3]))


def fixes(floor_map: FloorMap, track: Floats, seen: Seen) -> list[ObservedFix]:
    """The rows that are told, as files hold them."""
    names = [*(zone.id for zone in floor_map.leaf_zones), None]
    rows = np.flatnonzero(seen.told)
    t_s = track[rows, 0].tolist()
    x_m, y_m = seen.xy_m[rows].round(2).T.tolist()
    radius_m = seen.radius_m[rows].round(2).tolist()
    zone = seen.zone[rows].tolist()
    zone_p = np.where(seen.zone >= 0, seen.zone_p, 0.0)[rows].round(3).tolist()
    return [
        ObservedFix(t, x, y, r if r == r else None, names[z], p)  # noqa: PLR0124 - not a number
        for t, x, y, r, z, p in zip(t_s, x_m, y_m, radius_m, zone, zone_p, strict=True)
    ]

"""What a locator would say of a walk: a stand-in for its error, cheap enough for volume.

AR(1) error of 2-3 m RMS, a lag, bursts of outliers, missed ticks and silences. The ranges
are chosen around the three sample visits (1.9 to 2.5 m RMS, half of an error left after 2 s), not
fitted to a radio; the real locator's own errors replace them later.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.visits import ObservedFix
from store_maps.floor_map import FloorMap

Floats = NDArray[np.float64]
Rng = np.random.Generator

# Root mean square of the error in the plane, drawn for each visit.
RMS_M: Final = (1.8, 3.2)
# How much of an error is left a second later, drawn for each visit: a filter's error drifts.
KEEP: Final = (0.6, 0.93)
# A filter follows a walker by so much.
LAG_S: Final = (0.0, 2.0)
# Bursts: reflections, a bag on the tag. Chance a second, length, distance.
BURST_P: Final = 0.004
BURST_S: Final = (2, 9)
BURST_M: Final = (4.0, 10.0)
# Share of ticks that bring no fix, and silences: chance a second, length.
MISS_P: Final = (0.02, 0.12)
SILENCE_P: Final = 0.002
SILENCE_S: Final = (5, 26)
# Reported radius against the true one: honest within a quarter.
RADIUS_SHARE: Final = (0.75, 1.25)
# Some visits have fixes without zones, as map-less estimators give them.
ZONELESS_P: Final = 0.3
ZONE_DRAWS: Final = 12


def _ar1(rng: Rng, ticks: int, keep: float, sd_m: float) -> Floats:
    noise = rng.normal(0, sd_m * np.sqrt(1 - keep * keep), (ticks, 2))
    out = np.empty((ticks, 2))
    last = rng.normal(0, sd_m, 2)
    for i in range(ticks):
        last = keep * last + noise[i]
        out[i] = last
    return out


def _bursts(rng: Rng, ticks: int) -> Floats:
    out = np.zeros((ticks, 2))
    for start in np.flatnonzero(rng.random(ticks) < BURST_P):
        angle, off_m = rng.uniform(0, 2 * np.pi), rng.uniform(*BURST_M)
        out[start : start + rng.integers(*BURST_S)] = off_m * np.array(
            [np.cos(angle), np.sin(angle)]
        )
    return out


def _heard(rng: Rng, ticks: int) -> NDArray[np.bool_]:
    every = int(rng.integers(1, 3))
    heard: NDArray[np.bool_] = (np.arange(ticks) % every == 0) & (
        rng.random(ticks) >= rng.uniform(*MISS_P)
    )
    for start in np.flatnonzero(rng.random(ticks) < SILENCE_P):
        heard[start : start + rng.integers(*SILENCE_S)] = False
    return heard


def _zones(
    rng: Rng, floor_map: FloorMap, xy_m: Floats, sd_m: float
) -> tuple[NDArray[np.int64], Floats]:
    """The likeliest leaf zone around each place, and the share of draws that fell into it."""
    draws = xy_m[:, None] + rng.normal(0, sd_m, (len(xy_m), ZONE_DRAWS, 2))
    flat = draws.reshape(-1, 2)
    found = floor_map.zone_at(flat[:, 0], flat[:, 1], floor_map.levels[0].id)
    found = found.reshape(len(xy_m), ZONE_DRAWS)
    counts = np.stack([(found == z).sum(axis=1) for z in range(len(floor_map.leaf_zones))], axis=1)
    named = np.maximum((found >= 0).sum(axis=1), 1)
    return counts.argmax(axis=1), counts.max(axis=1) / named


def observe(floor_map: FloorMap, track: Floats, rng: Rng) -> list[ObservedFix]:
    """Fixes of a walk (n, 3) at 1 Hz on the map's first level."""
    t_s, ticks = track[:, 0], len(track)
    rms_m = rng.uniform(*RMS_M)
    lag_s = rng.uniform(*LAG_S)
    seen = np.stack([np.interp(t_s - lag_s, t_s, track[:, k]) for k in (1, 2)], axis=1)
    seen += _ar1(rng, ticks, rng.uniform(*KEEP), rms_m / np.sqrt(2)) + _bursts(rng, ticks)
    left, bottom, right, top = floor_map.levels[0].polygon.bounds
    seen = np.clip(seen, [left, bottom], [right, top])
    radius_m = rms_m * rng.uniform(*RADIUS_SHARE)
    heard = np.flatnonzero(_heard(rng, ticks))
    if rng.random() < ZONELESS_P or not floor_map.leaf_zones:
        return [_fix(t_s[i], seen[i], radius_m) for i in heard]
    zone, zone_p = _zones(rng, floor_map, seen, rms_m / 2)
    names = [z.id for z in floor_map.leaf_zones]
    return [_fix(t_s[i], seen[i], radius_m, names[zone[i]], float(zone_p[i])) for i in heard]


def _fix(
    t_s: float, xy_m: Floats, radius_m: float, zone: str | None = None, zone_p: float = 0.0
) -> ObservedFix:
    x_m, y_m = (round(float(v), 2) for v in xy_m)
    return ObservedFix(float(t_s), x_m, y_m, round(float(radius_m), 2), zone, round(zone_p, 3))

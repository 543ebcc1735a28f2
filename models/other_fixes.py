"""What a store's locator makes of the other shoppers' tracks.

Part of the second simulator (`models.other_shoppers`): for judging only, never for training.
The error is a map of where the store's radio is wrong (the same for everybody in it), a slow
drift, a little noise, and now and then a jump; fixes come late, with gaps, by the store's habits.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.visits import ObservedFix
from store_maps.floor_map import FloorMap

Floats = NDArray[np.float64]
Name = tuple[str | None, float | None]

# Share of the squared error that is the place's, that drifts; noise has the rest.
PLACE_SHARE: Final = 0.3
DRIFT_SHARE: Final = 0.55
# The wrongness of places: waves of these lengths.
WAVES: Final = 6
WAVE_M: Final = (4.0, 15.0)
# An outlier lasts one to so many fixes, and is so far off.
OUTLIER_FIXES: Final = 4
OUTLIER_M: Final = (4.0, 11.0)
GAP_S: Final = (5.0, 20.0)
# A tag's first fix comes some seconds after its owner, mean.
FIRST_AFTER_S: Final = 4.0
# A fix may lie this far outside of the building's bounding box.
OUTSIDE_M: Final = 0.4
# The radius that holds 68 % of a round normal error, as a share of its RMS.
RADIUS_OF_RMS: Final = 1.07
# Guesses drawn around a fix to say which zone it is in; below the share, nobody knows.
GUESSES: Final = 32
ZONE_P_MIN: Final = 0.25


class Habits(NamedTuple):
    """How one store's locator behaves."""

    rms_m: float
    every_s: int
    drift_s: float
    late_s: float
    outlier_p: float
    gap_every_s: float
    radius: str
    """constant, varying or none."""
    zones: bool
    waves: Floats
    """(WAVES, 5): wave vector, phase, amplitude in x and y."""


def habits(rng: np.random.Generator, *, zones: bool) -> Habits:
    """One store's."""
    length = rng.uniform(*WAVE_M, WAVES)
    turn, phase = rng.uniform(0, 2 * np.pi, (2, WAVES))
    vector = 2 * np.pi / length * np.stack([np.cos(turn), np.sin(turn)])
    waves = np.stack([*vector, phase, *rng.normal(size=(2, WAVES))], 1)
    return Habits(
        rms_m=rng.uniform(1.9, 2.8),
        every_s=int(rng.integers(1, 3)),
        drift_s=rng.uniform(4, 15),
        late_s=rng.uniform(0.3, 2.5),
        outlier_p=rng.uniform(0.002, 0.012),
        gap_every_s=rng.uniform(70, 300),
        radius=str(rng.choice(["constant", "varying", "none"])),
        zones=zones,
        waves=waves,
    )


def observed(
    floor_map: FloorMap, track: Floats, store: Habits, rng: np.random.Generator
) -> list[ObservedFix]:
    """The fixes of one track (n, 3: t_s, x_m, y_m); by what came before each only."""
    late = _late(track[:, 1:], store.late_s)
    scale = np.exp(0.35 * _drift(len(track), 25.0, rng)[:, 0])
    error = scale[:, None] * _error(late, store, rng)
    error += _outliers(len(track), store, rng)
    left, low, right, high = floor_map.levels[0].polygon.bounds
    xy = np.clip(
        late + error,
        (left - OUTSIDE_M, low - OUTSIDE_M),
        (right + OUTSIDE_M, high + OUTSIDE_M),
    )
    heard = np.flatnonzero(_heard(track[:, 0], store, rng))
    sigma_m = store.rms_m * scale[heard] / np.sqrt(2)
    radius = _radius(store, sigma_m, rng)
    nameless: list[Name] = [(None, None)] * len(heard)
    names = _zones(floor_map, xy[heard], sigma_m, rng) if store.zones else nameless
    return [
        ObservedFix(float(track[k, 0]), float(x), float(y), radius_m, zone, zone_p)
        for k, (x, y), radius_m, (zone, zone_p) in zip(
            heard, xy[heard].round(2), radius, names, strict=True
        )
    ]


def _late(xy: Floats, late_s: float) -> Floats:
    """Smoothed by what came before, as filters do."""
    keep = np.exp(-1 / late_s)
    out = xy.copy()
    for k in range(1, len(xy)):
        out[k] = keep * out[k - 1] + (1 - keep) * xy[k]
    return out


def _drift(count: int, slow_s: float, rng: np.random.Generator) -> Floats:
    """(count, 2): an Ornstein-Uhlenbeck process of unit variance, second by second."""
    keep = np.exp(-1 / slow_s)
    out = rng.normal(size=(count, 2))
    for k in range(1, count):
        out[k] = keep * out[k - 1] + np.sqrt(1 - keep**2) * out[k]
    return out


def _error(xy: Floats, store: Habits, rng: np.random.Generator) -> Floats:
    vector, phase, size = store.waves[:, :2], store.waves[:, 2], store.waves[:, 3:]
    place = np.sin(xy @ vector.T + phase) @ size / np.sqrt(WAVES / 2)
    drift = _drift(len(xy), store.drift_s, rng)
    noise = rng.normal(size=xy.shape)
    shares = np.sqrt([PLACE_SHARE, DRIFT_SHARE, 1 - PLACE_SHARE - DRIFT_SHARE])
    total = shares[0] * place + shares[1] * drift + shares[2] * noise
    return np.asarray(store.rms_m / np.sqrt(2) * total)


def _outliers(count: int, store: Habits, rng: np.random.Generator) -> Floats:
    out = np.zeros((count, 2))
    for k in np.flatnonzero(rng.random(count) < store.outlier_p):
        turn, size_m = rng.uniform(0, 2 * np.pi), rng.uniform(*OUTLIER_M)
        out[k : k + rng.integers(1, OUTLIER_FIXES + 1)] = size_m * np.array(
            [np.cos(turn), np.sin(turn)]
        )
    return out


def _heard(t_s: Floats, store: Habits, rng: np.random.Generator) -> NDArray[np.bool_]:
    since = t_s - t_s[0]
    out = since % store.every_s == 0
    # However late a tag is heard first, half of the visit remains.
    out &= since >= min(rng.exponential(FIRST_AFTER_S), since[-1] / 2)
    at = rng.exponential(store.gap_every_s)
    while at < since[-1]:
        length = rng.uniform(*GAP_S)
        out &= (since < at) | (since > at + length)
        at += length + rng.exponential(store.gap_every_s)
    return np.asarray(out)


def _radius(store: Habits, sigma_m: Floats, rng: np.random.Generator) -> list[float | None]:
    if store.radius == "none":
        return [None] * len(sigma_m)
    if store.radius == "constant":
        return [round(RADIUS_OF_RMS * store.rms_m, 1)] * len(sigma_m)
    guessed = RADIUS_OF_RMS * np.sqrt(2) * sigma_m * rng.lognormal(0, 0.2, len(sigma_m))
    return [round(float(one), 2) for one in guessed]


def _zones(
    floor_map: FloorMap, xy: Floats, sigma_m: Floats, rng: np.random.Generator
) -> list[Name]:
    """The leaf zone that most guesses around each fix fall into, and their share."""
    guesses = xy[:, None] + sigma_m[:, None, None] * rng.normal(size=(len(xy), GUESSES, 2))
    leaf = floor_map.zone_at(guesses[..., 0], guesses[..., 1], floor_map.levels[0].id)
    out: list[Name] = []
    for row in leaf:
        counts = np.bincount(row[row >= 0], minlength=1)
        best = int(np.argmax(counts))
        share = round(float(counts[best]) / GUESSES, 3)
        known = share >= ZONE_P_MIN
        out.append((floor_map.leaf_zones[best].id, share) if known else (None, 0.0))
    return out

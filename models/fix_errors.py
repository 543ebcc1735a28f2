"""How fixes err: what the real locator and its stand-in are compared by."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.visits import ObservedFix
from store_maps.floor_map import FloorMap

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Standing: less than this over the seconds before and after together, as the labels' slow.
STANDING_MPS: Final = 0.35
WALKING_MPS: Final = 0.6
AROUND_S: Final = 2
AGAIN_S: Final = (1, 2, 5, 10, 30)
# From here on a zone is acted on.
SURE_P: Final = 0.8
# Logarithms of less tell nothing.
LEAST_M: Final = 0.05
# A fix that says where in the middle of the store one cannot be told is no place.
WITHHELD_RADIUS_M: Final = 12.0


class Errors(msgspec.Struct, frozen=True):
    """One visit's fixes beside the truth, a row a second; NaN where there is no fix."""

    off_m: Floats
    """(n, 2)"""
    going_mps: Floats
    """(n, 2) the true velocity."""
    radius_m: Floats
    zone_p: Floats
    """0 where no zone is named."""
    is_right: Mask
    """The zone named is where the shopper is."""

    @classmethod
    def of(cls, floor_map: FloorMap, track: Floats, fixes: Sequence[ObservedFix]) -> "Errors":
        """Of a track (n, 3) at 1 Hz."""
        n = len(track)
        seen = np.full((n, 4), np.nan)
        named = np.full(n, -1)
        number_of = {zone.id: number for number, zone in enumerate(floor_map.leaf_zones)}
        for fix in fixes:
            row = round(fix.t_s - track[0, 0])
            radius_m = np.nan if fix.radius_m is None else fix.radius_m
            if 0 <= row < n and not radius_m > WITHHELD_RADIUS_M:
                seen[row] = fix.x_m, fix.y_m, radius_m, fix.zone_p or 0.0
                named[row] = number_of.get(fix.zone or "", -1)
        xy_m = track[:, 1:3]
        there = floor_map.zone_at(xy_m[:, 0], xy_m[:, 1], floor_map.levels[0].id)
        ahead, behind = np.arange(n) + AROUND_S, np.arange(n) - AROUND_S
        moved_m = xy_m[np.minimum(ahead, n - 1)] - xy_m[np.maximum(behind, 0)]
        going_mps = moved_m / (2 * AROUND_S)
        is_right = (named >= 0) & (named == there)
        return cls(seen[:, :2] - xy_m, going_mps, seen[:, 2], seen[:, 3], is_right)

    @property
    def error_m(self) -> Floats:
        """In the plane."""
        return np.asarray(np.hypot(*self.off_m.T))

    @property
    def is_seen(self) -> Mask:
        """Seconds with a fix."""
        return np.isfinite(self.off_m[:, 0])

    @property
    def rms_m(self) -> float:
        """Root mean square in the plane."""
        return _rms(self.error_m[self.is_seen])


def _rms(values: Floats) -> float:
    """NaN of nothing."""
    return float(np.sqrt(np.mean(values**2))) if len(values) else np.nan


def _percentile(values: Floats, p: float) -> float:
    """NaN of nothing."""
    return float(np.percentile(values, p)) if len(values) else np.nan


def _share(part: Mask, whole: Mask) -> float:
    return float((part & whole).sum() / max(whole.sum(), 1))


def _again(visits: Sequence[Errors], after_s: int, *, standing: bool) -> float:
    """How much of an error is left after a while, in which one stood, or walked, all along."""
    products, squares = 0.0, 0.0
    for one in visits:
        speed_mps = np.hypot(*one.going_mps.T)
        like = speed_mps < STANDING_MPS if standing else speed_mps > STANDING_MPS
        runs = np.cumsum(np.r_[0, like])
        all_along = (runs[after_s + 1 :] - runs[: -after_s - 1]) == after_s + 1
        now, then = one.off_m[:-after_s], one.off_m[after_s:]
        both = all_along & np.isfinite(now[:, 0] + then[:, 0])
        products += float((now[both] * then[both]).sum())
        squares += float(((now[both] ** 2).sum() + (then[both] ** 2).sum()) / 2)
    return products / squares if squares else np.nan


def _lag_s(off_m: Floats, going_mps: Floats) -> float:
    """By how many seconds fixes of walkers are behind: least squares of error on velocity."""
    speed_mps = np.hypot(*going_mps.T)
    walks = (speed_mps > WALKING_MPS) & np.isfinite(off_m[:, 0])
    return float(-(off_m[walks] * going_mps[walks]).sum() / (speed_mps[walks] ** 2).sum())


def pooled(visits: Sequence[Errors]) -> Errors:
    """All visits' seconds in one."""
    columns = [[getattr(one, name) for one in visits] for name in Errors.__struct_fields__]
    return Errors(*(np.concatenate(column) for column in columns))


def table(visits: Sequence[Errors]) -> dict[str, float]:
    """Name -> figure, of all visits together."""
    every = pooled(visits)
    return {
        **_sizes(visits, every),
        **{f"left standing {s} s": _again(visits, s, standing=True) for s in AGAIN_S},
        **{f"left walking {s} s": _again(visits, s, standing=False) for s in AGAIN_S[:-1]},
        "lag_s": _lag_s(every.off_m, every.going_mps),
        **_moves(visits),
        **_radii(visits, every),
        **_zones(every),
        "no fix": 1.0 - float(every.is_seen.mean()),
    }


def _sizes(visits: Sequence[Errors], every: Errors) -> dict[str, float]:
    rms_m = np.array([one.rms_m for one in visits])
    error_m, standing = every.error_m, np.hypot(*every.going_mps.T) < STANDING_MPS
    seen_m = error_m[every.is_seen]
    return {
        **{f"rms_m p{p}": _percentile(rms_m, p) for p in (10, 50, 90)},
        "rms_m standing": _rms(error_m[every.is_seen & standing]),
        "rms_m walking": _rms(error_m[every.is_seen & ~standing]),
        "error p99 / rms": _percentile(seen_m, 99) / _rms(seen_m),
    }


def _moves(visits: Sequence[Errors]) -> dict[str, float]:
    steps_m = np.concatenate([_steps_m(one, standing=True) for one in visits])
    strides_m = np.concatenate([_steps_m(one, standing=False) for one in visits])
    return {
        "step_m standing": _percentile(steps_m, 50),
        "step_m standing p95": _percentile(steps_m, 95),
        "step_m walking": _percentile(strides_m, 50),
    }


def _radii(visits: Sequence[Errors], every: Errors) -> dict[str, float]:
    known = every.is_seen & np.isfinite(every.radius_m)
    radius_m, error_m = every.radius_m[known], every.error_m[known]
    logs = np.log(np.maximum(np.stack([radius_m, error_m]), LEAST_M))
    varies = len(radius_m) > 0 and logs[0].std() > 0
    spreads = np.array([_spread(one.radius_m) for one in visits])
    return {
        "radius_m median": _percentile(radius_m, 50),
        "radius_m spread in a visit": _percentile(spreads, 50),
        "in radius": _share(error_m < radius_m, np.ones(len(radius_m), bool)),
        "log radius, log error": float(np.corrcoef(logs)[0, 1]) if varies else 0.0,
    }


def _zones(every: Errors) -> dict[str, float]:
    named = every.zone_p > 0
    return {
        "zone named": _share(named, every.is_seen),
        "zone right": _share(every.is_right, named),
        "zone_p of named": float(every.zone_p[named].mean()) if named.any() else 0.0,
        "right at zone_p > 0.8": _share(every.is_right, every.zone_p > SURE_P),
    }


def _spread(radius_m: Floats) -> float:
    """Of its logarithm; robust."""
    known = np.log(radius_m[np.isfinite(radius_m)])
    return float((np.percentile(known, 84) - np.percentile(known, 16)) / 2) if len(known) else 0.0


def _steps_m(one: Errors, *, standing: bool) -> Floats:
    """How far fixes a second apart are."""
    speed_mps = np.hypot(*one.going_mps.T)
    moved_m = np.diff(one.off_m, axis=0) + one.going_mps[1:]
    like = (speed_mps < STANDING_MPS) if standing else (speed_mps > WALKING_MPS)
    step_m = np.hypot(*moved_m.T)[like[1:]]
    return np.asarray(step_m[np.isfinite(step_m)])

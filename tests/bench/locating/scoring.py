"""How good fixes are against ground truth, by the definitions of FORMATS.md's scorer.

A fix counts where truth rows at most 2.5 s apart bracket its time, from 5 s after its tag's first
fix; denser ones are thinned to 1 Hz. Truth up to 0.5 m outside every zone belongs to the nearest.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from edge_agent.fix import Fix
from edge_agent.sighting import Sighting
from edge_agent.truth import TruthRow
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]

WARM_UP_S: Final = 5.0
APART_MAX_S: Final = 2.5
THINNED_S: Final = 0.95
ANSWERED_S: Final = 0.6
ZONE_REACH_M: Final = 0.5
ACT_P: Final = 0.8
BINS: Final = 10
# Covered: as many anchors heard within as many seconds.
COVERED_ANCHORS: Final = 3
COVERED_S: Final = 3.0


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of some fixes, pooled; None where nothing says anything of it."""

    n: int
    """Fixes scored."""
    mean_m: float
    median_m: float
    p90_m: float
    zone_accuracy: float | None
    """Share with the true leaf zone; unknown counts as wrong."""
    unknown_share: float | None
    act_precision: float | None
    """Share that are right of those with zone_p of at least 0.8."""
    act_share: float | None
    zone_ece: float | None
    """Expected calibration error of zone_p over fixes that name a zone, ten bins."""
    radius_coverage: float | None
    """Share of truth inside radius_m; 0.68 is honest."""
    answered: float
    """Share of truth seconds that got a fix."""


class Spot(msgspec.Struct, frozen=True):
    """Where a tag truly was."""

    x_m: float
    y_m: float
    level: str | None


class Way:
    """One tag's truth."""

    def __init__(self, rows: Iterable[TruthRow]) -> None:
        self._rows = sorted(rows, key=lambda row: row.t_s)
        self.t_s: Floats = np.array([row.t_s for row in self._rows])

    def at(self, now_s: float) -> Spot | None:
        """Where it was; None where no two rows lie closely around the time."""
        after = int(np.searchsorted(self.t_s, now_s))
        if after < len(self.t_s) and self.t_s[after] == now_s:
            row = self._rows[after]
            return Spot(row.x_m, row.y_m, row.level)
        if not 0 < after < len(self.t_s):
            return None
        one, other = self._rows[after - 1], self._rows[after]
        if other.t_s - one.t_s > APART_MAX_S:
            return None
        share = (now_s - one.t_s) / (other.t_s - one.t_s)
        x_m = one.x_m + share * (other.x_m - one.x_m)
        return Spot(x_m, one.y_m + share * (other.y_m - one.y_m), other.level)


class Heard:
    """When which anchors heard one tag."""

    def __init__(self, rows: Iterable[Sighting]) -> None:
        by_time = sorted((row.t_s, row.anchor) for row in rows)
        self.t_s: Floats = np.array([t_s for t_s, _ in by_time])
        self._anchors = [anchor for _, anchor in by_time]

    def is_covered(self, now_s: float) -> bool:
        """Whether enough anchors heard it within the last seconds."""
        first, end = np.searchsorted(self.t_s, [now_s - COVERED_S, now_s], "right")
        return len(set(self._anchors[first:end])) >= COVERED_ANCHORS


class Scorer:
    """Collects what fixes are worth on one map."""

    def __init__(self, floor_map: FloorMap) -> None:
        self._zones = [(zone.id, zone.level, zone.polygon) for zone in floor_map.leaf_zones]
        self._asked = 0
        self._answered = 0
        self._error_m: list[float] = []
        self._inside: list[bool] = []
        self._right: list[bool] = []
        self._zone_p: list[float] = []
        self._named: list[bool] = []

    def add(
        self,
        truth: Sequence[TruthRow],
        fixes: Iterable[Fix],
        covered: Sequence[Sighting] | None = None,
    ) -> None:
        """Take in one recording's fixes; with its sightings, only its covered seconds count."""
        by_tag: defaultdict[str, list[Fix]] = defaultdict(list)
        for fix in fixes:
            by_tag[fix.tag].append(fix)
        for tag in dict.fromkeys(row.tag for row in truth):
            way = Way(row for row in truth if row.tag == tag)
            heard = None
            if covered is not None:
                heard = Heard(row for row in covered if row.tag == tag)
            mine = sorted(by_tag[tag], key=lambda fix: fix.t_s)
            self._ask(way, np.array([fix.t_s for fix in mine]), heard)
            self._weigh(way, mine, heard)

    def _ask(self, way: Way, fix_s: Floats, heard: Heard | None) -> None:
        """Count the seconds that should have a fix, and those that have."""
        heard_s = way.t_s if heard is None else heard.t_s
        if not len(heard_s):
            return
        for second in np.unique(np.floor(way.t_s)):
            is_outside = second < heard_s[0] + WARM_UP_S or second > heard_s[-1]
            if is_outside or (heard is not None and not heard.is_covered(second)):
                continue
            self._asked += 1
            if len(fix_s) and np.abs(fix_s - second).min() <= ANSWERED_S:
                self._answered += 1

    def _weigh(self, way: Way, fixes: Sequence[Fix], heard: Heard | None) -> None:
        previous_s = -math.inf
        for fix in fixes:
            is_early = fix.t_s < fixes[0].t_s + WARM_UP_S
            if is_early or fix.t_s - previous_s < THINNED_S:
                continue
            spot = way.at(fix.t_s)
            if spot is None or (heard is not None and not heard.is_covered(fix.t_s)):
                continue
            previous_s = fix.t_s
            self._take(fix, spot)

    def _take(self, fix: Fix, spot: Spot) -> None:
        error_m = float(np.hypot(fix.x_m - spot.x_m, fix.y_m - spot.y_m))
        self._error_m.append(error_m)
        self._inside.append(error_m <= fix.radius_m)
        zones = self._zones_at(spot)
        if zones is not None:
            self._right.append(fix.zone in zones)
            self._zone_p.append(min(fix.zone_p, 1.0))
            self._named.append(fix.zone is not None)

    def _zones_at(self, spot: Spot) -> set[str] | None:
        """The zones that are right; None where truth lies too far from every one."""
        here = [
            (name, polygon)
            for name, level, polygon in self._zones
            if spot.level is None or level == spot.level
        ]
        inside = {
            name for name, polygon in here if shapely.intersects_xy(polygon, spot.x_m, spot.y_m)
        }
        if inside or not here:
            return inside
        point = shapely.Point(spot.x_m, spot.y_m)
        away_m, nearest = min((polygon.distance(point), name) for name, polygon in here)
        return {nearest} if away_m <= ZONE_REACH_M else None

    def score(self) -> Score | None:
        """The figures; None where not one fix counts."""
        if not self._error_m:
            return None
        error_m = np.array(self._error_m)
        right, zone_p, named = (
            np.array(self._right, bool),
            np.array(self._zone_p, float),
            np.array(self._named, bool),
        )
        act = named & (zone_p >= ACT_P)
        return Score(
            n=len(error_m),
            mean_m=float(error_m.mean()),
            median_m=float(np.median(error_m)),
            p90_m=float(np.percentile(error_m, 90)),
            zone_accuracy=share(right),
            unknown_share=share(~named),
            act_precision=share(right[act]),
            act_share=share(act),
            zone_ece=calibration_error(right[named], zone_p[named]),
            radius_coverage=float(np.mean(self._inside)),
            answered=self._answered / max(self._asked, 1),
        )


def share(flags: npt.NDArray[np.bool_]) -> float | None:
    """How many are true; None of none."""
    return float(flags.mean()) if len(flags) else None


def calibration_error(right: npt.NDArray[np.bool_], p: Floats) -> float | None:
    """The mean distance, bin by bin, of what was said from what was so."""
    if not len(p):
        return None
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    wrong = 0.0
    for one in np.unique(bins):
        mine = bins == one
        wrong += abs(right[mine].mean() - p[mine].mean()) * mine.sum()
    return float(wrong / len(p))

"""What others do: strongest anchor, weighted centroid, multilateration + Kalman, kNN fingerprints.

Small and honest: each with the window, count and weights that serve it best over the public sites.
"""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from edge_agent.fix import Fix
from edge_agent.locator import TRACK_SILENCE_S
from edge_agent.sighting import Sighting
from tests.bench.locating.fitted_law import Known
from tests.bench.locating.multilateration import Kalman, solved

Floats = npt.NDArray[np.float64]
Means = dict[str, float]
"""Anchor -> mean RSSI of the window."""
Locate = Callable[[Means], Floats | None]
"""One tag's locator: asked once a second; None before it knows anything."""
Rival = Callable[[Known], Locate]

# Means over fewer seconds flap (kNN on the office: 1.65 m at 2 s, 1.39 m at 4 s), over more lag.
WINDOW_S: Final = 4
# Beyond the strongest few, a centroid is drawn to the middle of the floor.
CENTROID_ANCHORS: Final = 6
# Weights fall with distance: 20 dB are a factor of 10.
CENTROID_DB: Final = 20.0
SOLVED_ANCHORS: Final = 10
SOLVED_ANCHORS_MIN: Final = 3
NEIGHBOURS: Final = 5
# What an anchor that is not heard counts as.
UNHEARD_DBM: Final = -105.0


def strongest(known: Known) -> Locate:
    """The place of the strongest anchor."""

    def locate(means: Means) -> Floats | None:
        if not means:
            return None
        best = max(means, key=lambda anchor: means[anchor])
        spot: Floats = known.place_m[known.anchors[best], :2]
        return spot

    return locate


def centroid(known: Known) -> Locate:
    """The mean of the strongest anchors' places, weighted by amplitude."""

    def locate(means: Means) -> Floats | None:
        if not means:
            return None
        anchor, rssi_dbm = loudest(known, means, CENTROID_ANCHORS)
        return weighted(known, anchor, rssi_dbm)

    return locate


def multilateration(known: Known) -> Locate:
    """Least squares on the distances that a fitted path loss gives, then a Kalman filter."""
    kalman: Kalman | None = None

    def locate(means: Means) -> Floats | None:
        nonlocal kalman
        point_m = None
        if len(means) >= SOLVED_ANCHORS_MIN:
            point_m = multilaterated(known, means)
        elif means and kalman is None:
            point_m = weighted(known, *loudest(known, means, CENTROID_ANCHORS))
        if kalman is None and point_m is not None:
            kalman = Kalman(point_m)
            return point_m
        return None if kalman is None else kalman.step(point_m)

    return locate


def neighbours(known: Known) -> Locate:
    """The weighted mean of the survey points that hear most alike."""
    prints_dbm = np.nan_to_num(known.prints_dbm, nan=UNHEARD_DBM)

    def locate(means: Means) -> Floats | None:
        if not means:
            return None
        heard_dbm = np.full(len(known.anchors), UNHEARD_DBM)
        for anchor, rssi_dbm in means.items():
            heard_dbm[known.anchors[anchor]] = rssi_dbm
        apart_db = np.sqrt(((prints_dbm - heard_dbm) ** 2).sum(1))
        best = np.argsort(apart_db)[:NEIGHBOURS]
        weight = 1 / np.maximum(apart_db[best], 1e-3)
        spot: Floats = weight @ known.points_m[best] / weight.sum()
        return spot

    return locate


RIVALS: Final[dict[str, Rival]] = {
    "strongest anchor": strongest,
    "weighted centroid": centroid,
    "multilateration + Kalman": multilateration,
    "kNN fingerprints": neighbours,
}


def loudest(known: Known, means: Means, count: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """The rows and RSSI of the strongest anchors."""
    best = sorted(means.items(), key=lambda item: (-item[1], item[0]))[:count]
    rows = np.array([known.anchors[anchor] for anchor, _ in best])
    return rows, np.array([rssi_dbm for _, rssi_dbm in best])


def weighted(known: Known, anchor: npt.NDArray[np.int64], rssi_dbm: Floats) -> Floats:
    """The centroid of some anchors."""
    weight = 10 ** (rssi_dbm / CENTROID_DB)
    spot: Floats = weight @ known.place_m[anchor, :2] / weight.sum()
    return spot


def multilaterated(known: Known, means: Means) -> Floats:
    """One least-squares solution, kept on the floor."""
    anchor, rssi_dbm = loudest(known, means, SOLVED_ANCHORS)
    decades = (known.power_dbm_1m[anchor] - rssi_dbm) / (10 * known.exponent)
    start_m = weighted(known, anchor, rssi_dbm)
    point_m = solved(known.place_m[anchor], 10**decades, known.tag_height_m, start_m)
    bounds = np.array([level.polygon.bounds for level in known.floor_map.levels])
    return np.clip(point_m, bounds[:, :2].min(0), bounds[:, 2:].max(0))


def located(rival: Rival, known: Known, sightings: Sequence[Sighting]) -> list[Fix]:
    """A rival's fixes of a recording, one a second a tag as FORMATS.md asks for."""
    by_tag: defaultdict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        if sighting.anchor in known.anchors:
            by_tag[sighting.tag].append(sighting)
    fixes: list[Fix] = []
    for tag, rows in by_tag.items():
        locate = rival(known)
        last_m: Floats | None = None
        for second, means in windows(rows):
            spot_m = locate(means)
            last_m = last_m if spot_m is None else spot_m
            if last_m is not None:
                fixes.append(fix(known, tag, second, last_m, means))
    return fixes


def windows(rows: Sequence[Sighting]) -> Iterator[tuple[int, Means]]:
    """Each whole second of a tag, with the mean of each anchor over the window before it."""
    times_s = [row.t_s for row in rows]
    last = math.floor(times_s[-1]) + TRACK_SILENCE_S
    for second in range(math.ceil(times_s[0]), last + 1):
        heard: defaultdict[str, list[float]] = defaultdict(list)
        first, end = bisect_right(times_s, second - WINDOW_S), bisect_right(times_s, second)
        for row in rows[first:end]:
            heard[row.anchor].append(row.rssi_dbm)
        yield second, {anchor: math.fsum(all_) / len(all_) for anchor, all_ in heard.items()}


def fix(known: Known, tag: str, second: int, spot_m: Floats, means: Means) -> Fix:
    """A point as a fix: its zone is the one it lies in, else the nearest; no probability."""
    x_m, y_m = float(spot_m[0]), float(spot_m[1])
    best = max(means, key=lambda anchor: means[anchor], default=None)
    level = known.floor_map.levels[0].id if best is None else known.floor_map.place(best)[3]
    return Fix(
        t_s=float(second),
        tag=tag,
        x_m=x_m,
        y_m=y_m,
        radius_m=0.0,
        zone=zone_of(known, x_m, y_m, level),
        zone_p=0.0,
        level=level,
        map_sha=known.floor_map.map_sha,
    )


def zone_of(known: Known, x_m: float, y_m: float, level: str) -> str | None:
    """The leaf zone of a point, or the nearest of its level."""
    zones = known.floor_map.leaf_zones
    index = int(known.floor_map.zone_at(x_m, y_m, level))
    if index >= 0:
        return zones[index].id
    point = shapely.Point(x_m, y_m)
    away_m = {zone.id: zone.polygon.distance(point) for zone in zones if zone.level == level}
    return min(away_m, key=lambda name: away_m[name], default=None)

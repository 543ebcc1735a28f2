"""What the rivals know of a site: where its anchors are, a plain path loss, its fingerprints."""

from collections import defaultdict
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.path_loss import place_ids
from edge_agent.truth import Truth
from store_maps.floor_map import FloorMap
from tests.bench.locating.site import LABELLED, Site

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# Nearer than this the antennas decide; distances below count as this.
DISTANCE_MIN_M: Final = 0.5
# Where nothing was measured: an iBeacon at 1 m, and a shop's exponent. Its weight in the fit is
# that of a hundredth of a measurement, so that an anchor without any has a number.
POWER_DBM_1M: Final = -59.0
EXPONENT: Final = 2.5
PRIOR_WEIGHT: Final = 0.1


class Known(msgspec.Struct, frozen=True, eq=False):
    """All that a rival may use of a site."""

    floor_map: FloorMap
    anchors: dict[str, int]
    """Anchor or beacon -> its row in the arrays."""
    place_m: Floats
    """(anchors, 3)"""
    tag_height_m: float
    power_dbm_1m: Floats
    """(anchors,)"""
    exponent: float
    points_m: Floats
    """(points, 2) of the survey."""
    prints_dbm: Floats
    """(points, anchors); NaN where the survey heard nothing."""
    fitted_on: str
    """Where power and exponent come from: the radio map's rung of the same files."""


def known(site: Site, *, is_bare: bool = False) -> Known:
    """A site as the rivals see it: least squares on survey or labelled walks, if any.

    A bare one is known from its map alone.
    """
    anchors = {name: row for row, name in enumerate(place_ids(site.floor_map))}
    place_m = np.array([site.floor_map.place(name)[:3] for name in anchors])
    points_m, prints_dbm = fingerprints(site, anchors)
    anchor, xy_m, rssi_dbm = unmeasured() if is_bare else measurements(site, anchors)
    flat_m = np.hypot(*(place_m[anchor, :2] - xy_m).T)
    distance_m = np.hypot(flat_m, place_m[anchor, 2] - site.tag_height_m)
    law = fit(nominal_dbm(site.floor_map), anchor, distance_m, rssi_dbm)
    without_survey = "walks" if site.is_walked else "defaults"
    fitted_on = "survey" if site.survey else without_survey
    return Known(
        floor_map=site.floor_map,
        anchors=anchors,
        place_m=place_m,
        tag_height_m=site.tag_height_m,
        power_dbm_1m=law[:-1],
        exponent=float(law[-1]),
        points_m=points_m,
        prints_dbm=prints_dbm,
        fitted_on="defaults" if is_bare else fitted_on,
    )


def nominal_dbm(floor_map: FloorMap) -> Floats:
    """What the map says each anchor or beacon is at 1 m."""
    anchors = [POWER_DBM_1M + anchor.rssi_offset_db for anchor in floor_map.anchors]
    told = [beacon.tx_power_dbm_1m for beacon in floor_map.beacons]
    beacons = [POWER_DBM_1M if power_dbm is None else power_dbm for power_dbm in told]
    return np.array([*anchors, *beacons], float)


def fit(nominal: Floats, anchor: Indices, distance_m: Floats, rssi_dbm: Floats) -> Floats:
    """Least squares: (anchors + 1,) a power each and one exponent."""
    count = len(nominal)
    design = np.zeros((len(anchor), count + 1))
    design[np.arange(len(anchor)), anchor] = 1.0
    design[:, count] = -10 * np.log10(np.maximum(distance_m, DISTANCE_MIN_M))
    prior = np.append(nominal, EXPONENT)
    whole = np.concatenate([design, PRIOR_WEIGHT * np.eye(count + 1)])
    wanted = np.append(rssi_dbm, PRIOR_WEIGHT * prior)
    law: Floats = np.linalg.lstsq(whole, wanted)[0]
    return law


def measurements(site: Site, anchors: dict[str, int]) -> tuple[Indices, Floats, Floats]:
    """Anchor rows, places (k, 2) and RSSI, of survey or labelled walks; of none, none."""
    if site.survey:
        rows = [(anchors[row.anchor], row.x_m, row.y_m, row.rssi_mean_dbm) for row in site.survey]
        table = np.array(rows)
    elif site.is_walked:
        table = walked(site, anchors)
    else:
        return unmeasured()
    return table[:, 0].astype(np.int64), table[:, 1:3], table[:, 3]


def unmeasured() -> tuple[Indices, Floats, Floats]:
    """Not one measurement."""
    return np.zeros(0, np.int64), np.zeros((0, 2)), np.zeros(0)


def walked(site: Site, anchors: dict[str, int]) -> Floats:
    """(k, 4) anchor row, x, y, RSSI of the labelled walks, where the truth knows the place."""
    truth = Truth(site.floor_map, site.truth(LABELLED))
    sightings = site.sightings(LABELLED)
    tables = [np.zeros((0, 4))]
    for tag in truth.tags:
        mine = [row for row in sightings if row.tag == tag]
        there = truth.at(tag, np.array([row.t_s for row in mine]))
        heard = np.array([(anchors[row.anchor], row.rssi_dbm) for row in mine]).reshape(-1, 2)
        table = np.column_stack([heard[:, 0], there.xy_m, heard[:, 1]])
        tables.append(table[there.is_known])
    return np.concatenate(tables)


def fingerprints(site: Site, anchors: dict[str, int]) -> tuple[Floats, Floats]:
    """The survey's points (points, 2) and what each hears (points, anchors)."""
    points: dict[str, tuple[float, float]] = {}
    heard: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for row in site.survey:
        points[row.point] = (row.x_m, row.y_m)
        heard[row.point][anchors[row.anchor]] = row.rssi_mean_dbm
    prints_dbm = np.full((len(points), len(anchors)), np.nan)
    for number, point in enumerate(points):
        for anchor, rssi_dbm in heard[point].items():
            prints_dbm[number, anchor] = rssi_dbm
    return np.array(list(points.values())).reshape(-1, 2), prints_dbm

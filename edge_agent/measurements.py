"""What was measured where, and the calibration that it makes likely."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.calibration import (
    DEFAULT_FADING_SD_DB,
    DEFAULT_MAP_SD_DB,
    Calibration,
    Left,
    Rung,
)
from edge_agent.path_loss import (
    TAUGHT_SPREAD,
    Fit,
    Rays,
    Readings,
    fit,
    nominal,
    place_ids,
    rays,
)
from edge_agent.shadow import REPEAT_SD_DB, SHADOW_SD_DB, Shadow, places_m
from edge_agent.survey import SurveyRow
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# A survey's own spread counts as much as this many points of the default's: a handful of points
# that happen to agree must not make the filter sure.
DEFAULT_SD_ROWS: Final = 12.0
# Shadows between few points are guesses: the noise of n rows counts (1 + (FEW_ROWS / n)^2) times.
# Office, on a self-calibrated law, 10 and 20 points: 1.57 and 1.37 m without, 1.45 and 1.34 m
# with; 40 points do not care.
FEW_ROWS: Final = 20.0
# Packets of one standing measurement share a body, a posture and a minute.
ROW_PACKETS_MAX: Final = 30


class Measurements(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """What was measured where, as columns; a row for each place, anchor and tag."""

    anchor: Indices
    tag: Indices
    """Which tag it was, from 0; -1 for the surveying one."""
    xy_m: Floats
    """(rows, 2)"""
    level_index: Indices
    rssi_dbm: Floats
    """Means."""
    packets: Indices
    sd_db: Floats
    """Of the packets of each row, 0 of a single one."""

    @classmethod
    def of_survey(cls, floor_map: FloorMap, survey: Sequence[SurveyRow]) -> "Measurements":
        """A survey's rows, which fit the map; in one order, whatever theirs."""
        survey = sorted(survey, key=lambda row: (row.point, row.anchor))
        index = {name: position for position, name in enumerate(place_ids(floor_map))}
        return cls(
            anchor=np.array([index[row.anchor] for row in survey]),
            tag=np.full(len(survey), -1),
            xy_m=np.array([(row.x_m, row.y_m) for row in survey], float),
            level_index=point_levels(floor_map, survey),
            rssi_dbm=np.array([row.rssi_mean_dbm for row in survey], float),
            packets=np.array([row.n for row in survey]),
            sd_db=np.array([row.rssi_sd_db for row in survey], float),
        )

    @property
    def variance_db(self) -> Floats:
        """Of the means, dB squared."""
        packets = np.minimum(self.packets, ROW_PACKETS_MAX)
        variance_db: Floats = np.maximum(self.sd_db, DEFAULT_FADING_SD_DB) ** 2 / packets
        return variance_db

    @property
    def places_m(self) -> Floats:
        """(rows, 3), levels far apart."""
        return places_m(self.xy_m, self.level_index)

    @property
    def readings(self) -> Readings:
        """What the law is fitted to."""
        return Readings(self.anchor, self.rssi_dbm, self.variance_db, self.tag)


def calibrated(
    floor_map: FloorMap,
    points: Measurements,
    rung: Rung,
    tag_height_m: float,
    prior: Calibration | None = None,
) -> Calibration:
    """The path loss fitted to measurements, with what is left of them.

    Args:
        floor_map: where anchors and walls are.
        points: what was measured, at least one row.
        rung: what to call it.
        tag_height_m: the measuring tags'.
        prior: the rung below; None is the map's own words. What this site's walking taught holds
            more than those, and the surveying tag then has an offset against the walkers'.
    """
    measured = rays(floor_map, points.xy_m, points.level_index, tag_height_m)
    found = prior_fit(floor_map, points, measured, prior)
    expected_dbm = found.law.expected_dbm(measured)[points.anchor, np.arange(len(points.anchor))]
    left_db = points.rssi_dbm - expected_dbm - found.of_tag(points.tag)
    shadows = {
        int(anchor): lefts(floor_map, points, left_db, np.flatnonzero(points.anchor == anchor))
        for anchor in np.unique(points.anchor)
    }
    wrong = np.concatenate([Shadow.of(left, floor_map).left_out() for left in shadows.values()])
    law_sd_db = float(np.hypot(SHADOW_SD_DB, REPEAT_SD_DB))
    map_sd_db = law_sd_db * blended(wrong, DEFAULT_MAP_SD_DB / law_sd_db)
    plain = Calibration.of_law(found.law, floor_map, rung, tag_height_m, map_sd_db)
    return msgspec.structs.replace(
        plain,
        fading_sd_db=blended(points.sd_db[points.packets > 1], DEFAULT_FADING_SD_DB),
        anchors=tuple(
            msgspec.structs.replace(anchor, left=shadows.get(index, ()))
            for index, anchor in enumerate(plain.anchors)
        ),
    )


def prior_fit(
    floor_map: FloorMap, points: Measurements, measured: Rays, prior: Calibration | None
) -> Fit:
    """The law that the measurements and the rung below make likely."""
    if prior is None or prior.rung == "defaults":
        return fit(nominal(floor_map), measured, points.readings)
    known = points.tag - points.tag.min()
    readings = msgspec.structs.replace(points.readings, tag=known)
    return fit(prior.law, measured, readings, TAUGHT_SPREAD)


def lefts(
    floor_map: FloorMap, points: Measurements, left_db: Floats, rows: Indices
) -> tuple[Left, ...]:
    """What one anchor's rows leave over, with few rows in doubt."""
    noise_db = points.variance_db[rows] + REPEAT_SD_DB**2
    doubt = 1 + (FEW_ROWS / len(rows)) ** 2
    variance_db = noise_db * doubt - REPEAT_SD_DB**2
    return tuple(
        Left(
            float(points.xy_m[row, 0]),
            float(points.xy_m[row, 1]),
            floor_map.levels[points.level_index[row]].id,
            float(left_db[row]),
            float(variance),
        )
        for row, variance in zip(rows, variance_db, strict=True)
    )


def point_levels(floor_map: FloorMap, survey: Sequence[SurveyRow]) -> Indices:
    """The level of each row's point: that of the anchor it hears best, as surveys name none."""
    best: dict[str, SurveyRow] = {}
    for row in survey:
        known = best.setdefault(row.point, row)
        if row.rssi_mean_dbm > known.rssi_mean_dbm:
            best[row.point] = row
    return np.array(
        [floor_map.level_index(floor_map.place(best[row.point].anchor)[3]) for row in survey]
    )


def blended(values: Floats, default: float) -> float:
    """The root mean square of `values`, with some rows' worth of the default."""
    squares = float((values**2).sum()) + DEFAULT_SD_ROWS * default**2
    return float(np.sqrt(squares / (len(values) + DEFAULT_SD_ROWS)))

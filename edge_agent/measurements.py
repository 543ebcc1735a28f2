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
from edge_agent.path_loss import Readings, fit, nominal, place_ids, rays
from edge_agent.shadow import Shadow, places_m
from edge_agent.survey import SurveyRow
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# A survey's own spread counts as much as this many points of the default's: a handful of points
# that happen to agree must not make the filter sure.
DEFAULT_SD_ROWS: Final = 12.0
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
    floor_map: FloorMap, points: Measurements, rung: Rung, tag_height_m: float
) -> Calibration:
    """The path loss fitted to measurements, with what is left of them."""
    measured = rays(floor_map, points.xy_m, points.level_index, tag_height_m)
    found = fit(nominal(floor_map), measured, points.readings)
    law = found.law
    expected_dbm = law.expected_dbm(measured)[points.anchor, np.arange(len(points.anchor))]
    left_db = points.rssi_dbm - expected_dbm - found.of_tag(points.tag)
    left: dict[int, tuple[Left, ...]] = {}
    wrong_db = np.empty(len(left_db))
    for anchor in np.unique(points.anchor):
        rows = np.flatnonzero(points.anchor == anchor)
        shadow = Shadow(points.places_m[rows], left_db[rows], points.variance_db[rows])
        wrong_db[rows] = shadow.left_out_db()
        left[int(anchor)] = tuple(
            Left(
                float(points.xy_m[row, 0]),
                float(points.xy_m[row, 1]),
                floor_map.levels[points.level_index[row]].id,
                float(left_db[row]),
                float(points.variance_db[row]),
            )
            for row in rows
        )
    map_sd_db = blended(wrong_db, DEFAULT_MAP_SD_DB)
    plain = Calibration.of_law(law, floor_map, rung, tag_height_m, map_sd_db)
    return msgspec.structs.replace(
        plain,
        fading_sd_db=blended(points.sd_db, DEFAULT_FADING_SD_DB),
        anchors=tuple(
            msgspec.structs.replace(anchor, left=left.get(index, ()))
            for index, anchor in enumerate(plain.anchors)
        ),
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


def blended(values_db: Floats, default_db: float) -> float:
    """The root mean square of `values_db`, with some rows' worth of the default."""
    squares = float((values_db**2).sum()) + DEFAULT_SD_ROWS * default_db**2
    return float(np.sqrt(squares / (len(values_db) + DEFAULT_SD_ROWS)))

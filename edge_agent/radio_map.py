"""What each anchor would hear from each cell: defaults, or fitted on a survey."""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.path_loss import fit, nominal, place_ids, rays
from edge_agent.shadow import Shadow
from edge_agent.survey import SurveyRow, refuse_misfits
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# What a law from the map alone is wrong by at a place, and how much packets from one place spread.
DEFAULT_MAP_SD_DB: Final = 6.0
DEFAULT_FADING_SD_DB: Final = 4.0
# A survey's own spread counts as much as this many points of the default's: a handful of points
# that happen to agree must not make the filter sure.
DEFAULT_SD_ROWS: Final = 12.0

# Levels this far apart in the process share nothing.
LEVEL_APART_M: Final = 1_000.0

# Packets of one standing measurement share a body, a posture and a minute.
ROW_PACKETS_MAX: Final = 30


class RadioMap(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """Expected RSSI per anchor and cell, and how far from it a reading may be."""

    anchor_ids: tuple[str, ...]
    """The map's anchors, then its beacons."""
    expected_dbm: npt.NDArray[np.float32]
    """(anchors, cells of the grid), of a tag that transmits or hears as the surveying one did."""
    map_sd_db: float
    """How wrong the expectation is at a place; stays however many packets are heard."""
    fading_sd_db: float
    """How much single packets at one place spread."""
    places_sha: str
    """The levels, walls, fixtures and anchors that it holds for."""
    rung: Literal["defaults", "survey"]

    @property
    def sd_db(self) -> float:
        """How far a single packet lies from the expectation."""
        return float(np.hypot(self.map_sd_db, self.fading_sd_db))

    @classmethod
    def defaults(
        cls, floor_map: FloorMap, grid: FloorGrid, tag_height_m: float = 1.0
    ) -> "RadioMap":
        """The map's own words: powers, walls, fixtures, and a common exponent."""
        cells = rays(floor_map, grid.xy_m, grid.level_index, tag_height_m)
        return cls(
            anchor_ids=place_ids(floor_map),
            expected_dbm=nominal(floor_map).expected_dbm(cells).astype(np.float32),
            map_sd_db=DEFAULT_MAP_SD_DB,
            fading_sd_db=DEFAULT_FADING_SD_DB,
            places_sha=floor_map.places_sha,
            rung="defaults",
        )

    @classmethod
    def from_survey(
        cls,
        floor_map: FloorMap,
        grid: FloorGrid,
        survey: Sequence[SurveyRow],
        tag_height_m: float = 1.0,
    ) -> "RadioMap":
        """The path loss fitted to a survey, and what is left of it smoothed in between.

        Raises:
            SurveyError: no row; anchors that the map does not know, points outside of it, a point
                and anchor twice, values that no radio reports; one line each, at most 20.
        """
        refuse_misfits(floor_map, survey)
        points = Points(floor_map, survey)
        measured = rays(floor_map, points.xy_m, points.level_index, tag_height_m)
        law = fit(nominal(floor_map), measured, points.anchor, points.rssi_dbm, points.variance_db)
        left_db = points.rssi_dbm - points.of(law.expected_dbm(measured))
        cells = rays(floor_map, grid.xy_m, grid.level_index, tag_height_m)
        expected_dbm = law.expected_dbm(cells)
        wrong_db = np.empty(len(survey))
        for anchor in np.unique(points.anchor):
            rows = np.flatnonzero(points.anchor == anchor)
            shadow = Shadow(points.places_m[rows], left_db[rows], points.variance_db[rows])
            expected_dbm[anchor] += shadow.at(places_m(grid.xy_m, grid.level_index))
            wrong_db[rows] = shadow.left_out_db()
        return cls(
            anchor_ids=place_ids(floor_map),
            expected_dbm=expected_dbm.astype(np.float32),
            map_sd_db=blended(wrong_db, DEFAULT_MAP_SD_DB),
            fading_sd_db=blended(points.sd_db, DEFAULT_FADING_SD_DB),
            places_sha=floor_map.places_sha,
            rung="survey",
        )


class Points:
    """A survey as columns."""

    def __init__(self, floor_map: FloorMap, survey: Sequence[SurveyRow]) -> None:
        index = {name: position for position, name in enumerate(place_ids(floor_map))}
        self.anchor: Indices = np.array([index[row.anchor] for row in survey])
        self.xy_m: Floats = np.array([(row.x_m, row.y_m) for row in survey], float)
        self.rssi_dbm: Floats = np.array([row.rssi_mean_dbm for row in survey], float)
        self.sd_db: Floats = np.array([row.rssi_sd_db for row in survey], float)
        packets = np.minimum([row.n for row in survey], ROW_PACKETS_MAX)
        self.variance_db: Floats = np.maximum(self.sd_db, DEFAULT_FADING_SD_DB) ** 2 / packets
        self.level_index: Indices = point_levels(floor_map, survey)
        self.places_m = places_m(self.xy_m, self.level_index)

    def of(self, table: Floats) -> Floats:
        """Each row's own entry of a table (anchors, rows)."""
        return table[self.anchor, np.arange(len(self.anchor))]


def places_m(xy_m: Floats, level_index: npt.ArrayLike) -> Floats:
    """(n, 3) places in which levels are far apart."""
    return np.column_stack([xy_m, LEVEL_APART_M * np.asarray(level_index, float)])


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

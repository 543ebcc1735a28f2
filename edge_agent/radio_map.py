"""What each anchor would hear from each cell, by what a calibration knows."""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.calibration import Calibration, Rung
from edge_agent.listed import listed
from edge_agent.measurements import Measurements, calibrated
from edge_agent.path_loss import place_ids, rays
from edge_agent.shadow import Shadow, places_m
from edge_agent.survey import SurveyRow, refuse_misfits
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap


class RadioMap(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """Expected RSSI per anchor and cell, and how far from it a reading may be."""

    anchor_ids: tuple[str, ...]
    """The map's anchors, then its beacons."""
    expected_dbm: npt.NDArray[np.float32]
    """(anchors, cells of the grid), of a tag that transmits or hears as the surveying one did."""
    map_sd_db: npt.NDArray[np.float32]
    """(anchors, cells): how wrong that is there; stays however many packets are heard."""
    fading_sd_db: float
    """How much single packets at one place spread."""
    place_sd_m: float = 0.0
    """What places err by together, however long a tag is heard."""
    places_sha: str
    """The levels, walls, fixtures and anchors that it holds for."""
    rung: Rung

    @classmethod
    def of(cls, calibration: Calibration, floor_map: FloorMap, grid: FloorGrid) -> "RadioMap":
        """The table of a calibration of this map.

        Raises:
            ValueError: the calibration is of other anchors.
        """
        refuse_strangers(calibration, floor_map)
        cells = rays(floor_map, grid.xy_m, grid.level_index, calibration.tag_height_m)
        cells_m = places_m(grid.xy_m, grid.level_index)
        expected_dbm = calibration.law.expected_dbm(cells)
        map_sd_db = np.empty(expected_dbm.shape, np.float32)
        for row, anchor in enumerate(calibration.anchors):
            map_sd_db[row] = anchor.map_sd_db
            if anchor.left:
                shadow = Shadow.of(anchor.left, floor_map)
                expected_dbm[row] += shadow.at(cells_m)
                map_sd_db[row] *= np.sqrt(shadow.unknown_share(cells_m))
        return cls(
            anchor_ids=place_ids(floor_map),
            expected_dbm=expected_dbm.astype(np.float32),
            map_sd_db=map_sd_db,
            fading_sd_db=calibration.fading_sd_db,
            place_sd_m=calibration.place_sd_m,
            places_sha=floor_map.places_sha,
            rung=calibration.rung,
        )

    @classmethod
    def defaults(
        cls, floor_map: FloorMap, grid: FloorGrid, tag_height_m: float = 1.0
    ) -> "RadioMap":
        """The map's own words: powers, walls, fixtures, and a common exponent."""
        return cls.of(Calibration.defaults(floor_map, tag_height_m), floor_map, grid)

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
        return cls.of(from_survey(floor_map, survey, tag_height_m), floor_map, grid)


def from_survey(
    floor_map: FloorMap,
    survey: Sequence[SurveyRow],
    tag_height_m: float = 1.0,
    prior: Calibration | None = None,
) -> Calibration:
    """What a survey says on top of the rung below; SurveyError as `RadioMap.from_survey`."""
    refuse_misfits(floor_map, survey)
    points = Measurements.of_survey(floor_map, survey)
    return calibrated(floor_map, points, "survey", tag_height_m, prior)


def refuse_strangers(calibration: Calibration, floor_map: FloorMap) -> None:
    """Raise ValueError where the calibration's anchors are not those of the map."""
    found = tuple(anchor.anchor for anchor in calibration.anchors)
    expected = place_ids(floor_map)
    if found != expected:
        strange = sorted({*found} ^ {*expected}) or ["another order"]
        msg = (
            f"calibration of {len(found)} anchors, expected the {len(expected)} of the map of "
            f"{floor_map.store_id!r} (differs: {listed(strange)}); "
            "ops: calibrate on this map"
        )
        raise ValueError(msg)

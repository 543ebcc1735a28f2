import msgspec
import numpy as np
import pytest

from edge_agent.calibration import Calibration
from edge_agent.path_loss import PathLoss, nominal, rays
from edge_agent.radio_map import RadioMap, from_survey
from edge_agent.survey import SurveyError, SurveyRow
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from tests.edge_agent.small_store import two_zones

MAP = two_zones()
GRID = FloorGrid.build(MAP)


def survey(floor_map: FloorMap, points: int, wrong_db: float, sd_db: float) -> list[SurveyRow]:
    """Points on a line, each anchor 5 dB weak and off by `wrong_db` at every second one."""
    xy_m = np.column_stack([np.linspace(1, 15, points), np.full(points, 4.0)])
    mean_dbm = nominal(floor_map).expected_dbm(rays(floor_map, xy_m, np.zeros(points, int), 1.0))
    return [
        SurveyRow(
            f"at-{point}",
            float(xy_m[point, 0]),
            4.0,
            f"p{row}",
            20,
            float(mean_dbm[row, point]) - 5 + wrong_db * (-1) ** point,
            sd_db,
        )
        for point in range(points)
        for row in range(6)
    ]


def test_defaults_are_the_map_alone() -> None:
    radio_map = RadioMap.defaults(MAP, GRID, tag_height_m=1.5)
    assert radio_map.anchor_ids == ("p0", "p1", "p2", "p3", "p4", "p5")
    assert radio_map.expected_dbm.shape == (6, GRID.cells_count)
    assert radio_map.expected_dbm.dtype == np.float32
    assert radio_map.rung == "defaults"
    assert radio_map.places_sha == MAP.places_sha
    assert radio_map.map_sd_db.shape == radio_map.expected_dbm.shape
    assert radio_map.map_sd_db == pytest.approx(6)
    assert radio_map.fading_sd_db == pytest.approx(4)
    nearest = GRID.cell_at(1.0, 1.0, "L0")[0]
    assert radio_map.expected_dbm[0].argmax() == nearest


def test_a_survey_moves_every_anchor_by_what_was_measured() -> None:
    found = RadioMap.from_survey(MAP, GRID, survey(MAP, 20, 0.0, 3.0))
    assert found.rung == "survey"
    difference_db = found.expected_dbm - RadioMap.defaults(MAP, GRID).expected_dbm
    assert np.median(difference_db) == pytest.approx(-5, abs=1.0)


def test_a_survey_that_contradicts_itself_makes_the_map_less_sure() -> None:
    smooth = RadioMap.from_survey(MAP, GRID, survey(MAP, 20, 0.0, 3.0))
    rough = RadioMap.from_survey(MAP, GRID, survey(MAP, 20, 6.0, 8.0))
    assert smooth.map_sd_db.mean() < 3
    assert rough.map_sd_db.mean() > 5
    assert smooth.fading_sd_db < 4
    assert rough.fading_sd_db > 7


def test_a_handful_of_rows_hardly_moves_the_spread() -> None:
    few = RadioMap.from_survey(MAP, GRID, survey(MAP, 1, 0.0, 3.0)[:2])
    assert few.map_sd_db == pytest.approx(6, rel=0.15)
    assert few.fading_sd_db == pytest.approx(4, rel=0.15)


def test_a_survey_that_does_not_fit_is_refused() -> None:
    with pytest.raises(SurveyError, match="anchor 'x' is not on the map"):
        RadioMap.from_survey(MAP, GRID, [SurveyRow("a", 1.0, 1.0, "x", 9, -60.0, 3.0)])


def test_a_calibration_of_other_anchors_is_refused() -> None:
    calibration = Calibration.defaults(MAP)
    fewer = msgspec.structs.replace(calibration, anchors=calibration.anchors[1:])
    with pytest.raises(ValueError, match=r"of 5 anchors, expected the 6 .* \(differs: p0\)"):
        RadioMap.of(fewer, MAP, GRID)
    turned = msgspec.structs.replace(calibration, anchors=calibration.anchors[::-1])
    with pytest.raises(ValueError, match="another order"):
        RadioMap.of(turned, MAP, GRID)


def test_a_map_knows_less_where_nobody_measured() -> None:
    rows = [row for row in survey(MAP, 20, 0.0, 3.0) if row.x_m < 8]
    found = RadioMap.from_survey(MAP, GRID, rows)
    near, far = GRID.cell_at(4.0, 4.0, "L0")[0], GRID.cell_at(15.0, 4.0, "L0")[0]
    assert (found.map_sd_db[:, near] < 0.9 * found.map_sd_db[:, far]).all()


def test_a_few_points_keep_to_what_walking_taught() -> None:
    law = nominal(MAP)
    taught_law = PathLoss(law.power_dbm_1m - 4, law.exponent, law.loss_share)
    taught = Calibration.of_law(taught_law, MAP, "self-calibrated", 1.0)
    few = survey(MAP, 3, 2.0, 3.0)
    kept = from_survey(MAP, few, prior=taught).law
    assert kept.power_dbm_1m == pytest.approx(taught_law.power_dbm_1m, abs=0.8)
    assert kept.exponent == pytest.approx(taught_law.exponent, abs=0.1)
    plain = from_survey(MAP, few, prior=Calibration.defaults(MAP))
    assert plain == from_survey(MAP, few)
    assert abs(plain.law.power_dbm_1m - taught_law.power_dbm_1m).max() > 0.8

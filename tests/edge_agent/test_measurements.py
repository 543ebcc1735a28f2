import numpy as np
import pytest

from edge_agent.calibration import DEFAULT_FADING_SD_DB
from edge_agent.measurements import Measurements, point_levels
from edge_agent.radio_map import RadioMap, from_survey
from edge_agent.shadow import SHADOW_REACH_M
from edge_agent.survey import SurveyRow
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import anchor, level, rectangle, store, two_zones, zone


def test_a_point_lies_on_the_level_whose_anchor_it_hears_best() -> None:
    features = [level("L0"), level("L1", ordinal=1), zone("a", rectangle(0, 0, 4, 4))]
    floor_map = store([*features, anchor("p", 4, 4), anchor("q", 4, 4, "L1")])
    rows = [
        SurveyRow("down", 4.0, 5.0, "q", 30, -90.0, 2.0),
        SurveyRow("down", 4.0, 5.0, "p", 30, -75.0, 2.0),
        SurveyRow("up", 4.0, 5.0, "q", 30, -75.0, 2.0),
        SurveyRow("up", 4.0, 5.0, "p", 30, -90.0, 2.0),
    ]
    assert point_levels(floor_map, rows).tolist() == [0, 0, 1, 1]
    calibration = from_survey(floor_map, rows)
    found = RadioMap.of(calibration, floor_map, FloorGrid.build(floor_map))
    assert np.isfinite(found.expected_dbm).all()
    assert {left.level for one in calibration.anchors for left in one.left} == {"L0", "L1"}
    far_m = np.ptp(Measurements.of_survey(floor_map, rows).places_m[:, 2])
    assert far_m > 100 * SHADOW_REACH_M


def test_the_order_of_a_survey_is_nothing() -> None:
    rows = [
        SurveyRow(f"at-{number}", 1.0 + number, 4.0, f"p{anchor}", 9, -60.0 - number, 3.0)
        for number in range(6)
        for anchor in range(3)
    ]
    assert from_survey(two_zones(), rows[::-1]) == from_survey(two_zones(), rows)


def test_packets_heard_alone_say_nothing_of_fading() -> None:
    rows = [SurveyRow(f"at-{x}", x, 4.0, f"p{x % 2}", 1, -60.0, 0.0) for x in range(1, 15)]
    assert from_survey(two_zones(), rows).fading_sd_db == pytest.approx(DEFAULT_FADING_SD_DB)

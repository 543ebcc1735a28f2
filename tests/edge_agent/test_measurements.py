import numpy as np

from edge_agent.measurements import point_levels
from edge_agent.radio_map import RadioMap, from_survey
from edge_agent.survey import SurveyRow
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import anchor, level, rectangle, store, zone


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

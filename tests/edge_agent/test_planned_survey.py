import numpy as np
import pytest

from edge_agent.calibration import Calibration
from edge_agent.planned_survey import as_surveyed, spread
from edge_agent.shadow import REPEAT_SD_DB, SHADOW_SD_DB
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import two_zones


def test_more_points_leave_less_and_never_less_than_repeats_differ_by() -> None:
    floor_map = two_zones()
    grid = FloorGrid.build(floor_map)
    prior = Calibration.defaults(floor_map)
    plans = [as_surveyed(prior, grid, count) for count in (1, 10, 30, 10_000)]
    left_db = [plan.anchors[0].map_sd_db for plan in plans]
    assert left_db == sorted(left_db, reverse=True)
    assert left_db[0] < np.hypot(SHADOW_SD_DB, REPEAT_SD_DB)
    assert REPEAT_SD_DB < left_db[-1] < 3.7
    assert {plan.rung for plan in plans} == {"survey"}
    assert plans[0].anchors[0].power_dbm_1m == prior.anchors[0].power_dbm_1m


def test_points_lie_far_from_each_other() -> None:
    line_m = np.column_stack([np.arange(11.0), np.zeros((11, 2))])
    assert sorted(spread(line_m, 3).tolist()) == [0, 5, 10]
    assert len(spread(line_m, 50)) == pytest.approx(11)

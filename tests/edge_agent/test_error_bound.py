import numpy as np
import pytest

from edge_agent.error_bound import ErrorBound, slopes
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import two_zones, wall


def test_a_slope_is_taken_over_open_steps_only_and_never_steeper_than_a_law() -> None:
    floor_map = two_zones(wall("w", (8, 0), (8, 8)))
    grid = FloorGrid.build(floor_map)
    jump_dbm = np.where(grid.xy_m[:, 0] > 8, -90.0, -50.0)
    east, north = slopes(grid, jump_dbm)
    assert np.abs(east).max() == np.abs(north).max() == 0.0
    east, north = slopes(grid, -2.0 * grid.xy_m[:, 0])
    assert east == pytest.approx(-2.0)
    east, _ = slopes(grid, -20.0 * grid.xy_m[:, 0])
    assert east == pytest.approx(-4.0)


def test_what_is_told_in_two_directions_leaves_less_than_in_one() -> None:
    floor_map = two_zones()
    grid = FloorGrid.build(floor_map)
    right, up = -50 - 2 * grid.xy_m.T
    sd_db = np.full(grid.cells_count, 4.0)
    one = ErrorBound(grid, right[None], sd_db[None])
    both_m = one.error_m(one.told(up, sd_db)).mean()
    twice_m = one.error_m(one.told(right, sd_db)).mean()
    silent = one.error_m(one.told(up - 200, sd_db))
    assert both_m < twice_m < one.error_m().mean()
    assert silent == pytest.approx(one.error_m())

import numpy as np
import pytest

from edge_agent.estimate import Estimate, Estimator, Masses
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from tests.edge_agent.small_store import (
    anchor,
    feature,
    level,
    rectangle,
    store,
    two_zones,
    zone,
)

MAP = two_zones(x_m=300.0)
GRID = FloorGrid.build(MAP)


def cloud(grid: FloorGrid, x_m: float, y_m: float, sd_m: float, on: int = 0) -> Masses:
    """A round normal posterior on one level."""
    far_m = np.hypot(grid.xy_m[:, 0] - x_m, grid.xy_m[:, 1] - y_m)
    mass = np.exp(-0.5 * (far_m / sd_m) ** 2) * (grid.level_index == on)
    return np.asarray(mass / mass.sum(), np.float32)


def told(floor_map: FloorMap, grid: FloorGrid, *clouds: Masses) -> list[Estimate]:
    estimator = Estimator(floor_map, grid, np.arange(grid.cells_count))
    return estimator.of(np.stack(clouds))


def test_point_radius_and_zone_of_many_clouds() -> None:
    left, right = told(MAP, GRID, cloud(GRID, 304.0, 304.0, 1.0), cloud(GRID, 310.0, 304.0, 1.5))
    assert (left.x_m, left.y_m) == pytest.approx((304.0, 304.0), abs=0.02)
    # 68 % of a round normal lies within 1.51 standard deviations.
    assert left.radius_m == pytest.approx(1.51, abs=0.1)
    assert right.radius_m == pytest.approx(1.51 * 1.5, abs=0.15)
    assert (left.zone, right.zone) == (0, 1)
    assert left.zone_p == pytest.approx(1.0, abs=1e-3)
    assert left.sensitive_p == 0


def test_half_the_mass_beyond_the_border_is_half_the_probability() -> None:
    (border,) = told(MAP, GRID, cloud(GRID, 308.0, 304.0, 1.0))
    assert border.zone_p == pytest.approx(0.5, abs=0.01)


def test_a_mean_inside_a_shelf_is_moved_to_the_floor() -> None:
    shelf = feature("shelf", rectangle(4, 1, 8, 6), kind="fixture", category="shelf")
    floor_map = two_zones(shelf)
    grid = FloorGrid.build(floor_map)
    both = (cloud(grid, 8.0, 0.5, 0.5) + cloud(grid, 8.0, 7.5, 0.5)) / 2
    (found,) = told(floor_map, grid, np.asarray(both, np.float32))
    assert (grid.xy_m == (found.x_m, found.y_m)).all(1).any()
    assert found.radius_m > 1.0


def test_where_most_lies_in_no_zone_none_is_named() -> None:
    floor_map = store([level("L0"), zone("a", rectangle(0, 0, 2, 2)), anchor("p", 1, 1)])
    grid = FloorGrid.build(floor_map)
    (found,) = told(floor_map, grid, cloud(grid, 12.0, 4.0, 1.0))
    assert (found.zone, found.zone_p) == (-1, 0.0)


def test_sensitive_zones_count_together() -> None:
    floor_map = two_zones(sensitive=True)
    grid = FloorGrid.build(floor_map)
    (found,) = told(floor_map, grid, cloud(grid, 8.0, 4.0, 1.0))
    assert found.sensitive_p == pytest.approx(0.5, abs=0.01)


def test_a_mean_of_places_around_a_sensitive_zone_lies_in_it() -> None:
    quiet = zone("quiet", rectangle(6, 3, 4, 2), sensitive=True)
    floor_map = store(
        [level("L0"), zone("around", rectangle(0, 5, 16, 3)), quiet, anchor("p", 1, 1)]
    )
    grid = FloorGrid.build(floor_map)
    both = (cloud(grid, 2.0, 4.0, 0.5) + cloud(grid, 14.0, 4.0, 0.5)) / 2
    between, beside = told(floor_map, grid, np.asarray(both, np.float32), cloud(grid, 2, 4, 0.5))
    assert between.sensitive_p < 0.01
    assert (between.in_sensitive, beside.in_sensitive) == (True, False)


def test_the_level_is_the_likeliest_and_point_and_radius_are_of_it() -> None:
    features = [level("L0"), level("L1", ordinal=1)]
    zones = [zone("a", rectangle(0, 0, 16, 8)), zone("b", rectangle(0, 0, 16, 8), "L1")]
    floor_map = store([*features, *zones, anchor("p", 1, 1)])
    grid = FloorGrid.build(floor_map)
    mass = 0.3 * cloud(grid, 2.0, 2.0, 1.0) + 0.7 * cloud(grid, 12.0, 6.0, 1.0, on=1)
    up, down = told(floor_map, grid, np.asarray(mass, np.float32), cloud(grid, 2.0, 2.0, 0.5))
    assert (up.level, down.level) == (1, 0)
    assert (up.x_m, up.y_m) == pytest.approx((12.0, 6.0), abs=0.1)
    assert up.zone_p == pytest.approx(0.7, abs=0.01)
    assert down.zone_p == pytest.approx(1.0, abs=0.01)


def test_places_that_err_together_widen_radii_and_doubt_zones_near_a_border() -> None:
    here, far = cloud(GRID, 306.5, 304.0, 0.5), cloud(GRID, 302.0, 304.0, 0.5)
    order = np.arange(GRID.cells_count)[::-1]
    estimator = Estimator(MAP, GRID, order, place_sd_m=1.5)
    near, away = estimator.of(np.stack([here, far])[:, order])
    assert near.radius_m == pytest.approx(1.51 * np.hypot(0.5, 1.5), rel=0.1)
    # The border is 1.5 m away, the whole error 1.58 m: a normal one is beyond it in 17 of 100.
    assert near.zone_p == pytest.approx(0.83, abs=0.03)
    assert away.zone_p > 0.99
    assert (near.x_m, near.y_m) == pytest.approx((306.5, 304.0), abs=0.02)

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store_maps import corner_market, floor_map
from store_maps.floor_grid import DIRECTIONS, FloorGrid, opposite
from store_maps.floor_map import FloorMap, MapError

Parse = Callable[..., FloorMap]
Document = dict[str, Any]
# Ten times the slowest build here; a test is no stopwatch.
HANG_GUARD_S = 30.0


@pytest.fixture(scope="module")
def grid(good_session_map: FloorMap) -> FloorGrid:
    return FloorGrid.build(good_session_map)


@pytest.fixture(scope="module")
def market() -> FloorGrid:
    return FloorGrid.build(corner_market.load())


def at(grid: FloorGrid, x_m: float, y_m: float, level: str = "L0") -> int:
    return int(grid.cell_at(x_m, y_m, level)[0])


def test_cells_are_where_one_can_walk(grid: FloorGrid) -> None:
    assert grid.shapes == ((16, 20), (16, 20))
    assert grid.cells_count == 2 * 16 * 20 - 4 * 2
    assert grid.lattices[0][2, 2] == -1
    assert at(grid, 0.25, 0.25) == 0
    assert grid.xy_m[0].tolist() == [0.25, 0.25]
    assert np.bincount(grid.level_index).tolist() == [312, 320]


def test_each_cell_is_in_one_zone_at_most(grid: FloorGrid) -> None:
    assert grid.zone_mask.shape == (4, grid.cells_count)
    assert grid.zone_mask.sum(0).max() == 1
    assert np.flatnonzero(grid.zone_mask[:, at(grid, 5.2, 5.2)]).tolist() == [1]
    assert np.flatnonzero(grid.zone_mask[:, at(grid, 5.2, 5.2, "L1")]).tolist() == [3]


def test_neighbours_are_one_step_away_and_mutual(market: FloorGrid) -> None:
    for direction, step in enumerate(DIRECTIONS):
        here = np.flatnonzero(market.neighbours[:, direction] >= 0)
        there = market.neighbours[here, direction]
        moved_m = market.xy_m[there] - market.xy_m[here]
        assert np.allclose(moved_m, np.array(step) * market.cell_m)
        assert (market.neighbours[there, opposite(direction)] == here).all()


def test_a_diagonal_needs_its_four_straight_steps(market: FloorGrid) -> None:
    neighbours = market.neighbours
    for direction in range(4, 8):
        here = np.flatnonzero(neighbours[:, direction] >= 0)
        columns, rows = DIRECTIONS[direction]
        across, along = DIRECTIONS.index((columns, 0)), DIRECTIONS.index((0, rows))
        assert (neighbours[neighbours[here, across], along] == neighbours[here, direction]).all()
        assert (neighbours[neighbours[here, along], across] == neighbours[here, direction]).all()


def test_a_wall_blocks_and_an_opening_lets_through(grid: FloorGrid) -> None:
    walled, open_ = at(grid, 5.8, 1.2), at(grid, 5.8, 4.2)
    assert grid.neighbours[walled, 0] == -1
    assert grid.neighbours[walled, 4] == -1
    assert grid.neighbours[open_, 0] == at(grid, 6.2, 4.2)


def test_a_shelf_thinner_than_a_cell_still_blocks(parsed: Parse) -> None:
    def thin(document: Document) -> None:
        ring = [[1.04, 1], [1.06, 1], [1.06, 7], [1.04, 7], [1.04, 1]]
        document["features"][7]["geometry"]["coordinates"] = [ring]

    grid = FloorGrid.build(parsed(thin))
    assert grid.neighbours[at(grid, 0.8, 3.2), 0] == -1
    assert grid.cells_count == 2 * 16 * 20


def test_cell_at_snaps_within_a_metre(grid: FloorGrid) -> None:
    cells = grid.cell_at([0.3, 1.9, 2.0, -0.6, -2.0, 50], [0.3, 1.1, 1.5, 4.3, 4.3, 50], "L0")
    assert cells[0] == 0
    assert grid.xy_m[cells[1]].tolist() == [1.75, 0.75]
    assert grid.xy_m[cells[2]][1] in {0.75, 2.25}
    assert grid.xy_m[cells[3]].tolist() == [0.25, 4.25]
    assert cells[4:].tolist() == [-1, -1]
    both = grid.cell_at([0.3, 0.3], [0.3, 0.3], np.array([0, 1]))
    assert grid.level_index[both].tolist() == [0, 1]
    assert grid.cell_at(0.3, 0.3, 1).tolist() == [both[1]]
    assert grid.cell_at([], [], "L0").shape == (0,)


@given(x_m=st.floats(-2, 12), y_m=st.floats(-2, 10))
def test_cell_at_is_the_nearest(grid: FloorGrid, x_m: float, y_m: float) -> None:
    far_m = np.hypot(*(grid.xy_m[grid.level_index == 0] - [x_m, y_m]).T)
    cell = at(grid, x_m, y_m)
    if cell < 0:
        assert far_m.min() > 1 - 1e-9
    else:
        assert np.hypot(*(grid.xy_m[cell] - [x_m, y_m])) == pytest.approx(far_m.min())


def test_distances_go_round_walls_and_over_stairs(grid: FloorGrid) -> None:
    west, east, up = at(grid, 5.8, 0.8), at(grid, 6.2, 0.8), at(grid, 9.3, 2.2, "L1")
    distance_m = grid.distance_from(west)
    assert distance_m[west] == 0
    assert distance_m[east] > 4.5, "by the gap between 3 and 5 m"
    assert np.isfinite(distance_m[up])
    assert distance_m[up] > 24, "20 s of stairs are 24 m"
    assert distance_m[east] == pytest.approx(grid.distance_from(east)[west])


def test_a_place_that_no_way_leads_to_is_infinitely_far(parsed: Parse) -> None:
    def shut(document: Document) -> None:
        document["features"] = [f for f in document["features"] if f["id"] not in {"gap", "stairs"}]

    grid = FloorGrid.build(parsed(shut))
    west, east = at(grid, 5.8, 0.8), at(grid, 6.2, 0.8)
    assert np.isinf(grid.distance_from(west)[east])
    assert grid.route(west, east).shape == (0, 2)
    assert grid.connector_links.shape == (0, 2)


def test_a_route_is_shortest_and_turns_at_its_corners_only(grid: FloorGrid) -> None:
    start, end = at(grid, 5.8, 0.8), at(grid, 6.2, 0.8)
    route = grid.route(start, end)
    assert route[0].tolist() == [5.75, 0.75]
    assert route[-1].tolist() == [6.25, 0.75]
    length_m = np.hypot(*np.diff(route, axis=0).T).sum()
    assert length_m == pytest.approx(grid.distance_from(start)[end])
    turns = np.diff(np.arctan2(*np.diff(route, axis=0).T))
    assert (np.abs(turns) > 1e-6).all()
    assert grid.route(start, start).tolist() == [[5.75, 0.75]]


def test_connectors_that_end_off_the_floor_are_left(parsed: Parse) -> None:
    def away(document: Document) -> None:
        stairs = next(f for f in document["features"] if f["id"] == "stairs")
        stairs["geometry"]["coordinates"] = [[9, 1], [20, 20]]

    assert FloorGrid.build(parsed(away)).connector_links.shape == (0, 2)


def test_a_connectors_cost_counts(parsed: Parse) -> None:
    def quick(document: Document) -> None:
        stairs = next(f for f in document["features"] if f["id"] == "stairs")
        stairs["properties"]["cost_s"] = 5

    assert FloorGrid.build(parsed(quick)).connector_m.tolist() == [6.0]


def test_a_floor_drawn_in_millimetres_is_refused(parsed: Parse) -> None:
    def huge(document: Document) -> None:
        ring = [[0, 0], [9000, 0], [9000, 8000], [0, 8000], [0, 0]]
        document["features"][0]["geometry"]["coordinates"] = [ring]

    with pytest.raises(MapError) as refused:
        FloorGrid.build(parsed(huge))
    assert str(refused.value) == (
        "L0: a level of 9,000 x 8,000 m; expected at most 4,000,000 cells of 0.5 m; is it drawn "
        "in metres? (the map's author mends it)"
    )


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), sd_m=st.floats(0.05, 2), leak=st.floats(0, 0.1))
def test_a_step_conserves_mass(grid: FloorGrid, seed: int, sd_m: float, leak: float) -> None:
    mass = np.random.default_rng(seed).random((grid.cells_count, 3)).astype(np.float32)
    mass /= mass.sum(0)
    after = grid.step_matrix(sd_m, leak).apply(mass)
    assert after.dtype == np.float32
    assert after.min() >= 0
    assert np.allclose(after.sum(0, dtype=np.float64), mass.sum(0, dtype=np.float64), atol=1e-5)


def test_mass_never_crosses_a_wall(parsed: Parse) -> None:
    """With its gap closed, nothing ever gets past the wall, however long one waits."""

    def shut(document: Document) -> None:
        document["features"] = [f for f in document["features"] if f["id"] not in {"gap", "stairs"}]

    grid = FloorGrid.build(parsed(shut))
    step = grid.step_matrix(0.9, 0.0)
    mass = np.zeros((grid.cells_count, 1), np.float32)
    mass[at(grid, 5.8, 4.2)] = 1
    for _ in range(200):
        mass = step.apply(mass)
    beyond = (grid.xy_m[:, 0] > 6) | (grid.level_index == 1)
    assert mass[beyond].sum() == 0
    assert mass.sum(dtype=np.float64) == pytest.approx(1, abs=1e-4)


def test_a_leak_reaches_every_cell(grid: FloorGrid) -> None:
    mass = np.zeros((grid.cells_count, 1), np.float32)
    mass[0] = 1
    after = grid.step_matrix(0.5, 0.01).apply(mass)
    assert after.min() == pytest.approx(0.01 / grid.cells_count, rel=1e-4)


def test_stairs_carry_mass(grid: FloorGrid) -> None:
    mass = np.zeros((grid.cells_count, 1), np.float32)
    mass[grid.connector_links[0, 0]] = 1
    after = grid.step_matrix(0.9, 0.0).apply(mass)
    assert 0 < after[grid.level_index == 1].sum() < 0.5


@pytest.mark.parametrize("sd_m", [0.3, 0.9, 1.5])
def test_a_step_has_the_spread_it_says(sd_m: float) -> None:
    """On an open floor: variance sd^2 along each axis, and the same along the diagonals."""
    grid = open_floor()
    mass = np.zeros((grid.cells_count, 1), np.float32)
    middle = at(grid, 15.25, 15.25)
    mass[middle] = 1
    after = grid.step_matrix(sd_m, 0.0).apply(mass)[:, 0].astype(float)
    away_m = grid.xy_m - grid.xy_m[middle]
    for axis in ([1, 0], [0, 1], [np.sqrt(0.5), np.sqrt(0.5)]):
        assert (after * (away_m @ axis) ** 2).sum() == pytest.approx(sd_m**2, rel=1e-4)


def open_floor() -> FloorGrid:
    text = b"""{"type":"FeatureCollection","format":"floor-map","version":1,"store_id":"s",
    "name":"s","revision":1,"frame":{"units":"m"},"features":[{"type":"Feature","id":"L0",
    "geometry":{"type":"Polygon","coordinates":[[[0,0],[30,0],[30,30],[0,30],[0,0]]]},
    "properties":{"kind":"level","level":"L0","ordinal":0}}]}"""
    return FloorGrid.build(floor_map.parse(text))


@pytest.mark.parametrize(
    ("site", "cells"), [("office", 836), ("library", 524), ("mall_f1", 31_611)]
)
def test_the_sites_grids(shared: Path, site: str, cells: int) -> None:
    loaded = floor_map.load(shared / "sites" / site / "map.geojson")
    began_s = time.monotonic()
    grid = FloorGrid.build(loaded)
    assert time.monotonic() - began_s < HANG_GUARD_S
    assert grid.cells_count == cells


@pytest.mark.parametrize("site", ["office", "library"])
def test_one_can_walk_everywhere_in_the_small_sites(shared: Path, site: str) -> None:
    grid = FloorGrid.build(floor_map.load(shared / "sites" / site / "map.geojson"))
    assert np.isfinite(grid.distance_from(0)).all()

import numpy as np
import pytest

from edge_agent.belief import Reading
from edge_agent.left_out import LeftOut
from edge_agent.locator import DEFAULT, Locator
from edge_agent.radio_map import RadioMap
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import Air, two_zones

STORE = two_zones()
GRID = FloorGrid.build(STORE)
MAP = RadioMap.defaults(STORE, GRID)


def test_what_is_divided_out_multiplies_back() -> None:
    locator = Locator(STORE, GRID, MAP)
    air = Air(STORE, 3)
    for second in range(1, 20):
        locator.observe(air.second(5.0, 3.0, float(second)))
        locator.step(second)
    prior = locator.posterior("t")
    reading = Reading(0, -70.0, 2)
    both = left_out(prior, [reading])
    assert np.allclose(both.full.sum(), 1)
    assert np.allclose(both.without.sum(1), 1)
    weighed = prior[both.cells] / prior[both.cells].sum()
    again = left_out(scattered(both.cells, weighed * likelihood(both, reading)), [reading])
    wanted = scattered(both.cells, weighed)[again.cells]
    assert np.allclose(again.without[0], wanted / wanted.sum(), rtol=1e-3)


def test_an_anchor_that_knows_nothing_changes_nothing() -> None:
    flat = np.full(GRID.cells_count, 1 / GRID.cells_count, np.float32)
    spot = flat.copy()
    spot[7] = 1e6
    one = left_out(spot, [Reading(2, -60.0, 1)])
    assert one.cells.tolist() == [7]
    assert one.without[0].tolist() == [1.0]


def test_nothing_heard_is_no_row() -> None:
    flat = np.full(GRID.cells_count, 1 / GRID.cells_count, np.float32)
    assert left_out(flat, []).without.shape == (0, GRID.cells_count)


def left_out(posterior: np.ndarray, readings: list[Reading]) -> LeftOut:
    return LeftOut(MAP, posterior, readings, 0.0, nu=DEFAULT.nu, temper=DEFAULT.temper)


def likelihood(second: LeftOut, reading: Reading) -> np.ndarray:
    misfit = (reading.rssi_dbm - second.expected_dbm[0]) ** 2 / (DEFAULT.nu * second.variance_db[0])
    density = (1 + misfit) ** (-(DEFAULT.nu + 1) / 2) / np.sqrt(second.variance_db[0])
    return np.asarray(density**DEFAULT.temper)


def scattered(cells: np.ndarray, mass: np.ndarray) -> np.ndarray:
    full = np.zeros(GRID.cells_count, np.float32)
    full[cells] = mass / mass.sum()
    return full


def test_a_pull_needs_its_expectation_offset() -> None:
    flat = np.full(GRID.cells_count, 1 / GRID.cells_count, np.float32)
    shifted = LeftOut(MAP, flat, [Reading(0, -60.0, 1)], 6.0, nu=4.0, temper=1.0)
    assert shifted.expected_dbm[0] == pytest.approx(MAP.expected_dbm[0] + 6.0)

import numpy as np
import pytest

from edge_agent.motion import Masses, Motion
from edge_agent.smoother import History, smoothed
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import feature, rectangle, two_zones

SHELF = feature("shelf", rectangle(1, 1, 14, 6), kind="fixture")
GRID = FloorGrid.build(two_zones(SHELF))
MOTION = Motion(GRID, 0.75, 0.01)


def one_step() -> Masses:
    """The motion as a full matrix (from, to)."""
    return MOTION.apply(np.eye(GRID.cells_count, dtype=np.float32))


def test_smoothing_is_what_all_evidence_together_says() -> None:
    random = np.random.default_rng(3)
    evidence = random.random((4, GRID.cells_count)).astype(np.float32) ** 8
    history = History(3)
    mass = np.full(GRID.cells_count, 1 / GRID.cells_count, np.float32)
    for second in range(4):
        predicted = MOTION.apply(mass[None])[0]
        mass = predicted * evidence[second]
        mass /= mass.sum()
        history.add(second, predicted, mass)
    step = one_step()
    later = np.ones(GRID.cells_count, np.float32)
    for second in (3, 2, 1):
        later = step @ (evidence[second] * later)
    expected = history.filtered(0) * later
    expected /= expected.sum()
    assert smoothed([history], 0, MOTION)[0] == pytest.approx(expected, rel=0.01, abs=1e-6)


def test_only_the_lags_seconds_are_held_and_tracks_may_end_at_different_times() -> None:
    even = np.full(GRID.cells_count, 1 / GRID.cells_count, np.float32)
    peak = np.zeros(GRID.cells_count, np.float32)
    peak[0] = 1.0
    ended, live = History(2), History(2)
    for second in range(10):
        ended.add(second, even, even)
    for second in range(12):
        live.add(second, even, peak if second == 11 else even)
    found = smoothed([ended, live], 9, MOTION)
    assert found.sum(1) == pytest.approx([1.0, 1.0], abs=1e-4)
    assert found[0] == pytest.approx(even, rel=1e-3)
    assert found[1].argmax() == 0
    with pytest.raises(KeyError):
        live.filtered(8)

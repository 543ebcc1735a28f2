import numpy as np
import pytest

from edge_agent.motion import Motion
from edge_agent.smoother import History, Second, smoothed
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import feature, rectangle, two_zones

SHELF = feature("shelf", rectangle(1, 1, 14, 6), kind="fixture")
GRID = FloorGrid.build(two_zones(SHELF))
MOTION = Motion(GRID, [0.3, 0.75], 0.01)
WALKS = np.array([0.0, 1.0])


def test_smoothing_is_what_all_evidence_together_says() -> None:
    random = np.random.default_rng(3)
    evidence = random.random((4, GRID.cells_count)).astype(np.float32) ** 8
    history = History(3)
    mass = np.full(GRID.cells_count, 1 / GRID.cells_count, np.float32)
    for second in range(4):
        predicted = MOTION.apply(mass[None], 1)[0]
        mass = predicted * evidence[second]
        mass /= mass.sum()
        history.add(second, Second(predicted, mass, WALKS))
    step = MOTION.apply(np.eye(GRID.cells_count, dtype=np.float32), 1)
    later = np.ones(GRID.cells_count, np.float32)
    for second in (3, 2, 1):
        later = step @ (evidence[second] * later)
    expected = history.at(0).filtered * later
    expected /= expected.sum()
    assert smoothed([history], 0, MOTION)[0] == pytest.approx(expected, rel=0.02, abs=1e-5)


def test_a_tag_that_stood_was_nearer_by_than_one_that_walked() -> None:
    even = np.full(GRID.cells_count, 1 / GRID.cells_count, np.float32)
    peak = np.zeros(GRID.cells_count, np.float32)
    peak[0] = 1.0
    histories = []
    for pace_weight in (np.array([1.0, 0.0]), np.array([0.5, 0.5]), WALKS):
        history = History(1)
        history.add(0, Second(even, even, pace_weight))
        history.add(1, Second(even, peak, pace_weight))
        histories.append(history)
    stood, unsure, walked = smoothed(histories, 0, MOTION).max(1)
    assert stood > unsure > walked


def test_only_the_lags_seconds_are_held_and_tracks_may_end_at_different_times() -> None:
    even = np.full(GRID.cells_count, 1 / GRID.cells_count, np.float32)
    peak = np.zeros(GRID.cells_count, np.float32)
    peak[0] = 1.0
    ended, live = History(2), History(2)
    for second in range(10):
        ended.add(second, Second(even, even, WALKS))
    for second in range(12):
        live.add(second, Second(even, peak if second == 11 else even, WALKS))
    found = smoothed([ended, live], 9, MOTION)
    assert found.sum(1) == pytest.approx([1.0, 1.0], abs=1e-4)
    assert found[0] == pytest.approx(even, rel=1e-3)
    assert found[1].argmax() == 0
    with pytest.raises(KeyError):
        live.at(8)

import numpy as np
import pytest

from edge_agent.anchor_pattern import PARTS, direction, moves, parts_of, sides, tilt_db, turns


@pytest.mark.parametrize(
    ("x_m", "y_m", "words"),
    [
        (1.0, 0.0, "right"),
        (1.0, 1.1, "upper right"),
        (0.0, 2.0, "up"),
        (-1.0, 1.0, "upper left"),
        (-3.0, 0.1, "left"),
        (-1.0, -1.0, "lower left"),
        (0.0, -1.0, "down"),
        (1.0, -1.0, "lower right"),
    ],
)
def test_a_direction_is_where_it_points_on_the_drawn_map(
    x_m: float, y_m: float, words: str
) -> None:
    assert direction(x_m, y_m) == words


def test_every_place_around_an_anchor_has_a_part() -> None:
    x_m, y_m = np.random.default_rng(1).uniform(-30, 30, (2, 1000))
    parts = parts_of(x_m, y_m)
    assert set(parts.tolist()) == set(range(PARTS))
    assert parts_of([1.0, 6.0, 20.0], [0.0, 0.0, 0.0]).tolist() == [0, 8, 16]


def test_patterns_say_what_a_fault_does() -> None:
    moved_m, moves_db = moves()
    right = int(np.flatnonzero((moved_m == (3.0, 0.0)).all(1))[0])
    assert moves_db[right, parts_of(6.0, 0.0)] > 3
    assert moves_db[right, parts_of(-6.0, 0.0)] < -2
    assert sides().sum(1).tolist() == [9.0] * 8
    assert np.allclose(turns().sum(1), 0)
    assert tilt_db()[0] > 0 > tilt_db()[-1]

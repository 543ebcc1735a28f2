import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store_maps.track import LEVEL_CHANGE_S, SWAY_M, Track

# Two waves on each axis.
SWAY_MAX_M = 2 * SWAY_M + 1e-9
NOWHERE = np.empty((0, 2))


def track(seed: int = 1) -> Track:
    return Track(10.0, np.array([1.0, 2.0, 0]), np.random.default_rng(seed))


def test_before_and_after_one_stands_at_the_ends() -> None:
    made = track()
    made.walk(np.array([[5.0, 2.0, 0]]))
    for t_s, x_m in ((0.0, 1.0), (10.0, 1.0), (made.end_s, 5.0), (1e6, 5.0)):
        at = made.at(t_s)
        assert at[0] == pytest.approx(x_m, abs=SWAY_MAX_M)
        assert at[1] == pytest.approx(2.0, abs=SWAY_MAX_M)
    assert 4 / 1.6 < made.end_s - made.start_s < 4 / 0.45


def test_a_wait_for_what_is_past_changes_nothing() -> None:
    made = track()
    made.wait_until(5.0)
    assert made.end_s == 10.0
    made.wait_until(15.0)
    assert made.end_s == 15.0
    assert made.at(12.0)[0] == pytest.approx(1.0, abs=SWAY_MAX_M)


def test_a_stay_lasts_as_long_as_it_says_and_stays_near() -> None:
    made = track()
    made.stay(90.0, np.array([[1.5, 2.0], [1.0, 2.5]]))
    assert made.end_s == pytest.approx(100.0)
    xy_m, levels = made.sampled(np.arange(10.0, 101.0))
    assert np.hypot(*(xy_m - [1.0, 2.0]).T).max() < 0.5
    assert np.hypot(*(xy_m - [1.0, 2.0]).T).max() > 0.1, "nobody is a statue"
    assert not levels.any()
    still = track()
    still.stay(90.0, NOWHERE)
    assert still.end_s == pytest.approx(100.0)


def test_a_change_of_level_takes_its_time() -> None:
    made = track()
    made.walk(np.array([[1.0, 2.0, 0], [1.0, 2.0, 1]]))
    assert made.end_s == pytest.approx(10 + LEVEL_CHANGE_S, abs=1e-6)
    assert made.at(15.0)[2] == 0
    assert made.at(31.0)[2] == 1


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=1, max_size=6))
def test_asking_one_by_one_is_the_same_as_sampling(corners: list[tuple[float, float]]) -> None:
    made = track()
    made.walk(np.array([(x_m, y_m, 0) for x_m, y_m in corners]))
    times_s = np.linspace(5, made.end_s + 5, 37)
    sampled, levels = made.sampled(times_s)
    one_by_one = [made.at(float(t_s)) for t_s in times_s]
    assert np.allclose(sampled, [place[:2] for place in one_by_one], atol=1e-6)
    assert levels.tolist() == [place[2] for place in one_by_one]

import numpy as np
import pytest

from edge_agent.shadow import Shadow, covariance


def places(*x_m: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([(x, 0.0, 0.0) for x in x_m])


def test_a_shadow_is_strongest_where_it_was_measured_and_fades() -> None:
    shadow = Shadow(places(0.0), np.array([-8.0]), np.array([0.0]))
    at_db = shadow.at(places(0.0, 4.0, 400.0))
    assert at_db[0] == pytest.approx(-8 * 16 / (16 + 9))
    assert at_db[1] == pytest.approx(at_db[0] / np.e)
    assert at_db[2] == pytest.approx(0.0, abs=1e-9)


def test_a_left_out_measurement_is_what_the_others_do_not_know() -> None:
    left_db = np.array([3.0, -1.0, 2.0])
    where, variance_db = places(0.0, 1.0, 5.0), np.array([1.0, 2.0, 0.5])
    shadow = Shadow(where, left_db, variance_db)
    for row in range(3):
        others = np.arange(3) != row
        rest = Shadow(where[others], left_db[others], variance_db[others])
        known_db = float(rest.at(where[row : row + 1])[0])
        assert shadow.left_out_db()[row] == pytest.approx(left_db[row] - known_db)


def test_in_its_own_deviations_a_left_out_measurement_is_about_one() -> None:
    random = np.random.default_rng(3)
    where = places(*range(60))
    air = np.linalg.cholesky(covariance(where, where) + 9 * np.eye(60))
    drawn = [Shadow(where, air @ random.normal(0, 1, 60), np.zeros(60)) for _ in range(50)]
    assert np.mean([(shadow.left_out() ** 2).mean() for shadow in drawn]) == pytest.approx(1, 0.05)


def test_near_a_measurement_less_is_unknown() -> None:
    shadow = Shadow(places(0.0), np.array([-8.0]), np.array([0.0]))
    share = shadow.unknown_share(places(0.0, 4.0, 400.0))
    assert share[0] == pytest.approx((25 - 16 * 16 / 25) / 25)
    assert share[0] < share[1] < share[2] == pytest.approx(1)

import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store_maps.body import Body, Noise
from store_maps.habits import TRAIN_HABITS, Person, draw_person
from store_maps.path import LEVEL_CHANGE_S, PACE_SHARES, Gait, Path
from store_maps.way import Way

Floats = npt.NDArray[np.float64]

WALK = Gait(1.0, 0.2)
NOWHERE = np.empty((0, 2))
TINY = msgspec.structs.replace(
    draw_person(TRAIN_HABITS, np.random.default_rng(0)), sway_m=1e-6, wander_m=1e-6, jitter_m=1e-6
)


def anywhere(xy_m: Floats, _: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    return np.ones(len(xy_m), bool)


def nowhere(xy_m: Floats, _: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
    return np.zeros(len(xy_m), bool)


def body(noise: Noise, person: Person = TINY) -> Body:
    return Body(noise, person, np.random.default_rng(2))


def path(noise: Noise, person: Person = TINY) -> Path:
    place = np.array([1.0, 2.0, 0])
    return Path(10.0, place, body(noise, person), anywhere, np.random.default_rng(3))


def straight(x_m: float, y_m: float, level: int = 0) -> Way:
    return Way.along(np.array([[1.0, 2.0, 0], [x_m, y_m, level]]))


def test_who_has_not_moved_is_at_the_door(noise: Noise) -> None:
    made = path(noise)
    for t_s in (0.0, 10.0, 99.0):
        assert made.at(t_s) == pytest.approx((1.0, 2.0, 0), abs=1e-4)


def test_before_and_after_one_is_at_the_ends_and_the_pace_varies(noise: Noise) -> None:
    made = path(noise)
    made.walk(straight(41.0, 2.0), WALK)
    assert made.at(5.0)[0] == pytest.approx(1.0, abs=1e-4)
    assert made.at(1e6)[0] == pytest.approx(41.0, abs=1e-4)
    assert 40 / 1.25 < made.end_s - made.start_s < 40 / 0.8
    xy_m, _ = made.sampled(np.arange(11.0, made.end_s - 1))
    speeds = np.diff(xy_m[:, 0])
    assert speeds.std() > 0.05
    assert PACE_SHARES[0] - 0.01 < speeds.min() < speeds.max() < PACE_SHARES[1] + 0.01


def test_looks_in_passing_take_time(noise: Noise) -> None:
    quick, slow = path(noise), path(noise)
    quick.walk(straight(41.0, 2.0), WALK)
    slow.walk(straight(41.0, 2.0), Gait(1.0, 0.2, glance_p=0.5))
    assert slow.end_s > quick.end_s + 10


def test_a_way_from_elsewhere_begins_with_the_steps_there(noise: Noise) -> None:
    made = path(noise)
    made.walk(Way.along(np.array([[1.0, 5.0, 0]])), WALK)
    assert made.end_s == pytest.approx(13.0)
    made.step_to(1.0, 5.0, WALK)
    assert made.end_s == pytest.approx(13.0)


def test_a_stand_lasts_as_long_as_it_says_and_stays_near(noise: Noise) -> None:
    made = path(noise)
    made.stand(90.0, np.array([[1.5, 2.0], [1.0, 2.5]]), 20.0)
    assert made.end_s == pytest.approx(100.0)
    xy_m, levels = made.sampled(np.arange(10.0, 101.0))
    far_m = np.hypot(*(xy_m - [1.0, 2.0]).T)
    assert 0.1 < far_m.max() < 0.5
    assert not levels.any()
    made.stand(30.0, NOWHERE, 20.0)
    made.wait_until(0.0)
    assert made.end_s == pytest.approx(130.0)


def test_nobody_is_a_statue_and_nobody_leans_into_a_wall(noise: Noise) -> None:
    person = msgspec.structs.replace(TINY, sway_m=0.1)
    made = path(noise, person)
    made.wait_until(200.0)
    free, _ = made.sampled(np.arange(10.0, 200.0))
    assert 0.05 < free.std(0).min() < free.std(0).max() < 0.2
    rng = np.random.default_rng(3)
    walled = Path(10.0, np.array([1.0, 2.0, 0]), body(noise, person), nowhere, rng)
    walled.wait_until(200.0)
    pulled, _ = walled.sampled(np.arange(10.0, 200.0))
    assert np.allclose(pulled - [1.0, 2.0], (free - [1.0, 2.0]) / 4)


def test_a_change_of_level_takes_its_time(noise: Noise) -> None:
    made = path(noise)
    made.walk(straight(1.0, 2.5, level=1), WALK)
    assert made.end_s == pytest.approx(10 + LEVEL_CHANGE_S, abs=1e-6)
    assert made.at(15.0)[2] == 0
    assert made.at(31.0)[2] == 1


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=1, max_size=6))
def test_asking_one_by_one_is_the_same_as_sampling(corners: list[tuple[float, float]]) -> None:
    noise = Noise.draw(TRAIN_HABITS, np.random.default_rng(0))
    person = draw_person(TRAIN_HABITS, np.random.default_rng(5))
    made = path(noise, person)
    made.walk(Way.along(np.array([(x_m, y_m, 0) for x_m, y_m in corners])), WALK)
    for asked in (made, made.followed(body(noise), 1.7)):
        times_s = np.linspace(5, asked.end_s + 5, 23)
        sampled, levels = asked.sampled(times_s)
        one_by_one = [asked.at(float(t_s)) for t_s in times_s]
        assert np.allclose(sampled, [place[:2] for place in one_by_one], atol=1e-6)
        assert levels.tolist() == [place[2] for place in one_by_one]


def test_a_companion_is_there_a_little_later(noise: Noise) -> None:
    made = path(noise)
    made.walk(straight(21.0, 2.0), WALK)
    other = made.followed(body(noise), 2.0)
    assert (other.start_s, other.end_s) == (made.start_s, made.end_s + 2)
    assert other.at(20.0)[0] == pytest.approx(made.at(18.0)[0], abs=1e-4)

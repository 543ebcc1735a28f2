import msgspec
import numpy as np
import pytest

from store_maps.body import NOISE_S, SPREADS_MAX, Body, Noise, between, drifting
from store_maps.habits import TRAIN_HABITS, draw_person

STILL = np.zeros(5_000)
SECONDS = np.arange(5_000.0)


@pytest.mark.parametrize("memory_s", [2.5, 8.0])
def test_the_noise_has_spread_one_and_its_memory(memory_s: float) -> None:
    noise = drifting(np.random.default_rng(3), memory_s)
    assert noise.shape == (NOISE_S, 2)
    assert noise.std(0) == pytest.approx(1.0, abs=0.1)
    assert np.abs(noise).max() <= SPREADS_MAX
    kept = (noise[:-1] * noise[1:]).mean() / noise.var()
    assert kept == pytest.approx(np.exp(-1 / memory_s), abs=0.05)
    around = np.abs(noise[0] - noise[-1]).max()
    assert around < 5 * np.abs(np.diff(noise, axis=0)).std(), "the end goes on at the beginning"


def test_who_stands_sways_who_walks_wanders_and_a_companion_keeps_aside(noise: Noise) -> None:
    rng = np.random.default_rng(4)
    person = msgspec.structs.replace(
        draw_person(TRAIN_HABITS, rng), sway_m=0.1, wander_m=0.2, jitter_m=0.0
    )
    body = Body(noise, person, rng)
    still = body.off_m(SECONDS, STILL)
    walking = body.off_m(SECONDS, STILL + 1)
    assert still.std() == pytest.approx(0.1, rel=0.15)
    assert walking.std() == pytest.approx(np.hypot(0.1, 0.2), rel=0.15)
    beside = Body(noise, person, rng, side_m=0.5).off_m(SECONDS, STILL)
    assert beside.std() == pytest.approx(np.hypot(0.1, 0.5), rel=0.2)


def test_between_two_seconds_the_body_is_between_their_places() -> None:
    noise = drifting(np.random.default_rng(3), 4.0)
    second, share = np.array([7, NOISE_S - 1]), np.array([[0.25], [0.5]])
    found = between(noise, second, share)
    assert found[0] == pytest.approx(0.75 * noise[7] + 0.25 * noise[8])
    assert found[1] == pytest.approx((noise[-1] + noise[0]) / 2)

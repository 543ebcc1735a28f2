import numpy as np
import pytest

from hub_server.journeys import STAGES
from models.calibration import NEVER, calibrated, gates, offsets, softmax, temperatures

RNG = np.random.default_rng(0)


def drawn(count: int, scale: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """True logits, and stages drawn from them."""
    logits = RNG.normal(0, scale, (count, 8))
    stages = (softmax(logits).cumsum(axis=1) < RNG.random((count, 1))).sum(axis=1)
    return logits, np.minimum(stages, 7)


def mean_f1(truth: np.ndarray, guess: np.ndarray) -> float:
    hits = [(2 * ((truth == c) & (guess == c)).sum()) for c in range(8)]
    both = [(truth == c).sum() + (guess == c).sum() for c in range(8)]
    return float(np.mean(np.array(hits) / np.array(both)))


def test_offsets_undo_a_bias() -> None:
    logits, truth = drawn(8000)
    biased = logits + np.array([2.0, 0, 0, 0, -1.5, 0, 0, 0])
    added = offsets(biased, truth)
    assert added.sum() == pytest.approx(0)
    before = mean_f1(truth, biased.argmax(axis=1))
    after = mean_f1(truth, (biased + added).argmax(axis=1))
    assert after > before + 0.02
    assert after > mean_f1(truth, logits.argmax(axis=1)) - 0.01


def test_temperatures_undo_a_scale() -> None:
    logits, truth = drawn(40_000)
    np.testing.assert_allclose(temperatures(logits * 2, truth), 2.0, rtol=0.15)
    p = calibrated(logits * 2, np.full(8, 2.0))
    np.testing.assert_allclose(p, softmax(logits))


def test_a_stage_that_is_never_on_top_keeps_its_temperature() -> None:
    logits, truth = drawn(1000)
    logits[:, 5] = -50.0
    assert temperatures(logits, truth)[5] == 1.0


def test_a_gate_keeps_what_it_promises() -> None:
    logits, truth = drawn(40_000, 4.0)
    p = softmax(logits)
    found = gates(p, truth)
    for k, stage in enumerate(STAGES):
        sure = p[:, k] >= found[stage]
        least = {"engaged": 0.9, "weighing": 0.9, "checkout": 0.97}.get(stage, 0.85)
        assert 0.5 < found[stage] < NEVER
        assert (truth[sure] == k).mean() >= least


def test_a_gate_is_eased_before_its_stage_is_never_sure() -> None:
    truth = np.repeat([3, 4], [10_000, 2_000])
    p = np.zeros((12_000, 8))
    p[:, 3] = 0.6
    assert gates(p, truth)["engaged"] == 0.6
    p[-2_000:, 3] = 0.7
    assert gates(p, truth)["engaged"] == 0.6
    assert gates(p[3_000:], truth[3_000:])["engaged"] == NEVER


def test_a_gate_that_cannot_be_kept_lets_nothing_through() -> None:
    p = np.full((1000, 8), 0.125)
    found = gates(p, RNG.integers(0, 8, 1000))
    assert set(found.values()) == {NEVER}

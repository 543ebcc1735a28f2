import numpy as np
import pytest

from models.scores import auc, buy_auc, ece, f1, macro_f1, scores


def test_f1_by_hand() -> None:
    truth, guess = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 3])
    assert f1(truth, guess) == {0: 2 / 3, 1: 4 / 5, 2: 0.0}
    assert macro_f1(truth, guess) == pytest.approx((2 / 3 + 4 / 5) / 3)


def test_calibration_is_the_gap_between_said_and_right() -> None:
    p = np.full((10, 8), 0.2 / 7)
    p[:, 3] = 0.8
    truth = np.array([3] * 6 + [0] * 4)
    assert ece(p, truth) == pytest.approx(0.2)


def test_auc_counts_ties_half() -> None:
    truth = np.array([True, False, True, False])
    assert auc(truth, np.array([0.9, 0.1, 0.5, 0.5])) == pytest.approx(0.875)
    assert auc(truth, np.zeros(4)) == pytest.approx(0.5)
    assert auc(np.ones(3, bool), np.arange(3.0)) is None


def test_buying_is_judged_before_checkout() -> None:
    stages = [np.array([1, 1, 1, 1, 6, 6]), np.array([1, 1, 1, 1, 1])]
    p_buy = [np.array([0.1, 0.2, 0.8, 0.9, 0.0, 0.0]), np.array([0.5, 0.5, 0.5, 0.95, 0.5])]
    found = buy_auc(p_buy, stages, [True, False])
    assert found == {"p_buy_auc_25": 0.0, "p_buy_auc_50": 1.0, "p_buy_auc_75": 0.0}
    assert buy_auc(p_buy, stages, [True, True]) == {}


def test_six_stages_forgive_what_is_alike() -> None:
    p = np.eye(8)[[1, 4, 6]]
    found = scores(p, np.array([2, 3, 6]))
    assert found["macro_f1_8"] == pytest.approx(1 / 3)
    assert found["macro_f1_6"] == 1.0
    assert found["f1_checkout"] == 1.0


def test_no_answer_is_wrong_and_spoils_no_stage() -> None:
    p = np.eye(8)[[0, 1, 1, 1]]
    p[1] = np.nan
    found = scores(p, np.array([0, 1, 1, 1]))
    assert found["accuracy"] == 0.75
    assert found["f1_arriving"] == 1.0
    assert found["f1_exploring"] == pytest.approx(0.8)
    assert found["ece"] == 0.0

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from hub_server.journeys import STAGES
from models.scores import NO_ANSWER, Figures, Judged, Tally, auc, delays, f1, macro_f1, score

GATES = {"engaged": 0.5, "checkout": 0.9, "stuck": 0.999}


def visit(stages: list[int], p: np.ndarray, *, p_buy: float = 0.5, bought: bool = True) -> Judged:
    y = np.array(stages)
    there = np.isfinite(p).all(axis=1)
    served = np.where(there, np.nan_to_num(p).argmax(axis=1), -1)
    t_s = np.arange(len(y), dtype=float)
    return Judged(t_s, y, p, served, np.where(there, p_buy, np.nan), bought)


def said(*guesses: int) -> np.ndarray:
    return np.eye(8)[list(guesses)]


def drawn(seed: int) -> Judged:
    """A visit with long stages, half-right answers, silences and unknowns."""
    rng = np.random.default_rng(seed)
    stages = np.repeat(rng.integers(0, 8, 12), rng.integers(1, 40, 12))
    n = len(stages)
    p = np.round(rng.dirichlet(np.ones(8) * 0.4, n), 5)
    p[:, 0] = np.round(p[:, 0] + 1 - p.sum(axis=1), 5)
    hold = rng.random(n) < 0.7
    p[hold] = np.roll(np.eye(8)[stages], 3, axis=0)[hold] * 0.79 + 0.02625
    p_buy = np.round(rng.random(n), 5)
    late = int(rng.integers(0, 20))
    p[:late], p_buy[:late] = np.nan, np.nan
    served = np.where(rng.random(n) < 0.1, -1, rng.integers(0, 8, n))
    served[:late] = -1
    return Judged(5.0 + np.arange(n), stages, p, served, p_buy, bool(rng.random() < 0.6))


def told(shared: Path, folder: Path, visits: list[Judged]) -> dict[str, object]:
    """What the project's own scorer says of the same visits."""
    lines: dict[str, list[bytes]] = {"labels": [], "predictions": [], "visits": []}
    for name, one in enumerate(visits):
        lines["visits"].append(msgspec.json.encode({"visit": f"{name}", "bought": one.bought}))
        for k, t_s in enumerate(one.t_s.tolist()):
            row: dict[str, object] = {"visit": f"{name}", "t_s": t_s}
            stage = STAGES[int(one.stages[k])]
            lines["labels"].append(msgspec.json.encode({**row, "stage": stage}))
            if np.isfinite(one.p[k]).all():
                served = STAGES[int(one.served[k])] if one.served[k] >= 0 else None
                row |= {"p": one.p[k].tolist(), "stage": served, "p_buy": float(one.p_buy[k])}
                lines["predictions"].append(msgspec.json.encode(row))
    command = [sys.executable, str(shared / "scoring" / "score_stage.py")]
    for kind, rows in lines.items():
        path = folder / f"{kind}.jsonl"
        path.write_bytes(b"\n".join(rows))
        command += [f"--{kind}", str(path)]
    command += ["--gates", ",".join(f"{stage}={gate}" for stage, gate in GATES.items())]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return dict(json.loads(done.stdout))


def alike(ours: Figures, theirs: dict[str, object]) -> None:
    """Every figure of the project's scorer is ours to four digits."""
    mine = msgspec.to_builtins(ours)
    for name, value in theirs.items():
        if name == "gated":
            found = {s: {k: g[k] for k in ("precision", "share")} for s, g in mine[name].items()}
            assert found == {s: pytest.approx(g, abs=1e-4) for s, g in value.items()}  # type: ignore[attr-defined]
        elif name == "f1":
            assert mine[name] == pytest.approx(value, abs=6e-4)
        else:
            assert mine[name] == pytest.approx(value, abs=1e-4), name


def test_every_figure_is_that_of_the_projects_scorer(shared: Path, tmp_path: Path) -> None:
    visits = [drawn(seed) for seed in range(12)]
    alike(score(visits, GATES), told(shared, tmp_path, visits))


def test_f1_by_hand() -> None:
    figures = score([visit([0, 0, 1, 1, 2], said(0, 1, 1, 1, 3))])
    assert figures.f1 == {"arriving": 2 / 3, "exploring": 4 / 5, "purposeful": 0.0}
    assert figures.macro_f1_8 == pytest.approx((2 / 3 + 4 / 5) / 3)
    confusion = np.array(figures.confusion)
    assert f1(confusion) == {0: 2 / 3, 1: 4 / 5, 2: 0.0}
    assert macro_f1(confusion) == figures.macro_f1_8
    assert confusion[2].tolist() == [0, 0, 0, 1, 0, 0, 0, 0, 0]


def test_calibration_is_the_gap_between_said_and_right() -> None:
    p = np.full((10, 8), 0.2 / 7)
    p[:, 3] = 0.8
    assert score([visit([3] * 6 + [0] * 4, p)]).ece == pytest.approx(0.2)


def test_auc_counts_ties_half() -> None:
    truth = np.array([True, False, True, False])
    assert auc(truth, np.array([0.9, 0.1, 0.5, 0.5])) == pytest.approx(0.875)
    assert auc(truth, np.zeros(4)) == pytest.approx(0.5)
    assert auc(np.ones(3, bool), np.arange(3.0)) is None


def test_buying_is_judged_before_checkout() -> None:
    tally = Tally()
    for stages, p_buy, bought in (
        ([1, 1, 1, 1, 6, 6], [0.1, 0.2, 0.8, 0.9, 0.0, 0.0], True),
        ([1, 1, 1, 1, 1], [0.5, 0.5, 0.5, 0.95, 0.5], False),
    ):
        one = visit(stages, said(*stages), bought=bought)
        tally.add(one._replace(p_buy=np.array(p_buy)))
    found = tally.figures()
    assert (found.p_buy_auc_25, found.p_buy_auc_50, found.p_buy_auc_75) == (0.0, 1.0, 0.0)


def test_without_both_outcomes_there_is_no_auc() -> None:
    found = score([visit([1, 1], said(1, 1))])
    assert found.p_buy_auc_25 is None
    assert found.delay_median_s is None


def test_six_stages_forgive_what_is_alike() -> None:
    found = score([visit([2, 3, 6], said(1, 4, 6))])
    assert found.macro_f1_8 == pytest.approx(1 / 3)
    assert found.macro_f1_6 == 1.0
    assert found.f1["checkout"] == 1.0


def test_no_answer_is_wrong_and_spoils_no_stage() -> None:
    p = said(0, 1, 1, 1)
    p[1] = np.nan
    found = score([visit([0, 1, 1, 1], p)])
    assert found.accuracy == 0.75
    assert found.answered == 0.75
    assert found.f1["arriving"] == 1.0
    assert found.f1["exploring"] == pytest.approx(0.8)
    assert found.ece == 0.0
    assert found.confusion[1][NO_ANSWER] == 1


def test_a_change_is_recognized_at_the_third_right_second() -> None:
    stages = np.array([1] * 10 + [3] * 12 + [6] * 9 + [7] * 10)
    guess = np.array([1] * 10 + [1, 3, 3, 1] + [3] * 8 + [6] * 9 + [1] * 10)
    found, missed = delays(np.arange(len(stages), dtype=float), stages, guess)
    assert found == [6.0]
    assert missed == 1


def test_a_gate_that_nothing_reaches_has_no_precision() -> None:
    p = np.full((3, 8), 0.1)
    p[:, 3] = 0.3
    found = score([visit([3, 3, 1], p)], {"engaged": 0.3, "checkout": 0.9, "exploring": 0.9}).gated
    assert (found["engaged"].precision, found["engaged"].share) == (2 / 3, 1.0)
    assert (found["checkout"].precision, found["checkout"].share) == (None, None)
    assert (found["exploring"].precision, found["exploring"].share) == (None, 0.0)


def test_precision_at_a_share_of_the_own_seconds() -> None:
    p = np.full((10, 8), 0.01)
    p[:, 3] = np.linspace(0.9, 0.1, 10)
    found = score([visit([1, 3, 3, 1, 1, 3, 3, 1, 1, 3], p)])
    # A fifth of five engaged seconds is the first of them, and one that is not ranks above it.
    assert found.at_share == {"engaged": 0.5}
    silent = score([visit([6, 6, 6], np.full((3, 8), np.nan))])
    assert silent.at_share == {}


def test_engaged_and_weighing_are_one_where_they_are_likely_together() -> None:
    p = np.full((4, 8), 0.01)
    p[:3, 3:5] = (0.5, 0.4)
    found = score([visit([3, 4, 1, 3], p)]).together
    assert (found["engaged"].precision, found["engaged"].share) == (2 / 3, 2 / 3)
    assert (found["moving"].precision, found["moving"].share) == (None, 0.0)


def test_nothing_to_judge_is_said() -> None:
    with pytest.raises(ValueError, match="no labelled second to judge"):
        Tally().figures()

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge_agent.messages import FixRow
from hub_server import stage
from hub_server.features import FEATURES
from hub_server.journey.stage_rules import rules
from hub_server.journey.tracks import STATE_WIDTH
from hub_server.journeys import STAGES, Journeys
from hub_server.model.network import Network
from hub_server.model.seat import ModelSeat
from hub_server.stage import RULES_GATE, Answer, StageModel
from models.graph import build
from store_maps.layouts import store
from tests.hub_server.drawn_models import weights, write


def numbers(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (rows, len(FEATURES))).astype(np.float32)
    return x, np.zeros((rows, STATE_WIDTH), np.float32)


def sums_to_one(answer: Answer) -> bool:
    return bool(np.isfinite(answer.p).all() and np.allclose(answer.p.sum(axis=1), 1, atol=1e-3))


def test_the_shipped_model_passes_its_checks() -> None:
    model = StageModel.load()
    assert model.alarm is None
    assert model.manifest is not None
    assert model.manifest.scores


def test_a_good_model_answers_and_keeps_its_state(tmp_path: Path) -> None:
    model = StageModel.load(*write(tmp_path, build(weights())))
    assert model.alarm is None
    x, state = numbers(5)
    first = model.predict(x, state)
    second = model.predict(x, first.state)
    assert sums_to_one(first)
    assert not np.allclose(first.p, second.p)
    assert ((first.p_buy >= 0) & (first.p_buy <= 1)).all()


def test_each_journey_is_answered_alone(tmp_path: Path) -> None:
    model = StageModel.load(*write(tmp_path, build(weights())))
    x, state = numbers(9)
    together = model.predict(x, state)
    alone = model.predict(x[3:4], state[3:4])
    np.testing.assert_allclose(together.p[3:4], alone.p, atol=1e-6)


def test_without_files_the_rules_answer_and_the_alarm_says_why(tmp_path: Path) -> None:
    model = StageModel.load(tmp_path / "none.onnx", tmp_path / "none.json")
    assert model.alarm is not None
    assert "none.json" in model.alarm
    x, state = numbers(4)
    answer = model.predict(x, state)
    np.testing.assert_array_equal(answer.p, rules(x))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"sha256": "0" * 64}, "m.onnx: sha256 "),
        ({"features_sha256": "1" * 64}, "feature schema 111111111111 of its training, this hub's"),
        ({"seed": "one"}, "m.json: Expected `int`, got `str` - at `$.seed`"),
    ],
)
def test_what_is_not_as_promised_is_refused(
    tmp_path: Path, changed: dict[str, object], expected: str
) -> None:
    model = StageModel.load(*write(tmp_path, build(weights()), **changed))
    assert model.alarm is not None
    assert expected in model.alarm
    assert model.alarm.endswith("rules answer; ops: reinstall or retrain it")
    assert model.name == "rules"


def test_what_is_not_a_number_never_comes_out(tmp_path: Path) -> None:
    model = StageModel.load(*write(tmp_path, build(weights())))
    x, state = numbers(6)
    x[0], x[1, 3], x[2] = np.nan, np.inf, -np.inf
    state[3], state[4] = np.nan, np.inf
    answer = model.predict(x, state)
    assert sums_to_one(answer)
    assert np.isfinite(answer.state).all()


def test_a_row_that_the_model_spoils_is_answered_by_rule() -> None:
    broken = weights()
    broken["P"][:] = 1.2e38  # inf in every stage, and so no number, unless the state sums to little
    spoilt = StageModel(Network(build(broken)))
    x, state = numbers(64)
    answer = spoilt.predict(x, state)
    assert sums_to_one(answer)
    assert np.isfinite(answer.p_buy).all()
    by_rule = (answer.p == rules(x)).all(axis=1)
    assert 0 < by_rule.sum() < len(x)
    assert not answer.state[by_rule].any()


def test_a_model_that_fails_at_last_ends_no_tick(tmp_path: Path) -> None:
    model = StageModel.load(*write(tmp_path, build(weights())))
    x, state = numbers(3)
    assert sums_to_one(model.predict(x, state[:, 1:]))
    assert model.alarm is not None
    assert model.alarm.startswith(f"stage model {model.name}: it does not run: InvalidArgument")
    assert ModelSeat(model).alarm == model.alarm


def test_gates_are_the_model_s_or_the_rules_own(tmp_path: Path) -> None:
    gates = {name: 0.1 * (k + 1) for k, name in enumerate(STAGES)}
    model = StageModel.load(*write(tmp_path, build(weights()), gates=gates))
    np.testing.assert_allclose(model.gates, [0.5, 0.5, 0.5, 0.5, 0.5, 0.6, 0.7, 0.8])
    assert model.manifest is not None
    assert model.manifest.sha256.startswith(model.name)
    assert StageModel(None).gates.tolist() == [RULES_GATE] * len(STAGES)
    shut = StageModel.load(*write(tmp_path, build(weights()), gates=dict.fromkeys(STAGES, 1.0)))
    assert (shut.gates > np.float32(1.0)).all()


def test_nobody_gets_no_answer(tmp_path: Path) -> None:
    model = StageModel.load(*write(tmp_path, build(weights())))
    assert model.predict(*numbers(0)).p.shape == (0, 8)


def test_a_tick_follows_everyone_in_one_call() -> None:
    journeys = Journeys(store("boutique", 1))
    model = StageModel.load()
    assert stage.step(journeys, model, 1.0)
    for name in ("a", "b"):
        journeys.open(name, 1.0)
    for tick in range(2, 40):
        journeys.fix([FixRow("a", 0, 6.0, 7.0, 2.0, None, 0.0, "L0")], float(tick))
        assert stage.step(journeys, model, float(tick))
        assert not stage.step(journeys, model, float(tick))
    seen = [journeys.at(name) for name in ("a", "b")]
    assert seen[0] is not None
    assert seen[0].stage is not None
    assert seen[1] is not None
    assert seen[1].stage is None


def test_ten_thousand_shoppers_gaps_and_a_clock_set_back() -> None:
    journeys, model = Journeys(store("boutique", 1)), StageModel.load()
    rng = np.random.default_rng(0)
    names = [f"h{k}" for k in range(10_000)]
    for name in names:
        journeys.open(name, 0.0)
    for now_s in (1.0, 2.0, 400.0, 401.0, 50.0, 51.0, float(2**40)):
        places = rng.uniform(-50, 50, (len(names), 2))
        places[:2] = [[1e30, -1e30], [-1e6, 0.0]]
        rows = [
            FixRow(name, 0, x, y, 2.0, None, 0.0, "L0")
            for name, (x, y) in zip(names, places.tolist(), strict=True)
        ]
        journeys.fix(rows, now_s)
        stage.step(journeys, model, now_s)
        p = journeys.tracks["stage_p"]
        assert np.isfinite(p).all()
        np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-3)
        assert np.isfinite(journeys.tracks["state"]).all()
    assert journeys.seconds.followed == 60_000
    assert journeys.seconds.sure <= journeys.seconds.staged <= journeys.seconds.followed


def test_the_runtime_leaves_no_trace_and_calls_nobody(tmp_path: Path) -> None:
    """Its telemetry keeps a device id in the home folder before it first calls home."""
    code = "from hub_server.stage import StageModel; print(StageModel.load().alarm)"
    home = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    home.pop("ORT_DISABLE_TELEMETRY", None)
    done = subprocess.run(
        [sys.executable, "-c", code], env=home, capture_output=True, text=True, check=True
    )
    assert done.stdout == "None\n"
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []

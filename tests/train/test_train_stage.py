"""What needs torch; `make train-test` runs it, `make test` does not."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from hub_server.features import FEATURES
from hub_server.journey.tracks import STATE_WIDTH
from hub_server.journeys import STAGES, Stage
from hub_server.model.manifest import parsed
from hub_server.stage import StageModel
from models.network import StageNetwork
from models.package import NothingGolden, golden_ticks, package
from models.sequences import Followed
from models.train_stage import Trained, answers, calibrate, main

QUICK = ["--epochs", "1", "--scale", "0.07"]


def one_visit(n: int, opened: int = 0) -> Followed:
    rng = np.random.default_rng(n)
    x = rng.normal(0, 1, (n, len(FEATURES))).astype(np.float32)
    p = np.full((n, 8), 0.125, np.float32)
    stages = rng.integers(0, 8, n)
    return Followed(
        f"v{n}",
        np.arange(n, dtype=float),
        x,
        stages,
        bought=bool(n % 2),
        p=p,
        p_buy=p[:, 0],
        served=stages,
        opened=opened,
    )


@pytest.mark.timeout(600)
def test_two_short_trainings_give_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / name / "m.onnx" for name in "ab"]
    for path in paths:
        path.parent.mkdir()
        main(["--seed", "3", "--out", str(path), *QUICK])
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    kept = [path.with_suffix(".json").read_bytes() for path in paths]
    assert kept[0] == kept[1]
    assert parsed(kept[0]).sha256 == hashlib.sha256(first).hexdigest()
    assert '"macro_f1_8"' in capsys.readouterr().out
    for trace in (b"torch", b".py", b"/work", b"/home", b"site-packages"):
        assert trace not in first
    assert StageModel.load(paths[0], paths[0].with_suffix(".json")).alarm is None


def test_the_exported_graph_says_what_the_network_says(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = StageNetwork().eval()
    visit = one_visit(60)
    added, divisors = np.linspace(-0.5, 0.5, 8), np.linspace(0.7, 1.4, 8)
    gates: dict[Stage, float] = dict.fromkeys(STAGES, 0.5)
    weights = network.weights(added, divisors)
    package(weights, gates, golden_ticks([visit]), 0).write(tmp_path / "m.onnx")
    model = StageModel.load(tmp_path / "m.onnx", tmp_path / "m.json")
    assert model.alarm is None
    (said,) = answers(network, [visit])
    logits = said.logits + added
    divided = logits / divisors[logits.argmax(axis=1)][:, None]
    expected = torch.softmax(torch.from_numpy(divided), dim=-1).numpy()
    state = np.zeros((1, STATE_WIDTH), np.float32)
    for k in range(60):
        answer = model.predict(visit.x[k : k + 1], state)
        state = answer.state
        np.testing.assert_allclose(answer.p[0], expected[k], atol=1e-5)
        assert answer.p_buy[0] == pytest.approx(said.p_buy[k], abs=1e-5)


def test_calibration_reads_offsets_temperatures_and_gates_off_the_held_visits() -> None:
    torch.manual_seed(0)
    found = calibrate(StageNetwork().eval(), [one_visit(k) for k in range(30, 90)], 4)
    assert isinstance(found, Trained)
    assert len(found.package.manifest.temperatures) == 8
    assert found.figures.visits == 60
    shown = found.package.manifest.scores["validation: model"]
    assert shown["macro_f1_8"] == pytest.approx(found.figures.macro_f1_8, abs=1e-4)
    # Nothing to be learnt from noise: no stage is ever sure.
    assert set(found.package.manifest.gates.values()) == {1.0}


def test_visits_of_other_lengths_and_openings_are_answered_alike() -> None:
    torch.manual_seed(0)
    network = StageNetwork().eval()
    visits = [one_visit(40), one_visit(25, opened=25), one_visit(90, opened=10)]
    together = list(answers(network, visits))
    assert [len(one.logits) for one in together] == [40, 0, 80]
    (alone,) = answers(network, visits[2:])
    np.testing.assert_allclose(together[2].logits, alone.logits, atol=1e-5)


def test_too_short_visits_prove_nothing() -> None:
    with pytest.raises(NothingGolden, match="expected one of 20 s"):
        golden_ticks([one_visit(19)])

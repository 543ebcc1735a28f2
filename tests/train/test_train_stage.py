"""What needs torch; `make train-test` runs it, `make test` does not."""

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from hub_server.features import FEATURES
from hub_server.model_manifest import Manifest, written
from hub_server.stage import StageModel
from models.graph import build
from models.network import StageNetwork
from models.sequences import Followed
from models.train_stage import NO_LABEL, answers, batches, main, temperature
from tests.hub_server.drawn_models import manifest_of

QUICK = ["--epochs", "2", "--scale", "0.1"]


def one_visit(n: int) -> Followed:
    rng = np.random.default_rng(n)
    x = rng.normal(0, 1, (n, len(FEATURES))).astype(np.float32)
    p = np.full((n, 8), 0.125, np.float32)
    stages = rng.integers(0, 8, n)
    return Followed(
        f"v{n}",
        np.arange(n, dtype=float),
        x,
        stages,
        bought=True,
        p=p,
        p_buy=p[:, 0],
        served=stages,
        opened=0,
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
    manifest = msgspec.json.decode(kept[0], type=Manifest)
    assert manifest.sha256 == hashlib.sha256(first).hexdigest()
    assert "held-out family: model" in manifest.scores
    assert "| unseen layouts: rules |" in capsys.readouterr().out
    for trace in (b"torch", b".py", b"/work", b"/home", b"site-packages"):
        assert trace not in first


def test_the_exported_graph_says_what_the_network_says(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = StageNetwork().eval()
    data = build(network.weights(2.0))
    (tmp_path / "m.onnx").write_bytes(data)
    (tmp_path / "m.json").write_bytes(written(manifest_of(data)))
    model = StageModel.load(tmp_path / "m.onnx", tmp_path / "m.json")
    assert model.alarm is None
    visit = one_visit(60)
    p, p_buy = answers(model, visit)
    with torch.no_grad():
        logits, buy = network(torch.from_numpy(visit.x)[None])
    expected = torch.softmax(logits[0] / 2.0, dim=-1).numpy()
    np.testing.assert_allclose(p, expected, atol=1e-5)
    np.testing.assert_allclose(p_buy, torch.sigmoid(buy[0]).numpy(), atol=1e-5)


def test_padding_has_no_label_and_no_weight() -> None:
    (batch,) = batches([one_visit(30), one_visit(10)])
    assert batch.x.shape == (2, 30, len(FEATURES))
    assert (batch.stages[0, 10:] == NO_LABEL).all()
    assert (batch.before[0, 10:] == 0).all()


def test_the_temperature_undoes_a_scale() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, (20_000, 8)).astype(np.float32)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    stages = np.array([rng.choice(8, p=row / row.sum()) for row in p.astype(float)])
    assert temperature(logits * 2, stages) == pytest.approx(2.0, rel=0.1)

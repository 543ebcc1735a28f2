import json
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from hub_server.journeys import STAGES
from hub_server.stage import MODEL_PATH, StageModel
from models.data import visits
from models.evaluate_stage import BAD_INPUT, BAD_MODEL, follow, main
from models.visits import ObservedFix, Visit, write_visits
from models.walkers import TRAIN_HABITS
from store_maps.layouts import store


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five visits to a boutique, one first heard half-way, with its map."""
    path = tmp_path_factory.mktemp("visits")
    floor_map = store("boutique", 2)
    (path / "boutique-2.geojson").write_bytes(msgspec.json.encode(floor_map.document))
    drawn = visits(floor_map, TRAIN_HABITS, (1, 2), 4)
    half = drawn[0].fixes[len(drawn[0].fixes) // 2 :]
    late = msgspec.structs.replace(drawn[0], visit="late", fixes=half)
    write_visits(path / "v.jsonl.gz", [*drawn, late])
    return path


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    return dict(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("model", ["rules", str(MODEL_PATH)])
def test_the_figures_are_those_of_the_projects_scorer(
    folder: Path, shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], model: str
) -> None:
    labels, predictions = tmp_path / "l.jsonl", tmp_path / "p.jsonl"
    path = folder / "v.jsonl.gz"
    out = ["--labels-out", str(labels), "--predictions-out", str(predictions)]
    main([str(path), "--model", model, *out])
    ours = printed(capsys)
    scorer = [sys.executable, str(shared / "scoring" / "score_stage.py")]
    given = {"--labels": labels, "--predictions": predictions, "--visits": path}
    pairs = [text for name, value in given.items() for text in (name, str(value))]
    told = subprocess.run([*scorer, *pairs], capture_output=True, check=True, timeout=60)
    theirs = json.loads(told.stdout)
    for name in ("visits", "seconds", "macro_f1_8", "macro_f1_6", "accuracy", "ece"):
        assert ours[name] == pytest.approx(theirs[name], abs=2e-4), name
    for stage, value in theirs["f1"].items():
        assert ours[f"f1_{stage}"] == pytest.approx(value, abs=1e-3)
    for share in (25, 50, 75):
        assert ours.get(f"p_buy_auc_{share}") == (
            None
            if theirs[f"p_buy_auc_{share}"] is None
            else pytest.approx(theirs[f"p_buy_auc_{share}"], abs=1e-3)
        )


def test_the_figures_are_printed_without_writing_anything(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.iterdir())
    main([str(folder / "v.jsonl.gz"), "--model", "rules"])
    assert printed(capsys)["visits"] == 5
    assert sorted(folder.iterdir()) == before


def test_the_sample_visits_are_followed(shared: Path) -> None:
    followed = follow(shared / "visits" / "sample.jsonl.gz", StageModel.load())
    p = np.concatenate([one.p for one in followed])
    assert np.isfinite(p).all()
    right = np.concatenate([one.p.argmax(axis=1) == one.stages for one in followed])
    assert right.mean() > 0.4


def test_one_fix_only_gaps_of_minutes_and_backward_time_are_unknown_not_wrong(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "boutique-2.geojson").write_bytes((folder / "boutique-2.geojson").read_bytes())
    track = [(float(t), 5.0, 1.0 + 0.01 * t) for t in range(400)]
    hard = [
        Visit("none", "boutique-2.geojson", track, [], bought=False),
        Visit("one", "boutique-2.geojson", track, fixes(3.0), bought=True),
        Visit("gaps", "boutique-2.geojson", track, fixes(0.0, 1.0, 200.0, 399.0), bought=True),
        Visit("back", "boutique-2.geojson", track, fixes(50.0, 10.0, 60.0, 20.0), bought=True),
    ]
    write_visits(tmp_path / "hard.jsonl.gz", hard)
    followed = {one.visit: one for one in follow(tmp_path / "hard.jsonl.gz", StageModel.load())}
    assert all(np.isfinite(one.p).all() for one in followed.values())
    assert (followed["none"].served == -1).all()
    assert (followed["one"].served[40:] == -1).all()
    assert followed["one"].served[10] >= 0
    assert followed["gaps"].served[100] == -1
    assert followed["gaps"].served[201] >= 0


def fixes(*times_s: float) -> list[ObservedFix]:
    return [ObservedFix(t, 5.0, 4.0) for t in times_s]


@pytest.mark.parametrize(
    ("name", "model", "code", "expected"),
    [
        ("absent.jsonl.gz", "rules", BAD_INPUT, "absent.jsonl.gz"),
        ("empty.jsonl", "rules", BAD_INPUT, "empty.jsonl: no visits"),
        ("bad.jsonl", "rules", BAD_INPUT, "bad.jsonl:1:"),
        ("v.jsonl.gz", "absent.onnx", BAD_MODEL, "stage model: "),
    ],
)
def test_what_cannot_be_used_ends_with_a_word(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    model: str,
    code: int,
    expected: str,
) -> None:
    (folder / "empty.jsonl").write_bytes(b"")
    (folder / "bad.jsonl").write_bytes(b"{}\n")
    with pytest.raises(SystemExit) as ended:
        main([str(folder / name), "--model", model])
    assert ended.value.code == code
    assert expected in capsys.readouterr().err


def test_a_journey_opens_with_its_first_fix(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "boutique-2.geojson").write_bytes((folder / "boutique-2.geojson").read_bytes())
    track = [(10.0 + t, 5.0, 1.0 + 0.01 * t) for t in range(100)]
    late = Visit("late", "boutique-2.geojson", track, fixes(60.0, 61.0, 62.0), bought=False)
    write_visits(tmp_path / "late.jsonl.gz", [late])
    (one,) = follow(tmp_path / "late.jsonl.gz", StageModel.load())
    assert one.opened == 50
    assert (one.p[:50] == 0.125).all()
    assert (one.served[:50] == -1).all()
    assert one.served[52] >= 0


def test_the_rules_say_a_stage_of_the_eight(folder: Path) -> None:
    followed = follow(folder / "v.jsonl.gz", StageModel(None))
    assert {STAGES[s] for one in followed for s in one.served if s >= 0} <= set(STAGES)

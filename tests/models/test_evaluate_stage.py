import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from hub_server.journeys import STAGES
from hub_server.stage import MODEL_PATH, StageModel
from models.evaluate_stage import BAD_INPUT, BAD_MODEL, broken, follow, main, parts
from models.scores import Judged
from models.visits import ObservedFix, Visit, write_visits
from store_maps.layouts import store

MAP = "boutique-2.geojson"


def stroll(name: str, seed: int, seconds: int = 240) -> Visit:
    """A visit that goes from place to place in a boutique, stands at some, and is seen badly."""
    rng = np.random.default_rng(seed)
    places = rng.uniform((2.0, 1.0), (13.0, 9.0), (seconds // 20 + 2, 2))
    hours = np.repeat(np.arange(len(places)) * 20.0, 2) + np.tile((0.0, 12.0), len(places))
    t_s = np.arange(float(seconds))
    xy_m = np.stack([np.interp(t_s, hours, np.repeat(c, 2)) for c in places.T], axis=1)
    seen = xy_m + rng.normal(0, 1.5, xy_m.shape)
    heard = np.flatnonzero(rng.random(seconds) < 0.6)
    return Visit(
        name,
        MAP,
        [(float(t), float(x), float(y)) for t, (x, y) in zip(t_s, xy_m, strict=True)],
        [ObservedFix(float(t), float(seen[t, 0]), float(seen[t, 1]), 2.0) for t in heard],
        bought=bool(rng.random() < 0.5),
        events=[{"t_s": 0.0, "kind": "door_in"}, {"t_s": 7.0, "kind": "sneeze"}],
    )


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return dict(store("boutique", 2).document)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]) -> Path:
    """Five visits to a boutique, one first heard half-way, with its map."""
    path = tmp_path_factory.mktemp("visits")
    (path / MAP).write_bytes(msgspec.json.encode(document))
    drawn = [stroll(f"v{seed}", seed) for seed in range(4)]
    half = drawn[0].fixes[len(drawn[0].fixes) // 2 :]
    late = msgspec.structs.replace(drawn[0], visit="late", fixes=half)
    write_visits(path / "v.jsonl.gz", [*drawn, late])
    return path


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return dict(json.loads(capsys.readouterr().out))


def followed(folder: Path, *visits: Visit) -> dict[str, Judged]:
    write_visits(folder / "some.jsonl.gz", visits)
    return {one.visit: one for one in follow(folder / "some.jsonl.gz", StageModel.load())}


@pytest.mark.parametrize("model", ["rules", str(MODEL_PATH)])
def test_the_figures_are_those_of_the_projects_scorer(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], model: str
) -> None:
    files = {name: tmp_path / name for name in ("labels", "predictions")}
    path = shared / "visits" / "sample.jsonl.gz"
    out = [text for name, file in files.items() for text in (f"--{name}-out", str(file))]
    main([str(path), "--model", model, *out])
    ours = printed(capsys)
    assert files["labels"].read_text().splitlines() == [
        json.dumps(json.loads(line), separators=(",", ":"))
        for line in (shared / "visits" / "sample_labels.jsonl").read_text().splitlines()
    ]
    scorer = [sys.executable, str(shared / "scoring" / "score_stage.py"), "--visits", str(path)]
    given = [text for name, file in files.items() for text in (f"--{name}", str(file))]
    gates = ",".join(f"{stage}={one['gate']}" for stage, one in ours["gated"].items())
    told = subprocess.run(
        [*scorer, *given, "--gates", gates], capture_output=True, check=True, timeout=60
    )
    for name, value in json.loads(told.stdout).items():
        if name == "gated":
            assert {s: one | {"gate": ours[name][s]["gate"]} for s, one in value.items()} == {
                stage: pytest.approx(one, abs=1e-4) for stage, one in ours[name].items()
            }
        else:
            assert ours[name] == pytest.approx(value, abs=6e-4 if name == "f1" else 1e-4), name


def test_the_figures_are_printed_without_writing_anything(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.iterdir())
    main([str(folder / "v.jsonl.gz"), "--model", "rules"])
    found = printed(capsys)
    assert found["visits"] == 5
    assert 0.5 < found["served"] <= found["answered"] < 1
    assert np.sum(found["confusion"]) == found["seconds"]
    assert sorted(folder.iterdir()) == before


def test_fixes_out_of_order_are_followed_as_those_in_order(folder: Path) -> None:
    visit = stroll("a", 5)
    mixed = msgspec.structs.replace(visit, visit="b", fixes=visit.fixes[::-1])
    both = followed(folder, visit, mixed)
    np.testing.assert_array_equal(both["a"].p, both["b"].p)


def test_no_fix_one_fix_and_gaps_of_minutes_are_unknown_not_wrong(folder: Path) -> None:
    def seen(*times_s: float) -> list[ObservedFix]:
        return [ObservedFix(t_s, 5.0, 4.0) for t_s in times_s]

    track = [(float(t), 5.0, 1.0 + 0.01 * t) for t in range(400)]
    found = followed(
        folder,
        Visit("none", MAP, track, [], bought=False),
        Visit("one", MAP, track, seen(3.0), bought=True),
        Visit("gaps", MAP, track, seen(0.0, 1.0, 200.0, 399.0), bought=True),
    )
    assert np.isnan(found["none"].p).all()
    assert np.isfinite(found["one"].p[3:]).all()
    assert (found["none"].served == -1).all()
    assert (found["one"].served[40:] == -1).all()
    assert found["one"].served[10] >= 0
    assert found["gaps"].served[100] == -1
    assert found["gaps"].served[201] >= 0


def test_a_journey_opens_with_its_first_fix(folder: Path) -> None:
    track = [(10.0 + t, 5.0, 1.0 + 0.01 * t) for t in range(100)]
    late = [ObservedFix(t_s, 5.0, 4.0) for t_s in (60.0, 61.0, 62.0)]
    one = followed(folder, Visit("late", MAP, track, late, bought=False))["late"]
    assert np.isnan(one.p[:50]).all()
    assert np.isfinite(one.p[50:]).all()
    assert (one.served[:50] == -1).all()
    assert one.served[52] >= 0


@pytest.mark.parametrize(
    "kinds",
    [("zone",), ("checkout",), ("fixture",), ("opening",), ("zone", "checkout", "fixture")],
)
def test_a_map_without_things_is_answered_or_unknown(
    folder: Path,
    tmp_path: Path,
    document: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    kinds: tuple[str, ...],
) -> None:
    bare = copy.deepcopy(document)
    bare["features"] = [f for f in bare["features"] if f["properties"]["kind"] not in kinds]
    (tmp_path / MAP).write_bytes(msgspec.json.encode(bare))
    (tmp_path / "v.jsonl.gz").write_bytes((folder / "v.jsonl.gz").read_bytes())
    out = tmp_path / "p.jsonl"
    path = str(tmp_path / "v.jsonl.gz")
    main([path, "--model", str(MODEL_PATH), "--predictions-out", str(out)])
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    assert found["answered"] > 0.8
    assert ("expected maps with shelves and tills" in shown.err) == (found["served"] == 0)
    assert (found["served"] == 0) == bool({"fixture", "checkout"} & set(kinds))
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    p = np.array([row["p"] for row in rows])
    assert np.isfinite(p).all()
    assert np.abs(p.sum(axis=1) - 1).max() < 1e-3
    served = {row["stage"] for row in rows}
    assert served <= {*STAGES, None}
    assert (served == {None}) == (found["served"] == 0)


def test_many_visits_go_in_parts_and_are_judged_the_same(
    tmp_path: Path, document: dict[str, Any]
) -> None:
    for name in "ab":
        (tmp_path / f"{name}.geojson").write_bytes(msgspec.json.encode(document))
    visits = [
        msgspec.structs.replace(stroll(f"v{k}", k, 50), map=f"{'ab'[k % 2]}.geojson")
        for k in range(10)
    ]
    write_visits(tmp_path / "v.jsonl.gz", visits)
    found = list(parts(tmp_path / "v.jsonl.gz", 100))
    assert [len(part) for part in found] == [3, 3, 3, 1]
    (whole,) = parts(tmp_path / "v.jsonl.gz")
    assert whole == [visit for part in found for visit in part] == visits
    together = followed(tmp_path, *visits)
    for visit in visits:
        alone = followed(tmp_path, visit)[visit.visit]
        np.testing.assert_allclose(together[visit.visit].p, alone.p, atol=2e-5)


@pytest.mark.parametrize(
    ("name", "model", "code", "expected"),
    [
        (
            "absent.jsonl.gz",
            "rules",
            BAD_INPUT,
            "absent.jsonl.gz: No such file or directory; expected a visits file; give another path",
        ),
        ("empty.jsonl", "rules", BAD_INPUT, "empty.jsonl: no visits, expected one a line"),
        ("bad.jsonl", "rules", BAD_INPUT, "bad.jsonl:1:"),
        ("mapless.jsonl", "rules", BAD_INPUT, "visit 'm': map 'absent.geojson': "),
        ("odd.jsonl", "rules", BAD_INPUT, "visit 'm': map 'bad.jsonl': "),
        (
            "v.jsonl.gz",
            "absent.onnx",
            BAD_MODEL,
            "absent.onnx: absent.json: No such file or directory; nothing was judged; expected ",
        ),
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
    for file, floor in (("mapless.jsonl", "absent.geojson"), ("odd.jsonl", "bad.jsonl")):
        write_visits(folder / file, [msgspec.structs.replace(stroll("m", 1), map=floor)])
    with pytest.raises(SystemExit) as ended:
        main([str(folder / name), "--model", model])
    assert ended.value.code == code
    told = capsys.readouterr()
    assert expected in told.err
    assert "rules answer" not in told.err
    assert not told.out


def test_a_model_that_fails_on_the_way_has_no_figures() -> None:
    hurt = StageModel.refused("a row of nan, expected numbers")
    why = broken("m.onnx", hurt)
    assert why is not None
    assert why.startswith("m.onnx: stage model: a row of nan, expected numbers; nothing was judged")
    assert broken("m.onnx", StageModel.load()) is None


def test_fixes_of_another_clock_are_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    visit = stroll("clock", 3)
    late = [msgspec.structs.replace(fix, t_s=fix.t_s + 1e9) for fix in visit.fixes]
    early = [msgspec.structs.replace(fix, t_s=fix.t_s - 1e9) for fix in visit.fixes]
    for fixes, expected in ((late, "nothing is answered; "), (early, "no stage is served")):
        write_visits(folder / "clock.jsonl", [msgspec.structs.replace(visit, fixes=fixes)])
        main([str(folder / "clock.jsonl"), "--model", "rules"])
        told = capsys.readouterr()
        assert expected in told.err
        assert json.loads(told.out)["served"] == 0


def test_a_place_that_cannot_be_written_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(folder / "nowhere" / "l.jsonl")
    with pytest.raises(SystemExit) as ended:
        main([str(folder / "v.jsonl.gz"), "--model", "rules", "--labels-out", out])
    assert ended.value.code == BAD_INPUT
    assert "l.jsonl: No such file or directory; expected a file that can be written" in (
        capsys.readouterr().err
    )

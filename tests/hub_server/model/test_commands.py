import subprocess
import sys
from pathlib import Path

import pytest

from hub_server.__main__ import main
from hub_server.commands import EXIT_MODEL, EXIT_OK, EXIT_SETTINGS
from hub_server.model.folder import ModelFolder
from models.graph import build
from tests.hub_server.drawn_models import weights, write

CONFIG = """
store = "corner-market"
map = "map.geojson"
campaigns = "campaigns.json"
database = "data/hub.db"
public_url = "https://store.example"
operator = {name = "Corner Market", contact = "desk"}
"""
Said = pytest.CaptureFixture[str]


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "hub.toml"
    path.write_text(CONFIG)
    return str(path)


def drawn(tmp_path: Path, name: str, seed: int, **changed: object) -> str:
    folder = tmp_path / name
    folder.mkdir()
    model, manifest = write(folder, build(weights(seed)), **changed)
    manifest.rename(folder / f"{name}.json")
    return str(model.rename(folder / f"{name}.onnx"))


def lines(config: str, said: Said) -> list[str]:
    said.readouterr()
    assert main(["model", "list", config]) == EXIT_OK
    return said.readouterr().out.splitlines()


def test_list_shows_the_packaged_model(config: str, capsys: Said) -> None:
    (only,) = lines(config, capsys)
    assert only.startswith("in use  packaged ")
    for part in ("sha256 ", "seed ", "trained on "):
        assert part in only


def test_list_shows_the_figures_of_the_model_and_not_of_what_it_beat(
    config: str, tmp_path: Path, capsys: Said
) -> None:
    scores = {
        "unseen layouts: rules": {"macro_f1_8": 0.4},
        "unseen layouts: model": {"macro_f1_8": 0.6, "macro_f1_6": 0.69, "ece": 0.015},
    }
    main(["model", "use", config, drawn(tmp_path, "may", 1, scores=scores)])
    assert (
        "seed 0, unseen layouts macro-F1 of 8 0.600, of 6 0.690, ECE 0.015, trained"
        in lines(config, capsys)[1]
    )


def test_use_and_rollback(config: str, tmp_path: Path, capsys: Said) -> None:
    for name, seed in (("may", 1), ("june", 2)):
        assert main(["model", "use", config, drawn(tmp_path, name, seed)]) == EXIT_OK
    said = capsys.readouterr().out
    names = ModelFolder(tmp_path / "data" / "models").names()
    june, may = names[1:]
    assert f"{june} is in use; a running hub takes it within seconds" in said
    assert [line[:20].split() for line in lines(config, capsys)] == [
        ["packaged"],
        ["in", "use", june[:12]],
        ["before", may[:12]],
    ]
    assert main(["model", "rollback", config]) == EXIT_OK
    assert (
        capsys.readouterr().out == f"{may} is in use again; a running hub takes it within seconds\n"
    )
    assert main(["model", "use", config, june]) == EXIT_OK
    assert main(["model", "use", config, "packaged"]) == EXIT_OK
    assert lines(config, capsys)[0].startswith("in use  packaged")


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"sha256": "0" * 64}, "sha256 "),
        ({"features_sha256": "1" * 64}, "feature schema 111111111111 of its training"),
    ],
)
def test_a_bad_model_is_refused_and_changes_nothing(
    config: str, tmp_path: Path, capsys: Said, changed: dict[str, object], expected: str
) -> None:
    model = drawn(tmp_path, "bad", 1, **changed)
    assert main(["model", "use", config, model]) == EXIT_MODEL
    said = capsys.readouterr().err
    assert said.startswith(f"model {model}: ")
    assert expected in said
    assert said.count("bad.onnx") == 1
    assert said.endswith("nothing is changed; ops gets another\n")
    assert not (tmp_path / "data").exists()


def test_names_that_are_none_are_refused(config: str, capsys: Said) -> None:
    assert main(["model", "use", config, "may"]) == EXIT_MODEL
    expected = (
        "model 'may': no such model; expected an .onnx file or one of packaged; ops names one"
    )
    assert capsys.readouterr().err == f"{expected}\n"
    assert main(["model", "use", config, "none.onnx"]) == EXIT_MODEL
    assert capsys.readouterr().err == (
        "model none.onnx: there is no none.onnx nor none.json; expected both files; "
        "ops names the right path\n"
    )
    assert main(["model", "rollback", config]) == EXIT_MODEL
    assert capsys.readouterr().err.startswith("model: nothing was in use before 'packaged'")
    assert main(["model", "list", "none.toml"]) == EXIT_SETTINGS


def test_a_bad_model_before_is_not_gone_back_to(config: str, tmp_path: Path, capsys: Said) -> None:
    folder = ModelFolder(tmp_path / "data" / "models")
    main(["model", "use", config, drawn(tmp_path, "may", 1)])
    (may,) = folder.names()[1:]
    folder.use("packaged", 2)
    folder.paths(may)[0].write_bytes(b"spoilt")
    manifest = folder.paths(may)[1].read_bytes()
    assert main(["model", "rollback", config]) == EXIT_MODEL
    assert f"{may}.onnx: sha256 " in capsys.readouterr().err
    folder.paths(may)[1].unlink()
    assert main(["model", "rollback", config]) == EXIT_MODEL
    said = capsys.readouterr().err
    assert said.startswith(f"model '{may}': it was in use before, and its files are gone; ")
    assert "`hub-server model use packaged`" in said
    folder.paths(may)[1].write_bytes(manifest)
    assert folder.in_use() == "packaged"
    assert any(f"refused: {may}.onnx: sha256 " in line for line in lines(config, capsys))
    folder.use("gone-1", 3)
    folder.use("packaged", 4)
    (before,) = lines(config, capsys)[2:]
    assert before.startswith("before  gone-1 ")
    folder.roll_back()
    (last,) = lines(config, capsys)[2:]
    assert last.startswith("in use  gone-1 ")
    assert last.endswith("refused: gone-1.json: No such file or directory")


def test_a_folder_that_takes_no_file_is_told(config: str, tmp_path: Path, capsys: Said) -> None:
    model = drawn(tmp_path, "may", 1)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models").write_text("no folder")
    assert main(["model", "use", config, model]) == EXIT_MODEL
    assert "expected a folder of the hub's user; ops mends it" in capsys.readouterr().err


def test_a_spoilt_list_is_told_and_written_anew(config: str, tmp_path: Path, capsys: Said) -> None:
    folder = ModelFolder(tmp_path / "data" / "models")
    for name, seed in (("packaged", 0), ("may", 1)):
        model = drawn(tmp_path, name, seed) if seed else name
        folder.path.mkdir(parents=True, exist_ok=True)
        (folder.path / "in_use.json").write_bytes(b"[")
        problem, *listed = lines(config, capsys)
        assert problem.startswith("what is in use is not known: in_use.json: Input data was ")
        assert problem.endswith("; ops: `hub-server model use` writes it anew")
        assert [line.split()[0] for line in listed] == ["packaged"]
        assert main(["model", "rollback", config]) == EXIT_MODEL
        assert capsys.readouterr().err.endswith("`hub-server model use` writes it anew\n")
        assert main(["model", "use", config, model]) == EXIT_OK
        told, said = capsys.readouterr().out.splitlines()
        assert told.startswith("in_use.json: Input data was ")
        assert told.endswith("; it is written anew, and what was in use before is not known")
        assert said.startswith(f"{folder.in_use()} is in use; ")
        assert folder.in_use().startswith(name)


def test_a_list_that_cannot_be_read_is_not_written_over(
    config: str, tmp_path: Path, capsys: Said
) -> None:
    folder = ModelFolder(tmp_path / "data" / "models")
    (folder.path / "in_use.json").mkdir(parents=True)
    assert main(["model", "use", config, drawn(tmp_path, "may", 1)]) == EXIT_MODEL
    assert "in_use.json: Is a directory" in capsys.readouterr().err
    assert folder.names() == ["packaged"]


def test_the_command_itself_runs_no_model() -> None:
    code = "import sys, hub_server.__main__; print('onnxruntime' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

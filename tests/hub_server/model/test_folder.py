from pathlib import Path

import msgspec
import pytest

from hub_server.model import file as model_file
from hub_server.model.file import Files
from hub_server.model.folder import PACKAGED, USES_MAX, ModelFolder, Use
from hub_server.model.manifest import ModelRefused
from hub_server.stage import MODEL_PATH
from models.graph import build
from tests.hub_server.drawn_models import weights, write


def files(folder: Path, seed: int = 0) -> Files:
    folder.mkdir(exist_ok=True)
    return model_file.read(*write(folder, build(weights(seed))))


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    return ModelFolder.beside(tmp_path / "hub.db")


def test_without_a_folder_the_packaged_model_is_in_use(folder: ModelFolder) -> None:
    assert folder.names() == [PACKAGED]
    assert folder.in_use() == PACKAGED
    assert folder.before() is None
    assert folder.paths(PACKAGED)[0] == MODEL_PATH
    assert folder.read(PACKAGED).promised.scores
    assert not folder.path.exists()


def test_a_model_is_added_under_a_name_of_its_own(tmp_path: Path, folder: ModelFolder) -> None:
    found = files(tmp_path / "new")
    name = folder.add(found, "trained in may/2")
    assert name == f"trained_in_may_2-{found.promised.sha256[:8]}"
    assert folder.add(found, "trained in may/2") == name
    assert folder.names() == [PACKAGED, name]
    assert folder.read(name) == found
    assert folder.in_use() == PACKAGED
    assert sorted(p.name for p in folder.path.iterdir()) == [f"{name}.json", f"{name}.onnx"]
    assert folder.add(found, "../x").startswith("_")
    assert folder.add(found, "").startswith("model-")


def test_use_and_rollback_walk_the_same_way(tmp_path: Path, folder: ModelFolder) -> None:
    a, b = (folder.add(files(tmp_path / f"{k}", k), "m") for k in range(2))
    folder.use(PACKAGED, 0)
    assert folder.uses() == []
    folder.use(a, 1)
    folder.use(a, 2)
    folder.use(b, 3)
    folder.use(PACKAGED, 4)
    assert folder.uses() == [Use(a, 1), Use(b, 3), Use(PACKAGED, 4)]
    steps = []
    while (before := folder.before()) is not None:
        folder.roll_back()
        steps.append((before, folder.in_use()))
    assert steps == [(b, b), (a, a), (PACKAGED, PACKAGED)]


def test_the_list_does_not_grow_for_ever(folder: ModelFolder) -> None:
    folder.path.mkdir()
    uses = [Use(f"m{k}", k) for k in range(USES_MAX)]
    (folder.path / "in_use.json").write_bytes(msgspec.json.encode(uses))
    folder.use("newest", 100)
    assert folder.uses() == [*uses[1:], Use("newest", 100)]


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (b"[", "in_use.json: Input data was truncated"),
        (b'[{"name": "../../etc/x", "at_ms": 1}]', r"in_use.json: Expected `str` matching regex"),
        (b"\xff", "in_use.json: "),
        (
            b'[{"x":' + b"[" * 100_000,
            "in_use.json: maximum recursion.*; ops: `hub-server model use` ",
        ),
    ],
)
def test_a_list_that_is_none_is_refused(folder: ModelFolder, listed: bytes, expected: str) -> None:
    folder.path.mkdir()
    (folder.path / "in_use.json").write_bytes(listed)
    with pytest.raises(ModelRefused, match=expected):
        folder.in_use()
    assert len(folder.mark()) == 1


def test_a_list_that_cannot_be_read_is_refused(folder: ModelFolder) -> None:
    (folder.path / "in_use.json").mkdir(parents=True)
    with pytest.raises(ModelRefused, match=r"in_use.json: Is a directory"):
        folder.uses()


def test_an_absent_model_is_refused_by_its_file(folder: ModelFolder) -> None:
    with pytest.raises(ModelRefused, match=r"gone-1.json: No such file"):
        folder.read("gone-1")


def test_the_mark_changes_with_the_list_and_with_each_file(
    tmp_path: Path, folder: ModelFolder
) -> None:
    marks = [folder.mark()]
    name = folder.add(files(tmp_path / "a"), "m")
    assert folder.mark() == marks[0]
    folder.use(name, 1)
    marks.append(folder.mark())
    folder.use(name, 2)  # again: a running hub is to try it again
    marks.append(folder.mark())
    for path in folder.paths(name):
        path.write_bytes(b"other")
        marks.append(folder.mark())
    assert len(set(marks)) == 5
    assert folder.uses() == [Use(name, 1)]

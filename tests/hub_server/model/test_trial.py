import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable

import msgspec
import onnx
import pytest
from onnx import TensorProto, helper

from hub_server.features import FEATURES
from hub_server.journey.tracks import STATE_WIDTH
from hub_server.model import trial as model_trial
from hub_server.model.file import refuse_strange
from hub_server.model.manifest import Golden, ModelRefused, written
from hub_server.model.trial import Trial, stand, tried
from models.graph import build
from tests.hub_server.drawn_models import manifest_of, weights

DATA = build(weights())
MANIFEST = written(manifest_of(DATA))


def test_a_good_model_passes_in_a_process_of_its_own() -> None:
    stand(DATA, MANIFEST)


def test_a_refusal_comes_back_in_words() -> None:
    with pytest.raises(ModelRefused, match="feature schema 111111111111 of its training"):
        stand(DATA, written(manifest_of(DATA, features_sha256="1" * 64)))


def test_the_trial_itself_says_what_is_wrong() -> None:
    assert tried(msgspec.msgpack.encode((DATA, MANIFEST))) == ""
    assert tried(msgspec.msgpack.encode((DATA[:-1], MANIFEST))).startswith("sha256 ")
    assert tried(msgspec.msgpack.encode((DATA, b""))) == "Input data was truncated"


def model(nodes: list[onnx.NodeProto], weights_: list[onnx.TensorProto]) -> bytes:
    """A model of these nodes, which make `logits` of x, and a plain end."""
    floats = TensorProto.FLOAT
    shapes = {"x": len(FEATURES), "state": STATE_WIDTH, "p": 8, "p_buy": None, "next": STATE_WIDTH}
    values = {
        name: helper.make_tensor_value_info(name, floats, ["n"] if w is None else ["n", w])
        for name, w in shapes.items()
    }
    end = [
        helper.make_node("Softmax", ["logits"], ["p"], axis=1),
        helper.make_node("Gather", ["zeros", "first"], ["p_buy"], axis=1),
        helper.make_node("Identity", ["state"], ["next"]),
    ]
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["x", "eight"], ["seen"], axis=1),
            helper.make_node("Mul", ["seen", "zero"], ["zeros"]),
            *nodes,
            *end,
        ],
        "hostile",
        [values["x"], values["state"]],
        [values["p"], values["p_buy"], values["next"]],
        [
            *weights_,
            helper.make_tensor("zero", floats, [1], [0.0]),
            helper.make_tensor("eight", TensorProto.INT64, [8], list(range(8))),
            helper.make_tensor("first", TensorProto.INT64, [], [0]),
        ],
    )
    opset = [helper.make_opsetid("", 17)]
    made = helper.make_model(graph, opset_imports=opset, ir_version=8)
    return bytes(made.SerializeToString())


def grows_without_end() -> bytes:
    """34 kB of listed operators that would take gigabytes: each doubles what it is given."""
    doubled = [
        helper.make_node("Concat", [f"w{k}", f"w{k}"], [f"w{k + 1}"], axis=0) for k in range(25)
    ]
    cut = [
        helper.make_node("Gather", ["w25", "row"], ["one"], axis=0),
        helper.make_node("Gather", ["one", "eight"], ["few"], axis=1),
        helper.make_node("Mul", ["zeros", "few"], ["logits"]),
    ]
    rows = [
        helper.make_tensor("w0", TensorProto.FLOAT, [1, 8192], [1.0] * 8192),
        helper.make_tensor("row", TensorProto.INT64, [1], [5]),
    ]
    return model([*doubled, *cut], rows)


def grows_with_the_crowd() -> bytes:
    """Harmless for a few journeys, and the square of ten thousand."""
    nodes = [
        helper.make_node("Gather", ["zeros", "first"], ["one"], axis=1),
        helper.make_node("Reshape", ["one", "tall"], ["column"]),
        helper.make_node("Reshape", ["one", "wide"], ["line"]),
        helper.make_node("MatMul", ["column", "line"], ["square"]),
        helper.make_node("Gather", ["square", "first"], ["again"], axis=1),
        helper.make_node("Reshape", ["again", "tall"], ["back"]),
        helper.make_node("Add", ["zeros", "back"], ["logits"]),
    ]
    shapes = [
        helper.make_tensor("tall", TensorProto.INT64, [2], [-1, 1]),
        helper.make_tensor("wide", TensorProto.INT64, [2], [1, -1]),
    ]
    return model(nodes, shapes)


EVEN = Golden([[0.0] * len(FEATURES)] * 20, [[0.125] * 8] * 20, [0.0] * 20)


@pytest.mark.parametrize("hostile", [grows_without_end, grows_with_the_crowd])
def test_a_model_that_takes_gigabytes_ends_at_its_limit(hostile: Callable[[], bytes]) -> None:
    data = hostile()
    assert len(data) < 40_000
    refuse_strange(data)
    sha256 = hashlib.sha256(data).hexdigest()
    promised = msgspec.structs.replace(manifest_of(DATA), sha256=sha256, golden=EVEN)
    with pytest.raises(ModelRefused) as refused:
        stand(data, written(promised))
    assert str(refused.value).startswith(("its trial ended by ", "it does not "))


def test_a_trial_that_does_not_end_is_ended() -> None:
    trial = Trial(DATA, MANIFEST, wall_s=0.0)
    verdict = trial.verdict()
    assert verdict is not None
    assert verdict.startswith("its trial ended by SIGKILL (limits: 20 s of processor, 256 MB, ")


def test_a_trial_may_be_given_up() -> None:
    trial = Trial(DATA, MANIFEST)
    assert trial.verdict() is None
    trial.close()
    trial.close()
    assert trial._process.returncode == -signal.SIGKILL


def test_without_a_process_nothing_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ModelRefused, match="it cannot be tried: No such file"):
        stand(DATA, MANIFEST)


def test_an_end_that_nobody_chose_is_told_by_its_code() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hub_server.model.trial"],
        input=b"no trial",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert model_trial._ending(1).startswith("exit code 1 (limits: ")

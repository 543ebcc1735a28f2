import msgspec
import numpy as np
import onnx
import pytest
from onnx import TensorProto, ValueInfoProto, helper

from hub_server.features import FEATURES, LIMIT, SCHEMA_SHA
from hub_server.journey.tracks import STATE_WIDTH
from hub_server.model.manifest import Golden, ModelRefused
from hub_server.model.network import (
    FUZZ_VALUES,
    STATE_LIMIT,
    Answer,
    Network,
    good,
    prove,
    prove_crowd,
    settled,
)
from hub_server.stage import MODEL_PATH, StageModel
from models.graph import build
from tests.hub_server.drawn_models import manifest_of, weights

WIDTH = len(FEATURES)


def value(name: str, width: int | None) -> ValueInfoProto:
    shape: list[str | int | None] = ["n"] if width is None else ["n", width]
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def graph(nodes: list[tuple[str, str, str]], p_width: int = 8, x_width: int = WIDTH) -> bytes:
    """A model of other nodes (operator, inputs, output) and the right names."""
    floats = TensorProto.FLOAT
    cut = helper.make_tensor("cut", floats, [x_width, p_width], [0.5] * x_width * p_width)
    one = helper.make_tensor("one", floats, [x_width, 1], [0.0] * x_width)
    flat = helper.make_tensor("flat", TensorProto.INT64, [1], [-1])
    zero = helper.make_tensor("zero", floats, [1, 1], [0.0])
    made = [helper.make_node(op, inputs.split(), [output]) for op, inputs, output in nodes]
    found = helper.make_graph(
        made,
        "other",
        [value("x", x_width), value("state", STATE_WIDTH)],
        [value("p", p_width), value("p_buy", None), value("next", STATE_WIDTH)],
        [cut, one, flat, zero],
    )
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(found, opset_imports=opset, ir_version=8)
    return bytes(model.SerializeToString())


BUY = [("MatMul", "x one", "buy"), ("Reshape", "buy flat", "p_buy")]
STAY = [("Identity", "state", "next")]
STAGE = [("MatMul", "x cut", "logits"), ("Softmax", "logits", "p")]


def refusal(data: bytes, **changed: object) -> str:
    with pytest.raises(ModelRefused) as caught:
        prove(Network(data), manifest_of(data, **changed))
    return str(caught.value)


def test_the_shipped_model_proves_itself() -> None:
    assert StageModel.load().alarm is None
    assert MODEL_PATH.stat().st_size < 256 * 1024


def test_a_plain_network_of_another_kind_is_as_good() -> None:
    data = graph([*STAGE, *BUY, *STAY])
    prove(Network(data), manifest_of(data))


@pytest.mark.parametrize("data", [b"", b"\x08\x08", build(weights())[:-9]])
def test_what_does_not_load_is_refused(data: bytes) -> None:
    with pytest.raises(ModelRefused, match="it does not load: "):
        Network(data)


def test_other_shapes_are_refused() -> None:
    assert refusal(graph([*STAGE, *BUY, *STAY], x_width=3)).startswith(
        f"inputs x tensor(float) (3,), state tensor(float) ({STATE_WIDTH},), expected x "
        f"tensor(float) ({WIDTH},)"
    )
    assert refusal(graph([*STAGE, *BUY, *STAY], p_width=7)).startswith(
        f"answers of shapes ((1, 7), (1,), (1, {STATE_WIDTH})), expected ((1, 8), (1,)"
    )


def test_a_graph_that_fails_while_it_runs_is_refused() -> None:
    mixed = [("Concat", "x state", "both")]  # the axis is missing: it loads not, or runs not
    assert refusal(graph([*STAGE, *BUY, ("MatMul", "state state", "next")])).startswith(
        "it does not run: "
    )
    assert refusal(graph([*mixed, *STAGE, *BUY, *STAY])).startswith("it does not load: ")


def test_another_feature_schema_is_refused() -> None:
    expected = f"feature schema {'1' * 12} of its training, this hub's is {SCHEMA_SHA[:12]}"
    assert refusal(build(weights()), features_sha256="1" * 64) == expected


def golden(data: bytes, **changed: object) -> Golden:
    return msgspec.structs.replace(manifest_of(data).golden, **changed)


def test_golden_ticks_must_come_out() -> None:
    data = build(weights())
    p = [list(row) for row in manifest_of(data).golden.p]
    p[19][2] += 2e-5
    assert refusal(data, golden=golden(data, p=p)).startswith("golden tick 19: off by 2e-05")
    p_buy = [0.5] * 20
    assert refusal(data, golden=golden(data, p_buy=p_buy)).startswith("golden tick 0: off by ")
    other = manifest_of(build(weights(seed=1))).golden
    assert refusal(data, golden=other).startswith("golden tick 0: off by ")


@pytest.mark.parametrize(
    "rows",
    [
        {"x": [[0.0]] * 20},
        {"x": [[0.0] * 2 * WIDTH] * 20},
        {"p": [[0.1] * 7] * 20},
        {"x": [[0.0] * WIDTH, []] * 10},
    ],
)
def test_golden_ticks_of_other_lengths_are_refused(rows: dict[str, object]) -> None:
    data = build(weights())
    assert refusal(data, golden=golden(data, **rows)).startswith("golden ticks: rows of other")


def test_an_answer_that_changes_with_the_others_is_refused() -> None:
    model = onnx.load_model_from_string(graph([*STAGE, *BUY, *STAY]))
    (softmax,) = (node for node in model.graph.node if node.op_type == "Softmax")
    softmax.attribute.append(helper.make_attribute("axis", 0))  # over the journeys
    over_p = model.SerializeToString()
    x = np.zeros((20, WIDTH)).tolist()
    alone = Golden(x, [[1.0] * 8] * 20, [0.0] * 20)
    assert refusal(over_p, golden=alone).startswith("golden tick 0 beside 16 other journeys: off")


def test_wild_numbers_must_not_spoil_the_answer() -> None:
    calm = Golden([[0.0] * WIDTH] * 20, [[0.0] * 8] * 20, [0.0] * 20)
    sums_to_nothing = graph([("MatMul", "x cut", "p"), *BUY, *STAY])
    assert refusal(sums_to_nothing, golden=calm) == (
        "wild numbers, row 0 of tick 0: an answer that is not eight probabilities that sum to 1 "
        "and finite numbers"
    )
    loses_its_state = graph([*STAGE, *BUY, ("Div", "state state", "next")])
    even = Golden([[0.0] * WIDTH] * 20, [[0.125] * 8] * 20, [0.0] * 20)
    assert refusal(loses_its_state, golden=even).startswith("wild numbers, row ")


def test_a_crowd_must_be_answered_in_time() -> None:
    network = Network(graph([*STAGE, *BUY, *STAY]))
    prove_crowd(network, lambda: 5.0)
    ticking = iter([5.0, 7.5])
    with pytest.raises(ModelRefused, match=r"10000 journeys take 2.5 s a tick, expected at most 1"):
        prove_crowd(network, lambda: next(ticking))


def test_numbers_are_settled_within_their_limits() -> None:
    wild = np.repeat(FUZZ_VALUES[:, None], 3, axis=1)
    x, state = settled(wild, wild)
    assert np.abs(x).max() == LIMIT
    assert np.abs(state).max() == STATE_LIMIT
    assert np.isfinite(state).all()
    assert x[0, 0] == 0.0


def test_what_a_good_answer_is() -> None:
    p = np.full((6, 8), 0.125, np.float32)
    p_buy, state = np.full(6, 0.5, np.float32), np.zeros((6, 2), np.float32)
    p[1, 0] = np.nan
    p[2, 0] = 0.5
    p[3] = 3e38
    p_buy[4] = np.inf
    state[5, 1] = np.nan
    assert good(Answer(p, p_buy, state)).tolist() == [True, *[False] * 5]

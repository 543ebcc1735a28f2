import numpy as np
import onnx
import onnxruntime

from hub_server.features import FEATURES
from hub_server.journey.tracks import STATE_WIDTH
from hub_server.model.file import MODEL_BYTES_MAX
from hub_server.stage import MODEL_PATH
from models.graph import SHAPES, build


def weights() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {name: rng.normal(0, 0.3, s).astype(np.float32) for name, s in SHAPES.items()}


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def by_hand(w: dict[str, np.ndarray], x: np.ndarray, state: np.ndarray) -> list[np.ndarray]:
    code = np.tanh(x @ w["A"] + w["a"])
    both = np.concatenate([code, state], axis=1)
    reset, keep = sigmoid(both @ w["R"] + w["r"]), sigmoid(both @ w["K"] + w["k"])
    new = np.tanh(code @ w["W"] + w["w"] + reset * (state @ w["U"] + w["u"]))
    then = new + keep * (state - new)
    logits = then @ w["P"] + w["q"]
    raised = np.exp(logits * w["S"][logits.argmax(axis=1)][:, None])
    return [
        raised / raised.sum(axis=1, keepdims=True),
        sigmoid(then @ w["B"] + w["b"])[:, 0],
        then,
    ]


def test_the_graph_computes_a_gru_step() -> None:
    w, rng = weights(), np.random.default_rng(1)
    x = rng.normal(0, 1, (5, len(FEATURES))).astype(np.float32)
    state = rng.normal(0, 1, (5, STATE_WIDTH)).astype(np.float32)
    session = onnxruntime.InferenceSession(build(w), providers=["CPUExecutionProvider"])
    found = session.run(["p", "p_buy", "next"], {"x": x, "state": state})
    for got, expected in zip(found, by_hand(w, x, state), strict=True):
        np.testing.assert_allclose(got, expected, atol=1e-5)


def test_the_same_weights_give_the_same_bytes_and_they_are_few() -> None:
    assert build(weights()) == build(weights())
    assert len(build(weights())) <= MODEL_BYTES_MAX


def test_the_shipped_file_holds_weights_and_nothing_else() -> None:
    model = onnx.load(MODEL_PATH)
    assert not model.metadata_props
    assert not model.functions
    assert not model.doc_string
    assert model.producer_name == ""
    assert [o.domain for o in model.opset_import] == [""]
    for node in model.graph.node:
        assert not node.metadata_props
        assert not node.doc_string
        assert node.name == ""
    assert {t.name for t in model.graph.initializer} == {*SHAPES, "flat"}
    assert not any(t.external_data or t.data_location for t in model.graph.initializer)

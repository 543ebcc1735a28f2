"""The stage model as an ONNX graph, node by node: no exporter, so no paths or traces in the file.

code  = tanh(x A + a)                                   (n, CODE)
reset = sigmoid([code, state] R + r)                    (n, STATE)
keep  = sigmoid([code, state] K + k)
new   = tanh(code W + w + reset * (state U + u))
next  = new + keep * (state - new)                      a GRU step (Cho et al. 2014)
z     = next P + q                                      what makes arg-max balanced is in q
p     = softmax(z * S[arg-max z])                       S = 1 / a temperature for each top stage
p_buy = sigmoid(next B + b)
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from hub_server.features import FEATURES
from hub_server.journey.tracks import STATE_WIDTH
from hub_server.journeys import STAGES

Weights = Mapping[str, NDArray[np.float32]]

CODE_WIDTH: Final = 64
# Settled versions that hold every operator here, older than the newest, so that older runtimes read
# the file too.
OPSET: Final = 17
IR_VERSION: Final = 8

SHAPES: Final[dict[str, tuple[int, ...]]] = {
    "A": (len(FEATURES), CODE_WIDTH),
    "a": (CODE_WIDTH,),
    "R": (CODE_WIDTH + STATE_WIDTH, STATE_WIDTH),
    "r": (STATE_WIDTH,),
    "K": (CODE_WIDTH + STATE_WIDTH, STATE_WIDTH),
    "k": (STATE_WIDTH,),
    "W": (CODE_WIDTH, STATE_WIDTH),
    "w": (STATE_WIDTH,),
    "U": (STATE_WIDTH, STATE_WIDTH),
    "u": (STATE_WIDTH,),
    "P": (STATE_WIDTH, len(STAGES)),
    "q": (len(STAGES),),
    "S": (len(STAGES),),
    "B": (STATE_WIDTH, 1),
    "b": (1,),
}
# Output, operator, inputs; the graph in order.
NODES: Final = (
    ("code_in", "Gemm", ("x", "A", "a")),
    ("code", "Tanh", ("code_in",)),
    ("both", "Concat", ("code", "state")),
    ("reset_in", "Gemm", ("both", "R", "r")),
    ("reset", "Sigmoid", ("reset_in",)),
    ("keep_in", "Gemm", ("both", "K", "k")),
    ("keep", "Sigmoid", ("keep_in",)),
    ("new_x", "Gemm", ("code", "W", "w")),
    ("new_state", "Gemm", ("state", "U", "u")),
    ("new_reset", "Mul", ("reset", "new_state")),
    ("new_in", "Add", ("new_x", "new_reset")),
    ("new", "Tanh", ("new_in",)),
    ("change", "Sub", ("state", "new")),
    ("kept", "Mul", ("keep", "change")),
    ("next", "Add", ("new", "kept")),
    ("logits", "Gemm", ("next", "P", "q")),
    ("top", "ArgMax", ("logits",)),
    ("sharpness", "Gather", ("S", "top")),
    ("honest", "Mul", ("logits", "sharpness")),
    ("p", "Softmax", ("honest",)),
    ("buy_in", "Gemm", ("next", "B", "b")),
    ("buy", "Sigmoid", ("buy_in",)),
    ("p_buy", "Reshape", ("buy", "flat")),
)
_AXIS: Final = {"Concat": 1, "Softmax": 1, "ArgMax": 1}


def _value(name: str, width: int | None) -> Any:  # noqa: ANN401 - onnx is untyped
    shape: list[str | int | None] = ["n"] if width is None else ["n", width]
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)


def build(weights: Weights) -> bytes:
    """The model file of `weights` (names and shapes as in SHAPES); the same bytes each time."""
    tensors = [
        numpy_helper.from_array(np.ascontiguousarray(weights[name].reshape(shape)), name)
        for name, shape in SHAPES.items()
    ]
    tensors.append(numpy_helper.from_array(np.array([-1], np.int64), "flat"))
    nodes = [
        helper.make_node(operator, inputs, [output], **_attributes(operator))
        for output, operator, inputs in NODES
    ]
    graph = helper.make_graph(
        nodes,
        "journey_stage",
        [_value("x", len(FEATURES)), _value("state", STATE_WIDTH)],
        [_value("p", len(STAGES)), _value("p_buy", None), _value("next", STATE_WIDTH)],
        tensors,
    )
    opset = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _attributes(operator: str) -> dict[str, Any]:
    return {"axis": _AXIS[operator]} if operator in _AXIS else {}

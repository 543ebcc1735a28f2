import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from hub_server.model.file import (
    ATTRIBUTE_TYPES,
    DOMAINS,
    MODEL_BYTES_MAX,
    NODES_MAX,
    OPERATORS,
    look_at,
    read,
    refuse_strange,
)
from hub_server.model.manifest import ModelRefused, written
from models.graph import build
from tests.hub_server.drawn_models import manifest_of, weights, write

DATA = build(weights())


def model() -> onnx.ModelProto:
    return onnx.load_model_from_string(DATA)


def test_a_good_model_is_read_with_its_manifest(tmp_path: Path) -> None:
    files = read(*write(tmp_path, DATA))
    assert files.data == DATA
    assert files.promised == manifest_of(DATA)
    assert files.manifest == written(files.promised)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (DATA + b"\x08\x08", "m.onnx: sha256 "),
        (DATA * 3, "m.onnx: more than 262144 bytes, expected at most those"),
    ],
)
def test_bytes_that_were_not_promised_are_refused(
    tmp_path: Path, data: bytes, expected: str
) -> None:
    paths = write(tmp_path, DATA)
    paths[0].write_bytes(data)
    with pytest.raises(ModelRefused, match=expected):
        read(*paths)


def test_an_absent_file_is_refused_by_name(tmp_path: Path) -> None:
    model_path, manifest = write(tmp_path, DATA)
    model_path.unlink()
    with pytest.raises(ModelRefused, match=r"^m.onnx: No such file"):
        read(model_path, manifest)
    manifest.write_bytes(b"{")
    with pytest.raises(ModelRefused, match=r"^m.json: Input data was truncated"):
        read(model_path, manifest)
    manifest.unlink()
    with pytest.raises(ModelRefused, match=r"^m.json: No such file"):
        read(model_path, manifest)


def refused(changed: onnx.ModelProto) -> str:
    with pytest.raises(ModelRefused) as caught:
        refuse_strange(changed.SerializeToString())
    return str(caught.value)


def test_external_data_is_refused() -> None:
    changed = model()
    onnx.external_data_helper.set_external_data(changed.graph.initializer[0], "weights.bin")
    assert refused(changed) == "not of a plain network: external data in tensor"
    del changed.graph.initializer[0].external_data[:]
    assert refused(changed) == "not of a plain network: external data: data_location 1"


def test_other_operators_and_domains_are_refused() -> None:
    for name, domain, expected in (
        ("Loop", "", "the operator Loop"),
        ("gemm", "", "the operator gemm"),
        ("Gemm", "com.microsoft", "an operator of the domain com.microsoft"),
    ):
        changed = model()
        changed.graph.node[0].op_type, changed.graph.node[0].domain = name, domain
        assert refused(changed) == f"not of a plain network: {expected}"
    changed = model()
    changed.opset_import.append(helper.make_opsetid("our.own", 1))
    assert refused(changed) == "not of a plain network: operators of the domain our.own"


def test_subgraphs_and_functions_are_refused() -> None:
    changed = model()
    changed.graph.node[0].attribute.append(helper.make_attribute("body", changed.graph))
    assert refused(changed) == "not of a plain network: a subgraph in attribute"
    changed = model()
    changed.graph.node[0].attribute.append(helper.make_attribute("bodies", [model().graph]))
    assert refused(changed) == "not of a plain network: subgraphs in attribute"
    changed = model()
    opsets = [helper.make_opsetid("", 17)]
    changed.functions.append(helper.make_function("our.own", "F", [], [], [], opsets))
    assert refused(changed) == "not of a plain network: functions in model"
    changed = model()
    changed.graph.node[0].attribute.add(name="alpha", ref_attr_name="a")
    expected = "a reference to a function's attribute in attribute"
    assert refused(changed) == f"not of a plain network: {expected}"


def test_what_hides_in_a_tensor_attribute_is_found() -> None:
    changed = model()
    tensor = helper.make_tensor("t", TensorProto.FLOAT, [1], [1.0])
    tensor.data_location = TensorProto.EXTERNAL
    changed.graph.node[0].attribute.append(helper.make_attribute("value", tensor))
    assert "external data" in refused(changed)


def test_sparse_weights_types_and_training_are_refused() -> None:
    changed = model()
    changed.graph.sparse_initializer.add()
    assert "sparse weights in graph" in refused(changed)
    changed = model()
    changed.training_info.add()
    assert "training info in model" in refused(changed)
    changed = model()
    changed.graph.node[0].attribute.add(name="t", type=onnx.AttributeProto.TYPE_PROTO)
    assert refused(changed) == "not of a plain network: an attribute of type 13"
    changed = model()
    changed.graph.input[0].type.sequence_type.SetInParent()
    assert "field 4 (wire type 2) in type" in refused(changed)


def test_too_many_nodes_are_refused() -> None:
    changed = model()
    changed.graph.node.extend([changed.graph.node[0]] * (NODES_MAX + 1 - len(changed.graph.node)))
    assert refused(changed) == f"{NODES_MAX + 1} nodes, expected at most {NODES_MAX}"


def test_notes_and_names_do_no_harm() -> None:
    changed = model()
    changed.producer_name, changed.doc_string = "someone", "what it is"
    helper.set_model_props(changed, {"trained": "yesterday"})
    changed.graph.value_info.append(helper.make_tensor_value_info("code", 1, ["n", 48]))
    changed.graph.node[0].attribute.append(helper.make_attribute("list", [1, 2, 3]))
    changed.graph.node[0].attribute.append(helper.make_attribute("floats", [1.0, 2.0]))
    refuse_strange(changed.SerializeToString())


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"not a model", "no ONNX file: wire type 6"),
        (DATA[:-1], "cut short: a part is longer than the file"),
        (DATA + b"\x08", "cut short: a number without end"),
        (b"\x08" + b"\xff" * 12, "a number without end"),
        (b"\x12\x01\xff", "a text in model that is not UTF-8"),
        (b"\x7a\x00", "field 15 (wire type 2) in model"),
        (b"\x08\x08\x12", "a number without end"),
        (b"\x3a\x08", "a part is longer than the file"),
    ],
)
def test_bytes_of_another_kind_are_refused(data: bytes, expected: str) -> None:
    with pytest.raises(ModelRefused) as caught:
        refuse_strange(data)
    assert expected in str(caught.value)


def is_plain(found: onnx.ModelProto) -> bool:
    """What `onnx` itself, asked for each thing that must not be, says of a model that it read."""
    nodes = found.graph.node
    attributes = [one for node in nodes for one in node.attribute]
    tensors = [*found.graph.initializer, *(one.t for one in attributes if one.HasField("t"))]
    return (
        not found.functions
        and not found.graph.sparse_initializer
        and all(one.domain.encode() in DOMAINS for one in [*found.opset_import, *nodes])
        and all(node.op_type.encode() in OPERATORS for node in nodes)
        and all(one.type in ATTRIBUTE_TYPES for one in attributes)
        and not any(one.HasField("g") or one.graphs or one.tensors for one in attributes)
        and not any(one.external_data or one.data_location for one in tensors)
    )


# Where the file says what it is; all between are weights, whose bytes mean nothing here.
SHAPE_BYTES = sorted(
    set(range(len(DATA)))
    - {
        at
        for tensor in onnx.load_model_from_string(DATA).graph.initializer
        if len(tensor.raw_data) > 64
        for start in [DATA.index(tensor.raw_data)]
        for at in range(start, start + len(tensor.raw_data))
    }
)


@given(
    st.lists(st.tuples(st.sampled_from(SHAPE_BYTES), st.integers(0, 255)), max_size=3),
    st.integers(0, len(DATA)) | st.just(len(DATA)),
)
@settings(max_examples=200, deadline=None)
@example([], len(DATA))
def test_what_passes_is_plain_to_onnx_too(changes: list[tuple[int, int]], length: int) -> None:
    data = bytearray(DATA)
    for at, value in changes:
        data[at] = value
    cut = bytes(data[:length])
    try:
        refuse_strange(cut)
    except ModelRefused:
        return
    assert is_plain(onnx.load_model_from_string(cut))


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        look_at(data, hashlib.sha256(data).hexdigest())
    except ModelRefused:
        return
    assert is_plain(onnx.load_model_from_string(data))


def test_the_largest_file_of_the_smallest_parts_is_read_in_bounded_time() -> None:
    parts = b"\x42\x00" * (MODEL_BYTES_MAX // 2)
    refuse_strange(parts)  # 131,072 empty opsets: half a second, and no memory


def test_each_size_of_weights_passes() -> None:
    for scale in (0.0, 1e-30, 1e30):
        drawn = {name: value * np.float32(scale) for name, value in weights().items()}
        refuse_strange(build(drawn))

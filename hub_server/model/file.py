"""The bytes of a model file, looked at before anything runs them.

An ONNX file is a protobuf message (https://protobuf.dev/programming-guides/encoding, field numbers
from onnx.proto3). The few parts that a step of a small network needs are in a table; any other
part refuses the file: external data, functions, subgraphs, other operators and domains, and
whatever a later version of the format brings. Measured on this machine: 0.8 ms a file and no
memory, where importing `onnx` for it takes 0.12 s, 9 to 15 MB of memory and 30 MB of disk.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from hub_server.model.manifest import MANIFEST_BYTES_MAX, Manifest, ModelRefused, parsed

# The model that comes with the program.
MODEL_PATH: Final = Path(__file__).parents[1] / "journey_stage.onnx"
MANIFEST_PATH: Final = Path(__file__).parents[1] / "journey_stage.json"
# The model of 64 states has 98 kB; this leaves room for a second layer and no more.
MODEL_BYTES_MAX: Final = 256 * 1024
# The step has 20 nodes, and one of two layers 40. A few dozen doubling ones fill any memory.
NODES_MAX: Final = 100
# What steps of recurrent and plain networks are made of, each a function of numbers and nothing
# else: none loops, reads a file or makes a shape that its inputs do not have.
OPERATORS: Final = frozenset(
    b"Add ArgMax Cast Concat Div Flatten GRU Gather Gemm Identity MatMul Mul Relu Reshape Sigmoid "
    b"Softmax Sub Tanh".split()
)
# The standard's own operators; either name means them.
DOMAINS: Final = frozenset({b"", b"ai.onnx"})
# AttributeProto.AttributeType: not given, a number, a text, a tensor, and lists of the first three.
# Left out: graphs, sparse tensors, types, and lists of these or of tensors.
ATTRIBUTE_TYPES: Final = frozenset({0, 1, 2, 3, 4, 6, 7, 8})

# Wire types.
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
# A varint of 64 bits has at most so many bytes.
_VARINT_BYTES_MAX: Final = 10
_SEVEN_BITS: Final = 127


class _Field(NamedTuple):
    wires: tuple[int, ...]
    message: str | None = None
    """What its bytes are a message of; None = bytes as such."""


_NUMBER: Final = _Field((_VARINT,))
_RAW: Final = _Field((_BYTES,))
_TEXT: Final = _Field((_BYTES,), "text")
_NUMBERS: Final = _Field((_VARINT, _BYTES))  # a list may be packed
_FLOATS: Final = _Field((_FOUR, _BYTES))
_DOUBLES: Final = _Field((_EIGHT, _BYTES))


def _part(message: str) -> _Field:
    return _Field((_BYTES,), message)


# Message -> field number -> what it may be; names as in onnx.proto3.
FIELDS: Final[Mapping[str, Mapping[int, _Field]]] = {
    "model": {
        **dict.fromkeys((1, 5), _NUMBER),  # ir_version, model_version
        **dict.fromkeys((2, 3, 4, 6), _TEXT),  # producer, its version, domain, doc
        14: _part("entry"),  # metadata, and so below
        7: _part("graph"),
        8: _part("opset"),
    },
    "opset": {1: _TEXT, 2: _NUMBER},  # domain, version
    "graph": {
        1: _part("node"),
        **dict.fromkeys((2, 10), _TEXT),  # name, doc
        5: _part("tensor"),
        **dict.fromkeys((11, 12, 13), _part("value")),  # input, output, value_info
        16: _part("entry"),
    },
    "entry": dict.fromkeys((1, 2), _TEXT),  # key, value
    "node": {
        **dict.fromkeys((1, 2, 3, 4, 6, 7, 8), _TEXT),  # inputs, outputs, name, op_type, ...
        5: _part("attribute"),
        9: _part("entry"),
    },
    "attribute": {
        **dict.fromkeys((1, 13), _TEXT),  # name, doc
        **dict.fromkeys((4, 9), _RAW),  # s, strings
        2: _Field((_FOUR,)),  # f
        **dict.fromkeys((3, 20), _NUMBER),  # i, type
        5: _part("tensor"),
        7: _FLOATS,
        8: _NUMBERS,
    },
    "tensor": {
        **dict.fromkeys((1, 5, 7, 11), _NUMBERS),  # dims, int32, int64 and uint64 data
        **dict.fromkeys((2, 14), _NUMBER),  # data_type, data_location
        4: _FLOATS,
        10: _DOUBLES,
        **dict.fromkeys((8, 12), _TEXT),  # name, doc
        9: _RAW,
        16: _part("entry"),
    },
    "value": {**dict.fromkeys((1, 3), _TEXT), 2: _part("type"), 4: _part("entry")},
    "type": {1: _part("tensor type"), 6: _TEXT},
    "tensor type": {1: _NUMBER, 2: _part("shape")},
    "shape": {1: _part("dimension")},
    "dimension": {1: _NUMBER, 2: _TEXT, 3: _TEXT},
}
# The parts that are left out on purpose, by the name that ops may look up.
_KNOWN: Final = {
    ("model", 20): "training info",
    ("model", 25): "functions",
    ("graph", 15): "sparse weights",
    ("attribute", 6): "a subgraph",
    ("attribute", 11): "subgraphs",
    ("attribute", 21): "a reference to a function's attribute",
    ("tensor", 13): "external data",
}
# Field -> which values it may have, and what it is called.
_VALUES: Final[Mapping[tuple[str, int], tuple[frozenset[object], str]]] = {
    ("opset", 1): (frozenset(DOMAINS), "operators of the domain"),
    ("node", 4): (frozenset(OPERATORS), "the operator"),
    ("node", 7): (frozenset(DOMAINS), "an operator of the domain"),
    ("attribute", 20): (frozenset(ATTRIBUTE_TYPES), "an attribute of type"),
    ("tensor", 14): (frozenset({0}), "external data: data_location"),
}

Value = int | memoryview


class Files(NamedTuple):
    """The bytes of one model."""

    data: bytes
    manifest: bytes
    promised: Manifest


def read(model: Path, manifest: Path) -> Files:
    """The model in two files, its bytes looked at and not yet run.

    Raises:
        ModelRefused: they cannot be read, or the model is not what its manifest promises.
    """
    with _naming(manifest):
        written = _start(manifest, MANIFEST_BYTES_MAX)
        promised = parsed(written)
    with _naming(model):
        data = _start(model, MODEL_BYTES_MAX)
        look_at(data, promised.sha256)
    return Files(data, written, promised)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except ModelRefused as error:
        msg = f"{path.name}: {error}"
        raise ModelRefused(msg) from None
    except OSError as error:
        msg = f"{path.name}: {error.strerror}"
        raise ModelRefused(msg) from None


def _start(path: Path, most: int) -> bytes:
    """The bytes of a file, or one more than `most` of an endless one."""
    with path.open("rb") as file:
        return file.read(most + 1)


def look_at(data: bytes, sha256: str) -> None:
    """Refuse bytes that are not the promised ones, too many, or not of a plain network.

    Raises:
        ModelRefused: says what was found and expected.
    """
    # What is longer was not read to its end, so its sha256 is not known.
    if len(data) > MODEL_BYTES_MAX:
        msg = f"more than {MODEL_BYTES_MAX} bytes, expected at most those"
        raise ModelRefused(msg)
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        msg = f"sha256 {found[:12]}, its manifest says {sha256[:12]}"
        raise ModelRefused(msg)
    refuse_strange(data)


def refuse_strange(data: bytes) -> None:
    """Refuse an ONNX file that holds anything but a plain network.

    Raises:
        ModelRefused: says what it holds.
    """
    nodes_count = sum(1 for _ in _parts(memoryview(data), "model"))
    if nodes_count > NODES_MAX:
        msg = f"{nodes_count} nodes, expected at most {NODES_MAX}"
        raise ModelRefused(msg)


def _parts(view: memoryview, message: str) -> Iterator[None]:
    """Walk a message and what is in it; yields once a node."""
    for number, wire, value in _fields(view):
        field = FIELDS[message].get(number)
        if field is None or wire not in field.wires:
            name = _KNOWN.get((message, number), f"field {number} (wire type {wire})")
            msg = f"not of a plain network: {name} in {message}"
            raise ModelRefused(msg)
        _refuse_value(message, number, value)
        if field.message == "text":
            _refuse_no_text(value, message)
        elif field.message is not None and isinstance(value, memoryview):
            yield from _parts(value, field.message)
    if message == "node":
        yield


def _refuse_no_text(value: Value, message: str) -> None:
    # onnxruntime's Python side stumbles over these in places that it does not guard.
    try:
        bytes(value).decode()
    except UnicodeDecodeError:
        msg = f"no ONNX file, or a damaged one: a text in {message} that is not UTF-8"
        raise ModelRefused(msg) from None


def _refuse_value(message: str, number: int, value: Value) -> None:
    rule = _VALUES.get((message, number))
    if rule is None:
        return
    allowed, name = rule
    plain = bytes(value) if isinstance(value, memoryview) else value
    if plain not in allowed:
        shown = plain.decode(errors="replace")[:40] if isinstance(plain, bytes) else plain
        msg = f"not of a plain network: {name} {shown}"
        raise ModelRefused(msg)


def _fields(view: memoryview) -> Iterator[tuple[int, int, Value]]:
    """(field number, wire type, value) of each field; four and eight bytes as bytes."""
    at = 0
    while at < len(view):
        tag, at = _varint(view, at)
        wire = tag & 7
        if wire == _VARINT:
            value, at = _varint(view, at)
            yield tag >> 3, wire, value
            continue
        size, at = _size(view, at, wire)
        if at + size > len(view):
            msg = "no ONNX file, or one cut short: a part is longer than the file"
            raise ModelRefused(msg)
        yield tag >> 3, wire, view[at : at + size]
        at += size


def _size(view: memoryview, at: int, wire: int) -> tuple[int, int]:
    if wire == _BYTES:
        return _varint(view, at)
    if wire not in {_FOUR, _EIGHT}:
        msg = f"no ONNX file: wire type {wire}"
        raise ModelRefused(msg)
    return (4 if wire == _FOUR else 8), at


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for k, byte in enumerate(view[at : at + _VARINT_BYTES_MAX]):
        value |= (byte & _SEVEN_BITS) << (7 * k)
        if byte <= _SEVEN_BITS:
            return value, at + k + 1
    msg = "no ONNX file, or one cut short: a number without end"
    raise ModelRefused(msg)

"""The wire contract, held by golden samples: tests/wire/<message>.json are bytes on the wire."""

import contextlib
import json
from pathlib import Path
from typing import Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent import messages
from edge_agent.messages import BadMessage, decode, encode, json_schema, parse_topic, topic

WIRE: Final = Path(__file__).parent.parent / "wire"
SAMPLES: Final = sorted(path.stem for path in WIRE.glob("*.json"))
LEAVES: Final = {"ack": "down/ack", "tags": "down/tags"}
# A loaded machine is no failure; what is tested is the outcome.
QUICK: Final = settings(max_examples=50, deadline=None)
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def sample(name: str) -> tuple[str, bytes]:
    """(leaf, payload) of a golden sample."""
    return LEAVES.get(name, name), (WIRE / f"{name}.json").read_bytes()


def test_every_message_has_a_sample() -> None:
    tags = sorted(one.__struct_config__.tag for one in messages.Message.__args__)
    assert tags == SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_the_bytes_on_the_wire_do_not_change(name: str) -> None:
    leaf, payload = sample(name)
    message = decode(leaf, payload)
    assert encode(message) == payload
    assert message.v == 1
    assert type(message).__name__.lower() == name


@pytest.mark.parametrize("name", SAMPLES)
def test_a_receiver_ignores_what_a_newer_sender_adds(name: str) -> None:
    leaf, payload = sample(name)
    newer = {**json.loads(payload), "weather": {"rain": [1, 2]}}
    for row in newer.get("rows", []):
        if isinstance(row, dict):
            row["colour"] = "red"
        else:
            row.append("one column more")
    assert decode(leaf, json.dumps(newer).encode()) == decode(leaf, payload)


@pytest.mark.parametrize("name", SAMPLES)
@QUICK
@given(data=st.data())
def test_a_payload_cut_or_bent_gives_bad_message_or_a_message(
    name: str, data: st.DataObject
) -> None:
    leaf, payload = sample(name)
    at = data.draw(st.integers(0, len(payload) - 1))
    cut = payload[:at]
    bent = payload[:at] + bytes([data.draw(st.integers(0, 255))]) + payload[at + 1 :]
    with pytest.raises(BadMessage):
        decode(leaf, cut)
    read(leaf, bent)


@QUICK
@given(leaf=st.sampled_from(sorted(messages._BY_LEAF)), payload=st.binary())
def test_arbitrary_bytes_give_bad_message(leaf: str, payload: bytes) -> None:
    with pytest.raises(BadMessage):
        decode(leaf, payload)


@pytest.mark.parametrize("name", SAMPLES)
@QUICK
@given(data=st.data())
def test_any_value_in_any_field_gives_bad_message_or_a_message(
    name: str, data: st.DataObject
) -> None:
    leaf, payload = sample(name)
    document = json.loads(payload)
    document[data.draw(st.sampled_from(sorted(document)))] = data.draw(JSON)
    read(leaf, json.dumps(document).encode())


def read(leaf: str, payload: bytes) -> None:
    """Decode; only `BadMessage` may come out, and what is taken can be sent on."""
    with contextlib.suppress(BadMessage):
        message = decode(leaf, payload)
        assert decode(leaf, encode(message)) == message


@pytest.mark.parametrize(
    ("leaf", "payload", "text"),
    [
        ("down/ack", b"", "truncated"),
        ("down/ack", b"[" * 100_000, "down/ack: "),
        ("down/ack", b"\xff\xfe", "down/ack: "),
        ("down/ack", b'{"type":"ack","v":2,"outbox":"o","seq":1}', "$.v"),
        ("down/ack", b'{"type":"tags","rows":[]}', "Invalid value 'tags'"),
        ("down/ack", b'{"type":"ack","outbox":"o","seq":-1}', "$.seq"),
        ("down/ack", b'{"type":"ack","outbox":"a/b","seq":1}', "$.outbox"),
        ("down/ack", b'{"type":"ack","outbox":"o","seq":1e400}', "down/ack: "),
        ("sightings", b'{"type":"sightings","boot":"b","rows":[["h","a",-128.0,0]]}', "rows[0][2]"),
        ("sightings", b'{"type":"sightings","boot":"b","rows":[["+","a",-60,0]]}', "rows[0][0]"),
        ("sightings", b'{"type":"sightings","boot":"b","rows":[["h","a",NaN,0]]}', "sightings: "),
        ("stays", b'{"type":"stays","outbox":"o","oldest_seq":0,"rows":[]}', "$.oldest_seq"),
        (
            "down/tags",
            b'{"type":"tags","rows":[{"identities":[],"handle":"h","ttl_s":0}]}',
            "ttl_s",
        ),
    ],
)
def test_what_is_malformed_says_where(leaf: str, payload: bytes, text: str) -> None:
    with pytest.raises(BadMessage) as error:
        decode(leaf, payload)
    assert text in str(error.value)


def test_a_payload_over_the_bound_is_not_even_parsed() -> None:
    with pytest.raises(BadMessage, match="expected at most"):
        decode("down/ack", b" " * (messages.PAYLOAD_BYTES_MAX + 1))


@pytest.mark.parametrize("leaf", [*messages.UP_LEAVES, *messages.DOWN_LEAVES])
def test_a_topic_is_what_it_was_made_of(leaf: messages.Leaf) -> None:
    name = topic("market.north", "market.north.pi-1", leaf)
    assert name == f"instep/v1/market.north/market.north.pi-1/{leaf}"
    assert parse_topic(name) == ("market.north", "market.north.pi-1", leaf)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "instep/v1",
        "instep/v1/market/market.pi/unknown",
        "instep/v1/market/market.pi/down/config",
        "instep/v2/market/market.pi/fixes",
        "instep/v1/market/other.pi/fixes",
        "instep/v1/market/market/fixes",
        "/instep/v1/market/market.pi/fixes",
    ],
)
def test_a_foreign_topic_is_refused(name: str) -> None:
    with pytest.raises(BadMessage):
        parse_topic(name)


@QUICK
@given(st.text())
def test_any_topic_parses_or_is_refused(name: str) -> None:
    with pytest.raises(BadMessage):
        parse_topic(name)


def test_the_schema_names_every_message_and_its_bounds() -> None:
    schema = json_schema()
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    assert {"Sightings", "Fixes", "Stays", "Health", "Status", "Ack", "Tags"} <= set(definitions)
    assert definitions["Ack"]["properties"]["seq"] == {"type": "integer", "minimum": 0}
    assert msgspec.json.decode(msgspec.json.encode(schema)) == schema


@pytest.mark.parametrize("kind", [*messages.SIGNS, "something-newer"])
def test_a_suspect_anchor_is_told_in_one_sentence(kind: str) -> None:
    suspect = messages.Suspect(
        anchor="a3",
        sure_p=0.95,
        kind=kind,
        other="a5",
        change_db=-9.4,
        moved_m=6.0,
        towards="upper left",
    )
    assert suspect.words.startswith("anchor a3 ")
    assert ": 95% sure; ops looks " in suspect.words
    assert "{" not in suspect.words

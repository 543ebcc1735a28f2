import msgspec
import pytest

from hub_server.journeys import STAGES
from hub_server.model.manifest import MANIFEST_BYTES_MAX, Manifest, ModelRefused, parsed, written
from hub_server.stage import MANIFEST_PATH
from models.graph import build
from tests.hub_server.drawn_models import manifest_of, weights

MANIFEST = manifest_of(build(weights()))


def test_what_is_written_is_read_again() -> None:
    assert parsed(written(MANIFEST)) == MANIFEST
    assert len(written(MANIFEST).splitlines()) == len(Manifest.__struct_fields__) + 2


def test_the_shipped_manifest_is_whole_and_written_as_all_are() -> None:
    manifest = parsed(MANIFEST_PATH.read_bytes())
    assert set(manifest.gates) == set(STAGES)
    assert written(manifest) == MANIFEST_PATH.read_bytes()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"seed": "one"}, "Expected `int`, got `str` - at `$.seed`"),
        ({"temperatures": [1.0] * 7}, "7 temperatures, expected 8"),
        ({"temperatures": [1.0] * 7 + [0.0]}, "Expected `float` > 0.0"),
        ({"gates": {"stuck": 0.5}}, "1 gates, expected 8"),
        ({"gates": {**MANIFEST.gates, "stuck": 1.5}}, "Expected `float` <= 1.0"),
        ({"gates": {"bored": 0.5}}, "Invalid enum value 'bored'"),
        ({"golden": {"x": [], "p": [], "p_buy": []}}, "0 golden ticks, expected 20"),
        (
            {"golden": msgspec.structs.replace(MANIFEST.golden, p_buy=[0.5] * 21)},
            "21 golden ticks, expected 20",
        ),
    ],
)
def test_a_manifest_that_is_not_whole_is_refused(changed: dict[str, object], expected: str) -> None:
    data = msgspec.json.encode({**msgspec.to_builtins(MANIFEST), **changed})
    with pytest.raises(ModelRefused) as refused:
        parsed(data)
    assert str(refused.value).startswith(expected)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b" " * (MANIFEST_BYTES_MAX + 1), "more than 1048576 bytes, expected a manifest"),
        (b"", "Input data was truncated"),
        (b'{"sha256": "\xff"}', "Invalid|codec"),
        (b'{"seed": NaN}', "JSON is malformed"),
        (b'{"x":' + b"[" * 100_000, "maximum recursion depth"),
    ],
)
def test_what_is_no_manifest_is_refused(data: bytes, expected: str) -> None:
    with pytest.raises(ModelRefused, match=expected):
        parsed(data)

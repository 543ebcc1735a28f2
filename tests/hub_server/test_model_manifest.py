from pathlib import Path

import msgspec
import pytest

from hub_server.journeys import STAGES
from hub_server.model_manifest import (
    MANIFEST_BYTES_MAX,
    Manifest,
    ModelRefused,
    read_manifest,
    written,
)
from hub_server.stage import MANIFEST_PATH
from models.graph import build
from tests.hub_server.drawn_models import manifest_of, weights

MANIFEST = manifest_of(build(weights()))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(written(MANIFEST))
    assert read_manifest(path) == MANIFEST
    assert len(written(MANIFEST).splitlines()) == len(Manifest.__struct_fields__) + 2


def test_the_shipped_manifest_is_whole_and_written_as_all_are() -> None:
    manifest = read_manifest(MANIFEST_PATH)
    assert set(manifest.gates) == set(STAGES)
    assert written(manifest) == MANIFEST_PATH.read_bytes()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"seed": "one"}, "m.json: Expected `int`, got `str` - at `$.seed`"),
        ({"temperatures": [1.0] * 7}, "m.json: 7 temperatures, expected 8"),
        ({"temperatures": [1.0] * 7 + [0.0]}, "m.json: Expected `float` > 0.0"),
        ({"gates": {"stuck": 0.5}}, "m.json: 1 gates, expected 8"),
        ({"gates": {**MANIFEST.gates, "stuck": 1.5}}, "m.json: Expected `float` <= 1.0"),
        ({"gates": {"bored": 0.5}}, "m.json: Invalid enum value 'bored'"),
        ({"golden": {"x": [], "p": [], "p_buy": []}}, "m.json: 0 golden ticks, expected 20"),
    ],
)
def test_a_manifest_that_is_not_whole_is_refused(
    tmp_path: Path, changed: dict[str, object], expected: str
) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(msgspec.json.encode({**msgspec.to_builtins(MANIFEST), **changed}))
    with pytest.raises(ModelRefused) as refused:
        read_manifest(path)
    assert str(refused.value).startswith(expected)


def test_an_endless_manifest_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(b" " * (MANIFEST_BYTES_MAX + 1))
    with pytest.raises(ModelRefused, match="more than 1048576 bytes"):
        read_manifest(path)

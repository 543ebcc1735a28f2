"""Files made to hurt: refused in time, by MapError and nothing else."""

import contextlib
import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store_maps import floor_map
from store_maps.floor_map import MapError
from store_maps.problem import PROBLEMS_MAX

Document = dict[str, Any]
# Ten times what a refusal may take; a test is no stopwatch.
HANG_GUARD_S = 20.0


def star(points: int, step: int) -> list[list[list[float]]]:
    """A ring that crosses itself thousands of times."""
    angles = [2 * math.pi * i * step / (points - 1) for i in range(points - 1)]
    ring = [[5 + 4 * math.cos(a), 4 + 3 * math.sin(a)] for a in angles]
    return [[*ring, ring[0]]]


def collection(features: bytes) -> bytes:
    return b'{"type":"FeatureCollection","features":[' + features + b"]}"


RAW: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "no JSON at line 1, column 1"),
    "not UTF-8": (lambda: b'{"a":"\xff"}', "byte 6 is not UTF-8"),
    "a number": (lambda: b"7", "the file: 7; expected a GeoJSON FeatureCollection"),
    "cut off": (lambda: b'{"type":', "no JSON at line 1, column 9"),
    "9 MiB": (lambda: b" " * (9 * 2**20), "a file of 9,437,184 bytes; expected at most 8,388,608"),
    "deep lists": (lambda: b"[" * 4_000_000, "JSON nested deeper than 64"),
    "deep objects": (lambda: b'{"a":' * 1_000_000, "JSON nested deeper than 64"),
    "deep but readable": (
        lambda: b'{"a":' + b"[" * 100 + b"]" * 100 + b"}",
        "JSON nested deeper than 64",
    ),
    "a million features": (
        lambda: collection(b",".join([b"{}"] * 1_000_000)),
        f"more than {PROBLEMS_MAX:,} problems",
    ),
    "millions of ones": (
        lambda: collection(b",".join([b"1"] * 4_000_000)),
        f"more than {PROBLEMS_MAX:,} problems",
    ),
    "a million keys twice": (
        lambda: b"{" + b",".join([b'"k":1'] * 1_300_000) + b"}",
        'the key "k" twice in one object',
    ),
    "eight million digits": (lambda: b"1" * 8_000_000, "an integer of thousands of digits"),
    "half a character": (
        lambda: b'{"name":"\\ud800"}',
        "half a surrogate pair in a text; expected whole characters",
    ),
}


@pytest.mark.parametrize("name", RAW)
def test_hostile_bytes_are_refused_in_time(name: str) -> None:
    make, expected = RAW[name]
    data = make()
    began_s = time.monotonic()
    with pytest.raises(MapError) as refused:
        floor_map.parse(data)
    assert time.monotonic() - began_s < HANG_GUARD_S
    assert expected in str(refused.value)
    assert len(refused.value.problems) <= PROBLEMS_MAX + 1


def many_stars(good: Document) -> str:
    spiked = {"type": "Polygon", "coordinates": star(4_999, 2_001)}
    shelf = good["features"][7]
    good["features"] += [shelf | {"id": f"star-{n}", "geometry": spiked} for n in range(20)]
    return "star-19: geometry is not valid: Self-intersection"


def a_long_ring(good: Document) -> str:
    good["features"][7]["geometry"]["coordinates"] = star(200_000, 7)
    return "shelf: a ring of 200,000 points; expected at most 5,000 points"


def a_loop_of_zones(good: Document) -> str:
    zone = good["features"][2]
    for n in range(10_000):
        fixed = zone["properties"] | {"parent": f"z{(n - 1) % 10_000}"}
        good["features"].append(zone | {"id": f"z{n}", "properties": fixed})
    return "z0: parent leads back to the zone itself"


def a_twice_written_id(good: Document) -> str:
    good["features"] += [good["features"][7]] * 500
    return "shelf: features[19]: id is that of features[7] too"


def a_comb_of_a_level(good: Document) -> str:
    teeth = [
        [[n / 100, 7], [n / 100, 8], [n / 100 + 0.005, 8], [n / 100 + 0.005, 7]] for n in range(999)
    ]
    ring = [[0, 0], [0, 7], *(point for tooth in teeth for point in tooth), [10, 7], [10, 0]]
    good["features"][0]["geometry"]["coordinates"] = [[*ring, ring[0]]]
    zone = good["features"][5]
    good["features"] += [zone | {"id": f"z{n}"} for n in range(8_000)]
    return "8,008 features lie in level L0, drawn with 4,001 points; expected fewer of them"


def confetti_for_a_level(good: Document) -> str:
    corners = [(n % 200 / 20, n // 200 / 25) for n in range(20_000)]
    parts = [[[[x, y], [x + 0.03, y], [x, y + 0.03], [x, y]]] for x, y in corners]
    good["features"][0]["geometry"] = {"type": "MultiPolygon", "coordinates": parts}
    return "ground: a geometry of 20,000 rings; expected at most 1,000 rings"


def a_level_of_strips(good: Document) -> str:
    strips = [n / 100 for n in range(1_000)]
    parts = [[[[x, 0], [x + 0.005, 0], [x + 0.005, 8], [x, 8], [x, 0]]] for x in strips]
    good["features"][0]["geometry"] = {"type": "MultiPolygon", "coordinates": parts}
    return "food: zone at (3.000, 4.000) reaches out of level L0"


SPOILED = [
    confetti_for_a_level,
    a_level_of_strips,
    many_stars,
    a_long_ring,
    a_loop_of_zones,
    a_twice_written_id,
    a_comb_of_a_level,
]


@pytest.mark.parametrize("spoil", SPOILED)
def test_hostile_features_are_refused_in_time(
    good: Document, spoil: Callable[[Document], str]
) -> None:
    expected = spoil(good)
    data = json.dumps(good).encode()
    began_s = time.monotonic()
    with pytest.raises(MapError) as refused:
        floor_map.parse(data)
    assert time.monotonic() - began_s < HANG_GUARD_S
    assert expected in str(refused.value)


def test_a_long_chain_of_parents_is_read_in_time(good: Document) -> None:
    zone = good["features"][2]
    parents = ["food", *(f"z{n}" for n in range(5_000))]
    for n, parent in enumerate(parents[:-1]):
        fixed = zone["properties"] | {"parent": parent}
        good["features"].append(zone | {"id": f"z{n}", "properties": fixed})
    began_s = time.monotonic()
    assert len(floor_map.parse(json.dumps(good).encode()).zones) == 5_005
    assert time.monotonic() - began_s < HANG_GUARD_S


def test_a_key_twice_names_the_feature(good: Document) -> None:
    text = json.dumps(good).replace('"id": "rug",', '"id": "rug", "id": "rug",')
    with pytest.raises(MapError, match=r'^rug: the key "id" twice in one object; expected each'):
        floor_map.parse(text.encode())


def test_a_byte_order_mark_and_whole_surrogates_pass(good: Document) -> None:
    good["name"] = "Käse \N{CHEESE WEDGE}"
    parsed = floor_map.parse(b"\xef\xbb\xbf" + json.dumps(good).encode())
    assert parsed.name == "Käse \N{CHEESE WEDGE}"


def test_an_upload_may_not_pass_1_mib() -> None:
    with pytest.raises(MapError, match="a file of 1,048,577 bytes; expected at most 1,048,576"):
        floor_map.parse(b" " * (2**20 + 1), uploaded=True)


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "map.geojson"
    path.write_bytes(b" " * (8 * 2**20 + 1))
    with pytest.raises(MapError, match="a file of 8,388,609 bytes"):
        floor_map.load(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "id", "geometry", "coordinates", "properties", "kind", "level", "parent"]
            )
            | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_arbitrary_json_raises_only_map_errors(document: object) -> None:
    with pytest.raises(MapError):
        floor_map.parse(json.dumps(document).encode())


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_only_map_errors(data: bytes) -> None:
    with pytest.raises(MapError):
        floor_map.parse(data)


def test_a_good_map_with_arbitrary_json_in_it_raises_only_map_errors(good_text: str) -> None:
    """Any value in any place of any feature."""

    @settings(max_examples=300)
    @given(data=st.data(), value=JSON)
    def spoil(data: st.DataObject, value: object) -> None:
        document = json.loads(good_text)
        feature = data.draw(st.sampled_from(document["features"]))
        place = data.draw(st.sampled_from([feature, feature["properties"], feature["geometry"]]))
        place[data.draw(st.sampled_from(sorted(place)))] = value
        with contextlib.suppress(MapError):
            floor_map.parse(json.dumps(document).encode())

    spoil()


def test_what_is_no_regular_file_is_refused_unread(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (fifo, Path("/dev/zero"), tmp_path):
        with pytest.raises(MapError, match="no regular file; expected the path of a file"):
            floor_map.load(path)
    with pytest.raises(FileNotFoundError):
        floor_map.load(tmp_path / "absent")

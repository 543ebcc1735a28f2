import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
import shapely

from store_maps import corner_market, floor_map
from store_maps.drawing import draw_svg, metres
from store_maps.feature import Zone
from store_maps.floor_map import FloorMap
from store_maps.label import LETTER_EM, LINE_EM, Label, place_label

Parse = Callable[..., FloorMap]
SVG = "{http://www.w3.org/2000/svg}"


class Dot(msgspec.Struct, frozen=True):
    x_m: float
    y_m: float
    radius_m: float
    level: str


def drawn(floor: FloorMap, *fixes: Dot) -> ET.Element:
    return ET.fromstring(draw_svg(floor, fixes))  # noqa: S314 - our own text


def classes(root: ET.Element) -> list[str]:
    return [word for item in root.iter() for word in item.get("class", "").split()]


def box_of(label: Label) -> shapely.Polygon:
    along = max(map(len, label.lines)) * LETTER_EM * label.size_m / 2
    across = len(label.lines) * LINE_EM * label.size_m / 2
    width, height = (across, along) if label.is_upright else (along, across)
    return shapely.box(label.x_m - width, label.y_m - height, label.x_m + width, label.y_m + height)


def test_all_that_is_on_the_map_is_drawn(good_map: FloorMap) -> None:
    words = classes(drawn(good_map))
    for word, count in {
        "floor": 2,
        "shelf": 1,
        "thing": 1,
        "till": 2,
        "wall": 1,
        "gap": 2,
        "poi": 1,
        "zone": 4,
        "bar": 2,
    }.items():
        assert words.count(word) == count, word
    assert words.count("quiet") == 3, "sensitive or silent"


def test_fixes_are_dots_on_their_level(good_map: FloorMap) -> None:
    root = drawn(good_map, Dot(2, 3, 1.5, "L1"))
    ground, upper = root.findall(f"{SVG}g")
    assert "fix" not in classes(ground)
    assert classes(upper).count("fix") == 1
    circle = next(item for item in upper.iter() if item.get("class") == "radius")
    assert circle.get("r") == "1.5"


def test_names_are_escaped_and_the_rest_is_plain(parsed: Parse) -> None:
    def hostile(document: dict[str, Any]) -> None:
        document["name"] = '<script>alert("1")</script>'
        document["features"][3]["properties"]["name"] = "<b>&amp;"

    text = draw_svg(parsed(hostile))
    assert "<script" not in text
    assert "&lt;b&gt;&amp;amp;" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert ET.fromstring(text).tag == f"{SVG}svg"  # noqa: S314 - our own text


def test_both_schemes_have_every_colour(good_map: FloorMap) -> None:
    style = draw_svg(good_map).split("<style>")[1].split("</style>")[0]
    light, dark = style.split("@media")
    names = set(re.findall(r"--[\w-]+(?=:)", light))
    assert set(re.findall(r"var\((--[\w-]+)\)", style)) <= names
    assert names <= set(re.findall(r"--[\w-]+(?=:)", dark))


def test_the_corner_markets_names_lie_in_their_zones_and_on_nothing() -> None:
    market = corner_market.load()
    taken = [fixture.polygon for fixture in market.fixtures]
    for zone in market.leaf_zones:
        box = box_of(place_label(zone, taken, 30))
        assert zone.polygon.buffer(1e-6).covers(box), zone.id
        assert not shapely.union_all(taken).buffer(-1e-6).intersects(box), zone.id


def test_a_name_breaks_turns_shrinks_or_covers_rather_than_leave() -> None:
    def label(name: str, width: float, height: float, *taken: shapely.Polygon) -> Label:
        zone = Zone(
            id="z",
            level="L0",
            name=name,
            zone_type="aisle",
            parent=None,
            polygon=shapely.box(0, 0, width, height),
            capacity=None,
            categories=(),
            messages_allowed=True,
            sensitive=False,
            dwell_min_s=None,
        )
        return place_label(zone, taken, 30)

    assert label("Bread and cake", 8, 2).lines == ("Bread and cake",)
    assert label("Bread and cake", 4, 2).lines in {("Bread and", "cake"), ("Bread", "and cake")}
    assert label("Bread", 1, 8).is_upright
    assert label("Bread", 1.2, 1.2).size_m < label("Bread", 4, 4).size_m
    covering = label("Bread", 4, 4, shapely.box(-1, -1, 5, 5))
    assert covering.size_m < label("Bread", 4, 4).size_m
    assert label("Bread", 0.2, 0.2) == Label(("Bread",), 0.1, 0.1, 30 * 0.022 * 0.48, False)


def test_drawn_floors_and_large_ones(shared: Path) -> None:
    office = drawn(floor_map.load(shared / "sites" / "office" / "map.geojson"))
    assert classes(office).count("closed") == 1
    mall = drawn(floor_map.load(shared / "sites" / "mall_f2" / "map.geojson"))
    assert "b" not in {item.text for item in mall.iter(f"{SVG}text")}
    assert classes(mall).count("beacon") == 139 + 1, "and one in the key"


@pytest.mark.parametrize(("value", "text"), [(1.0, "1"), (0.12345, "0.123"), (100.0, "100")])
def test_lengths_are_short(value: float, text: str) -> None:
    assert metres(value) == text

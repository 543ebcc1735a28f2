"""The README's example is a map, and its numbers come from the commands."""

import re
from pathlib import Path

import store_maps
from store_maps import corner_market, floor_map
from store_maps.drawing import draw_svg
from store_maps.feature_rules import KINDS
from store_maps.map_check import check_text

README = (Path(store_maps.__file__).parent / "README.md").read_text(encoding="utf-8")


def block(start: str) -> str:
    found = re.search(rf"```{start}(.*?)```", README, re.DOTALL)
    assert found
    return found[1]


def test_the_example_is_a_good_map_and_the_check_says_what_the_readme_says() -> None:
    example = block("json\n").encode()
    assert floor_map.parse(example).leaf_zones
    lines, ok = check_text(example)
    assert ok
    assert "\n".join(lines) in README


def test_the_readme_knows_every_kind_and_property() -> None:
    rows = {row.split("|")[1].strip(): row for row in README.splitlines() if row.startswith("| `")}
    for word, kind in KINDS.items():
        for key in kind.rules:
            assert f"`{key}`" in rows[f"`{word}`"]


def test_the_readme_knows_every_refusal() -> None:
    for words in (
        "bytes",
        "is not UTF-8",
        "no JSON at line",
        "half a surrogate pair",
        "nested deeper than",
        "an integer of thousands of digits",
        "twice in one object",
        "id is missing",
        "id is that of",
        "coordinates hold",
        "a ring that ends at",
        "a geometry of",
        "a coordinate is",
        "geometry is not valid",
        "no feature of kind level",
        "parent leads back",
        "reaches out of level",
        "reaches out of parent",
        "features lie in",
        "beacon is",
        "not finite",
        "a level of",
        "problems",
    ):
        assert words in README


def test_the_corner_markets_numbers_and_picture() -> None:
    market = corner_market.load()
    text = " ".join(README.split("## The corner market")[1].split())
    assert f"{len(market.leaf_zones)} leaf zones, {len(market.anchors)} anchors" in text
    assert f"{len(market.beacons)} beacons on shelves" in text
    assert f"{len(corner_market.products())} products" in text
    picture = corner_market.path().with_name("map.svg").read_text(encoding="utf-8")
    assert picture == draw_svg(market), "draw it anew: hub-server map show"

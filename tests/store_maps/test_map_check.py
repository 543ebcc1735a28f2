import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store_maps.map_check import check_text

Document = dict[str, Any]


def notes(document: Document) -> list[str]:
    lines, ok = check_text(json.dumps(document).encode())
    assert ok
    return [line for line in lines if line.startswith("note: ")]


def ring(x_0: float, y_0: float, x_1: float, y_1: float) -> list[list[list[float]]]:
    return [[[x_0, y_0], [x_1, y_0], [x_1, y_1], [x_0, y_1], [x_0, y_0]]]


def without(document: Document, *names: str) -> None:
    document["features"] = [f for f in document["features"] if f["id"] not in names]


def test_a_good_map_is_summed_up(good: Document) -> None:
    lines, ok = check_text(json.dumps(good).encode())
    assert ok
    assert lines[:-1] == (
        "Test store (test-store), revision 3: ok",
        "level L0: 80 m2, 78 m2 to walk on (312 cells of 0.5 m)",
        "level L1: 80 m2, 80 m2 to walk on (320 cells of 0.5 m)",
        "4 leaf zones, 2 fixtures, 1 walls, 2 openings, 2 checkouts, 1 anchors, 1 beacons",
        "sensitive: care, attic",
    )
    assert lines[-1].startswith("map_sha ")


def test_a_bad_map_is_refused_line_by_line(good: Document) -> None:
    good["version"] = 7
    without(good, "ground", "upper")
    lines, ok = check_text(json.dumps(good).encode())
    assert not ok
    assert lines == (
        "the file: version is 7; expected 1 (the map's author mends it)",
        "the file: no feature of kind level; expected at least one (the map's author mends it)",
    )


def test_a_floor_too_large_for_any_grid_is_refused(good: Document) -> None:
    good["features"][0]["geometry"]["coordinates"] = ring(0, 0, 9000, 9000)
    lines, ok = check_text(json.dumps(good).encode())
    assert not ok
    assert lines[0].startswith("L0: a level of 9,000 x 9,000 m; expected")


def stageless(missing: str) -> str:
    return (
        f"note: no {missing}; every stage of a journey is unknown, so nothing is said by stage; "
        "in a shop the map's author draws them"
    )


def without_tills(document: Document) -> list[str]:
    found = document["features"]
    document["features"] = [f for f in found if f["properties"]["kind"] != "checkout"]
    return [stageless("till")]


def without_shelves(document: Document) -> list[str]:
    for feature in document["features"]:
        if feature["properties"]["kind"] == "fixture":
            feature["properties"]["category"] = "pillar"
    return [stageless("shelf")]


def bare(document: Document) -> list[str]:
    document["features"] = document["features"][:1]
    return [
        stageless("shelf and no till"),
        "note: no anchor and no beacon; nobody can be located",
        "note: no zone; nothing can be counted or said by place",
    ]


def covered(document: Document) -> list[str]:
    document["features"] = [document["features"][0], document["features"][7]]
    document["features"][1]["geometry"]["coordinates"] = ring(-1, -1, 11, 9)
    return [
        "note: no anchor and no beacon; nobody can be located",
        "note: no zone; nothing can be counted or said by place",
        "note: nowhere to walk; the fixtures cover the level",
    ]


def cut_off(document: Document) -> list[str]:
    without(document, "gap", "stairs", "upper", "attic")
    return ["note: care: no way leads there from the rest of the floor"]


def hidden(document: Document) -> list[str]:
    document["features"][7]["geometry"]["coordinates"] = ring(0, 4, 6, 8)
    return ["note: bread: nobody can stand in it; fixtures cover it"]


def overlapping(document: Document) -> list[str]:
    document["features"][5]["geometry"]["coordinates"] = ring(5, 0, 10, 8)
    return [
        "note: fruit and care share 4.0 m2; it counts as fruit",
        "note: bread and care share 4.0 m2; it counts as bread",
    ]


def loose_stairs(document: Document) -> list[str]:
    stairs = next(item for item in document["features"] if item["id"] == "stairs")
    stairs["geometry"]["coordinates"] = [[9, 1], [20, 20]]
    return [
        "note: attic: no way leads there from the rest of the floor",
        "note: 1 connectors end farther than 2 m from where one can walk",
    ]


@pytest.mark.parametrize(
    "change",
    [
        bare,
        covered,
        cut_off,
        hidden,
        overlapping,
        loose_stairs,
        without_tills,
        without_shelves,
    ],
)
def test_what_is_seldom_meant_is_noted(
    good: Document, change: Callable[[Document], list[str]]
) -> None:
    expected = change(good)
    assert sorted(notes(good)) == sorted(expected)


@pytest.mark.parametrize(
    ("site", "missing"), [("office", "shelf and no till"), ("library", "till")]
)
def test_the_small_sites_are_no_shops_and_have_nothing_else_to_note(
    shared: Path, site: str, missing: str
) -> None:
    lines, ok = check_text((shared / "sites" / site / "map.geojson").read_bytes())
    assert ok
    assert [line for line in lines if line.startswith("note: ")] == [stageless(missing)]

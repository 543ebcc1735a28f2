import re

import msgspec

from edge_agent.coverage_plan import COLOURS, STEPS_M, Store
from edge_agent.coverage_sheet import WIDE, Sheet, capital
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.drawn_store import (
    SVG,
    named,
    of_class,
    prediction,
    proposal,
    sheet,
    shop,
    words,
)
from tests.edge_agent.small_store import anchor, level, rectangle, store


def test_the_sheet_has_the_floor_its_zones_with_figures_and_what_is_meant() -> None:
    page = sheet(shop(), (proposal(4.0), proposal(12.0)))
    said = words(page)
    assert "small: how well shoppers will be located" in said
    assert any(line.startswith("Surveyed: mean error 1.20 m") for line in said)
    assert "Far and wide" in said
    assert said[-2:] == ["Map small, revision 1", "Anchor p0: was moved"]
    assert {"zone", "wall, edge of the floor", "door, opening", "shelf, till"} <= set(said)
    joined = " ".join(said)
    assert "Fresh & <new>" in joined
    assert "1.0 m, 60%" in joined
    assert "Pharmacy" in said
    assert "nobody is located here" in said
    assert {"anchor", "beacon"} <= set(said)
    assert "One more anchor" in said
    assert [one.get("class") for one in page.iter(f"{SVG}circle")].count("spot") == 4
    # One on the plan, one in the key.
    assert len(of_class(page, "weak")) == 2
    assert len(of_class(page, "quiet")) == 2
    assert all(of_class(page, f"error-{number}") for number in range(len(COLOURS)))


def test_the_sheet_is_of_one_hue_light_and_without_scripts() -> None:
    grid = FloorGrid.build(shop())
    page = Sheet(
        store=Store(shop(), grid, prediction(shop(), grid), ()), basis="surveyed", below="x"
    ).svg()
    assert "<script" not in page
    assert "prefers-color-scheme" not in page
    assert "Fresh &amp; &lt;new&gt;" in page
    light = [sum(bytes.fromhex(colour[1:])) for colour in COLOURS]
    assert light == sorted(light, reverse=True)
    assert len(COLOURS) == len(STEPS_M) + 1


def test_levels_lie_under_each_other_with_their_names() -> None:
    floor_map = shop(level("L1", ordinal=1), anchor("up", 3, 3, "L1"))
    page = sheet(floor_map, (proposal(4.0), proposal(4.0, "L1")))
    assert {"L0", "L1"} <= set(words(page))
    plans = [one.attrib["transform"] for one in page if one.tag == f"{SVG}g" and len(one) > 3]
    tops = [float(re.findall(r"[\d.]+", plan)[1]) for plan in plans[:2]]
    assert tops[1] > tops[0] + 300


def test_a_store_without_a_weak_zone_says_so_and_names_the_last() -> None:
    said = words(sheet(shop(), weak=0))
    assert "none is right less than 80% of the time; the last are" in said
    assert any(line.startswith("Dairy: 2.0 m, right 90%") for line in said)
    assert any("there is no room" in line for line in said)


def test_more_weak_zones_than_there_is_room_for_are_counted() -> None:
    many = [named(f"z{i}", rectangle(i, 0, 1, 8), f"Zone {i}") for i in range(16)]
    floor_map = store([level("L0"), *many, anchor("p0", 1, 1), anchor("p1", 15, 7)])
    said = words(sheet(floor_map, weak=16))
    assert "and 10 more, dashed on the plan" in said


def test_a_long_title_is_smaller_and_stays_on_the_page() -> None:
    long = msgspec.structs.replace(shop(), name="Supermarket " * 9)
    page = sheet(long)
    title = next(one for one in page.iter(f"{SVG}text") if one.get("class") == "title")
    size = float(title.attrib["font-size"])
    assert size < 26
    assert 0.6 * size * len(str(title.text)) < WIDE


def test_a_store_without_zones_says_nothing_of_zones() -> None:
    floor_map = store([level("L0"), anchor("p0", 1, 1), anchor("p1", 15, 7)])
    said = " ".join(words(sheet(floor_map)))
    assert "zone" not in said.replace("zone is right 80%", "")
    assert "nan" not in said


def test_the_page_fits_a_screen_and_a_sheet_of_paper() -> None:
    page = sheet(shop())
    style = next(page.iter(f"{SVG}style")).text or ""
    assert "max-width:100%;max-height:95vh" in style
    assert "@page{size:A4" in style


def test_small_things() -> None:
    assert capital("once surveyed at X") == "Once surveyed at X"
    assert capital("") == ""

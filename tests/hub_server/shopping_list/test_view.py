"""The list as phones see it on floors that lack something."""

import pytest

from hub_server.goods.assortment import Assortment, Range
from hub_server.place.routes import Routes
from hub_server.place.shelves import Shelves
from hub_server.shopping_list.lines import Line
from hub_server.shopping_list.route import ListRoutes
from hub_server.shopping_list.view import ListViews, OnList
from hub_server.shopping_list.watch import ListWatch
from hub_server.views.aisle import ListView
from hub_server.views.products import ProductViews
from store_maps.floor_map import FloorMap
from tests.hub_server.drawn_floor import NORTH, SHELF, SOUTH, drawn, rect
from tests.hub_server.place.test_shelves import JAM, TEA, VISIT

DOOR = (
    "door",
    {"type": "LineString", "coordinates": [[0, 1], [0, 2]]},
    {"kind": "opening", "category": "entrance"},
)
LINES = [Line(line="1", position=1, text="tea", item="tea")]


def shown(floor_map: FloorMap) -> ListView:
    shelves = Shelves(Routes(floor_map), Assortment((TEA, JAM)))
    placed = [line for line in LINES if shelves.cell(line.item) >= 0]
    plan = ListRoutes(shelves).plan("v", placed, shelves.routes.entrance, None)
    listed = OnList(visit=VISIT, lines=LINES, watch=ListWatch(), start=-1, plan=plan)
    return ListViews(ProductViews(floor_map, shelves)).of(listed, 0.0)


def test_without_tills_it_ends_at_the_door() -> None:
    view = shown(drawn(SHELF, SOUTH, NORTH, DOOR))
    assert view.ends_at == "exit"
    assert view.route is not None
    assert view.route.legs[0].points[0] == view.route.legs[0].points[-1]


def test_without_doors_it_ends_at_the_last_shelf() -> None:
    view = shown(drawn(SHELF, SOUTH, NORTH))
    assert view.ends_at is None
    assert view.route is not None


def test_where_nobody_can_walk_the_list_is_still_shown() -> None:
    view = shown(drawn(("full", rect(0, 0, 12, 6), {"kind": "fixture", "category": "shelf"})))
    assert (view.route, view.metres, view.minutes) == (None, 0.0, None)
    assert [(line.text, line.order, line.fits) for line in view.lines] == [("tea", None, True)]


def test_what_lines_may_mean_is_looked_up_once_and_anew_with_a_newer_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hub_server.shopping_list.view.MEANINGS_KEPT", 2)
    floor_map = drawn(SHELF, SOUTH, NORTH)
    shelves = Shelves(Routes(floor_map), Assortment((TEA,)))
    views = ListViews(ProductViews(floor_map, shelves))
    assert views.meanings("tea") is views.meanings("tea")
    assert views.meanings("jam") == ()
    shelves.assortment.put(Range([JAM]))
    assert [one.product for one in views.meanings("jam")] == [JAM]
    assert views.meanings("tea") == views.meanings("tee") == ()
    assert len(views._meanings) == 1

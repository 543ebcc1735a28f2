"""Ways through the corner market and through maps that lack doors, tills or floor."""

import numpy as np
import pytest

from hub_server.place import routes as routes_module
from hub_server.place.routes import STOP_M, Point, Routes, routes_of
from store_maps import corner_market
from tests.hub_server.drawn_floor import NORTH, SHELF, SOUTH, drawn, rect


@pytest.fixture
def market() -> Routes:
    return routes_of(corner_market.load())


def test_the_market_has_its_doors_and_tills(market: Routes) -> None:
    assert len(market.tills) == 4
    assert market.ends == market.tills
    assert market.point(market.entrance).x_m == pytest.approx(26.75)
    assert market.point(market.exits[0]).x_m == pytest.approx(10.75)
    assert market.end_m[market.tills[0]] == 0.0
    assert market.exit_m[market.exits[0]] == 0.0


def test_a_fix_off_the_floor_stands_on_the_nearest_cell(market: Routes) -> None:
    inside = market.cell(11.0, 12.0, "L0")
    assert inside >= 0
    assert np.hypot(*(market.grid.xy_m[inside] - [11.0, 12.0])) <= 2.5
    assert market.cell(-1.0, 5.0, "L0") >= 0
    assert market.cell(-9.0, 5.0, "L0") == -1
    assert market.cell(25.0, 9.0, "L7") == -1
    assert market.cell(25.0, 9.0, None) == -1


def test_one_stands_on_the_side_of_the_shelf_where_the_zone_is() -> None:
    routes = Routes(drawn(SHELF, SOUTH, NORTH))
    place = Point(6.0, 2.5, "L0")
    assert routes.point(routes.stand(place, "south")).y_m < 2
    assert routes.point(routes.stand(place, "north")).y_m > 3
    assert routes.stand(Point(6.0, 2.5, "L9")) == -1
    assert routes.stand(Point(14.0, 3.0, "L0")) >= 0
    assert routes.stand(Point(40.0, 3.0, "L0")) == -1


def test_a_zone_is_as_far_as_its_nearest_cell(market: Routes) -> None:
    assert market.has_zone("pasta")
    assert not market.has_zone("1001")
    field = market.zone_field("pasta")
    inside = market.middle("pasta")
    assert field[inside] == 0.0
    near = min(market.field(int(cell))[market.entrance] for cell in np.flatnonzero(field == 0.0))
    assert field[market.entrance] == pytest.approx(near)
    assert np.isinf(market.zone_field("nowhere")).all()
    assert market.middle("nowhere") == -1


def test_a_parents_zone_is_its_childrens() -> None:
    whole = (
        "whole",
        rect(0, 0, 12, 6),
        {"kind": "zone", "name": "W", "zone_type": "department", "parent": None},
    )
    south = (*SOUTH[:2], {**SOUTH[2], "parent": "whole"})
    routes = Routes(drawn(whole, south))
    assert (routes.zone_field("whole") == routes.zone_field("south")).all()


def test_a_list_is_walked_by_distance_and_ends_at_the_tills(market: Routes) -> None:
    """Row 64: the metres saved are those of the same places in the order of the list."""
    cells = [market.middle(zone) for zone in ("wine", "produce", "drinks", "bakery", "dairy")]
    plan = market.plan(market.entrance, cells)
    assert sorted(plan.order) == [0, 1, 2, 3, 4]
    assert plan.metres < 0.7 * plan.given_m
    assert market.plan(market.entrance, cells).order == plan.order
    assert market.plan(market.entrance, []).metres == 0.0


def test_what_there_is_no_time_for_is_left_out(market: Routes) -> None:
    """Row 15."""
    cells = [market.middle(zone) for zone in ("wine", "produce", "drinks", "bakery", "dairy")]
    whole = market.plan(market.entrance, cells)
    short = market.plan(market.entrance, cells, whole.metres + 4 * STOP_M)
    assert 0 < len(short.order) < 5
    assert short.metres + STOP_M * len(short.order) <= whole.metres + 4 * STOP_M
    assert short.given_m >= short.metres


def test_a_line_has_corners_and_no_pieces(market: Routes) -> None:
    start, there = market.entrance, market.middle("pasta")
    line = market.line([start, there])
    assert line[0] == market.point(start)
    assert line[-1] == market.point(there)
    assert len(line) < 12
    assert market.line([there, there]) == [market.point(there)]
    end = market.end_of(there)
    assert end in market.tills


def test_a_way_back_on_itself_keeps_its_turn(market: Routes) -> None:
    start, there = market.middle("bakery"), market.middle("produce")
    line = market.line([start, there, start])
    assert market.point(there) in line
    assert line[0] == line[-1]


def test_without_tills_the_way_ends_at_the_door_and_without_doors_anywhere() -> None:
    line = {"type": "LineString", "coordinates": [[0, 1], [0, 2]]}
    door = ("door", line, {"kind": "opening", "category": "entrance"})
    with_door = Routes(drawn(SHELF, door))
    assert with_door.tills == ()
    assert with_door.ends == with_door.exits == (with_door.entrance,)
    bare = Routes(drawn(SHELF))
    assert bare.ends == ()
    assert bare.entrance >= 0
    assert bare.end_of(bare.entrance) is None
    assert not bare.end_m.any()
    assert np.isinf(bare.exit_m).all()


def test_a_way_leads_up_the_stairs() -> None:
    upper = ("L1", rect(0, 0, 12, 6), {"kind": "level", "level": "L1", "ordinal": 1})
    line = {"type": "LineString", "coordinates": [[11, 5], [11, 5.5]]}
    told = {"kind": "connector", "category": "stairs", "from": "L0", "to": "L1", "cost_s": 10}
    routes = Routes(drawn(SHELF, upper, ("stairs", line, told)))
    here, there = routes.cell(1.0, 1.0, "L0"), routes.cell(1.0, 1.0, "L1")
    levels = [point.level for point in routes.line([here, there])]
    assert levels == sorted(levels)
    assert set(levels) == {"L0", "L1"}
    assert routes.field(there)[here] > 20
    assert routes.plan(here, [there, routes.cell(3.0, 1.0, "L0")]).order == [1, 0]


def test_of_a_parted_floor_the_largest_part_counts() -> None:
    wall = ("wall", rect(9, 0, 10, 6), {"kind": "fixture", "category": "shelf"})
    routes = Routes(drawn(wall))
    assert routes.reachable.sum() < routes.grid.cells_count
    assert routes.cell(10.4, 3.0, "L0") == routes.cell(8.9, 3.0, "L0")
    assert routes.cell(11.9, 3.0, "L0") == -1


def test_a_floor_without_a_place_to_stand_leads_nowhere() -> None:
    full = ("full", rect(0, 0, 12, 6), {"kind": "fixture", "category": "shelf"})
    routes = Routes(drawn(full, SOUTH))
    assert routes.entrance == -1
    assert routes.cell(5.0, 3.0, "L0") == -1
    assert routes.stand(Point(5.0, 3.0, "L0"), "south") == -1
    assert routes.middle("south") == -1


def test_fields_are_not_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    floor_map = drawn(SHELF)
    monkeypatch.setattr(routes_module, "FIELDS_BYTES_MAX", 8 * 600 * 4)
    routes = Routes(floor_map)
    first = routes.field(10)
    for cell in range(20, 60):
        routes.field(cell)
    again = routes.field(10)
    assert again is not first
    assert (again == first).all()
    cells = list(range(20, 40))
    assert sorted(routes.plan(10, cells).order) == list(range(20))


def test_a_map_is_worked_out_once() -> None:
    floor_map = drawn(SHELF)
    assert routes_of(floor_map) is routes_of(floor_map)

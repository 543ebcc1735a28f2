"""A plan is kept while it is followed."""

import pytest

from hub_server.goods.assortment import Assortment
from hub_server.goods.products import Product
from hub_server.place.routes import STOP_S, WALK_MPS, routes_of
from hub_server.place.shelves import Shelves
from hub_server.shopping_list.lines import Line
from hub_server.shopping_list.route import MINUTE_S, PAY_S, ListRoutes
from store_maps import corner_market

ZONES = ("wine", "produce", "pasta", "dairy")
PRODUCTS = [Product(item=zone, name=zone, category=zone, zone=zone) for zone in ZONES]
LINES = [Line(line=zone, position=at, text=zone, item=zone) for at, zone in enumerate(ZONES)]


@pytest.fixture
def shelves() -> Shelves:
    return Shelves(routes_of(corner_market.load()), Assortment(PRODUCTS))


def test_the_shortest_way_with_its_metres_and_time(shelves: Shelves) -> None:
    """Row 64."""
    routes = ListRoutes(shelves)
    plan = routes.plan("v", LINES, shelves.routes.entrance, None)
    assert plan.lines == ("produce", "pasta", "dairy", "wine")
    assert plan.given_m > plan.metres + 20
    way = shelves.routes.plan(shelves.routes.entrance, [shelves.cell(zone) for zone in ZONES])
    assert (plan.metres, plan.given_m) == pytest.approx((way.metres, way.given_m))
    assert plan.seconds == pytest.approx(plan.metres / WALK_MPS + 4 * STOP_S + PAY_S)


def test_on_the_way_the_order_stays_and_the_metres_shrink(shelves: Shelves) -> None:
    routes = ListRoutes(shelves)
    first = routes.plan("v", LINES, shelves.routes.entrance, None)
    there = routes.plan("v", LINES, shelves.cell("produce"), None)
    assert there.lines == first.lines
    assert there.metres < first.metres
    ticked = routes.plan("v", [LINES[0], LINES[2], LINES[3]], shelves.cell("produce"), None)
    assert ticked.lines == first.lines[1:]
    assert ticked.metres == pytest.approx(there.metres)
    assert routes.kept("v") == ticked.lines


def test_off_the_way_or_with_a_new_line_it_is_planned_anew(shelves: Shelves) -> None:
    routes = ListRoutes(shelves)
    routes.plan("v", LINES[1:], shelves.routes.entrance, None)
    with_new = routes.plan("v", LINES, shelves.routes.entrance, None)
    assert len(with_new.lines) == 4
    turned = routes.plan("v", LINES, shelves.cell("wine"), None)
    assert turned.lines[0] == "wine"
    routes.forget({"w"})
    assert routes.kept("v") is None


def test_what_fits_is_kept_until_it_no_longer_does(shelves: Shelves) -> None:
    """Row 15."""
    routes = ListRoutes(shelves)
    start = shelves.routes.entrance
    whole = routes.planned(LINES, start, None)
    minutes = whole.seconds / MINUTE_S - 0.6
    short = routes.plan("v", LINES, start, minutes)
    assert 0 < len(short.lines) < 4
    assert short.seconds <= minutes * MINUTE_S
    assert routes.plan("v", LINES, start, minutes - 0.01).lines == short.lines
    assert len(routes.plan("v", LINES, start, 0.2).lines) == 0
    over = routes.plan("v", LINES, start, 0.0)
    assert routes.plan("v", LINES, start, 0.0).asked is over.asked, "planned anew each second"
    assert routes.plan("v", LINES, start, 120.0).lines == whole.lines
    assert routes.plan("v", LINES, start, None).lines == whole.lines


def test_no_lines_no_way(shelves: Shelves) -> None:
    plan = ListRoutes(shelves).plan("v", [], shelves.routes.entrance, None)
    assert (plan.lines, plan.metres, plan.given_m) == ((), 0.0, 0.0)

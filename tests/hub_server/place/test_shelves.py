"""Where one stands to take a product, and how phones see it."""

import msgspec
import pytest

from hub_server.goods.assortment import Assortment, Range
from hub_server.goods.products import Product
from hub_server.place.routes import Point, Routes
from hub_server.place.shelves import SPOTS_A_STEP, Shelves
from hub_server.views.products import ProductViews, route_view
from hub_server.visit.visits import Visit
from tests.hub_server.drawn_floor import NORTH, SHELF, SOUTH, drawn

FLOOR = drawn(SHELF, SOUTH, NORTH)
TEA = Product(item="tea", name="Tea", category="tea", zone="north", x_m=6.0, y_m=2.9, level="L0")
JAM = Product(item="jam", name="Jam", category="spread", zone="south")
AIR = Product(item="air", name="Air", category="air")
VISIT = Visit(visit="v", shopper="s", visit_code="", join_code="", opened_s=0.0)


@pytest.fixture
def shelves() -> Shelves:
    return Shelves(Routes(FLOOR), Assortment((TEA, JAM, AIR)))


def test_by_its_place_else_by_its_zone_else_nowhere(shelves: Shelves) -> None:
    assert shelves.routes.point(shelves.cell("tea")).y_m > 3
    assert shelves.cell("jam") == shelves.routes.middle("south")
    assert shelves.cell("air") == shelves.cell("unknown") == shelves.cell(None) == -1
    assert shelves.metres("tea", shelves.cell("tea")) == 0.0
    assert shelves.metres("air", shelves.cell("tea")) is None
    assert shelves.metres("tea", -1) is None


def test_what_is_near_is_found_among_all_and_a_newer_file_counts(shelves: Shelves) -> None:
    """Row 29: the range is looked through at once, not product by product."""
    field_m = shelves.routes.field_from(shelves.cell("tea"))
    assert shelves.within(field_m, 0.5) == [(TEA, 0.0)]
    assert {one.item for one, _ in shelves.within(field_m, 100.0)} == {"tea", "jam"}
    shelves.assortment.put(Range([JAM]))
    assert [one for one, _ in shelves.within(field_m, 100.0)] == [JAM]
    shelves.assortment.put(Range([AIR]))
    assert shelves.within(field_m, 100.0) == []


def test_the_places_of_a_newer_file_are_worked_out_bit_by_bit(shelves: Shelves) -> None:
    moved = msgspec.structs.replace(TEA, y_m=1.0, zone=None)
    products = [msgspec.structs.replace(AIR, item=f"{n}") for n in range(SPOTS_A_STEP)]
    shelves.step()
    before = shelves.cell("tea")
    shelves.assortment.put(Range([*products, moved]))
    shelves.step()
    assert len(shelves._cells) == 3
    shelves.step()
    assert len(shelves._cells) == 4
    assert shelves.cell("tea") != before
    shelves.assortment.put(Range([AIR]))
    shelves.step()
    assert len(shelves._cells) == 1, "places of long ago are forgotten"


def test_a_view_names_the_place_where_there_is_one(shelves: Shelves) -> None:
    views = ProductViews(FLOOR, shelves)
    tea = views.of(TEA, -1, 0.0)
    assert (tea.x_m, tea.y_m, tea.zone_name, tea.metres, tea.in_stock) == (
        6.0,
        2.9,
        "N",
        None,
        None,
    )
    jam = views.of(JAM, shelves.cell("tea"), 0.0)
    middle = shelves.routes.point(shelves.cell("jam"))
    assert (jam.x_m, jam.y_m, jam.level) == (middle.x_m, middle.y_m, "L0")
    air = views.of(AIR, 0, 0.0)
    assert (air.x_m, air.zone_name, air.level) == (None, None, None)


def test_a_surprise_is_hidden_by_its_item_or_its_category(shelves: Shelves) -> None:
    views = ProductViews(FLOOR, shelves)
    assert not views.hides(VISIT, "tea")
    for names in ({"tea"}, {"spread", "tea"}):
        marked = msgspec.structs.replace(VISIT, gift_names=frozenset(names))
        assert views.hides(marked, "tea")
    by_kind = msgspec.structs.replace(VISIT, gift_names=frozenset({"spread"}))
    assert views.hides(by_kind, "jam")
    assert not views.hides(by_kind, "unknown")


def test_a_way_over_two_levels_has_two_legs() -> None:
    points = [Point(0, 0, "L0"), Point(1, 0, "L0"), Point(1, 0, "L1"), Point(2, 0, "L1")]
    view = route_view(points, 3.456)
    assert view.metres == 3.5
    assert [(leg.level, len(leg.points)) for leg in view.legs] == [("L0", 2), ("L1", 2)]

import itertools

import numpy as np
import pytest
import shapely

from store_maps import corner_market
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

# Two carts pass each other.
AISLE_M = 1.4


@pytest.fixture(scope="module")
def market() -> FloorMap:
    return corner_market.load()


@pytest.fixture(scope="module")
def grid(market: FloorMap) -> FloorGrid:
    return FloorGrid.build(market)


def test_it_is_a_store(market: FloorMap) -> None:
    assert market.store_id == "corner-market"
    assert market.level("L0").polygon.bounds == (0, 0, 30, 20)
    assert len(market.leaf_zones) >= 10
    assert {zone.zone_type for zone in market.leaf_zones} >= {
        "entrance",
        "cart_bay",
        "queue",
        "checkout",
    }
    assert [door.category for door in market.openings if door.category] == [
        "entrance",
        "exit",
        "staff",
    ]
    assert all(zone.parent for zone in market.leaf_zones)
    assert [anchor.id for anchor in market.anchors] == [f"a{n}" for n in range(1, 9)]
    assert [beacon.id for beacon in market.beacons] == [f"b{n}" for n in range(1, 13)]
    assert [zone.id for zone in market.leaf_zones if zone.sensitive] == ["pharmacy"]


def test_its_zones_share_no_floor_and_leave_none(market: FloorMap, grid: FloorGrid) -> None:
    areas = [zone.polygon for zone in market.leaf_zones]
    assert sum(area.area for area in areas) == pytest.approx(shapely.union_all(areas).area)
    assert grid.zone_mask.any(0).all()


def test_one_can_walk_everywhere_from_the_entrance(grid: FloorGrid) -> None:
    entrance = int(grid.cell_at(26.5, 0.3, "L0")[0])
    assert np.isfinite(grid.distance_from(entrance)).all()


def test_its_aisles_are_wide(market: FloorMap) -> None:
    gondolas = [f.polygon for f in market.fixtures if f.category == "gondola"]
    assert len(gondolas) == 5
    gaps = [one.distance(other) for one, other in itertools.pairwise(gondolas)]
    assert min(gaps) >= AISLE_M


def test_every_place_is_near_an_anchor(market: FloorMap, grid: FloorGrid) -> None:
    places = np.array([market.place(anchor.id)[:2] for anchor in market.anchors])
    far_m = np.hypot(*(grid.xy_m[:, None] - places).T)
    assert far_m.min(0).max() < 7


def test_beacons_hang_on_shelf_faces(market: FloorMap) -> None:
    shelves = shapely.union_all([f.polygon for f in market.fixtures if f.is_shelf])
    for beacon in market.beacons:
        place = shapely.Point(beacon.x_m, beacon.y_m)
        assert shapely.distance(shapely.boundary(shelves), place) < 1e-9, beacon.id


def test_products_stand_on_shelf_faces_in_their_zones(market: FloorMap, grid: FloorGrid) -> None:
    products = corner_market.products()
    assert 55 <= len(products) <= 75
    assert len({product.item for product in products}) == len(products)
    items = {product.item for product in products}
    shelves = shapely.union_all([f.polygon for f in market.fixtures if f.is_shelf])
    for product in products:
        index = int(market.zone_at(product.x_m, product.y_m, product.level))
        assert market.leaf_zones[index].id == product.zone
        face = shapely.distance(shapely.boundary(shelves), shapely.Point(product.x_m, product.y_m))
        assert face < 1e-6, product.name
        assert grid.cell_at(product.x_m, product.y_m, product.level)[0] >= 0
        assert product.variant_of is None or product.variant_of in items
        assert product.sensitive == (product.zone == "pharmacy")

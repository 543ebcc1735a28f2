import numpy as np
import shapely

from store_maps import corner_market
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.shop import FEET_M, Shop


def test_places_of_cells_are_floor_and_those_beside_are_not(good_map: FloorMap) -> None:
    grid = FloorGrid.build(good_map)
    shop = Shop(good_map, grid)
    assert shop.is_floor(grid.xy_m, grid.level_index).all()
    beside = np.array([[2.0, 1.5], [-5.0, 1.0], [500.0, 1.0], [2.0, 1.5]])
    ground = np.zeros(4, np.int32)
    ground[3] = 1
    assert shop.is_floor(beside, ground).tolist() == [False, False, False, True], (
        "the shelf is below"
    )


def test_one_looks_at_a_shelf_from_near_or_far(market_shop: Shop) -> None:
    area = corner_market.load().walkable_area("L0")
    shelves = shapely.union_all([f.polygon for f in corner_market.load().fixtures if f.is_shelf])
    rng = np.random.default_rng(1)
    far_m = {
        wanted: [
            shapely.distance(shelves, shapely.Point(market_shop.stand(spot.cell, wanted, rng)))
            for spot in market_shop.spots
        ]
        for wanted in (0.2, 1.5)
    }
    assert np.mean(far_m[0.2]) < 0.6
    assert np.mean(far_m[1.5]) > np.mean(far_m[0.2]) + 0.25
    places = [market_shop.stand(spot.cell, 0.5, rng) for spot in market_shop.spots]
    assert shapely.distance(area, shapely.points(places)).max() < FEET_M


def test_shelves_near_the_exit_are_the_last_looked_at(market_shop: Shop) -> None:
    assert 0 < len(market_shop.last_looks) < len(market_shop.spot_cells)
    assert (market_shop.ways.field(market_shop.exit)[market_shop.last_looks] < 9).all()

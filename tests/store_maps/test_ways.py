import numpy as np
import shapely

from store_maps import corner_market
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.shop import Shop
from store_maps.ways import WAYS_MAX, Ways


def test_ways_are_short_clear_and_known_once(market_shop: Shop) -> None:
    one, other = market_shop.spots[0].cell, market_shop.spots[-1].cell
    way = market_shop.ways.between(one, other)
    assert way is market_shop.ways.between(one, other)
    assert way.pieces_m.sum() <= market_shop.ways.field(other)[one] + 1e-9
    area = corner_market.load().walkable_area("L0")
    assert area.buffer(1e-6).contains(shapely.LineString(way.places[:, :2]))


def test_ways_are_not_kept_without_end(good_map: FloorMap) -> None:
    ways = Ways(good_map, FloorGrid.build(good_map))
    cells = np.flatnonzero(np.isfinite(ways.field(0)))[:90].tolist()
    first = ways.between(cells[0], cells[1])
    asked = 1
    for there in cells[: WAYS_MAX // len(cells) + 2]:
        for here in cells:
            ways.between(here, there)
            asked += 1
    assert asked > WAYS_MAX
    again = ways.between(cells[0], cells[1])
    assert again is not first
    assert (again.places == first.places).all()


def test_fields_of_expected_places_are_those_of_the_grid(good_map: FloorMap) -> None:
    grid = FloorGrid.build(good_map)
    ways = Ways(good_map, grid)
    ways.field(3)
    ways.expect([3, 40, 7, 40])
    for cell in (7, 40, 3, 11):
        assert (ways.field(cell) == grid.distance_from(cell)).all()

import numpy as np

from store_maps import corner_market
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.walking import Walking


def test_many_fields_at_once_are_those_of_one_by_one(good_map: FloorMap) -> None:
    """Over stairs, and with parts that no way leads to."""
    for floor_map in (good_map, corner_market.load()):
        grid = FloorGrid.build(floor_map)
        places = np.random.default_rng(1).integers(grid.cells_count, size=12).tolist()
        fields = Walking(grid).fields(places)
        for place, field in zip(places, fields, strict=True):
            np.testing.assert_allclose(field, grid.distance_from(place), rtol=1e-12)


def test_no_places_no_fields(good_map: FloorMap) -> None:
    grid = FloorGrid.build(good_map)
    assert Walking(grid).fields([]).shape == (0, grid.cells_count)

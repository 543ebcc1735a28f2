"""What the demo shows is honest: the locator without a survey against simulated radio's truth."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pytest

from edge_agent.floor_parts import products_beside
from edge_agent.locator import Locator
from edge_agent.radio_map import RadioMap
from edge_agent.simulated_radio import SimulatedSource, SimulationSettings
from store_maps import corner_market
from store_maps.floor_grid import FloorGrid
from store_maps.shoppers import Crowd

SECONDS: Final = 200
SHOPPERS: Final = 20
# The filter has found a tag by then.
WARM_UP_S: Final = 20
# The hub speaks from here on.
SURE_P: Final = 0.8

Column = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def fixes() -> Column:
    """(fixes, 4): error_m, radius_m, is the named zone right, zone_p; of carts that are out."""
    floor_map = corner_market.load()
    grid = FloorGrid.build(floor_map)
    products = products_beside(corner_market.path())
    crowd = Crowd(floor_map, grid, 1, population=SHOPPERS, pace=2.0, products=products)
    told = SimulationSettings(carts_count=SHOPPERS, clock_s=lambda: 0.0)
    source = SimulatedSource(floor_map, grid, crowd, lambda identity: identity, told)
    locator = Locator(floor_map, grid, RadioMap.defaults(floor_map, grid))
    rows: list[tuple[float, float, bool, float]] = []
    for second in range(1, SECONDS + 1):
        locator.observe(source.advance(float(second)))
        for fix in locator.step(float(second)):
            spot = source.truth[fix.tag]
            zone = floor_map.leaf_zones[int(floor_map.zone_at([spot.x_m], [spot.y_m], "L0")[0])]
            if second > WARM_UP_S and spot.is_taken and not zone.sensitive:
                error_m = float(np.hypot(fix.x_m - spot.x_m, fix.y_m - spot.y_m))
                rows.append((error_m, fix.radius_m, fix.zone == zone.id, fix.zone_p))
    return np.array(rows)


def test_who_is_sure_is_right(fixes: Column) -> None:
    _, _, is_right, zone_p = fixes.T
    is_sure = zone_p >= SURE_P
    assert is_right[is_sure].mean() > 0.915
    assert is_sure.mean() > 0.3


def test_radii_hold_what_they_say(fixes: Column) -> None:
    error_m, radius_m, _, _ = fixes.T
    assert 0.65 < (error_m < radius_m).mean() < 0.85

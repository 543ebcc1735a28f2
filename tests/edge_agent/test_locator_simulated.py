"""What the demo shows is honest: the locator without a survey against simulated radio's truth."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from edge_agent.fix import Fix
from edge_agent.floor_parts import products_beside
from edge_agent.locator import Locator
from edge_agent.radio_map import RadioMap
from edge_agent.simulated_radio import SimulatedSource, SimulationSettings
from edge_agent.stays import STAY_LAG_S, StayTracker
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


class Spot(NamedTuple):
    """Where a cart that is out stands."""

    x_m: float
    y_m: float
    zone: str


class Shift(NamedTuple):
    """Some minutes in the store."""

    truth: dict[tuple[str, float], Spot]
    """By tag and second; carts in sensitive zones or on nobody's hand are left out."""
    instant: list[Fix]
    settled: list[Fix]

    def judged(self, fixes: Iterable[Fix]) -> Column:
        """(fixes, 4): error_m, radius_m, is the named zone right, zone_p."""
        rows = []
        for fix in fixes:
            spot = self.truth.get((fix.tag, fix.t_s))
            if spot is not None and fix.t_s > WARM_UP_S:
                error_m = float(np.hypot(fix.x_m - spot.x_m, fix.y_m - spot.y_m))
                rows.append((error_m, fix.radius_m, fix.zone == spot.zone, fix.zone_p))
        return np.array(rows)

    def stays_right(self, fixes: Iterable[Fix]) -> float:
        """For which share of the time the open stay names the zone where the cart is."""
        entered: dict[str, list[tuple[float, str]]] = {}
        for event in StayTracker(corner_market.load()).step(fixes):
            if event.kind == "enter":
                entered.setdefault(event.tag, []).append((event.t_s, event.zone))
        right = [
            [zone for at_s, zone in entered.get(tag, []) if at_s <= t_s][-1:] == [spot.zone]
            for (tag, t_s), spot in self.truth.items()
            if t_s > WARM_UP_S
        ]
        return float(np.mean(right))


@pytest.fixture(scope="module")
def shift() -> Shift:
    """20 carts without a survey."""
    floor_map = corner_market.load()
    grid = FloorGrid.build(floor_map)
    products = products_beside(corner_market.path())
    crowd = Crowd(floor_map, grid, 1, population=SHOPPERS, pace=2.0, products=products)
    told = SimulationSettings(carts_count=SHOPPERS, clock_s=lambda: 0.0)
    source = SimulatedSource(floor_map, grid, crowd, lambda identity: identity, told)
    locator = Locator(floor_map, grid, RadioMap.defaults(floor_map, grid), lag_s=STAY_LAG_S)
    found = Shift({}, [], [])
    for second in range(1, SECONDS + 1):
        locator.observe(source.advance(float(second)))
        found.instant.extend(locator.step(float(second)))
        found.settled.extend(locator.settled())
        for tag, spot in source.truth.items():
            zone = floor_map.leaf_zones[int(floor_map.zone_at([spot.x_m], [spot.y_m], "L0")[0])]
            if spot.is_taken and not zone.sensitive:
                found.truth[tag, float(second)] = Spot(spot.x_m, spot.y_m, zone.id)
    return found


def test_who_is_sure_is_right(shift: Shift) -> None:
    for fixes in (shift.instant, shift.settled):
        _, _, is_right, zone_p = shift.judged(fixes).T
        is_sure = zone_p >= SURE_P
        assert is_right[is_sure].mean() > 0.915
        assert is_sure.mean() > 0.3


def test_radii_hold_what_they_say(shift: Shift) -> None:
    error_m, radius_m, _, _ = shift.judged(shift.instant).T
    assert 0.65 < (error_m < radius_m).mean() < 0.85


def test_three_seconds_later_places_and_stays_are_better_known(shift: Shift) -> None:
    instant_m, settled_m = (
        shift.judged(fixes)[:, 0].mean() for fixes in (shift.instant, shift.settled)
    )
    assert settled_m < 0.93 * instant_m
    assert shift.stays_right(shift.settled) > shift.stays_right(shift.instant)
    assert shift.stays_right(shift.settled) > 0.6

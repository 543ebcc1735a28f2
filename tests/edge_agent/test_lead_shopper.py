"""The demo's shopper: at a shelf soon after yes, lingering, going on, home at the end."""

from pathlib import Path

import numpy as np
import pytest

import store_maps
from edge_agent.lead_shopper import LINGER_S, LeadShopper, is_shelf, spots
from edge_agent.simulated_radio import TICK_S, SimulatedSource, SimulationSettings
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap, load


@pytest.fixture(scope="module")
def floor_map() -> FloorMap:
    return load(Path(store_maps.__file__).parent / "corner_market" / "map.geojson")


@pytest.fixture(scope="module")
def grid(floor_map: FloorMap) -> FloorGrid:
    return FloorGrid.build(floor_map)


def lead_of(floor_map: FloorMap, grid: FloorGrid, zones: tuple[str, ...] = ()) -> LeadShopper:
    home = int(grid.cell_at(22.4, 2.5, "L0")[0])
    return LeadShopper(floor_map, grid, home, zones, np.random.default_rng(1))


def zone_of(floor_map: FloorMap, lead: LeadShopper) -> str | None:
    index = int(floor_map.zone_at(lead.xy_m[:1], lead.xy_m[1:], lead.level_index)[0])
    return None if index < 0 else floor_map.leaf_zones[index].id


def live(lead: LeadShopper, for_s: float) -> None:
    for _ in range(int(for_s / TICK_S)):
        lead.step(TICK_S)


def test_until_it_is_led_it_waits_in_the_bay(floor_map: FloorMap, grid: FloorGrid) -> None:
    lead = lead_of(floor_map, grid)
    live(lead, 60)
    assert zone_of(floor_map, lead) == "cart-bay"


def test_twenty_seconds_after_yes_it_stands_at_a_shelf(
    floor_map: FloorMap, grid: FloorGrid
) -> None:
    lead = lead_of(floor_map, grid)
    lead.begin()
    live(lead, 20)
    there = zone_of(floor_map, lead)
    assert there is not None
    assert is_shelf(floor_map.zone(there))
    live(lead, LINGER_S / 2)
    assert zone_of(floor_map, lead) == there
    assert np.hypot(*(lead.xy_m - grid.xy_m[lead._cell])) < 1.0


def test_it_goes_where_it_is_told_in_that_order(floor_map: FloorMap, grid: FloorGrid) -> None:
    lead = lead_of(floor_map, grid, ("wine", "produce"))
    lead.begin()
    seen: list[str | None] = []
    for _ in range(6):
        live(lead, 45)
        seen.append(zone_of(floor_map, lead))
    in_order = [zone for n, zone in enumerate(seen) if zone in {"wine", "produce"}]
    assert in_order[0] == "wine"
    assert "produce" in in_order


def test_it_tours_every_shelf_and_begins_anew(floor_map: FloorMap, grid: FloorGrid) -> None:
    lead = lead_of(floor_map, grid)
    lead.begin()
    seen: set[str | None] = set()
    shelves = {zone.id for zone in floor_map.leaf_zones if is_shelf(zone)}
    for _ in range(60):
        live(lead, 30)
        seen.add(zone_of(floor_map, lead))
    assert shelves <= seen
    assert "pharmacy" not in seen


def test_called_home_it_brings_the_cart_back(floor_map: FloorMap, grid: FloorGrid) -> None:
    lead = lead_of(floor_map, grid)
    lead.begin()
    live(lead, 20)
    lead.go_home()
    live(lead, 60)
    assert zone_of(floor_map, lead) == "cart-bay"
    lead.go_home()
    live(lead, 5)
    assert zone_of(floor_map, lead) == "cart-bay"


def test_a_single_shelf_is_lingered_at_for_good(floor_map: FloorMap, grid: FloorGrid) -> None:
    lead = lead_of(floor_map, grid, ("wine",))
    lead.begin()
    live(lead, 300)
    assert zone_of(floor_map, lead) == "wine"


def test_called_home_on_its_way_it_turns_where_it_is(floor_map: FloorMap, grid: FloorGrid) -> None:
    lead = lead_of(floor_map, grid, ("wine",))
    lead.begin()
    live(lead, 8)
    lead.go_home()
    live(lead, 12)
    assert zone_of(floor_map, lead) == "cart-bay"


def test_a_zone_without_a_place_to_stand_is_left_out(floor_map: FloorMap, grid: FloorGrid) -> None:
    coarse = FloorGrid.build(floor_map, cell_m=9.0)
    found = spots(floor_map, coarse, [])
    assert len(found) < len(spots(floor_map, grid, []))


class NobodyElse:
    positions = ()
    till_events = ()

    def step(self, dt_s: float) -> None: ...


def test_without_any_shelf_it_stays_at_home(floor_map: FloorMap) -> None:
    coarse = FloorGrid.build(floor_map, cell_m=15.0)
    lead = LeadShopper(floor_map, coarse, 0, ["wine"], np.random.default_rng(1))
    lead.begin()
    live(lead, 60)
    assert np.hypot(*(lead.xy_m - coarse.xy_m[0])) < 1.0


def test_a_new_pairing_sends_it_out_and_the_end_brings_it_home(
    floor_map: FloorMap, grid: FloorGrid
) -> None:
    handles: dict[str, str] = {}
    settings = SimulationSettings(carts_count=2, lead_tag="sim-01", clock_s=lambda: 0.0)
    source = SimulatedSource(floor_map, grid, NobodyElse(), handles.get, settings)

    def zone_after(until_s: int) -> str:
        for second in range(until_s - 59, until_s + 1):
            source.advance(float(second))
        spot = source.truth["sim-01"]
        zone = int(floor_map.zone_at([spot.x_m], [spot.y_m], "L0")[0])
        return str(floor_map.leaf_zones[zone].id)

    assert zone_after(60) == "cart-bay"
    handles["sim-01"] = "h-1"
    first = zone_after(120)
    assert is_shelf(floor_map.zone(first))
    del handles["sim-01"]
    assert zone_after(180) == "cart-bay"
    handles["sim-01"] = "h-2"
    assert zone_after(240) == first


def test_a_lead_tag_with_a_name_of_its_own_is_one_cart_more(
    floor_map: FloorMap, grid: FloorGrid
) -> None:
    settings = SimulationSettings(carts_count=1, lead_tag="demo", clock_s=lambda: 0.0)
    source = SimulatedSource(floor_map, grid, NobodyElse(), lambda _: None, settings)
    assert list(source.truth) == ["sim-01", "demo"]

"""Where carts wait on maps with and without a cart bay."""

import json

from edge_agent.simulated_carts import bay_cells
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import parse


def document(zone_type: str | None) -> bytes:
    level = {
        "id": "f-L0",
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [box(0, 0, 6, 4)]},
        "properties": {"kind": "level", "level": "L0", "ordinal": 0},
    }
    zone = {
        "id": "z1",
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [box(3, 0, 6, 4)]},
        "properties": {
            "kind": "zone",
            "level": "L0",
            "name": "z",
            "zone_type": zone_type,
            "parent": None,
        },
    }
    head = {
        "type": "FeatureCollection",
        "format": "floor-map",
        "version": 1,
        "store_id": "s",
        "name": "s",
        "revision": 1,
        "timezone": None,
        "frame": {"units": "m", "origin": None, "y_axis_bearing_deg": None},
    }
    return json.dumps(head | {"features": [level, *([zone] if zone_type else [])]}).encode()


def box(left: float, bottom: float, right: float, top: float) -> list[list[float]]:
    return [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]


def cells_of(zone_type: str | None) -> tuple[FloorGrid, list[int]]:
    floor_map = parse(document(zone_type))
    grid = FloorGrid.build(floor_map)
    return grid, bay_cells(floor_map, grid)


def test_carts_wait_in_the_bay_else_by_the_door() -> None:
    for zone_type in ("cart_bay", "entrance", "checkout"):
        grid, cells = cells_of(zone_type)
        assert cells
        assert (grid.xy_m[cells, 0] > 3).all()


def test_a_map_without_a_door_has_them_on_its_first_cell() -> None:
    assert cells_of(None)[1] == [0]
    assert cells_of("aisle")[1] == [0]

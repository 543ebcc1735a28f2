"""A small floor, drawn with what a test needs on it."""

from typing import Any

import msgspec

from store_maps.floor_map import FloorMap, parse


def rect(x_0: float, y_0: float, x_1: float, y_1: float) -> dict[str, Any]:
    ring = [[x_0, y_0], [x_1, y_0], [x_1, y_1], [x_0, y_1], [x_0, y_0]]
    return {"type": "Polygon", "coordinates": [ring]}


def drawn(*features: tuple[str, dict[str, Any], dict[str, Any]]) -> FloorMap:
    """A level of 12 x 6 m and what else is in it."""
    told = [("L0", rect(0, 0, 12, 6), {"kind": "level", "ordinal": 0}), *features]
    document = {
        "type": "FeatureCollection",
        "format": "floor-map",
        "version": 1,
        "store_id": "drawn",
        "name": "Drawn",
        "revision": 1,
        "timezone": None,
        "frame": {"units": "m", "origin": None, "y_axis_bearing_deg": None},
        "features": [
            {
                "type": "Feature",
                "id": name,
                "geometry": geometry,
                "properties": {"level": "L0", **properties},
            }
            for name, geometry, properties in told
        ],
    }
    return parse(msgspec.json.encode(document))


SHELF = ("shelf", rect(4, 2, 8, 3), {"kind": "fixture", "category": "shelf"})
SOUTH = (
    "south",
    rect(0, 0, 12, 2.5),
    {"kind": "zone", "name": "S", "zone_type": "aisle", "parent": None},
)
NORTH = (
    "north",
    rect(0, 2.5, 12, 6),
    {"kind": "zone", "name": "N", "zone_type": "aisle", "parent": None},
)

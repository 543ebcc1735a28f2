"""Drawn stores: layout families from a seed, for demo, radio tests and the stage model.

Three families are for training; the fourth, `racetrack`, is held out whole. None is a real store.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import numpy as np
import shapely

from store_maps import shelving
from store_maps.floor_map import FloorMap, parse
from store_maps.furnishing import furnished
from store_maps.hanging import hung
from store_maps.plan import Plan, Rng, chance, span
from store_maps.zoning import Area, zoned

FAMILIES: Final = tuple(shelving.FAMILIES)
TRAINING: Final = ("grid", "islands", "boutique")
HELD_OUT: Final = ("racetrack",)

LEVEL: Final = "L0"
# Heights in metres, and what a ray loses in it (dB) where the map's author wrote that down.
HEIGHTS_M: Final = {
    "shelf": (1.5, 2.3),
    "gondola": (1.3, 2.1),
    "endcap": (1.2, 1.9),
    "freezer": (0.9, 2.0),
    "rack": (1.2, 1.7),
    "table": (0.7, 0.95),
    "counter": (1.0, 1.3),
    "pillar": (4.0, 4.0),
    "room": (3.0, 3.0),
}
LOSSES_DB: Final = {"shelf": 2.0, "gondola": 2.0, "endcap": 1.0, "freezer": 4.0, "room": 6.0}
LOSSES_P: Final = 0.4
# The plan's corner is not always 0, 0, and its front wall not always below.
OFF_ZERO_P: Final = 0.25
OFF_ZERO_M: Final = (-30.0, 30.0)


class Frame:
    """How a plan lies in the map's coordinates: turned by quarters, mirrored, moved."""

    def __init__(self, rng: Rng) -> None:
        turns, mirror = int(rng.integers(4)), 1 if chance(rng, 0.5) else -1
        cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[turns]
        self._turn = np.array([[mirror * cos, mirror * sin], [-sin, cos]])
        self._off_m = np.zeros(2)
        if chance(rng, OFF_ZERO_P):
            self._off_m = rng.uniform(*OFF_ZERO_M, 2).round(1)

    def place(self, geometry: shapely.Geometry, plan: Plan) -> dict[str, Any]:
        """A geometry of the plan as GeoJSON."""
        corners = np.array([[0.0, 0.0], [plan.width_m, plan.depth_m]]) @ self._turn
        low = corners.min(axis=0) - self._off_m
        moved = shapely.transform(geometry, lambda xy: (xy @ self._turn - low).round(3))
        if isinstance(moved, shapely.Polygon | shapely.MultiPolygon):
            moved = shapely.orient_polygons(moved)
        made: dict[str, Any] = msgspec.json.decode(shapely.to_geojson(moved))
        return made


def store(family: str, seed: int) -> FloorMap:
    """The store of a family that `seed` draws; ValueError for a family that is not in FAMILIES."""
    rng = np.random.default_rng([seed, FAMILIES.index(family)])
    plan = furnished(rng, family)
    areas = zoned(rng, plan, fitting=family == "boutique")
    frame = Frame(rng)
    features = [
        {
            "type": "Feature",
            "id": name,
            "geometry": frame.place(geometry, plan),
            "properties": {"level": LEVEL, **properties},
        }
        for name, geometry, properties in _features(rng, plan, areas)
    ]
    document = {
        "type": "FeatureCollection",
        "format": "floor-map",
        "version": 1,
        "store_id": f"{family}-{seed}",
        "name": f"{family} {seed}",
        "revision": 1,
        "timezone": None,
        "frame": {"units": "m", "origin": None, "y_axis_bearing_deg": None},
        "features": features,
    }
    return parse(msgspec.json.encode(document))


Named = tuple[str, shapely.Geometry, dict[str, Any]]


def _features(rng: Rng, plan: Plan, areas: list[Area]) -> Iterator[Named]:
    """Id, geometry and properties of everything in a plan."""
    spots, height_m, ceiling_m = hung(rng, plan.width_m, plan.depth_m)
    outline = shapely.box(0.0, 0.0, plan.width_m, plan.depth_m)
    yield LEVEL, outline, {"kind": "level", "ordinal": 0, "ceiling_m": round(ceiling_m, 2)}
    yield from _fixtures(rng, plan)
    for k, till in enumerate(plan.tills):
        shape = shapely.box(*till.box)
        where = shape.centroid if till.is_point else shape
        yield f"till-{k}", where, {"kind": "checkout", "category": till.category}
    for k, door in enumerate(plan.doors):
        line = shapely.LineString(door.line)
        yield f"door-{k}", line, {"kind": "opening", "category": door.category}
    for area in areas:
        told = {"kind": "zone", "name": area.id, "zone_type": area.zone_type}
        yield area.id, area.polygon, {**told, "parent": area.parent}
    for k, (x_m, y_m) in enumerate(spots):
        yield (
            f"anchor-{k}",
            shapely.Point(x_m, y_m),
            {"kind": "anchor", "height_m": round(height_m, 2)},
        )


def _fixtures(rng: Rng, plan: Plan) -> Iterator[Named]:
    """Heights are one for each category: a store buys its furniture at once."""
    heights_m = {category: round(span(rng, m), 2) for category, m in HEIGHTS_M.items()}
    told = chance(rng, LOSSES_P)
    for k, piece in enumerate(plan.pieces):
        category = piece.category
        loss_db = LOSSES_DB.get(category, 0.0) if told else 0.0
        yield (
            f"{category}-{k}",
            shapely.box(*piece.box),
            {
                "kind": "fixture",
                "category": category,
                "height_m": heights_m[category],
                "attenuation_db": loss_db,
            },
        )

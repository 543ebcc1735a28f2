"""A floor map being drawn: outline, door, furniture, tills, zones, in metres.

Part of the second simulator (`models.other_shoppers`): for judging only, never for training.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import shapely
import shapely.affinity
import shapely.geometry
from numpy.typing import NDArray

from store_maps.floor_map import FloorMap, parse

Points = Sequence[tuple[float, float]]

# Furniture may touch the walls; what would stick out more than this is not put up.
STICKS_OUT_M2: Final = 0.02
# The narrowest slot left between two pieces; less, and the second is not put up.
GAP_M: Final = 0.02
# A zone smaller than this is a sliver left by a cut, not a place.
ZONE_MIN_M2: Final = 2.0
# How far around door and tills their own zones reach: a few steps.
ENTRANCE_REACH_M: Final = 2.5
CHECKOUT_REACH_M: Final = 1.8
# Ceiling anchors about every so far, as electricians space lamps and access points.
ANCHOR_SPACING_M: Final = 7.0
# A thing no higher than this is a table to lean over, else something to walk along.
HEIGHTS_M: Final = {"table": 0.9, "counter": 1.1, "freezer": 1.0, "rack": 1.6, "shelf": 2.0}
# A room is split into zones until none is larger than about this, by the map author's taste.
FINE_M2: Final = (15.0, 40.0)
COARSE_M2: Final = (60.0, 160.0)


class Drawing:
    """One store, drawn piece by piece; a piece that does not fit is left out."""

    def __init__(self, name: str, outline: Points, rng: np.random.Generator) -> None:
        self.name = name
        self.rng = rng
        self.outline = shapely.Polygon(outline)
        self.pieces: list[tuple[shapely.Polygon, str]] = []
        self.walls: list[shapely.LineString] = []
        self.doors: list[tuple[shapely.LineString, str]] = []
        self.tills: list[tuple[shapely.Geometry, str]] = []
        self.taken: list[shapely.Geometry] = []

    def piece(
        self, x: float, y: float, w: float, d: float, category: str, *, turn_deg: float = 0.0
    ) -> bool:
        """Put up a w x d piece centred on x, y; False where it does not fit."""
        shape = shapely.affinity.rotate(
            shapely.box(x - w / 2, y - d / 2, x + w / 2, y + d / 2), turn_deg
        )
        return self.put(shape, category)

    def put(self, shape: shapely.Polygon, category: str) -> bool:
        """Put up a piece of any shape; False where it does not fit."""
        if shape.difference(self.outline).area > STICKS_OUT_M2:
            return False
        blocked = shape.buffer(-GAP_M)
        if any(blocked.intersects(other) for other in self.taken):
            return False
        self.pieces.append((shape.intersection(self.outline), category))
        self.taken.append(shape)
        return True

    def keep_clear(self, shape: shapely.Geometry) -> None:
        """Nothing may stand here."""
        self.taken.append(shape)

    def door(self, x: float, width: float, category: str = "entrance_exit") -> None:
        """A door in the front wall (y = 0), and a lobby behind it that stays free."""
        line = shapely.LineString([(x - width / 2, 0), (x + width / 2, 0)])
        self.doors.append((line, category))
        self.keep_clear(shapely.box(x - width / 2 - 0.5, 0, x + width / 2 + 0.5, 2.2))

    def till(self, x: float, y: float, *, category: str = "staffed", turned: bool = False) -> None:
        """A till desk with room around it to stand; self-service tills are small."""
        w, d = (0.9, 0.7) if category == "self" else (0.8, 2.0)
        if turned:
            w, d = d, w
        shape = shapely.box(x - w / 2, y - d / 2, x + w / 2, y + d / 2)
        self.tills.append((shape, category))
        self.keep_clear(shape.buffer(1.1, join_style="mitre"))

    def till_on(self, x: float, y: float) -> None:
        """A till that is a mere point, on a counter that stands already."""
        self.tills.append((shapely.Point(x, y), "staffed"))

    def wall(self, *points: tuple[float, float]) -> None:
        """A wall inside the store; nothing is put through it."""
        line = shapely.LineString(points)
        self.walls.append(line)
        self.taken.append(line.buffer(0.1, cap_style="flat"))

    def finished(self, number: int) -> FloorMap:
        """The floor map, mirrored and shifted at random: no wall has a meaning by its side."""
        flip_x, flip_y = self.rng.choice([-1.0, 1.0], 2)
        dx, dy = self.rng.uniform(-30, 30, 2).round(1)
        move = [flip_x, 0.0, 0.0, flip_y, dx, dy]
        if self.rng.random() < 0.5:  # noqa: PLR2004 - either is as likely: x and y swapped
            move = [0.0, flip_x, flip_y, 0.0, dx, dy]
        features = [
            feature(name, shapely.affinity.affine_transform(shape, move), properties)
            for name, shape, properties in self._things()
        ]
        return parse(msgspec.json.encode(document(f"other-{number}", self.name, features)))

    def _things(self) -> Iterator[tuple[str, shapely.Geometry, dict[str, Any]]]:
        yield (
            "ground",
            self.outline,
            {"kind": "level", "level": "0", "ordinal": 0, "ceiling_m": 3.4},
        )
        for i, (shape, category) in enumerate(self.pieces):
            height = HEIGHTS_M.get(category, 1.5)
            yield f"f{i}", shape, {"kind": "fixture", "category": category, "height_m": height}
        for i, line in enumerate(self.walls):
            yield f"w{i}", line, {"kind": "wall"}
        for i, (line, category) in enumerate(self.doors):
            yield f"d{i}", line, {"kind": "opening", "category": category}
        for i, (shape, category) in enumerate(self.tills):
            yield f"t{i}", shape, {"kind": "checkout", "category": category}
        for i, point in enumerate(self._ceiling()):
            yield f"a{i}", point, {"kind": "anchor", "height_m": 3.0}
        yield from self._zones()

    def _ceiling(self) -> list[shapely.Point]:
        left, low, right, high = self.outline.bounds
        xs = np.linspace(left, right, max(2, round((right - left) / ANCHOR_SPACING_M)) + 2)[1:-1]
        ys = np.linspace(low, high, max(1, round((high - low) / ANCHOR_SPACING_M)) + 2)[1:-1]
        grid = [shapely.Point(x, y) for x in xs for y in ys]
        return [point for point in grid if self.outline.contains(point)]

    def _zones(self) -> Iterator[tuple[str, shapely.Geometry, dict[str, Any]]]:
        rng = self.rng
        cut = shapely.Polygon()
        tills = shapely.union_all([shape for shape, _ in self.tills])
        for name, core, reach, share in (
            ("entrance", self.doors[0][0], ENTRANCE_REACH_M, 0.6),
            ("checkout", tills.convex_hull, CHECKOUT_REACH_M, 0.8),
        ):
            if rng.random() < share:
                shape = core.buffer(reach, quad_segs=2).intersection(self.outline).difference(cut)
                cut = cut.union(shape)
                yield f"z-{name}", shape, zone(name.title(), name)
        parts = self._parts(self.outline.bounds, rng.uniform(*COARSE_M2))
        fine_m2 = rng.uniform(*FINE_M2) if rng.random() < 0.6 else np.inf  # noqa: PLR2004
        floor = self.outline.difference(cut)
        for i, part in enumerate(parts):
            shape = largest(shapely.box(*part).intersection(floor))
            if shape.area < ZONE_MIN_M2:
                continue
            yield f"z{i}", shape, zone(f"Department {i + 1}", "department")
            inner = [
                largest(shapely.box(*one).intersection(shape)) for one in self._parts(part, fine_m2)
            ]
            inner = [one for one in inner if one.area >= ZONE_MIN_M2]
            for j, one in enumerate(inner if len(inner) > 1 else []):
                kind = rng.choice(["aisle", "bay"])
                yield f"z{i}-{j}", one, zone(f"Part {i + 1}.{j + 1}", str(kind), f"z{i}")

    def _parts(self, box: tuple[float, ...], most_m2: float) -> list[tuple[float, ...]]:
        """The box cut across its long side, again and again, until the parts are small enough."""
        left, low, right, high = box
        if (right - left) * (high - low) <= most_m2:
            return [box]
        share = self.rng.uniform(0.35, 0.65)
        if right - left > high - low:
            middle = left + share * (right - left)
            halves = [(left, low, middle, high), (middle, low, right, high)]
        else:
            middle = low + share * (high - low)
            halves = [(left, low, right, middle), (left, middle, right, high)]
        return [part for half in halves for part in self._parts(half, most_m2)]


def largest(shape: shapely.Geometry) -> shapely.Polygon:
    """The largest polygon in a shape."""
    parts = [one for one in shapely.get_parts(shape) if one.geom_type == "Polygon"]
    return max(parts, key=lambda one: one.area, default=shapely.Polygon())


def zone(name: str, zone_type: str, parent: str | None = None) -> dict[str, Any]:
    """The properties of a zone."""
    return {"kind": "zone", "name": name, "zone_type": zone_type, "parent": parent}


def feature(name: str, shape: shapely.Geometry, properties: dict[str, Any]) -> dict[str, Any]:
    """A GeoJSON feature, to the millimetre."""
    # Snapped first: rounding alone may fold a sliver over itself.
    rounded = shapely.transform(shapely.set_precision(shape, 0.001), _to_mm)
    geometry = shapely.geometry.mapping(rounded)
    return {
        "type": "Feature",
        "id": name,
        "geometry": geometry,
        "properties": {"level": "0", **properties},
    }


def _to_mm(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.round(points, 3) + 0.0


def document(store_id: str, name: str, features: list[dict[str, Any]]) -> dict[str, Any]:
    """The whole file."""
    return {
        "type": "FeatureCollection",
        "format": "floor-map",
        "version": 1,
        "store_id": store_id,
        "name": name,
        "revision": 1,
        "timezone": None,
        "frame": {"units": "m", "origin": None, "y_axis_bearing_deg": None},
        "features": features,
    }

"""From GeoJSON coordinates to shapely, refusing what is not a floor."""

from collections.abc import Iterable, Mapping
from typing import Final, NoReturn

import shapely

from store_maps.feature_rules import COORDINATE_MAX_M
from store_maps.problem import AUTHOR, SENDER, Problem, shown

RING_POINTS_MAX: Final = 5_000
UPLOAD_RING_POINTS_MAX: Final = 500
# In one geometry; `is_valid` needs half a minute for 100,000 rings on one place.
RINGS_MAX: Final = 1_000
# A triangle, closed.
RING_POINTS_MIN: Final = 4
LINE_POINTS_MIN: Final = 2


class Unfit(Exception):  # noqa: N818 - it never leaves this module, a Problem does
    """Found, expected, who mends it."""


def refuse(found: str, expected: str, who: str = AUTHOR) -> NoReturn:
    """Leave the geometry at what was found in it."""
    raise Unfit(found, expected, who)


def read_geometry(
    feature: str, geometry: object, types: tuple[str, ...], points_max: int
) -> shapely.Geometry | Problem:
    """The feature's geometry as shapely, or why not."""
    try:
        shape = built(geometry, types, points_max)
        # Once, with the reason: asking `is_valid` first would double a hostile ring's time.
        reason = shapely.is_valid_reason(shape)
        if reason != "Valid Geometry":
            outline = "an outline that does not cross or touch itself"
            refuse(f"geometry is not valid: {reason}", outline)
    except Unfit as unfit:
        return Problem(feature, *unfit.args)
    return shape


def built(geometry: object, types: tuple[str, ...], points_max: int) -> shapely.Geometry:
    """The geometry, its coordinates checked one by one."""
    if not isinstance(geometry, Mapping) or geometry.get("type") not in types:
        found = geometry.get("type") if isinstance(geometry, Mapping) else geometry
        refuse(f"geometry is {shown(found)}", " or ".join(types))
    coordinates = geometry.get("coordinates")
    refuse_many_rings(coordinates, geometry["type"])
    match geometry["type"]:
        case "Point":
            return shapely.Point(points([coordinates])[0])
        case "MultiPoint":
            return shapely.MultiPoint(line(coordinates, points_max))
        case "LineString":
            return shapely.LineString(line(coordinates, points_max))
        case "Polygon":
            return polygon(coordinates, points_max)
    parts = [polygon(part, points_max) for part in filled(coordinates, "a list of polygons")]
    return shapely.MultiPolygon(parts)


def refuse_many_rings(coordinates: object, geometry_type: str) -> None:
    """Leave a geometry of too many rings before it is built."""
    parts = coordinates if isinstance(coordinates, list) else []
    count = {
        "Polygon": len(parts),
        "MultiPolygon": sum(len(part) for part in parts if isinstance(part, list)),
    }.get(geometry_type, 0)
    if count > RINGS_MAX:
        refuse(f"a geometry of {count:,} rings", f"at most {RINGS_MAX:,} rings", SENDER)


def polygon(coordinates: object, points_max: int) -> shapely.Polygon:
    """A polygon: its outer ring, then its holes."""
    rings = [ring(part, points_max) for part in filled(coordinates, "a list of rings")]
    return shapely.Polygon(rings[0], rings[1:])


def ring(coordinates: object, points_max: int) -> list[list[float]]:
    """The points of a closed ring."""
    result = points(short(coordinates, "a ring", points_max))
    if len(result) < RING_POINTS_MIN:
        refuse(f"a ring of {len(result)} points", f"at least {RING_POINTS_MIN} points")
    if result[0] != result[-1]:
        refuse(f"a ring that ends at {result[-1]}", f"its first point, {result[0]}, again")
    return result


def line(coordinates: object, points_max: int) -> list[list[float]]:
    """The points of a line."""
    result = points(short(coordinates, "a line", points_max))
    if len(result) < LINE_POINTS_MIN:
        refuse(f"a line of {len(result)} points", f"at least {LINE_POINTS_MIN} points")
    return result


def short(coordinates: object, what: str, points_max: int) -> list[object]:
    """A list of points that is not too long."""
    items = filled(coordinates, "a list of points")
    if len(items) > points_max:
        found = f"{what} of {len(items):,} points"
        refuse(found, f"at most {points_max:,} points", SENDER)
    return items


def filled(value: object, expected: str) -> list[object]:
    """The value, a list that is not empty."""
    if not isinstance(value, list) or not value:
        refuse(f"coordinates hold {shown(value)}", expected)
    return value


def points(items: Iterable[object]) -> list[list[float]]:
    """The points, each two finite numbers near enough."""
    return [item if is_point(item) else refuse_point(item) for item in items]  # type: ignore[misc]


def is_point(item: object) -> bool:
    """Whether the item is [x, y] in metres."""
    return (
        type(item) is list
        and len(item) == 2  # noqa: PLR2004 - x and y
        and all(
            type(value) in {int, float} and -COORDINATE_MAX_M <= value <= COORDINATE_MAX_M
            for value in item
        )
    )


def refuse_point(item: object) -> list[float]:
    """Say why an item is no point."""
    if not isinstance(item, list) or len(item) != 2:  # noqa: PLR2004 - x and y
        refuse(f"a coordinate is {shown(item)}", "[x, y] in metres, two numbers")
    wrong = next(value for value in item if not is_point([value, value]))
    expected = f"a finite number of metres from -{COORDINATE_MAX_M:g} to {COORDINATE_MAX_M:g}"
    refuse(f"a coordinate is {shown(wrong)}", expected)

"""What a ray between two places loses in walls and fixtures."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from store_maps.feature import Fixture

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# A beacon on a shelf's face or an anchor on a wall touches it; only what lies between counts.
TOUCH_SHARE: Final = 1e-6
# Micrometres from the map's corner: a ray that grazes a corner does so wherever the origin lies.
# Maps are drawn in millimetres; as they stand, 0.2 % of a store's rays changed with its origin.
LOCAL_DECIMALS: Final = 6


def crossings_db(
    walls: Sequence[tuple[shapely.Geometry, float]],
    fixtures: Iterable[Fixture],
    from_xyz: Floats,
    to_xyz: Floats,
) -> Floats:
    """The loss in dB of each ray, (k, n), from (k, 3) to (n, 3) places; heights in metres."""
    start = np.asarray(from_xyz, float).reshape(-1, 3)
    end = np.asarray(to_xyz, float).reshape(-1, 3)
    loss = np.zeros((len(start), len(end)))
    opaque = [fixture for fixture in fixtures if fixture.attenuation_db > 0]
    shapes = [geometry for geometry, _ in walls] + [fixture.polygon for fixture in opaque]
    if not shapes:
        return loss
    corner_m = shapely.bounds(shapes)[:, :2].min(0)
    start, end = (np.hstack([local(xyz[:, :2], corner_m), xyz[:, 2:]]) for xyz in (start, end))
    pieces = [(local(segments(geometry), corner_m), loss_db) for geometry, loss_db in walls]
    blocks = [within(fixture, corner_m) for fixture in opaque]
    for row, origin in enumerate(start):
        for piece, attenuation_db in pieces:
            for segment in piece:
                loss[row] += attenuation_db * crossed(origin, end, segment)[0]
        for fixture in blocks:
            loss[row] += fixture.attenuation_db * pierced(origin, end, fixture)
    return loss


def local(xy_m: Floats, corner_m: Floats) -> Floats:
    """Coordinates from a corner of the map, the same wherever its origin lies."""
    return np.round(xy_m - corner_m, LOCAL_DECIMALS)


def within(fixture: Fixture, corner_m: Floats) -> Fixture:
    """The fixture in such coordinates."""
    polygon = shapely.transform(fixture.polygon, lambda xy_m: local(xy_m, corner_m))
    return msgspec.structs.replace(fixture, polygon=polygon)


def segments(geometry: shapely.Geometry) -> Floats:
    """The straight pieces (s, 2, 2) of a line or of a polygon's rings."""
    if isinstance(geometry, shapely.Polygon | shapely.MultiPolygon):
        geometry = shapely.boundary(geometry)
    coordinates, part = shapely.get_coordinates(shapely.get_parts(geometry), return_index=True)
    same = part[1:] == part[:-1]
    pieces: Floats = np.stack([coordinates[:-1], coordinates[1:]], 1)[same]
    return pieces


def crossed(origin: Floats, ends: Floats, segment: Floats) -> tuple[Flags, Floats]:
    """Whether each ray (n,) crosses a segment (2, 2), and how far along the ray, 0 to 1.

    Solves origin + t (end - origin) = a + u (b - a) by Cramer's rule.
    """
    ray = ends[:, :2] - origin[:2]
    side = segment[1] - segment[0]
    gap = segment[0] - origin[:2]
    determinant = ray[:, 0] * side[1] - ray[:, 1] * side[0]
    parallel = determinant == 0
    safe = np.where(parallel, 1.0, determinant)
    t = (gap[0] * side[1] - gap[1] * side[0]) / safe
    u = (gap[0] * ray[:, 1] - gap[1] * ray[:, 0]) / safe
    # Half open, so that a corner where two sides meet counts once.
    inside = (t > TOUCH_SHARE) & (t < 1 - TOUCH_SHARE) & (u >= 0) & (u < 1)
    return inside & ~parallel, t


def pierced(origin: Floats, ends: Floats, fixture: Fixture) -> Flags:
    """Whether each ray (n,) passes through a fixture below its height.

    The height along a ray is linear, so it is lowest where the ray enters, leaves or ends.
    """
    height_m = fixture.height_m
    within = shapely.contains_xy(fixture.polygon, ends[:, 0], ends[:, 1])
    below: Flags = within & (ends[:, 2] < height_m)
    if shapely.contains_xy(fixture.polygon, origin[0], origin[1]) and origin[2] < height_m:
        below |= np.hypot(*(ends[:, :2] - origin[:2]).T) > 0
    for segment in segments(fixture.polygon):
        hit, t = crossed(origin, ends, segment)
        below |= hit & (origin[2] + t * (ends[:, 2] - origin[2]) < height_m)
    return below

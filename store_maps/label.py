"""Where a zone's name goes: inside the zone, beside its shelves, as large as it fits."""

from collections.abc import Iterable
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from store_maps.feature import Zone

Floats = npt.NDArray[np.float64]

# A sans-serif letter's mean width and a line's height, in font sizes; a little generous, because
# the reader's font is not known.
LETTER_EM: Final = 0.6
LINE_EM: Final = 1.15
# The largest name, as a share of the longer side of the floor: on a page 900 px wide, 20 px.
SIZE_SHARE: Final = 0.022
# Sizes tried, each a step smaller; the last is still 9 px on that page.
SIZE_STEPS: Final = (1.0, 0.85, 0.7, 0.58, 0.48)
# A name that must cover a fixture begins at this step: it is not to look like the fixture's.
COVERING_FROM: Final = 2
# Places tried along the longer side of a zone.
TRIES: Final = 24


class Label(msgspec.Struct, frozen=True):
    """A name with its place."""

    lines: tuple[str, ...]
    x_m: float
    y_m: float
    size_m: float
    is_upright: bool
    """Turned to read from below to above."""


def place_label(zone: Zone, fixtures: Iterable[shapely.Polygon], floor_m: float) -> Label:
    """The name of a zone where it covers no fixture if it can, else where it stays in the zone.

    Args:
        zone: its name may break at spaces, into two lines.
        fixtures: what stands on its level.
        floor_m: the longer side of the floor.
    """
    free = shapely.difference(zone.polygon, shapely.union_all(list(fixtures)))
    centre = zone.polygon.centroid
    for area, steps in ((free, SIZE_STEPS), (zone.polygon, SIZE_STEPS[COVERING_FROM:])):
        shapely.prepare(area)
        for step in steps:
            for lines, is_upright in layouts(zone.name):
                size_m = floor_m * SIZE_SHARE * step
                spot = fitting(area, box_of(lines, size_m, is_upright=is_upright), centre)
                if spot is not None:
                    return Label(lines, *spot, size_m, is_upright)
    inside = zone.polygon.representative_point()
    return Label((zone.name,), inside.x, inside.y, floor_m * SIZE_SHARE * SIZE_STEPS[-1], False)


def layouts(name: str) -> list[tuple[tuple[str, ...], bool]]:
    """The ways to set a name, the most legible first: one line, two, one turned upright."""
    words = name.split()
    ways: list[tuple[tuple[str, ...], bool]] = [((name,), False)]
    if len(words) > 1:
        breaks = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words))]
        ways.append((min(breaks, key=lambda lines: max(map(len, lines))), False))
    return [*ways, ((name,), True)]


def box_of(lines: tuple[str, ...], size_m: float, *, is_upright: bool) -> tuple[float, float]:
    """Width and height in metres that a name takes."""
    along = max(len(line) for line in lines) * LETTER_EM * size_m
    across = len(lines) * LINE_EM * size_m
    return (across, along) if is_upright else (along, across)


def fitting(
    area: shapely.Geometry, box_m: tuple[float, float], centre: shapely.Point
) -> tuple[float, float] | None:
    """The middle of the place nearest to the centre where a box lies in an area."""
    left, bottom, right, top = area.bounds
    x, y = np.meshgrid(np.linspace(left, right, TRIES), np.linspace(bottom, top, TRIES))
    x, y = np.r_[centre.x, x.ravel()], np.r_[centre.y, y.ravel()]
    width, height = box_m
    boxes = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    fits = shapely.covers(area, boxes)
    if not fits.any():
        return None
    best = np.where(fits, np.hypot(x - centre.x, y - centre.y), np.inf).argmin()
    return float(x[best]), float(y[best])

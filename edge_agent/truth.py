"""Where tags truly were, row by row and in between (FORMATS: Truth)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from edge_agent.survey import OUTSIDE_MAX_M, PROBLEMS_MAX
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# Rows farther apart say nothing about the way between them; the scorer holds it so too.
APART_MAX_S: Final = 2.5


class TruthError(ValueError):
    """A truth that cannot be read, or does not fit a map or recording; a line a problem."""


class TruthRow(msgspec.Struct, frozen=True):
    """Where a tag was at one time."""

    t_s: float
    tag: str
    x_m: float
    y_m: float
    level: str | None = None
    """None where the map has only one."""


class Whereabouts(msgspec.Struct, frozen=True, eq=False):
    """Places at some times, (times,) each."""

    xy_m: Floats
    """(times, 2)"""
    level_index: Indices
    is_known: npt.NDArray[np.bool_]
    """False where no two rows lie around the time, or they are on two levels."""


class Truth:
    """The ways of some tags.

    Raises:
        TruthError: no row, a place off the map, an unknown level, no level where the map has
            several, a tag in two places at one time; one line each, at most 20.
    """

    def __init__(self, floor_map: FloorMap, rows: Sequence[TruthRow]) -> None:
        refuse_misfits(floor_map, rows)
        only = floor_map.levels[0].id
        by_tag: defaultdict[str, list[tuple[float, float, float, int]]] = defaultdict(list)
        for row in rows:
            level = floor_map.level_index(row.level or only)
            by_tag[row.tag].append((row.t_s, row.x_m, row.y_m, level))
        self._ways = {tag: np.array(sorted(way)) for tag, way in by_tag.items()}

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags whose way is known, sorted."""
        return tuple(sorted(self._ways))

    def at(self, tag: str, t_s: Floats) -> Whereabouts:
        """Where a tag was at each time (times,); nowhere known where the truth does not name it."""
        if tag not in self._ways:
            nowhere = np.zeros(len(t_s), np.int64)
            return Whereabouts(np.zeros((len(t_s), 2)), nowhere, nowhere.astype(bool))
        way = self._ways[tag]
        after = np.searchsorted(way[:, 0], t_s).clip(0, len(way) - 1)
        before = np.where(way[after, 0] == t_s, after, after - 1).clip(0)
        apart_s = way[after, 0] - way[before, 0]
        share = (t_s - way[before, 0]) / np.where(apart_s > 0, apart_s, 1.0)
        xy_m = way[before, 1:3] + share[:, None] * (way[after, 1:3] - way[before, 1:3])
        is_inside = (way[before, 0] <= t_s) & (t_s <= way[after, 0]) & (apart_s <= APART_MAX_S)
        is_level = way[before, 3] == way[after, 3]
        return Whereabouts(xy_m, way[before, 3].astype(np.int64), is_inside & is_level)


def refuse_misfits(floor_map: FloorMap, rows: Sequence[TruthRow]) -> None:
    """Raise TruthError with everything about `rows` that this map cannot take."""
    if not rows:
        msg = "the truth has no rows, expected where each tag was; who recorded: add them"
        raise TruthError(msg)
    outlines = {level.id: level.polygon.buffer(OUTSIDE_MAX_M) for level in floor_map.levels}
    for outline in outlines.values():
        shapely.prepare(outline)
    seen = Counter((row.tag, row.t_s) for row in rows)
    problems = [(row.tag, row.t_s, row_problem(row, outlines)) for row in rows] + [
        (tag, t_s, f"stands {count} times, expected once; who recorded: drop the others")
        for (tag, t_s), count in seen.items()
        if count > 1
    ]
    lines = [f"tag {tag!r} at {t_s} s: {problem}" for tag, t_s, problem in problems if problem]
    if lines:
        rest = [f"and {len(lines) - PROBLEMS_MAX} more"] if len(lines) > PROBLEMS_MAX else []
        raise TruthError("\n".join([*lines[:PROBLEMS_MAX], *rest]))


def row_problem(row: TruthRow, outlines: Mapping[str, shapely.Geometry]) -> str | None:
    """What is wrong with one row, on levels with these outlines."""
    if row.level is None and len(outlines) > 1:
        named = ", ".join(outlines)
        return f"no level, expected one of {named}; who recorded: add the column level"
    level = row.level or next(iter(outlines))
    if level not in outlines:
        named = ", ".join(outlines)
        return f"level {level!r}, expected one of {named}; who recorded: correct it"
    if not outlines[level].contains(shapely.Point(row.x_m, row.y_m)):
        return (
            f"({row.x_m}, {row.y_m}) is not on level {level!r}, expected within "
            f"{OUTSIDE_MAX_M} m of it; who recorded: correct the coordinates or the map"
        )
    return None

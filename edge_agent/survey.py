"""Standing measurements, and whether they fit a map."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
import shapely

from edge_agent.path_loss import place_ids
from store_maps.floor_map import FloorMap

# A point measured against a wall may be drawn outside of it.
OUTSIDE_MAX_M: Final = 0.5
PROBLEMS_MAX: Final = 20
# A tag that one anchor hears is anywhere on a ring; what such a map says of places is nothing.
ANCHORS_MIN: Final = 2
RSSI_MIN_DBM: Final = -127.0
RSSI_MAX_DBM: Final = 20.0


class SurveyError(ValueError):
    """A survey that cannot be read, or does not fit the map; a line for each problem."""


class SurveyRow(msgspec.Struct, frozen=True):
    """One standing measurement: a point and an anchor (FORMATS: Survey)."""

    point: str
    x_m: float
    y_m: float
    anchor: str
    n: int
    """Packets heard."""
    rssi_mean_dbm: float
    rssi_sd_db: float


def refuse_misfits(floor_map: FloorMap, survey: Sequence[SurveyRow]) -> None:
    """Raise SurveyError with everything about `survey` that this map cannot take."""
    if not survey:
        msg = "the survey has no rows, expected at least one measurement; the surveyor: measure"
        raise SurveyError(msg)
    known = frozenset(place_ids(floor_map))
    floor = shapely.union_all([level.polygon for level in floor_map.levels])
    seen = Counter((row.point, row.anchor) for row in survey)
    problems = [
        f"point {row.point!r}: {problem}"
        for row in survey
        for problem in row_problems(row, known, floor)
    ]
    problems += [
        f"point {point!r}: anchor {anchor!r} stands {count} times, expected once; "
        "the surveyor: merge or rename them"
        for (point, anchor), count in seen.items()
        if count > 1
    ]
    if not problems and len({row.anchor for row in survey}) < ANCHORS_MIN:
        msg = (
            f"only anchor {survey[0].anchor!r} was measured, expected at least {ANCHORS_MIN} of "
            f"the map's {len(known)}: one alone says how far a tag is, never where; the surveyor: "
            "measure more of them, or the map's author: add the others"
        )
        raise SurveyError(msg)
    if problems:
        rest = [f"and {len(problems) - PROBLEMS_MAX} more"] if len(problems) > PROBLEMS_MAX else []
        raise SurveyError("\n".join([*problems[:PROBLEMS_MAX], *rest]))


def row_problems(row: SurveyRow, known: frozenset[str], floor: shapely.Geometry) -> list[str]:
    """What is wrong with one row."""
    problems = []
    if row.anchor not in known:
        problems.append(
            f"anchor {row.anchor!r} is not on the map, expected one of its anchors or beacons; "
            "the map's author: add it, or the surveyor: name the right one"
        )
    if not shapely.dwithin(floor, shapely.Point(row.x_m, row.y_m), OUTSIDE_MAX_M):
        problems.append(
            f"({row.x_m}, {row.y_m}) is not on the map, expected within {OUTSIDE_MAX_M} m of a "
            "level; the surveyor: correct the coordinates"
        )
    if not RSSI_MIN_DBM <= row.rssi_mean_dbm <= RSSI_MAX_DBM:
        problems.append(
            f"rssi_mean_dbm {row.rssi_mean_dbm}, expected {RSSI_MIN_DBM:.0f} to "
            f"{RSSI_MAX_DBM:.0f}; the surveyor: correct the file"
        )
    if row.n < 1 or not row.rssi_sd_db >= 0:
        problems.append(
            f"n {row.n}, rssi_sd_db {row.rssi_sd_db}, expected at least 1 and 0; "
            "the surveyor: correct the file"
        )
    return problems

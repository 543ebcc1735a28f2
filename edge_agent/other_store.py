"""Whether a survey is of another store, or of another frame: said once, not for each row."""

from collections.abc import Sequence
from typing import Final

import shapely

from edge_agent.listed import listed
from edge_agent.path_loss import place_ids
from edge_agent.survey import OUTSIDE_MAX_M, SurveyError, SurveyRow
from store_maps.floor_map import FloorMap

# What an error names before it counts.
NAMED_MAX: Final = 3


def refuse_other_store(floor_map: FloorMap, survey: Sequence[SurveyRow]) -> None:
    """Raise SurveyError where several anchors or points are not on the map."""
    problems = [*strange_anchors(floor_map, survey), *points_outside(floor_map, survey)]
    if problems:
        raise SurveyError("\n".join(problems))


def strange_anchors(floor_map: FloorMap, survey: Sequence[SurveyRow]) -> list[str]:
    """A line where more than one is not on the map."""
    strange = sorted({row.anchor for row in survey} - set(place_ids(floor_map)))
    if len(strange) < 2:  # noqa: PLR2004 - one is named with its point
        return []
    problem = (
        f"anchors {listed(strange, NAMED_MAX)} are not on the map of {floor_map.store_id!r}; "
        "another store's file? The surveyor: name the right file, or the map's author: add them"
    )
    return [problem]


def points_outside(floor_map: FloorMap, survey: Sequence[SurveyRow]) -> list[str]:
    """A line for all points outside, with where the map is."""
    floor = shapely.union_all([level.polygon for level in floor_map.levels])
    places = {row.point: (row.x_m, row.y_m) for row in survey}
    outside = {point: at_m for point, at_m in places.items() if not is_on(floor, *at_m)}
    if not outside:
        return []
    west, south, east, north = floor.bounds
    named = listed(
        [f"{point!r} ({x_m:g}, {y_m:g})" for point, (x_m, y_m) in outside.items()], NAMED_MAX
    )
    is_swapped = all(is_on(floor, y_m, x_m) for x_m, y_m in places.values())
    swapped = " (x and y swapped?)" if is_swapped else ""
    problem = (
        f"{len(outside)} of {len(places)} points are not on the map: {named}; expected within "
        f"{OUTSIDE_MAX_M} m of a level, x {west:g} to {east:g} m, y {south:g} to {north:g} m"
        f"{swapped}; the surveyor: correct the coordinates"
    )
    return [problem]


def is_on(floor: shapely.Geometry, x_m: float, y_m: float) -> bool:
    """Whether a survey's point may be there."""
    return bool(shapely.dwithin(floor, shapely.Point(x_m, y_m), OUTSIDE_MAX_M))

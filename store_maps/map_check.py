"""What `hub-server map check` says of a map: refusals, or a summary with what to look at."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import shapely

from store_maps.floor_grid import CONNECTOR_REACH_M, FloorGrid
from store_maps.floor_map import FloorMap, MapError, parse

# Leaf zones may share a border as drawn by hand; more than this of common floor is worth a word.
OVERLAP_MAX_M2: Final = 0.1


def check_text(data: bytes) -> tuple[tuple[str, ...], bool]:
    """The lines to print, and whether the map can be used.

    A refused map gives a line for each problem; a good one its summary, then notes on what is
    allowed but seldom meant.
    """
    try:
        floor_map = parse(data)
        grid = FloorGrid.build(floor_map)
    except MapError as error:
        return tuple(str(problem) for problem in error.problems), False
    return (*summary(floor_map, grid), *notes(floor_map, grid)), True


def summary(floor_map: FloorMap, grid: FloorGrid) -> Iterator[str]:
    """What the map holds."""
    yield f"{floor_map.name} ({floor_map.store_id}), revision {floor_map.revision}: ok"
    for index, level in enumerate(floor_map.levels):
        cells_count = int((grid.level_index == index).sum())
        walkable_m2 = floor_map.walkable_area(level.id).area
        yield (
            f"level {level.id}: {level.polygon.area:,.0f} m2, {walkable_m2:,.0f} m2 to walk on "
            f"({cells_count:,} cells of {grid.cell_m:g} m)"
        )
    kinds = ("leaf_zones", "fixtures", "walls", "openings", "checkouts", "anchors", "beacons")
    yield ", ".join(f"{len(getattr(floor_map, kind))} {kind.replace('_', ' ')}" for kind in kinds)
    sensitive = [zone.id for zone in floor_map.leaf_zones if zone.sensitive]
    yield f"sensitive: {', '.join(sensitive) or 'none'}"
    yield f"map_sha {floor_map.map_sha}"


def notes(floor_map: FloorMap, grid: FloorGrid) -> Iterator[str]:
    """What is allowed and seldom meant."""
    if not floor_map.anchors and not floor_map.beacons:
        yield "note: no anchor and no beacon; nobody can be located"
    if not floor_map.zones:
        yield "note: no zone; nothing can be counted or said by place"
    if not grid.cells_count:
        yield "note: nowhere to walk; the fixtures cover the level"
        return
    yield from zone_notes(floor_map, grid)
    yield from overlap_notes(floor_map)
    yield from stage_notes(floor_map)
    linked = len(grid.connector_links)
    if linked < len(floor_map.connectors):
        yield (
            f"note: {len(floor_map.connectors) - linked} connectors end farther than "
            f"{CONNECTOR_REACH_M:g} m from where one can walk"
        )


def zone_notes(floor_map: FloorMap, grid: FloorGrid) -> Iterator[str]:
    """Zones where nobody can stand, or to which no way leads."""
    start = main_cell(grid)
    reachable = np.isfinite(grid.distance_from(start))
    for zone, cells in zip(floor_map.leaf_zones, grid.zone_mask, strict=True):
        if not cells.any():
            yield f"note: {zone.id}: nobody can stand in it; fixtures cover it"
        elif not (cells & reachable).any():
            yield f"note: {zone.id}: no way leads there from the rest of the floor"


def stage_notes(floor_map: FloorMap) -> Iterator[str]:
    """What the stages of a journey are told by and the map lacks, on every level alike."""
    has_shelves = any(fixture.is_shelf for fixture in floor_map.fixtures)
    missing = [
        name
        for name, is_there in (("shelf", has_shelves), ("till", bool(floor_map.checkouts)))
        if not is_there
    ]
    if missing:
        yield (
            f"note: no {' and no '.join(missing)}; every stage of a journey is unknown, so nothing "
            "is said by stage; in a shop the map's author draws them"
        )


def main_cell(grid: FloorGrid) -> int:
    """A cell of the connected part of the floor with most zones, then with most cells."""
    left = np.ones(grid.cells_count, bool)
    best, most = 0, (0, 0)
    while left.any():
        start = int(left.argmax())
        part = np.isfinite(grid.distance_from(start))
        size = (int((grid.zone_mask & part).any(1).sum()), int(part.sum()))
        if size > most:
            best, most = start, size
        left &= ~part
    return best


def overlap_notes(floor_map: FloorMap) -> Iterator[str]:
    """Leaf zones that share floor: the first in the file gets it."""
    polygons = [zone.polygon for zone in floor_map.leaf_zones]
    if not polygons:
        return
    pairs = shapely.STRtree(polygons).query(polygons, predicate="intersects").T
    for one, other in pairs[pairs[:, 0] < pairs[:, 1]].tolist():
        first, second = floor_map.leaf_zones[one], floor_map.leaf_zones[other]
        shared_m2 = first.polygon.intersection(second.polygon).area
        if first.level == second.level and shared_m2 > OVERLAP_MAX_M2:
            where = f"{first.id} and {second.id} share {shared_m2:.1f} m2"
            yield f"note: {where}; it counts as {first.id}"

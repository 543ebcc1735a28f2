"""The walkable cells of a floor map: neighbours, zone masks, a wall-aware step, routes."""

import heapq
from functools import cached_property
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from store_maps.crossings import local, segments
from store_maps.floor_map import FloorMap, MapError, Problem
from store_maps.problem import AUTHOR
from store_maps.step_matrix import STRAIGHT_COUNT, StepMatrix, step_matrix

Floats = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

CELL_M: Final = 0.5
# Farther from any walkable cell, a point is off the floor: truth may leave the level by 0.4 m and
# cut corners by 0.9 m (FORMATS.md).
SNAP_M: Final = 1.0
# How far a connector's end may lie from the floor that it serves: a lift's door is in its wall.
CONNECTOR_REACH_M: Final = 2.0
# Seconds on a connector whose map gives no cost: a flight of stairs.
CONNECTOR_COST_S: Final = 20.0
WALKING_M_PER_S: Final = 1.2

# Of one level: 1 km x 1 km at 0.5 m, 30 times the largest mall here; more is a drawing in mm.
LATTICE_MAX: Final = 4_000_000

# E, N, W, S, NE, NW, SW, SE as (column, row) steps; the opposite of a direction is two further on.
DIRECTIONS: Final = ((1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, 1), (-1, -1), (1, -1))


class FloorGrid(msgspec.Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """Square cells whose centres can be walked on, on all levels of one map."""

    cell_m: float
    level_ids: tuple[str, ...]
    lattices: tuple[Cells, ...]
    """(rows, columns) a level: the cell at each place, -1 where nobody can walk; row 0 is south."""
    origins_m: Floats
    """(levels, 2) centre of row 0, column 0."""
    xy_m: Floats
    """(cells, 2) centres."""
    level_index: Cells
    """(cells,) positions in the map's `levels`."""
    zone_mask: Flags
    """(leaf zones, cells): the centre lies in the zone; a cell is in one zone at most."""
    neighbours: Cells
    """(cells, 8) to E, N, W, S, NE, NW, SW, SE; -1 where wall, shelf or edge is in the way.

    A way is open from both ends. A diagonal is open only where the four straight steps around it
    are, and the step itself is free.
    """
    connector_links: Cells
    """(k, 2) cells of two levels that a connector joins."""
    connector_m: Floats
    """(k,) what each connector costs, as metres of walking."""

    @staticmethod
    def build(floor_map: FloorMap, cell_m: float = CELL_M) -> "FloorGrid":
        """The grid of a map, its cells aligned to each level's lower left corner.

        Raises:
            MapError: where a level is too large for any grid.
        """
        lattices: list[Cells] = []
        origins: list[Floats] = []
        count = 0
        for level in floor_map.levels:
            lattice, origin_m = lattice_of(floor_map, level.id, cell_m, count)
            lattices.append(lattice)
            origins.append(origin_m)
            count += int((lattice >= 0).sum())
        origins_m = np.array(origins)
        level_index = np.repeat(
            np.arange(len(lattices), dtype=np.int32), [(cells >= 0).sum() for cells in lattices]
        )
        places = np.concatenate([np.argwhere(cells >= 0) for cells in lattices])
        xy_m = origins_m[level_index] + places[:, ::-1] * cell_m
        zone = floor_map.zone_at(xy_m[:, 0], xy_m[:, 1], level_index)
        grid = FloorGrid(
            cell_m=cell_m,
            level_ids=tuple(level.id for level in floor_map.levels),
            lattices=tuple(lattices),
            origins_m=origins_m,
            xy_m=xy_m,
            level_index=level_index,
            zone_mask=zone == np.arange(len(floor_map.leaf_zones))[:, None],
            neighbours=neighbours_of(floor_map, lattices, xy_m),
            connector_links=np.empty((0, 2), np.int32),
            connector_m=np.empty(0),
        )
        links, costs_m = links_of(floor_map, grid)
        return msgspec.structs.replace(grid, connector_links=links, connector_m=costs_m)

    @property
    def cells_count(self) -> int:
        """How many cells there are."""
        return len(self.xy_m)

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """(rows, columns) of each level's lattice."""
        return tuple((lattice.shape[0], lattice.shape[1]) for lattice in self.lattices)

    def step_matrix(self, sd_m: float, leak: float) -> StepMatrix:
        """A random walk of `sd_m` along each axis that no wall lets through, but for `leak`."""
        return step_matrix(self.neighbours, self.connector_links, sd_m / self.cell_m, leak)

    def cell_at(
        self,
        x_m: npt.ArrayLike,
        y_m: npt.ArrayLike,
        level: str | npt.ArrayLike,
        *,
        within_m: float = SNAP_M,
    ) -> Cells:
        """The walkable cell whose centre is nearest to each point (n,), -1 where none is near.

        `level` is a level's id, or its position (or an array of them) in the map's `levels`.
        """
        x, y = np.atleast_1d(np.asarray(x_m, float)), np.atleast_1d(np.asarray(y_m, float))
        where = self.level_ids.index(level) if isinstance(level, str) else level
        on = np.broadcast_to(np.asarray(where), x.shape)
        result = np.full(x.shape, -1, np.int32)
        for index, lattice in enumerate(self.lattices):
            chosen = on == index
            points = (np.stack([x[chosen], y[chosen]], 1) - self.origins_m[index]) / self.cell_m
            result[chosen] = nearest(lattice, points, within_m / self.cell_m)
        return result

    def distance_from(self, cell: int) -> Floats:
        """Walking metres from a cell to each cell (cells,), inf where no way leads."""
        distance_m = np.full(self.cells_count, np.inf).tolist()
        distance_m[cell] = 0.0
        queue = [(0.0, cell)]
        ways = self._ways
        while queue:
            here_m, place = heapq.heappop(queue)
            if here_m > distance_m[place]:
                continue
            for other, length_m in ways[place]:
                there_m = here_m + length_m
                if there_m < distance_m[other]:
                    distance_m[other] = there_m
                    heapq.heappush(queue, (there_m, other))
        return np.array(distance_m)

    def cells_between(self, from_cell: int, to_cell: int) -> list[int]:
        """The cells of a shortest way, both ends included; empty where no way leads."""
        distance_m = self.distance_from(to_cell)
        return self.descend(from_cell, distance_m)

    def descend(self, cell: int, distance_m: Floats) -> list[int]:
        """The cells from `cell` down a field of `distance_from`; empty where no way leads."""
        if not np.isfinite(distance_m[cell]):
            return []
        path = [cell]
        while distance_m[cell] > 0:
            cell = min(self._ways[cell], key=lambda way: way[1] + distance_m[way[0]])[0]
            path.append(cell)
        return path

    def route(self, from_cell: int, to_cell: int) -> Floats:
        """The corners (k, 2) in metres of a shortest way; (0, 2) where no way leads."""
        cells = self.cells_between(from_cell, to_cell)
        xy_m = self.xy_m[cells]
        step = np.diff(xy_m, axis=0)
        straight = np.zeros(len(xy_m), bool)
        straight[1:-1] = (np.abs(step[1:] - step[:-1]) < self.cell_m * 1e-6).all(1)
        return xy_m[~straight]

    @cached_property
    def _ways(self) -> list[list[tuple[int, float]]]:
        """The neighbours of each cell with their distance in metres."""
        lengths_m = [self.cell_m * float(np.hypot(*step)) for step in DIRECTIONS]
        ways = [
            [(other, length) for other, length in zip(row, lengths_m, strict=True) if other >= 0]
            for row in self.neighbours.tolist()
        ]
        links = self.connector_links.tolist()
        for (one, other), length_m in zip(links, self.connector_m.tolist(), strict=True):
            ways[one].append((other, length_m))
            ways[other].append((one, length_m))
        return ways


def lattice_of(
    floor_map: FloorMap, level_id: str, cell_m: float, first: int
) -> tuple[Cells, Floats]:
    """The cells of a level, numbered from `first` row by row, and the first centre."""
    left, bottom, right, top = floor_map.level(level_id).polygon.bounds
    corner_m = np.array([left, bottom])
    area = shapely.transform(floor_map.walkable_area(level_id), lambda xy_m: local(xy_m, corner_m))
    shapely.prepare(area)
    columns = max(1, int(np.ceil((right - left) / cell_m - 1e-9)))
    rows = max(1, int(np.ceil((top - bottom) / cell_m - 1e-9)))
    if columns * rows > LATTICE_MAX:
        found = f"a level of {right - left:,.0f} x {top - bottom:,.0f} m"
        expected = f"at most {LATTICE_MAX:,} cells of {cell_m:g} m; is it drawn in metres?"
        raise MapError([Problem(level_id, found, expected, AUTHOR)])
    # From the corner: a centre on the border is in or out wherever the map's origin lies.
    x, y = np.meshgrid(
        cell_m / 2 + np.arange(columns) * cell_m, cell_m / 2 + np.arange(rows) * cell_m
    )
    inside = shapely.contains_xy(area, x, y)
    lattice = np.full((rows, columns), -1, np.int32)
    lattice[inside] = first + np.arange(int(inside.sum()), dtype=np.int32)
    return lattice, corner_m + cell_m / 2


def neighbours_of(floor_map: FloorMap, lattices: list[Cells], xy_m: Floats) -> Cells:
    """(cells, 8) neighbours of all levels."""
    result = np.full((len(xy_m), len(DIRECTIONS)), -1, np.int32)
    for level, lattice in zip(floor_map.levels, lattices, strict=True):
        corner_m = np.array(level.polygon.bounds[:2])
        lines = local(barriers_of(floor_map, level.id), corner_m)
        barriers = shapely.STRtree(shapely.linestrings(lines))
        for direction in (0, 1, 4, 5):
            pairs = adjacent(lattice, DIRECTIONS[direction])
            free = unblocked(barriers, local(xy_m[pairs], corner_m))
            result[pairs[free, 0], direction] = pairs[free, 1]
            result[pairs[free, 1], opposite(direction)] = pairs[free, 0]
    return without_cut_corners(result)


def barriers_of(floor_map: FloorMap, level_id: str) -> Floats:
    """The straight pieces (s, 2, 2) that no step of a level crosses."""
    solid = [segments(line) for line, _ in floor_map.solid_walls(level_id)]
    return np.concatenate([segments(floor_map.walkable_area(level_id)), *solid])


def opposite(direction: int) -> int:
    """The way back."""
    return direction + 2 if direction % STRAIGHT_COUNT < 2 else direction - 2  # noqa: PLR2004


def adjacent(lattice: Cells, step: tuple[int, int]) -> Cells:
    """The pairs (k, 2) of cells one step (columns, rows) apart; rows never negative."""
    columns, rows = step
    high, wide = lattice.shape
    start = lattice[: high - rows, max(0, -columns) : wide - max(0, columns)]
    end = lattice[rows:, max(0, columns) : wide + min(0, columns)]
    both = (start >= 0) & (end >= 0)
    return np.stack([start[both], end[both]], 1)


def unblocked(barriers: shapely.STRtree, ends_m: Floats) -> Flags:
    """Which steps (k, 2, 2) touch no barrier."""
    free = np.ones(len(ends_m), bool)
    hit, _ = barriers.query(shapely.linestrings(ends_m), predicate="intersects")
    free[hit] = False
    return free


def without_cut_corners(neighbours: Cells) -> Cells:
    """The neighbours less the diagonals that squeeze past a corner."""
    result = neighbours.copy()
    empty_row = np.full((1, neighbours.shape[1]), -1, np.int32)
    padded = np.concatenate([neighbours, empty_row])
    for direction in range(STRAIGHT_COUNT, len(DIRECTIONS)):
        columns, rows = DIRECTIONS[direction]
        across = DIRECTIONS.index((columns, 0))
        along = DIRECTIONS.index((0, rows))
        target = neighbours[:, direction]
        by_across = padded[padded[: len(neighbours), across], along]
        by_along = padded[padded[: len(neighbours), along], across]
        result[(by_across != target) | (by_along != target), direction] = -1
    return result


def nearest(lattice: Cells, points: Floats, within: float) -> Cells:
    """The cell nearest to each point (n, 2), both in units of cells; -1 beyond `within`."""
    reach = int(np.ceil(within)) + 1
    steps = np.arange(-reach, reach + 1)
    columns, rows = (grid.ravel() for grid in np.meshgrid(steps, steps))
    home = np.rint(points).astype(np.int64)
    x, y = home[:, :1] + columns, home[:, 1:] + rows
    high, wide = lattice.shape
    known = (x >= 0) & (x < wide) & (y >= 0) & (y < high)
    cells = np.where(known, lattice[np.clip(y, 0, high - 1), np.clip(x, 0, wide - 1)], -1)
    far = np.hypot(x - points[:, :1], y - points[:, 1:])
    far[(cells < 0) | (far > within)] = np.inf
    best = far.argmin(1)[:, None]
    found = np.take_along_axis(cells, best, 1)
    return np.where(np.isfinite(np.take_along_axis(far, best, 1)), found, -1)[:, 0].astype(np.int32)


def links_of(floor_map: FloorMap, grid: FloorGrid) -> tuple[Cells, Floats]:
    """The cells that connectors join, and their cost in metres; one that ends nowhere is left."""
    links: list[tuple[int, int]] = []
    costs_m: list[float] = []
    for connector in floor_map.connectors:
        ends = shapely.get_coordinates(connector.geometry)
        (x_m, y_m), (far_x_m, far_y_m) = ends[0], ends[-1]
        one = grid.cell_at(x_m, y_m, connector.from_level, within_m=CONNECTOR_REACH_M)[0]
        other = grid.cell_at(far_x_m, far_y_m, connector.to_level, within_m=CONNECTOR_REACH_M)[0]
        if one >= 0 and other >= 0:
            cost_s = CONNECTOR_COST_S if connector.cost_s is None else connector.cost_s
            links.append((int(one), int(other)))
            costs_m.append(cost_s * WALKING_M_PER_S)
    return np.array(links, np.int32).reshape(-1, 2), np.array(costs_m)

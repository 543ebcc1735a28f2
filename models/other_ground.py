"""The ground that the other shoppers feel their way over: clearance, potentials, spots, queues.

Part of the second simulator (`models.other_shoppers`): for judging only, never for training.
A potential is the time-like distance to one place, by fast sweeping of the Eikonal equation
|grad u| = 1 / f (Zhao 2005), slow close to things and all but stopped inside them; walking down
its slope leads there.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from store_maps.floor_map import FloorMap

Floats = NDArray[np.float64]
Field = NDArray[np.float32]
OpenToAll = Callable[[Floats, float], Floats]

# Fine enough for an aisle of 1 m to keep three free cells; half of it costs four times the time.
CELL_M: Final = 0.25
# Cells around the outline, so that a look to the side never leaves the array.
MARGIN_CELLS: Final = 3
# How thick a wall is drawn where people walk.
WALL_M: Final = 0.06
# Half a body: the centre of a shopper keeps at least this clear of things.
BODY_M: Final = 0.2
# Clearance from which people walk at full speed; closer, ways become unattractive.
EASY_M: Final = 0.7
# Pace at a surface, and inside of things (a cell of them costs as much as 500 m around).
TIGHT_PACE: Final = 0.35
# Where no body fits: last resort, a cell of it costs as much as 25 m around.
SQUEEZED_PACE: Final = 0.01
SOLID_PACE: Final = 0.0005
# A place that costs more than any way in a shop lies behind something.
SHUT_OFF_M: Final = 400.0
FAR_M: Final = 1e6
# Sweeps stop when nothing moves by more than this; a winding way needs a round for each turn.
SETTLED_M: Final = 0.05
ROUNDS_MAX: Final = 40
# Where people stand at a shelf: from an arm's length to a step back; one spot every so far.
STAND_OFF_M: Final = (0.4, 0.85)
SPOT_EVERY_M: Final = 1.7
SPOTS_MAX: Final = 56
# Places to stand about (phone, waiting, lost): this far from shelves and tills.
OPEN_SHELF_M: Final = 1.75
OPEN_TILL_M: Final = 3.4
OPENS_MAX: Final = 6
# In front of a till, and from person to person in a queue.
TILL_REACH_M: Final = (0.45, 0.9)
QUEUE_STEP_M: Final = 0.85
QUEUE_PLACES: Final = 12
# Directions a queue may bend to, in degrees, the straight one first.
QUEUE_BENDS_DEG: Final = (0, 25, -25, 50, -50, 80, -80, 110, -110, 150, -150)


class Ground(NamedTuple):
    """One store, ready to be walked in. Cells are (rows, columns) of y and x."""

    corner: tuple[float, float]
    """Centre of cell (0, 0), metres."""
    clearance: Field
    """(rows, columns): metres to the nearest thing, negative inside of one."""
    places: Floats
    """(k, 2): doors in and out, tills, open places, spots at shelves, in this order."""
    potentials: Field
    """(k, rows, columns)."""
    tills: list[int]
    """Places before the tills."""
    opens: list[int]
    """Places away from shelves; may be empty."""
    spots: list[int]
    """Places before shelves."""
    queue: Floats
    """(QUEUE_PLACES, 2): where the n-th in the line stands."""
    doors: Floats
    """(2, 2): thresholds of the way in and of the way out."""

    def at(self, field: Field, xy: Floats) -> Floats:
        """The field's value in the cell of each point (n, 2)."""
        column, row = np.round((xy - self.corner) / CELL_M).astype(int).T
        rows, columns = self.clearance.shape
        return np.asarray(field[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)], float)


def potentials(pace: Field, cells: NDArray[np.int64]) -> Field:
    """(k, rows, columns): the way to each cell (k, 2: row, column) over ground of that pace."""
    out = np.full((len(cells), *pace.shape), FAR_M, np.float32)
    out[np.arange(len(cells)), cells[:, 0], cells[:, 1]] = 0
    cost = (CELL_M / pace).astype(np.float32)
    for _ in range(ROUNDS_MAX):
        before = out.copy()
        _sweep(out, cost)
        _sweep(out[:, ::-1], cost[::-1])
        turned = out.transpose(0, 2, 1)
        _sweep(turned, cost.T)
        _sweep(turned[:, ::-1], cost.T[::-1])
        if float((before - out).max()) < SETTLED_M:
            break
    return out


def _sweep(field: Field, cost: Field) -> None:
    """One pass over the rows of each field: every cell from the row before and its neighbours."""
    for row in range(1, field.shape[1]):
        here, c = field[:, row], cost[row]
        ahead = field[:, row - 1]
        beside = np.full_like(here, FAR_M)
        beside[:, 1:] = here[:, :-1]
        beside[:, :-1] = np.minimum(beside[:, :-1], here[:, 1:])
        apart = ahead - beside
        both = (ahead + beside + np.sqrt(np.maximum(2 * c * c - apart * apart, 0))) / 2
        one = np.minimum(ahead, beside) + c
        np.minimum(here, np.where(np.abs(apart) < c, both, one), out=here)


def ground(floor_map: FloorMap, rng: np.random.Generator) -> Ground:
    """What the people in this store feel; spots are drawn at random along its shelves."""
    level = floor_map.levels[0].id
    solid = [one.geometry for one in floor_map.checkouts]
    solid += [wall.buffer(WALL_M) for wall, _ in floor_map.solid_walls(level)]
    free = floor_map.walkable_area(level).difference(shapely.union_all(solid))
    left, low, right, high = floor_map.levels[0].polygon.bounds
    corner = (left - MARGIN_CELLS * CELL_M, low - MARGIN_CELLS * CELL_M)
    columns = int(np.ceil((right - left) / CELL_M)) + 2 * MARGIN_CELLS + 1
    rows = int(np.ceil((high - low) / CELL_M)) + 2 * MARGIN_CELLS + 1
    x = corner[0] + CELL_M * np.arange(columns)
    y = corner[1] + CELL_M * np.arange(rows)
    grid = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    shapely.prepare(free)
    inside = shapely.intersects_xy(free, grid[:, 0], grid[:, 1])
    edge = shapely.distance(free.boundary, shapely.points(grid))
    clearance = np.where(inside, edge, -edge).reshape(rows, columns).astype(np.float32)
    bare = Ground(
        corner,
        clearance,
        np.empty((0, 2)),
        np.empty((0, rows, columns), np.float32),
        [],
        [],
        [],
        np.empty((0, 2)),
        np.empty((0, 2)),
    )
    return _with_places(bare, floor_map, grid, rng)


def _pace(clearance: Field) -> Field:
    easy = np.clip(clearance / EASY_M, TIGHT_PACE, 1)
    squeezed = np.where(clearance < BODY_M, SQUEEZED_PACE, easy)
    return np.where(clearance <= 0, SOLID_PACE, squeezed).astype(np.float32)


def _with_places(
    bare: Ground, floor_map: FloorMap, grid: Floats, rng: np.random.Generator
) -> Ground:
    pace = _pace(bare.clearance)
    doors = _doors(floor_map)
    steps_in = np.array([_nearest_free(bare, grid, door) for door in doors])
    from_door = potentials(pace, _cells(bare, steps_in[:1]))[0]

    def open_to_all(points: Floats, clear_m: float) -> Floats:
        room = bare.at(bare.clearance, points) >= clear_m
        return points[room & (bare.at(from_door, points) < SHUT_OFF_M)]

    tills = np.array(
        [_before_till(bare, open_to_all, from_door, one.geometry) for one in floor_map.checkouts]
    )
    shelves = [one.polygon for one in floor_map.fixtures if one.is_shelf]
    spots = open_to_all(_along(shelves, rng), BODY_M + 0.05)
    spots = rng.permutation(spots)[:SPOTS_MAX]
    opens = _open_places(floor_map, open_to_all(grid, 0.6), rng)
    places = np.concatenate([steps_in, tills, opens, spots])
    at = np.cumsum([0, 2, len(tills), len(opens), len(spots)])
    return bare._replace(
        places=places,
        potentials=potentials(pace, _cells(bare, places)),
        tills=list(range(at[1], at[2])),
        opens=list(range(at[2], at[3])),
        spots=list(range(at[3], at[4])),
        queue=_queue(bare, floor_map, tills[0], from_door),
        doors=doors,
    )


def _cells(bare: Ground, points: Floats) -> NDArray[np.int64]:
    return np.round((points - bare.corner) / CELL_M).astype(np.int64)[:, ::-1]


def _doors(floor_map: FloorMap) -> Floats:
    """The middle of the way in and of the way out."""
    lines = {one.category: one.line for one in floor_map.openings}
    way_in = lines.get("entrance") or lines["entrance_exit"]
    way_out = lines.get("exit") or way_in
    return np.array([(line.centroid.x, line.centroid.y) for line in (way_in, way_out)])


def _nearest_free(bare: Ground, grid: Floats, point: Floats) -> Floats:
    free = grid[bare.at(bare.clearance, grid) >= BODY_M + CELL_M]
    nearest: Floats = free[np.argmin(np.hypot(*(free - point).T))]
    return nearest


def _before_till(
    bare: Ground,
    open_to_all: OpenToAll,
    from_door: Field,
    till: shapely.Geometry,
) -> Floats:
    """Where one pays: beside the till, on the side that customers come from."""
    for reach in np.linspace(*TILL_REACH_M, 4):
        ring = till.buffer(reach).exterior
        around = shapely.get_coordinates(ring.interpolate(np.arange(0, ring.length, 0.2)))
        points = open_to_all(around, BODY_M + 0.1)
        if len(points):
            nearest: Floats = points[np.argmin(bare.at(from_door, points))]
            return nearest
    msg = f"till at {till.centroid}: nobody can stand before it; mend the drawing"
    raise ValueError(msg)


def _along(shelves: Sequence[shapely.Polygon], rng: np.random.Generator) -> Floats:
    out = [np.empty((0, 2))]
    for shelf in shelves:
        ring = shelf.buffer(rng.uniform(*STAND_OFF_M)).exterior
        along = np.arange(rng.uniform(0, SPOT_EVERY_M), ring.length, SPOT_EVERY_M)
        out.append(shapely.get_coordinates(ring.interpolate(along)))
    return np.concatenate(out)


def _open_places(floor_map: FloorMap, points: Floats, rng: np.random.Generator) -> Floats:
    """A few places with nothing to buy in reach, apart from each other."""
    shelves = shapely.union_all([one.polygon for one in floor_map.fixtures if one.is_shelf])
    tills = shapely.union_all([one.geometry for one in floor_map.checkouts])
    where = shapely.points(points)
    roomy = shapely.distance(shelves, where) > OPEN_SHELF_M
    left = rng.permutation(points[roomy & (shapely.distance(tills, where) > OPEN_TILL_M)])
    out: list[Floats] = []
    while len(left) and len(out) < OPENS_MAX:
        out.append(left[0])
        left = left[np.hypot(*(left - left[0]).T) > 2 * OPEN_SHELF_M]
    return np.array(out).reshape(-1, 2)


def _queue(bare: Ground, floor_map: FloorMap, head: Floats, from_door: Field) -> Floats:
    """The line before the tills: straight away from the first one, bending where it must."""
    till = floor_map.checkouts[0].geometry
    away = head - np.array([till.centroid.x, till.centroid.y])
    heading = float(np.arctan2(away[1], away[0]))
    places = [head]
    while len(places) < QUEUE_PLACES:
        turns = heading + np.deg2rad(QUEUE_BENDS_DEG)
        ahead = places[-1] + QUEUE_STEP_M * np.stack([np.cos(turns), np.sin(turns)], 1)
        apart = np.array([min(np.hypot(*(np.array(places) - one).T)) for one in ahead])
        fits = (bare.at(bare.clearance, ahead) > BODY_M + 0.1) & (apart > QUEUE_STEP_M * 0.8)
        fits &= bare.at(from_door, ahead) < SHUT_OFF_M
        if not fits.any():
            places += [places[-1]] * (QUEUE_PLACES - len(places))
            break
        best = int(np.argmax(fits))
        places.append(ahead[best])
        heading = float(turns[best])
    return np.array(places)

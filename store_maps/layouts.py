"""Drawn stores: layout families from a seed, for demo, radio tests and the stage model.

Three families are for training; the fourth, `racetrack`, is held out whole. None is a real store.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
import numpy as np

from store_maps.floor_map import FloorMap, parse

Rng = np.random.Generator
Box = tuple[float, float, float, float]
"""left, bottom, right, top in metres"""

LEVEL: Final = "L0"
# The strip behind the front wall holds door and tills, and at most a table with offers.
FRONT_M: Final = (4.6, 6.4)
TILL_FROM_M: Final = (1.2, 2.4)
TILL_LONG_M: Final = 1.4
OFFERS_P: Final = 0.6
OFFERS_FROM_TILL_M: Final = 2.5
WALL_SHELF_M: Final = 0.5
# Between islands two people with carts pass each other.
ISLAND_GAP_M: Final = 1.6
ISLAND_TRIES: Final = 200


class Plan(msgspec.Struct, frozen=True):
    """A store before it is a map."""

    width_m: float
    depth_m: float
    shelves: tuple[Box, ...]
    front_m: float
    door_m: float
    """Middle of the door on the front wall, y = 0."""
    tills_m: tuple[float, ...]
    """x of each till."""
    till_from_m: float
    """y of the tills' near end."""


def _span(rng: Rng, low: float, high: float) -> float:
    return float(rng.uniform(low, high))


def _front(rng: Rng, width_m: float) -> tuple[float, tuple[float, ...]]:
    """Door on one side, tills on the other."""
    tills = int(rng.integers(1, max(2, int(width_m / 7)) + 1))
    door = _span(rng, 0.12, 0.25) * width_m
    first = _span(rng, 0.45, 0.5) * width_m
    xs = [first + k * min(2.6, (width_m * 0.95 - first) / tills) for k in range(tills)]
    if rng.random() < 0.5:  # noqa: PLR2004 - mirrored half of the time
        return width_m - door, tuple(width_m - x for x in xs)
    return door, tuple(xs)


def _plan(rng: Rng, size: tuple[float, float], front_m: float, shelves: list[Box]) -> Plan:
    """The plan with door and tills and, mostly, a table with offers between them."""
    width_m, depth_m = size
    door_m, tills_m = _front(rng, width_m)
    x, y = _span(rng, 0.1, 0.9) * width_m, _span(rng, 1.0, front_m - 2.0)
    free = abs(x - door_m) > 2.5 and min(abs(x - till) for till in tills_m) > OFFERS_FROM_TILL_M  # noqa: PLR2004 - nobody blocks the door
    if free and rng.random() < OFFERS_P:
        shelves = [*shelves, (x - 0.5, y, x + 0.5, y + 1.0)]
    till_from_m = _span(rng, *TILL_FROM_M)
    return Plan(width_m, depth_m, tuple(shelves), front_m, door_m, tills_m, till_from_m)


def _wall_shelves(width_m: float, depth_m: float, front_m: float) -> list[Box]:
    """Along the back and both sides."""
    side = (front_m, depth_m - WALL_SHELF_M)
    return [
        (0.0, depth_m - WALL_SHELF_M, width_m, depth_m),
        (0.0, side[0], WALL_SHELF_M, side[1]),
        (width_m - WALL_SHELF_M, side[0], width_m, side[1]),
    ]


def _gondolas(rng: Rng, area: Box, aisle_m: float) -> list[Box]:
    """Rows of gondolas across `area`, a cross aisle through their middle when they are long."""
    left, bottom, right, top = area
    deep = _span(rng, 0.8, 1.2)
    out: list[Box] = []
    x = left + aisle_m
    middle = (bottom + top) / 2
    long = top - bottom > 12.0  # noqa: PLR2004 - nobody builds a gondola run of more
    while x + deep + aisle_m <= right:
        parts = [(bottom, middle - 1.0), (middle + 1.0, top)] if long else [(bottom, top)]
        out += [(x, low, x + deep, high) for low, high in parts]
        x += deep + aisle_m
    return out


def grid(rng: Rng) -> Plan:
    """A supermarket: parallel gondolas, shelves on the walls."""
    width_m, depth_m = _span(rng, 18, 40), _span(rng, 15, 28)
    front_m = _span(rng, *FRONT_M)
    area = (WALL_SHELF_M, front_m + 1.5, width_m - WALL_SHELF_M, depth_m - 2.5)
    rows = _gondolas(rng, area, _span(rng, 1.6, 2.6))
    walls = _wall_shelves(width_m, depth_m, front_m)
    return _plan(rng, (width_m, depth_m), front_m, walls + rows)


def islands(rng: Rng) -> Plan:
    """Free islands of all sizes, no shelves on the walls."""
    width_m, depth_m = _span(rng, 20, 48), _span(rng, 16, 30)
    front_m = _span(rng, *FRONT_M)
    placed: list[Box] = []
    wanted = int(width_m * depth_m / 28)
    for _ in range(ISLAND_TRIES):
        w, d = _span(rng, 1.2, 4.0), _span(rng, 0.9, 3.0)
        x, y = _span(rng, 1.2, width_m - w - 1.2), _span(rng, front_m + 1, depth_m - d - 1.2)
        box = (x, y, x + w, y + d)
        if len(placed) < wanted and not any(_close(box, other) for other in placed):
            placed.append(box)
    return _plan(rng, (width_m, depth_m), front_m, placed)


def _close(a: Box, b: Box) -> bool:
    return (
        a[0] < b[2] + ISLAND_GAP_M
        and b[0] < a[2] + ISLAND_GAP_M
        and a[1] < b[3] + ISLAND_GAP_M
        and b[1] < a[3] + ISLAND_GAP_M
    )


def boutique(rng: Rng) -> Plan:
    """A small shop: racks on the walls, a few tables."""
    width_m, depth_m = _span(rng, 11, 17), _span(rng, 11, 16)
    front_m = _span(rng, *FRONT_M)
    tables = [
        (x - 0.6, y - 0.5, x + 0.6, y + 0.5)
        for x in np.arange(3.2, width_m - 2.6, _span(rng, 3.2, 4.2)).tolist()
        for y in np.arange(front_m + 2.2, depth_m - 2.6, _span(rng, 3.0, 4.0)).tolist()
    ]
    walls = _wall_shelves(width_m, depth_m, front_m)
    return _plan(rng, (width_m, depth_m), front_m, walls + tables)


def racetrack(rng: Rng) -> Plan:
    """A loop: shelves on the walls, a wide way round, short cross gondolas inside."""
    width_m, depth_m = _span(rng, 20, 45), _span(rng, 17, 32)
    loop_m = _span(rng, 2.8, 4.0)
    left, right = WALL_SHELF_M + loop_m, width_m - WALL_SHELF_M - loop_m
    top = depth_m - WALL_SHELF_M - loop_m
    inside: list[Box] = []
    front_m = _span(rng, *FRONT_M)
    y = front_m + 1.5
    while y + 1.0 <= top:
        half = (left + right) / 2
        inside += [(left, y, half - 1.0, y + 1.0), (half + 1.0, y, right, y + 1.0)]
        y += 1.0 + _span(rng, 2.2, 2.8)
    walls = _wall_shelves(width_m, depth_m, front_m)
    return _plan(rng, (width_m, depth_m), front_m, walls + inside)


FAMILIES: Final[dict[str, Callable[[Rng], Plan]]] = {
    "grid": grid,
    "islands": islands,
    "boutique": boutique,
    "racetrack": racetrack,
}
TRAINING: Final = ("grid", "islands", "boutique")
HELD_OUT: Final = ("racetrack",)


def _ring(box: Box) -> list[list[list[float]]]:
    left, bottom, right, top = (round(v, 3) for v in box)
    return [[[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]]


def _feature(feature_id: str, geometry: dict[str, Any], **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": feature_id,
        "geometry": geometry,
        "properties": {"level": LEVEL, **properties},
    }


def _polygon(feature_id: str, box: Box, **properties: object) -> dict[str, Any]:
    return _feature(feature_id, {"type": "Polygon", "coordinates": _ring(box)}, **properties)


def _zones(plan: Plan) -> list[dict[str, Any]]:
    """Departments of about 6 x 6 m behind the front strip; entrance and checkout in it."""
    columns, rows = (
        max(2, round(plan.width_m / 6)),
        max(2, round((plan.depth_m - plan.front_m) / 6)),
    )
    xs = np.linspace(0, plan.width_m, columns + 1).tolist()
    ys = np.linspace(plan.front_m, plan.depth_m, rows + 1).tolist()
    out = [
        _zone(f"dep-{c}-{r}", (xs[c], ys[r], xs[c + 1], ys[r + 1]), "department")
        for c in range(columns)
        for r in range(rows)
    ]
    split = (plan.door_m + min(plan.tills_m, key=lambda x: abs(x - plan.door_m))) / 2
    near, far = (0.0, 0.0, split, plan.front_m), (split, 0.0, plan.width_m, plan.front_m)
    door, tills = (near, far) if plan.door_m < split else (far, near)
    return [*out, _zone("entrance", door, "entrance"), _zone("checkout", tills, "checkout")]


def _zone(name: str, box: Box, zone_type: str) -> dict[str, Any]:
    return _polygon(name, box, kind="zone", name=name, zone_type=zone_type, parent=None)


def store(family: str, seed: int) -> FloorMap:
    """The store of a family that `seed` draws."""
    plan = FAMILIES[family](np.random.default_rng([seed, sorted(FAMILIES).index(family)]))
    outline = (0.0, 0.0, plan.width_m, plan.depth_m)
    door = [[round(plan.door_m - 0.8, 3), 0.0], [round(plan.door_m + 0.8, 3), 0.0]]
    features = [
        _polygon(LEVEL, outline, kind="level", ordinal=0),
        *(
            _polygon(f"shelf-{k}", box, kind="fixture", category="shelf")
            for k, box in enumerate(plan.shelves)
        ),
        *(
            _polygon(f"till-{k}", (x - 0.4, 2.0, x + 0.4, 3.4), kind="checkout", category="staffed")
            for k, x in enumerate(plan.tills_m)
        ),
        _feature(
            "door",
            {"type": "LineString", "coordinates": door},
            kind="opening",
            category="entrance_exit",
        ),
        *_zones(plan),
    ]
    document = {
        "type": "FeatureCollection",
        "format": "floor-map",
        "version": 1,
        "store_id": f"{family}-{seed}",
        "name": f"{family} {seed}",
        "revision": 1,
        "timezone": None,
        "frame": {"units": "m", "origin": None, "y_axis_bearing_deg": None},
        "features": features,
    }
    return parse(msgspec.json.encode(document))

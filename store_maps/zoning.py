"""The zones of a drawn store: coarse or fine, by department or by aisle, sometimes hardly any."""

import itertools
from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np
import shapely

from store_maps.plan import Box, Plan, Range, Rng, around, chance, grown, span

# How a store is divided, and the wanted side of a part.
SIDES_M: Final[dict[str, Range]] = {
    "coarse": (8.0, 12.0),
    "medium": (5.0, 7.5),
    "fine": (3.3, 4.8),
    "aisles": (6.0, 14.0),
    "plain": (4.8, 8.8),
}
STYLES_P: Final = (0.2, 0.3, 0.2, 0.15, 0.15)
# Fine parts under departments of three by three.
PARENTS_P: Final = 0.3
PARENT_PARTS: Final = 3
QUEUES_P: Final = 0.45
QUEUE_LONG_M: Final = (2.0, 3.5)
ENTRANCES_P: Final = 0.8
ENTRANCE_REACH_M: Final = (1.5, 3.5)
CART_BAY_P: Final = 0.2
CART_BAY_M: Final = (2.0, 1.5)
TILL_MARGIN_M: Final = (0.8, 1.8)
FITTING_P: Final = 0.15
FITTING_M: Final = (2.0, 3.0)
# Slivers that a special zone leaves of a part belong to nobody.
PART_MIN_M2: Final = 1.5
PART_WIDE_MIN_M: Final = 0.5
# Maps have three decimals; a difference of polygons has more, and would cross itself when cut.
ROUNDED_M: Final = 0.001


class Area(msgspec.Struct, frozen=True):
    """A zone of a drawn store."""

    id: str
    zone_type: str
    polygon: shapely.Polygon | shapely.MultiPolygon
    parent: str | None = None


def zoned(rng: Rng, plan: Plan, *, fitting: bool) -> list[Area]:
    """The zones; no two leaves share floor."""
    style = str(rng.choice(list(SIDES_M), p=STYLES_P))
    special = list(_special(rng, plan, is_plain=style == "plain"))
    if fitting and chance(rng, FITTING_P):
        special.append(("fitting-room", "fitting_room", _corner(rng, plan)))
    areas: list[Area] = []
    taken: shapely.Geometry = shapely.MultiPolygon()
    for name, zone_type, box in special:
        areas += _area(name, zone_type, box, plan, taken)
        taken = shapely.union_all([taken, *(a.polygon for a in areas)])
    return [*areas, *_parts(rng, plan, style, taken)]


def _area(
    name: str,
    zone_type: str,
    box: Box,
    plan: Plan,
    taken: shapely.Geometry,
    parent: str | None = None,
) -> Iterator[Area]:
    """The zone, less what others have; none where nearly nothing is left."""
    floor = shapely.box(0.0, 0.0, plan.width_m, plan.depth_m)
    left = shapely.difference(shapely.intersection(shapely.box(*box), floor), taken)
    left = shapely.set_precision(left, ROUNDED_M)
    is_wide = not shapely.is_empty(shapely.buffer(left, -PART_WIDE_MIN_M / 2))
    if is_wide and left.area >= PART_MIN_M2:
        yield Area(name, zone_type, left, parent)


def _special(rng: Rng, plan: Plan, *, is_plain: bool) -> Iterator[tuple[str, str, Box]]:
    """Name, type and box of what is no department, the first has the first claim."""
    yield from _checkout(rng, plan, queues=not is_plain and chance(rng, QUEUES_P))
    if is_plain:
        return
    if chance(rng, ENTRANCES_P):
        reach_m = span(rng, ENTRANCE_REACH_M)
        for number, door in enumerate(plan.doors):
            box = grown(door.keep_m, reach_m)
            name = "entrance" if number == 0 else "way-out"
            yield name, "entrance", box
            if number == 0 and chance(rng, CART_BAY_P):
                x_m = box[2] if box[2] < plan.width_m - CART_BAY_M[0] else box[0] - CART_BAY_M[0]
                yield "carts", "cart_bay", (x_m, 0.0, x_m + CART_BAY_M[0], CART_BAY_M[1])
    for number, service in enumerate(plan.services):
        yield f"service-{number}", "service", around([service.box, service.waiting])


def _checkout(rng: Rng, plan: Plan, *, queues: bool) -> Iterator[tuple[str, str, Box]]:
    block = around(till.box for till in plan.tills)
    margin_m = span(rng, TILL_MARGIN_M)
    left, bottom, right, top = grown(block, margin_m)
    is_front = bottom < plan.front_m / 2
    if is_front:
        bottom, top = 0.0, top if queues else max(top, plan.front_m)
    yield "checkout", "checkout", (left, bottom, right, top)
    if queues and is_front:
        yield "queue", "queue", (left, top, right, top + span(rng, QUEUE_LONG_M))


def _corner(rng: Rng, plan: Plan) -> Box:
    side_m = span(rng, FITTING_M)
    left_m = 0.0 if chance(rng, 0.5) else plan.width_m - side_m
    return left_m, plan.depth_m - side_m, left_m + side_m, plan.depth_m


def _parts(rng: Rng, plan: Plan, style: str, taken: shapely.Geometry) -> Iterator[Area]:
    """Departments, aisles or bays over the rest of the floor."""
    side_m = span(rng, SIDES_M[style])
    # A strip in front without goods is often nobody's.
    from_m = plan.front_m if style == "plain" or chance(rng, 0.5) else 0.0
    ys = _cuts(from_m, plan.depth_m, side_m)
    by_aisle = style == "aisles" and len(plan.rows) > 1
    xs = _aisle_cuts(plan) if by_aisle else _cuts(0.0, plan.width_m, side_m)
    nested = style == "fine" and chance(rng, PARENTS_P)
    if nested:
        yield from _parents(xs, ys)
    zone_type = "aisle" if by_aisle else "bay" if nested else "department"
    for c, (left, right) in enumerate(itertools.pairwise(xs)):
        for r, (low, high) in enumerate(itertools.pairwise(ys)):
            parent = f"area-{c // PARENT_PARTS}-{r // PARENT_PARTS}" if nested else None
            box = (left, low, right, high)
            yield from _area(f"part-{c}-{r}", zone_type, box, plan, taken, parent)


def _parents(xs: list[float], ys: list[float]) -> Iterator[Area]:
    columns = [*xs[:-1:PARENT_PARTS], xs[-1]]
    rows = [*ys[:-1:PARENT_PARTS], ys[-1]]
    for c, (left, right) in enumerate(itertools.pairwise(columns)):
        for r, (low, high) in enumerate(itertools.pairwise(rows)):
            yield Area(f"area-{c}-{r}", "department", shapely.box(left, low, right, high))


def _cuts(low_m: float, high_m: float, side_m: float) -> list[float]:
    count = max(1, round((high_m - low_m) / side_m))
    cuts: list[float] = np.linspace(low_m, high_m, count + 1).tolist()
    return cuts


def _aisle_cuts(plan: Plan) -> list[float]:
    """From gondola to gondola: an aisle has both its sides."""
    middles = [(a + b) / 2 for a, b in zip(plan.rows[:-1], plan.rows[1:], strict=True)]
    return [0.0, *middles, plan.width_m]

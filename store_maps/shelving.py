"""How goods stand in a drawn store: on the walls and, by family, gondolas, tables, islands."""

from collections.abc import Callable
from typing import Final

import msgspec

from store_maps.plan import Box, Piece, Range, Rng, chance, is_clear, span

WALL_DEEP_M: Final = (0.4, 0.7)
# A wall is furnished in runs; where one is left out there is a poster, a door, a window.
WALL_RUN_M: Final = (2.5, 6.0)
WALL_LEFT_OUT_P: Final = 0.1
GONDOLA_DEEP_M: Final = (0.7, 1.3)
AISLE_M: Final = (1.25, 2.8)
# The longest gondola before a cross aisle.
RUN_M: Final = (5.0, 16.0)
CROSS_M: Final = (1.5, 2.4)
BACK_AISLE_M: Final = (1.5, 3.0)
ENDCAP_M: Final = 0.5
ENDCAPS_P: Final = 0.45
FREEZER_P: Final = 0.12
MISSING_P: Final = 0.05
# Some stores turn their gondolas along the front wall.
ALONG_FRONT_P: Final = 0.3
ISLAND_TRIES: Final = 250
ISLAND_M2: Final = (18.0, 40.0)
"""Floor for each island."""
ISLANDS_MIN: Final = 7
RACKS_AND_TABLES: Final = ("table", "table", "rack", "gondola", "freezer", "shelf")


class Goods(msgspec.Struct, frozen=True):
    """What a family puts up."""

    walls: tuple[Piece, ...]
    """Backs to the wall; they may touch each other."""
    floor: tuple[Piece, ...]
    rows: tuple[float, ...] = ()
    """x of the middles of parallel aisles along y."""


class Hall(msgspec.Struct, frozen=True):
    """The floor behind the front strip."""

    width_m: float
    front_m: float
    depth_m: float

    def inner(self, rng: Rng, side_m: float) -> Box:
        """What is left of it with an aisle along each wall."""
        start_m = self.front_m + span(rng, (0.3, 1.8))
        back_m = self.depth_m - max(side_m, span(rng, BACK_AISLE_M))
        return side_m, start_m, self.width_m - side_m, back_m


def walls(rng: Rng, hall: Hall, p: float) -> tuple[Piece, ...]:
    """Shelves along the back and the sides, each wall with chance `p`."""
    deep_m = span(rng, WALL_DEEP_M)
    category = "rack" if chance(rng, 0.2) else "shelf"
    width_m, front_m, depth_m = hall.width_m, hall.front_m, hall.depth_m
    side: Range = (front_m + 0.3, depth_m - deep_m - 0.1)
    boxes: list[Box] = []
    if chance(rng, p):
        boxes += [(a, depth_m - deep_m, b, depth_m) for a, b in _runs(rng, (0.0, width_m), 0.0)]
    if chance(rng, p):
        boxes += [(0.0, a, deep_m, b) for a, b in _runs(rng, side, 0.0)]
    if chance(rng, p):
        boxes += [(width_m - deep_m, a, width_m, b) for a, b in _runs(rng, side, 0.0)]
    return tuple(Piece(box, category) for box in boxes if not chance(rng, WALL_LEFT_OUT_P))


def _runs(
    rng: Rng, ends: Range, cross_m: float, longest_m: Range = WALL_RUN_M
) -> list[tuple[float, float]]:
    """A length in equal parts none of which is too long, `cross_m` between them."""
    low, high = ends
    parts = max(1, round((high - low + cross_m) / (span(rng, longest_m) + cross_m)))
    long_m = (high - low - (parts - 1) * cross_m) / parts
    return [
        (low + k * (long_m + cross_m), low + k * (long_m + cross_m) + long_m) for k in range(parts)
    ]


def gondolas(rng: Rng, area: Box, aisle_m: float) -> tuple[list[Piece], list[float]]:
    """Parallel gondolas along y, and where their aisles are."""
    left, bottom, right, top = area
    deep_m, cross_m = span(rng, GONDOLA_DEEP_M), span(rng, CROSS_M)
    count = max(1, int((right - left - aisle_m) / (deep_m + aisle_m)))
    aisle_m = (right - left - count * deep_m) / (count + 1)
    ends = _runs(rng, (bottom, top), cross_m, RUN_M)
    endcaps, category = chance(rng, ENDCAPS_P), "shelf" if chance(rng, 0.5) else "gondola"
    out: list[Piece] = []
    for row in range(count):
        x_m = left + aisle_m + row * (deep_m + aisle_m)
        kind = "freezer" if chance(rng, FREEZER_P) else category
        for low, high in ends:
            if not chance(rng, MISSING_P):
                out += _gondola((x_m, low, x_m + deep_m, high), kind, endcaps=endcaps)
    return out, [left + aisle_m / 2 + row * (deep_m + aisle_m) for row in range(count + 1)]


def _gondola(box: Box, category: str, *, endcaps: bool) -> list[Piece]:
    left, low, right, high = box
    if not endcaps or high - low < 4 * ENDCAP_M:
        return [Piece(box, category)]
    return [
        Piece((left, low, right, low + ENDCAP_M), "endcap"),
        Piece((left, low + ENDCAP_M, right, high - ENDCAP_M), category),
        Piece((left, high - ENDCAP_M, right, high), "endcap"),
    ]


def _along_x(pieces: list[Piece]) -> list[Piece]:
    """The same pieces mirrored at the diagonal."""
    return [Piece((p.box[1], p.box[0], p.box[3], p.box[2]), p.category) for p in pieces]


def grid(rng: Rng, hall: Hall) -> Goods:
    """A supermarket: parallel gondolas, mostly shelves on the walls."""
    backs = walls(rng, hall, 0.8)
    deep_m = max((p.box[3] - p.box[1] for p in backs), default=0.0)
    aisle_m = span(rng, AISLE_M)
    left, bottom, right, top = hall.inner(rng, WALL_DEEP_M[1] if deep_m else 0.0)
    if chance(rng, ALONG_FRONT_P):
        ends = span(rng, BACK_AISLE_M)
        turned, _ = gondolas(rng, (bottom, left + ends, top, right - ends), aisle_m)
        return Goods(backs, tuple(_along_x(turned)))
    pieces, rows = gondolas(rng, (left, bottom, right, top), aisle_m)
    return Goods(backs, tuple(pieces), tuple(rows))


def islands(rng: Rng, hall: Hall) -> Goods:
    """Free islands of all sizes and kinds."""
    backs = walls(rng, hall, 0.3)
    side_m = WALL_DEEP_M[1] + 1.2
    area = hall.inner(rng, side_m)
    wanted = int((area[2] - area[0]) * (area[3] - area[1]) / span(rng, ISLAND_M2))
    return Goods(backs, tuple(_scattered(rng, area, max(ISLANDS_MIN, wanted))))


def _scattered(rng: Rng, area: Box, wanted: int) -> list[Piece]:
    left, bottom, right, top = area
    way_m, small = span(rng, (1.3, 2.2)), chance(rng, 0.3)
    sizes: tuple[Range, Range] = ((0.8, 2.0), (0.6, 1.4)) if small else ((1.2, 4.5), (0.8, 3.0))
    placed: list[Piece] = []
    for _ in range(ISLAND_TRIES):
        long_m, deep_m = span(rng, sizes[0]), span(rng, sizes[1])
        if chance(rng, 0.5):
            long_m, deep_m = deep_m, long_m
        x_m = span(rng, (left, max(left + 0.1, right - long_m)))
        y_m = span(rng, (bottom, max(bottom + 0.1, top - deep_m)))
        box = (x_m, y_m, x_m + long_m, y_m + deep_m)
        if len(placed) < wanted and is_clear(box, (p.box for p in placed), way_m):
            category = RACKS_AND_TABLES[int(rng.integers(len(RACKS_AND_TABLES)))]
            placed.append(Piece(box, category))
    return placed


def boutique(rng: Rng, hall: Hall) -> Goods:
    """A small shop: racks on the walls, tables or racks in rows."""
    backs = walls(rng, hall, 0.8)
    area = hall.inner(rng, WALL_DEEP_M[1] + 1.2)
    return Goods(backs, tuple(_tables(rng, area, ((0.7, 1.8), (0.5, 1.1)), (1.3, 2.2))))


def _tables(rng: Rng, area: Box, sizes: tuple[Range, Range], ways: Range) -> list[Piece]:
    """A pattern of like pieces, here and there one missing."""
    left, bottom, right, top = area
    long_m, deep_m = span(rng, sizes[0]), span(rng, sizes[1])
    across_m, along_m = span(rng, ways), span(rng, ways)
    columns = max(1, int((right - left + across_m) / (long_m + across_m)))
    rows = max(1, int((top - bottom + along_m) / (deep_m + along_m)))
    kinds = ("table", "rack") if chance(rng, 0.5) else ("gondola", "table")
    return [
        Piece((x, y, x + long_m, y + deep_m), kinds[int(chance(rng, 0.4))])
        for x in (left + k * (long_m + across_m) for k in range(columns))
        for y in (bottom + k * (deep_m + along_m) for k in range(rows))
        if not chance(rng, 2 * MISSING_P)
    ]


def racetrack(rng: Rng, hall: Hall) -> Goods:
    """A loop: shelves on the walls, a wide way round, blocks of goods inside."""
    backs = walls(rng, hall, 0.9)
    loop_m = WALL_DEEP_M[1] + span(rng, (2.4, 4.2))
    left, bottom, right, _ = hall.inner(rng, loop_m)
    inside = (left, bottom, right, hall.depth_m - loop_m)
    way = int(rng.integers(3))
    if way == 0:
        split_m = (left + right) / 2
        low, high = (left, inside[1], split_m - 1, inside[3]), (split_m + 1, *inside[1:])
        aisle_m = span(rng, (1.6, 2.8))
        halves = [gondolas(rng, _turned(part), aisle_m)[0] for part in (low, high)]
        return Goods(backs, tuple(_along_x([*halves[0], *halves[1]])))
    if way == 1:
        return Goods(backs, tuple(_tables(rng, inside, ((1.2, 3.5), (0.8, 1.4)), (1.4, 2.4))))
    pieces, rows = gondolas(rng, inside, span(rng, AISLE_M))
    return Goods(backs, tuple(pieces), tuple(rows))


def _turned(box: Box) -> Box:
    return box[1], box[0], box[3], box[2]


FAMILIES: Final[dict[str, Callable[[Rng, Hall], Goods]]] = {
    "grid": grid,
    "islands": islands,
    "boutique": boutique,
    "racetrack": racetrack,
}

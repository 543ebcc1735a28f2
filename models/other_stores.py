"""Fourteen stores of another author's making: for judging only, never for training or tuning.

Part of the second simulator (`models.other_shoppers`). Front wall at y = 0; sizes, gaps and
furniture vary with the seed. Numbers in the designs are metres as such shops are fitted out.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import shapely

from models.other_drawing import Drawing
from store_maps.floor_map import FloorMap

Design = Callable[[np.random.Generator], Drawing]


def _hall(
    name: str, rng: np.random.Generator, width: tuple[float, float], depth: tuple[float, float]
) -> tuple[Drawing, float, float]:
    w, d = round(rng.uniform(*width), 1), round(rng.uniform(*depth), 1)
    return Drawing(name, [(0, 0), (w, 0), (w, d), (0, d)], rng), w, d


def _along_walls(draw: Drawing, w: float, d: float, category: str, deep: float = 0.6) -> None:
    """Wall units on three sides, here and there one missing."""
    for y in np.arange(2.5, d - 1.5, 2.1):
        for x in (deep / 2, w - deep / 2):
            if draw.rng.random() < 0.85:  # noqa: PLR2004 - a door, a mirror, a radiator
                draw.piece(x, y, deep, 2.0, category)
    for x in np.arange(2.0, w - 1.5, 2.1):
        draw.piece(x, d - deep / 2, 2.0, deep, category)


def boutique(rng: np.random.Generator) -> Drawing:
    """Racks in a U, tables in the middle, one till, a fitting room in the corner."""
    draw, w, d = _hall("Boutique", rng, (15, 18), (10, 12))
    draw.door(w * rng.uniform(0.35, 0.65), 1.8)
    draw.till(w - 3.2, d - 2.4, turned=True)
    draw.wall((0, d - 2.4), (2.4, d - 2.4))
    _along_walls(draw, w, d, "rack")
    for x in np.linspace(4, w - 4.5, int(rng.integers(2, 4))):
        draw.piece(x, d * rng.uniform(0.42, 0.58), 1.8, 1.1, "table", turn_deg=rng.uniform(0, 90))
    draw.piece(w / 2, d * 0.78, 1.6, 0.5, "bench")
    return draw


def pharmacy(rng: np.random.Generator) -> Drawing:
    """A counter from wall to wall at the back with tills on it, low gondolas before it."""
    draw, w, d = _hall("Pharmacy", rng, (15, 19), (11, 14))
    draw.door(w * 0.5, 2.0)
    y = d - 2.6
    draw.piece(w / 2, y, w, 0.8, "counter")
    for x in np.linspace(w * 0.25, w * 0.75, int(rng.integers(2, 4))):
        draw.till_on(x, y)
    _along_walls(draw, w, y, "shelf", 0.4)
    for x in np.arange(3.5, w - 2.5, rng.uniform(2.4, 3.0)):
        draw.piece(x, 4.6, 0.9, 2.6, "gondola")
    return draw


def diy_hall(rng: np.random.Generator) -> Drawing:
    """Wide pallet racks, a drive aisle across, a service counter, a row of tills."""
    draw, w, d = _hall("DIY hall", rng, (44, 50), (26, 30))
    draw.door(5, 3.0, "entrance")
    draw.door(w - 8, 3.0, "exit")
    for x in np.arange(w - 16, w - 3, 3.4):
        draw.till(x, 4.5)
    draw.piece(w / 2, 4.5, 5.0, 0.9, "counter")
    across = d * rng.uniform(0.5, 0.62)
    for x in np.arange(4.5, w - 2, rng.uniform(4.2, 5.2)):
        for low, high in ((8.5, across - 1.6), (across + 1.6, d - 3)):
            draw.piece(x, (low + high) / 2, 1.8, high - low, "rack")
    for x in np.arange(2, w - 2, 4.1):
        draw.piece(x, d - 0.5, 4.0, 1.0, "shelf")
    return draw


def kiosk(rng: np.random.Generator) -> Drawing:
    """A corner shop: freezers on one side, three short gondolas, the till by the door."""
    draw, w, d = _hall("Kiosk", rng, (15, 18), (10, 12))
    draw.door(3.0, 1.6)
    draw.till(w - 3.5, 2.6, turned=True)
    for y in np.arange(4, d - 1, 2.3):
        draw.piece(0.45, y, 0.9, 2.2, "freezer")
    for x in np.arange(2.2, w - 1, 2.1):
        draw.piece(x, d - 0.3, 2.0, 0.6, "shelf")
    for y in np.arange(4.6, d - 2, rng.uniform(1.9, 2.3)):
        draw.piece(w * 0.52, y, w * 0.5, 0.8, "gondola")
    return draw


def supermarket(rng: np.random.Generator) -> Drawing:
    """Two blocks of gondolas, produce on tables, freezers, a serving counter, mixed tills."""
    draw, w, d = _hall("Small supermarket", rng, (32, 40), (22, 27))
    draw.door(4.5, 2.6, "entrance")
    draw.door(w * 0.6, 2.6, "exit")
    for x in (w * 0.45, w * 0.45 + 3.3):
        draw.till(x, 4.2)
    for x in np.arange(w - 9, w - 2, 2.4):
        draw.till(x, 3.4, category="self")
    for x in (3.4, 6.6):
        for y in np.arange(4.5, d - 6, 3.4):
            draw.piece(x, y, 1.3, 2.0, "table")
    draw.piece(w / 2, d - 1.2, w * 0.45, 0.9, "counter")
    middle = (8 + d - 4) / 2
    for x in np.arange(10, w - 3, rng.uniform(2.5, 2.9)):
        for low, high in ((8, middle - 1), (middle + 1, d - 4)):
            draw.piece(x, (low + high) / 2, 0.9, high - low, "gondola")
            draw.piece(x, low - 0.25, 0.9, 0.5, "endcap")
    for y in np.arange(9, d - 3, 2.6):
        draw.piece(w - 0.5, y, 1.0, 2.5, "freezer")
    return draw


def diagonal(rng: np.random.Generator) -> Drawing:
    """Every gondola at the same slant, so no aisle runs along x or y."""
    draw, w, d = _hall("Slanted aisles", rng, (23, 28), (16, 20))
    draw.door(w * 0.25, 2.2)
    for x in (w - 7.5, w - 4.2):
        draw.till(x, 3.6)
    slant = rng.uniform(28, 52)
    normal = np.deg2rad(slant + 90)
    for k in np.arange(-6, 7):
        for along in (-7.6, -2.6, 2.4, 7.4):
            x = w / 2 + k * 2.7 * np.cos(normal) + along * np.cos(np.deg2rad(slant))
            y = d / 2 + 1 + k * 2.7 * np.sin(normal) + along * np.sin(np.deg2rad(slant))
            if 2 < x < w - 2 and 3 < y < d - 2:  # noqa: PLR2004 - clear of the walls
                draw.piece(x, y, 3.7, 0.8, "gondola", turn_deg=slant)
    for x in np.arange(1.5, w - 1, 2.1):
        draw.piece(x, d - 0.25, 2.0, 0.5, "shelf")
    return draw


def bookshop(rng: np.random.Generator) -> Drawing:
    """An L-shaped room, books on all walls, tables, reading corners between low shelves."""
    w, d = rng.uniform(20, 24), rng.uniform(16, 19)
    inner_x, inner_y = w * 0.55, d * 0.5
    outline = [(0, 0), (inner_x, 0), (inner_x, inner_y), (w, inner_y), (w, d), (0, d)]
    draw = Drawing("Bookshop", outline, rng)
    draw.door(inner_x * 0.5, 1.8)
    draw.till(inner_x - 2.6, inner_y + 0.8, turned=True)
    _along_walls(draw, w, d, "shelf", 0.35)
    for y in np.arange(3.6, d - 2.5, 2.7):
        draw.piece(inner_x * rng.uniform(0.3, 0.42), y, 1.5, 1.1, "table")
    for x in np.arange(inner_x + 2, w - 2, 2.9):
        draw.piece(x, inner_y + (d - inner_y) * 0.45, 0.6, 2.6, "shelf")
    draw.piece(inner_x - 1.2, 4.0, 0.6, 1.6, "bench")
    return draw


def electronics(rng: np.random.Generator) -> Drawing:
    """Tables in a wide grid, screens on the walls, an advice island in the middle."""
    draw, w, d = _hall("Electronics", rng, (25, 30), (18, 22))
    draw.door(w * 0.5, 3.0)
    for x in (w - 6, w - 2.8):
        draw.till(x, d - 3.4, turned=False)
    draw.piece(w * 0.5, d * 0.5, 3.2, 1.2, "counter")
    for x in np.arange(4, w - 2.5, rng.uniform(4.2, 5.0)):
        for y in np.arange(4.5, d - 3, rng.uniform(3.4, 4.2)):
            draw.piece(x, y, 2.4, 1.2, "table")
    _along_walls(draw, w, d, "shelf", 0.4)
    return draw


def herringbone(rng: np.random.Generator) -> Drawing:
    """A spine down the middle, aisles slanting away from it on both sides."""
    draw, w, d = _hall("Herringbone", rng, (27, 33), (18, 22))
    draw.door(w * 0.5, 2.6)
    for x in (3.2, 6.4):
        draw.till(x, 3.6)
    lean = rng.uniform(18, 35)
    for y in np.arange(5.5, d - 2, 2.6):
        for side in (-1, 1):
            x = w / 2 + side * (1.8 + 4.2)
            draw.piece(x, y, 7.0, 0.9, "gondola", turn_deg=side * lean)
            draw.piece(x + side * 5.6, y + 1.9, 2.6, 0.8, "gondola", turn_deg=side * lean)
    for x in np.arange(2, w - 1, 2.1):
        draw.piece(x, d - 0.25, 2.0, 0.5, "shelf")
    return draw


def rotunda(rng: np.random.Generator) -> Drawing:
    """Shelves as spokes about a round table, in a room with cut corners."""
    w, d = rng.uniform(23, 27), rng.uniform(20, 23)
    c = rng.uniform(4, 5.5)
    outline = [(c, 0), (w - c, 0), (w, c), (w, d - c), (w - c, d), (c, d), (0, d - c), (0, c)]
    draw = Drawing("Rotunda", outline, rng)
    draw.door(w * 0.5, 2.4)
    for x in (w - c - 1.6, c + 1.6):
        draw.till(x, 3.2, turned=True)
    centre = shapely.Point(w / 2, d / 2)
    draw.put(centre.buffer(1.1, quad_segs=3), "table")
    count = int(rng.integers(7, 10))
    for turn in np.linspace(0, 360, count, endpoint=False) + rng.uniform(0, 40):
        x = centre.x + 5.2 * np.cos(np.deg2rad(turn))
        y = centre.y + 5.2 * np.sin(np.deg2rad(turn))
        draw.piece(x, y, 4.0, 0.8, "shelf", turn_deg=turn)
    for y in np.arange(c + 1.2, d - c - 1, 2.1):
        draw.piece(0.3, y, 0.6, 2.0, "freezer")
        draw.piece(w - 0.3, y, 0.6, 2.0, "shelf")
    return draw


def arcade(rng: np.random.Generator) -> Drawing:
    """Long and narrow, a broken row of gondolas down the middle, the till half way."""
    draw, w, d = _hall("Arcade", rng, (28, 34), (10, 11.5))
    draw.door(3.0, 2.0)
    draw.till(w * 0.5, 2.0, turned=True)
    for x in np.arange(7, w - 2, rng.uniform(3.6, 4.6)):
        draw.piece(x, d * 0.52, 2.6, 0.9, "gondola")
    for x in np.arange(1.5, w - 1, 2.1):
        draw.piece(x, d - 0.3, 2.0, 0.6, "shelf")
        if x > 6:  # noqa: PLR2004 - clear of the lobby
            draw.piece(x, 0.3, 2.0, 0.6, "shelf")
    return draw


def furniture(rng: np.random.Generator) -> Drawing:
    """Show rooms between walls that make one winding way."""
    draw, w, d = _hall("Furniture", rng, (36, 42), (24, 29))
    draw.door(4.0, 3.0)
    for x in (9.5, 12.6):
        draw.till(x, 3.4)
    for i, x in enumerate(np.linspace(w * 0.36, w * 0.82, 3)):
        low, high = (3.2, d) if i % 2 else (0, d - 3.2)
        draw.wall((x, low), (x, high))
    for x in np.arange(2.5, w - 2, 4.4):
        for y in np.arange(6, d - 2.5, 4.1):
            kind = str(rng.choice(["table", "rack", "sofa", "table"]))
            wide, deep = rng.uniform(1.4, 2.4), rng.uniform(0.8, 1.3)
            turn_deg = float(rng.choice([0, 90]))
            draw.piece(x + rng.uniform(-0.4, 0.4), y, wide, deep, kind, turn_deg=turn_deg)
    _along_walls(draw, w, d, "shelf", 0.5)
    return draw


def bargains(rng: np.random.Generator) -> Drawing:
    """Pallets, bins and rails put down anyhow."""
    draw, w, d = _hall("Bargains", rng, (21, 26), (14, 17))
    draw.door(w * 0.7, 2.2)
    for x in (3.0, 6.2):
        draw.till(x, 3.4)
    for _ in range(90):
        kind = str(rng.choice(["table", "rack", "gondola", "shelf"]))
        x, y = rng.uniform(2, w - 2), rng.uniform(4, d - 1.6)
        wide, deep = rng.uniform(1.2, 3.0), rng.uniform(0.7, 1.2)
        if draw.piece(x, y, wide, deep, kind, turn_deg=rng.uniform(0, 180)):
            draw.keep_clear(draw.taken[-1].buffer(rng.uniform(1.0, 1.6)))
    draw.pieces.append((shapely.box(w - 0.9, d - 0.9, w - 0.2, d - 0.2), "pillar"))
    return draw


def delicatessen(rng: np.random.Generator) -> Drawing:
    """One long counter with the till at its end, a few tables, a cold cabinet."""
    draw, w, d = _hall("Delicatessen", rng, (15, 17), (10, 12.5))
    draw.door(w - 3.5, 1.8)
    long = d - 5.0
    draw.piece(2.6, 2.0 + long / 2, 0.9, long, "counter")
    draw.till_on(2.6, 2.6)
    for x in np.arange(5, w - 1.5, 2.1):
        draw.piece(x, d - 0.4, 2.0, 0.8, "freezer")
    for y in np.arange(4.4, d - 2, 2.6):
        draw.piece(w * 0.52, y, 1.2, 0.9, "table")
        draw.piece(w - 2.4, y, 0.8, 1.6, "shelf")
    return draw


DESIGNS: Final[tuple[Design, ...]] = (
    boutique,
    pharmacy,
    diy_hall,
    kiosk,
    supermarket,
    diagonal,
    bookshop,
    electronics,
    herringbone,
    rotunda,
    arcade,
    furniture,
    bargains,
    delicatessen,
)


def stores(seed: int) -> list[FloorMap]:
    """One store of each design; the same for the same seed."""
    drawings = (
        design(np.random.default_rng([seed, number])) for number, design in enumerate(DESIGNS)
    )
    return [drawing.finished(number) for number, drawing in enumerate(drawings)]

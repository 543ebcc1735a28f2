"""A store on the drawing board: boxes in metres, front wall at y = 0, before it is a floor map."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np

Rng = np.random.Generator
Range = tuple[float, float]
Box = tuple[float, float, float, float]
"""left, bottom, right, top"""
Line = tuple[tuple[float, float], tuple[float, float]]

# Two people with carts pass each other in 1.6 m; small stores leave one cart and a person. Less
# would close the way on a grid of 0.5 m.
WAY_M: Final = 1.2


class Piece(msgspec.Struct, frozen=True):
    """Something that stands on the floor."""

    box: Box
    category: str
    """As a fixture's in a floor map."""


class Door(msgspec.Struct, frozen=True):
    """A way in, out, or both."""

    line: Line
    category: str

    @property
    def keep_m(self) -> Box:
        """What stays free before it."""
        (x0, y0), (x1, y1) = self.line
        return min(x0, x1) - 0.6, min(y0, y1) - 0.6, max(x0, x1) + 0.6, max(y0, y1) + 0.6


class Till(msgspec.Struct, frozen=True):
    """Where one pays."""

    box: Box
    category: str
    is_point: bool
    """Drawn as a point, as self-service tills often are."""


class Service(msgspec.Struct, frozen=True):
    """A counter with somebody behind it, and where one waits before it."""

    box: Box
    waiting: Box


class Plan(msgspec.Struct, frozen=True):
    """A whole store."""

    width_m: float
    depth_m: float
    front_m: float
    """Goods begin behind this strip; door and, mostly, tills lie in it."""
    doors: tuple[Door, ...]
    tills: tuple[Till, ...]
    pieces: tuple[Piece, ...]
    services: tuple[Service, ...]
    rows: tuple[float, ...]
    """x of the middles of the aisles, where the store has parallel ones along y."""


def span(rng: Rng, limits: Range) -> float:
    """A number within limits."""
    return float(rng.uniform(*limits))


def chance(rng: Rng, p: float) -> bool:
    """Whether something of probability `p` happens."""
    return bool(rng.random() < p)


def gap_m(one: Box, other: Box) -> float:
    """How far two boxes are apart along x or y, whichever is more; below 0 they overlap."""
    return max(
        one[0] - other[2],
        other[0] - one[2],
        one[1] - other[3],
        other[1] - one[3],
    )


def is_clear(box: Box, others: Iterable[Box], way_m: float = WAY_M) -> bool:
    """Whether a way is left between a box and all the others."""
    return all(gap_m(box, other) >= way_m for other in others)


def clear_of(pieces: Sequence[Piece], keep: Sequence[Box], way_m: float = WAY_M) -> list[Piece]:
    """The pieces that leave a way around what is to be kept free."""
    return [piece for piece in pieces if is_clear(piece.box, keep, way_m)]


def grown(box: Box, by_m: float) -> Box:
    """The box with a margin."""
    return box[0] - by_m, box[1] - by_m, box[2] + by_m, box[3] + by_m


def around(boxes: Iterable[Box]) -> Box:
    """The least box that holds all."""
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)

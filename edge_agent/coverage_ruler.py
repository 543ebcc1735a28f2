"""What a plan is measured out with: ticks of the map's x and y at its edges, and a scale bar."""

import math
from collections.abc import Iterator
from typing import Final

import msgspec

from store_maps.drawing import BARS_M, metres

# Page units: ticks and their numbers lie below the floor and left of it.
RULER_HIGH: Final = 52.0
TICK: Final = 6.0
SIZE: Final = 11.0
# Numbers of this many units do not touch.
APART: Final = 40.0
# Metres from tick to tick: the first that leaves room.
STEPS_M: Final = (1, 2, 5, 10, 20, 50, 100)
# The bar is the longest that is this share of the floor or less.
BAR_SHARE: Final = 0.25
BAR_HIGH: Final = 5.0


class Box(msgspec.Struct, frozen=True):
    """Where a floor lies on the page; y grows downwards."""

    left: float
    top: float
    scale: float
    """Units a metre."""
    high: float


def ruler(x_m: tuple[float, float], y_m: tuple[float, float], box: Box) -> Iterator[str]:
    """Ticks at round metres of the map, from x_m[0] to x_m[1] and so on, and the bar below."""
    step_m = next((step for step in STEPS_M if step * box.scale >= APART), STEPS_M[-1])
    bottom = box.top + box.high
    for at_m in rounds(x_m, step_m):
        x = box.left + (at_m - x_m[0]) * box.scale
        yield line(x, bottom + 2, x, bottom + 2 + TICK)
        yield word(f"{at_m:g}", x, bottom + TICK + 3 + SIZE, "middle")
    for at_m in rounds(y_m, step_m):
        y = bottom - (at_m - y_m[0]) * box.scale
        yield line(box.left - 2 - TICK, y, box.left - 2, y)
        yield word(f"{at_m:g}", box.left - TICK - 5, y + SIZE / 3, "end")
    yield from bar(x_m, y_m, box)


def bar(x_m: tuple[float, float], y_m: tuple[float, float], box: Box) -> Iterator[str]:
    """The scale bar, and what the numbers are."""
    wide_m = x_m[1] - x_m[0]
    long_m = next((bar_m for bar_m in BARS_M if bar_m <= BAR_SHARE * wide_m), BARS_M[-1])
    y, end = box.top + box.high + RULER_HIGH - 16, box.left + long_m * box.scale
    place = f'x="{metres(box.left)}" y="{metres(y)}"'
    size = f'width="{metres(long_m * box.scale)}" height="{metres(BAR_HIGH)}"'
    yield f'<rect {place} {size} class="bar"/>'
    corner = f"x {x_m[0]:g}, y {y_m[0]:g}"
    told = f"{long_m} m. Numbers at the edges: x and y in metres; lower left is {corner}"
    yield word(told, end + 8, y + BAR_HIGH, "start")


def rounds(ends_m: tuple[float, float], step_m: int) -> list[int]:
    """The multiples of a step between two ends."""
    first, last = math.ceil(ends_m[0] / step_m), math.floor(ends_m[1] / step_m)
    return [number * step_m for number in range(first, last + 1)]


def line(x1: float, y1: float, x2: float, y2: float) -> str:
    """A tick."""
    ends = f'x1="{metres(x1)}" y1="{metres(y1)}" x2="{metres(x2)}" y2="{metres(y2)}"'
    return f'<line {ends} class="tick"/>'


def word(words: str, x: float, y: float, anchor: str) -> str:
    """A number at a tick, or a line of text."""
    place = f'x="{metres(x)}" y="{metres(y)}" font-size="{metres(SIZE)}"'
    return f'<text {place} text-anchor="{anchor}" class="small">{words}</text>'

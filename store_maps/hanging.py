"""Where an installer hangs anchors in a drawn store: a staggered pattern under the ceiling."""

import math
from typing import Final

from store_maps.plan import Rng, chance, span

# Floor for each anchor, as edge_agent/README.md advises for shops.
ANCHOR_M2: Final = (60.0, 120.0)
# With fewer than three, a shopper is on a line.
ANCHORS_MIN: Final = 4
CEILING_M: Final = (2.8, 5.0)
# Under the ceiling, but where a ladder reaches.
HANG_M: Final = (2.6, 3.8)
# Where a rail or a socket is, not where the pattern says.
OFF_M: Final = 0.8
EDGE_M: Final = 0.3


def hung(
    rng: Rng, width_m: float, depth_m: float
) -> tuple[list[tuple[float, float]], float, float]:
    """Places (x, y) of the anchors, their height and the ceiling's."""
    count = max(ANCHORS_MIN, round(width_m * depth_m / span(rng, ANCHOR_M2)))
    rows = max(2, round(math.sqrt(count * depth_m / width_m)))
    columns = math.ceil(count / rows)
    staggered = chance(rng, 0.6)
    spots = []
    for row in range(rows):
        shift = 0.25 * (-1) ** row if staggered else 0.0
        for column in range(columns):
            x_m = (column + 0.5 + shift) / columns * width_m + span(rng, (-OFF_M, OFF_M))
            y_m = (row + 0.5) / rows * depth_m + span(rng, (-OFF_M, OFF_M))
            spots.append((_within(x_m, width_m), _within(y_m, depth_m)))
    ceiling_m = span(rng, CEILING_M)
    return spots, min(ceiling_m - 0.1, span(rng, HANG_M)), ceiling_m


def _within(at_m: float, long_m: float) -> float:
    return min(max(at_m, EDGE_M), long_m - EDGE_M)

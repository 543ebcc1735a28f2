"""Metres in a sentence."""

from math import floor
from typing import Final

# Nobody measures a walk to the metre; under this the thing is at hand.
METRES_MIN: Final = 1


def whole_metres(metres: float) -> int:
    """Whole metres, as the page makes them of the tenths that it is given: both stand on one card.

    Python's `round` makes 2 of 2.5, a browser 3.
    """
    return max(floor(round(metres, 1) + 0.5), METRES_MIN)

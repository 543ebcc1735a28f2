"""What a shopper bought and gave back, line by line, and what is left of it."""

from collections.abc import Iterable
from typing import Final

import msgspec

# Weights are decimals, and their sums are not: 0.1 + 0.2 kg less 0.3 kg leaves nothing.
DECIMALS: Final = 6


class Purchase(msgspec.Struct, frozen=True, gc=False):
    """One line of a receipt; given back: a negative quantity."""

    item: str
    at_s: float
    quantity: float = 1.0


def left(purchases: Iterable[Purchase]) -> dict[str, float]:
    """How much of each item is left of `purchases`, which are in order of time.

    Giving back undoes at most what was bought until then: what comes back from before the first
    of them takes nothing from what is bought in its place.
    """
    counts: dict[str, float] = {}
    for one in purchases:
        count = round(counts.get(one.item, 0.0) + one.quantity, DECIMALS)
        counts[one.item] = max(count, 0.0)
    return {item: count for item, count in counts.items() if count}

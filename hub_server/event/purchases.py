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


def net(receipt: Iterable[Purchase]) -> list[Purchase]:
    """One receipt, each item once: what was struck off, or exchanged for the same, is gone."""
    found: dict[str, Purchase] = {}
    for one in receipt:
        before = found[one.item].quantity if one.item in found else 0.0
        quantity = round(before + one.quantity, DECIMALS)
        found[one.item] = Purchase(one.item, one.at_s, quantity)
    return [one for one in found.values() if one.quantity]


def kept(purchases: Iterable[Purchase]) -> list[Purchase]:
    """What was bought and not given back, of `purchases` in order of time.

    What comes back is what was bought last, and at most what was bought before: something from
    before the first of `purchases` takes nothing from what is bought in its place.
    """
    lines = list(purchases)
    left = [max(one.quantity, 0.0) for one in lines]
    bought: dict[str, list[int]] = {}
    for number, one in enumerate(lines):
        of_item = bought.setdefault(one.item, [])
        if one.quantity > 0:
            of_item.append(number)
        back = max(-one.quantity, 0.0)
        while back and of_item:
            last = of_item[-1]
            taken = min(back, left[last])
            back = round(back - taken, DECIMALS)
            left[last] = round(left[last] - taken, DECIMALS)
            if not left[last]:
                of_item.pop()
    return [
        Purchase(one.item, one.at_s, quantity)
        for one, quantity in zip(lines, left, strict=True)
        if quantity
    ]

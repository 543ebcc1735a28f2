"""The order in which a few places are visited on foot: an open way from here, by all, to the end.

Nearest neighbour, then 2-opt and or-opt until neither shortens it (Croes, Operations Research 6,
1958; Or, 1976). The same numbers give the same order.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Order = list[int]

# Gains below a millimetre are the rounding of sums.
GAIN_MIN_M: Final = 1e-3
# Or-opt moves chains of up to so many places; longer ones gained nothing over 2-opt on 200 lists.
CHAIN_MAX: Final = 3


def tour(between_m: Floats, start_m: Floats, end_m: Floats) -> Order:
    """The places in the order of a short way.

    Args:
        between_m: (n, n) from place to place, symmetric and finite.
        start_m: (n,) from where one stands to each place.
        end_m: (n,) from each place to the end; zeros where the way may end anywhere.

    Returns:
        each of 0 .. n - 1 once; never longer than the places' own order.
    """
    count = len(start_m)
    if count <= 1:
        return list(range(count))
    way_m = _with_ends(between_m, start_m, end_m)
    tried = [_improved(way_m, first) for first in (_nearest(way_m), list(range(count + 2)))]
    best = min(tried, key=lambda order: _length_m(way_m, order))
    return [place - 1 for place in best[1:-1]]


def length_m(order: Sequence[int], between_m: Floats, start_m: Floats, end_m: Floats) -> float:
    """How long the way is that visits the places in this order; 0 without places."""
    if not order:
        return 0.0
    steps_m = sum(float(between_m[a, b]) for a, b in pairwise(order))
    return float(start_m[order[0]]) + steps_m + float(end_m[order[-1]])


def within(
    order: Order, ways_m: tuple[Floats, Floats, Floats], stop_m: float, max_m: float
) -> Order:
    """The order less the dearest places, until all that is left fits.

    Args:
        order: of `tour`.
        ways_m: `between_m`, `start_m` and `end_m` as there.
        stop_m: what a stop costs, as metres of walking.
        max_m: how far all of it may be.
    """
    way_m = _with_ends(*ways_m)
    left = [0, *(place + 1 for place in order), len(way_m) - 1]
    while (stops := left[1:-1]) and _length_m(way_m, left) + stop_m * len(stops) > max_m:
        # Who drops the longest detour keeps the most of the list; of equals the last one goes.
        detour_m = way_m[left[:-2], stops] + way_m[stops, left[2:]]
        detour_m -= way_m[left[:-2], left[2:]]
        longest = np.flatnonzero(detour_m >= detour_m.max() - GAIN_MIN_M)[-1]
        del left[int(longest) + 1]
    return [place - 1 for place in left[1:-1]]


def _with_ends(between_m: Floats, start_m: Floats, end_m: Floats) -> Floats:
    """(n + 2, n + 2): the start is 0, the end is n + 1."""
    count = len(start_m)
    way_m = np.zeros((count + 2, count + 2))
    way_m[1:-1, 1:-1] = between_m
    way_m[0, 1:-1] = way_m[1:-1, 0] = start_m
    way_m[-1, 1:-1] = way_m[1:-1, -1] = end_m
    return way_m


def _nearest(way_m: Floats) -> Order:
    """Always on to the nearest that is left."""
    count = len(way_m) - 2
    left_m = way_m[:, 1:-1].copy()
    order = [0]
    for _ in range(count):
        place = int(left_m[order[-1]].argmin()) + 1
        left_m[:, place - 1] = np.inf
        order.append(place)
    return [*order, count + 1]


def _length_m(way_m: Floats, order: Order) -> float:
    return float(way_m[order[:-1], order[1:]].sum())


def _improved(way_m: Floats, order: Order) -> Order:
    """Until no turn of a part and no move of a chain shortens it; each step gains GAIN_MIN_M."""
    while True:
        turned = _turned(way_m, order)
        if turned is None:
            turned = _moved(way_m, order)
        if turned is None:
            return order
        order = turned


def _turned(way_m: Floats, order: Order) -> Order | None:
    """The best 2-opt step: the part from i to j walked backwards."""
    here = way_m[np.ix_(order, order)]
    step_m = here.diagonal(1)
    gain_m = step_m[:-1, None] + step_m[None, 1:] - here[:-2, 1:-1] - here[1:-1, 2:]
    gain_m = np.triu(gain_m, 1)
    best = int(gain_m.argmax())
    if gain_m.flat[best] < GAIN_MIN_M:
        return None
    i, j = (int(k) + 1 for k in np.unravel_index(best, gain_m.shape))
    return order[:i] + order[i : j + 1][::-1] + order[j + 1 :]


def _moved(way_m: Floats, order: Order) -> Order | None:
    """The best or-opt step: a chain of up to CHAIN_MAX put elsewhere, either way round."""
    here = way_m[np.ix_(order, order)]
    best_m, best = GAIN_MIN_M, None
    for chain in range(1, min(CHAIN_MAX, len(order) - 3) + 1):
        gain_m, is_turned = _moves(here, chain)
        at = int(gain_m.argmax())
        if gain_m.flat[at] > best_m:
            row, gap = (int(k) for k in np.unravel_index(at, gain_m.shape))
            best_m, best = float(gain_m.flat[at]), (row + 1, row + chain, gap, is_turned[row, gap])
    if best is None:
        return None
    first, last, gap, turned = best
    moved = order[first : last + 1]
    rest = order[:first] + order[last + 1 :]
    cut = gap + 1 if gap < first else gap + 1 - len(moved)
    return rest[:cut] + (moved[::-1] if turned else moved) + rest[cut:]


def _moves(here: Floats, chain: int) -> tuple[Floats, NDArray[np.bool_]]:
    """(chains, gaps): metres won by putting the chain that begins at row + 1 into a gap; turned?"""
    step_m = here.diagonal(1)
    first = np.arange(1, len(here) - chain)
    last = first + chain - 1
    taken_m = step_m[first - 1] + step_m[last] - here[first - 1, last + 1]
    ahead_m = here[:-1, first] + here[1:, last]
    back_m = here[:-1, last] + here[1:, first]
    gain_m = (taken_m + step_m[:, None] - np.minimum(ahead_m, back_m)).T
    gaps = np.arange(len(step_m))
    gain_m[(gaps >= first[:, None] - 1) & (gaps <= last[:, None])] = 0.0
    return gain_m, (back_m < ahead_m).T

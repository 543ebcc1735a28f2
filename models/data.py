"""The visits of a seed: which stores, which shoppers, and what a locator says of them.

Stores of the splits do not overlap, and the frozen ones are the same visits whatever the seed. They
were settled, generator and seeds, before the first model was trained on this world.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models import other_shoppers, side_by_side
from models.located import by_radio
from models.observation import observe as by_stand_in
from models.sequences import Followed
from models.visits import ObservedFix, Visit
from store_maps import corner_market, shoppers
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.habits import EVERYDAY, TEST_HABITS, TRAIN_HABITS, Habits
from store_maps.layouts import HELD_OUT, TRAINING, store
from store_maps.visit import Visit as Walked

Rng = np.random.Generator
Observe = Callable[[FloorMap, NDArray[np.float64], Rng], list[ObservedFix]]
"""What is seen of a track (n, 3) of t_s, x_m, y_m at 1 Hz."""
Store = tuple[FloorMap, list[Visit]]
Told = Literal["nothing", "some", "all"]
"""Which events of a visit reach the model. some: nothing of most visits, of others some kinds."""


class Split(NamedTuple):
    """A set of stores and how people walk in them."""

    first_store: int
    """Store numbers of the splits do not overlap: no layout is in two of them."""
    families: tuple[tuple[str, int], ...]
    """And how many stores of each, in full size."""
    visits: int
    """To each store."""
    habits: Habits
    told: Told = "nothing"
    late_p: float = 0.0
    """So many are first seen in mid-visit, as when a cart's code is scanned late."""


def _each(families: Sequence[str], stores: int) -> tuple[tuple[str, int], ...]:
    return tuple((family, stores) for family in families)


# The unseen: the family held out whole, and other stores of the training's families.
_UNSEEN: Final = (*_each(HELD_OUT, 6), *_each(TRAINING, 2))
SPLITS: Final = {
    "train": Split(100, _each(TRAINING, 48), 60, TRAIN_HABITS, "some", 0.2),
    "validation": Split(300, _each(TRAINING, 5), 24, TRAIN_HABITS),
    "unseen": Split(2500, _UNSEEN, 30, TEST_HABITS),
    "unseen, events told": Split(2500, _UNSEEN, 30, TEST_HABITS, "all"),
    "unseen, seen late": Split(2500, _UNSEEN, 30, TEST_HABITS, late_p=1.0),
    "unseen layouts, known habits": Split(2700, _UNSEEN, 20, TRAIN_HABITS),
}
# Through the real locator over simulated radio: few, because it takes minutes.
LOCATED: Final = "unseen, our locator"
LOCATED_SPLIT: Final = Split(
    2500, ((HELD_OUT[0], 2), ("grid", 1), ("boutique", 1)), 12, TEST_HABITS
)
CORNER_MARKET: Final = "corner market"
CORNER_MARKET_VISITS: Final = 120
# By another author, who has not seen our shoppers; judged, never trained or tuned on.
ANOTHER_AUTHOR: Final = "another author"
ANOTHER_AUTHOR_SEED: Final = 23
ANOTHER_AUTHOR_VISITS: Final = 300
# The test stores and their shoppers are the same whatever the training's seed.
FROZEN_SEED: Final = 23
FROZEN: Final = (
    "unseen",
    "unseen, events told",
    "unseen, seen late",
    "unseen layouts, known habits",
    LOCATED,
    CORNER_MARKET,
    ANOTHER_AUTHOR,
)
# Visits to so many stores are followed side by side: enough for speed, and their fixes are let go
# of before the next are walked.
STORES_AT_ONCE: Final = 24
# Up to this share of their time in the store, those who are first seen late have not been seen.
LATE_UNTIL: Final = 0.6
# Of visits told "some", this share is told nothing, as in a store without till and app; each kind
# of event reaches us from this share of the others.
SILENT_P: Final = 0.6
KIND_P: Final = 0.7
KINDS: Final = ("scan", "app_open", "help_tap", "pos")


def _heard(kind: str, told: Told, known: frozenset[str]) -> bool:
    return told == "all" or (told == "some" and kind in known)


def _known(rng: Rng) -> frozenset[str]:
    """Kinds of events that reach us of a visit that is told some."""
    silent = rng.random() < SILENT_P
    drawn = rng.random(len(KINDS)) < KIND_P
    return frozenset() if silent else frozenset(np.array(KINDS)[drawn].tolist())


def _visit(floor_map: FloorMap, one: Walked, split: Split, observe: Observe, rng: Rng) -> Visit:
    known = _known(rng)
    late_s = rng.uniform(0.0, LATE_UNTIL) * len(one.track) * (rng.random() < split.late_p)
    fixes = [fix for fix in observe(floor_map, one.track, rng) if fix.t_s >= late_s]
    return Visit(
        f"{floor_map.store_id}-{one.shopper_id}",
        f"{floor_map.store_id}.geojson",
        [(float(t), float(x), float(y)) for t, x, y in one.track],
        fixes,
        one.bought,
        [
            {"t_s": event.t_s, "kind": event.kind}
            for event in one.events
            if _heard(event.kind, split.told, known)
        ],
    )


def _walked(floor_map: FloorMap, habits: Habits, seed: int, count: int) -> list[Walked]:
    grid = FloorGrid.build(floor_map)
    return shoppers.visits(floor_map, grid, seed, count, habits=habits)


def _stores(split: Split, seed: int, scale: float, observe: Observe) -> Iterator[Store]:
    number = split.first_store
    count = max(4, round(split.visits * scale))
    for family, stores in split.families:
        for k in range(max(1, round(stores * scale))):
            floor_map = store(family, number + k)
            rng = np.random.default_rng([seed, number + k, len(family)])
            walked = _walked(floor_map, split.habits, int(rng.integers(2**31)), count)
            yield floor_map, [_visit(floor_map, one, split, observe, rng) for one in walked]


def _located(scale: float) -> Iterator[Store]:
    """The visits of LOCATED, their fixes by the real locator."""
    for floor_map, seen in _stores(LOCATED_SPLIT, FROZEN_SEED, scale, lambda *_: []):
        tracks = [np.array(visit.track) for visit in seen]
        fixes = by_radio(floor_map, tracks, FROZEN_SEED)
        yield (
            floor_map,
            [
                Visit(v.visit, v.map, v.track, found, v.bought, v.events)
                for v, found in zip(seen, fixes, strict=True)
            ],
        )


def _market(scale: float, observe: Observe) -> Iterator[Store]:
    floor_map = corner_market.load()
    count = max(4, round(CORNER_MARKET_VISITS * scale))
    split = Split(0, (), count, EVERYDAY)
    rng = np.random.default_rng(FROZEN_SEED)
    walked = _walked(floor_map, EVERYDAY, FROZEN_SEED, count)
    yield floor_map, [_visit(floor_map, one, split, observe, rng) for one in walked]


def stores(name: str, seed: int, scale: float = 1.0, observe: Observe = by_stand_in) -> list[Store]:
    """The stores of a split with the visits to each.

    Args:
        name: of SPLITS or FROZEN.
        seed: draws the shoppers; a frozen split has its own.
        scale: 1 for all stores and visits; less for a quick trial.
        observe: what is seen of a track; LOCATED and ANOTHER_AUTHOR come with fixes of their own.
    """
    return list(_each_store(name, seed, scale, observe))


def _each_store(name: str, seed: int, scale: float, observe: Observe) -> Iterator[Store]:
    if name == LOCATED:
        return _located(scale)
    if name == CORNER_MARKET:
        return _market(scale, observe)
    if name == ANOTHER_AUTHOR:
        count = max(4, round(ANOTHER_AUTHOR_VISITS * scale))
        return iter(other_shoppers.visits(ANOTHER_AUTHOR_SEED, count))
    return _stores(SPLITS[name], FROZEN_SEED if name in FROZEN else seed, scale, observe)


def followed(
    name: str, seed: int, scale: float = 1.0, observe: Observe = by_stand_in
) -> list[Followed]:
    """The visits of a split with features and labels; arguments as of `stores`."""
    out: list[Followed] = []
    waiting = iter(_each_store(name, seed, scale, observe))
    while some := list(islice(waiting, STORES_AT_ONCE)):
        out += side_by_side.follow(some)
    return out

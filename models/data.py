"""The visits of a seed: which stores, which shoppers, and what a locator says of them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from hub_server.stage import StageModel
from models.observation import observe
from models.sequences import Followed, run
from models.visits import Visit
from models.walkers import TEST_HABITS, TRAIN_HABITS, Habits, Town, Walk, walk
from store_maps import corner_market, shoppers
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.layouts import HELD_OUT, TRAINING, store


class Split(NamedTuple):
    """A set of stores and how people walk in them."""

    first_store: int
    """Store numbers of the splits do not overlap: no layout is in two of them."""
    families: tuple[str, ...]
    stores: int
    """Of each family, in training's full size."""
    habits: Habits


SPLITS: Final = {
    "train": Split(100, TRAINING, 10, TRAIN_HABITS),
    "validation": Split(300, TRAINING, 2, TRAIN_HABITS),
    "unseen layouts": Split(500, TRAINING, 3, TRAIN_HABITS),
    "held-out family": Split(700, HELD_OUT, 5, TRAIN_HABITS),
    "held-out family and habits": Split(900, HELD_OUT, 5, TEST_HABITS),
}
# The test stores and their shoppers are the same whatever the training's seed.
FROZEN_SEED: Final = 7
FROZEN: Final = ("unseen layouts", "held-out family", "held-out family and habits")
VISITS_A_STORE: Final = 40
# The split whose shoppers another author wrote: store_maps.shoppers in the corner market.
FOREIGN: Final = "corner market, other author"
FOREIGN_VISITS: Final = 80
# Some scan a cart's code in mid-visit: this share, up to that share of their time in the store.
LATE_P: Final = 0.2
LATE_UNTIL: Final = 0.6


def _visit(name: str, one: Walk, floor_map: FloorMap, rng: np.random.Generator) -> Visit:
    track = [(float(t), round(float(x), 3), round(float(y), 3)) for t, x, y in one.track]
    fixes = observe(floor_map, one.track, rng)
    events = [{"t_s": 0.0, "kind": "door_in"}]
    if rng.random() < LATE_P:
        from_s = rng.uniform(0.0, LATE_UNTIL) * len(track)
        fixes = [fix for fix in fixes if fix.t_s >= from_s]
        events.append({"t_s": float(from_s), "kind": "app_open"})
    if one.till_s is not None:
        events.append({"t_s": one.till_s, "kind": "pos"})
    events.append({"t_s": float(one.track[-1, 0]), "kind": "door_out"})
    return Visit(name, f"{floor_map.store_id}.geojson", track, fixes, one.bought, events)


def visits(floor_map: FloorMap, habits: Habits, seeds: Sequence[int], count: int) -> list[Visit]:
    """`count` visits to a store; `seeds` draw them."""
    rng = np.random.default_rng(list(seeds))
    town = Town(floor_map, seeds[0])
    return [
        _visit(f"{floor_map.store_id}-{k}", walk(town, habits, rng), floor_map, rng)
        for k in range(count)
    ]


def foreign(scale: float) -> list[Followed]:
    """Visits to the corner market by shoppers that were not made for training."""
    floor_map = corner_market.load()
    rng = np.random.default_rng(FROZEN_SEED)
    count = max(4, round(FOREIGN_VISITS * scale))
    walked = shoppers.visits(floor_map, FloorGrid.build(floor_map), FROZEN_SEED, count)
    seen = [
        _visit(f"market-{k}", Walk(one.track, one.intent, one.bought, None), floor_map, rng)
        for k, one in enumerate(walked)
    ]
    return run(floor_map, seen, StageModel(None))


def followed(name: str, seed: int, scale: float) -> list[Followed]:
    """The visits of a split with their features, the rules' answer and the labels.

    Args:
        name: of the split, or FOREIGN.
        seed: draws the shoppers; a frozen split has its own.
        scale: 1 for all stores and visits; less for a quick trial.
    """
    if name == FOREIGN:
        return foreign(scale)
    split = SPLITS[name]
    seed = FROZEN_SEED if name in FROZEN else seed
    rules = StageModel(None)
    out: list[Followed] = []
    for family in split.families:
        for k in range(max(1, round(split.stores * scale))):
            floor_map = store(family, split.first_store + k)
            seeds = (seed, split.first_store + k)
            count = max(4, round(VISITS_A_STORE * scale))
            out += run(floor_map, visits(floor_map, split.habits, seeds, count), rules)
    return out

import numpy as np
import pytest

from models.data import FROZEN, SPLITS, followed, visits
from models.labels import Marks, label
from models.observation import observe
from models.walkers import TEST_HABITS, TRAIN_HABITS, Town, walk
from store_maps.layouts import FAMILIES, HELD_OUT, TRAINING, store


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_shoppers_walk_like_people(family: str) -> None:
    floor_map = store(family, 5)
    town, rng = Town(floor_map, 5), np.random.default_rng(0)
    walks = [walk(town, TRAIN_HABITS, rng) for _ in range(25)]
    for one in walks:
        t_s, steps = one.track[:, 0], np.hypot(*np.diff(one.track[:, 1:], axis=0).T)
        np.testing.assert_array_equal(t_s, np.arange(len(t_s)))
        assert np.percentile(steps, 99) < 2.5
        assert one.bought == (one.till_s is not None)
    stages = np.concatenate([label(Marks(floor_map), one.track[:, 1:]) for one in walks])
    assert len(np.unique(stages)) == 8
    assert 0.2 < np.mean([one.bought for one in walks]) < 0.95


def test_the_same_seed_walks_the_same_way() -> None:
    floor_map = store("boutique", 3)
    first, again, other = (visits(floor_map, TRAIN_HABITS, (k, 3), 3) for k in (1, 1, 2))
    assert first == again
    assert first != other


def test_an_observation_is_off_by_two_to_three_metres_with_gaps() -> None:
    floor_map = store("grid", 4)
    town, rng = Town(floor_map, 4), np.random.default_rng(1)
    errors, seen, zoned = [], [], []
    for _ in range(30):
        track = walk(town, TRAIN_HABITS, rng).track
        fixes = observe(floor_map, track, rng)
        places = np.array([[f.x_m, f.y_m] for f in fixes])
        truth = track[[int(f.t_s) for f in fixes], 1:]
        errors.append(np.mean(np.sum((places - truth) ** 2, axis=1)))
        seen.append(len(fixes) / len(track))
        zoned.append(fixes[0].zone is not None)
    assert 2.0 < np.sqrt(np.mean(errors)) < 3.5
    assert 0.3 < np.mean(seen) < 0.95
    assert 0 < sum(zoned) < len(zoned)


def test_training_and_test_share_neither_store_nor_family_nor_habit() -> None:
    assert not set(TRAINING) & set(HELD_OUT)
    numbers = [set(range(s.first_store, s.first_store + s.stores)) for s in SPLITS.values()]
    assert len(set.union(*numbers)) == sum(len(n) for n in numbers)
    for name in ("speed_mps", "browse_share", "dwell_median_s", "wander_m"):
        a, b = getattr(TRAIN_HABITS, name), getattr(TEST_HABITS, name)
        assert a[1] < b[0] or b[1] < a[0]


def test_a_frozen_split_does_not_change_with_the_seed() -> None:
    assert "unseen layouts" in FROZEN
    first, second = (followed("held-out family", seed, 0.1)[0] for seed in (1, 2))
    np.testing.assert_array_equal(first.x, second.x)
    np.testing.assert_array_equal(first.stages, second.stages)

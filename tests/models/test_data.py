import numpy as np
import pytest

from models.data import (
    ANOTHER_AUTHOR,
    CORNER_MARKET,
    FROZEN,
    LOCATED,
    LOCATED_SPLIT,
    SPLITS,
    Split,
    followed,
    stores,
)
from store_maps.habits import TEST_HABITS, TRAIN_HABITS
from store_maps.layouts import HELD_OUT, TRAINING


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every split in one boutique, which is walked in a moment."""
    for name, split in SPLITS.items():
        monkeypatch.setitem(SPLITS, name, split._replace(families=(("boutique", 1),), visits=12))
    located = LOCATED_SPLIT._replace(families=(("boutique", 1),), visits=4)
    monkeypatch.setattr("models.data.LOCATED_SPLIT", located)


def numbers(split: Split) -> set[tuple[str, int]]:
    return {(f, split.first_store + k) for f, count in split.families for k in range(count)}


def test_no_store_is_in_two_splits_but_for_the_same_test_seen_another_way() -> None:
    train, validation = numbers(SPLITS["train"]), numbers(SPLITS["validation"])
    tests = set[tuple[str, int]]().union(*(numbers(SPLITS[n]) for n in FROZEN if n in SPLITS))
    assert not train & validation
    assert not (train | validation) & tests
    assert not numbers(LOCATED_SPLIT) & (train | validation)


def test_the_primary_test_shares_neither_family_nor_habit_with_training() -> None:
    primary = SPLITS[FROZEN[0]]
    assert primary.habits is TEST_HABITS
    families = {family for family, _ in primary.families}
    assert set(HELD_OUT) < families
    assert not set(HELD_OUT) & {family for family, _ in SPLITS["train"].families}
    assert set(TRAINING) < families
    for name in ("speed_mps", "browse_share", "dwell_s", "wander_m"):
        a, b = getattr(TRAIN_HABITS, name), getattr(TEST_HABITS, name)
        assert a[1] < b[0] or b[1] < a[0]


@pytest.mark.usefixtures("small")
def test_a_frozen_split_does_not_change_with_the_seed_and_the_training_does() -> None:
    first, second = (followed("unseen", seed, 0.3)[0] for seed in (1, 2))
    np.testing.assert_array_equal(first.x, second.x)
    np.testing.assert_array_equal(first.stages, second.stages)
    (_, one), (_, other) = (stores("train", seed, 0.3)[0] for seed in (1, 2))
    assert one[0].track != other[0].track


@pytest.mark.usefixtures("small")
def test_what_is_told_and_from_when() -> None:
    told = stores("unseen, events told", 0)
    silent = stores("unseen", 0)
    late = stores("unseen, seen late", 0)
    for (_, known), (_, plain), (_, later) in zip(told, silent, late, strict=True):
        assert [v.track for v in known] == [v.track for v in plain] == [v.track for v in later]
        assert not any(v.events for v in plain)
        assert {e["kind"] for v in known for e in v.events} >= {"door_in", "door_out"}
        first_s = [[v.fixes[0].t_s for v in seen] for seen in (plain, later)]
        assert max(first_s[0]) < 5 < np.mean(first_s[1])


@pytest.mark.usefixtures("small")
def test_some_is_told_of_some_training_visits() -> None:
    seen = [visit for _, visits in stores("train", 1, 5.0) for visit in visits]
    kinds = {event["kind"] for visit in seen for event in visit.events}
    assert "pos" in kinds
    assert not kinds & {"door_in", "door_out", "staff_help"}
    assert 0.1 < np.mean([bool(visit.events) for visit in seen]) < 0.5


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", [CORNER_MARKET, ANOTHER_AUTHOR, LOCATED])
def test_the_other_tests_have_visits_with_fixes(name: str) -> None:
    seen = [visit for _, visits in stores(name, 0, 0.02) for visit in visits]
    assert len(seen) >= 4
    assert all(visit.fixes for visit in seen)
    assert all(len(visit.track) > 30 for visit in seen)

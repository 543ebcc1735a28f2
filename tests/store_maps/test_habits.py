import msgspec
import numpy as np
import pytest

from store_maps.habits import EVERYDAY, TEST_HABITS, TRAIN_HABITS, Habits, Person, draw_person


@pytest.mark.parametrize("name", Habits.__struct_fields__)
def test_training_and_test_share_no_habit(name: str) -> None:
    train, test = getattr(TRAIN_HABITS, name), getattr(TEST_HABITS, name)
    assert train[0] < train[1]
    assert test[0] < test[1]
    assert train[1] < test[0] or test[1] < train[0]


def test_a_person_has_one_value_of_each_range() -> None:
    assert Person.__struct_fields__ == Habits.__struct_fields__
    rng = np.random.default_rng(1)
    drawn = [draw_person(EVERYDAY, rng) for _ in range(200)]
    for name in Habits.__struct_fields__:
        low, high = getattr(EVERYDAY, name)
        values = [getattr(person, name) for person in drawn]
        assert low <= min(values) < max(values) <= high
        assert max(values) - min(values) > 0.8 * (high - low)
    assert len({msgspec.structs.astuple(person) for person in drawn}) == len(drawn)

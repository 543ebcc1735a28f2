"""Opinions become weights: one person's own, shrunk to the prior, and never out of bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_server import weights
from hub_server.weights import HALF_LIFE_S, KINDS, Opinion

NOW_S = 1_790_000_000.0
OPINIONS = st.lists(
    st.builds(
        Opinion,
        st.sampled_from(KINDS),
        st.sampled_from(["wine", "bread", "queue"]),
        st.floats(NOW_S - 1e8, NOW_S + 100),
    )
)


def told(kind: weights.Kind, topic: str, count: int, at_s: float = NOW_S) -> list[Opinion]:
    return [Opinion(kind, topic, at_s)] * count


def test_who_has_said_nothing_is_as_everybody() -> None:
    """Row 35: a new shopper has the prior, and nothing is carried about."""
    assert weights.weight(0, 0) == 1.0
    assert weights.weights([], NOW_S) == {}


def test_three_noes_take_more_than_half() -> None:
    """Row 27: three times "less" and the topic's share falls by half or more."""
    assert weights.weights(told("less", "wine", 3), NOW_S) == {"wine": pytest.approx(0.4)}
    month_s = 30 * 86_400
    assert weights.weights(told("less", "wine", 3, NOW_S - month_s), NOW_S)["wine"] < 0.5


def test_two_shoppers_diverge_after_five_signals() -> None:
    """Row 10: opposite opinions turn the order of two topics round."""
    one = weights.weights([*told("useful", "wine", 3), *told("less", "bread", 2)], NOW_S)
    other = weights.weights([*told("less", "wine", 3), *told("useful", "bread", 2)], NOW_S)
    assert one["wine"] > 1.5
    assert one["bread"] < 0.6
    assert other["bread"] >= 1.5
    assert other["wine"] < 0.5


def test_never_weighs_twice_and_old_opinions_half() -> None:
    assert weights.weights(told("not_for_me", "wine", 1), NOW_S)["wine"] == 0.5
    old = weights.weights(told("useful", "wine", 2, NOW_S - HALF_LIFE_S), NOW_S)
    assert old == {"wine": pytest.approx(weights.weight(1, 0))}
    assert weights.weights(told("useful", "wine", 1, NOW_S - 12 * HALF_LIFE_S), NOW_S) == {}


def test_what_is_said_later_does_not_count_yet() -> None:
    assert weights.weights(told("less", "wine", 1, NOW_S + 1), NOW_S) == {}


@given(OPINIONS)
def test_a_weight_is_between_0_and_2_and_its_topic_was_spoken_of(opinions: list[Opinion]) -> None:
    found = weights.weights(opinions, NOW_S)
    assert set(found) <= {one.topic for one in opinions}
    assert all(0.0 < number < 2.0 for number in found.values())


@given(OPINIONS, st.sampled_from(["wine", "bread"]))
def test_one_more_useful_never_lowers_and_touches_no_other_topic(
    opinions: list[Opinion], topic: str
) -> None:
    before = weights.weights(opinions, NOW_S)
    after = weights.weights([*opinions, Opinion("useful", topic, NOW_S)], NOW_S)
    assert after.get(topic, 1.0) >= before.get(topic, 1.0) - weights.NOTICED
    others = {"wine", "bread", "queue"} - {topic}
    assert {t: after.get(t) for t in others} == {t: before.get(t) for t in others}


@pytest.mark.parametrize(
    ("number", "word"),
    [(0.4, "much_less"), (0.67, "less"), (1.0, "as_everybody"), (1.33, "more"), (1.6, "much_more")],
)
def test_a_weight_in_words(number: float, word: str) -> None:
    assert weights.in_words(number) == word

"""Answers become weights: one person's own, shrunk to the prior, and never out of bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_server.decision import weights
from hub_server.decision.weights import HALF_LIFE_S, NOTICED, Tally

NOW_S = 1_790_000_000.0
COUNTS = st.integers(0, 1_000)
TALLIES = st.builds(Tally, st.just("wine"), COUNTS, COUNTS, st.floats(NOW_S - 1e8, NOW_S + 100))


def told(topic: str, useful: int, less: int, age_s: float = 0.0) -> Tally:
    return Tally(topic, useful, less, NOW_S - age_s)


def test_who_has_said_nothing_is_as_everybody() -> None:
    """Row 35: a new shopper has the prior, and nothing is carried about."""
    assert weights.weight(0, 0) == 1.0
    assert weights.weights([], NOW_S) == {}
    assert weights.weights([told("wine", 0, 0)], NOW_S) == {}
    assert weights.in_words(1.0) == "as_everybody"


def test_three_noes_take_more_than_half() -> None:
    """Row 27: three times "less" and the topic's share falls by half or more."""
    assert weights.weights([told("wine", 0, 3)], NOW_S) == {"wine": pytest.approx(0.4)}
    month_s = 30 * 86_400
    assert weights.weights([told("wine", 0, 3, month_s)], NOW_S)["wine"] < 0.5


def test_two_shoppers_diverge_after_five_signals() -> None:
    """Row 10: opposite answers turn the order of two topics round."""
    one = weights.weights([told("wine", 3, 0), told("bread", 0, 2)], NOW_S)
    other = weights.weights([told("wine", 0, 3), told("bread", 2, 0)], NOW_S)
    assert one["wine"] > 3 * one["bread"]
    assert other["bread"] > 3 * other["wine"]


def test_old_answers_count_half() -> None:
    aged = weights.weights([told("wine", 2, 0, HALF_LIFE_S)], NOW_S)
    assert aged == {"wine": pytest.approx(weights.weight(1, 0))}
    assert weights.weights([told("wine", 1, 0, 12 * HALF_LIFE_S)], NOW_S) == {}


@given(TALLIES)
def test_a_weight_is_between_0_and_2_and_more_of_one_side_never_turns_it_to_the_other(
    tally: Tally,
) -> None:
    def at(useful: int, less: int) -> float:
        one = Tally(tally.topic, useful, less, tally.at_s)
        return weights.weights([one], NOW_S).get("wine", 1.0)

    here = at(tally.useful, tally.less)
    assert 0.0 < here < 2.0
    assert at(tally.useful + 1, tally.less) >= here - NOTICED
    assert at(tally.useful, tally.less + 1) <= here + NOTICED


@pytest.mark.parametrize(
    ("useful", "less", "word"),
    [
        (0, 2, "much_less"),
        (0, 1, "less"),
        (1, 1, "as_everybody"),
        (1, 0, "more"),
        (2, 0, "much_more"),
    ],
)
def test_a_weight_in_words(useful: int, less: int, word: str) -> None:
    assert weights.in_words(weights.weight(useful, less)) == word

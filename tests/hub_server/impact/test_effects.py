"""One difference with an interval that may be looked at after each visit; silence until it can."""

import numpy as np
import pytest

from hub_server.impact.effects import ALPHA, VISITS_MIN, Sides, effect, half_width, is_ratio_off

BUYS = 0.1
CONTROL = 0.1


def sides(treated: int, bought: int, control: int, control_bought: int) -> Sides:
    return Sides(
        treated_count=treated,
        treated_bought_count=bought,
        control_count=control,
        control_bought_count=control_bought,
        control_share=CONTROL,
    )


@pytest.mark.parametrize(
    ("treated", "control"), [(10_000, 0), (10_000, VISITS_MIN - 1), (VISITS_MIN - 1, 10_000)]
)
def test_no_uplift_is_told_without_enough_control_row_77(treated: int, control: int) -> None:
    """Row 77: no control, or under 50 visits on a side: nothing is said, whatever was bought."""
    assert effect(sides(treated, treated, control, 0)) is None


def test_the_difference_lies_in_its_interval_and_more_visits_narrow_it() -> None:
    some = effect(sides(500, 100, 500, 50))
    many = effect(sides(50_000, 10_000, 50_000, 5_000))
    assert some is not None
    assert many is not None
    assert (some.treated_share, some.control_share) == (0.2, 0.1)
    assert some.difference == pytest.approx(0.1)
    assert some.low < 0.1 < some.high
    assert many.high - many.low < (some.high - some.low) / 5
    assert many.low > 0.0


def test_an_interval_of_shares_ends_at_one() -> None:
    found = effect(sides(50, 50, 50, 0))
    assert found is not None
    assert found.high == 1.0


def test_a_side_without_a_purchase_has_a_width_all_the_same() -> None:
    assert half_width(sides(50, 0, 50, 0)) > 0.05


def drawn(seed: int, visits: int, uplift: float = 0.0) -> list[Sides]:
    """The sides of one experiment at each of its looks, ten visits apart."""
    rng = np.random.default_rng(seed)
    control = rng.random(visits) < CONTROL
    bought = rng.random(visits) < np.where(control, BUYS, BUYS + uplift)
    counts = np.cumsum(np.stack([~control, ~control & bought, control, control & bought]), axis=1)[
        :, 9::10
    ]
    return [sides(*(int(n) for n in look)) for look in counts.T]


def is_held(looks: list[Sides], truth: float) -> bool:
    found = [effect(look) for look in looks]
    return all(one is None or one.low <= truth <= one.high for one in found)


def test_of_experiments_without_effect_that_are_watched_95_in_100_hold_row_55() -> None:
    """Row 55: A/A over 300 experiments of 1,500 visits; the long one is tests/bench/effects.py."""
    held = sum(is_held(drawn(seed, 1_500), 0.0) for seed in range(300))
    assert held >= 300 * (1.0 - ALPHA)


def test_a_large_effect_is_found_and_held() -> None:
    looks = drawn(1, 6_000, uplift=0.2)
    assert is_held(looks, 0.2)
    last = effect(looks[-1])
    assert last is not None
    assert last.low > 0.0


def test_a_split_as_it_was_drawn_is_no_alarm() -> None:
    assert not is_ratio_off(Sides())
    assert not is_ratio_off(sides(900, 0, 100, 0))
    assert not any(is_ratio_off(look) for seed in range(30) for look in drawn(seed, 2_000))


@pytest.mark.parametrize(("treated", "control"), [(200, 0), (0, 60), (2_000, 90), (500, 130)])
def test_a_split_that_was_not_drawn_so_is_an_alarm(treated: int, control: int) -> None:
    assert is_ratio_off(sides(treated, 0, control, 0))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_without_a_lot_there_is_no_split_to_check(share: float) -> None:
    one = Sides(treated_count=500, control_count=1, control_share=share)
    assert not is_ratio_off(one)

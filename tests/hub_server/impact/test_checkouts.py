"""Stops at the till and payments, tick by tick."""

from collections.abc import Sequence

import pytest

from hub_server.impact.checkouts import NEAR_TICKS, WINDOW_TICKS, Checkouts, Share


def played(*steps: tuple[Sequence[str], int, Sequence[str]]) -> Checkouts:
    """Each step: who is in checkout, for how many ticks, who pays at its end."""
    checkouts = Checkouts()
    for here, ticks, paying in steps:
        for _ in range(ticks):
            checkouts.see(here)
        for handle in paying:
            checkouts.pay([handle])
    return checkouts


NOBODY: Sequence[str] = ()
NONE = Share(0, 0)
YES, NO = Share(1, 1), Share(0, 1)


@pytest.mark.parametrize(
    ("steps", "payments", "episodes"),
    [
        # Still at the till: nothing is known of the stop yet.
        ([("a", 30, "a")], YES, NONE),
        ([("a", 30, "a"), (NOBODY, NEAR_TICKS, NOBODY)], YES, NONE),
        ([("a", 30, "a"), (NOBODY, NEAR_TICKS + 1, NOBODY)], YES, YES),
        # The receipt comes while the shopper packs.
        ([("a", 30, NOBODY), (NOBODY, NEAR_TICKS, "a"), (NOBODY, 1, NOBODY)], YES, YES),
        # Too late: neither the stop nor the payment has the other.
        ([("a", 30, NOBODY), (NOBODY, NEAR_TICKS + 1, "a")], NO, NO),
        # A stage that flickers is one stop.
        ([("a", 5, NOBODY), (NOBODY, NEAR_TICKS, NOBODY)] * 3 + [(NOBODY, 1, NOBODY)], NONE, NO),
        # Somebody else pays.
        ([("a", 30, "b"), (NOBODY, NEAR_TICKS + 1, NOBODY)], NO, NO),
        # An hour later it is history.
        ([("a", 30, "a"), (NOBODY, NEAR_TICKS + 1 + WINDOW_TICKS, NOBODY)], NONE, NONE),
    ],
)
def test_a_stop_and_a_payment(
    steps: list[tuple[str, int, str]], payments: Share, episodes: Share
) -> None:
    assert played(*steps).recent() == (payments, episodes)


def test_who_goes_ends_the_stop() -> None:
    checkouts = played(("ab", 10, "a"))
    for handle in ("a", "b", "nobody"):
        checkouts.close(handle)
    assert checkouts.recent()[1] == Share(1, 2)


def test_a_visit_of_two_carts_pays_once_for_both() -> None:
    checkouts = played(("ab", 10, NOBODY))
    checkouts.pay(["a", "b", "c"])
    assert checkouts.recent()[0] == YES
    checkouts.close("a")
    checkouts.close("b")
    assert checkouts.recent()[1] == Share(2, 2)


def test_an_unjudged_payment_ends_its_stop_well_and_counts_for_nothing_else() -> None:
    checkouts = played(("a", 10, NOBODY))
    checkouts.pay(["a"], judged=False)
    checkouts.close("a")
    assert checkouts.recent() == (NONE, YES)


def test_all_are_counted_and_an_hour_is_kept() -> None:
    checkouts = played(*[("a", 1, "a"), (NOBODY, NEAR_TICKS + 1, NOBODY)] * 100)
    assert (checkouts.payments.yes, checkouts.payments.no) == (100, 0)
    assert (checkouts.episodes.yes, checkouts.episodes.no) == (100, 0)
    assert checkouts.recent()[0].count == WINDOW_TICKS // (NEAR_TICKS + 2)

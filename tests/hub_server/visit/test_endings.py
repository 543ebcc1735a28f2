"""Each ending reason by its own rule, at its limit and just before it."""

import typing

import pytest

from hub_server.visit import endings
from hub_server.visit.endings import ENDED_TEXTS, ENDINGS, Reason, Signs

FRESH = {"heard_s": 2000.0, "moved_s": 2000.0, "page_s": 2000.0}
BY_REASON = {ending.reason: ending for ending in ENDINGS}


@pytest.mark.parametrize(
    ("reason", "signs", "since_s", "now_s", "due"),
    [
        ("unheard", Signs(heard_s=1000.0), 0.0, 1899.9, False),
        ("unheard", Signs(heard_s=1000.0), 0.0, 1900.0, True),
        ("unheard", Signs(), 1000.0, 1899.9, False),
        ("unheard", Signs(), 1000.0, 1900.0, True),
        ("unheard", Signs(heard_s=10.0), 1000.0, 1899.9, False),
        ("still", Signs(moved_s=1000.0), 0.0, 1599.9, False),
        ("still", Signs(moved_s=1000.0), 0.0, 1600.0, True),
        ("still", Signs(), 1000.0, 1600.0, True),
        ("page_silent", Signs(page_s=1000.0), 0.0, 2199.9, False),
        ("page_silent", Signs(page_s=1000.0), 0.0, 2200.0, True),
        ("page_silent", Signs(), 1000.0, 2200.0, True),
        ("exit", Signs(), 0.0, 5000.0, False),
        ("exit", Signs(exit_since_s=1000.0), 0.0, 1019.9, False),
        ("exit", Signs(exit_since_s=1000.0), 0.0, 1020.0, True),
        ("exit", Signs(exit_since_s=1000.0), 1000.0, 1119.9, False),
        ("exit", Signs(exit_since_s=1000.0), 1000.0, 1120.0, True),
        ("payment", Signs(), 0.0, 5000.0, False),
        ("payment", Signs(paid_s=1000.0), 0.0, 1119.9, False),
        ("payment", Signs(paid_s=1000.0), 0.0, 1120.0, True),
        ("payment", Signs(paid_s=10.0), 1000.0, 1119.9, False),
    ],
)
def test_a_rule_at_its_limit(
    reason: Reason, signs: Signs, since_s: float, now_s: float, *, due: bool
) -> None:
    """Nothing from before `since_s` counts: it was another's sign, or nobody listened."""
    assert BY_REASON[reason].due(signs, since_s, now_s) is due


def test_a_live_pairing_does_not_end() -> None:
    assert not any(ending.due(Signs(**FRESH), 0.0, 2010.0) for ending in ENDINGS)


def test_the_limits_are_those_of_the_design() -> None:
    assert (endings.UNHEARD_S, endings.STILL_S, endings.PAGE_SILENT_S) == (900.0, 600.0, 1200.0)


def test_every_reason_has_a_text_for_the_phone() -> None:
    assert set(ENDED_TEXTS) == set(typing.get_args(Reason))


def test_what_nobody_listens_for_ends_no_pause() -> None:
    assert {ending.reason for ending in ENDINGS if ending.while_paused} == {
        "payment",
        "page_silent",
    }

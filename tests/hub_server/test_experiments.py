"""The holdout is persistent, even, and of the asked share."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_server.experiments import (
    SALT_BYTES_MIN,
    SHARE_MAX,
    ExperimentError,
    controls,
    draw,
    holdout,
    subject_of,
)

SALT = bytes(range(16))


def test_the_subject_is_the_shopper_only_where_remembered() -> None:
    assert subject_of("s1", "v1", remembered=True) == "shopper:s1"
    assert subject_of("s1", "v1", remembered=False) == "visit:v1"


def test_the_draw_is_known() -> None:
    """A change of the formula would move shoppers between the groups of a running experiment."""
    assert draw("visit:v1", SALT) == pytest.approx(0.5968680139146803, abs=0)


def test_another_process_draws_the_same() -> None:
    code = (
        "from hub_server.experiments import draw;"
        "print(sum(draw(f'visit:{n}', bytes(range(16))) for n in range(100)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        text=True,
        env={"PYTHONHASHSEED": "7"},
    ).stdout
    assert float(out) == sum(draw(f"visit:{n}", SALT) for n in range(100))


@given(st.text(), st.binary(min_size=SALT_BYTES_MIN, max_size=40))
def test_a_draw_is_from_0_to_below_1(subject: str, salt: bytes) -> None:
    assert 0.0 <= draw(subject, salt) < 1.0


def test_the_share_is_what_was_asked() -> None:
    held = sum(holdout(f"shopper:{n}", SALT, 0.1) for n in range(20_000))
    assert 1850 < held < 2150  # 2,000 +- 3.5 sd


def test_a_larger_share_keeps_who_was_held_out() -> None:
    subjects = [f"visit:{n}" for n in range(500)]
    small = {one for one in subjects if holdout(one, SALT, 0.05)}
    large = {one for one in subjects if holdout(one, SALT, 0.2)}
    assert small < large


def test_another_salt_is_another_draw() -> None:
    subjects = [f"visit:{n}" for n in range(1000)]
    here = {one for one in subjects if holdout(one, SALT, 0.5)}
    there = {one for one in subjects if holdout(one, SALT[::-1], 0.5)}
    assert 200 < len(here & there) < 300


def test_the_demo_stands_outside() -> None:
    assert not any(holdout(f"visit:{n}", SALT, 0.5, outside=True) for n in range(100))


def test_no_share_holds_nobody_out() -> None:
    assert not any(holdout(f"visit:{n}", SALT, 0.0) for n in range(100))


@pytest.mark.parametrize("share", [-0.1, SHARE_MAX + 0.01, float("nan")])
def test_an_impossible_share_is_refused(share: float) -> None:
    with pytest.raises(ExperimentError, match=r"holdout share: .*expected 0 to 0\.5; ops"):
        holdout("visit:1", SALT, share)


def test_a_short_salt_is_refused() -> None:
    with pytest.raises(ExperimentError, match="salt: 5 bytes, expected at least 16"):
        draw("visit:1", b"short")


SHARES = {"oats": 0.2, "wine": 0.2, "milk": 0.0}
SUBJECTS = [f"visit:{n}" for n in range(4_000)]


def test_a_campaigns_control_is_persistent_and_of_its_own_share() -> None:
    drawn = [controls(subject, SALT, SHARES) for subject in SUBJECTS]
    assert drawn == [controls(subject, SALT, SHARES) for subject in SUBJECTS]
    for campaign, share in SHARES.items():
        found = sum(campaign in one for one in drawn) / len(drawn)
        assert found == pytest.approx(share, abs=0.02)
    assert all(list(one) == sorted(one) for one in drawn)


def test_controls_are_independent_of_each_other_and_of_the_holdout() -> None:
    drawn = [controls(subject, SALT, SHARES) for subject in SUBJECTS]
    held = [holdout(subject, SALT, 0.2) for subject in SUBJECTS]
    both = sum({"oats", "wine"} <= set(one) for one in drawn) / len(drawn)
    assert both == pytest.approx(0.04, abs=0.012)
    oats = sum("oats" in one and out for one, out in zip(drawn, held, strict=True)) / len(drawn)
    assert oats == pytest.approx(0.04, abs=0.012)


def test_a_larger_control_keeps_everyone_of_the_smaller_one() -> None:
    larger = dict.fromkeys(SHARES, 0.4)
    for subject in SUBJECTS[:500]:
        assert set(controls(subject, SALT, SHARES)) <= set(controls(subject, SALT, larger))


def test_the_demos_shoppers_are_nobodys_control() -> None:
    everybody = {"oats": 0.5}
    assert not any(controls(one, SALT, everybody, outside=True) for one in SUBJECTS[:50])

"""A campaign that annoys is stopped soon, a good one hardly ever, and never by a handful."""

import numpy as np
import pytest

from hub_server.impact.guardrails import (
    ALPHA,
    ANSWERS_MIN,
    COUNTED,
    WATCHED,
    Guardrails,
    evidence,
    tripped,
)


def counts(**changes: int) -> dict[str, int]:
    return {**dict.fromkeys(COUNTED, 0), **{f"guard_{key}": n for key, n in changes.items()}}


def test_nothing_seen_stops_nothing() -> None:
    assert tripped({}) is None
    assert evidence(0, 0, 0.1) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("seen", "share"),
    [
        ({"shown": 40, "dismissed": 40}, "100% of those who saw it put it away; the limit is 67%."),
        ({"rated": 20, "bad": 18}, "90% of those who judged it wanted less of it; the limit"),
        ({"shown": 30, "unwanted": 15}, "50% of those who saw it want none; the limit is 10%."),
        ({"shown": 30, "optout": 6}, "20% of those who saw it took back their yes; the limit"),
    ],
)
def test_each_share_above_its_limit_pauses_with_its_reason_rows_39_and_48(
    seen: dict[str, int], share: str
) -> None:
    """Rows 39 and 48: bad ratings, dismissals and opt-outs stop a campaign, with the reason."""
    assert (tripped(counts(**seen)) or "").startswith(share)


def test_a_handful_stops_nothing() -> None:
    few = ANSWERS_MIN - 1
    assert tripped(counts(shown=few, dismissed=few, unwanted=few, optout=few)) is None
    assert tripped(counts(shown=few + 1, optout=few + 1)) is not None


def test_the_limits_are_settings() -> None:
    seen = counts(shown=60, dismissed=45)
    assert tripped(seen) is None
    assert tripped(seen, Guardrails(dismissed_share_max=0.4)) is not None


def test_endless_evidence_is_no_overflow() -> None:
    assert evidence(100_000, 100_000, 0.01) > 1.0 / ALPHA


@pytest.mark.parametrize("rail", WATCHED, ids=lambda one: one.setting)
def test_a_campaign_at_its_limit_is_hardly_ever_stopped_however_often_it_is_looked_at(
    rail: object,
) -> None:
    limit = getattr(Guardrails(), str(getattr(rail, "setting", "")))
    rng = np.random.default_rng(5)
    stopped = 0
    for _ in range(100):
        bad = np.cumsum(rng.random(400) < limit)
        looks = range(ANSWERS_MIN, 401, 10)
        stopped += any(evidence(int(bad[n - 1]), n, limit) >= 1.0 / ALPHA for n in looks)
    assert stopped <= 3

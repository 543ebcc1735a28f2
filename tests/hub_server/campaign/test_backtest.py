"""Row 43: what a file would have said last week, before it goes live."""

from typing import Any

import msgspec

from hub_server.campaign.backtest import JUDGED_FROM, Past, backtest, lines, shown
from hub_server.campaigns import Campaign
from hub_server.decision.snapshot import ContextSnapshot, Said
from tests.hub_server.written_campaigns import AT_WINE, campaign, one, parsed

NOW_S = 10_000.0
DAY_S = 86_400.0
HERE = ContextSnapshot(
    at_s=NOW_S,
    may_locate=True,
    may_message=True,
    channel="page",
    zone="wine",
    zone_name="Wine",
    zone_p=0.95,
    dwell_s=30.0,
    visit_s=900.0,
    stage="engaged",
    first_visit=False,
)


def past(visit: str, after_s: float = 0.0, *refused: str, **changes: Any) -> Past:  # noqa: ANN401
    moment = msgspec.structs.replace(HERE, at_s=NOW_S + after_s, **changes)
    return Past(visit, moment, frozenset(refused))


def nagging(visits: int, **changes: Any) -> list[Past]:  # noqa: ANN401 - any field
    return [past(f"v{number}", **changes) for number in range(visits)]


def test_who_would_have_got_it_is_counted_by_visit() -> None:
    found = backtest(nagging(7), [one()])
    tally = found.tallies["wine-1"]
    assert (found.visits, found.moments, found.messages) == (7, 7, 7)
    assert (len(tally.visits), tally.messages, tally.nags) == (7, 7, 0)
    assert found.nag_share == 0.0
    assert found.too_much(0.25) == ()


def test_messages_of_then_are_taken_out_and_caps_count_the_new_ones() -> None:
    """The old campaign's messages no longer hold back; its own cap of one a visit does."""
    then = Said("old", "inform", "wine", "page", NOW_S - 1.0)
    moments = [past("a", 0.0, said=(then,)), past("a", 400.0, said=(then,)), past("b", 0.0)]
    assert backtest(moments, [one()]).tallies["wine-1"].messages == 2


def test_what_was_said_rested_or_was_missed_then_holds_nothing_back() -> None:
    """Row 43: a campaign that goes on under its id is judged on regulars, too."""
    then = tuple(Said("wine-1", "inform", "wine", "page", NOW_S - DAY_S * n) for n in (1, 2, 3))
    for left in (
        {"said_before": then},
        {"missed_campaigns": ("wine-1",)},
        {"resting_campaigns": ("wine-1",)},
    ):
        assert backtest([past("a", **left)], [one()]).tallies["wine-1"].messages == 1, left


def test_what_the_replay_said_counts_in_the_shoppers_next_visits() -> None:
    """Three times a week, and each visit of a stranger is a stranger's."""

    def weeks(person: str, **changes: Any) -> list[Past]:  # noqa: ANN401 - any field
        days = [past(f"v{day}", day * DAY_S, **changes) for day in range(5)]
        return [msgspec.structs.replace(one, person=person) for one in days]

    assert backtest(weeks("ada"), [one()]).tallies["wine-1"].messages == 3
    assert backtest(weeks(""), [one()]).tallies["wine-1"].messages == 5
    assert backtest(weeks("ada", plain=True), [one()]).tallies["wine-1"].messages == 5


def test_kill_switch_pauses_and_controls_of_then_are_left_out() -> None:
    off = past("a", 0.0, killed=True, paused_campaigns=("wine-1",), controls=("wine-1",))
    assert backtest([off], [one()]).messages == 1
    assert backtest([past("a", 0.0, holdout=True)], [one()]).messages == 0


def three(**changes: Any) -> tuple[Campaign, ...]:  # noqa: ANN401 - any JSON
    usual = {"usefulness": 1.0} | changes
    return parsed(*(campaign(**(usual | {"id": f"c{n}", "topic": f"t{n}"})) for n in range(3)))


def test_a_nag_comes_too_soon() -> None:
    """Row 43: while the one before still holds."""
    moments = [past("a", 0.0), past("a", 100.0), past("a", 400.0)]
    found = backtest(moments, three(expiry_s=110))
    assert [tally.soon for tally in found.tallies.values()] == [0, 1, 0]
    assert [tally.nags for tally in found.tallies.values()] == [0, 1, 0]


def test_a_nag_comes_again_after_a_no() -> None:
    found = backtest([past("a", 0.0, "wine"), past("b", 0.0, "bread")], [one()])
    assert (found.tallies["wine-1"].refused, found.tallies["wine-1"].nags) == (1, 1)


def test_a_nag_promotes_at_a_busy_moment() -> None:
    for stage, is_nag in [("leaving", True), ("weighing", False), (None, False)]:
        found = backtest([past("a", 0.0, stage=stage)], [one()])
        assert found.tallies["wine-1"].busy == int(is_nag)
    help_ = one(kind="help", control_share=None)
    assert backtest([past("a", 0.0, stage="leaving")], [help_]).tallies["wine-1"].nags == 0


def test_a_file_that_nags_is_refused_with_the_reason() -> None:
    """Row 43: blocked above the limit, once there is enough to judge."""
    many = backtest(nagging(JUDGED_FROM, stage="leaving"), [one()])
    told = (
        "100% of 20 messages would have been nags, expected at most 25%; "
        "the campaign author narrows when it speaks"
    )
    assert many.too_much(0.25) == (f"campaign wine-1: {told}", f"all campaigns: {told}")
    assert many.too_much(1.0) == ()
    few = backtest(nagging(JUDGED_FROM - 1, stage="leaving"), [one()])
    assert few.too_much(0.25) == ()


def test_which_beats_which_is_counted() -> None:
    """Row 43: conflicts."""
    found = parsed(
        campaign(id="strong", usefulness=0.8),
        campaign(id="weak", topic="bread"),
        campaign(id="elsewhere", for_zone="bakery"),
        campaign(
            id="capped", topic="capped", usefulness=0.9, when=AT_WINE, starts="2030-01-01T00:00:00Z"
        ),
    )
    report = backtest(nagging(6), found)
    assert dict(report.beaten) == {("strong", "weak"): 6}


def test_the_report_names_nobody_and_hides_small_numbers() -> None:
    """DESIGN: fewer than five are `<5`."""
    found = backtest(
        [*nagging(6), past("a", 400.0, stage="leaving")],
        parsed(
            campaign(), campaign(id="weak", usefulness=0.4), campaign(id="never", for_zone="bakery")
        ),
    )
    assert list(lines(found, 7)) == [
        "7 stored moments of 7 visits in 7 days",
        "campaign                          visits  messages   nags  because",
        "wine-1                                 7         7    14%  at a busy moment <5",
        "weak                                   0         0      -",
        "never                                  0         0      -",
        "nags among all messages: 14%; offers: 0%",
        "wine-1 beats weak: 7 times",
    ]
    assert [shown(count) for count in (0, 1, 4, 5)] == ["0", "<5", "<5", "5"]


def test_nothing_in_is_nothing_out() -> None:
    found = backtest([], [one()])
    assert (found.nag_share, found.messages) == (0.0, 0)
    assert next(lines(found, 7)) == "0 stored moments of 0 visits in 7 days"

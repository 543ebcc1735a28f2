"""What a manager is told of campaigns: counts of nobody, reasons, effects only with a control."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from hub_server.campaign.desk import NO_CONTROL, NOT_ENOUGH, RATIO_OFF, CampaignDesk
from hub_server.impact.tallies import by
from hub_server.views.measures import EffectView
from tests.hub_server.conftest import START_S
from tests.hub_server.speaking_hub import LIMITS, Build, Store, message, stores

DAY_S = 86_400.0


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


@pytest.fixture
def store(new_store: Build) -> Store:
    return new_store(
        message("hello"),
        message("offer", "offer", control_share=0.2),
        message("soon", starts="2099-01-01T00:00:00+00:00"),
        message("gone", ends="2001-01-01T00:00:00+00:00"),
    )


def desk(store: Store) -> CampaignDesk:
    return store.hub.engine.rooms.campaigns


def count(store: Store, key: str, at_s: float = START_S, **counts: int) -> None:
    """Each of another person."""
    tallies = store.hub.engine.speaker.tallies
    with tallies.keeping():
        for what, number in counts.items():
            tallies.add(what, key, at_s, number)
            tallies.add(by(what), key, at_s, number)


def effect_of(store: Store, campaign: str) -> EffectView:
    return next(one for one in desk(store).effects() if one.campaign == campaign)


def test_each_campaign_says_how_it_stands_and_what_became_of_it(store: Store) -> None:
    count(store, "hello", m_said=50, m_shown=40, m_useful=7, m_dismissed=3, m_ghost=6)
    count(store, "hello", START_S - 31 * DAY_S, m_said=1_000)
    desk(store).pause("hello", "ada", START_S)
    store.hub.engine.rooms.states.pause("offer", "Too many.", "guardrail", START_S)
    found = desk(store).campaigns(START_S)
    hello, offer, soon, gone = found.campaigns
    assert (hello.said, hello.shown, hello.useful, hello.dismissed) == (50, 40, 7, "<5")
    assert (hello.held_out, hello.opted_out) == (6, 0)
    assert (hello.state, hello.paused_by, hello.why_paused) == (
        "paused",
        "manager",
        "Paused by ada.",
    )
    assert (offer.paused_by, offer.why_paused) == ("guardrail", "Too many.")
    assert (soon.state, gone.state, soon.paused_by) == ("waiting", "ended", None)
    assert (found.killed, found.min_visits) == (False, 50)
    assert (found.effect.campaign, found.effect.text) == (None, NOT_ENOUGH)
    desk(store).resume("hello")
    assert desk(store).campaigns(START_S).campaigns[0].state == "live"


def test_what_a_moment_fills_in_stands_in_the_title_by_its_name(new_store: Build) -> None:
    words = {"en": {"title": "At {zone_name}", "text": "Text.", "why": "Because of it."}}
    (one,) = desk(new_store(message("here", words=words))).campaigns(START_S).campaigns
    assert one.title == "At [zone_name]"


def test_the_switch_says_who_threw_it(store: Store) -> None:
    desk(store).kill(on=True, by="ada", now_s=START_S)
    found = desk(store).campaigns(START_S)
    assert (found.killed, found.killed_by) == (True, "ada")


def test_without_a_control_no_effect_is_told_and_with_few_visits_not_yet_row_77(
    store: Store,
) -> None:
    """Row 77: no uplift is shown without control."""
    count(store, "hello", treated=9_000, treated_bought=8_000)
    hello = effect_of(store, "hello")
    assert (hello.text, hello.difference, hello.control_visits) == (NO_CONTROL, None, 0)
    count(store, "offer", treated=400, control=49, expected_ppm=449 * 120_000)
    offer = effect_of(store, "offer")
    assert (offer.text, offer.enough, offer.low) == (NOT_ENOUGH, False, None)


def test_an_effect_is_one_difference_with_its_interval(store: Store) -> None:
    treated = {"treated": 8_000, "treated_bought": 2_000}
    count(store, "offer", **treated, control=2_000, control_bought=200, expected_ppm=2_000_000_000)
    found = effect_of(store, "offer")
    assert found.enough
    assert found.srm_ok
    assert found.difference == 0.15
    assert found.low is not None
    assert found.high is not None
    assert 0.1 < found.low < 0.15 < found.high < 0.2
    assert found.text.startswith("+15.0 points, between +1")


def test_sides_that_are_not_split_as_drawn_tell_nothing(store: Store) -> None:
    count(store, "offer", treated=5_000, control=2_000, expected_ppm=700_000_000)
    found = effect_of(store, "offer")
    assert (found.srm_ok, found.difference, found.text) == (False, None, RATIO_OFF)


def test_today_begins_at_the_stores_midnight_row_14(store: Store) -> None:
    """Rows 14 and 39: at 01:30 the silences of ten in the morning were yesterday's."""
    there = ZoneInfo("Europe/Berlin")
    ten, half_past_one = (
        datetime(2026, 9, day, hour, minute, tzinfo=there).timestamp()
        for day, hour, minute in ((22, 10, 0), (23, 1, 30))
    )
    for at_s in (ten, half_past_one):
        tallies = store.hub.engine.speaker.tallies
        with tallies.keeping():
            tallies.add("no", "muted", at_s, 6)
            tallies.add("no_by", "muted", at_s, 6)
    (muted,) = desk(store).reasons(half_past_one + 3600).reasons
    assert (muted.today, muted.week) == (6, 12)


def test_reasons_are_counted_of_all_and_of_each_campaign_today_and_in_a_week(store: Store) -> None:
    count(store, "bought", no=6)
    count(store, "bought", START_S - 6 * DAY_S, no=5)
    count(store, "bought", START_S - 7 * DAY_S, no=500)
    count(store, "consent", no=2)
    count(store, "hello bought", no_of=9)
    count(store, "hello muted", START_S - DAY_S, no_of=3)
    found = desk(store).reasons(START_S)
    assert [(one.code, one.today, one.week) for one in found.reasons] == [
        ("bought", 6, 11),
        ("consent", "<5", "<5"),
    ]
    (hello,) = found.campaigns
    assert [(one.code, one.today, one.week) for one in hello.reasons] == [
        ("bought", 9, 9),
        ("muted", 0, "<5"),
    ]
    assert all(one.text.endswith(".") for one in found.reasons)


def test_a_silence_is_counted_with_the_campaign_that_it_stopped(store: Store) -> None:
    desk(store).pause("hello", "ada", START_S)
    desk(store).pause("offer", "ada", START_S)
    store.shopper()
    assert store.counted("no_of") == {"gone over": 1}
    assert store.counted("no") == {"over": 1}


def test_the_headlines_equal_the_raw_log_row_104(new_store: Build) -> None:
    """Row 104: the dashboard's counts are those of the rows of decisions."""
    store = new_store(message("hello"), message("pasta", zone="pasta"))
    for number in range(4):
        session = store.shopper()
        if number:
            store.see(session)
        if number == 1:
            store.answer(session, "less")
        if number == 2:
            store.answer(session, "wrong_place")
    store.hub.pass_s(62)
    counts = {
        "m_said": "outcome = 'send'",
        "m_shown": "shown_ms IS NOT NULL",
        "m_nag": "feedback IN ('less', 'not_for_me', 'stop_today')",
        "m_wrong_place": "feedback = 'wrong_place'",
        "m_expired": "expired_ms IS NOT NULL",
    }
    for what, where in counts.items():
        assert store.counted(what)["hello"] == len(store.rows("1", where)), what
    found = desk(store).headlines(store.hub.now_s)
    assert (found.said, found.nag_share) == ("<5", None)
    assert desk(store).quality(store.hub.now_s)[0].purchases_to == 0
    assert desk(store).funnel(store.hub.now_s) == []


def test_what_is_said_often_to_few_is_few_and_to_many_is_told(new_store: Build) -> None:
    """Fewer than five are persons: one shopper who hears six messages is one."""
    every = [message(name, usefulness=0.9 - 0.05 * n) for n, name in enumerate("abcdef")]
    store = new_store(*every, limits=msgspec.structs.replace(LIMITS, caps=()))
    for number in range(6):
        session = store.shopper()
        store.see(session)
        for _ in range(2 if number == 0 else 0):
            store.hub.linger(session, "produce", 120)
            store.see(session)
        if number == 3:
            assert desk(store).headlines(store.hub.now_s).said == "<5"
    assert store.counted("m_said") == {"a": 6, "b": 1, "c": 1, "d": 1, "e": 1}
    assert store.counted("said_kind_by") == {"*": 6, "help": 6}
    found = desk(store).headlines(store.hub.now_s)
    # Of ten, two were taken back unseen; four campaigns were heard by one shopper each.
    assert (found.said, found.shown, found.service_count) == (6, 6, 8)
    first, *others = desk(store).campaigns(store.hub.now_s).campaigns
    assert (first.said, first.shown) == (6, 6)
    assert {one.said for one in others[:2]} == {"<5"}


def test_a_restart_or_another_visit_makes_nobody_two_persons(new_store: Build) -> None:
    store = new_store(message("hello", cap_per_visit=3), demo=False)
    sessions = [store.shopper(remember=True) for _ in range(4)]
    for session in sessions:
        store.see(session)
        store.answer(session, "useful")
    assert store.counted("m_said_by") == {"*": 4, "hello": 4}
    store.hub.restart()
    store.hub.agent_up()
    store.hub.pass_s(700, step_s=5)
    for session in sessions:
        store.hub.linger(session, "produce", 1)
    for number, session in enumerate(sessions):
        store.hub.engine.leave(session.cookie)
        (code,) = store.hub.carts(f"again-{number}")
        again = store.hub.yes(code, session.cookie, remember=True)
        store.hub.linger(again, "produce", 1)
    assert store.counted("m_said")["hello"] > 4
    for what in ("m_said", "m_shown", "m_useful", "q_shown", "q_useful", "said_kind"):
        assert set(store.counted(f"{what}_by").values()) == {4}, what
    (hello,) = desk(store).campaigns(store.hub.now_s).campaigns
    assert hello.said == "<5"


def test_persons_of_a_transaction_that_fails_are_counted_with_the_next(store: Store) -> None:
    tallies, mine = store.hub.engine.speaker.tallies, set[tuple[str, str]]()
    tallies.add_of(mine, "m_said", "hello", START_S)
    tallies.undone()
    assert mine == set()
    for _ in range(2):
        with tallies.keeping():
            tallies.add_of(mine, "m_said", "hello", START_S)
    assert store.counted("m_said") == {"hello": 2}
    assert store.counted("m_said_by") == {"*": 1, "hello": 1}

"""What nobody has seen yet is taken back as soon as it is wrong, and its cap has room again."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub_server.engine import Session
from hub_server.message.unseen import EXPIRED, LEFT, LEFT_ZONE, NO_CAMPAIGN, WHY_CANCELLED, Settled
from hub_server.visit.visits import MISSED_REST_S
from tests.hub_server.speaking_hub import Build, Store, message, stores


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


@pytest.fixture
def store(new_store: Build) -> Store:
    return new_store(message("hello"))


def pause(store: Store, session: Session) -> None:
    store.hub.engine.pause(session.cookie, paused=True)


def stop_campaign(store: Store, _session: Session) -> None:
    store.hub.engine.rooms.campaigns.pause("hello", "ada", store.hub.now_s)


def kill(store: Store, _session: Session) -> None:
    store.hub.engine.rooms.campaigns.kill(on=True, by="ada", now_s=store.hub.now_s)


def withdraw(store: Store, session: Session) -> None:
    store.visit(session).may_message = False


def walk_on(store: Store, session: Session) -> None:
    store.hub.now_s += 1
    store.hub.fix(store.hub.handle(session), "pasta")


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        (pause, "paused"),
        (stop_campaign, "campaign_paused"),
        (kill, "killed"),
        (withdraw, "consent"),
        (walk_on, LEFT_ZONE),
    ],
)
def test_what_is_wrong_by_now_is_taken_back_within_a_second(
    store: Store, deed: Callable[[Store, Session], None], code: str
) -> None:
    session = store.shopper()
    assert store.titles(session) == ["hello"]
    deed(store, session)
    store.hub.pass_s(1)
    assert store.titles(session) == []
    assert store.sent(session)[0].cancelled == code
    assert store.rows("cancelled, cancelled_ms IS NULL", "outcome = 'send'") == [(code, 0)]
    assert store.hub.query("SELECT count(*) FROM reservations WHERE released_ms IS NULL") == [(0,)]
    assert store.counted("m_cancelled") == {"hello": 1}
    why = store.hub.engine.why(store.sent(session)[0].decision)
    assert why.cancelled is not None
    assert why.cancelled.endswith(".")


def test_what_was_seen_stays(store: Store) -> None:
    session = store.shopper()
    store.see(session)
    kill(store, session)
    walk_on(store, session)
    store.hub.pass_s(1)
    assert store.titles(session) == ["hello"]


def test_an_unseen_message_expires_and_may_be_said_again_ten_minutes_later(store: Store) -> None:
    session = store.shopper()
    store.hub.linger(session, "produce", 62)
    first, *_ = store.sent(session)
    assert first.expired
    assert store.counted("m_expired") == {"hello": 1}
    store.hub.linger(session, "produce", 3)
    assert store.titles(session) == []
    first.at_s -= MISSED_REST_S
    store.hub.linger(session, "produce", 3)
    assert store.titles(session) == ["hello"]


def test_what_nobody_saw_in_a_visit_that_is_over_uses_no_cap(store: Store) -> None:
    session, seen = store.shopper(remember=True), store.shopper()
    store.see(seen)
    for one in (session, seen):
        store.hub.engine.leave(one.cookie)
    store.hub.pass_s(2)
    assert store.rows("cancelled", "outcome = 'send'") == [(LEFT,), (None,)]
    assert store.hub.query("SELECT released_ms IS NULL FROM reservations") == [(0,), (1,)]


def test_a_place_that_is_unsure_takes_nothing_back(store: Store) -> None:
    session = store.shopper()
    store.hub.now_s += 1
    store.hub.fix(store.hub.handle(session), "pasta", zone_p=0.5)
    store.hub.pass_s(1)
    assert store.titles(session) == ["hello"]


def test_service_that_is_bound_to_no_place_goes_along(new_store: Build) -> None:
    store = new_store(message("ready", "service"))
    session = store.shopper()
    walk_on(store, session)
    store.hub.pass_s(1)
    assert store.titles(session) == ["ready"]


def test_a_campaign_that_is_no_more_is_taken_back(store: Store) -> None:
    session = store.shopper()
    store.sent(session)[0].campaign = "gone"
    store.hub.pass_s(1)
    assert store.sent(session)[0].cancelled == NO_CAMPAIGN


def test_still_right_says_what_speaks_against(store: Store) -> None:
    session = store.shopper()
    unseen, visit = store.hub.engine.speaker.unseen, store.visit(session)
    (sent,) = visit.sent
    assert unseen.still_right(visit, sent) is None
    store.hub.now_s += 61
    store.hub.fix(store.hub.handle(session), "produce")
    store.hub.engine.heartbeat(session.cookie, visible=True)
    assert unseen.still_right(visit, sent) == "expired"
    sent.cancelled = "bought"
    assert unseen.still_right(visit, sent) == "bought"
    sent.cancelled, sent.expired = None, True
    assert unseen.still_right(visit, sent) == "expired"
    sent.expired = False
    store.hub.engine.leave(session.cookie)
    assert unseen.still_right(visit, sent) == LEFT


@pytest.mark.parametrize(
    ("outcome", "code", "cancelled", "expired"),
    [
        ("accepted", "", None, False),
        ("expired", "", None, True),
        ("gone", "", "push_gone", False),
        ("refused", "http_403", "http_403", False),
    ],
)
def test_a_push_that_nobody_will_see_gives_its_cap_back(
    store: Store,
    outcome: Settled,
    code: str,
    cancelled: str | None,
    expired: bool,  # noqa: FBT001 - of a parametrised test
) -> None:
    session = store.shopper()
    visit = store.visit(session)
    (sent,) = visit.sent
    store.hub.engine.speaker.unseen.push_settled(visit, sent, outcome, code)
    store.hub.pass_s(1)
    assert (sent.cancelled, sent.expired) == (cancelled, expired)
    assert sent.counts is (outcome == "accepted")
    free = store.hub.query("SELECT count(*) FROM reservations WHERE released_ms IS NOT NULL")
    assert free == [(int(outcome != "accepted"),)]


def test_a_push_that_was_taken_keeps_its_cap_though_nobody_told_that_it_was_seen(
    store: Store,
) -> None:
    session = store.shopper()
    visit = store.visit(session)
    store.hub.engine.speaker.unseen.push_settled(visit, visit.sent[0], "accepted", "")
    store.hub.linger(session, "produce", 70)
    assert visit.sent[0].expired
    assert len(visit.sent) == 1
    assert store.hub.query("SELECT count(*) FROM reservations WHERE released_ms IS NULL") == [(1,)]


def test_codes_that_are_no_gate_are_in_the_readme() -> None:
    readme = (Path(__file__).parents[3] / "hub_server" / "README.md").read_text()
    for code, text in WHY_CANCELLED.items():
        assert f"| `{code}` | {text} |" in readme


def test_taken_back_while_the_database_fails_is_written_later(store: Store) -> None:
    session = store.shopper()
    visit: Any = store.visit(session)
    kill(store, session)
    lock = store.hub.database
    store.hub.engine.speaker.unseen.review(visit)
    assert store.titles(session) == []
    assert lock.fault is None
    store.hub.pass_s(1)
    assert store.rows("cancelled", "outcome = 'send'") == [("killed",)]


def test_nothing_is_shown_past_its_time_while_the_database_fails(new_store: Build) -> None:
    store = new_store(message("hello", expiry_s=20))
    session = store.shopper()
    lock = sqlite3.connect(store.hub.settings.database, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    store.hub.linger(session, "produce", 22)
    assert store.titles(session) == []
    lock.execute("ROLLBACK")
    lock.close()
    store.hub.pass_s(2)
    assert store.rows("expired_ms IS NULL", "outcome = 'send'")[0] == (0,)
    assert store.counted("m_expired") == {"hello": 1}


@pytest.mark.parametrize("is_written", [True, False])
def test_what_was_taken_back_and_yet_seen_uses_its_cap(
    store: Store,
    is_written: bool,  # noqa: FBT001 - of a parametrised test
) -> None:
    """The receipt was on its way as the message was taken back."""
    session = store.shopper()
    walk_on(store, session)
    if is_written:
        store.hub.engine.tick()
    else:
        store.hub.engine.show(store.visit(session))
    assert store.sent(session)[0].cancelled == LEFT_ZONE
    store.see(session)
    store.hub.pass_s(1)
    assert store.titles(session) == []
    assert store.sent(session)[0].counts
    assert store.hub.query("SELECT count(*) FROM reservations WHERE released_ms IS NULL") == [(1,)]
    assert store.counted("said_kind") == {"help": 1}
    store.hub.restart()
    assert store.sent(session)[0].counts


def test_a_clock_that_is_set_back_makes_no_message_live_longer(new_store: Build) -> None:
    store = new_store(message("hello", expiry_s=20))
    session = store.shopper()
    visit = store.visit(session)
    store.hub.now_s -= 3_600
    assert visit.channel(store.hub.now_s) is None, "and no page is open because of it"
    assert store.hub.engine.speaker.unseen.still_right(visit, visit.sent[0]) == EXPIRED
    store.hub.pass_s(1)
    assert store.titles(session) == []

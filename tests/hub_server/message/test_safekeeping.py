"""A database that cannot be written: nothing has changed, the shopper is told, ops is told."""

import logging
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import pytest

from hub_server.engine import Event, Item, Refused, Session, Subject
from hub_server.sessions import digest
from tests.hub_server.conftest import Hub

CODE = "CART0000000000000000000000"
DECISION = "one-message"


@contextmanager
def locked(hub: Hub) -> Iterator[None]:
    """Another process writes, and does not come to an end."""
    holder = sqlite3.connect(hub.settings.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.close()


@contextmanager
def full(hub: Hub) -> Iterator[None]:
    """The statements go well; only the COMMIT finds no room."""
    hub.database.checkpoint()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


class Cast(msgspec.Struct):
    """Who is in the store: an owner with two carts, a guest, somebody else; one cart is free."""

    hub: Hub
    owner: Session
    guest: Session
    other: Session
    free: str
    taken: str
    decision: str

    def say(self) -> None:
        with self.hub.engine.answering():
            self.hub.engine.rooms.mission.say(self.owner.cookie, {"intent": "gift"})

    def event(self) -> str:
        subject = Subject(visit=self.owner.visit_code)
        items = [Item(item="8001", quantity=1)]
        at = "2026-09-21T15:06:40+02:00"
        event = Event(id="r-1", ts=at, channel="till", type="payment", subject=subject, items=items)
        return self.hub.engine.event("till", event)


@pytest.fixture
def cast(hub: Hub) -> Cast:
    one, two, free, taken = hub.carts("cart-1", "cart-2", "cart-3", "cart-4")
    owner = hub.yes(one)
    hub.yes(two, owner.cookie)
    guest = hub.engine.join(owner.join_code, None)
    other = hub.yes(taken)
    hub.enter(hub.handle(owner), "produce")
    hub.linger(owner, "produce", 60)
    (message, *_) = hub.engine.page(owner.cookie).messages
    return Cast(hub, owner, guest, other, free, taken, message.decision)


def memory(hub: Hub) -> dict[str, object]:
    """Everything that a call could have changed."""
    roll = hub.engine.roll
    return {
        "book": {name: repr(value) for name, value in vars(roll.book).items()},
        "visits": repr(roll.visits),
        "live": sorted(roll.live),
        "ghosts": repr(roll._ghosts),
        "withdrawn": roll.withdrawn(),
        "ledger": repr(roll.ledger._events),
        "journeys": list(hub.engine.journeys.handles),
        "list": repr(hub.engine.lists.current()),
    }


def kept(hub: Hub) -> dict[str, object]:
    """What a restart brings back too."""
    roll = hub.engine.roll
    visits = {
        name: (
            visit.handles,
            visit.join_code,
            visit.paused_s,
            visit.paid_s,
            visit.mission,
            visit.bought_items,
            visit.remembered,
            [(one.shown, one.dismissed, one.feedback) for one in visit.sent],
        )
        for name, visit in roll.visits.items()
    }
    return {
        "visits": visits,
        "booked": {one.visit: one for one in roll.book.open_visits()},
        "live": sorted(roll.live),
        "ghosts": roll._ghosts,
        "ledger": roll.ledger._events,
    }


CALLS: dict[str, Callable[[Cast], object]] = {
    "yes": lambda cast: cast.hub.yes(cast.free),
    "yes, another cart": lambda cast: cast.hub.yes(cast.free, cast.other.cookie),
    "takeover": lambda cast: cast.hub.yes(cast.taken, takeover=True),
    "takeover by the owner": lambda cast: cast.hub.yes(
        cast.taken, cast.owner.cookie, takeover=True
    ),
    "join": lambda cast: cast.hub.engine.join(cast.other.join_code, None),
    "pause": lambda cast: cast.hub.engine.pause(cast.owner.cookie, paused=True),
    "leave": lambda cast: cast.hub.engine.leave(cast.owner.cookie),
    "the guest leaves": lambda cast: cast.hub.engine.leave(cast.guest.cookie),
    "delete": lambda cast: cast.hub.engine.delete(cast.owner.cookie),
    "the guest deletes": lambda cast: cast.hub.engine.delete(cast.guest.cookie),
    "delete by code": lambda cast: cast.hub.engine.delete_by_code(cast.owner.visit_code),
    "mission": Cast.say,
    "feedback": lambda cast: cast.hub.engine.feedback(
        cast.owner.cookie, cast.decision, "not_for_me"
    ),
    "receipt": lambda cast: cast.hub.engine.receipt(cast.owner.cookie, cast.decision, "dismissed"),
    "event": Cast.event,
}


@pytest.mark.parametrize(
    ("call", "failing"),
    [*((call, locked) for call in CALLS), ("yes", full), ("takeover", full), ("delete", full)],
)
def test_what_cannot_be_written_has_not_happened(
    cast: Cast, call: str, failing: Callable[[Hub], object], caplog: pytest.LogCaptureFixture
) -> None:
    hub = cast.hub
    before = memory(hub)
    with failing(hub), pytest.raises(Refused) as refused:  # type: ignore[attr-defined]
        CALLS[call](cast)
    assert (refused.value.status, refused.value.code) == (503, "database")
    assert refused.value.__suppress_context__
    assert memory(hub) == before
    assert not hub.engine.health().ok
    (alarm,) = [one for one in hub.engine.health().alarms if one.startswith("database: ")]
    assert "; ops " in alarm
    assert caplog.records == []
    found = kept(hub)
    hub.restart()
    assert kept(hub) == found
    CALLS[call](cast)
    assert hub.engine.health().ok


def test_without_a_stored_yes_nobody_is_followed_and_the_cart_is_free(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    with locked(hub), pytest.raises(Refused, match="so nothing has changed"):
        hub.yes(code)
    assert hub.engine.look(code, None).state == "free"
    assert hub.engine.lists.current().rows == []
    assert hub.query("SELECT count(*) FROM shoppers") == [(0,)]


def test_the_clock_goes_on_and_what_was_due_ends_later(
    hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    hub.engine.heartbeat(session.cookie, visible=True)
    with locked(hub):
        hub.pass_s(1500, step_s=50)
        assert hub.engine.page(session.cookie).ended is None
        assert not hub.engine.health().ok
        assert any("locked by another process" in one for one in hub.engine.health().alarms)
    hub.pass_s(1)
    assert hub.engine.health().ok
    hub.pass_s(5)
    assert hub.engine.page(session.cookie).ended == "unheard"
    assert hub.query("SELECT count(*) FROM visits WHERE ended_ms IS NOT NULL") == [(1,)]
    assert caplog.records == []


def test_a_message_that_nobody_saw_expires_in_time_and_is_written_when_it_can_be(
    cast: Cast,
) -> None:
    hub = cast.hub
    sent = hub.engine.roll.visits[next(iter(hub.engine.roll.visits))].sent[0]
    unexpired = "SELECT count(*) FROM decisions WHERE outcome = 'send' AND expired_ms IS NULL"
    with locked(hub):
        hub.pass_s(130, step_s=10)
        assert sent.expired
        assert hub.query(unexpired) == [(1,)]
    hub.pass_s(1)
    assert hub.query(unexpired) == [(0,)]


def test_logins_are_refused_in_words_too(hub: Hub) -> None:
    hub.engine.logins.add_user("ada", "ten letters or more", 1)
    token = hub.engine.check_login("ada", "ten letters or more")
    assert token is not None
    with locked(hub):
        assert hub.engine.session(token) == "ada"
        with pytest.raises(Refused, match="cannot keep this"):
            hub.engine.check_login("ada", "ten letters or more")
        with pytest.raises(Refused, match="cannot keep this"):
            hub.engine.logout(token)
    assert hub.engine.session(token) == "ada"


def test_what_does_not_fit_is_our_fault_and_names_nobody(
    hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody took the row away beside the hub."""
    (code,) = hub.carts("cart-1")
    session = hub.yes(code, remember=True)
    hub.engine.leave(session.cookie)
    hub.run(
        "CREATE TRIGGER no BEFORE INSERT ON visits BEGIN SELECT RAISE(ABORT, 'a constraint'); END"
    )
    with caplog.at_level(logging.ERROR), pytest.raises(Refused) as refused:
        hub.yes(code, session.cookie)
    assert refused.value.status == 503
    (record,) = caplog.records
    assert record.exc_info is None
    assert "a constraint; our fault" in record.getMessage()
    assert digest(session.cookie).hex() not in caplog.text
    assert hub.engine.look(code, None).state == "free"


def test_stays_that_fit_nowhere_and_a_database_that_fails_are_given_up(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    handle = hub.handle(hub.yes(code))
    hub.run("PRAGMA foreign_keys=OFF")
    hub.run("DELETE FROM visits")
    hub.run("PRAGMA foreign_keys=ON")
    hub.run("ALTER TABLE quarantine RENAME TO away")
    hub.engine.intake._set_aside("a topic", "a reason", 1, hub.now_s)
    row = hub.row(handle, "enter", "produce")
    hub.stays(row)
    assert hub.acks() == []
    hub.run("ALTER TABLE away RENAME TO quarantine")
    hub.stays(row)
    assert hub.acks() == [("box-1", 1)]

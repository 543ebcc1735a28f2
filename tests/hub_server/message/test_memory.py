"""What a visit knows of messages as it begins: said before, whose control it is, its ghosts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub_server.speaking_hub import Build, message, stores

BANANAS = "1001"


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


def test_a_remembered_shopper_brings_along_what_was_said_before(new_store: Build) -> None:
    store = new_store(message("hello", caps=[{"per": "campaign", "limit": 1, "hours": 48}]))
    session = store.shopper(remember=True)
    store.see(session)
    store.see(session, "dismissed")
    store.hub.engine.leave(session.cookie)
    store.hub.now_s += 3_600
    (code,) = store.hub.carts("cart-next")
    again = store.hub.yes(code, session.cookie, remember=True)
    (said,) = store.visit(again).said_before
    assert (said.campaign, said.dismissed) == ("hello", True)
    store.hub.linger(again, "produce", 2)
    assert store.titles(again) == []
    assert ("silent", "cap_same") in store.rows("outcome, code")
    assert store.hub.engine.speaker.answers.history_of(store.visit(again)) == 0


def test_an_unremembered_shopper_begins_anew(new_store: Build) -> None:
    store = new_store(message("hello"))
    session = store.shopper()
    store.buy(session, BANANAS)
    assert store.visit(session).said_before == ()
    assert store.hub.engine.speaker.answers.history_of(store.visit(session)) == 0


def test_known_purchases_are_counted_unless_they_may_not_be_read(new_store: Build) -> None:
    store = new_store(message("hello"))
    session = store.shopper(remember=True)
    store.buy(session, BANANAS)
    history_of = store.hub.engine.speaker.answers.history_of
    assert history_of(store.visit(session)) == 1


def test_controls_are_drawn_for_visits_but_not_in_a_demo(new_store: Build) -> None:
    offer = message("offer", "offer", control_share=0.5)
    for demo, most in ((True, 0), (False, 12)):
        store = new_store(offer, demo=demo)
        drawn = [store.visit(store.shopper(zone=None)).controls for _ in range(12)]
        assert {one for one in drawn if one} <= {("offer",)}
        assert bool(any(drawn)) == bool(most)


def test_after_a_restart_each_message_is_what_it_was(new_store: Build) -> None:
    store = new_store(message("hello", categories=["fruit"]), message("ready", "service", "pasta"))
    session = store.shopper()
    store.see(session)
    store.hub.pass_s(95)
    store.hub.linger(session, "pasta", 2)
    store.hub.run(
        "INSERT INTO pushes SELECT decision, at_ms, 1, 'accepted' FROM decisions "
        "WHERE campaign = 'ready' AND outcome = 'send'"
    )
    changed = "channel = 'push', cancelled = 'bought'"
    store.hub.run(f"UPDATE decisions SET {changed} WHERE campaign = 'ready'")  # noqa: S608
    store.hub.restart()
    hello, ready = store.sent(session)
    assert (hello.categories, hello.exempt, hello.channel, hello.counts) == (
        ("fruit",),
        False,
        "page",
        True,
    )
    assert (ready.exempt, ready.taken, ready.channel, ready.cancelled) == (
        True,
        True,
        "push",
        "bought",
    )
    assert ready.counts


def test_after_a_restart_a_message_lives_as_long_as_it_would_have(new_store: Build) -> None:
    store = new_store(message("hello", expiry_s=20))
    session = store.shopper()
    (before,) = store.sent(session)
    store.hub.restart()
    (after,) = store.sent(session)
    assert after.expires_at_s == before.expires_at_s == before.at_s + 20


@pytest.mark.parametrize("is_control", [True, False])
def test_a_regular_is_compared_once_not_at_each_visit(
    new_store: Build,
    is_control: bool,  # noqa: FBT001 - of a parametrised test
) -> None:
    """The lot falls on the shopper: ten visits of one are not ten draws of it."""
    offer = message("offer", "offer", items=[BANANAS], control_share=0.5)
    store = new_store(offer, demo=False)
    cookie = None
    for number in range(2):
        (code,) = store.hub.carts(f"cart-{number}")[-1:]
        session = store.hub.yes(code, cookie, remember=True)
        cookie = session.cookie
        visit = store.visit(session)
        visit.holdout, visit.controls = False, ("offer",) if is_control else ()
        store.hub.linger(session, "produce", 2)
        if number == 1:
            store.buy(session, BANANAS)
        store.hub.engine.leave(cookie)
        store.hub.now_s += 3_600
    side = "control" if is_control else "treated"
    assert store.counted(side)["offer"] == 1
    assert store.counted("treated")["*"] == 1
    assert store.counted("expected_ppm")["offer"] == 500_000
    assert store.counted(f"{side}_bought") == {}
    assert store.rows("count(*)", "outcome <> 'silent'") == [(2,)]
    assert store.rows("count(*)", "bought_ms IS NOT NULL") == [(1,)]


@pytest.mark.parametrize("was_on", [True, False])
def test_a_lot_stays_as_it_was_drawn_whatever_is_ticked_later(
    new_store: Build,
    was_on: bool,  # noqa: FBT001 - of a parametrised test
) -> None:
    """Else a restart makes a control of somebody who has read the message."""
    store = new_store(message("offer", "offer", control_share=0.5), demo=False, holdout_share=0.5)
    for _ in range(8):
        session = store.shopper(zone=None, remember=was_on)
        drawn = [(one.holdout, one.controls) for one in [store.visit(session)]]
        store.hub.now_s += 1
        store.hub.engine.rooms.purposes.change(session.cookie, "remember", on=not was_on)
        store.hub.engine.roll.remind(store.visit(session))
        drawn += [(one.holdout, one.controls) for one in [store.visit(session)]]
        store.hub.restart()
        drawn += [(one.holdout, one.controls) for one in [store.visit(session)]]
        assert len(set(drawn)) == 1

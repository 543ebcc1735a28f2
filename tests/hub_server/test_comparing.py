"""Who is held out or control: kept as ghosts, and compared each by its own lot."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub_server.speaking_hub import Build, message, stores

BANANAS = "1001"


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


def test_the_holdout_hears_no_promotion_but_help_and_a_ghost_is_kept_once(new_store: Build) -> None:
    offer = message("offer", "offer", usefulness=0.95)
    store = new_store(offer, message("help", usefulness=0.8), demo=False)
    session = store.shopper(zone=None)
    store.visit(session).holdout = True
    store.hub.linger(session, "produce", 5)
    assert [one.campaign for one in store.sent(session)] == ["help"]
    ghosts = store.rows("campaign, code, title, rule_set", "outcome = 'ghost'")
    assert ghosts == [("offer", "holdout", None, None)]
    assert store.visit(session).ghosts.keys() == {"offer"}
    assert store.counted("m_ghost") == {"offer": 1}
    # Of all promotion together; the offer has no control of its own, help has none at all.
    assert store.counted("control") == {"*": 1}
    assert store.counted("treated") == {}
    assert store.counted("expected_ppm") == {"*": 100_000}
    store.hub.restart()
    assert store.visit(session).ghosts.keys() == {"offer"}


def test_a_control_hears_nothing_of_its_campaign_and_what_it_buys_is_noted(
    new_store: Build,
) -> None:
    store = new_store(message("offer", "offer", items=[BANANAS], control_share=0.5), demo=False)
    session = store.shopper(zone=None)
    visit = store.visit(session)
    visit.holdout, visit.controls = False, ("offer",)
    store.hub.linger(session, "produce", 3)
    assert store.sent(session) == []
    assert store.rows("outcome, code", "outcome <> 'silent'") == [("ghost", "control")]
    store.buy(session, BANANAS)
    assert store.rows("bought_ms IS NULL", "outcome = 'ghost'") == [(0,)]
    assert store.counted("control_bought") == {"offer": 1}


def test_a_ghost_behind_a_ghost_is_kept_too_so_that_each_message_has_its_control(
    new_store: Build,
) -> None:
    first = message("first", "offer", usefulness=0.95)
    second = message("second", "inform", control_share=0.5)
    store = new_store(first, second, message("help", usefulness=0.7), demo=False)
    session = store.shopper(zone=None)
    store.visit(session).holdout, store.visit(session).controls = True, ("second",)
    store.hub.linger(session, "produce", 3)
    assert store.titles(session) == ["help"]
    assert store.counted("control") == {"*": 1}
    ghosts = store.rows("campaign, code", "outcome = 'ghost'")
    assert ghosts == [("first", "holdout"), ("second", "holdout")]
    nobody = store.shopper(zone=None)
    store.visit(nobody).holdout = True
    store.visit(nobody).may_message = True
    store.hub.engine.speaker.campaigns = store.hub.engine.speaker.campaigns[:2]
    store.hub.linger(nobody, "produce", 2)
    assert store.titles(nobody) == []
    assert store.counted("m_ghost") == {"first": 2, "second": 2}
    assert store.counted("control") == {"*": 2}


def test_two_messages_with_a_control_each_are_compared_each_on_its_own(new_store: Build) -> None:
    """Whoever is control of the first hears the second, or is its control too: by its own lot."""
    first = message("first", "offer", usefulness=0.95, control_share=0.5)
    second = message("second", "inform", control_share=0.5)
    store = new_store(first, second, message("help", usefulness=0.7), demo=False)
    for controls in (("first",), ("first", "second"), ("second",)):
        session = store.shopper(zone=None)
        visit = store.visit(session)
        visit.holdout, visit.controls = False, controls
        store.hub.linger(session, "produce", 1)
        if controls == ("second",):
            store.buy(session, BANANAS)
    assert store.counted("treated") == {"*": 3, "first": 1, "second": 1}
    assert store.counted("control") == {"first": 2, "second": 1}
    assert store.counted("treated_bought") == {"*": 1, "first": 1}


def test_who_takes_back_the_yes_to_messages_still_counts_for_what_they_bought(
    new_store: Build,
) -> None:
    """The rows are gone at once; the side on which the visit stands is not, until it ends."""
    offer = message("offer", "offer", items=[BANANAS], control_share=0.5)
    store = new_store(offer, demo=False)
    for controls in ((), ("offer",)):
        session = store.shopper(zone=None)
        visit = store.visit(session)
        visit.holdout, visit.controls = False, controls
        store.hub.linger(session, "produce", 3)
        store.hub.engine.rooms.purposes.change(session.cookie, "message", on=False)
        assert store.rows("1", "outcome <> 'silent'") == []
        for _ in range(2):
            store.buy(session, BANANAS)
    assert store.counted("treated") == {"*": 2, "offer": 1}
    assert store.counted("treated_bought") == {"*": 2, "offer": 1}
    assert store.counted("control_bought") == {"offer": 1}


def test_a_restart_knows_the_sides_again_and_a_visit_buys_once(new_store: Build) -> None:
    offer = message("offer", "offer", items=[BANANAS], control_share=0.5, usefulness=0.95)
    store = new_store(offer, message("help", items=[BANANAS]), demo=False)
    sessions = []
    for holdout, controls in ((False, ()), (False, ("offer",)), (True, ()), (False, ())):
        session = store.shopper(zone=None)
        store.visit(session).holdout, store.visit(session).controls = holdout, controls
        store.hub.linger(session, "produce", 2)
        sessions.append(session)
    store.buy(sessions[3], BANANAS)
    before = [store.visit(session).exposures for session in sessions]
    for session, known in zip(sessions, before, strict=True):
        visit = store.visit(session)
        visit.exposures = {}
        for put_on in store.hub.engine.roll.recall:
            put_on(visit)
        assert visit.exposures == known
    for session in sessions:
        store.buy(session, BANANAS)
    assert store.counted("treated_bought") == {"*": 3, "offer": 2}
    assert store.counted("control_bought") == {"*": 1, "offer": 1}


def test_a_side_that_could_not_be_kept_is_none(new_store: Build) -> None:
    store = new_store(message("offer", "offer", control_share=0.5), demo=False)
    session = store.shopper(zone=None)
    visit = store.visit(session)
    visit.holdout, visit.controls = False, ()
    store.hub.run("ALTER TABLE decisions RENAME TO away")
    store.hub.linger(session, "produce", 1)
    assert visit.exposures == {}
    store.hub.run("ALTER TABLE away RENAME TO decisions")
    store.hub.linger(session, "produce", 1)
    assert visit.exposures.keys() == {"*", "offer"}
    assert store.counted("treated") == {"*": 1, "offer": 1}

"""What a visit is for: any part, any phone of it, at once, and gone with it."""

import pytest

from hub_server.decision.snapshot import ContextSnapshot
from hub_server.views.hub import Refused
from hub_server.visit.visits import Mission, Visit
from tests.hub_server.conftest import Hub

DAY_S = 86_400


def only_visit(hub: Hub) -> Visit:
    (visit,) = hub.engine.roll.visits.values()
    return visit


def snapshot(hub: Hub) -> ContextSnapshot:
    """What the next decision would know."""
    visit = only_visit(hub)
    journey = hub.engine.journeys.at(next(iter(visit.handles)), hub.now_s)
    assert journey is not None
    return hub.engine.speaker.moments.snapshot(visit, journey, hub.now_s)


def test_what_is_said_is_in_the_next_snapshot_and_asks_anew(hub: Hub) -> None:
    """Row 1: intent, for whom, value and time, each optional, are what a decision knows."""
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    before = snapshot(hub)
    assert (before.intent, before.for_whom, before.value, before.minutes_left) == (None,) * 4
    only_visit(hub).asked = ("produce", "exploring")
    hub.engine.rooms.mission.say(session.cookie, {"intent": "hurry", "minutes": 10.0})
    assert only_visit(hub).asked == ()
    hub.engine.rooms.mission.say(session.cookie, {"for_whom": "child", "value": "time"})
    hub.now_s += 120
    after = snapshot(hub)
    assert (after.intent, after.for_whom, after.value, after.minutes_left) == (
        "hurry",
        "child",
        "time",
        8.0,
    )


def test_another_intent_counts_at_once_and_tomorrow_nothing_is_known_of_it(hub: Hub) -> None:
    """Row 4: changed in mid-visit; a mission ends with its visit, and its row is emptied."""
    (code,) = hub.carts("cart-1")
    session = hub.yes(code, remember=True)
    hub.engine.rooms.mission.say(session.cookie, {"intent": "gift", "for_whom": "friend"})
    hub.engine.rooms.mission.say(session.cookie, {"intent": "browse"})
    assert snapshot(hub).intent == "browse"
    hub.restart()
    assert only_visit(hub).mission == Mission(intent="browse", for_whom="friend")
    hub.engine.leave(session.cookie)
    hub.now_s += DAY_S + 60
    hub.pass_s(1)
    assert hub.query("SELECT intent, for_whom, value, minutes FROM visits") == [(None,) * 4]
    hub.yes(code, session.cookie, remember=True)
    assert only_visit(hub).mission == Mission()


def test_a_taken_back_time_runs_no_more(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    hub.engine.rooms.mission.say(session.cookie, {"minutes": 5.0})
    hub.engine.rooms.mission.say(session.cookie, {"minutes": None})
    assert hub.query("SELECT minutes, minutes_said_ms FROM visits") == [(None, None)]
    assert only_visit(hub).mission.minutes_left(hub.now_s) is None


def test_time_does_not_run_below_nothing() -> None:
    assert Mission(minutes=5.0, said_s=0.0).minutes_left(600.0) == 0.0


def test_a_clock_that_is_set_back_gives_no_time() -> None:
    assert Mission(minutes=5.0, said_s=600.0).minutes_left(0.0) == 5.0


def test_a_second_phone_is_told_of_no_gift(hub: Hub) -> None:
    """Row 75: it may be for who holds that phone."""
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    said = {"intent": "gift", "for_whom": "partner", "value": "quality"}
    hub.engine.rooms.mission.say(session.cookie, said)
    assert hub.engine.page(session.cookie).intent == "gift"
    guest = hub.engine.join(session.join_code, None)
    for cookie in (session.cookie, guest.cookie):
        page = hub.engine.page(cookie)
        assert (page.intent, page.mission.intent, page.mission.for_whom) == (None, None, None)
        assert page.mission.value == "quality"
    assert snapshot(hub).intent == "gift"


def test_without_a_visit_there_is_no_mission(hub: Hub) -> None:
    with pytest.raises(Refused):
        hub.engine.rooms.mission.say("nobody", {"intent": "self"})

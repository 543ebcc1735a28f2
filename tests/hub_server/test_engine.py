"""From the broker's batch to the phone's frame, and everything that must not reach it."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from hub_server.engine import Event, Refused, Subject
from hub_server.journey.tracks import EVENTS
from hub_server.settings import Hours
from hub_server.views.hub import PhoneState
from tests.hub_server.conftest import Hub


def test_yes_then_place_then_message_with_its_reason(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    hub.agent_up()
    session = hub.yes(code)
    assert hub.engine.page(session.cookie).state == "unknown"
    hub.enter(hub.handle(session), "produce")
    page = hub.engine.page(session.cookie)
    assert page.place is not None
    assert (page.state, page.place.zone) == ("located", "produce")
    hub.linger(session, "produce", 60)
    (newest, *_) = hub.engine.page(session.cookie).messages
    assert newest.why[0].startswith("Because")
    why = hub.engine.why(newest.decision)
    assert (why.outcome, why.title, why.asked_again) == ("send", newest.title, True)
    asks = {one.id: one.needs_stage for one in hub.engine.speaker.campaigns}
    assert why.needs_stage is asks[str(why.campaign)]
    assert all(gate.ok for gate in why.gates if gate.campaign is None)
    # Campaigns have changed since, and today another decision would fall: what was stored counts.
    hub.run("UPDATE decisions SET code = 'muted', campaign = 'gone'")
    stored = hub.engine.why(newest.decision)
    assert (stored.asked_again, stored.needs_stage) == (False, None)
    assert len(stored.gates) <= len(why.gates)


def test_a_closed_page_is_written_to_by_nobody_and_each_silence_is_kept_once(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    hub.enter(hub.handle(session), "produce")
    for _ in range(30):
        hub.fix(hub.handle(session), "produce")
        hub.pass_s(1)
    assert hub.query("SELECT DISTINCT outcome, code FROM decisions") == [("silent", "unreachable")]
    assert hub.query("SELECT count(*) FROM decisions") == [(1,)]
    hub.stays(hub.row(hub.handle(session), "enter", "pasta"))
    assert hub.query("SELECT count(*) FROM decisions") == [(2,)]


def test_a_hidden_page_and_an_old_heartbeat_are_no_reach(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    hub.enter(hub.handle(session), "produce")
    hub.engine.heartbeat(session.cookie, visible=True)
    hub.engine.heartbeat(session.cookie, visible=False)
    hub.fix(hub.handle(session), "produce")
    hub.pass_s(1)
    assert {one.code: one.count for one in hub.floor().decisions.silent}["unreachable"] > 0
    hub.engine.heartbeat(session.cookie, visible=True)
    for _ in range(20):
        hub.fix(hub.handle(session), "produce")
        hub.pass_s(1)
    (last,) = hub.query("SELECT max(sent_ms) FROM decisions")
    assert last[0] is None or int(str(last[0])) <= (hub.now_s - 9) * 1000


def test_a_page_that_is_opened_and_a_payment_are_events_of_the_journey(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    for visible in (True, True, False, True):
        hub.engine.heartbeat(session.cookie, visible=visible)
        hub.pass_s(1)
    hub.pass_s(11)
    hub.engine.heartbeat(session.cookie, visible=True)
    about, ts = Subject(tag="cart-1"), datetime.fromtimestamp(hub.now_s, UTC).isoformat()
    hub.engine.event("till", Event(id="1", ts=ts, channel="t", type="payment", subject=about))
    (counted,) = hub.engine.journeys.tracks["events"].tolist()
    told = {kind: count for kind, count in zip(EVENTS, counted, strict=True) if count}
    assert told == {"app_open": 3, "pos": 1}


def test_not_for_me_ends_the_topic_and_a_remembered_shopper_is_not_asked_again(hub: Hub) -> None:
    first, second = hub.carts("cart-1", "cart-2")
    session = hub.yes(first, remember=True)
    hub.enter(hub.handle(session), "produce")
    hub.linger(session, "produce", 10)
    (message, *_) = hub.engine.page(session.cookie).messages
    hub.engine.feedback(session.cookie, message.decision, "not_for_me")
    assert hub.engine.page(session.cookie).messages[0].feedback == "not_for_me"
    hub.engine.leave(session.cookie)
    again = hub.yes(second, session.cookie, remember=True)
    assert again.cookie == session.cookie
    hub.enter(hub.handle(again), "produce")
    hub.linger(again, "produce", 10)
    assert message.title not in [one.title for one in hub.engine.page(again.cookie).messages]


def test_what_nobody_saw_in_time_is_taken_back_and_its_cap_given_back(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    hub.enter(hub.handle(session), "produce")
    hub.linger(session, "produce", 8)
    (message,) = hub.engine.page(session.cookie).messages
    hub.pass_s(130)
    assert hub.engine.page(session.cookie).messages == []
    assert hub.query("SELECT expired_ms > 0 FROM decisions WHERE outcome = 'send'") == [(1,)]
    assert message.kind == "guide"


def test_receipts_are_kept_the_first_time_and_shown_reaches_the_floor(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    hub.enter(hub.handle(session), "produce")
    hub.linger(session, "produce", 8)
    (message,) = hub.engine.page(session.cookie).messages
    hub.engine.receipt(session.cookie, message.decision, "shown")
    at_ms = round(hub.now_s * 1000)
    hub.pass_s(1)
    hub.engine.receipt(session.cookie, message.decision, "shown")
    assert hub.query("SELECT shown_ms FROM decisions WHERE outcome = 'send'") == [(at_ms,)]
    assert [one.shown for one in hub.floor().messages] == [True]
    hub.engine.receipt(session.cookie, message.decision, "dismissed")
    assert hub.engine.page(session.cookie).messages == []
    with pytest.raises(Refused, match="no such message"):
        hub.engine.receipt(session.cookie, "0", "shown")


def test_two_tags_one_shopper_and_a_tag_handed_over(hub: Hub) -> None:
    first, second = hub.carts("cart-1", "cart-2")
    session = hub.yes(first)
    assert hub.yes(second, session.cookie).visit_code == session.visit_code
    one, two = hub.engine.roll.live
    hub.fix(one, "produce")
    hub.now_s += 1
    hub.fix(two, "pasta")
    place = hub.engine.page(session.cookie).place
    assert place is not None
    assert place.zone == "pasta"
    with pytest.raises(Refused, match="In use"):
        hub.yes(first)
    other = hub.yes(first, takeover=True)
    assert hub.engine.page(session.cookie).state != "ended"
    hub.fix(one, "wine")
    assert hub.engine.page(other.cookie).place is None
    last = hub.yes(second, takeover=True)
    assert hub.engine.page(session.cookie).ended == "takeover"
    assert hub.engine.page(last.cookie).messages == []


def test_late_stays_of_an_ended_pairing_are_the_old_visits_and_never_later_ones(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    handle = hub.handle(session)
    waiting = hub.row(handle, "enter", "produce")
    hub.now_s += 10
    hub.engine.leave(session.cookie)
    hub.now_s += 10
    after = hub.row(handle, "enter", "pasta")
    stranger = hub.row("nobody-knows", "enter", "pasta")
    hub.stays(waiting, after, stranger)
    assert hub.acks() == [("box-1", 3)]
    assert hub.query("SELECT zone FROM stays") == [("produce",)]
    hub.restart()
    hub.stays(hub.row(handle, "leave", "produce", at_ms=waiting.at_ms))
    assert hub.query("SELECT kind FROM stays ORDER BY seq") == [("enter",), ("leave",)]


def test_a_walk_through_the_pharmacy_is_not_kept_even_if_an_agent_names_it(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    handle = hub.handle(hub.yes(code))
    hub.enter(handle, "produce")
    hub.enter(handle, "pharmacy")
    hub.pass_s(1)
    assert hub.acks()[-1] == ("box-1", 2)
    assert b"pharmacy" not in hub.bytes_on_disk()
    assert b"pharmacy" not in hub.engine.floor_frame()


def test_a_restart_takes_up_visits_messages_and_caps(hub: Hub) -> None:
    first, second = hub.carts("cart-1", "cart-2")
    session = hub.yes(first)
    guest = hub.engine.join(session.join_code, None)
    hub.enter(hub.handle(session), "produce")
    hub.linger(session, "produce", 8)
    (message,) = hub.engine.page(session.cookie).messages
    hub.engine.receipt(session.cookie, message.decision, "shown")
    hub.engine.feedback(session.cookie, message.decision, "useful")
    hub.engine.rooms.mission.say(session.cookie, {"intent": "research"})
    gone = hub.yes(second)
    hub.engine.leave(gone.cookie)
    hub.restart()
    page = hub.engine.page(session.cookie)
    assert [one.feedback for one in page.messages] == ["useful"]
    assert (page.intent, page.ended) == ("research", None)
    assert hub.engine.page(guest.cookie).visit_code == session.visit_code
    assert hub.engine.page(gone.cookie).ended == "leave"
    hub.enter(hub.handle(session), "produce")
    hub.linger(session, "produce", 8)
    assert [one.decision for one in hub.engine.page(session.cookie).messages] == [message.decision]


def test_pairings_end_by_silence_stillness_and_closing_time(new_hub: Callable[..., Hub]) -> None:
    hub = new_hub()
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    hub.pass_s(900, step_s=10)
    hub.pass_s(5)
    assert hub.engine.page(session.cookie).ended == "unheard"


def test_a_door_ends_a_visit(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    handle = hub.handle(session)
    for _ in range(0, 160, 4):
        if handle in hub.engine.roll.live:
            hub.fix(handle, "entrance")
        hub.pass_s(4, step_s=4)
    assert hub.engine.page(session.cookie).ended == "exit"


def test_closing_time_ends_every_visit_and_begins_none(new_hub: Callable[..., Hub]) -> None:
    hub = new_hub()
    minute = hub.engine._moments.local_minute(hub.now_s + 300)
    assert minute is not None
    closes = f"{minute // 60:02d}:{minute % 60:02d}"
    hub = new_hub(hours=Hours(opens="00:00", closes=closes))
    first, second = hub.carts("cart-1", "cart-2")
    session = hub.yes(first)
    hub.pass_s(100, step_s=10)
    assert hub.engine.page(session.cookie).ended is None
    hub.pass_s(300, step_s=10)
    assert hub.engine.page(session.cookie).ended == "closing"
    with pytest.raises(Refused, match="closed"):
        hub.yes(second)


async def test_a_phone_sees_each_frame_and_a_last_one(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    guest = hub.engine.join(session.join_code, None)
    frames = hub.engine.phone_frames(session.cookie)
    other = hub.engine.phone_frames(guest.cookie)
    assert state(await anext(frames)).state == "unknown"
    assert state(await anext(other)).state == "unknown"
    hub.fix(hub.handle(session), "produce")
    hub.pass_s(1)
    assert state(await anext(frames)).state == "located"
    hub.engine.leave(guest.cookie)
    assert [state(one).ended async for one in other] == ["leave"]
    hub.engine.leave(session.cookie)
    assert [state(one).ended async for one in frames] == ["leave"]
    assert [state(one).ended async for one in hub.engine.phone_frames(session.cookie)] == ["leave"]
    with pytest.raises(Refused):
        hub.engine.phone_frames("nobody")


def state(frame: bytes) -> PhoneState:
    return msgspec.json.decode(frame, type=PhoneState)


def test_a_database_that_fails_acknowledges_nothing_and_says_so(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    handle = hub.handle(hub.yes(code))
    hub.run("ALTER TABLE stays RENAME TO away")
    row = hub.row(handle, "enter", "produce")
    hub.stays(row)
    assert hub.acks() == []
    assert not hub.engine.health().ok
    hub.run("ALTER TABLE away RENAME TO stays")
    hub.stays(row)
    assert hub.acks() == [("box-1", 1)]
    assert hub.engine.health().ok
    assert hub.query("SELECT count(*) FROM stays") == [(1,)]

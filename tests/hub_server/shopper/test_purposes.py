"""One purpose at a time: what rests on it stops at once, its data goes, the rest goes on."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from hub_server.consent import PURPOSES
from hub_server.decision.caps import Cap
from hub_server.decision.limits import Limits
from hub_server.engine import Event, Item, Subject
from hub_server.shopper.preferences import Wish
from hub_server.views.hub import Refused
from tests.hub_server import speaking_hub as speaking
from tests.hub_server.conftest import Hub
from tests.hub_server.shopper.test_facts import answer, opened
from tests.hub_server.shopper.test_mission import only_visit, snapshot

DAY_S = 86_400


def switch(hub: Hub, cookie: str, purpose: str, *, on: bool) -> None:
    hub.engine.rooms.purposes.change(cookie, purpose, on=on)  # type: ignore[arg-type]


def count(hub: Hub, table: str) -> object:
    return hub.query(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608 - the tests' own words


def test_no_messages_any_more_and_none_is_kept(hub: Hub) -> None:
    """Row 82: message withdrawn: silence at once; messages, answers and push are erased."""
    hub.agent_up()
    session, visit = opened(hub)
    hub.enter(hub.handle(session), "produce")
    hub.linger(session, "produce", 10)
    answer(hub, visit, "wine", "less")
    hub.run(
        "INSERT INTO push_subscriptions VALUES ('s1', "  # noqa: S608 - its own id
        f"'{visit.shopper}', x'00', 'https://push.example/1', 'k', 'a', 1, 1)"
    )
    assert hub.engine.page(session.cookie).messages
    switch(hub, session.cookie, "message", on=False)
    assert (count(hub, "decisions"), count(hub, "opinions")) == (0, 0)
    assert count(hub, "push_subscriptions") == 0
    assert hub.engine.page(session.cookie).messages == []
    assert not snapshot(hub).may_message
    assert (visit.push, visit.weights) == (False, {})
    assert hub.engine.speaker.latest() == []
    assert hub.query("SELECT what FROM counts WHERE what = 'sent'")
    hub.linger(session, "produce", 30)
    assert hub.engine.page(session.cookie).messages == []
    assert visit.said(), "what was said still counts for the caps of this visit"
    switch(hub, session.cookie, "message", on=True)
    assert snapshot(hub).may_message


def test_no_place_any_more_and_no_stay_is_kept(hub: Hub) -> None:
    """Rows 82 and 92: locate withdrawn: no position in memory, the Pis are told, stays erased."""
    hub.agent_up()
    session, visit = opened(hub)
    handle = hub.handle(session)
    hub.enter(handle, "produce")
    assert hub.engine.page(session.cookie).light
    hub.now_s += 5
    switch(hub, session.cookie, "locate", on=False)
    page = hub.engine.page(session.cookie)
    assert (page.light, page.place, page.consent.locate, page.ended) == (False, None, False, None)
    assert (count(hub, "stays"), visit.zones) == (0, [])
    listed = hub.engine.lists.current()
    assert ([row.handle for row in listed.rows], listed.withdrawn) == ([], [handle])
    hub.fix(handle, "produce")
    hub.stays(hub.row(handle, "leave", "produce"))
    assert hub.engine.journeys.at(handle, hub.now_s) is None
    assert count(hub, "stays") == 0
    hub.now_s += 5
    switch(hub, session.cookie, "locate", on=True)
    listed = hub.engine.lists.current()
    assert ([row.handle for row in listed.rows], listed.withdrawn) == ([handle], [])
    before_ms = round((hub.now_s - 7) * 1000)
    hub.stays(hub.row(handle, "enter", "pasta", at_ms=before_ms), hub.row(handle, "enter", "wine"))
    assert hub.query("SELECT zone FROM stays") == [("wine",)]
    assert hub.engine.page(session.cookie).light


def test_no_decision_knows_any_more_where_it_was_made(tmp_path: Path) -> None:
    """Row 82: of a decision it stays when it was made, of what, and how it ended."""
    stores = speaking.stores(tmp_path)
    store = next(stores)(speaking.message("x"), speaking.message("y", zone="pasta"))
    ada = store.shopper(remember=True)
    store.hub.linger(ada, "produce", 3)
    store.hub.linger(ada, "pasta", 3)
    decided = store.hub.query("SELECT count(*) FROM decisions")
    switch(store.hub, ada.cookie, "locate", on=False)
    tables = store.hub.engine.rooms.export.of(ada.cookie).tables
    assert b"produce" not in msgspec.json.encode(tables)
    assert b"pasta" not in msgspec.json.encode(tables)
    assert store.hub.query("SELECT count(*) FROM decisions") == decided
    for one in tables["decisions"]:
        assert one["snapshot"]["at_s"] == one["at_ms"] / 1000
        assert store.hub.engine.why(one["decision"]).outcome == one["outcome"]
    next(stores, None)


@pytest.mark.parametrize("purpose", ["locate", "message"])
def test_a_no_right_after_a_message_counts_against_it(tmp_path: Path, purpose: str) -> None:
    """Rows 39 and 48: there is no message without being located, so both are the same no."""
    stores = speaking.stores(tmp_path)
    store = next(stores)(speaking.message("x"))
    ada = store.shopper()
    store.see(ada)
    switch(store.hub, ada.cookie, purpose, on=False)
    assert store.counted("m_opted_out") == {"x": 1}
    next(stores, None)


def test_not_remembered_any_more_is_a_stranger_from_now_on(hub: Hub) -> None:
    """Row 82: remember withdrawn: other visits, answers, number and purchases are erased."""
    hub.agent_up()
    session, first = opened(hub)
    hub.enter(hub.handle(session), "produce")
    answer(hub, first, "wine", "less")
    hub.engine.rooms.profile.forget(session.cookie, "owned:8001")
    hub.engine.rooms.loyalty.link(session.cookie, "4711-0815")
    number = hub.engine.rooms.loyalty.external("4711-0815")
    hub.run(
        "INSERT INTO purchases VALUES ('b1', 1, "  # noqa: S608 - its own digest
        f"'{number}', {round(hub.now_s * 1000)}, '8001', 1, 2.5)"
    )
    hub.engine.leave(session.cookie)
    hub.now_s += 60
    (code,) = hub.carts("cart-2")
    hub.yes(code, session.cookie, remember=True)
    hub.engine.rooms.mission.say(session.cookie, {"intent": "browse"})
    switch(hub, session.cookie, "remember", on=False)
    visit = only_visit(hub)
    assert (visit.remembered, visit.weights, visit.mission.intent) == (False, {}, "browse")
    for table in ("links", "purchases", "facts", "opinions", "stays"):
        assert count(hub, table) == 0, table
    assert hub.query("SELECT visit FROM visits") == [(visit.visit,)]
    hub.restart()
    assert not only_visit(hub).remembered
    hub.engine.leave(session.cookie)
    hub.now_s += DAY_S + 60
    hub.pass_s(1)
    assert count(hub, "shoppers") == 0


def test_caps_go_with_the_tick_and_stay_with_the_visit_without_it(tmp_path: Path) -> None:
    """Row 41: what was said before "remember me" was ticked counts the next day, too."""
    stores = speaking.stores(tmp_path)
    once_a_week = Limits(
        first_visit_s=0.0,
        offer_share_max=1.0,
        caps=(Cap(per="campaign", limit=1, hours=168.0),),
    )
    store = next(stores)(speaking.message("first"), limits=once_a_week)
    ada = store.shopper("produce", remember=False)
    store.see(ada)
    switch(store.hub, ada.cookie, "remember", on=True)
    shopper = store.visit(ada).shopper
    assert store.hub.query("SELECT subject FROM reservations") == [(f"shopper:{shopper}",)]
    store.hub.engine.leave(ada.cookie)
    store.hub.now_s += 3600
    (code,) = store.hub.carts("another")
    again = store.hub.yes(code, ada.cookie, remember=True)
    store.hub.linger(again, "produce", 3)
    assert store.titles(again) == []
    switch(store.hub, again.cookie, "remember", on=False)
    next(stores, None)


def test_the_tick_can_be_taken_back_after_the_visit(hub: Hub) -> None:
    session, _ = opened(hub)
    handle = hub.handle(session)
    hub.engine.leave(session.cookie)
    switch(hub, session.cookie, "remember", on=False)
    assert count(hub, "visits") == 0
    assert hub.engine.lists.current().withdrawn == [handle]
    switch(hub, session.cookie, "remember", on=True)
    assert hub.query("SELECT remembered FROM shoppers") == [(1,)]


def test_improve_is_given_and_taken_back_like_the_others(hub: Hub) -> None:
    session, _ = opened(hub, remember=False)
    deals = hub.engine.rooms.purposes.deals
    shopper = only_visit(hub).shopper
    for on in (True, True, False):
        switch(hub, session.cookie, "improve", on=on)
        hub.now_s += 1
    assert hub.query("SELECT how FROM consents WHERE purpose = 'improve'") == [("settings",)] * 2
    (improve,) = [one for one in deals(shopper, "de") if one.purpose == "improve"]
    assert (improve.on, improve.since_ms) == (False, round((hub.now_s - 1) * 1000))
    assert [one.purpose for one in deals(shopper, "fr")] == list(PURPOSES)
    assert hub.engine.page(session.cookie).ended is None


def test_without_an_open_visit_there_is_nothing_to_locate_or_tell(hub: Hub) -> None:
    session, _ = opened(hub)
    guest = hub.engine.join(session.join_code, None)
    hub.engine.leave(session.cookie)
    for cookie in (session.cookie, guest.cookie):
        for purpose in ("locate", "message"):
            with pytest.raises(Refused) as refused:
                switch(hub, cookie, purpose, on=True)
            assert refused.value.status == 409


def test_who_is_not_located_stays_while_the_page_is_open(hub: Hub) -> None:
    """Nobody listens to the tag, so its silence ends nothing; a closed page does."""
    session, _ = opened(hub)
    switch(hub, session.cookie, "locate", on=False)
    for _ in range(20):
        hub.engine.heartbeat(session.cookie, visible=True)
        hub.pass_s(60, step_s=12)
    assert hub.engine.page(session.cookie).ended is None
    hub.pass_s(1300, step_s=50)
    assert hub.engine.page(session.cookie).ended == "page_silent"


def order(hub: Hub, number: str, item: str, **whose: str) -> None:
    event = Event(
        id=number,
        ts=datetime.fromtimestamp(hub.now_s, UTC).isoformat(),
        channel="web",
        type="order",
        subject=Subject(**whose),
        items=[Item(item=item)],
    )
    hub.engine.event("web", event)


def test_what_was_ordered_elsewhere_today_goes_at_once(hub: Hub) -> None:
    """Row 82: not only after a restart; what this visit itself bought stays."""
    session, visit = opened(hub)
    hub.engine.rooms.loyalty.link(session.cookie, "4711 0815")
    order(hub, "o-1", "1001", shopper="4711 0815")
    order(hub, "o-2", "1002", visit=session.visit_code)
    # Just prices and stock: still not to be offered, as it is bought (row 31).
    hub.engine.rooms.preferences.change(session.cookie, Wish(plain=True))
    assert visit.bought_items == {"1001", "1002"}
    switch(hub, session.cookie, "remember", on=False)
    assert b"1001" not in hub.query("SELECT bought FROM visits")[0][0]  # type: ignore[operator]
    assert visit.bought_items == {"1002"}
    hub.restart()
    assert only_visit(hub).bought_items == {"1002"}


def test_an_answer_in_flight_is_not_kept_once_messages_are_taken_back(hub: Hub) -> None:
    """Row 82: nothing that comes late brings back what was erased."""
    hub.agent_up()
    session, _ = opened(hub)
    hub.enter(hub.handle(session), "produce")
    hub.linger(session, "produce", 10)
    (one,) = hub.engine.page(session.cookie).messages
    switch(hub, session.cookie, "message", on=False)
    with pytest.raises(Refused, match="no such message"):
        hub.engine.receipt(session.cookie, one.decision, "tapped")
    with pytest.raises(Refused, match="no such message"):
        hub.engine.feedback(session.cookie, one.decision, "useful")
    assert count(hub, "opinions") == 0
    switch(hub, session.cookie, "message", on=True)
    with pytest.raises(Refused, match="no such message"):
        hub.engine.feedback(session.cookie, one.decision, "useful")
    assert count(hub, "opinions") == 0

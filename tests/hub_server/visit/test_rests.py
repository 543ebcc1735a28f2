"""What is refused after it was decided rests, so that the next best speaks and nothing loops."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_server.decide import decide
from hub_server.decision.caps import Cap
from hub_server.decision.limits import Limits
from hub_server.decision.snapshot import ContextSnapshot
from hub_server.engine import Session
from hub_server.shopper.preferences import Wish
from hub_server.visit.rests import Rest, rest_after, resting
from tests.hub_server.speaking_hub import LIMITS, Build, Store, message, stores

ONCE_A_WEEK = Limits(
    first_visit_s=0.0, offer_share_max=1.0, caps=(Cap(per="campaign", limit=1, hours=168.0),)
)


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


def test_each_rest_is_twice_as_long_and_none_longer_than_ten_minutes() -> None:
    rest: Rest | None = None
    lengths = []
    for _ in range(8):
        rest = rest_after(rest, 0.0)
        lengths.append(rest.for_s)
    assert lengths == [15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 600.0, 600.0]


@pytest.mark.parametrize(
    ("now_s", "names"), [(99.9, ()), (100.0, ("a", "b")), (114.9, ("a", "b")), (115.0, ("b",))]
)
def test_what_rests_at_a_moment(now_s: float, names: tuple[str, ...]) -> None:
    assert resting({"b": Rest(100.0, 30.0), "a": Rest(100.0)}, now_s) == names


def again(store: Store, session: Session) -> Session:
    """The same shopper, an hour later, who wants just prices and stock."""
    hub = store.hub
    hub.engine.leave(session.cookie)
    hub.now_s += 3_600
    (code,) = hub.carts("cart-again")
    new = hub.yes(code, session.cookie, remember=True)
    hub.linger(new, "entrance", 1)
    hub.engine.rooms.preferences.change(new.cookie, Wish(plain=True))
    return new


def test_just_prices_and_stock_what_the_cap_refuses_blocks_no_other(new_store: Build) -> None:
    """The decision knows of no other visit, the database's cap does."""
    store = new_store(message("first"), message("second", usefulness=0.5), limits=ONCE_A_WEEK)
    session = store.shopper(remember=True)
    store.see(session)
    session = again(store, session)
    store.hub.linger(session, "produce", 3)
    assert store.titles(session) == ["second"]
    refused = store.rows("campaign, code", "code = 'cap_same' AND outcome = 'silent'")
    assert refused == [("first", "cap_same")]


def test_that_it_rests_is_stored_with_the_decision_and_decides_it_again(new_store: Build) -> None:
    store = new_store(message("first"), limits=ONCE_A_WEEK)
    session = store.shopper(remember=True)
    store.see(session)
    session = again(store, session)
    store.hub.linger(session, "produce", 2)
    (snapshot, code) = store.rows("snapshot, code")[-1]
    assert code == "resting"
    assert b'"resting_campaigns":["first"]' in bytes(str(snapshot), "utf8")
    why = store.hub.engine.why(str(store.rows("decision")[-1][0]))
    assert why.asked_again
    assert [gate.gate for gate in why.gates if not gate.ok] == ["resting"]


def test_a_message_that_was_erased_is_said_once_more_and_blocks_no_other(new_store: Build) -> None:
    """Messages taken back and given again: the rows are gone, and after a restart nobody knows."""
    when = {"field": "visit_s", "op": ">=", "value": 8}
    store = new_store(message("first"), message("second", usefulness=0.5, when=when))
    session = store.shopper()
    store.see(session)
    purposes = store.hub.engine.rooms.purposes
    purposes.change(session.cookie, "message", on=False)
    store.hub.now_s += 1
    purposes.change(session.cookie, "message", on=True)
    store.hub.restart()
    store.hub.agent_up()
    store.hub.linger(session, "produce", 60)
    assert [one.campaign for one in store.sent(session)] == ["second"]


def test_who_stands_where_two_zones_meet_is_not_told_each_second(new_store: Build) -> None:
    store = new_store(message("here"))
    session = store.shopper("entrance")
    for second in range(60):
        store.hub.linger(session, "produce" if second % 2 else "pasta", 1)
    assert store.rows("cancelled", "outcome = 'send'") == [("left_zone",)] * 3


def test_two_carts_of_one_visit_in_two_aisles(new_store: Build) -> None:
    store = new_store(message("a"), message("b", zone="pasta"))
    hub = store.hub
    session = store.shopper("entrance")
    (code,) = hub.carts("cart-second")
    hub.yes(code, session.cookie)
    first, second = list(store.visit(session).handles)
    for _ in range(30):
        for handle, zone, seconds in ((first, "produce", 0.7), (second, "pasta", 0.3)):
            hub.now_s += seconds
            hub.engine.heartbeat(session.cookie, visible=True)
            hub.fix(handle, zone)
            hub.engine.tick()
    assert len(store.rows("campaign", "outcome = 'send'")) <= 4


def test_what_rests_does_not_take_back_what_is_out_already(new_store: Build) -> None:
    """The same campaign may speak twice in a visit: the second was refused, the first stays."""
    store = new_store(message("hello"))
    session = store.shopper()
    visit = store.visit(session)
    visit.rest("hello", store.hub.now_s)
    assert store.hub.engine.speaker.unseen.still_right(visit, visit.sent[0]) is None


def test_a_snapshot_of_before_this_was_known_rests_nothing() -> None:
    assert decide(ContextSnapshot(at_s=0.0), (), LIMITS).code == "consent"
    assert ContextSnapshot(at_s=0.0).resting_campaigns == ()

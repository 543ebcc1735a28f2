"""What a message named is asked for by itself: other lines of the list do not save it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub_server.campaign.campaign import Good
from hub_server.campaign.named_items import BARS, LIST_FIELDS, OFF_LIST, PLAIN, UNKNOWN, against
from hub_server.campaigns import Campaign, items_now, mark
from hub_server.decision.gates import CAMPAIGN_GATES
from hub_server.decision.snapshot import ContextSnapshot
from hub_server.engine import Session
from hub_server.shopper.preferences import Wish
from tests.hub_server.conftest import SALT
from tests.hub_server.speaking_hub import Build, Store, message, stores
from tests.hub_server.wine_moment import GOOD, made

BANANAS, APPLES, ORANGES = "1001", "1002", "1003"
SAID = {"en": {"title": "{product}", "text": "Text.", "why": "It is on your list."}}


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


@pytest.fixture
def store(new_store: Build) -> Store:
    return new_store(message("listed", "guide", about="wanted_items", words=SAID))


def listed(store: Store, *items: str) -> tuple[Session, list[Any]]:
    """A shopper with these on the list, to whom one message names them; the lines."""
    session = store.shopper(zone=None)
    lists = store.hub.engine.rooms.aisle.lists
    for item in items:
        lists.add(session.cookie, None, item)
    store.hub.linger(session, "produce", 1)
    (sent,) = store.sent(session)
    assert set(sent.items) == set(items)
    return session, [one.line for one in store.visit(session).wanted]


def taken_back(store: Store, session: Session) -> str | None:
    store.hub.engine.show(store.visit(session))
    assert store.titles(session) == []
    return store.sent(session)[0].cancelled


def test_bought_meanwhile(store: Store) -> None:
    """Row 1: apples in the bag are not pointed out, though bananas still are on the list."""
    session, _ = listed(store, BANANAS, APPLES)
    store.buy(session, APPLES, type_="scan")
    assert taken_back(store, session) == "bought"


def test_ticked_off_meanwhile(store: Store) -> None:
    session, lines = listed(store, BANANAS, APPLES)
    store.hub.engine.rooms.aisle.lists.remove(session.cookie, lines[0])
    assert taken_back(store, session) == OFF_LIST


def test_a_gift_by_now(store: Store) -> None:
    """Row 75: also one that stands behind the first in the list."""
    sold = store.hub.store.assortment
    other = next(one for one in sold.products if sold.category(one) != sold.category(BANANAS))
    session, _ = listed(store, BANANAS, other)
    visit = store.visit(session)
    named = visit.sent[0].items[-1]
    visit.gift_marks = frozenset({mark(named, SALT)})
    assert taken_back(store, session) == "gift"


def test_a_message_that_was_emptied_is_not_sent(new_store: Build) -> None:
    store = new_store(message("tip"))
    session = store.shopper()
    (sent,) = store.sent(session)
    sent.title = ""
    assert store.hub.engine.speaker.unseen.still_right(store.visit(session), sent) == "gift"


def test_what_it_named_is_known_after_a_restart(store: Store) -> None:
    session, lines = listed(store, BANANAS, APPLES)
    store.hub.restart()
    store.hub.engine.show(store.visit(session))
    assert len(store.titles(session)) == 1
    store.hub.engine.rooms.aisle.lists.remove(session.cookie, lines[0])
    assert taken_back(store, session) == OFF_LIST


def test_what_still_holds_stays(store: Store) -> None:
    session, _ = listed(store, BANANAS)
    store.hub.engine.rooms.aisle.lists.add(session.cookie, None, ORANGES)
    store.hub.engine.show(store.visit(session))
    assert len(store.titles(session)) == 1


def test_just_prices_and_stock_takes_back_what_rests_on_the_past(new_store: Build) -> None:
    """Row 4: what is unseen as the choice is made is not shown any more."""
    here = {"field": "zone", "op": "is", "value": "produce"}
    again = {"all": [here, {"field": "first_visit", "op": "is", "value": False}]}
    store = new_store(message("again", when=again))
    session = store.shopper(zone=None, remember=True)
    visit = store.visit(session)
    visit.past = type(visit.past)(first_visit=False)
    store.hub.linger(session, "produce", 1)
    assert store.titles(session) == ["again"]
    store.hub.engine.rooms.preferences.change(session.cookie, Wish(plain=True))
    assert taken_back(store, session) == PLAIN


def test_why_tells_nothing_of_what_is_a_gift_by_now(new_store: Build) -> None:
    """Row 75: neither the campaign nor its gates, whose names may be the gift's."""
    store = new_store(message("bananas-today", items=[BANANAS]))
    session = store.shopper()
    decision = store.see(session)
    engine = store.hub.engine
    assert engine.why(decision).campaign == "bananas-today"
    engine.rooms.gifts.say(session.cookie, BANANAS, gift=True)
    why = engine.why(decision)
    assert (why.campaign, why.title, why.gates, why.needs_stage) == (None, "", [], None)


def test_managers_do_not_read_what_one_shopper_wants(store: Store) -> None:
    """On the floor page a message made for one shopper stands by its campaign's title."""
    session, _ = listed(store, BANANAS)
    assert store.titles(session) != ["[product]"]
    assert [one.title for one in store.hub.engine.speaker.latest()] == ["[product]"]


PASSED, LEFT, WANTED, DUE = "passed_items", "leaving_without", "wanted_items", "due_items"
ABOUTS = (PASSED, LEFT, WANTED, DUE)
MARK = "a-mark"


def about(field: str, **more: Any) -> Campaign:  # noqa: ANN401 - any field
    """A campaign that speaks of the moment's own items, of which rye is one."""
    rye = Good(
        item="rye",
        name="Rye",
        price=None,
        category="bread",
        sensitive=True,
        marks=frozenset({MARK}),
    )
    (one,) = made({})
    changes = {"about": field, "items": frozenset(), "named_items": (), "goods": {"rye": rye}}
    return msgspec.structs.replace(one, **{**changes, **more})


def moment(**more: Any) -> ContextSnapshot:  # noqa: ANN401 - any field
    """Rye is on the list, passed, left and due; and what is sensitive may be told."""
    names = dict.fromkeys(ABOUTS, ("rye",))
    return msgspec.structs.replace(GOOD, **{**names, "sensitive_ok": True, **more})


BARRED = [
    (ABOUTS, "bought", {"bought_items": ("rye",)}),
    ([DUE], "owned", {"owned_items": ("rye",)}),
    ([DUE], "returned", {"returned_items": ("rye",)}),
    ([DUE], "disliked", {"disliked_items": ("rye",)}),
    (ABOUTS, "out_of_stock", {"out_items": ("rye",)}),
    ([], "stock_unknown", {"stock_unknown_items": ("rye",)}),
    (ABOUTS, "gift", {"gift_marks": (MARK,)}),
    (ABOUTS, "sensitive", {"sensitive_ok": False}),
    ([], "nothing", {"bought_items": ("oats",)}),
]


@pytest.mark.parametrize("field", ABOUTS)
@pytest.mark.parametrize(("barred", "code", "known"), BARRED)
def test_what_may_be_named_is_the_same_as_it_is_decided_and_as_it_waits(
    barred: list[str], code: str, known: dict[str, Any], field: str
) -> None:
    campaign, snapshot = about(field), moment(**known)
    found = against(campaign, ["rye"], snapshot)
    assert found == (code if field in barred else None)
    assert (items_now(campaign, snapshot) == ()) is (found is not None)


def test_a_stock_that_nobody_knows_is_asked_for_by_who_needs_it() -> None:
    snapshot = moment(stock_unknown_items=("rye",))
    campaign = about(WANTED, needs_stock=True)
    assert against(campaign, ["rye"], snapshot) == "stock_unknown"
    assert items_now(campaign, snapshot) == ()


def test_what_the_products_know_no_more_is_not_named() -> None:
    campaign = about(WANTED, goods={})
    assert against(campaign, ["rye"], moment()) == UNKNOWN
    assert against(about(WANTED), [], moment()) == UNKNOWN
    assert items_now(campaign, moment()) == ()


def test_the_table_and_the_gates_tell_the_same_codes() -> None:
    gates = [gate.code for gate in CAMPAIGN_GATES]
    assert [one.code for one in BARS] == [code for code in gates if code in {b.code for b in BARS}]
    assert set(ABOUTS) > LIST_FIELDS


@pytest.mark.parametrize("field", ["returned_items", "disliked_items"])
def test_what_is_written_on_the_list_was_asked_for_whatever_became_of_it_once(
    store: Store, field: str
) -> None:
    """It was decided on and refused each second, and nothing was ever said."""
    session = store.shopper(zone=None)
    store.hub.engine.rooms.aisle.lists.add(session.cookie, None, BANANAS)
    visit = store.visit(session)
    visit.past = msgspec.structs.replace(visit.past, **{field: (BANANAS,)})
    store.hub.linger(session, "produce", 5)
    assert len(store.titles(session)) == 1
    assert store.rows("campaign", "outcome = 'send'") == [("listed",)]

"""Events on many channels, a past that counts, and what becomes of both, through a whole hub."""

from datetime import UTC, datetime

import msgspec
import pytest

from hub_server import campaigns
from hub_server.engine import Event, Item, Session, Subject
from hub_server.event.due import DAY_S
from hub_server.event.service_plans import Plan
from hub_server.shopper.preferences import Wish
from hub_server.views.events import Details
from hub_server.visit.visits import Visit
from tests.hub_server.conftest import START_S, Hub, market

BRUSH, PASTE, SEAT = "1048", "1047", "1043"
NUMBER = "1234 5678"
PLANS = (
    Plan(id="brush", name="Brush heads", items=frozenset({BRUSH}), interval_days=90.0),
    Plan(id="wear", name="Motor", items=frozenset({BRUSH}), usage=100.0, remind_days=10),
    Plan(id="seats", name="Hinges", categories=frozenset({"kitchen"}), interval_days=100.0),
)


def send(hub: Hub, kind: str, subject: Subject, *items: str, **more: object) -> str:
    """Post an event of now, or of `at_s`."""
    at_s = float(str(more.pop("at_s", hub.now_s)))
    number = len(hub.query("SELECT event FROM events"))
    values: dict[str, object] = {
        "id": f"{kind}-{number}",
        "channel": kind,
        "data": Details(),
        "items": [Item(item=one) for one in items],
        **more,
    }
    event = Event(
        ts=datetime.fromtimestamp(at_s, UTC).isoformat(),
        type=kind,
        subject=subject,
        **values,  # type: ignore[arg-type]
    )
    return hub.engine.event("source", event)


def visitor(hub: Hub, cookie: str | None = None, **how: bool) -> tuple[Session, Visit]:
    """A yes at the next cart, remembered unless said."""
    number = len(hub.query("SELECT tag FROM tags")) + 1
    (code,) = hub.carts(f"cart-{number}")
    session = hub.yes(code, cookie, **{"remember": True, **how})
    return session, next(
        one for one in hub.engine.roll.visits.values() if one.visit_code == session.visit_code
    )


def come_back(hub: Hub, session: Session, days: float) -> Visit:
    """The same phone, some days later."""
    hub.engine.leave(session.cookie)
    hub.now_s += days * DAY_S
    return visitor(hub, session.cookie)[1]


@pytest.fixture
def hub(hub: Hub) -> Hub:
    hub.store = msgspec.structs.replace(hub.store, plans=PLANS)
    hub.restart()
    return hub


def test_every_channel_is_one_ordered_timeline(hub: Hub) -> None:
    """Rows 21 and 65: till, web shop, app, desk, call centre and e-mail, in whatever order."""
    session, visit = visitor(hub)
    hub.engine.rooms.loyalty.link(session.cookie, NUMBER)
    now = hub.now_s
    told = [
        ("payment", "till", Subject(tag="cart-1"), now - 0),
        ("order", "web", Subject(shopper=NUMBER), now - 500),
        ("call", "call centre", Subject(shopper="12345678"), now - 300),
        ("email", "e-mail", Subject(shopper="1234-5678"), now - 400),
        ("scan", "app", Subject(visit=session.visit_code), now - 1),
        ("return", "desk", Subject(shopper=visit.shopper), now - 100),
    ]
    for kind, channel, subject, at_s in told:
        send(hub, kind, subject, PASTE, channel=channel, at_s=at_s)
    line = hub.engine.rooms.history.timeline(visit.shopper)
    found = [one.channel for one in line]
    assert found == ["web", "e-mail", "call centre", "desk", "app", "till"]
    assert line[0].items[0].name == "Toothpaste"
    assert [one.at_ms for one in line] == sorted(one.at_ms for one in line)


def test_the_same_events_in_any_order_end_alike(hub: Hub) -> None:
    """Row 78: late, doubled and reordered: the same basket, orders and timeline."""
    now = hub.now_s
    order = Details(order="W-1", collect=True)
    told: list[tuple[str, Subject, tuple[str, ...], float, Details]] = [
        ("order_ready", Subject(order="w 1"), (), now - 20, Details()),
        ("order", Subject(shopper=NUMBER), (PASTE,), now - 50, order),
        ("payment", Subject(shopper=NUMBER), (BRUSH,), now - 40, Details()),
        ("return", Subject(shopper=NUMBER), (BRUSH,), now - 10, Details()),
        ("cart", Subject(shopper=NUMBER), ("1001",), now - 30, Details()),
    ]
    ends = []
    for turn in range(3):
        session, visit = visitor(hub)
        hub.engine.rooms.loyalty.link(session.cookie, NUMBER)
        for number in [(turn * 2 + i) % 5 for i in (0, 3, 1, 4, 2, 0, 1)]:
            kind, subject, items, at_s, data = told[number]
            answer = send(hub, kind, subject, *items, at_s=at_s, data=data, id=f"e{number}")
            assert answer in {"accepted", "duplicate"}
        assert len(hub.query("SELECT event FROM events")) == 5
        line = hub.engine.rooms.history.timeline(visit.shopper)
        ends.append((visit.bought_items, visit.orders, [one.type for one in line]))
        hub.engine.delete(session.cookie)
        hub.run("DELETE FROM events")
    assert ends[0] == ends[1] == ends[2]
    kinds = ["order", "payment", "cart", "order_ready", "return"]
    assert ends[0] == ({PASTE, "1001"}, {"W-1": "ready"}, kinds)


def test_a_thing_that_lasts_keeps_its_category_silent_for_a_year(hub: Hub) -> None:
    """Row 24: bought once, nothing of its category for 365 days; given back, it is open again."""
    session, _ = visitor(hub)
    send(hub, "payment", Subject(tag="cart-1"), SEAT)
    visit = come_back(hub, session, 300)
    assert visit.past.owned_categories == ("kitchen",)
    assert set(visit.past.owned_items) == {SEAT, "1057"}
    assert not visit.past.first_visit
    bought = hub.engine.rooms.history.bought(visit.shopper)
    send(hub, "return", Subject(visit=visit.visit_code), SEAT)
    assert hub.engine.rooms.history.bought(visit.shopper) == bought
    assert (visit.past.owned_items, visit.past.returned_items) == ((), (SEAT,))
    hub.restart()
    (again,) = hub.engine.roll.visits.values()
    assert again.past == visit.past


def test_toothpaste_is_due_near_its_date(hub: Hub) -> None:
    """Row 24: what runs out is due again, from the shopper's own gaps."""
    session, visit = visitor(hub)
    for _ in range(3):
        send(hub, "payment", Subject(visit=visit.visit_code), PASTE)
        visit = come_back(hub, session, 30)
    assert list(visit.past.due_items) == [PASTE]
    assert visit.past.due_categories == ("teeth",)
    assert hub.engine.rooms.history.forecast(visit.shopper)[PASTE].gaps_count == 2
    assert hub.engine.rooms.history.bought(visit.shopper)[PASTE].times_count == 3
    send(hub, "payment", Subject(visit=visit.visit_code), PASTE)
    assert not visit.past.due_items


def test_a_service_is_due_by_time_and_by_use(hub: Hub) -> None:
    """Row 60: from the purchase and from the meter."""
    session, visit = visitor(hub)
    send(hub, "payment", Subject(visit=visit.visit_code), BRUSH)
    visit = come_back(hub, session, 30)
    assert not visit.past.services_due
    own = Subject(visit=visit.visit_code)
    send(hub, "usage", own, BRUSH, data=Details(meter=80.0))
    assert list(visit.past.services_due) == ["wear"]
    send(hub, "service", own, BRUSH, data=Details(plan="wear", meter=80.0))
    assert not visit.past.services_due
    visit = come_back(hub, session, 50)
    assert list(visit.past.services_due) == ["brush"]
    send(hub, "service", Subject(visit=visit.visit_code), BRUSH)
    assert not visit.past.services_due


def test_a_service_names_what_was_served(hub: Hub) -> None:
    """Row 60: a plan of a category is served by its items; what else was on the bill is not it."""
    session, visit = visitor(hub)
    send(hub, "payment", Subject(visit=visit.visit_code), SEAT)
    visit = come_back(hub, session, 90)
    assert list(visit.past.services_due) == ["seats"]
    own = Subject(visit=visit.visit_code)
    send(hub, "service", own, BRUSH)
    assert list(visit.past.services_due) == ["seats"]
    send(hub, "service", own, BRUSH, SEAT)
    assert not visit.past.services_due
    visit = come_back(hub, session, 90)
    assert list(visit.past.services_due) == ["seats"]
    send(hub, "service", Subject(visit=visit.visit_code), BRUSH, data=Details(plan="seats"))
    assert not visit.past.services_due


def test_who_asked_not_to_be_remembered_has_no_past(hub: Hub) -> None:
    session, visit = visitor(hub, remember=False)
    send(hub, "payment", Subject(tag="cart-1"), SEAT)
    assert visit.bought_items == {SEAT}
    assert visit.past.owned_items == ()
    again = come_back(hub, session, 0.5)
    assert again.shopper != visit.shopper
    assert (again.past.first_visit, again.bought_items) == (True, set())


def test_just_prices_and_stock_does_not_offer_what_was_bought_today(hub: Hub) -> None:
    """Rows 24 and 31: what was bought today is no history of wishes."""
    session, visit = visitor(hub)
    send(hub, "payment", Subject(visit=visit.visit_code), SEAT)
    hub.engine.rooms.preferences.change(session.cookie, Wish(plain=True))
    visit = come_back(hub, session, 0.01)
    assert visit.choices.plain
    assert (visit.past.owned_items, visit.bought_items) == ((), {SEAT})


def test_just_prices_and_stock_reads_no_past(hub: Hub) -> None:
    """Row 31: what was bought before today is not read; what is bought now counts."""
    session, visit = visitor(hub)
    send(hub, "payment", Subject(visit=visit.visit_code), SEAT)
    hub.engine.rooms.preferences.change(session.cookie, Wish(plain=True))
    visit = come_back(hub, session, 1.0)
    assert visit.choices.plain
    assert (visit.past.owned_items, visit.bought_items) == ((), set())
    send(hub, "payment", Subject(visit=visit.visit_code), PASTE)
    assert visit.bought_items == {PASTE}


def test_a_bag_of_an_earlier_visit_was_left_behind(hub: Hub) -> None:
    """Row 24: what was scanned this morning and not paid may be said in the afternoon."""
    session, visit = visitor(hub)
    send(hub, "cart", Subject(visit=visit.visit_code), PASTE)
    assert visit.bought_items == {PASTE}
    hub.engine.leave(session.cookie)
    hub.now_s += 3600
    visit = visitor(hub, session.cookie)[1]
    assert visit.bought_items == set()
    send(hub, "scan", Subject(visit=visit.visit_code), BRUSH)
    assert visit.bought_items == {BRUSH}


def test_an_order_without_a_number_takes_no_others(hub: Hub) -> None:
    """Row 68: a desk's order without a number, and number 1 of the café."""
    _, visit = visitor(hub)
    own = Subject(visit=visit.visit_code)
    send(hub, "order", own, PASTE)
    hub.now_s += 1
    send(hub, "order", own, BRUSH, data=Details(order="1"))
    send(hub, "order_ready", own, data=Details(order="1"))
    assert visit.orders == {"2": "ordered", "1": "ready"}


def test_a_web_order_of_this_morning_is_bought_today(hub: Hub) -> None:
    """Row 24: from the first second of the visit on."""
    session, visit = visitor(hub)
    own = Subject(shopper=visit.shopper)
    hub.engine.leave(session.cookie)
    hub.now_s += DAY_S / 24
    send(hub, "order", own, PASTE, at_s=hub.now_s - 60)
    visit = visitor(hub, session.cookie)[1]
    assert visit.bought_items == {PASTE}
    assert visit.orders == {"1": "ordered"}


def test_an_order_moves_on_and_the_page_hears_of_it(hub: Hub) -> None:
    """Row 68 and 61: states reach the page with the event; until it is ready the shopper waits."""
    session, visit = visitor(hub)
    own = Subject(tag="cart-1")
    seen = []
    for kind in ("order", "order_prep", "order_ready", "pickup"):
        send(hub, kind, own, "1011", data=Details(order="C-7"))
        (order,) = hub.engine.page(session.cookie).orders
        seen.append((order.state, visit.order_since_s is not None))
    assert seen == [
        ("ordered", True),
        ("preparing", True),
        ("ready", False),
        ("picked_up", False),
    ]
    send(hub, "order_cancel", own, data=Details(order="C-7"))
    assert hub.engine.page(session.cookie).orders == []
    assert visit.bought_items == set()


def test_nobody_waits_for_a_parcel_or_for_what_was_forgotten(hub: Hub) -> None:
    """Rows 61 and 68: ordered to the door, or for here and never told ready: shown, not awaited."""
    session, visit = visitor(hub)
    hub.engine.rooms.loyalty.link(session.cookie, NUMBER)
    own, collect = Subject(shopper=NUMBER), Details(order="C-1", collect=True)
    send(hub, "order", own, SEAT, channel="web", data=Details(order="H-1"))
    send(hub, "order", own, PASTE, channel="web", data=collect, at_s=hub.now_s - 4 * DAY_S)
    assert visit.orders == {"C-1": "ordered", "H-1": "ordered"}
    assert visit.order_since_s is None
    send(hub, "order_prep", Subject(order="H-1"))
    assert visit.order_since_s is None
    send(hub, "order_prep", Subject(order="C-1"))
    assert visit.order_since_s == visit.opened_s


def test_imported_receipts_count_once_and_only_while_linked(hub: Hub) -> None:
    """Row 86: linked, the number's purchases are the shopper's; unlinked, both are as before."""
    session, visit = visitor(hub)
    loyalty, history = hub.engine.rooms.loyalty, hub.engine.rooms.history
    external = loyalty.external(NUMBER)
    at_ms = round((hub.now_s - 10 * DAY_S) * 1000)
    for basket in ("r-1", "r-2"):
        row = (basket, 1, external, at_ms, SEAT, 1.0, 24.9)
        hub.run(f"INSERT INTO purchases VALUES {row}")  # noqa: S608 - our own values
    send(hub, "payment", Subject(shopper=NUMBER), SEAT, id="r-1", at_s=at_ms / 1000)
    before = hub.query("SELECT * FROM purchases"), hub.query("SELECT * FROM events"), visit.past
    assert visit.past.owned_items == ()
    loyalty.link(session.cookie, NUMBER)
    assert SEAT in visit.past.owned_items
    assert [one.type for one in history.timeline(visit.shopper)] == ["payment", "purchase"]
    assert history.bought(visit.shopper)[SEAT].times_count == 2
    loyalty.unlink(session.cookie)
    after = hub.query("SELECT * FROM purchases"), hub.query("SELECT * FROM events"), visit.past
    assert after == before
    assert history.timeline(visit.shopper) == []


def test_a_receipt_and_an_event_of_the_same_number_are_two(hub: Hub) -> None:
    """Rows 21 and 78: a note, and another till's payment weeks later, are not receipt 1001."""
    session, visit = visitor(hub)
    loyalty, history = hub.engine.rooms.loyalty, hub.engine.rooms.history
    at_ms = round((hub.now_s - 30 * DAY_S) * 1000)
    for line, quantity in ((1, 1.0), (2, -1.0), (3, 1.0)):
        row = ("1001", line, loyalty.external(NUMBER), at_ms, SEAT, quantity, 24.9)
        hub.run(f"INSERT INTO purchases VALUES {row}")  # noqa: S608 - our own values
    loyalty.link(session.cookie, NUMBER)
    send(hub, "note", Subject(shopper=NUMBER), id="1001")
    hub.run("UPDATE events SET source = 'desk' WHERE type = 'note'")
    send(hub, "payment", Subject(shopper=NUMBER), PASTE, id="1001", channel="web")
    assert [one.type for one in history.timeline(visit.shopper)] == ["purchase", "note", "payment"]
    assert SEAT in visit.past.owned_items
    assert history.bought(visit.shopper)[SEAT].times_count == 1


OFFER = {
    "id": "paste",
    "kind": "help",
    "topic": "teeth",
    "items": [PASTE],
    "usefulness": 1.0,
    "when": {"field": "dwell_s", "op": ">=", "value": 2},
    "words": {"en": {"title": "Toothpaste?", "text": "It is here.", "why": "You stand by it."}},
}


@pytest.mark.parametrize(
    ("kind", "channel"), [("payment", "till"), ("order", "web"), ("cart", "app")]
)
def test_what_is_bought_takes_back_what_nobody_has_seen(hub: Hub, kind: str, channel: str) -> None:
    """Rows 24, 47 and 76: till, web or bag: the message is gone with the event."""
    document = {"format": "campaigns", "version": 1, "campaigns": [OFFER]}
    found = campaigns.parse(msgspec.json.encode(document), market()[0])
    hub.store = msgspec.structs.replace(hub.store, campaigns=found)
    hub.restart()
    session, visit = visitor(hub)
    hub.agent_up()
    hub.enter(hub.handle(session), "produce")
    hub.linger(session, "produce", 8)
    assert [one.title for one in hub.engine.page(session.cookie).messages] == ["Toothpaste?"]
    send(hub, kind, Subject(tag="cart-1"), PASTE, channel=channel)
    assert hub.engine.page(session.cookie).messages == []
    hub.linger(session, "produce", 30)
    assert hub.engine.page(session.cookie).messages == []
    assert hub.query("SELECT cancelled FROM decisions WHERE outcome = 'send'") == [("bought",)]
    assert PASTE in visit.bought_items


def test_what_nobody_asked_for_is_dropped(hub: Hub) -> None:
    """Row 79: of `data` only what has a purpose is kept; a number only as its digest."""
    visitor(hub)
    raw = msgspec.json.encode(
        {
            "id": "x",
            "ts": datetime.fromtimestamp(START_S, UTC).isoformat(),
            "channel": "call centre",
            "type": "call",
            "subject": {"shopper": "87654321"},
            "data": {"transcript": "my neighbour", "order": "W-99", "plan": None},
            "mood": "angry",
        }
    )
    hub.engine.event("crm", msgspec.json.decode(raw, type=Event))
    hub.close()
    kept = hub.bytes_on_disk()
    for secret in (b"87654321", b"neighbour", b"angry", b"W-99"):
        assert secret not in kept
    hub.open()

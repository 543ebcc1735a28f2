from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.sql import Executable

from hub_server.database import DatabaseError
from hub_server.engine import Event, Item, Refused, Subject
from hub_server.views.events import Details
from tests.hub_server.conftest import Hub

ITEM, CATEGORY = "1047", "teeth"


def payment(hub: Hub, about: Subject, **changes: object) -> Event:
    values: dict[str, object] = {
        "id": "receipt-1",
        "ts": datetime.fromtimestamp(hub.now_s, UTC).isoformat(),
        "channel": "till-1",
        "type": "payment",
        "subject": about,
        "items": [Item(item=ITEM), Item(item="unknown", quantity=-1)],
    }
    return Event(**{**values, **changes})  # type: ignore[arg-type]


def test_a_payment_counts_once_and_ends_the_visit_after_the_goodbye(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    event = payment(hub, Subject(tag="cart-1"))
    assert hub.engine.event("till", event) == "accepted"
    assert hub.engine.event("till", event) == "duplicate"
    assert hub.engine.event("other till", event) == "accepted"
    (visit,) = hub.engine.roll.visits.values()
    assert visit.bought_items == {ITEM}
    assert visit.bought_categories == {CATEGORY}
    hub.restart()
    (visit,) = hub.engine.roll.visits.values()
    assert (visit.bought_items, visit.paid_s) == ({ITEM}, hub.now_s)
    hub.pass_s(60)
    assert hub.engine.page(session.cookie).ended is None
    hub.pass_s(70)
    assert hub.engine.page(session.cookie).ended == "payment"


@pytest.mark.parametrize("by", ["visit", "shopper"])
def test_a_visit_is_found_by_the_code_at_the_till_and_by_its_shopper(hub: Hub, by: str) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    (visit,) = hub.engine.roll.visits.values()
    subject = {
        "visit": Subject(visit=session.visit_code.lower()),
        "shopper": Subject(shopper=visit.shopper),
    }[by]
    hub.engine.event("till", payment(hub, subject, type="scan"))
    assert visit.bought_items == {ITEM}
    assert visit.paid_s is None


@pytest.mark.parametrize(("channel", "ended"), [("till-3", "payment"), ("web", None)])
def test_who_pays_in_the_web_shop_goes_on_walking(
    hub: Hub, channel: str, ended: str | None
) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    (visit,) = hub.engine.roll.visits.values()
    hub.engine.event("shop", payment(hub, Subject(shopper=visit.shopper), channel=channel))
    assert visit.bought_items == {ITEM}
    hub.pass_s(130)
    assert hub.engine.page(session.cookie).ended == ended


@pytest.mark.parametrize(("channel", "ended"), [("till-3", "payment"), ("web", None)])
def test_an_order_that_is_paid_in_the_web_shop_ends_no_visit(
    hub: Hub, channel: str, ended: str | None
) -> None:
    """Row 43: the shop knows the order's number alone."""
    session = hub.yes(hub.carts("cart-1")[0])
    order = payment(hub, Subject(tag="cart-1"), id="1", type="order", data=Details(order="W-1"))
    hub.engine.event("shop", order)
    hub.engine.event("shop", payment(hub, Subject(order="W-1"), channel=channel))
    hub.pass_s(130)
    assert hub.engine.page(session.cookie).ended == ended


def test_who_brings_something_back_has_just_come(hub: Hub) -> None:
    """Rows 21 and 24: a receipt of negative quantities alone ends no visit."""
    session = hub.yes(hub.carts("cart-1")[0])
    about = Subject(tag="cart-1")
    refund = payment(hub, about, items=[Item(item=ITEM, quantity=-1)])
    hub.engine.event("till", refund)
    hub.pass_s(130)
    assert hub.engine.page(session.cookie).ended is None
    hub.engine.event("till", payment(hub, about, id="2", items=[]))
    hub.pass_s(130)
    assert hub.engine.page(session.cookie).ended == "payment"


def test_what_the_cashier_struck_off_is_no_messages_purchase(hub: Hub) -> None:
    """Row 77: bought, and told as bought, are what is left of the receipt's lines."""
    hub.yes(hub.carts("cart-1")[0])
    told = list[object]()
    hub.engine.rooms.events.on_bought.append(lambda _visit, items, *_: told.append(items))
    lines = [Item(item=ITEM), Item(item="1001"), Item(item=ITEM, quantity=-1)]
    hub.engine.event("till", payment(hub, Subject(tag="cart-1"), items=lines))
    assert told == [{"1001"}]


def test_what_is_kept_is_not_refused_by_a_disk_that_fills_up_then(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told that nothing has changed, a till sends it again, and hears that it is a duplicate."""
    hub.yes(hub.carts("cart-1")[0])
    (visit,) = hub.engine.roll.visits.values()
    write, paid = hub.database.write, list[object]()
    hub.engine.rooms.events.on_payment.append(paid.append)

    def full(*statements: Executable) -> int:
        if paid or hub.query("SELECT event FROM events"):
            raise DatabaseError("full")  # noqa: EM101 - as the disk says it
        return write(*statements)

    monkeypatch.setattr(hub.database, "write", full)
    hub.engine.rooms.events.on_bought.clear()
    assert hub.engine.event("till", payment(hub, Subject(tag="cart-1"))) == "accepted"
    assert (visit.bought_items, paid) == ({ITEM}, [visit])


def test_payments_are_held_against_the_stage_and_nothing_else_is(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    handle = hub.handle(hub.yes(code))
    checkouts = hub.engine.watch.checkouts
    late = datetime.fromtimestamp(hub.now_s - 61, UTC).isoformat()
    about = Subject(tag="cart-1")
    nobody = Subject(visit="AAAAAA")
    hub.agent_up()
    hub.pass_s(1)
    hub.fix(handle)
    hub.pass_s(69)
    for event in (
        payment(hub, about, type="scan"),
        payment(hub, about, id="2", ts=late),
        payment(hub, nobody, id="3"),
    ):
        hub.engine.event("till", event)
    assert (checkouts.payments.yes, checkouts.payments.no) == (0, 0)
    hub.engine.event("till", payment(hub, about, id="4"))
    checkouts.see([handle])
    hub.engine.event("till", payment(hub, about, id="5"))
    assert (checkouts.payments.yes, checkouts.payments.no) == (1, 1)
    hub.pass_s(130)
    assert not hub.engine.roll.visits
    assert (checkouts.episodes.yes, checkouts.episodes.no) == (1, 0)


def test_a_receipt_from_before_the_visit_is_nobodys(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    hub.yes(code)
    long_ago = datetime.fromtimestamp(hub.now_s, timezone(timedelta(hours=2))) - timedelta(hours=1)
    hub.engine.event("till", payment(hub, Subject(tag="cart-1"), ts=long_ago.isoformat()))
    (visit,) = hub.engine.roll.visits.values()
    assert visit.bought_items == set()
    assert hub.query("SELECT visit, type FROM events") == [(None, "payment")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ts": "yesterday"}, "ts"),
        ({"ts": "2026-01-01T00:00:00"}, "ts"),
        ({"subject": Subject()}, "subject"),
        ({"subject": Subject(tag="a", visit="b")}, "subject"),
        ({"subject": Subject(tag="a" * 129)}, "subject"),
        ({"type": ""}, "event"),
        ({"channel": "c" * 65}, "event"),
        ({"items": [Item(item="")]}, "items"),
        ({"items": [Item(item="x", quantity=float("nan"))]}, "items"),
        ({"ts": "2999-01-01T00:00:00Z"}, "ts"),
        ({"id": ""}, "event"),
        ({"items": [Item(item="x")] * 501}, "event"),
    ],
)
def test_an_event_outside_the_contract_is_refused(
    hub: Hub, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        hub.engine.event("till", payment(hub, Subject(tag="cart-1"), **changes))
    assert (refused.value.status, refused.value.code) == (400, code)


def test_what_the_journey_is_told_is_fresh_and_its_own(hub: Hub) -> None:
    """A scan, a tap for help and staff's answer are part of the stage, while they are news."""
    (code,) = hub.carts("cart-1")
    handle = hub.handle(hub.yes(code))
    hub.agent_up()
    hub.fix(handle)
    hub.pass_s(1)
    journeys = hub.engine.journeys
    row = journeys.handles.index(handle)
    late = datetime.fromtimestamp(hub.now_s - 61, UTC).isoformat()
    about = Subject(tag="cart-1")
    for number, kind in enumerate(("scan", "cart", "help_tap", "staff_help", "note", "strange")):
        hub.engine.event("app", payment(hub, about, id=str(number), type=kind, items=[]))
    hub.engine.event("app", payment(hub, about, id="late", type="scan", ts=late, items=[]))
    assert journeys.tracks["events"][row].tolist() == [2.0, 0.0, 1.0, 0.0]


def test_what_an_order_is_told_before_it_is_placed_finds_its_shopper(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    hub.yes(code)
    (visit,) = hub.engine.roll.visits.values()
    ready = payment(hub, Subject(order="C-7"), id="1", type="order_ready", items=[])
    hub.engine.event("kitchen", ready)
    assert visit.orders == {}
    nobodys = payment(hub, Subject(order="C-8"), id="2", type="order", items=[])
    hub.engine.event("web", nobodys)
    placed = payment(hub, Subject(tag="cart-1"), id="3", type="order", data=Details(order="c 7"))
    hub.engine.event("till", placed)
    assert visit.orders == {"c 7": "ready"}
    hub.engine.event("desk", payment(hub, Subject(order="C-7"), id="4", type="pickup", items=[]))
    assert visit.orders == {"c 7": "picked_up"}
    unknown = [row for row in hub.query("SELECT event, visit FROM events") if row[1] is None]
    assert unknown == [("2", None)]


def test_a_late_receipt_of_a_visit_that_is_over_is_still_its_own(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    (visit,) = hub.engine.roll.visits.values()
    at = datetime.fromtimestamp(hub.now_s + 5, UTC).isoformat()
    hub.now_s += 10
    hub.engine.leave(session.cookie)
    hub.now_s += 3600
    assert hub.engine.event("till", payment(hub, Subject(tag="cart-1"), ts=at)) == "accepted"
    assert hub.query("SELECT visit FROM events") == [(visit.visit,)]

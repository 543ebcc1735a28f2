"""Feeds, stock and waiting, from a file or an event to what is said: through a whole hub."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from hub_server import campaigns
from hub_server.decision.limits import Limits
from hub_server.engine import Event, Item, Session, Subject
from hub_server.goods.assortment import Assortment
from hub_server.settings import FeedFile
from hub_server.views.events import Details
from tests.hub_server.conftest import START_S, Hub, market

SUNSCREEN = {
    "id": "cold-drinks",
    "kind": "guide",
    "topic": "drinks",
    "usefulness": 1.0,
    "when": {"field": "feed", "of": "weather.temperature_c", "op": ">=", "value": 28},
    "words": {"en": {"title": "Cold drinks", "text": "They are cold.", "why": "It is hot."}},
}
NUTS = {
    "id": "nuts",
    "kind": "guide",
    "topic": "nuts",
    "usefulness": 1.0,
    "items": ["1038"],
    "needs_stock": True,
    "when": {"field": "dwell_s", "op": ">=", "value": 0},
    "words": {"en": {"title": "Almonds", "text": "Almonds are here.", "why": "You are here."}},
}
WAIT = {
    "id": "while-you-wait",
    "kind": "guide",
    "topic": "cake",
    "usefulness": 1.0,
    "when": {
        "all": [
            {"field": "waiting_for", "op": "is", "value": "order"},
            {"field": "waiting_s", "op": ">=", "value": 20},
        ]
    },
    "words": {"en": {"title": "A cake?", "text": "It takes a while.", "why": "You wait."}},
}
KITCHEN = {
    "id": "corkscrew",
    "kind": "guide",
    "topic": "kitchen",
    "usefulness": 1.0,
    "items": ["1057"],
    "categories": ["kitchen"],
    "when": {"field": "dwell_s", "op": ">=", "value": 0},
    "words": {"en": {"title": "Corkscrew", "text": "It is of steel.", "why": "You are here."}},
}
Speaking = Callable[..., Hub]


@pytest.fixture
def speaking(new_hub: Callable[..., Hub]) -> Speaking:
    def build(campaign: dict[str, object], **changes: object) -> Hub:
        hub = new_hub(limits=Limits(first_visit_s=0.0), **changes)
        document = {"format": "campaigns", "version": 2, "campaigns": [campaign]}
        plan, _, products, _ = market()
        sold = {one.item: one for one in products}
        found = campaigns.parse(msgspec.json.encode(document), plan, sold)
        hub.store = msgspec.structs.replace(
            hub.store, campaigns=found, assortment=Assortment(products, 3_600.0)
        )
        hub.restart()
        return hub

    return build


def arrive(hub: Hub) -> Session:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    hub.agent_up()
    hub.enter(hub.handle(session), "produce")
    return session


def titles(hub: Hub, session: Session) -> list[str]:
    return [one.title for one in hub.engine.page(session.cookie).messages]


def codes(hub: Hub) -> set[object]:
    return {row[0] for row in hub.query("SELECT code FROM decisions WHERE outcome = 'silent'")}


def write(path: Path, at_s: float, **values: object) -> None:
    at = datetime.fromtimestamp(at_s, UTC).isoformat()
    path.write_bytes(msgspec.json.encode({"at": at, **values}))


def look(hub: Hub) -> None:
    """Let the files be read, as the readers' threads do meanwhile."""
    hub.pass_s(11)
    hub.engine.rooms.supply.feeds.wait()
    hub.engine.rooms.supply.products.wait()


def test_a_hot_day_makes_the_rule_eligible_and_a_dead_feed_ends_it(
    speaking: Speaking, tmp_path: Path
) -> None:
    """Rows 18 and 62: 31 degrees: said; the feed dies: silent, with `feed_stale`."""
    path = tmp_path / "weather.json"
    hub = speaking(SUNSCREEN, feeds={"weather": FeedFile(path=path, max_age_s=60)})
    session = arrive(hub)
    look(hub)
    hub.linger(session, "produce", 5)
    assert (titles(hub, session), "feed_stale" in codes(hub)) == ([], True)
    assert any("feed weather is never read" in one for one in hub.engine.rooms.alarms(hub.now_s))
    write(path, hub.now_s, temperature_c=31)
    look(hub)
    path.unlink()
    hub.pass_s(60)
    hub.linger(session, "produce", 5)
    assert titles(hub, session) == []
    write(path, hub.now_s, temperature_c=12)
    look(hub)
    hub.linger(session, "produce", 5)
    assert titles(hub, session) == []
    write(path, hub.now_s, temperature_c=31)
    look(hub)
    hub.linger(session, "produce", 5)
    assert titles(hub, session) == ["Cold drinks"]


def test_what_is_out_or_counted_too_long_ago_is_not_offered(
    speaking: Speaking, tmp_path: Path
) -> None:
    """Row 87: stock 0 and stale stock are silent; a fresh count by a feed is heard."""
    path = tmp_path / "counts.json"
    hub = speaking(NUTS, feeds={"counts": FeedFile(path=path)})
    counted_s = hub.store.assortment.products["1038"].stock_at_s or START_S
    hub.now_s = counted_s + 4_000
    session = arrive(hub)
    hub.linger(session, "produce", 5)
    assert (titles(hub, session), "stock_unknown" in codes(hub)) == ([], True)
    write(path, hub.now_s, stock={"1038": 0})
    look(hub)
    hub.linger(session, "produce", 5)
    assert (titles(hub, session), "out_of_stock" in codes(hub)) == ([], True)
    write(path, hub.now_s, stock={"1038": 3})
    look(hub)
    hub.linger(session, "produce", 5)
    assert titles(hub, session) == ["Almonds"]


def test_a_category_is_not_offered_once_nothing_of_it_is_left(
    speaking: Speaking, tmp_path: Path
) -> None:
    """Row 87, of a campaign that names no item."""
    path = tmp_path / "counts.json"
    of_all = {key: value for key, value in KITCHEN.items() if key != "items"}
    hub = speaking(of_all, feeds={"counts": FeedFile(path=path)})
    hub.now_s = START_S + 4_000_000
    items = hub.store.assortment.items_in("kitchen")
    session = arrive(hub)
    write(path, hub.now_s, stock=dict.fromkeys(items, 0))
    look(hub)
    hub.linger(session, "produce", 5)
    assert (titles(hub, session), "out_of_stock" in codes(hub)) == ([], True)
    write(path, hub.now_s, stock={items[0]: 1})
    look(hub)
    hub.linger(session, "produce", 5)
    assert titles(hub, session) == ["Corkscrew"]


def test_a_newer_products_file_is_heard_of_by_the_next_decision(
    speaking: Speaking, tmp_path: Path
) -> None:
    """Row 87: the retailer's file says that none is left."""
    path = tmp_path / "products.csv"
    path.write_text("item,category\n")
    hub = speaking(NUTS, products=path)
    session = arrive(hub)
    hub.pass_s(1)
    path.write_text("item,name,category,stock\n1038,Almonds,nuts,0\n")
    os.utime(path, (START_S, START_S))
    hub.pass_s(60)
    hub.engine.rooms.supply.products.wait()
    hub.linger(session, "produce", 5)
    assert (titles(hub, session), "out_of_stock" in codes(hub)) == ([], True)


def test_who_waits_for_an_order_hears_of_it_once_and_not_when_it_is_ready(
    speaking: Speaking,
) -> None:
    """Row 61: the order is being prepared: one word; ready: none."""
    hub = speaking(WAIT)
    session = arrive(hub)

    def tell(kind: str) -> None:
        event = Event(
            id=kind,
            ts=datetime.fromtimestamp(hub.now_s, UTC).isoformat(),
            channel="counter",
            type=kind,
            subject=Subject(tag="cart-1"),
            data=Details(order="C-1"),
        )
        hub.engine.event("counter", event)

    hub.linger(session, "produce", 30)
    assert titles(hub, session) == []
    tell("order")
    hub.linger(session, "produce", 15)
    assert titles(hub, session) == []
    hub.linger(session, "produce", 30)
    assert titles(hub, session) == ["A cake?"]
    tell("order_ready")
    hub.linger(session, "produce", 60)
    assert len(hub.query("SELECT decision FROM decisions WHERE outcome = 'send'")) == 1


def test_after_a_thing_that_lasts_its_category_is_silent_for_a_year(speaking: Speaking) -> None:
    """Row 24: bought once: 0 messages in the category for 365 days, then it may speak again."""
    hub = speaking(KITCHEN)
    (code,) = hub.carts("cart-1")
    cookie = hub.yes(code, remember=True).cookie
    hub.agent_up()
    bought = Event(
        id="receipt",
        ts=datetime.fromtimestamp(hub.now_s, UTC).isoformat(),
        channel="till",
        type="payment",
        subject=Subject(tag="cart-1"),
        items=[Item(item="1043")],
    )
    hub.engine.event("till", bought)
    said = {}
    for days in (1, 180, 364, 366):
        hub.engine.leave(cookie)
        hub.now_s = START_S + days * 86_400.0
        session = hub.yes(code, cookie, remember=True)
        hub.enter(hub.handle(session), "produce")
        hub.linger(session, "produce", 8)
        said[days] = titles(hub, session)
    assert said == {1: [], 180: [], 364: [], 366: ["Corkscrew"]}
    assert "owned" in codes(hub)

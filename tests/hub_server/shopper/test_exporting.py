"""An export is the database's rows of one shopper: all of them, and nobody else's."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from hub_server.engine import Event, Item, Session, Subject
from hub_server.records.own_rows import personal
from hub_server.records.tables import METADATA
from hub_server.shopper.gifts import BLANK
from hub_server.shopper.preferences import Wish
from hub_server.views.hub import Refused
from hub_server.visit.visits import Visit
from tests.hub_server.conftest import Hub
from tests.hub_server.shopper.test_facts import answer, opened

# Tables of the store, of the hub, or of nobody in particular.
NOBODYS = {
    *("agents", "watermarks", "lost", "quarantine", "tags", "counts", "users", "sessions"),
    *("sources", "receipts", "ideas", "campaign_states", "rule_sets", "gaps", "lasting", "orders"),
}


def lived(hub: Hub, cart: str, number: str) -> tuple[Session, Visit]:
    """A shopper with a row in as many tables as may be."""
    hub.agent_up()
    session, visit = opened(hub, cart)
    hub.enter(hub.handle(session), "produce")
    hub.linger(session, "produce", 10)
    answer(hub, visit, "wine", "less", "not_for_me")
    rooms = hub.engine.rooms
    rooms.preferences.change(session.cookie, Wish(topics_less=("bread",)))
    rooms.facts.contradict(session.cookie, "owned:1002")
    rooms.gifts.say(session.cookie, "1001", gift=True)
    rooms.loyalty.link(session.cookie, number)
    rooms.aisle.lists.add(session.cookie, "Oats", None)
    rooms.aisle.help.bring(session.cookie, "1002")
    event = Event(
        id=f"receipt of {cart}",
        ts=datetime.fromtimestamp(hub.now_s, UTC).isoformat(),
        channel="till-1",
        type="scan",
        subject=Subject(visit=session.visit_code),
        items=[Item(item="1002"), Item(item="1001")],
    )
    hub.engine.event("till", event)
    external = rooms.loyalty.external(number)
    hub.run(
        "INSERT INTO purchases VALUES "  # noqa: S608 - the test's own words
        f"('{cart}', 1, '{external}', {round(hub.now_s * 1000)}, '1003', 1, 2.5)"
    )
    hub.run(
        "INSERT INTO push_subscriptions VALUES "  # noqa: S608 - the test's own words
        f"('{cart}', '{visit.shopper}', x'22ff', 'https://push.example/{cart}', 'k', 'a', 1, 1)"
    )
    hub.run(
        f"INSERT INTO pushes SELECT decision, 1, 1, 'accepted' FROM decisions "  # noqa: S608
        f"WHERE visit = '{visit.visit}' LIMIT 1"
    )
    return session, visit


def test_an_export_is_every_row_of_the_shopper_and_no_other(hub: Hub) -> None:
    """Row 92: export = database rows: of each table as many, and together all of everybody's."""
    one, _ = lived(hub, "cart-1", "4711 0001")
    other, _ = lived(hub, "cart-2", "4711 0002")
    mine = hub.engine.rooms.export.of(one.cookie).tables
    theirs = hub.engine.rooms.export.of(other.cookie).tables
    assert set(mine) == {table.name for table in METADATA.sorted_tables} - NOBODYS - {"gifts"}
    for table in METADATA.sorted_tables:
        if table.name in mine:
            rows = hub.database.read(select(table))
            assert len(rows) == len(mine[table.name]) + len(theirs[table.name]), table.name
            assert mine[table.name], table.name
            assert set(mine[table.name][0]) == set(table.columns.keys())


def test_an_export_has_no_sign_that_there_is_a_gift(hub: Hub) -> None:
    """Row 75: neither the gift, nor a blank where it was, nor its mark."""
    session, visit = lived(hub, "cart-1", "4711 0001")
    rooms = hub.engine.rooms
    rooms.aisle.lists.add(session.cookie, "as a surprise", "1001")
    rooms.facts.contradict(session.cookie, "owned:1001")
    found = rooms.export.of(session.cookie)
    (event,) = found.tables["events"]
    assert [line["item"] for line in event["items"]] == ["1002"]
    assert [row["text"] for row in found.tables["list_lines"]] == ["Oats"]
    assert [row["fact"] for row in found.tables["facts"]] == ["owned:1002"]
    assert BLANK not in str(found)
    assert not [mark for mark in visit.gift_marks if mark in str(found)]
    assert "gift_marks" not in str(found)


def test_bytes_are_told_as_what_they_hold(hub: Hub) -> None:
    session, _ = lived(hub, "cart-1", "4711 0001")
    tables = hub.engine.rooms.export.of(session.cookie).tables
    assert tables["preferences"][0]["less_topics"] == ["bread"]
    assert tables["push_subscriptions"][0]["cookie_sha256"] == "22ff"
    assert len(tables["phones"][0]["cookie_sha256"]) == 64
    assert isinstance(tables["decisions"][0]["snapshot"], dict)


def test_a_guest_exports_the_guests_own(hub: Hub) -> None:
    session, visit = lived(hub, "cart-1", "4711 0001")
    guest = hub.engine.join(hub.engine.page(session.cookie).join_code, None)
    tables = hub.engine.rooms.export.of(guest.cookie).tables
    assert [name for name, rows in tables.items() if rows] == ["shoppers", "phones"]
    assert visit.shopper not in str(tables)


def test_who_is_not_known_exports_nothing(hub: Hub) -> None:
    with pytest.raises(Refused) as refused:
        hub.engine.rooms.export.of("no such cookie")
    assert refused.value.status == 404


def test_after_delete_every_table_is_without_the_shopper(hub: Hub) -> None:
    """Rows 79 and 92: delete takes what the export shows, and the number's purchases."""
    session, visit = lived(hub, "cart-1", "4711 0001")
    assert any(hub.database.read(select(t).where(c)) for t, c in personal(visit.shopper))
    hub.engine.delete(session.cookie)
    for table in METADATA.sorted_tables:
        if table.name not in NOBODYS:
            assert hub.database.read(select(table)) == [], table.name

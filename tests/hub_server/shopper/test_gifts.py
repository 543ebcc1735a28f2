"""Gifts: a mark is a digest, hides at once and backwards, and tells nobody that it is one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from unicodedata import normalize

import msgspec
import pytest

from hub_server.campaigns import mark
from hub_server.engine import Event, Item, Subject
from hub_server.goods.assortment import Range
from hub_server.shopper.gifts import BLANK, MARKS_MAX
from hub_server.views.hub import Refused
from tests.hub_server.conftest import SALT, Hub
from tests.hub_server.gift_histories import TOYS, GiftHub, second_visit
from tests.hub_server.shopper.test_mission import only_visit, snapshot

TOY, SCENT, BELL = "GX7001Q", "GX7002Q", "GX7003Q"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[GiftHub]:
    made = GiftHub(tmp_path)
    yield made
    made.close()


def say(hub: Hub, cookie: str, item: str, *, gift: bool = True) -> None:
    hub.engine.rooms.gifts.say(cookie, item, gift=gift)


def test_a_mark_is_kept_as_a_digest_of_item_and_category(hub: GiftHub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    say(hub, session.cookie, TOY)
    say(hub, session.cookie, TOY)
    marks = {mark(TOY, SALT), mark(TOYS, SALT)}
    assert {row[0] for row in hub.query("SELECT mark FROM gifts")} == marks
    assert TOY.encode() not in hub.bytes_on_disk()
    assert set(snapshot(hub).gift_marks) == marks
    assert only_visit(hub).gift_names == {TOY, TOYS}
    hub.restart()
    assert only_visit(hub).gift_names == {TOY, TOYS}


def test_taking_a_mark_back_leaves_the_others(hub: GiftHub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    for item in (TOY, BELL):
        say(hub, session.cookie, item)
    say(hub, session.cookie, TOY, gift=False)
    assert only_visit(hub).gift_names == {BELL, TOYS}
    say(hub, session.cookie, BELL, gift=False)
    assert only_visit(hub).gift_names == frozenset()
    assert hub.query("SELECT count(*) FROM gifts") == [(0,)]


def test_nothing_is_said_of_a_gift_and_what_was_said_is_emptied(hub: GiftHub) -> None:
    """Row 75: the message before the mark is gone from page and records; none comes after it."""
    (code,) = hub.carts("cart-1")
    session = second_visit(hub, code)
    hub.linger(session, "pasta", 5)
    (told,) = [one for one in hub.engine.page(session.cookie).messages if "Quorv" in one.title]
    assert [one.name for one in told.items] == [normalize("NFD", "Quorvél Flakon")]
    assert told.items[0].attributes == ["vegan"]
    hub.engine.receipt(session.cookie, told.decision, "shown")
    say(hub, session.cookie, SCENT)
    assert hub.engine.page(session.cookie).messages == []
    assert hub.query("SELECT count(*) FROM decisions WHERE title LIKE '%Quorv%'") == [(0,)]
    assert all("Quorv" not in one.title for one in hub.engine.speaker.latest())
    assert hub.engine.why(told.decision).title == ""
    hub.linger(session, "pasta", 5)
    titles = [one.title for one in hub.engine.page(session.cookie).messages]
    assert [title for title in titles if "Quorv" in title] == []
    hub.engine.leave(session.cookie)
    assert all("Quorv" not in one.title for one in hub.engine.page(session.cookie).messages)


def test_after_the_visit_a_mark_still_hides_what_was_said(hub: GiftHub) -> None:
    (code,) = hub.carts("cart-1")
    session = second_visit(hub, code)
    hub.linger(session, "pasta", 5)
    for one in hub.engine.page(session.cookie).messages:
        hub.engine.receipt(session.cookie, one.decision, "shown")
    hub.engine.leave(session.cookie)
    assert hub.engine.page(session.cookie).messages
    say(hub, session.cookie, SCENT)
    assert all("Quorv" not in one.title for one in hub.engine.page(session.cookie).messages)


def test_what_was_bought_of_it_before_or_after_is_told_nowhere(hub: GiftHub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code, remember=True)

    def buy(number: int) -> None:
        event = Event(
            id=f"r-{number}",
            ts=datetime.fromtimestamp(hub.now_s, UTC).isoformat(),
            channel="till-1",
            type="scan",
            subject=Subject(visit=session.visit_code),
            items=[Item(item=TOY), Item(item="1001")],
        )
        hub.engine.event("till", event)

    buy(1)
    assert TOY in snapshot(hub).bought_items
    say(hub, session.cookie, TOY)
    buy(2)
    known = snapshot(hub)
    assert known.bought_items == ("1001",)
    assert TOYS not in known.bought_categories
    timeline = hub.engine.rooms.profile.of(session.cookie, "en").timeline
    assert [[one.item for one in event.items] for event in timeline] == [["1001"], ["1001"]]


def test_a_guest_may_mark_and_not_try_what_comes_back(hub: GiftHub) -> None:
    """The household's second phone: its marks hide on both, and it cannot take any back."""
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    guest = hub.engine.join(session.join_code, None)
    say(hub, guest.cookie, TOY)
    say(hub, session.cookie, SCENT)
    assert only_visit(hub).gift_names >= {TOY, SCENT}
    for item in (TOY, SCENT):
        say(hub, guest.cookie, item, gift=False)
    assert only_visit(hub).gift_names >= {TOY, SCENT}
    say(hub, session.cookie, TOY, gift=False)
    assert TOY not in only_visit(hub).gift_names


def test_only_what_the_store_sells_can_be_a_gift(hub: GiftHub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    with pytest.raises(Refused) as refused:
        say(hub, session.cookie, "no such item")
    assert refused.value.status == 404


def test_any_text_is_cleaned_of_id_name_and_category(hub: GiftHub) -> None:
    gifts = hub.engine.rooms.gifts
    names = frozenset({TOY, TOYS})
    value = {"item": TOY, "list": ["a ZYXOLIN wunderrad!", TOYS, 3], "other": "1001"}
    cleaned = {"item": BLANK, "list": [BLANK, BLANK, 3], "other": "1001"}
    assert gifts.cleaned(names, value) == cleaned
    assert gifts.cleaned(frozenset(), value) is value
    assert gifts.tells(names, "the Zyxolin Wunderrad")
    assert not gifts.tells(names, "a wheel")
    assert not gifts.tells(frozenset(), "the Zyxolin Wunderrad")


def test_a_campaign_about_a_gift_is_not_named_in_the_export(hub: GiftHub) -> None:
    """Row 75: that a toy was advertised tells as much as its name."""
    (code,) = hub.carts("cart-1")
    session = second_visit(hub, code)
    hub.linger(session, "produce", 3)
    assert "bell" in {one.campaign for one in only_visit(hub).sent}
    export = hub.engine.rooms.export

    def told() -> bytes:
        return msgspec.json.encode(export.of(session.cookie))

    assert b'"bell"' in told()
    say(hub, session.cookie, BELL)
    assert b'"bell"' not in told()
    # A message without its campaign would tell that there is something to hide.
    assert b'"outcome":"send"' not in told()


def test_a_newer_range_of_products_changes_no_secret(hub: GiftHub) -> None:
    """What is new can be a gift; what is not sold any more stays one."""
    (code,) = hub.carts("cart-1")
    session = hub.yes(code, remember=True)
    hub.engine.rooms.aisle.lists.add(session.cookie, "a wheel", TOY)
    say(hub, session.cookie, TOY)
    sold = [one for one in hub.store.assortment.products.values() if one.item != TOY]
    new = msgspec.structs.replace(sold[-1], item="GX9009Q", name="Fresko Neuling", category="neu")
    hub.store.assortment.put(Range([*sold, new]))
    say(hub, session.cookie, "GX9009Q")
    assert only_visit(hub).gift_names >= {TOY, "GX9009Q", "neu"}
    assert TOY not in str(hub.engine.rooms.export.of(session.cookie))
    say(hub, session.cookie, "GX9009Q", gift=False)
    assert only_visit(hub).gift_names == {TOY, TOYS}
    hub.store.assortment.put(Range([*sold, new]))
    hub.engine.roll.remind(only_visit(hub))
    assert TOY in only_visit(hub).gift_names


def test_a_message_about_what_is_not_sold_any_more_shows_no_buttons_for_it(hub: GiftHub) -> None:
    (code,) = hub.carts("cart-1")
    session = second_visit(hub, code)
    hub.linger(session, "pasta", 5)
    hub.store.assortment.put(Range([]))
    (told,) = hub.engine.page(session.cookie).messages
    assert told.items == []


def test_what_somebody_wrote_of_a_gift_is_not_shown_again(hub: GiftHub) -> None:
    """A line or a request in the shopper's own words: staff still read the request."""
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    aisle = hub.engine.rooms.aisle
    aisle.lists.add(session.cookie, "zyxolin wunderrad, the red one", None)
    aisle.help.ask(session.cookie, "Where is the Zyxolin Wunderrad?")
    say(hub, session.cookie, TOY)
    assert aisle.lists.view(session.cookie).lines == []
    page = hub.engine.page(session.cookie)
    assert (page.list_count, page.help.about) == (0, None)
    assert "Zyxolin" in aisle.help.frame(hub.now_s).decode()


def test_nobody_fills_the_database_with_marks(hub: GiftHub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    hub.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "  # noqa: S608 - its own id
        f"{MARKS_MAX}) INSERT INTO gifts SELECT '{only_visit(hub).shopper}', i FROM n"
    )
    with pytest.raises(Refused) as refused:
        say(hub, session.cookie, TOY)
    assert refused.value.status == 409

"""Whose phone may be woken: its own shopper's, while there is a yes, and nobody else's."""

import pytest
from sqlalchemy import update

from hub_server.engine import Session
from hub_server.push.phones import Phones
from hub_server.push.subscriptions import SUBSCRIPTIONS_MAX, KeysRefused, subscription
from hub_server.records.shopper_tables import PUSH_SUBSCRIPTIONS
from hub_server.views.hub import Refused
from hub_server.visit.visits import Visit
from tests.hub_server.conftest import Hub
from tests.hub_server.push.push_service import Browser


class Rig:
    """A hub and browsers that subscribe."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.codes = hub.carts("cart-1", "cart-2", "cart-3")
        self.phones: Phones = hub.engine.rooms.push.phones
        self.count = 0

    def browser(self) -> Browser:
        self.count += 1
        return Browser(self.count, "https://fcm.googleapis.com")

    def subscribe(self, session: Session, browser: Browser | None = None) -> Visit:
        keys = (browser or self.browser()).json
        return self.phones.subscribe(session.cookie, keys["endpoint"], **keys["keys"])

    def rows(self) -> list[tuple[object, ...]]:
        return self.hub.query("SELECT shopper, endpoint FROM push_subscriptions ORDER BY endpoint")

    def visit(self, session: Session) -> Visit:
        visits = self.hub.engine.roll.visits.values()
        return next(one for one in visits if one.visit_code == session.visit_code)


@pytest.fixture
def rig(hub: Hub) -> Rig:
    return Rig(hub)


def test_on_and_off(rig: Rig) -> None:
    """Row 93: subscribed, the channel is there; unsubscribed, page and staff are what is left."""
    session = rig.hub.yes(rig.codes[0])
    visit = rig.visit(session)
    assert not visit.push
    assert rig.subscribe(session) is visit
    assert visit.push
    assert rig.phones.is_on(session.cookie)
    rig.phones.unsubscribe(session.cookie)
    assert not visit.push
    assert not rig.phones.is_on(session.cookie)
    assert rig.rows() == []


def test_a_phone_has_one_subscription(rig: Rig) -> None:
    session = rig.hub.yes(rig.codes[0])
    rig.subscribe(session)
    newer = rig.browser()
    rig.subscribe(session, newer)
    assert rig.rows() == [(rig.visit(session).shopper, newer.endpoint)]


def test_the_same_browser_is_a_new_shoppers_after_a_new_yes(rig: Rig) -> None:
    """Who is not remembered is nobody known: the browser stops being the former one's."""
    browser = rig.browser()
    first, second = rig.hub.yes(rig.codes[0]), rig.hub.yes(rig.codes[1])
    rig.subscribe(first, browser)
    rig.subscribe(second, browser)
    assert rig.rows() == [(rig.visit(second).shopper, browser.endpoint)]
    assert not rig.visit(first).push
    assert rig.visit(second).push


def test_a_remembered_shoppers_phone_is_known_at_the_next_visit(rig: Rig) -> None:
    session = rig.hub.yes(rig.codes[0], remember=True)
    rig.subscribe(session)
    rig.hub.engine.leave(session.cookie)
    back = rig.hub.yes(rig.codes[1], session.cookie, remember=True)
    assert rig.visit(back).push


def test_it_is_known_after_a_restart(rig: Rig) -> None:
    session = rig.hub.yes(rig.codes[0])
    rig.subscribe(session)
    rig.hub.restart()
    assert rig.visit(session).push


def test_a_guests_phone_is_not_woken_for_the_owner(rig: Rig) -> None:
    """Row 75: a household's second phone hears nothing of a surprise."""
    owner = rig.hub.yes(rig.codes[0])
    guest = rig.hub.engine.join(owner.join_code, None)
    with pytest.raises(Refused, match="Only the phone that this visit began on"):
        rig.subscribe(guest)
    assert rig.rows() == []


def test_without_consent_nothing_is_kept(rig: Rig) -> None:
    session = rig.hub.yes(rig.codes[0])
    rig.visit(session).may_message = False
    with pytest.raises(Refused, match="switched off"):
        rig.subscribe(session)
    with pytest.raises(Refused, match="ended"):
        rig.phones.subscribe("nobody's", "https://fcm.googleapis.com/x", "x", "y")
    rig.phones.unsubscribe(None)
    rig.phones.unsubscribe("nobody's")
    assert not rig.phones.is_on(None)
    assert rig.rows() == []


def test_a_shopper_has_few_phones(rig: Rig) -> None:
    session = rig.hub.yes(rig.codes[0])
    browsers = [rig.browser() for _ in range(SUBSCRIPTIONS_MAX + 1)]
    for number, browser in enumerate(browsers):
        rig.hub.now_s += 1
        rig.subscribe(session, browser)
        # As from another phone.
        same = PUSH_SUBSCRIPTIONS.c.endpoint == browser.endpoint
        rig.hub.database.write(
            update(PUSH_SUBSCRIPTIONS).where(same).values(cookie_sha256=bytes([number]))
        )
    kept = [endpoint for _, endpoint in rig.rows()]
    assert kept == [browser.endpoint for browser in browsers[1:]]


def test_after_delete_no_endpoint_is_left(rig: Rig) -> None:
    """Row 82: forgetting a shopper forgets how to wake the phone, byte for byte."""
    session = rig.hub.yes(rig.codes[0])
    browser = rig.browser()
    rig.subscribe(session, browser)
    rig.hub.engine.delete(session.cookie)
    rig.hub.pass_s(2)
    assert rig.rows() == []
    left = rig.hub.bytes_on_disk()
    assert browser.endpoint.encode() not in left
    assert browser.p256dh.encode() not in left


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("p256dh", "AAAA"),
        ("p256dh", "A" * 87),
        ("p256dh", "ß" * 87),
        ("auth", ""),
        ("auth", "%%%"),
        ("auth", "A" * 4096),
    ],
)
def test_only_a_browsers_keys_are_taken(rig: Rig, name: str, value: str) -> None:
    keys = {**rig.browser().json["keys"], name: value}
    with pytest.raises(KeysRefused, match="expected"):
        subscription("h1", "https://fcm.googleapis.com/x", **keys)
    session = rig.hub.yes(rig.codes[0])
    with pytest.raises(Refused, match="Not a browser's keys"):
        rig.phones.subscribe(session.cookie, "https://fcm.googleapis.com/x", **keys)

"""From a kept decision to a phone: sent once, checked at the last moment, accounted for."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import delete

from hub_server.database import DatabaseError
from hub_server.records.tables import SHOPPERS
from hub_server.views.hub import Refused
from hub_server.visit.visits import Sent, Visit
from tests.hub_server.conftest import Hub
from tests.hub_server.push.push_service import HOSTS, Told
from tests.hub_server.push.pushing import pushing

pytestmark = pytest.mark.anyio


async def test_a_message_reaches_the_phone_once(hub: Hub) -> None:
    async with pushing(hub) as phone:
        one = phone.offer()
        await phone.until(1)
        # Offered again, by whatever fault: its key is taken.
        phone.room.offer(phone.visit, one)
        await asyncio.sleep(0.02)
    assert phone.settled == [("d1", "accepted", "")]
    assert phone.room.counts == {"accepted": 1}
    (note,) = phone.notes()
    assert note["navigate"] == "https://store.example/m/d1"
    assert phone.pushes() == [("d1", "accepted", 1)]
    assert [(got.ttl_s, got.urgency) for got in phone.service.got] == [(60, "high")]


async def test_a_hub_that_died_in_between_does_not_send_it_later(hub: Hub) -> None:
    """It errs towards silence: claimed is claimed."""
    async with pushing(hub) as phone:
        one = phone.sent()
        phone.room._claims.take(["d1"], 0)
        phone.room.offer(phone.visit, one)
        await asyncio.sleep(0.02)
    assert phone.service.posts_count == 0
    assert phone.pushes() == [("d1", "sending", 0)]


async def test_who_is_forgotten_in_between_hears_nothing(hub: Hub) -> None:
    """Row 82: the decision is gone with its shopper; the others of its batch are sent."""
    async with pushing(hub) as phone:
        other = hub.yes(phone.codes[1])
        browser = phone.subscribe(other)
        visit, gone = phone.visit, phone.sent("d1")
        phone.session = other
        phone.room.offer(visit, gone)
        phone.offer("d2", zone=None)
        hub.database.write(delete(SHOPPERS).where(SHOPPERS.c.shopper == visit.shopper))
        await phone.until(1)
    assert phone.settled == [("d2", "accepted", "")]
    assert [note["notification"]["tag"] for note in phone.service.read(browser)] == ["d2"]
    assert phone.service.posts_count == 1


async def test_the_lock_screen_is_neutral(hub: Hub) -> None:
    """Rows 75 and 81: neither title nor text of the message, only what was made for the lock."""
    async with pushing(hub) as phone:
        phone.offer("d1")
        phone.offer("d2", lock_title="Corner Market", lock_text="There is an answer for you.")
        await phone.until(2)
        bodies = {note["tag"]: note for note in phone.notes()}
        read = str(phone.service.read(phone.browser))
    assert bodies["d1"]["title"] == "A note for your visit"
    assert bodies["d2"]["body"] == "There is an answer for you."
    assert "wine" not in read.lower()
    assert phone.visit.shopper not in read
    assert phone.visit.visit not in read


async def test_leaving_the_zone_before_it_is_sent_stops_it(hub: Hub) -> None:
    """Row 16: the gates are asked at the moment of sending; nothing is delivered."""
    async with pushing(hub) as phone:
        phone.room.still_right = lambda _visit, _sent: "left_zone"
        phone.offer()
        await phone.until(1)
    assert phone.settled == [("d1", "cancelled", "left_zone")]
    assert phone.service.posts_count == 0
    assert phone.pushes() == [("d1", "cancelled", 1)]


async def test_what_is_bought_between_two_tries_is_not_sent_again(hub: Hub) -> None:
    """Row 76: a queued push is cancelled by the till's event."""
    async with pushing(hub) as phone:
        phone.service.tell(phone.browser.name, Told(429, {"Retry-After": "1"}))
        asked: list[str] = []

        def bought(_visit: Visit, sent: Sent) -> str | None:
            asked.append(sent.decision)
            return "bought" if len(asked) > 1 else None

        phone.room.still_right = bought
        phone.offer()
        await phone.until(1)
    assert phone.settled == [("d1", "cancelled", "bought")]
    assert phone.service.posts_count == 1


@pytest.mark.parametrize("how", ["consent", "choice", "unsubscribed", "paused", "ended"])
async def test_nothing_leaves_after_a_no(hub: Hub, how: str) -> None:
    """Consent, choice and visit are looked at when it is sent, not when it was decided."""
    async with pushing(hub) as phone:
        visit, one = phone.visit, phone.sent()
        phone.room.offer(visit, one)
        if how == "consent":
            visit.may_message = False
        elif how == "choice":
            visit.choices = type(visit.choices)(push=False)
        elif how == "unsubscribed":
            phone.room.phones.unsubscribe(phone.session.cookie)
        elif how == "paused":
            hub.engine.pause(phone.session.cookie, paused=True)
        else:
            hub.engine.leave(phone.session.cookie)
        await phone.until(1)
    assert phone.service.posts_count == 0
    assert phone.settled[0][1] in {"cancelled", "gone"}


@pytest.mark.parametrize("code", ["page", "shown"])
async def test_what_the_open_page_has_is_not_pushed(hub: Hub, code: str) -> None:
    """It counts as said: its cap is not given back."""
    async with pushing(hub) as phone:
        one = phone.offer()
        if code == "page":
            hub.engine.heartbeat(phone.session.cookie, visible=True)
        else:
            one.shown = True
        await asyncio.sleep(0.02)
    assert phone.settled == []
    assert phone.service.posts_count == 0
    assert phone.pushes() == [("d1", "cancelled", 1)]


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_deleted(hub: Hub, status: int) -> None:
    async with pushing(hub) as phone:
        phone.service.tell(phone.browser.name, Told(status))
        phone.offer()
        await phone.until(1)
    assert phone.settled == [("d1", "gone", "")]
    assert not phone.visit.push
    assert hub.query("SELECT * FROM push_subscriptions") == []


async def test_another_phone_of_the_shopper_takes_over(hub: Hub) -> None:
    async with pushing(hub) as phone:
        hub.now_s += 1
        hub.run("UPDATE push_subscriptions SET cookie_sha256 = x'00'")
        newer = phone.subscribe(phone.session, HOSTS[1])
        phone.service.tell(newer.name, Told(410))
        phone.offer()
        await phone.until(1)
    assert phone.settled == [("d1", "accepted", "")]
    assert [note["tag"] for note in phone.notes()] == ["d1"]
    assert phone.visit.push
    rows = hub.query("SELECT endpoint, used_ms FROM push_subscriptions")
    assert rows == [(phone.browser.endpoint, round(hub.now_s * 1000))]


async def test_too_late_to_be_true_is_not_sent(hub: Hub) -> None:
    async with pushing(hub) as phone:
        phone.offer("d1", expires_at_s=hub.now_s + 0.5)
        phone.offer("d2", expires_at_s=hub.now_s - 1)
        await phone.until(2)
    assert sorted(phone.settled) == [("d1", "expired", ""), ("d2", "expired", "")]
    assert phone.service.posts_count == 0


async def test_an_endpoint_that_no_longer_passes_is_refused(hub: Hub) -> None:
    async with pushing(hub) as phone:
        hub.run("UPDATE push_subscriptions SET endpoint = 'https://evil.example/x'")
        phone.offer()
        await phone.until(1)
    assert phone.settled == [("d1", "refused", "")]


async def test_without_a_phone_it_is_gone(hub: Hub) -> None:
    async with pushing(hub) as phone:
        hub.run("DELETE FROM push_subscriptions")
        phone.offer()
        await phone.until(1)
    assert phone.settled == [("d1", "gone", "")]


async def test_a_database_that_takes_no_claim_means_silence(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_what: object) -> set[str]:
        msg = "the disk is full"
        raise DatabaseError(msg)

    async with pushing(hub) as phone:
        monkeypatch.setattr(phone.room._claims, "take", full)
        phone.offer()
        await phone.until(1)
    assert phone.settled == [("d1", "refused", "")]
    assert phone.service.posts_count == 0


async def test_a_hub_that_does_not_send_says_so_at_the_next_step(hub: Hub) -> None:
    async with pushing(hub) as phone:
        await phone.room.close()
        phone.offer()
        phone.room.step(hub.now_s)
        await phone.until(1)
        with pytest.raises(Refused, match="no notifications"):
            await phone.room.check(phone.browser.endpoint)
    assert phone.settled == [("d1", "refused", "")]


async def test_without_https_and_subject_there_is_no_push(new_hub: Callable[..., Hub]) -> None:
    hub = new_hub(public_url="http://127.0.0.1:8000")
    room = hub.engine.rooms.push
    await room.start()
    assert room.key is None
    assert room._lanes is None


async def test_an_endpoint_is_looked_at_before_it_is_taken(hub: Hub) -> None:
    async with pushing(hub) as phone:
        await phone.room.check(phone.browser.endpoint)
        with pytest.raises(Refused, match="Not a browser's push service: host") as told:
            await phone.room.check(f"https://evil.example:{phone.service.port}/secret")
    assert told.value.status == 400
    assert "secret" not in told.value.text


async def test_a_host_that_fails_in_a_row_is_told(hub: Hub) -> None:
    async with pushing(hub) as phone:
        phone.service.tell(phone.browser.name, Told(403))
        for number in range(5):
            phone.offer(f"d{number}")
        await phone.until(5)
        (line,) = hub.engine.rooms.alarms(hub.now_s)
        assert line.startswith(f"push: {HOSTS[0]} refuses the hub's signature")
        phone.service.tell(phone.browser.name, Told())
        phone.offer("d9")
        await phone.until(6)
        assert hub.engine.rooms.alarms(hub.now_s) == []


async def test_old_phones_go_with_the_hour(hub: Hub) -> None:
    async with pushing(hub) as phone:
        phone.room.step(hub.now_s)
        hub.run("UPDATE push_subscriptions SET used_ms = used_ms - 5184000001")
        phone.room.step(hub.now_s)
        assert phone.visit.push
        hub.now_s += 3601
        phone.room.step(hub.now_s)
        assert not phone.visit.push

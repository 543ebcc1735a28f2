"""The whole way: a closed page, a decision, the gates once more, the phone; and what stops it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import httpx
import pytest

from hub_server.engine import Session
from hub_server.pages.app import build_app
from hub_server.visit.visits import Choices, Sent, Visit
from tests.hub_server.conftest import Hub
from tests.hub_server.push.push_service import Browser, PushService, Told

pytestmark = pytest.mark.anyio
# By then the corner market's campaign on labels has spoken in produce.
STAND_S: Final = 90
# What the corner market's campaign on a cheaper pasta is about, and something else.
PASTA: Final = "1029"
BANANAS: Final = "1001"


class Walk:
    """A shopper whose phone is in a pocket."""

    def __init__(self, hub: Hub, service: PushService) -> None:
        self.hub = hub
        self.service = service
        self.room = hub.engine.rooms.push
        self.session: Session = hub.yes(hub.carts("cart-1")[0])
        self.browser: Browser = service.browser()
        keys = self.browser.json["keys"]
        self.room.phones.subscribe(
            self.session.cookie, self.browser.endpoint, keys["p256dh"], keys["auth"]
        )
        hub.agent_up()
        hub.enter(hub.handle(self.session), "produce")

    @property
    def visit(self) -> Visit:
        return next(iter(self.hub.engine.roll.visits.values()))

    async def second(self, zone: str = "produce") -> None:
        """A second in a zone; the page stays closed."""
        self.hub.now_s += 1
        self.hub.fix(self.hub.handle(self.session), zone)
        self.hub.engine.tick()
        await asyncio.sleep(0)

    def until_said(self, zone: str = "produce") -> Sent:
        """Stand there until something is decided; it is then queued, not yet sent."""
        for _ in range(STAND_S):
            self.hub.now_s += 1
            self.hub.fix(self.hub.handle(self.session), zone)
            self.hub.engine.tick()
            if self.visit.sent:
                return self.visit.sent[-1]
        raise AssertionError(self.hub.engine.speaker.silent)

    async def settled(self) -> str:
        """What became of the push."""
        async with asyncio.timeout(5):
            while not self.room.counts:  # noqa: ASYNC110 - counted by a plain call
                await asyncio.sleep(0.001)
        return next(iter(self.room.counts))


@asynccontextmanager
async def walking(hub: Hub) -> AsyncIterator[Walk]:
    async with PushService() as service:
        walk = Walk(hub, service)
        await walk.room.start(service.services())
        try:
            yield walk
        finally:
            await walk.room.close()


async def test_a_pocketed_phone_is_told_once(hub: Hub) -> None:
    """Row 93: with the page closed and a subscription, the channel is push; once a visit."""
    async with walking(hub) as walk:
        sent = walk.until_said()
        assert sent.channel == "push"
        assert await walk.settled() == "accepted"
        # The worker's receipt; without one it would be unseen, and the cap given back.
        hub.engine.receipt(walk.session.cookie, sent.decision, "shown")
        for _ in range(STAND_S):
            await walk.second()
        assert walk.room.counts == {"accepted": 1}
        (read,) = walk.service.read(walk.browser)
        assert read["notification"]["navigate"].endswith(f"/m/{sent.decision}")
        assert read["notification"]["title"] == sent.lock_title
    (got,) = walk.service.got
    assert 1 <= got.ttl_s <= 120


async def test_leaving_the_zone_before_it_goes_out(hub: Hub) -> None:
    """Row 16: nothing is delivered, the row says why, and the cap has room again."""
    async with walking(hub) as walk:
        sent = walk.until_said()
        hub.now_s += 1
        hub.enter(hub.handle(walk.session), "pasta")
        assert await walk.settled() == "cancelled"
        assert walk.service.posts_count == 0
        assert sent.cancelled == "left_zone"
        hub.pass_s(1)
    rows = hub.query("SELECT cancelled FROM decisions WHERE outcome = 'send'")
    assert rows == [("left_zone",)]
    assert hub.query("SELECT count(*) FROM reservations WHERE released_ms IS NULL") == [(0,)]


async def test_a_till_event_cancels_what_waits(hub: Hub) -> None:
    """Rows 76 and 47: bought while the push service asked for patience; no second try goes out."""
    token = hub.engine.logins.add_source("till", round(hub.now_s * 1000))
    async with walking(hub) as walk:
        walk.service.tell(walk.browser.name, Told(429, {"Retry-After": "1"}))
        walk.visit.choices = Choices(muted_topics=("labels",))
        hub.enter(hub.handle(walk.session), "pasta")
        sent = walk.until_said("pasta")
        async with asyncio.timeout(5):
            while not walk.service.posts_count:  # noqa: ASYNC110 - another task counts
                await asyncio.sleep(0.001)
        event = {
            "id": "r1",
            "ts": datetime.fromtimestamp(hub.now_s, UTC).isoformat(),
            "channel": "till",
            "type": "payment",
            "subject": {"tag": "cart-1"},
            "items": [{"item": PASTA}],
        }
        transport = httpx.ASGITransport(build_app(hub.engine))
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="https://store.example") as http:
            answer = await http.post("/api/events", json=event, headers=headers)
            assert answer.status_code in {200, 202}, answer.text
        outcome = await walk.settled()
    assert walk.service.posts_count == 1
    assert outcome == "cancelled"
    assert sent.cancelled == "bought"


async def test_withdrawn_consent_stops_what_waits(hub: Hub) -> None:
    """Row 82: nothing leaves after the yes is taken back."""
    async with walking(hub) as walk:
        walk.until_said()
        hub.engine.leave(walk.session.cookie)
        assert await walk.settled() in {"cancelled", "gone"}
    assert walk.service.posts_count == 0


async def test_an_endpoint_that_is_gone_gives_the_cap_back(hub: Hub) -> None:
    """Then the channel is the page again: it is said there as soon as it opens."""
    async with walking(hub) as walk:
        walk.service.tell(walk.browser.name, Told(410))
        sent = walk.until_said()
        assert await walk.settled() == "gone"
        assert sent.cancelled is not None
        assert not walk.visit.push
        assert walk.visit.channel(hub.now_s) is None
        hub.pass_s(1)
        assert hub.query("SELECT count(*) FROM reservations WHERE released_ms IS NULL") == [(0,)]


async def test_receipts_come_back_from_the_worker(hub: Hub) -> None:
    """Row 25: received, shown, tapped, by the same address as a page's."""
    async with walking(hub) as walk:
        sent = walk.until_said()
        await walk.settled()
        transport = httpx.ASGITransport(build_app(hub.engine))
        async with httpx.AsyncClient(
            transport=transport,
            base_url="https://store.example",
            cookies={"instep": walk.session.cookie},
            headers={"X-Instep": "1"},
        ) as http:
            for kind in ("received", "shown", "tapped"):
                path = f"/api/phone/messages/{sent.decision}/receipt"
                assert (await http.post(path, json={"kind": kind})).status_code == 200
            assert sent.shown
            none = await http.post(
                f"/api/phone/messages/{sent.decision}/act", json={"action": "bring_it"}
            )
            assert none.status_code == 404
            sent.buttons = ("add_to_list", "bring_it", "call_staff")
            sent.items = (BANANAS,)
            # Row 63: one tap each, and twice is once.
            for action in (*sent.buttons, *sent.buttons):
                path = f"/api/phone/messages/{sent.decision}/act"
                answer = await http.post(path, json={"action": action})
                assert answer.status_code == 200, answer.text
    assert hub.query("SELECT item FROM list_lines") == [(BANANAS,)]
    assert hub.query("SELECT kind FROM tasks ORDER BY kind") == [("bring",), ("help",)]

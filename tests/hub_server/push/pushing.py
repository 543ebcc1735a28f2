"""A hub, a subscribed phone and a loopback push service: the hands that tests move them with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
from sqlalchemy import insert

from hub_server.engine import Session
from hub_server.push.room import PushRoom
from hub_server.records.tables import DECISIONS
from hub_server.visit.visits import Sent, Visit
from tests.hub_server.conftest import STORE, Hub
from tests.hub_server.push import lines
from tests.hub_server.push.push_service import HOSTS, Browser, PushService

PATIENCE_S: Final = 5.0


class Pushing:
    """One shopper in the produce aisle whose page is closed and whose phone is subscribed."""

    def __init__(self, hub: Hub, service: PushService) -> None:
        self.hub = hub
        self.service = service
        self.room: PushRoom = hub.engine.rooms.push
        self.settled: list[tuple[str, str, str]] = []
        self.room.still_right = lambda _visit, _sent: None
        self.room.on_settled = lambda _visit, sent, state, code: self.settled.append(
            (sent.decision, state, code)
        )
        self.codes = hub.carts("cart-1", "cart-2", "cart-3")
        self.session = hub.yes(self.codes[0])
        self.browser = self.subscribe(self.session)
        hub.agent_up()
        hub.enter(hub.handle(self.session), "produce")

    @property
    def visit(self) -> Visit:
        return self.visit_of(self.session)

    def visit_of(self, session: Session) -> Visit:
        visits = self.hub.engine.roll.visits.values()
        return next(one for one in visits if one.visit_code == session.visit_code)

    def subscribe(self, session: Session, host: str = HOSTS[0]) -> Browser:
        """A browser's subscription, without the look at its address."""
        browser = self.service.browser(host)
        keys = browser.json["keys"]
        self.room.phones.subscribe(session.cookie, browser.endpoint, keys["p256dh"], keys["auth"])
        return browser

    def sent(self, decision: str = "d1", **changes: Any) -> Sent:  # noqa: ANN401 - fields of Sent
        """A message whose decision is kept, as the speaker offers it."""
        now_s = self.hub.now_s
        times = {"at_s": now_s, "expires_at_s": now_s + 60}
        one = msgspec.structs.replace(lines.sent(decision, **times), **changes)
        self.hub.database.write(
            insert(DECISIONS).values(
                store=STORE,
                decision=decision,
                visit=self.visit.visit,
                at_ms=round(now_s * 1000),
                outcome="send",
                code="sent",
                why=b"[]",
                gates=b"[]",
                snapshot=b"{}",
            )
        )
        return one

    def offer(self, decision: str = "d1", **changes: Any) -> Sent:  # noqa: ANN401 - as above
        one = self.sent(decision, **changes)
        self.room.offer(self.visit, one)
        return one

    async def until(self, count: int) -> None:
        """Let the loop run until so many messages are settled."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.settled) < count:  # noqa: ASYNC110 - the room tells by a plain call
                await asyncio.sleep(0.001)

    def pushes(self) -> list[tuple[object, ...]]:
        return self.hub.query("SELECT decision, state, tries FROM pushes ORDER BY decision")

    def notes(self) -> list[dict[str, Any]]:
        """What the phone got."""
        return [one["notification"] for one in self.service.read(self.browser)]


@asynccontextmanager
async def pushing(hub: Hub) -> AsyncIterator[Pushing]:
    """Everything running."""
    async with PushService() as service:
        made = Pushing(hub, service)
        await made.room.start(service.services())
        try:
            yield made
        finally:
            await made.room.close()

"""A hub with its pages and a push service on loopback, in a thread of their own.

The hub runs as in a store but for two things: its clock runs twenty times as fast, and the push
services that it may post to are the loopback's.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import uvicorn
from sqlalchemy.exc import NoResultFound

from hub_server.pages.app import build_app
from hub_server.settings import Push
from hub_server.visit.visits import Visit
from tests.hub_server.conftest import Hub
from tests.hub_server.push.push_service import Browser, PushService

T = TypeVar("T")
TICK_S: Final = 0.05
# Only what hangs waits so long.
PATIENCE_S: Final = 60.0
CART: Final = "cart-1"


class PocketStore:
    """One cart that stands in `zone` whenever a visit holds it; `ask` runs in the hub's thread.

    While it is None nobody hears the cart, so nothing is said.
    """

    def __init__(self, folder: Path) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.zone: str | None = None
        self.code = ""
        self._folder = folder
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._fault: BaseException | None = None

    def start(self) -> None:
        """Return once it listens."""
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)

    def stop(self) -> None:
        """Raise what went wrong in the thread."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE_S)
        self._listener.close()
        if self._fault is not None:
            raise self._fault

    def ask(self, question: Callable[[], T]) -> T:
        """The answer to a question that touches the hub."""

        async def answer() -> T:
            return question()

        return asyncio.run_coroutine_threadsafe(answer(), self._loop).result(PATIENCE_S)

    def until(self, is_true: Callable[[], T]) -> T:
        """The first answer that is something."""

        async def wait() -> T:
            async with asyncio.timeout(PATIENCE_S):
                while not (found := is_true()):  # noqa: ASYNC110 - the hub tells by plain values
                    await asyncio.sleep(TICK_S)
            return found

        return asyncio.run_coroutine_threadsafe(wait(), self._loop).result(PATIENCE_S + 1)

    @property
    def visit(self) -> Visit:
        """The only open visit; of the hub's thread."""
        for visit in self.hub.engine.roll.visits.values():
            return visit
        raise NoResultFound

    def close_page(self) -> None:
        """No sign of any page for as long as it takes to be called closed."""
        self.ask(self.visit.visible.clear)

    def pushed(self, browser: Browser) -> list[dict[str, Any]]:
        """What the push service holds for a browser, decrypted with its keys."""
        return self.service.read(browser)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        hub = Hub(
            self._folder, public_url=self.origin, push=Push(subject="mailto:ops@store.example")
        )
        self.hub = hub
        (self.code,) = hub.carts(CART)
        hub.agent_up()
        app = build_app(hub.engine)
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        async with PushService() as self.service:
            await hub.engine.rooms.push.start(self.service.services())
            serving = asyncio.create_task(server.serve([self._listener]))
            self._ready.set()
            try:
                await self._live()
            except BaseException as error:  # noqa: BLE001 - told by `stop`
                self._fault = error
            server.should_exit = True
            server.force_exit = True
            hub.engine.close()
            await serving
            await hub.engine.rooms.push.close()
        hub.close()

    async def _live(self) -> None:
        hub, stood = self.hub, set[str]()
        while not self._stop.is_set():
            hub.now_s += 1
            if self.zone is not None:
                for handle in list(hub.engine.roll.live):
                    move = hub.fix if handle in stood else hub.enter
                    move(handle, self.zone)
                    stood.add(handle)
            hub.engine.tick()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), TICK_S)


@contextlib.contextmanager
def pocket_store(folder: Path) -> Iterator[PocketStore]:
    """A running store."""
    store = PocketStore(folder)
    store.start()
    try:
        yield store
    finally:
        store.stop()

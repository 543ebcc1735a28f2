"""The running hub: engine, broker and pages in one loop, until a signal ends it."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
import time
from types import FrameType
from typing import Final

import msgspec
import uvicorn

from hub_server import campaigns
from hub_server import settings as hub_settings
from hub_server.database import Database
from hub_server.engine import Engine
from hub_server.model.folder import ModelFolder
from hub_server.model.seat import ModelSeat
from hub_server.pages.app import build_app
from hub_server.settings import Broker, Http
from hub_server.store import Store
from hub_server.subscriber import Subscriber

LOG: Final = logging.getLogger(__name__)

TICK_S: Final = 1.0
# Pages hold their streams open; they come back by themselves.
SHUTDOWN_S: Final = 2
# Python lets one thread run 5 ms by default; the loop would wait so long for paho's thread.
SWITCH_S: Final = 0.000_5
CHECK_S: Final = 4.0


class PortTakenError(RuntimeError):
    """The pages cannot listen where the settings say."""


async def serve(store: Store, database: Database) -> None:
    """Run until SIGINT or SIGTERM.

    Raises:
        PortTakenError: something else listens there.
        SettingsError: the broker's password is unset, or its CA no readable certificate.
    """
    settings = store.settings
    for line in campaigns.notices(store.campaigns):
        LOG.warning("%s", line)
    models = ModelSeat.opened(ModelFolder.beside(settings.database))
    engine = Engine(store, database, models)
    password = hub_settings.password(settings, os.environ)
    subscriber = Subscriber(settings.broker, password, settings.store, engine.receive)
    engine.attach(subscriber)
    config = uvicorn.Config(
        build_app(engine),
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    with listening(settings.http) as listener:
        subscriber.start(asyncio.get_running_loop())
        # What is loaded stays: the collector need not walk it at each of its long pauses.
        gc.freeze()
        sys.setswitchinterval(SWITCH_S)
        # The web server catches these, stops, and raises them again: by then all is said.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _already_stopping)
        await engine.rooms.push.start()
        ticking = asyncio.create_task(tick_for_ever(engine))
        try:
            await _Server(config, engine).serve(sockets=[listener])
        finally:
            ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticking
            await engine.rooms.push.close()
            subscriber.stop()
            models.close()


class _Server(uvicorn.Server):
    """Ends the streams before it stops; cut off by it, each would leave a page of traceback."""

    def __init__(self, config: uvicorn.Config, engine: Engine) -> None:
        super().__init__(config)
        self._engine = engine

    async def shutdown(  # type: ignore[explicit-override] # typing has it from 3.12 on
        self, sockets: list[socket.socket] | None = None
    ) -> None:
        """Stop listening, and end what is open."""
        self._engine.close()
        await super().shutdown(sockets)


def _already_stopping(_number: int, _frame: FrameType | None) -> None:
    return None


async def tick_for_ever(engine: Engine) -> None:
    """Walk the engine's steps once a second; between two steps the loop serves everybody else."""
    due_s = time.monotonic()
    while True:
        due_s = max(due_s + TICK_S, time.monotonic())
        await asyncio.sleep(due_s - time.monotonic())
        try:
            for _ in engine.steps():
                await asyncio.sleep(0)
            engine.alarms.mended("tick")
        except Exception as error:
            # One bad second must not end the store's day; the alarm and the log tell us.
            LOG.exception("a tick failed")
            engine.alarms.raised("tick", f"tick: {type(error).__name__}; our fault, see the log")


def listening(http: Http) -> socket.socket:
    """A socket that listens where the settings say.

    Raises:
        PortTakenError: something else does, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in http.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((http.host, http.port))
    except OSError as error:
        listener.close()
        msg = (
            f"http {http.host}:{http.port}: {error.strerror}; expected a free port of this "
            "machine; ops stops what uses it or sets http.port"
        )
        raise PortTakenError(msg) from None
    listener.listen()
    return listener


async def broker_fault(broker: Broker, password: str | None, store: str) -> str | None:
    """Try the broker; None when it lets the hub in, else what is wrong.

    Raises:
        SettingsError: `broker.tls_ca` is no readable certificate.
    """
    # Under another client id: the broker would throw off a hub that runs.
    beside = msgspec.structs.replace(broker, client_id=f"{broker.client_id}.check")
    subscriber = Subscriber(beside, password, store, lambda _batch: None)
    subscriber.start(asyncio.get_running_loop())
    try:
        async with asyncio.timeout(CHECK_S):
            # paho's thread sets these; an event would need the loop that it does not know.
            while not subscriber.connected and subscriber.refused is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    except TimeoutError:
        return (
            f"{broker.host}:{broker.port} does not answer as a broker does; ops starts it or "
            "mends broker.host, broker.port, broker.tls_ca (with TLS it hangs up on a hub without)"
        )
    finally:
        subscriber.stop()
    return subscriber.refused

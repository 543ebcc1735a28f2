"""`edge-agent check`: everything that an agent needs, each line ok or what to do."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec
from paho.mqtt.enums import MQTTProtocolVersion

from edge_agent import clock
from edge_agent.exit import Exit, Stop
from edge_agent.mqtt_connection import Connection, Endpoint, Refused
from edge_agent.mqtt_link import endpoint
from edge_agent.settings import Bleak, Recording, Settings, SettingsError, load, password

# Every beacon advertises at least once a second; five seconds without one mean silence.
LISTEN_S: Final = 5.0


class Finding(msgspec.Struct, frozen=True):
    """One line of the check."""

    what: str
    code: Exit
    text: str

    def __str__(self) -> str:  # type: ignore[explicit-override] # typing has it from 3.12 on
        return f"{'ok  ' if self.code is Exit.OK else 'FAIL'}  {self.what}: {self.text}"


Check = Callable[[Settings], Awaitable[str]]


async def check(path: Path) -> AsyncIterator[Finding]:
    """The findings about the settings file `path`, one after the other."""
    try:
        settings = load(path)
        password(settings.broker)
    except SettingsError as error:
        yield Finding("settings", Exit.USAGE, str(error))
        return
    yield Finding("settings", Exit.OK, f"agent {settings.agent}")
    for what, find in _CHECKS:
        try:
            yield Finding(what, Exit.OK, await find(settings))
        except Stop as stop:
            yield Finding(what, stop.code, str(stop))


async def _floor(settings: Settings) -> str:
    if settings.map is None:
        return "none: a fixed Pi that only forwards needs none"
    from edge_agent import floor_parts  # noqa: PLC0415 - a check without a map needs no NumPy

    store = floor_parts.floor_map(settings)
    if settings.tag is not None:
        floor_parts.beacons(store)
    if settings.locate.enabled:
        floor_parts.locating(store, settings.locate)
    if isinstance(settings.source, Recording):
        floor_parts.recording(settings.source, lambda _: None, store)
    places = f"{len(store.anchors)} anchors, {len(store.beacons)} beacons"
    return f"{store.name}, {len(store.leaf_zones)} zones, {places}, sha {store.map_sha[:12]}"


async def _state(settings: Settings) -> str:
    if not settings.locate.enabled:
        return "not needed: this agent does not locate"
    return await asyncio.to_thread(_probe_state, settings)


def _probe_state(settings: Settings) -> str:
    folder = Path(settings.state_dir)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f"check-{os.getpid()}"
        with contextlib.closing(sqlite3.connect(probe)) as database:
            database.execute("CREATE TABLE probe (x)")
        probe.unlink()
        free = os.statvfs(folder)
    except (OSError, sqlite3.Error) as error:
        msg = f"{folder}: {error}; ops: give the agent's user that folder"
        raise Stop(Exit.STATE, msg) from None
    free_mib = free.f_bavail * free.f_frsize // (1024 * 1024)
    if free_mib < settings.outbox_mib:
        msg = (
            f"{folder}: {free_mib} MiB free, expected outbox_mib = {settings.outbox_mib}; ops: free"
        )
        raise Stop(Exit.STATE, msg)
    return f"{folder} is writable, {free_mib} MiB free"


async def _broker(settings: Settings) -> str:
    """Log in under a name beside the agent's, which may be running."""
    own = endpoint(settings, password(settings.broker))
    beside = msgspec.structs.replace(own, client_id=f"{own.client_id}.check")
    version = "5"
    try:
        try:
            await _log_in(beside, MQTTProtocolVersion.MQTTv5)
        except Refused as refusal:
            if not (refusal.is_version or refusal.is_mute):
                raise
            version = "3.1.1 (no word of a refused publish; prefer a broker with MQTT 5)"
            await _log_in(beside, MQTTProtocolVersion.MQTTv311)
    except Refused as refusal:
        raise Stop(Exit.BROKER, str(refusal)) from None
    return f"{own.host}:{own.port} accepts {own.username}, MQTT {version}"


async def _log_in(where: Endpoint, protocol: MQTTProtocolVersion) -> None:
    connection = Connection(where, protocol, lambda *_: None, lambda *_: None)
    try:
        await connection.open()
    finally:
        await connection.close()


async def _adapter(settings: Settings) -> str:
    """Hear for a moment whatever there is; nothing of it is kept."""
    told = settings.source
    if not isinstance(told, Bleak):
        return "not needed: this agent has no radio of its own"
    from edge_agent.scanner import BleakSource, Fixed  # noqa: PLC0415 - only a radio needs Bleak

    source = BleakSource(Fixed("check"), lambda _: None, told.adapter)
    try:
        async with asyncio.timeout(LISTEN_S), contextlib.aclosing(aiter(source)) as batches:
            async for _ in batches:
                if source.radio != "ok" or source.strangers_count:
                    break
    except TimeoutError:
        msg = f"nothing heard in {LISTEN_S:.0f} s; ops: is a beacon near, is another scan running?"
        raise Stop(Exit.RADIO, msg) from None
    if source.radio != "ok":
        raise Stop(Exit.RADIO, source.reason)
    return f"{told.adapter or 'the first adapter'} hears"


async def _clock(_: Settings) -> str:
    if not clock.is_synced():
        msg = "not synchronized; ops: `timedatectl set-ntp true`; until then stays say so"
        raise Stop(Exit.CLOCK, msg)
    return "synchronized"


_CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("map", _floor),
    ("state", _state),
    ("broker", _broker),
    ("adapter", _adapter),
    ("clock", _clock),
)

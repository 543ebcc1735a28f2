import asyncio
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from edge_agent import check as module
from edge_agent import clock, mqtt_connection
from edge_agent.check import Finding, check
from edge_agent.exit import Exit
from store_maps import corner_market
from tests.edge_agent.broker import StartBroker, free_port, until
from tests.edge_agent.fake_bluez import FakeBluez, forget_manager, private_bus

LOCATOR: Final = """
store = "corner-market"
agent = "corner-market.locator"
state_dir = "state"
map = "{map}"
[broker]
host = "127.0.0.1"
port = {port}
[locate]
enabled = true
cell_m = 1.0
"""
FIXED: Final = """
store = "corner-market"
agent = "corner-market.pi-1"
state_dir = "state"
anchor = "a1"
[broker]
host = "127.0.0.1"
port = {port}
[source]
kind = "bleak"
"""


async def findings(folder: Path, text: str, port: int = 1) -> dict[str, Finding]:
    path = folder / "agent.toml"
    path.write_text(text.format(map=corner_market.path(), port=port))
    return {finding.what: finding async for finding in check(path)}


async def test_a_locator_that_has_everything(
    start_mosquitto: StartBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "is_synced", lambda: True)
    found = await findings(tmp_path, LOCATOR, start_mosquitto().port)
    assert list(found) == ["settings", "map", "state", "broker", "adapter", "clock"]
    assert {finding.code for finding in found.values()} == {Exit.OK}
    assert "8 anchors, 12 beacons" in found["map"].text
    assert found["broker"].text.endswith("accepts corner-market.locator, MQTT 5")
    assert str(found["adapter"]).startswith("ok    adapter: not needed")
    assert list((tmp_path / "state").iterdir()) == []


async def test_a_recordings_files_are_tried(tmp_path: Path) -> None:
    text = LOCATOR + '[source]\nkind = "recording"\npath = "none.csv"\n'
    found = await findings(tmp_path, text, free_port())
    assert found["map"].code is Exit.RECORDING
    assert found["adapter"].code is Exit.OK


async def test_each_want_has_its_line_and_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "is_synced", lambda: False)
    (tmp_path / "state").write_text("a file, no folder")
    text = LOCATOR.replace("[locate]", '[locate]\nsurvey = "none.csv"')
    found = await findings(tmp_path, text, free_port())
    codes = {what: finding.code for what, finding in found.items()}
    assert codes == {
        "settings": Exit.OK,
        "map": Exit.MAP,
        "state": Exit.STATE,
        "broker": Exit.BROKER,
        "adapter": Exit.OK,
        "clock": Exit.CLOCK,
    }
    assert all("ops: " in one.text for one in found.values() if one.code in {4, 6, 8})
    assert str(found["broker"]).startswith("FAIL  broker: broker 127.0.0.1:")


async def test_bad_settings_end_the_check(tmp_path: Path) -> None:
    found = await findings(tmp_path, "store = 1")
    assert [(one.what, one.code) for one in found.values()] == [("settings", Exit.USAGE)]


async def test_a_refused_login_is_the_brokers(start_mosquitto: StartBroker, tmp_path: Path) -> None:
    broker = start_mosquitto("allow_anonymous false")
    found = await findings(tmp_path, LOCATOR, broker.port)
    assert found["broker"].code is Exit.BROKER
    assert "Not authorized" in found["broker"].text


async def test_a_broker_of_3_1_1_is_named(
    start_amqtt: StartBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_connection, "ANSWER_TIMEOUT_S", 1.0)
    found = await findings(tmp_path, LOCATOR, start_amqtt().port)
    assert found["broker"].code is Exit.OK
    assert "MQTT 3.1.1" in found["broker"].text


async def test_a_disk_without_room_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await findings(tmp_path, "outbox_mib = 1024" + LOCATOR, free_port())
    assert found["state"].code is Exit.OK
    monkeypatch.setattr(os, "statvfs", lambda _: Full())
    found = await findings(tmp_path, LOCATOR, free_port())
    assert found["state"].code is Exit.STATE
    assert "0 MiB free, expected outbox_mib = 64" in found["state"].text

    def refuse(_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")  # noqa: EM101, TRY003

    monkeypatch.setattr(sqlite3, "connect", refuse)
    found = await findings(tmp_path, LOCATOR, free_port())
    assert "disk I/O error; ops: " in found["state"].text


class Full:
    """statvfs of a disk without room."""

    f_bavail = 0
    f_frsize = 4096


@pytest.fixture
def bus(dbus_daemon: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A system bus of the test's own."""
    with private_bus(dbus_daemon) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address


async def test_an_adapter_hears_or_is_told_to_be_deaf(
    bus: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bluez = await FakeBluez(bus).start()

    async def speak() -> None:
        await until(lambda: bluez.is_discovering)
        await bluez.advertise("C0:FF:EE:00:00:01", -60, {76: b"stranger"})

    speaking = asyncio.create_task(speak())
    found = await findings(tmp_path, FIXED, free_port())
    await speaking
    assert str(found["adapter"]) == "ok    adapter: the first adapter hears"
    await forget_manager()
    monkeypatch.setattr(module, "LISTEN_S", 0.5)
    found = await findings(tmp_path, FIXED, free_port())
    assert found["adapter"].code is Exit.RADIO
    assert "nothing heard in 0 s; ops: " in found["adapter"].text
    await forget_manager()
    bluez.die()


async def test_a_pi_without_bluetooth_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No system bus: the same as a machine without BlueZ.
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/nobody")
    found = await findings(tmp_path, FIXED, free_port())
    assert found["map"].text.startswith("none: a fixed Pi")
    assert found["state"].text.startswith("not needed")
    assert found["adapter"].code is Exit.RADIO
    assert "ops: " in found["adapter"].text

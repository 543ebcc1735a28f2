"""The scanner through Bleak's real BlueZ backend, against a fake bluetoothd on a private bus."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Literal

import numpy as np
import pytest
from bleak import BleakScanner
from bleak.args.bluez import BlueZScannerArgs

from edge_agent.advertisement import APPLE_COMPANY, EDDYSTONE_SERVICE
from edge_agent.scanner import BleakSource, Cart, Fixed, Pace
from edge_agent.sighting import Sighting
from tests.edge_agent.fake_bluez import FakeBluez, forget_manager, private_bus

TAG = b"\x02\x15" + bytes(16) + b"\x00\x01\x00\x02\xc5"
TAG_IDENTITY = f"ib-{'00' * 16}-1-2"
STRANGER = b"\x02\x15" + bytes(range(16)) + b"\x00\x07\x00\x09\xc5"
TLM = bytes.fromhex("20 00 0bb8 1980 00001000 00002710")
ADDRESS = "C0:FF:EE:00:00:01"
OTHER_ADDRESS = "C0:FF:EE:00:00:02"

QUICK = Pace(batch_s=0.01, silent_s=30.0, retry_first_s=0.02, retry_max_s=0.05)
WATCHFUL = Pace(batch_s=0.01, silent_s=0.15, retry_first_s=0.02, retry_max_s=0.05)
# Only a hang guard: everything here takes well under a second.
HANG_S = 15.0


def admit(identity: str) -> str | None:
    return {TAG_IDENTITY: "h-1"}.get(identity)


@pytest.fixture
def bus(dbus_daemon: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with private_bus(dbus_daemon) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address


@contextlib.asynccontextmanager
async def running(source: BleakSource) -> AsyncIterator[list[Sighting]]:
    """What `source` has given so far, growing."""
    heard: list[Sighting] = []

    async def read() -> None:
        async with contextlib.aclosing(aiter(source)) as batches:
            async for batch in batches:
                heard.extend(batch)

    task = asyncio.create_task(read())
    try:
        yield heard
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await forget_manager()


async def until(
    condition: Callable[[], bool], act: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Wait, acting before each look, until `condition` holds."""
    async with asyncio.timeout(HANG_S):
        while not condition():
            if act is not None:
                await act()
            await asyncio.sleep(0.005)


def walk_dbm() -> list[int]:
    """300 packets of a tag that hardly moves: most steps stay under bluetoothd's threshold."""
    return [int(rssi_dbm) for rssi_dbm in np.random.default_rng(1).integers(-68, -60, size=300)]


async def test_without_our_filter_new_bluetoothd_repeats_a_stale_rssi(bus: str) -> None:
    bluez = await FakeBluez(bus, rssi_gate="new").start()
    told: list[int] = []
    duplicates = BlueZScannerArgs(filters={"DuplicateData": True})
    async with BleakScanner(lambda _, data: told.append(data.rssi), bluez=duplicates):
        for rssi_dbm in walk_dbm():
            await bluez.advertise(ADDRESS, rssi_dbm, {APPLE_COMPANY: TAG})
        await until(lambda: len(told) >= 300)
    assert len(set(told)) < len(set(walk_dbm()))
    await forget_manager()
    bluez.die()


@pytest.mark.parametrize("rssi_gate", ["old", "new"])
async def test_every_rssi_arrives(bus: str, rssi_gate: Literal["old", "new"]) -> None:
    bluez = await FakeBluez(bus, rssi_gate=rssi_gate).start()
    sent_dbm = walk_dbm()
    async with running(BleakSource(Fixed("a1"), admit, pace=QUICK)) as heard:
        await until(lambda: bluez.is_discovering)
        for rssi_dbm in sent_dbm:
            await bluez.advertise(ADDRESS, rssi_dbm, {APPLE_COMPANY: TAG})
        await until(lambda: len(heard) >= len(sent_dbm))
    assert [s.rssi_dbm for s in heard] == sent_dbm
    assert {(s.tag, s.anchor) for s in heard} == {("h-1", "a1")}
    assert bluez.filter == {}, "the filter is taken back at the end"
    bluez.die()


async def test_scan_is_active_with_the_filter_that_keeps_rssi_true(bus: str) -> None:
    bluez = await FakeBluez(bus).start()
    async with running(BleakSource(Fixed("a1"), admit, adapter="hci0", pace=QUICK)):
        await until(lambda: bluez.is_discovering)
        assert bluez.calls == ["SetDiscoveryFilter", "StartDiscovery"]
        assert bluez.filter == {"Transport": "le", "DuplicateData": True, "RSSI": -127}
    assert bluez.calls[2:] == ["StopDiscovery", "SetDiscoveryFilter"]
    bluez.die()


async def test_times_are_the_clock_s_at_the_packet(bus: str) -> None:
    now_s = [100.0]
    bluez = await FakeBluez(bus).start()
    source = BleakSource(Fixed("a1"), admit, clock=lambda: now_s[0], pace=QUICK)
    async with running(source) as heard:
        await until(lambda: bluez.is_discovering)
        await bluez.advertise(ADDRESS, -60, {APPLE_COMPANY: TAG})
        await until(lambda: len(heard) == 1)
        now_s[0] = 101.5
        await bluez.advertise(ADDRESS, -61, {APPLE_COMPANY: TAG})
        await until(lambda: len(heard) == 2)
    assert heard == [Sighting("h-1", "a1", -60.0, 100.0), Sighting("h-1", "a1", -61.0, 101.5)]
    bluez.die()


async def test_a_cart_hears_beacons_and_speaks_of_itself(bus: str) -> None:
    bluez = await FakeBluez(bus).start()
    handles = {"cart-7": "h-7"}
    role = Cart("cart-7", {TAG_IDENTITY: "b3"})
    source = BleakSource(role, handles.get, pace=QUICK)
    async with running(source) as heard:
        await until(lambda: bluez.is_discovering)
        await bluez.advertise(ADDRESS, -60, {APPLE_COMPANY: TAG})
        await bluez.advertise(OTHER_ADDRESS, -50, {APPLE_COMPANY: STRANGER})
        await until(lambda: len(heard) == 1 and source.strangers_count == 1)
        handles.clear()
        await bluez.advertise(ADDRESS, -61, {APPLE_COMPANY: TAG})
        await until(lambda: source.strangers_count == 2)
    assert [(s.tag, s.anchor, s.rssi_dbm) for s in heard] == [("h-7", "b3", -60.0)]
    bluez.die()


async def test_telemetry_and_an_rssi_taken_back_are_no_sightings(bus: str) -> None:
    bluez = await FakeBluez(bus).start()
    source = BleakSource(Fixed("a1"), admit, pace=QUICK)
    async with running(source) as heard:
        await until(lambda: bluez.is_discovering)
        await bluez.advertise(ADDRESS, -60, {APPLE_COMPANY: TAG})
        await bluez.take_rssi_back(ADDRESS)
        await bluez.advertise(OTHER_ADDRESS, -60, service={EDDYSTONE_SERVICE: TLM})
        await until(lambda: source.strangers_count == 1)
        await bluez.forget(OTHER_ADDRESS)
        await until(lambda: len(heard) == 1)
    assert [s.rssi_dbm for s in heard] == [-60.0]
    bluez.die()


async def test_bleak_keeps_no_list_of_strangers(bus: str) -> None:
    bluez = await FakeBluez(bus).start()
    source = BleakSource(Fixed("a1"), admit, pace=QUICK)
    scanners = []
    make = source._scanner
    source._scanner = lambda: scanners.append(make()) or scanners[-1]  # type: ignore[func-returns-value,method-assign]
    async with running(source):
        await until(lambda: bluez.is_discovering)
        for n in range(50):
            data = {APPLE_COMPANY: STRANGER[:-2] + bytes([n, 0xC5])}
            await bluez.advertise(f"C0:FF:EE:00:01:{n:02X}", -60, data, name="Ann's phone")
        await until(lambda: source.strangers_count == 50)
        assert scanners[0].seen_devices == {}
    bluez.die()


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == "edge_agent.scanner"]


async def test_an_adapter_that_comes_later_is_heard(
    bus: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bluez = await FakeBluez(bus, adapters=()).start()
    source = BleakSource(Fixed("a1"), admit, pace=QUICK)
    async with running(source) as heard:
        await until(lambda: source.radio == "missing")
        await asyncio.sleep(0.2)  # several retries: one line all the same
        await bluez.plug_in("hci0")
        await until(lambda: bluez.is_discovering)
        await bluez.advertise(ADDRESS, -60, {APPLE_COMPANY: TAG})
        await until(lambda: len(heard) == 1)
        assert source.radio == "ok"
    assert messages(caplog) == [
        "radio missing: no Bluetooth adapter; ops: plug one in, or lift its block with `rfkill`",
        "radio ok: scanning",
    ]
    assert "Traceback" not in caplog.text
    bluez.die()


async def test_a_named_adapter_that_is_absent_is_named(
    bus: str, caplog: pytest.LogCaptureFixture
) -> None:
    bluez = await FakeBluez(bus).start()
    source = BleakSource(Fixed("a1"), admit, adapter="hci1", pace=QUICK)
    async with running(source):
        await until(lambda: source.radio == "missing")
    remedy = "ops: plug it in, or mend source.adapter"
    assert messages(caplog) == [
        f"radio missing: adapter 'hci1': adapter 'hci1' not found; {remedy}"
    ]
    bluez.die()


@pytest.mark.parametrize("adapter", [None, "hci0"])
async def test_an_adapter_that_is_off_is_heard_once_it_is_on(
    bus: str, caplog: pytest.LogCaptureFixture, adapter: str | None
) -> None:
    caplog.set_level(logging.INFO)
    bluez = await FakeBluez(bus, powered=False).start()
    source = BleakSource(Fixed("a1"), admit, adapter=adapter, pace=QUICK)
    async with running(source):
        await until(lambda: source.radio == "off")
        await bluez.power("hci0", on=True)
        await until(lambda: source.radio == "ok")
    assert messages(caplog) == [
        "radio off: the Bluetooth adapter is powered off; ops: `bluetoothctl power on`",
        "radio ok: scanning",
    ]
    bluez.die()


async def test_an_adapter_switched_off_in_mid_scan_is_noticed(bus: str) -> None:
    bluez = await FakeBluez(bus).start()
    source = BleakSource(Fixed("a1"), admit, pace=WATCHFUL)
    async with running(source) as heard:
        await until(lambda: bluez.is_discovering)
        await bluez.advertise(ADDRESS, -60, {APPLE_COMPANY: TAG})
        await bluez.power("hci0", on=False)
        await until(lambda: source.radio == "off")
        await bluez.power("hci0", on=True)
        await until(lambda: source.radio == "ok" and bluez.is_discovering)
        heard.clear()
        packet = {APPLE_COMPANY: TAG}
        await until(lambda: bool(heard), lambda: bluez.advertise(ADDRESS, -70, packet))
    bluez.die()


async def test_a_bluetoothd_that_dies_in_mid_scan_is_noticed_and_awaited(
    bus: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bluez = await FakeBluez(bus).start()
    source = BleakSource(Fixed("a1"), admit, pace=WATCHFUL)
    async with running(source) as heard:
        await until(lambda: bluez.is_discovering)
        bluez.die()
        await until(lambda: source.radio == "missing")
        successor = await FakeBluez(bus).start()
        await until(lambda: source.radio == "ok" and successor.is_discovering)
        heard.clear()
        packet = {APPLE_COMPANY: TAG}
        await until(lambda: bool(heard), lambda: successor.advertise(ADDRESS, -61, packet))
    assert "radio missing: bluetoothd does not run; ops: `systemctl start bluetooth`" in messages(
        caplog
    )
    assert "Traceback" not in caplog.text
    successor.die()


async def test_silence_is_said_and_the_scan_restarted(
    bus: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bluez = await FakeBluez(bus).start()
    source = BleakSource(Fixed("a1"), admit, pace=WATCHFUL)
    async with running(source):
        await until(lambda: bluez.calls.count("StartDiscovery") >= 3)
        assert source.radio == "silent"
        stranger = {APPLE_COMPANY: STRANGER}
        await until(lambda: source.radio == "ok", lambda: bluez.advertise(ADDRESS, -60, stranger))
    assert messages(caplog)[:3] == [
        "radio ok: scanning",
        "radio silent: nothing heard for 0 s; scanning anew",
        "radio ok: hearing again",
    ]
    bluez.die()


async def test_a_machine_without_d_bus_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    source = BleakSource(Fixed("a1"), admit, pace=QUICK)
    async with running(source) as heard:
        await until(lambda: source.radio == "missing")
    assert heard == []
    assert messages(caplog) == [
        "radio missing: no system D-Bus; ops: install and start `dbus` and `bluez`"
    ]


async def test_a_d_bus_daemon_that_dies_in_mid_scan_is_survived(
    dbus_daemon: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    source = BleakSource(Fixed("a1"), admit, pace=WATCHFUL)
    with private_bus(dbus_daemon) as first:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", first)
        bluez = await FakeBluez(first).start()
        runner = running(source)
        await runner.__aenter__()
        await until(lambda: bluez.is_discovering)
    try:
        await until(lambda: source.radio == "missing")
        with private_bus(dbus_daemon) as second:
            monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", second)
            successor = await FakeBluez(second).start()
            await until(lambda: source.radio == "ok" and successor.is_discovering)
            successor.die()
    finally:
        await runner.__aexit__(None, None, None)
    assert "Traceback" not in caplog.text

"""The scanner's callback, packet by packet, and what each failure of Bleak is told as."""

import logging
import sys

import numpy as np
import pytest
from bleak.backends.scanner import AdvertisementData
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.advertisement import APPLE_COMPANY, EDDYSTONE_SERVICE
from edge_agent.scanner import QUEUE_MAX, BleakSource, Fixed, diagnosis

TAG = b"\x02\x15" + bytes(16) + b"\x00\x01\x00\x02\xc5"
TAG_IDENTITY = f"ib-{'00' * 16}-1-2"


def admit(identity: str) -> str | None:
    return {TAG_IDENTITY: "h-1"}.get(identity)


def random_advertisement(rng: np.random.Generator) -> AdvertisementData:
    manufacturer = {APPLE_COMPANY: b"\x02\x15" + rng.bytes(20) + b"\xc5"}
    service = {EDDYSTONE_SERVICE: b"\x00\xe7" + rng.bytes(18)}
    rssi_dbm = int(rng.integers(-99, -30))
    return AdvertisementData("Ann's phone", manufacturer, service, [], None, rssi_dbm, ())


def test_100_000_strangers_leave_one_count(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    source = BleakSource(Fixed("a1"), admit)
    rng = np.random.default_rng(1)
    rounds: list[int] = []
    for _ in range(100):
        for _ in range(1_000):
            source.hear(random_advertisement(rng))
        rounds.append(sys.getallocatedblocks())
    assert source.strangers_count == 100_000
    # A set of ids would hold 99,000 blocks more at the end than after the first thousand.
    assert rounds[-1] - rounds[0] < 500
    assert source._drain() == []
    assert caplog.text == ""


@given(
    st.dictionaries(st.just(APPLE_COMPANY) | st.integers(0, 0xFFFF), st.binary(max_size=40)),
    st.dictionaries(st.just(EDDYSTONE_SERVICE) | st.text(max_size=8), st.binary(max_size=40)),
    st.integers(-200, 200),
)
def test_no_packet_raises(
    manufacturer: dict[int, bytes], service: dict[str, bytes], rssi_dbm: int
) -> None:
    source = BleakSource(Fixed("a1"), admit)
    source.hear(AdvertisementData(None, manufacturer, service, [], None, rssi_dbm, ()))
    assert source.strangers_count == (-127 < rssi_dbm <= 20)


def test_a_stuck_reader_loses_the_oldest_and_counts_them() -> None:
    source = BleakSource(Fixed("a1"), admit)
    data = AdvertisementData(None, {APPLE_COMPANY: TAG}, {}, [], None, -60, ())
    for _ in range(QUEUE_MAX + 3):
        source.hear(data)
    assert source.dropped_count == 3
    assert len(source._drain()) == QUEUE_MAX


@pytest.mark.parametrize(
    ("error", "radio", "text"),
    [
        (
            BleakBluetoothNotAvailableError("", BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM),
            "missing",
            "BlueZ refuses this user; ops: put it into the group `bluetooth`",
        ),
        (
            BleakBluetoothNotAvailableError("", BleakBluetoothNotAvailableReason.UNKNOWN),
            "missing",
            "no Bluetooth adapter; ops: plug one in, or lift its block with `rfkill`",
        ),
        (
            BleakDBusError("org.bluez.Error.InProgress", ["busy"]),
            "missing",
            "BlueZ answers [org.bluez.Error.InProgress] busy; ops: `systemctl restart bluetooth`",
        ),
        (BleakError("x"), "missing", "adapter None: x; ops: plug it in, or mend source.adapter"),
        (
            ValueError("no transport"),
            "missing",
            "ValueError: no transport; ops: is the system D-Bus in order?",
        ),
        (
            TimeoutError(),
            "missing",
            "bluetoothd does not answer; ops: `systemctl restart bluetooth`",
        ),
    ],
)
def test_each_failure_says_who_acts(error: Exception, radio: str, text: str) -> None:
    assert diagnosis(error, None) == (radio, text)

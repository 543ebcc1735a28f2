"""The radio: advertisements become sightings; a stranger leaves one count and nothing else."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Final, Literal, Protocol

import msgspec
from bleak.args.bluez import BlueZDiscoveryFilters, BlueZScannerArgs
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import (
    AdvertisementData,
    BaseBleakScanner,
    get_platform_scanner_backend_type,
)
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)

from edge_agent import advertisement
from edge_agent.sighting import Sighting

Radio = Literal["ok", "missing", "off", "silent", "none"]
Admit = Callable[[str], str | None]
"""Identity -> handle; None for a stranger."""

# Duplicates, because every packet's RSSI counts. An RSSI filter that excludes nothing, because
# without one newer bluetoothd repeats a stale RSSI until it moved by 8 dB: 174 of 1,000 were true.
FILTERS: Final[BlueZDiscoveryFilters] = {"DuplicateData": True, "RSSI": -127}

# -127 is what Bleak says where BlueZ took the RSSI back (the end of a discovery); +20 is the most
# that a controller may report (Bluetooth Core 5.4, Vol 4, Part E, 7.7.65.2).
RSSI_NONE_DBM: Final = -127
RSSI_MAX_DBM: Final = 20

# What a busy store sends in 10 s while the reader is stuck (100 tags, 10 packets a second, 5 to
# spare); a sighting of 100 bytes makes it 5 MB. The oldest goes first: position is about now.
QUEUE_MAX: Final = 50_000

# Longer than any answer of a working bluetoothd; a StartDiscovery takes about 0.1 s.
CALL_TIMEOUT_S: Final = 10.0

_LOG: Final = logging.getLogger(__name__)

# At DEBUG these two print every packet with its address: strangers would be in the log.
_CHATTY: Final = ("bleak", "dbus_fast")


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often the scanner looks at its queue and its radio, seconds."""

    batch_s: float = 0.25
    """Sources give what was heard at least this often (the agents' contract)."""
    silent_s: float = 30.0
    """Nothing at all for so long, in a store full of phones, is a stuck radio: scan anew. Much
    shorter, and a night without a customer restarts the radio all the time."""
    retry_first_s: float = 1.0
    retry_max_s: float = 30.0
    """Retries double up to here: an adapter that is plugged in works half a minute later."""


class Role(Protocol):
    """Which of the two is known: who hears or who is heard."""

    def pair(self, identity: str, admit: Admit) -> tuple[str, str] | None:
        """(tag, anchor) that an advertisement of `identity` ties together, None for a stranger."""


class Fixed(msgspec.Struct, frozen=True):
    """A Pi at a known place hears tags."""

    anchor_id: str

    def pair(self, identity: str, admit: Admit) -> tuple[str, str] | None:
        """The tag's handle and this Pi's place."""
        handle = admit(identity)
        return None if handle is None else (handle, self.anchor_id)


class Cart(msgspec.Struct, frozen=True):
    """A Pi on a cart hears beacons at known places."""

    own_identity: str
    beacons: Mapping[str, str]
    """Identity -> feature id of the beacon on the map."""

    def pair(self, identity: str, admit: Admit) -> tuple[str, str] | None:
        """The cart's own handle and the beacon; None, too, while nobody has paired the cart."""
        anchor = self.beacons.get(identity)
        if anchor is None:
            return None
        handle = admit(self.own_identity)
        return None if handle is None else (handle, anchor)


class BleakSource:
    """A source of sightings; iterate it once, inside one event loop.

    It yields what was heard every `pace.batch_s`, an empty list included, and never ends by itself:
    without a radio it says so once, in `radio` and in the log, and tries again. Outside of ours,
    bluetoothd and Bleak's mirror of its objects know a device until 30 s after its last packet.
    """

    def __init__(
        self,
        role: Role,
        admit: Admit,
        adapter: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        pace: Pace | None = None,
    ) -> None:
        self.radio: Radio = "ok"
        self.reason = "starting"
        """Why `radio` is what it is, and who acts."""
        self.strangers_count = 0
        """Advertisements that gave no sighting: of tags on nobody's list, or of no tag at all."""
        self.dropped_count = 0
        """Sightings that a stuck reader lost."""
        self._role = role
        self._admit = admit
        self._adapter = adapter
        self._clock = clock
        self._pace = Pace() if pace is None else pace
        self._heard: deque[Sighting] = deque(maxlen=QUEUE_MAX)
        self._quiet_since_s = clock()

    async def __aiter__(self) -> AsyncGenerator[list[Sighting], None]:
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
        retry_s = self._pace.retry_first_s
        while True:
            scanner = self._scanner()
            try:
                is_started = await self._start(scanner)
                until_s = self._clock() + retry_s
                while self._is_hearing() if is_started else self._clock() < until_s:
                    await asyncio.sleep(self._pace.batch_s)
                    yield self._drain()
            finally:
                await _stop(scanner)
            is_out = not is_started
            retry_s = (
                min(2 * retry_s, self._pace.retry_max_s) if is_out else self._pace.retry_first_s
            )

    def _scanner(self) -> BaseBleakScanner:
        """Bleak's backend itself: its `seen_devices` is where strangers would pile up."""
        backend, _ = get_platform_scanner_backend_type()
        bluez = BlueZScannerArgs(filters=FILTERS)
        if self._adapter is not None:
            bluez["adapter"] = self._adapter
        scanner: BaseBleakScanner

        def on_advertisement(_: BLEDevice, data: AdvertisementData) -> None:
            scanner.seen_devices.clear()
            self.hear(data)

        scanner = backend(on_advertisement, None, "active", bluez=bluez, cb={})  # type: ignore[call-arg]
        return scanner

    def hear(self, data: AdvertisementData) -> None:
        """Take one advertisement: a sighting into the queue, or one more stranger."""
        now_s = self._clock()
        if not RSSI_NONE_DBM < data.rssi <= RSSI_MAX_DBM:
            return
        self._quiet_since_s = now_s
        if self.radio == "silent":
            self._say("ok", "hearing again")
        for frame in advertisement.frames(data.manufacturer_data, data.service_data):
            pair = None if frame.identity is None else self._role.pair(frame.identity, self._admit)
            if pair is not None:
                self._keep(Sighting(*pair, float(data.rssi), now_s))
                return
        self.strangers_count += 1

    def _keep(self, sighting: Sighting) -> None:
        self.dropped_count += len(self._heard) == self._heard.maxlen
        self._heard.append(sighting)

    async def _start(self, scanner: BaseBleakScanner) -> bool:
        """Whether `scanner` scans now; if not, the reason is said."""
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                await scanner.start()
        except Exception as error:  # noqa: BLE001 - dbus-fast raises plain Exceptions, of no kind
            self._say(*diagnosis(error, self._adapter))
            return False
        self._quiet_since_s = self._clock()
        if self.radio != "silent":
            self._say("ok", "scanning")
        return True

    def _is_hearing(self) -> bool:
        """False once nothing was heard for `silent_s`; keeps `radio` true to that."""
        if self._clock() - self._quiet_since_s < self._pace.silent_s:
            return True
        self._say("silent", f"nothing heard for {self._pace.silent_s:.0f} s; scanning anew")
        return False

    def _drain(self) -> list[Sighting]:
        batch = list(self._heard)
        self._heard.clear()
        return batch

    def _say(self, radio: Radio, text: str) -> None:
        """Log a change of state, once."""
        is_news = (radio, text) != (self.radio, self.reason)
        self.radio, self.reason = radio, text
        if is_news:
            _LOG.log(
                logging.INFO if radio == "ok" else logging.WARNING, "radio %s: %s", radio, text
            )


async def _stop(scanner: BaseBleakScanner) -> None:
    """Stop `scanner`; a radio that is gone has stopped already."""
    with contextlib.suppress(Exception):  # as in `_start`
        async with asyncio.timeout(CALL_TIMEOUT_S):
            await scanner.stop()


_NO_DAEMON: Final = "bluetoothd does not run; ops: `systemctl start bluetooth`"
_NO_ADAPTER: Final = "no Bluetooth adapter; ops: plug one in, or lift its block with `rfkill`"
_POWERED_OFF: Final = "the Bluetooth adapter is powered off; ops: `bluetoothctl power on`"
_NOT_ALLOWED: Final = "BlueZ refuses this user; ops: put it into the group `bluetooth`"
_NO_ANSWER: Final = "bluetoothd does not answer; ops: `systemctl restart bluetooth`"

_BY_REASON: Final[dict[BleakBluetoothNotAvailableReason, tuple[Radio, str]]] = {
    BleakBluetoothNotAvailableReason.POWERED_OFF: ("off", _POWERED_OFF),
    BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE: (
        "missing",
        "the Bluetooth adapter cannot scan for BLE; ops: plug in one that can",
    ),
    BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM: ("missing", _NOT_ALLOWED),
}

# D-Bus error name -> state: dbus-specification "Standard errors"; BlueZ doc/org.bluez.Adapter.rst.
_BY_DBUS_ERROR: Final[dict[str, tuple[Radio, str]]] = {
    "org.bluez.Error.NotReady": ("off", _POWERED_OFF),
    "org.freedesktop.DBus.Error.ServiceUnknown": ("missing", _NO_DAEMON),
    "org.freedesktop.DBus.Error.NameHasNoOwner": ("missing", _NO_DAEMON),
    "org.freedesktop.DBus.Error.NoReply": ("missing", _NO_ANSWER),
    "org.freedesktop.DBus.Error.AccessDenied": ("missing", _NOT_ALLOWED),
    "org.freedesktop.DBus.Error.UnknownObject": ("missing", _NO_ADAPTER),
    "org.freedesktop.DBus.Error.UnknownMethod": ("missing", _NO_ADAPTER),
}


def diagnosis(error: Exception, adapter: str | None) -> tuple[Radio, str]:
    """(state of the radio, what is wrong and who does what) behind an error of Bleak's start."""
    if isinstance(error, BleakBluetoothNotAvailableError):
        return _BY_REASON.get(error.reason, ("missing", _NO_ADAPTER))
    if isinstance(error, BleakDBusError):
        found = _BY_DBUS_ERROR.get(error.dbus_error)
        return found or ("missing", f"BlueZ answers {error}; ops: `systemctl restart bluetooth`")
    if isinstance(error, BleakError):
        return "missing", f"adapter {adapter!r}: {error}; ops: plug it in, or mend source.adapter"
    if isinstance(error, TimeoutError):
        return "missing", _NO_ANSWER
    if isinstance(error, OSError | EOFError):
        return "missing", "no system D-Bus; ops: install and start `dbus` and `bluez`"
    return "missing", f"{type(error).__name__}: {error}; ops: is the system D-Bus in order?"

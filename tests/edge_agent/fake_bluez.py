"""A fake org.bluez on a private D-Bus: Bleak's real BlueZ backend scans through it.

It speaks what Bleak 3's scanner uses: GetManagedObjects, Adapter1's SetDiscoveryFilter,
StartDiscovery and StopDiscovery, InterfacesAdded, InterfacesRemoved and PropertiesChanged.
"""

import asyncio
import contextlib
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from bleak.backends.bluezdbus import manager as bleak_manager
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

ADAPTER = "org.bluez.Adapter1"
DEVICE = "org.bluez.Device1"
OBJECTS = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"

# bluetoothd's src/device.c, RSSI_THRESHOLD: a smaller change is not told where a threshold holds.
RSSI_THRESHOLD_DB = 8

# dbus-fast 5.2 writes at once, and its writer dies with BlockingIOError when the socket is full:
# awaiting a send is no flow control, an answer from the daemon is. 16 signals are about 5 kB.
SIGNALS_PER_PING = 16

Properties = dict[str, Variant]


@contextlib.contextmanager
def private_bus(dbus_daemon: str) -> Iterator[str]:
    """A D-Bus daemon of its own; gives its address, for DBUS_SYSTEM_BUS_ADDRESS."""
    command = [dbus_daemon, "--session", "--nofork", "--nopidfile", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


async def forget_manager() -> None:
    """Close what Bleak keeps for this event loop, so that no test hears another's bus."""
    manager = bleak_manager._global_instances.pop(asyncio.get_running_loop(), None)
    if manager is None or manager._bus is None:
        return
    manager._bus.disconnect()
    if manager._bus_watcher_task is not None:
        await manager._bus_watcher_task


class _Told(NamedTuple):
    """What bluetoothd last told of one device."""

    rssi_dbm: int
    data: dict[str, dict[object, bytes]]


class FakeBluez:
    """bluetoothd with adapters that can be unplugged, switched off and made to hear.

    Args:
        address: of the bus.
        adapters: names, e.g. hci0.
        powered: whether the adapters start switched on.
        rssi_gate: bluetoothd's own suppression of RSSI changes under 8 dB. "old" (up to release
            5.87): none while any discovery filter is set. "new" (from commit e004414a1,
            2026-07-20): none only while the filter names RSSI or Pathloss. None: never any.
    """

    def __init__(
        self,
        address: str,
        adapters: tuple[str, ...] = ("hci0",),
        *,
        powered: bool = True,
        rssi_gate: Literal["old", "new"] | None = None,
    ) -> None:
        self.filter: dict[str, object] = {}
        self.calls: list[str] = []
        """Members of Adapter1 that were called, in order."""
        self._address = address
        self._rssi_gate = rssi_gate
        self._objects: dict[str, dict[str, Properties]] = {}
        self._told: dict[str, _Told] = {}
        self._signals_count = 0
        for name in adapters:
            self._objects[_adapter_path(name)] = {ADAPTER: _adapter(name, powered=powered)}

    async def start(self) -> "FakeBluez":
        """Take the name org.bluez."""
        self._bus = await MessageBus(bus_address=self._address).connect()
        self._bus.add_message_handler(self._answer)
        await self._bus.request_name("org.bluez")
        return self

    def die(self) -> None:
        """Leave the bus without a word, as a killed bluetoothd does."""
        self._bus.disconnect()

    @property
    def is_discovering(self) -> bool:
        """Whether any adapter scans."""
        return any(
            interfaces[ADAPTER]["Discovering"].value
            for interfaces in self._objects.values()
            if ADAPTER in interfaces
        )

    async def plug_in(self, name: str) -> None:
        """A new adapter."""
        path = _adapter_path(name)
        self._objects[path] = {ADAPTER: _adapter(name, powered=True)}
        await self._added(path)

    async def power(self, name: str, *, on: bool) -> None:
        """Switch an adapter; off ends its discovery."""
        changed = {"Powered": Variant("b", on), "Discovering": Variant("b", False)}
        await self._changed(_adapter_path(name), ADAPTER, changed)

    async def advertise(
        self,
        address: str,
        rssi_dbm: int,
        manufacturer: Mapping[int, bytes] | None = None,
        service: Mapping[str, bytes] | None = None,
        *,
        name: str | None = None,
    ) -> None:
        """One packet of a device is heard by hci0."""
        path = f"{_adapter_path('hci0')}/dev_{address.replace(':', '_')}"
        heard: Properties = {"RSSI": Variant("n", rssi_dbm)}
        if manufacturer:
            data = {company: Variant("ay", value) for company, value in manufacturer.items()}
            heard["ManufacturerData"] = Variant("a{qv}", data)
        if service:
            told = {uuid: Variant("ay", value) for uuid, value in service.items()}
            heard["ServiceData"] = Variant("a{sv}", told)
        if name:
            heard["Name"] = Variant("s", name)
        if path in self._objects:
            await self._changed(path, DEVICE, self._gated(path, heard))
        else:
            self._told[path] = _Told(rssi_dbm, {})
            self._drop_repeated_data(path, dict(heard))
            self._objects[path] = {DEVICE: _device(address, name) | heard}
            await self._added(path)

    async def take_rssi_back(self, address: str) -> None:
        """BlueZ invalidates a device's RSSI, e.g. at the end of a discovery."""
        path = f"{_adapter_path('hci0')}/dev_{address.replace(':', '_')}"
        await self._changed(path, DEVICE, {}, ["RSSI"])

    async def forget(self, address: str) -> None:
        """BlueZ drops a device that was not heard for a while."""
        path = f"{_adapter_path('hci0')}/dev_{address.replace(':', '_')}"
        del self._objects[path]
        await self._signal("/", OBJECTS, "InterfacesRemoved", "oas", [path, [DEVICE]])

    def _answer(self, message: Message) -> Message | None:
        if message.message_type != MessageType.METHOD_CALL:
            return None
        if message.interface == OBJECTS and message.member == "GetManagedObjects":
            return Message.new_method_return(message, "a{oa{sa{sv}}}", [self._objects])
        if message.interface == ADAPTER:
            return self._answer_adapter(message)
        return None

    def _answer_adapter(self, message: Message) -> Message:
        path, member = str(message.path), str(message.member)
        self.calls.append(member)
        if path not in self._objects:
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownObject", path)
        if not self._objects[path][ADAPTER]["Powered"].value:
            return Message.new_error(message, "org.bluez.Error.NotReady", "Resource Not Ready")
        if member == "SetDiscoveryFilter":
            self.filter = {key: variant.value for key, variant in message.body[0].items()}
        else:
            is_on = member == "StartDiscovery"
            self._objects[path][ADAPTER]["Discovering"] = Variant("b", is_on)
        return Message.new_method_return(message)

    def _gated(self, path: str, heard: Properties) -> Properties:
        """What of `heard` bluetoothd tells (src/adapter.c btd_adapter_device_found)."""
        if self._rssi_gate is None:
            return heard
        told = self._told[path]
        is_filtered = self.is_discovering and bool(self.filter)
        rule_old = self._rssi_gate == "old"
        is_exact = is_filtered and (rule_old or bool({"RSSI", "Pathloss"} & set(self.filter)))
        if not is_exact and abs(heard["RSSI"].value - told.rssi_dbm) < RSSI_THRESHOLD_DB:
            heard.pop("RSSI")
        else:
            self._told[path] = told._replace(rssi_dbm=heard["RSSI"].value)
        if not (is_filtered and self.filter.get("DuplicateData", False)):
            self._drop_repeated_data(path, heard)
        return heard

    def _drop_repeated_data(self, path: str, heard: Properties) -> None:
        for key in {"ManufacturerData", "ServiceData"} & set(heard):
            new = {k: variant.value for k, variant in heard[key].value.items()}
            if self._told[path].data.get(key) == new:
                heard.pop(key)
            self._told[path].data[key] = new

    async def _changed(
        self, path: str, interface: str, changed: Properties, invalidated: list[str] | None = None
    ) -> None:
        gone = invalidated or []
        self._objects[path][interface].update(changed)
        for key in gone:
            self._objects[path][interface].pop(key, None)
        if changed or gone:
            body = [interface, changed, gone]
            await self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", body)

    async def _added(self, path: str) -> None:
        body = [path, self._objects[path]]
        await self._signal("/", OBJECTS, "InterfacesAdded", "oa{sa{sv}}", body)

    async def _signal(
        self, path: str, interface: str, member: str, signature: str, body: Sequence[object]
    ) -> None:
        await self._bus.send(Message.new_signal(path, interface, member, signature, list(body)))
        self._signals_count += 1
        if self._signals_count % SIGNALS_PER_PING == 0:
            await self._bus.call(_ping())


def _ping() -> Message:
    return Message(
        destination="org.freedesktop.DBus",
        path="/org/freedesktop/DBus",
        interface="org.freedesktop.DBus.Peer",
        member="Ping",
    )


def _adapter_path(name: str) -> str:
    return f"/org/bluez/{name}"


def _adapter(name: str, *, powered: bool) -> Properties:
    return {
        "Address": Variant("s", "00:00:00:00:00:01"),
        "Name": Variant("s", name),
        "Powered": Variant("b", powered),
        "Discovering": Variant("b", False),
        "Roles": Variant("as", ["central", "peripheral"]),
    }


def _device(address: str, name: str | None) -> Properties:
    return {
        "Address": Variant("s", address),
        "AddressType": Variant("s", "random"),
        "Alias": Variant("s", name or address.replace(":", "-")),
        "Adapter": Variant("o", _adapter_path("hci0")),
        "Connected": Variant("b", False),
        "UUIDs": Variant("as", []),
    }

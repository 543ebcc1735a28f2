"""What an advertisement says: its identity and calibrated power, from the raw bytes.

Read are iBeacon, AltBeacon and Eddystone-UID, -EID and -TLM. Anything else, and anything malformed,
is None. Nothing is kept between calls: a cache here would remember strangers.
"""

import struct
from collections.abc import Iterator, Mapping
from typing import Final, Literal

import msgspec

APPLE_COMPANY: Final = 0x004C
# The 16-bit UUID 0xFEAA in the Bluetooth base UUID, as BlueZ and Bleak spell it.
EDDYSTONE_SERVICE: Final = "0000feaa-0000-1000-8000-00805f9b34fb"

# Eddystone calibrates at 0 m, iBeacon and AltBeacon at 1 m. "41dBm is the signal loss that occurs
# over 1 meter": github.com/google/eddystone, eddystone-uid/README.md, Tx Power.
EDDYSTONE_LOSS_1M_DB: Final = 41

# Proximity Beacon Specification R1 (Apple, 2015), 1: type 0x02, length 0x15, UUID, major, minor,
# measured power. Big-endian.
_IBEACON: Final = struct.Struct(">H16sHHb")
_IBEACON_CODE: Final = 0x0215
# AltBeacon Protocol Specification v1.0 (github.com/AltBeacon/spec): code, id, reference RSSI at
# 1 m, one reserved byte; under any company.
_ALTBEACON: Final = struct.Struct(">H20sbx")
_ALTBEACON_CODE: Final = 0xBEAC
# github.com/google/eddystone: eddystone-uid (older beacons leave out the two reserved bytes),
# eddystone-eid, eddystone-tlm/tlm-plain.md.
_UID: Final = struct.Struct(">xb10s6s")
_UID_SIZES: Final = (18, 20)
_EID: Final = struct.Struct(">xb8s")
_TLM: Final = struct.Struct(">xBHhII")
_TLM_PLAIN: Final = 0
_TLM_NO_TEMPERATURE: Final = -0x8000

Kind = Literal["ibeacon", "altbeacon", "eddystone-uid", "eddystone-eid", "eddystone-tlm"]


class Telemetry(msgspec.Struct, frozen=True, gc=False):
    """How a beacon does, by its own word (Eddystone-TLM, unencrypted)."""

    battery_v: float | None
    """None where the beacon does not measure it (mains)."""
    temperature_c: float | None
    advertisements_count: int
    """Since power-up, frames of all kinds."""
    uptime_s: float


class Advertisement(msgspec.Struct, frozen=True, gc=False):
    """One frame, read."""

    kind: Kind
    identity: str | None
    """As in FORMATS (`ib-`, `eu-`, `ee-`, `ab-`), lower case. Telemetry has none:
    only the radio address ties it to a beacon, and no address is kept."""
    tx_power_dbm_1m: int | None
    """Calibrated received power at 1 m; None in telemetry."""
    telemetry: Telemetry | None = None


def parse(manufacturer: Mapping[int, bytes], service: Mapping[str, bytes]) -> Advertisement | None:
    """The first frame that the raw data holds, manufacturer data first; None where there is none.

    Args:
        manufacturer: company identifier -> data after it.
        service: 128-bit UUID in lower case -> service data.
    """
    return next(frames(manufacturer, service), None)


def frames(
    manufacturer: Mapping[int, bytes], service: Mapping[str, bytes]
) -> Iterator[Advertisement]:
    """Every frame of the raw data.

    BlueZ merges what one device sent: a beacon that alternates iBeacon and Eddystone comes as both.
    """
    for company, data in manufacturer.items():
        found = _manufacturer_frame(company, data)
        if found is not None:
            yield found
    data_feaa = service.get(EDDYSTONE_SERVICE)
    if data_feaa:
        found = _eddystone_frame(data_feaa)
        if found is not None:
            yield found


def _manufacturer_frame(company: int, data: bytes) -> Advertisement | None:
    if company == APPLE_COMPANY and len(data) == _IBEACON.size:
        code, uuid, major, minor, power_dbm = _IBEACON.unpack(data)
        if code == _IBEACON_CODE:
            return Advertisement("ibeacon", f"ib-{uuid.hex()}-{major}-{minor}", power_dbm)
    elif len(data) == _ALTBEACON.size:
        code, beacon, power_dbm = _ALTBEACON.unpack(data)
        if code == _ALTBEACON_CODE:
            return Advertisement("altbeacon", f"ab-{beacon.hex()}", power_dbm)
    return None


def _eddystone_frame(data: bytes) -> Advertisement | None:
    read = _BY_FRAME_TYPE.get(data[0])
    return None if read is None else read(data)


def _uid(data: bytes) -> Advertisement | None:
    if len(data) not in _UID_SIZES:
        return None
    power_dbm, namespace, instance = _UID.unpack_from(data)
    identity = f"eu-{namespace.hex()}-{instance.hex()}"
    return Advertisement("eddystone-uid", identity, power_dbm - EDDYSTONE_LOSS_1M_DB)


def _eid(data: bytes) -> Advertisement | None:
    if len(data) != _EID.size:
        return None
    power_dbm, ephemeral = _EID.unpack(data)
    identity = f"ee-{ephemeral.hex()}"
    return Advertisement("eddystone-eid", identity, power_dbm - EDDYSTONE_LOSS_1M_DB)


def _tlm(data: bytes) -> Advertisement | None:
    if len(data) != _TLM.size:
        return None
    version, battery_mv, temperature, advertisements_count, uptime_ds = _TLM.unpack(data)
    if version != _TLM_PLAIN:
        return None
    telemetry = Telemetry(
        battery_v=battery_mv / 1000 or None,
        temperature_c=None if temperature == _TLM_NO_TEMPERATURE else temperature / 256,
        advertisements_count=advertisements_count,
        uptime_s=uptime_ds / 10,
    )
    return Advertisement("eddystone-tlm", None, None, telemetry)


_BY_FRAME_TYPE: Final = {0x00: _uid, 0x20: _tlm, 0x30: _eid}

"""Every frame kind by the published layouts, and arbitrary bytes."""

import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge_agent.advertisement import (
    APPLE_COMPANY,
    EDDYSTONE_SERVICE,
    Advertisement,
    Telemetry,
    frames,
    parse,
)

# The packet of the widely copied iBeacon description (02 01 1A 1A FF 4C 00 | what follows):
# major 16, minor 32, measured power -58.
IBEACON = bytes.fromhex("0215 83256b7478d043a4826905f9dc8a44ba 0010 0020 c6")
IBEACON_IDENTITY = "ib-83256b7478d043a4826905f9dc8a44ba-16-32"
# Company 0x0118 (Radius Networks), who wrote the AltBeacon specification.
ALTBEACON = bytes.fromhex("beac 2f234454cf6d4a0fadf2f4911ba9ffa600010002 c5 00")
ALTBEACON_IDENTITY = "ab-2f234454cf6d4a0fadf2f4911ba9ffa600010002"
# The namespace that eddystone-uid/README.md elides from its example UUID.
UID = bytes.fromhex("00 e7 8b0ca750095477cb3e77 000000000001 0000")
UID_IDENTITY = "eu-8b0ca750095477cb3e77-000000000001"
EID = bytes.fromhex("30 e7 a1b2c3d4e5f60718")
TLM = bytes.fromhex("20 00 0bb8 1980 00001000 00002710")


def eddystone(data: bytes) -> Advertisement | None:
    return parse({}, {EDDYSTONE_SERVICE: data})


def test_ibeacon() -> None:
    assert parse({APPLE_COMPANY: IBEACON}, {}) == Advertisement("ibeacon", IBEACON_IDENTITY, -58)


def test_altbeacon_under_any_company() -> None:
    expected = Advertisement("altbeacon", ALTBEACON_IDENTITY, -59)
    assert parse({0x0118: ALTBEACON}, {}) == expected
    assert parse({APPLE_COMPANY: ALTBEACON}, {}) == expected


def test_eddystone_uid_power_is_told_at_one_metre() -> None:
    assert eddystone(UID) == Advertisement("eddystone-uid", UID_IDENTITY, -25 - 41)


def test_eddystone_uid_of_old_beacons_lacks_the_reserved_bytes() -> None:
    assert eddystone(UID[:18]) == eddystone(UID)


def test_eddystone_eid_is_opaque() -> None:
    assert eddystone(EID) == Advertisement("eddystone-eid", "ee-a1b2c3d4e5f60718", -66)


def test_eddystone_tlm_names_no_one() -> None:
    told = Telemetry(battery_v=3.0, temperature_c=25.5, advertisements_count=4096, uptime_s=1000.0)
    assert eddystone(TLM) == Advertisement("eddystone-tlm", None, None, told)


def test_eddystone_tlm_of_a_mains_beacon_without_a_thermometer() -> None:
    found = eddystone(bytes.fromhex("20 00 0000 8000 00000001 00000001"))
    assert found is not None
    assert found.telemetry == Telemetry(None, None, 1, 0.1)


def test_temperature_is_signed_8_8() -> None:
    found = eddystone(struct.pack(">BBHhII", 0x20, 0, 3000, -0x0180, 0, 0))
    assert found is not None
    assert found.telemetry is not None
    assert found.telemetry.temperature_c == -1.5


def test_a_beacon_that_alternates_comes_with_every_frame() -> None:
    merged = list(frames({APPLE_COMPANY: IBEACON}, {EDDYSTONE_SERVICE: UID}))
    assert [frame.identity for frame in merged] == [IBEACON_IDENTITY, UID_IDENTITY]


def test_data_of_other_companies_and_services_does_not_hide_a_frame() -> None:
    manufacturer = {0x0006: b"\x01\x09", APPLE_COMPANY: IBEACON}
    found = parse(manufacturer, {"0000180f-0000-1000-8000-00805f9b34fb": b"\x64"})
    assert found is not None
    assert found.identity == IBEACON_IDENTITY


@pytest.mark.parametrize(
    ("company", "data"),
    [
        (APPLE_COMPANY, b""),
        (APPLE_COMPANY, IBEACON[:-1]),
        (APPLE_COMPANY, IBEACON + b"\x00"),
        (APPLE_COMPANY, b"\x10" + IBEACON[1:]),
        (0x0118, IBEACON),
        (0x0118, ALTBEACON[:-1]),
        (0x0118, b"\x00\x00" + ALTBEACON[2:]),
    ],
)
def test_malformed_manufacturer_data_is_none(company: int, data: bytes) -> None:
    assert parse({company: data}, {}) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        UID[:17],
        UID[:19],
        UID + b"\x00",
        EID[:-1],
        EID + b"\x00",
        TLM[:-1],
        TLM + b"\x00",
        b"\x20\x01" + TLM[2:],  # encrypted telemetry
        bytes.fromhex("10 e7 03 676f6f2e676c"),  # Eddystone-URL names a page, not a tag
        b"\xff" + UID[1:],
    ],
)
def test_malformed_eddystone_is_none(data: bytes) -> None:
    assert eddystone(data) is None


@given(
    st.dictionaries(st.integers(0, 0xFFFF) | st.just(APPLE_COMPANY), st.binary(max_size=64)),
    st.dictionaries(st.text(max_size=40) | st.just(EDDYSTONE_SERVICE), st.binary(max_size=64)),
)
@example({APPLE_COMPANY: b"\x02\x15"}, {EDDYSTONE_SERVICE: b"\x20"})
def test_no_bytes_raise(manufacturer: dict[int, bytes], service: dict[str, bytes]) -> None:
    found = parse(manufacturer, service)
    assert (
        found is None
        or found.identity is None
        or found.identity[:3] in {"ib-", "ab-", "eu-", "ee-"}
    )


@given(st.binary(min_size=16, max_size=16), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
def test_identities_tell_beacons_apart(uuid: bytes, major: int, minor: int) -> None:
    data = b"\x02\x15" + uuid + struct.pack(">HHb", major, minor, -59)
    found = parse({APPLE_COMPANY: data}, {})
    assert found is not None
    assert found.identity == f"ib-{uuid.hex()}-{major}-{minor}"


@given(st.binary(min_size=1, max_size=1))
def test_power_is_a_signed_byte(power: bytes) -> None:
    found = eddystone(b"\x30" + power + bytes(8))
    assert found is not None
    assert found.tx_power_dbm_1m == int.from_bytes(power, signed=True) - 41

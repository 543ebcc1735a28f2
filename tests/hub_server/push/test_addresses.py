"""Row 74, and the ways by which a name could lead into the store's own network."""

import pytest

from hub_server.push.addresses import is_public


@pytest.mark.parametrize(
    "address",
    ["142.250.74.10", "17.57.146.4", "2a00:1450:4001:82a::200a", "2620:149:a10:f000::3"],
)
def test_services_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.7",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # a cloud's metadata
        "100.100.100.200",
        "0.0.0.0",  # noqa: S104 - an address that must be refused
        "192.0.0.8",
        "192.88.99.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:142.250.74.10",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2001::1",
        "2001:db8::1",
        "2002:a9fe:a9fe::1",
        "3fff::1",
        "fc00::1",
        "fe80::1",
        "fe80::1%eth0",
        "2620:149:a10:f000::3%1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "",
        "127.1",
        "2130706433",
        "fcm.googleapis.com",
    ],
)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)

"""What of an endpoint is refused before anything is looked up or sent."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from hub_server.push.guard import HOSTS, EndpointRefused, Services, addresses_of, place_of


@pytest.mark.parametrize(
    ("endpoint", "audience"),
    [
        ("https://fcm.googleapis.com/fcm/send/dk:APA91b_-x", "https://fcm.googleapis.com"),
        ("https://fcm.googleapis.com:443/wp/x", "https://fcm.googleapis.com"),
        ("https://web.push.apple.com/QGx", "https://web.push.apple.com"),
        (
            "https://wns2-am3p.notify.windows.com/w/?token=BQY%2b%2f",
            "https://wns2-am3p.notify.windows.com",
        ),
    ],
)
def test_a_browsers_own_service_is_a_place(endpoint: str, audience: str) -> None:
    place = place_of(endpoint)
    assert (place.endpoint, place.audience) == (endpoint, audience)


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        ("http://fcm.googleapis.com/x", "form"),
        ("ftp://fcm.googleapis.com/x", "form"),
        ("https://fcm.googleapis.com", "form"),
        ("https://user@fcm.googleapis.com/x", "form"),
        ("https://fcm.googleapis.com@evil.example/x", "form"),
        ("https://evil.example\\@fcm.googleapis.com/x", "form"),
        ("https://fcm.googleapis.com#@evil.example/x", "form"),
        ("https://fcm.googleapis.com/x#y", "form"),
        ("https://fcm.googleapis.com./x", "form"),
        ("https://fcm..googleapis.com/x", "form"),
        ("https://FCM.googleapis.com/x", "form"),
        ("https://fcm.googleapis.com/x y", "form"),
        ("https://fcm.googleapis.com/x\r\nHost: evil", "form"),
        ("https://fcm.googleapis.com/x\n", "form"),
        ("https://fcm。googleapis.com/x", "form"),
        ("https://[::1]/x", "form"),
        ("https://fcm.googleapis.com:8443/x", "port"),
        ("https://fcm.googleapis.com:80/x", "port"),
        ("https://127.0.0.1/x", "host"),
        ("https://2130706433/x", "host"),
        ("https://evil.example/x", "host"),
        ("https://fcm.googleapis.com.evil.example/x", "host"),
        ("https://evilfcm.googleapis.com/x", "host"),
        ("https://googleapis.com/x", "host"),
        ("https://fcm.googleapis.com/" + "x" * 1024, "length"),
        ("", "form"),
    ],
)
def test_everything_else_is_refused_with_its_reason(endpoint: str, reason: str) -> None:
    with pytest.raises(EndpointRefused, match=f"^{reason}"):
        place_of(endpoint)


@pytest.mark.parametrize("host", HOSTS)
def test_a_refusal_never_repeats_the_endpoint(host: str) -> None:
    """It is a secret: who knows it can wake that phone."""
    with pytest.raises(EndpointRefused) as told:
        place_of(f"http://{host}/secret")
    assert "secret" not in str(told.value)


def found(*addresses: str) -> Services:
    return Services(resolve=lambda _host, _port: addresses)


def test_one_address_that_is_not_public_spoils_all() -> None:
    assert addresses_of("x", found("142.250.74.10")) == ("142.250.74.10",)
    with pytest.raises(EndpointRefused, match="public"):
        addresses_of("x", found("142.250.74.10", "169.254.169.254"))


def test_a_host_that_is_not_found_is_refused() -> None:
    def fails(_host: str, _port: int) -> Sequence[str]:
        msg = "no such host"
        raise OSError(msg)

    for services in (found(), Services(resolve=fails)):
        with pytest.raises(EndpointRefused, match="found"):
            addresses_of("x", services)


def test_by_itself_it_asks_the_system() -> None:
    """`localhost` needs no network, and is refused."""
    with pytest.raises(EndpointRefused, match="public"):
        addresses_of("localhost", Services())


PIECES = st.sampled_from(
    [
        *(
            "https://",
            "http://",
            "//",
            "/",
            "\\",
            "@",
            ":",
            "443",
            "#",
            "?",
            ".",
            "..",
            "%2e",
            "%00",
        ),
        *("fcm.googleapis.com", "evil.example", "127.0.0.1", "[::1]", "x", "\t", "\r\n", " ", "ß"),
    ]
)


@given(st.lists(PIECES, max_size=6).map("".join), st.lists(PIECES, max_size=4).map("".join))
def test_no_second_reader_sees_another_host(before: str, after: str) -> None:
    """What passes, the library that connects reads as the very host that was checked."""
    for endpoint in (before, f"https://fcm.googleapis.com{before}", f"https://{before}{after}"):
        try:
            place = place_of(endpoint)
        except EndpointRefused:
            continue
        url = URL(place.endpoint, encoded=True)
        assert (url.scheme, url.host, url.port, url.user) == ("https", place.host, 443, None)
        assert urlsplit(endpoint).hostname == place.host
        assert place.host == HOSTS[0] or place.host.endswith(f".{HOSTS[0]}")

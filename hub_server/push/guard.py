"""What a push endpoint must pass before anything is sent there.

The endpoint comes from a phone and so from anybody: without this the hub would post wherever a
stranger says. Its form is one regular expression, so that no second parser can read it otherwise.
"""

import re
import socket
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from hub_server.push.addresses import is_public

# The services of Chrome, Firefox, Safari and Edge; each browser names its own in the endpoint.
HOSTS: Final = (
    "fcm.googleapis.com",
    "jmt17.google.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
    "notify.windows.com",
)
HTTPS: Final = 443
# Issue 5.
POST_S: Final = 5.0
# Apple's are 200 characters, Windows' 600.
ENDPOINT_CHARS_MAX: Final = 1024
_FORM: Final = re.compile(
    r"https://(?P<host>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)"
)


class EndpointRefused(ValueError):  # noqa: N818 - an answer to the phone, not a fault
    """Nothing is sent there; the text says what is wrong with it, without naming it."""


def _resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """Which push services there are. Only tests make one of their own; it is no setting."""

    hosts: tuple[str, ...] = HOSTS
    port: int = HTTPS
    is_reachable: Callable[[str], bool] = is_public
    """Of an address."""
    resolve: Callable[[str, int], Sequence[str]] = _resolve
    """Addresses of a host; runs in a thread of its own."""
    post_s: float = POST_S
    """How long one post may take, from the lookup to the last byte of the answer."""
    ca_pem: str | None = None
    """Whose certificates count; None: the system's authorities."""


SERVICES: Final = Services()


class Place(msgspec.Struct, frozen=True):
    """An endpoint that may be posted to, once its address is checked too."""

    endpoint: str
    host: str
    audience: str
    """Scheme and host: what the signature is for."""


def place_of(endpoint: str, services: Services = SERVICES) -> Place:
    """The place of an endpoint whose form and host are right.

    Raises:
        EndpointRefused: they are not.
    """
    if len(endpoint) > ENDPOINT_CHARS_MAX:
        msg = f"length {len(endpoint)}, expected at most {ENDPOINT_CHARS_MAX}"
        raise EndpointRefused(msg)
    found = _FORM.fullmatch(endpoint)
    if found is None or ".." in found["host"]:
        msg = "form, expected https://host/path and nothing else"
        raise EndpointRefused(msg)
    if int(found["port"] or HTTPS) != services.port:
        msg = f"port {found['port'] or HTTPS}, expected {services.port}"
        raise EndpointRefused(msg)
    host = found["host"]
    if not any(host == one or host.endswith(f".{one}") for one in services.hosts):
        msg = "host, expected a browser's push service"
        raise EndpointRefused(msg)
    port = "" if services.port == HTTPS else f":{services.port}"
    return Place(endpoint, host, f"https://{host}{port}")


def addresses_of(host: str, services: Services) -> Sequence[str]:
    """The addresses of `host`, every one of them checked. Blocks: for a thread.

    Raises:
        EndpointRefused: it has none, or one that is not public.
    """
    try:
        found = services.resolve(host, services.port)
    except OSError:
        found = ()
    if not found:
        msg = "address, expected a host that can be found"
        raise EndpointRefused(msg)
    if not all(services.is_reachable(one) for one in found):
        msg = "address, expected a public one"
        raise EndpointRefused(msg)
    return found

"""Wrong guesses, counted for a minute: one address is stopped, everybody together is slowed."""

import hashlib
import ipaddress
import secrets
from collections import deque
from typing import Final

import msgspec

from hub_server.views.hub import Refused

MINUTE_S: Final = 60
WINDOW_MS: Final = 1_000 * MINUTE_S
# A home or a phone is given a whole network of this size, and may use any address in it.
IPV6_PREFIX: Final = 64


class _Failure(msgspec.Struct, frozen=True):
    at_ms: int
    client: bytes
    """Of the address only this, for a minute, in memory; the salt ends with the process."""
    about: bytes


class Throttle:
    """Refuses an address after too many failures within a minute.

    Args:
        client_max: failures of one address.
        all_max: failures of all; from then on an address that has failed waits, and the others
            get through one each `slow_ms`: nobody can shut out everybody.
        slow_ms: see there.
        about_max: failures of one address about one thing (a name).
    """

    def __init__(
        self, client_max: int, all_max: int, slow_ms: int, about_max: int | None = None
    ) -> None:
        self._client_max = client_max
        self._all_max = all_max
        self._slow_ms = slow_ms
        self._about_max = client_max if about_max is None else about_max
        self._salt = secrets.token_bytes(16)
        self._failures: deque[_Failure] = deque()
        self._let_through_ms: int | None = None

    def __len__(self) -> int:
        return len(self._failures)

    def check(self, client: str, now_ms: int, about: str = "") -> None:
        """Raises `Refused` 429 while too many failures are younger than a minute."""
        self.expire(now_ms)
        key, thing = self._hash(network_of(client)), self._hash(about)
        own = [failure for failure in self._failures if failure.client == key]
        of_thing = sum(failure.about == thing for failure in own)
        if len(own) >= self._client_max or of_thing >= self._about_max:
            raise Refused(429, "too_many", "Too many wrong tries; wait a minute.", MINUTE_S)
        if len(self._failures) >= self._all_max and (own or not self._turn(now_ms)):
            raise Refused(429, "too_many", "Very many wrong tries; try again in a moment.", 1)

    def failed(self, client: str, now_ms: int, about: str = "") -> None:
        """Count a failure."""
        key = self._hash(network_of(client))
        self._failures.append(_Failure(now_ms, key, self._hash(about)))

    def expire(self, now_ms: int) -> None:
        """Forget failures that are a minute old."""
        while self._failures and self._failures[0].at_ms <= now_ms - WINDOW_MS:
            self._failures.popleft()

    def _turn(self, now_ms: int) -> bool:
        last_ms = self._let_through_ms
        if last_ms is not None and 0 <= now_ms - last_ms < self._slow_ms:
            return False
        self._let_through_ms = now_ms
        return True

    def _hash(self, text: str) -> bytes:
        known = text.encode(errors="surrogatepass")
        return hashlib.blake2b(known, key=self._salt, digest_size=16).digest()


def network_of(client: str) -> str:
    """Whose address it is: an IPv4 address itself, of IPv6 the network; anything else as it is."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, IPV6_PREFIX), strict=False))

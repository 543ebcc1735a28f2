"""The way to the push services: HTTPS to addresses that were checked, and to nothing else.

One lookup a connection: the checked address itself is connected to, so a name that changes between
check and use gains nothing. No redirect is followed, no proxy asked, no cookie kept, and little of
an answer read.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Final

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override
from yarl import URL

from hub_server.push.guard import EndpointRefused, Services, addresses_of, place_of

# An answer's headers say it all; a service explains a refusal in a few lines.
ANSWER_BYTES_MAX: Final = 4096
# A lookup that hangs holds a thread; lookups of one host are one. More hosts than push services
# have, at any moment, would be somebody's game.
LOOKUPS_MAX: Final = 8
# Whoever subscribes names the host: these lookups have threads of their own, so that no phone can
# keep others' messages waiting.
CHECKS_MAX: Final = 2
# Addresses of the large services change within minutes; a dead one must not outlive a message.
ADDRESS_LIVES_S: Final = 30


class Answer(msgspec.Struct, frozen=True):
    """What a push service answered, as pywebpush reads it."""

    status: int
    reason: str
    headers: Mapping[str, str]

    async def text(self) -> str:
        """Nothing of the body is used or logged."""
        return ""


class CheckedResolver(AbstractResolver):
    """Names to addresses that passed the guard."""

    def __init__(self, services: Services, threads: ThreadPoolExecutor) -> None:
        self._services = services
        self._threads = threads

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The checked addresses of `host`.

        Raises:
            EndpointRefused: none, or not public.
        """
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, addresses_of, host, self._services)
        return [_result(host, address, port) for address in found]

    @override
    async def close(self) -> None:
        """Nothing is held."""


class Wire:
    """Posts to push services; made inside a running loop."""

    def __init__(self, services: Services) -> None:
        self.services: Final = services
        self._threads = ThreadPoolExecutor(LOOKUPS_MAX, thread_name_prefix="push-lookup")
        self._checkers = ThreadPoolExecutor(CHECKS_MAX, thread_name_prefix="push-check")
        self._checks = CheckedResolver(services, self._checkers)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=CheckedResolver(services, self._threads),
                ttl_dns_cache=ADDRESS_LIVES_S,
                ssl=ssl.create_default_context(cadata=services.ca_pem),
                # The lanes bound it.
                limit=0,
            ),
            timeout=aiohttp.ClientTimeout(total=services.post_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    async def check(self, endpoint: str) -> None:
        """Look at form, host and address of an endpoint without going there.

        Raises:
            EndpointRefused: one of them is wrong, or the lookup takes too long.
        """
        place = place_of(endpoint, self.services)
        try:
            async with asyncio.timeout(self.services.post_s):
                await self._checks.resolve(place.host)
        except TimeoutError:
            msg = "address, expected a host that can be found"
            raise EndpointRefused(msg) from None

    async def post(
        self, endpoint: str, *, data: bytes, headers: Mapping[str, str], **theirs: object
    ) -> Answer:
        """Post once. `theirs` is pywebpush's timeout, which is none by default; ours counts.

        Raises:
            EndpointRefused: not a place to send to, now that it is sent.
            TimeoutError: no whole answer in `services.post_s`.
            aiohttp.ClientError: no connection, or a broken answer.
        """
        del theirs
        place = place_of(endpoint, self.services)
        answer = await self._session.post(
            URL(place.endpoint, encoded=True), data=data, headers=headers, allow_redirects=False
        )
        try:
            await _read(answer)
            return Answer(answer.status, answer.reason or "", dict(answer.headers))
        finally:
            answer.release()

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()
        for threads in (self._threads, self._checkers):
            threads.shutdown(wait=False, cancel_futures=True)


async def _read(answer: aiohttp.ClientResponse) -> None:
    """The body, so that the connection can be used again; one that does not end ends it."""
    left = ANSWER_BYTES_MAX
    while not answer.content.at_eof():
        left -= len(await answer.content.read(left))
        if left <= 0:
            answer.close()
            return


def _result(host: str, address: str, port: int) -> ResolveResult:
    is_6 = ip_address(address).version == 6  # noqa: PLR2004 - IPv6
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if is_6 else socket.AF_INET,
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )

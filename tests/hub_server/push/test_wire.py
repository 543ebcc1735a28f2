"""The way to push services: where it goes, and where it does not."""

import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from hub_server.push.addresses import is_public
from hub_server.push.guard import EndpointRefused, Services
from hub_server.push.wire import ANSWER_BYTES_MAX, Wire
from tests.hub_server.push.push_service import HOSTS, LOOPBACK, PushService, Told

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def wired(services: Services) -> AsyncIterator[Wire]:
    wire = Wire(services)
    try:
        yield wire
    finally:
        await wire.close()


async def posted(wire: Wire, endpoint: str) -> int:
    answer = await wire.post(endpoint, data=b"x", headers={"TTL": "1"})
    assert await answer.text() == ""
    return answer.status


async def test_the_name_is_proved_by_its_certificate() -> None:
    """One that the certificate does not hold ends before anything is sent."""
    async with PushService() as service:
        other = service.services(hosts=("three.push.test",))
        async with wired(other) as wire:
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await posted(wire, f"https://three.push.test:{service.port}/push/b0")
        async with wired(service.services()) as wire:
            # It has no such header as a push needs: 400, but it came through.
            assert await posted(wire, service.browser().endpoint) == 400
    assert service.posts_count == 1


async def test_a_certificate_of_nobody_known_is_refused() -> None:
    async with PushService() as service, wired(service.services(ca_pem=None)) as wire:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await posted(wire, service.browser().endpoint)
    assert service.posts_count == 0


async def test_a_redirect_to_the_metadata_address_is_not_followed() -> None:
    async with PushService() as service:
        browser = service.browser()
        away = {"Location": "https://169.254.169.254/latest/meta-data/"}
        service.tell(browser.name, Told(307, away))
        looked_up: list[str] = []

        def resolve(host: str, _port: int) -> list[str]:
            looked_up.append(host)
            return [LOOPBACK]

        async with wired(service.services(resolve=resolve)) as wire:
            assert await posted(wire, browser.endpoint) == 307
    assert service.posts_count == 1
    assert looked_up == [HOSTS[0]]


async def test_a_name_that_changes_between_check_and_use_gains_nothing() -> None:
    """DNS rebinding: first an address that passes, at the connection one inside the store."""
    answers = deque(["142.250.74.10", LOOPBACK])
    async with PushService() as service:
        rebinding = service.services(
            resolve=lambda _host, _port: [answers.popleft()], is_reachable=is_public
        )
        async with wired(rebinding) as wire:
            endpoint = service.browser().endpoint
            await wire.check(endpoint)
            with pytest.raises(EndpointRefused, match="public"):
                await posted(wire, endpoint)
    assert not answers
    assert service.posts_count == 0


async def test_one_lookup_serves_check_and_connection() -> None:
    """What was checked is what is connected to: no second answer can come between."""
    answers = deque([LOOPBACK])
    async with PushService() as service:
        services = service.services(resolve=lambda _host, _port: [answers.popleft()])
        async with wired(services) as wire:
            for _ in range(3):
                assert await posted(wire, service.browser().endpoint) == 400


@pytest.mark.parametrize(
    "address", ["::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "fe80::1%lo"]
)
async def test_no_form_of_an_address_leads_inside(address: str) -> None:
    async with PushService() as service:
        services = service.services(resolve=lambda _host, _port: [address], is_reachable=is_public)
        async with wired(services) as wire:
            with pytest.raises(EndpointRefused, match="public"):
                await wire.check(service.browser().endpoint)
            with pytest.raises(EndpointRefused, match="public"):
                await posted(wire, service.browser().endpoint)


async def test_an_address_of_six_is_reached_too() -> None:
    services = Services(
        hosts=(HOSTS[0],),
        port=1,
        resolve=lambda _host, _port: ["::1"],
        is_reachable=lambda _address: True,
        post_s=1.0,
    )
    async with wired(services) as wire:
        with pytest.raises(aiohttp.ClientConnectorError):
            await posted(wire, f"https://{HOSTS[0]}:1/push/b0")


async def test_a_host_that_hangs_is_left_in_time() -> None:
    async with PushService() as service:
        browser = service.browser()
        service.tell(browser.name, Told(hangs=True))
        async with wired(service.services(post_s=0.05)) as wire:
            with pytest.raises(TimeoutError):
                await posted(wire, browser.endpoint)


async def test_a_lookup_that_hangs_is_left_in_time() -> None:
    ended = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        ended.wait(5)
        return [LOOPBACK]

    async with PushService() as service:
        services = service.services(resolve=resolve, post_s=0.05)
        async with wired(services) as wire:
            with pytest.raises(EndpointRefused, match="found"):
                await wire.check(service.browser().endpoint)
            ended.set()


async def test_of_a_long_answer_little_is_read() -> None:
    async with PushService() as service:
        browser = service.browser()
        service.tell(browser.name, Told(200, body=b"x" * (1 << 20)))
        async with wired(service.services()) as wire:
            assert await posted(wire, browser.endpoint) == 200
            # The connection is not used again.
            service.tell(browser.name, Told(404, body=b"x" * ANSWER_BYTES_MAX))
            assert await posted(wire, browser.endpoint) == 404

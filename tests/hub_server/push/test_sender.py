"""One push through pywebpush to a loopback service: what goes out, and what each answer means."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from hub_server.push import notification
from hub_server.push.keys import PushKey
from hub_server.push.sender import Sender
from hub_server.push.subscriptions import Subscription
from hub_server.push.verdict import REST_S
from hub_server.push.wire import Wire
from tests.hub_server.push.lines import NOW_S, sent
from tests.hub_server.push.push_service import HOSTS, Browser, PushService, Told

MESSAGE = notification.Message(
    body=notification.body(sent(), "en", "https://store.example"),
    ttl_s=60,
    urgency="high",
    topic=notification.topic("v1"),
)
ENDS = {"accepted", "gone", "refused"}


def subscription(browser: Browser) -> Subscription:
    return Subscription(
        subscription="s1",
        shopper="h1",
        endpoint=browser.endpoint,
        p256dh=browser.p256dh,
        auth=browser.json["keys"]["auth"],
    )


@asynccontextmanager
async def sending(service: PushService, folder: Path, **changes: object) -> AsyncIterator[Sender]:
    import time  # noqa: PLC0415 - the service looks at the real clock

    wire = Wire(service.services(**changes))
    key = PushKey.beside(folder / "hub.sqlite3", time.time)
    try:
        yield Sender(wire, key, "mailto:ops@store.example", lambda: NOW_S)
    finally:
        await wire.close()


@pytest.mark.anyio
async def test_the_browser_can_read_it_and_the_service_cannot(tmp_path: Path) -> None:
    """Encrypted for this browser, signed by this hub, with TTL, urgency and topic."""
    async with PushService() as service, sending(service, tmp_path) as sender:
        browser = service.browser()
        for _ in range(2):
            verdict = await sender.send(subscription(browser), MESSAGE)
            assert (verdict.state, verdict.code) == ("accepted", "accepted")
    assert service.wrong == []
    got = service.got[0]
    assert (got.ttl_s, got.urgency, got.topic, got.host) == (60, "high", MESSAGE.topic, HOSTS[0])
    assert b"note for your visit" not in got.body
    assert service.read(browser)[0]["notification"]["title"] == "A note for your visit"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("told", "state", "code"),
    [
        (Told(404), "gone", "http_404"),
        (Told(410), "gone", "http_410"),
        (Told(429, {"Retry-After": "7"}), "rested", "http_429"),
        (Told(429), "rested", "http_429"),
        (Told(503, {"Retry-After": "7"}), "rested", "http_503"),
        (Told(500), "again", "http_500"),
        (Told(503), "again", "http_503"),
        (Told(307, {"Location": "https://169.254.169.254/"}), "refused", "http_307"),
        (Told(400), "refused", "http_400"),
        (Told(403), "refused", "http_403"),
        (Told(413), "refused", "http_413"),
        (Told(hangs=True), "refused", "timeout"),
    ],
)
async def test_each_answer_has_its_verdict(
    told: Told, state: str, code: str, tmp_path: Path
) -> None:
    async with PushService() as service, sending(service, tmp_path, post_s=0.3) as sender:
        browser = service.browser()
        service.tell(browser.name, told)
        verdict = await sender.send(subscription(browser), MESSAGE)
    assert (verdict.state, verdict.code) == (state if state in ENDS else "refused", code)
    assert verdict.again == (state not in ENDS)
    assert verdict.rest_s == (0 if state != "rested" else 7 if told.headers else REST_S)
    assert service.posts_count == 1


@pytest.mark.anyio
async def test_no_connection_is_tried_again(tmp_path: Path) -> None:
    async with PushService() as service:
        pass
    async with sending(service, tmp_path) as sender:
        verdict = await sender.send(subscription(service.browser()), MESSAGE)
    assert (verdict.again, verdict.code) == (True, "connection")


@pytest.mark.anyio
async def test_what_is_checked_at_subscribing_is_checked_again(tmp_path: Path) -> None:
    """The list of services may have changed, and the table may be from anywhere."""
    async with PushService() as service:
        browser = service.browser()
        async with sending(service, tmp_path, hosts=("other.test",)) as sender:
            assert (await sender.send(subscription(browser), MESSAGE)).code == "endpoint"
        async with sending(service, tmp_path, is_reachable=lambda _: False) as sender:
            assert (await sender.send(subscription(browser), MESSAGE)).code == "endpoint"
        for changes in ({"p256dh": "AAAA"}, {"auth": ""}, {"p256dh": "B" * 87}):
            spoilt = msgspec.structs.replace(subscription(browser), **changes)
            async with sending(service, tmp_path) as sender:
                assert (await sender.send(spoilt, MESSAGE)).code in {"keys", "http_400"}
    assert service.got == []

"""How fast phones may ask: any hand is let through, a machine is told when to come back."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from hub_server.pages import lists, pace, profile, push
from hub_server.pages import phone as phone_pages
from hub_server.pages.app import build_app
from hub_server.pages.pace import (
    ADDRESS_BURST,
    ADDRESS_PER_S,
    PHONE_BURST,
    PHONE_PER_S,
    Pace,
    PhonePace,
)
from hub_server.pages.surroundings import phone_page
from hub_server.views.hub import Refused

if TYPE_CHECKING:
    from tests.hub_server.conftest import Hub

OWN = {"X-Instep": "1"}
NOW_S = 1_790_000_000.0


@pytest.fixture
def app(hub: "Hub") -> FastAPI:
    return build_app(hub.engine)


@pytest.fixture
async def phone(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, client=("203.0.113.7", 5000))
    async with httpx.AsyncClient(
        transport=transport, base_url="https://store.example", headers=OWN
    ) as one:
        yield one


def test_a_bucket_lets_its_burst_through_and_then_its_rate() -> None:
    bucket = Pace(3, 2.0)
    assert [bucket.take(b"a", NOW_S) for _ in range(5)] == [0.0, 0.0, 0.0, 0.5, 0.5]
    assert bucket.take(b"b", NOW_S) == 0.0
    assert [bucket.take(b"a", NOW_S + 1.0) for _ in range(3)] == [0.0, 0.0, 0.5]
    assert [bucket.take(b"a", NOW_S + 9.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]


def test_a_clock_that_is_set_back_shuts_nobody_out() -> None:
    bucket = Pace(3, 2.0)
    bucket.take(b"a", NOW_S)
    assert bucket.take(b"a", NOW_S - 3600.0) == 0.5
    assert bucket.take(b"a", NOW_S - 3599.5) == 0.0


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "KEYS_MAX", 2)
    bucket = Pace(1, 1.0)
    for key in (b"a", b"b", b"c"):
        assert bucket.take(key, NOW_S) == 0.0
    assert len(bucket) == 2
    assert bucket.take(b"a", NOW_S) == 0.0
    assert bucket.take(b"d", NOW_S + 2.0) == 0.0
    assert len(bucket) == 1


def test_a_phone_in_a_visit_has_its_own_pace_and_strangers_share_their_address() -> None:
    phones = PhonePace()
    for _ in range(PHONE_BURST):
        phones.check("ada", "203.0.113.7", NOW_S)
    with pytest.raises(Refused) as refused:
        phones.check("ada", "203.0.113.8", NOW_S)
    assert (refused.value.status, refused.value.code, refused.value.retry_s) == (429, "too_many", 1)
    phones.check("ben", "203.0.113.7", NOW_S)
    for number in range(ADDRESS_BURST):
        phones.check(None, f"2001:db8::{number:x}", NOW_S)
    with pytest.raises(Refused):
        phones.check(None, "2001:db8::ffff", NOW_S)
    phones.check(None, "2001:db9::1", NOW_S)
    phones.check("ada", "203.0.113.7", NOW_S + 1 / PHONE_PER_S)
    phones.check(None, "2001:db8::ffff", NOW_S + 1 / ADDRESS_PER_S)


@pytest.mark.anyio
async def test_a_page_that_beats_and_taps_is_never_refused_and_a_machine_is(
    hub: "Hub", phone: httpx.AsyncClient
) -> None:
    (code,) = hub.carts("cart-1")
    await phone.post("/api/phone/yes", json={"code": code})
    # Two minutes of a hand that taps every half second beside the page's own beat.
    for second in range(120):
        hub.now_s += 1.0
        for _ in range(2):
            assert (await phone.post("/api/phone/mission", json={})).status_code == 200
        if second % 4 == 0:
            beat = await phone.post("/api/phone/heartbeat", json={"visible": True})
            assert beat.status_code == 200
    hub.now_s += 30.0
    answers = [await phone.post("/api/phone/mission", json={}) for _ in range(PHONE_BURST + 1)]
    assert [one.status_code for one in answers] == [200] * PHONE_BURST + [429]
    assert answers[-1].headers["retry-after"] == "1"
    assert answers[-1].json()["code"] == "too_many"
    assert (await phone.get("/api/phone/state")).status_code == 200
    hub.now_s += 1.0
    assert (await phone.post("/api/phone/mission", json={})).status_code == 200


def test_every_change_that_a_phone_asks_for_is_paced() -> None:
    changes = [
        route
        for router in (lists.router, phone_pages.router, profile.router, push.router)
        for route in router.routes
        if isinstance(route, APIRoute)
        and route.path.startswith("/api/phone/")
        and (route.methods or set()).isdisjoint({"GET", "HEAD"})
    ]
    assert len(changes) > 20
    free = [
        one.path
        for one in changes
        if phone_page not in {found.call for found in one.dependant.dependencies}
    ]
    assert free == []

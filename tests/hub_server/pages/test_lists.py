"""List, search and requests over HTTP."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx
import pytest

from hub_server.pages.app import build_app

if TYPE_CHECKING:
    from tests.hub_server.conftest import Hub

pytestmark = pytest.mark.anyio


@pytest.fixture
async def phone(hub: "Hub") -> AsyncIterator[httpx.AsyncClient]:
    """A phone whose shopper said yes."""
    (code,) = hub.carts("cart-1")
    transport = httpx.ASGITransport(build_app(hub.engine))
    headers = {"X-Instep": "1"}
    async with httpx.AsyncClient(
        transport=transport, base_url="https://store.example", headers=headers
    ) as client:
        await client.post("/api/phone/yes", json={"code": code})
        yield client


async def test_a_line_from_writing_to_taking_off(phone: httpx.AsyncClient) -> None:
    """Row 58: the list on the one page, as every need."""
    await phone.post("/api/phone/list", json={"text": "oat flakes"})
    listed = (await phone.post("/api/phone/list", json={"item": "1053"})).json()
    assert [line["product"]["name"] for line in listed["lines"]] == [
        "Oat flakes, 500 g",
        "Riesling, dry",
    ]
    path = f"/api/phone/list/{listed['lines'][0]['line']}"
    done = (await phone.patch(path, json={"done": True})).json()
    assert [line["done"] for line in done["lines"]] == [False, True]
    assert (await phone.get("/api/phone/state")).json()["list_count"] == 1
    short = (await phone.get("/api/phone/list", params={"minutes": 0.1})).json()
    assert short["left_out_count"] == 1
    assert len((await phone.delete(path)).json()["lines"]) == 1
    assert (await phone.delete(path)).status_code == 404


NO_REQUESTS: tuple[tuple[str, str, dict[str, object] | None], ...] = (
    ("POST", "/api/phone/list", {}),
    ("POST", "/api/phone/list", {"text": "x" * 81}),
    ("PATCH", "/api/phone/list/abcd", {"done": "perhaps"}),
    ("POST", "/api/phone/bring", {}),
    ("POST", "/api/phone/help", {"about": "x" * 201}),
    ("GET", "/api/phone/near?count=16", None),
    ("GET", "/api/phone/find", None),
    ("GET", "/api/phone/list?minutes=-1", None),
)


async def test_what_is_no_request_is_said(phone: httpx.AsyncClient) -> None:
    for method, path, body in NO_REQUESTS:
        answer = await phone.request(method, path, json=body)
        assert answer.status_code == 400, path
        assert set(answer.json()) == {"code", "text"}


async def test_where_is_it_and_what_is_near(phone: httpx.AsyncClient) -> None:
    """Row 23."""
    found = (await phone.get("/api/phone/find", params={"q": "bananas"})).json()
    assert found["found"][0]["zone_name"] == "Fruit & vegetables"
    way = (await phone.get("/api/phone/way", params={"item": "1001"})).json()
    assert way == found["route"]
    assert (await phone.get("/api/phone/near")).json() == {"zone_name": None, "near": []}
    assert (await phone.get("/api/phone/orders")).json() == []


async def test_help_and_bring_from_tap_to_cancel(phone: httpx.AsyncClient) -> None:
    """Row 88."""
    assert (await phone.get("/api/phone/help")).json() is None
    asked = (await phone.post("/api/phone/help", json={"about": "which one?"})).json()
    assert (asked["state"], asked["about"]) == ("open", "which one?")
    brought = (await phone.post("/api/phone/bring", json={"item": "1001"})).json()
    assert brought["item_name"] == "Bananas"
    assert (await phone.get("/api/phone/help")).json()["kind"] == "bring"
    assert (await phone.delete("/api/phone/help")).json() == {"done": True}
    left = (await phone.get("/api/phone/help")).json()
    assert (left["kind"], left["state"]) == ("help", "open"), "only what the phone showed"
    assert (await phone.delete("/api/phone/help")).json() == {"done": True}
    assert (await phone.get("/api/phone/help")).json()["state"] == "cancelled"
    assert (await phone.delete("/api/phone/help")).status_code == 404


async def test_another_sites_form_changes_nothing(phone: httpx.AsyncClient) -> None:
    del phone.headers["X-Instep"]
    for method, path in (
        ("POST", "/api/phone/list"),
        ("PATCH", "/api/phone/list/abcd"),
        ("DELETE", "/api/phone/list/abcd"),
        ("POST", "/api/phone/bring"),
        ("POST", "/api/phone/help"),
        ("DELETE", "/api/phone/help"),
    ):
        answer = await phone.request(method, path, json={})
        assert answer.status_code == 403, path

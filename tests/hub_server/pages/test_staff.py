"""The staff's side over HTTP."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest
from fastapi import FastAPI

from hub_server.pages import floor
from hub_server.pages.app import build_app
from hub_server.pages.staff import live
from tests.hub_server.aisle_hub import Shopper

if TYPE_CHECKING:
    from tests.hub_server.conftest import Hub

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery"  # noqa: S105 - of this test's own database


@pytest.fixture
def app(hub: "Hub") -> FastAPI:
    return build_app(hub.engine)


@pytest.fixture
async def staff(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of the staff, not logged in yet."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://store.example", headers={"X-Instep": "1"}
    ) as client:
        yield client


async def log_in(hub: "Hub", staff: httpx.AsyncClient) -> None:
    hub.engine.logins.add_user("anna", PASSWORD, 0)
    answer = await staff.post("/api/login", json={"user": "anna", "password": PASSWORD})
    assert answer.status_code == 200


async def test_staff_log_in_first(hub: "Hub", staff: httpx.AsyncClient) -> None:
    shown = await staff.get("/staff")
    assert (shown.status_code, shown.headers["location"]) == (303, "/login?next=/staff")
    for method, path in (
        ("GET", "/api/staff/live"),
        ("POST", "/api/staff/tasks/abcd/take"),
        ("POST", "/api/staff/tasks/abcd/done"),
    ):
        assert (await staff.request(method, path, json={})).status_code == 401, path
    await log_in(hub, staff)
    assert (await staff.get("/staff")).status_code in {200, 503}


async def test_a_request_is_taken_by_name_and_done(hub: "Hub", staff: httpx.AsyncClient) -> None:
    """Rows 42 and 59."""
    await log_in(hub, staff)
    shopper = Shopper(hub)
    asked, _ = shopper.aisle.help.ask(shopper.cookie, None)
    path = f"/api/staff/tasks/{asked.task}"
    taken = await staff.post(f"{path}/take", json={"who": "  Anna  B. ", "minutes": 2})
    assert (taken.json()["who"], taken.json()["minutes"]) == ("Anna B.", 2.0)
    late = await staff.post(f"{path}/take", json={"who": "Ben"})
    assert (late.status_code, late.json()["code"]) == (409, "taken")
    done = await staff.post(f"{path}/done", json={})
    assert done.json()["state"] == "done"
    assert (await staff.post(f"{path}/done", json={})).json()["code"] == "over"


async def test_the_phone_hears_of_each_step_at_once(hub: "Hub", staff: httpx.AsyncClient) -> None:
    """Row 68: within 2 s; here before the next tick."""
    await log_in(hub, staff)
    shopper = Shopper(hub)
    frames = hub.engine.phone_frames(shopper.cookie)
    assert msgspec.json.decode(await anext(frames))["help"] is None
    asked, _ = shopper.aisle.help.ask(shopper.cookie, None)
    path = f"/api/staff/tasks/{asked.task}"
    await staff.post(f"{path}/take", json={"who": "Anna", "minutes": 2})
    told = msgspec.json.decode(await anext(frames))["help"]
    assert (told["state"], told["who"], told["minutes"]) == ("taken", "Anna", 2.0)
    await staff.post(f"{path}/done", json={})
    assert msgspec.json.decode(await anext(frames))["help"]["state"] == "done"


async def test_without_a_name_it_is_the_logins(hub: "Hub", staff: httpx.AsyncClient) -> None:
    await log_in(hub, staff)
    called = hub.engine.rooms.aisle.help.call("wine", "Advice", hub.now_s)
    taken = await staff.post(f"/api/staff/tasks/{called.task}/take", json={"who": " "})
    assert taken.json()["who"] == "anna"
    done = await staff.post(f"/api/staff/tasks/{called.task}/done", json={})
    assert done.json()["kind"] == "call"
    unknown = await staff.post("/api/staff/tasks/abcd/take", json={})
    assert unknown.status_code == 404


async def test_the_floor_streams_until_the_login_ends(hub: "Hub") -> None:
    hub.engine.logins.add_user("anna", PASSWORD, 0)
    token = hub.engine.check_login("anna", PASSWORD) or ""
    frames = floor.live(hub.engine, token)
    assert (await anext(frames)).event == "frame"
    hub.engine.logout(token)
    hub.engine.tick()
    with pytest.raises(StopAsyncIteration):
        await anext(frames)


async def test_the_page_streams_its_tasks_until_the_login_ends(hub: "Hub") -> None:
    hub.engine.logins.add_user("anna", PASSWORD, 0)
    token = hub.engine.check_login("anna", PASSWORD) or ""
    frames = live(hub.engine, token)
    first = await anext(frames)
    assert first.event == "frame"
    assert '"tasks":[]' in (first.raw_data or "")
    hub.engine.logout(token)
    hub.engine.tick()
    with pytest.raises(StopAsyncIteration):
        await anext(frames)

"""The phone's side of push over HTTP."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from hub_server.pages import push as push_pages
from hub_server.pages.app import build_app
from tests.hub_server.conftest import Hub
from tests.hub_server.push.push_service import PushService
from tests.hub_server.push.pushing import pushing

pytestmark = pytest.mark.anyio
OURS = {"X-Instep": "1"}


def client(app: FastAPI, cookie: str | None) -> httpx.AsyncClient:
    cookies = {"instep": cookie} if cookie else {}
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="https://store.example", cookies=cookies)


async def test_subscribe_state_unsubscribe(hub: Hub) -> None:
    async with pushing(hub) as phone, client(build_app(hub.engine), phone.session.cookie) as http:
        found = (await http.get("/api/phone/push")).json()
        assert found == {"key": phone.room.key, "on": True}
        gone = await http.request("DELETE", "/api/phone/push", headers=OURS)
        assert gone.json() == {"on": False}
        body = phone.service.browser().json
        assert (await http.post("/api/phone/push", json=body)).status_code == 403
        taken = await http.post("/api/phone/push", json=body, headers=OURS)
        assert (taken.status_code, taken.json()) == (200, {"on": True})
        assert phone.visit.push


@pytest.mark.parametrize(
    ("endpoint", "code"),
    [
        ("https://evil.example/x", "endpoint"),
        ("https://169.254.169.254/latest/meta-data", "endpoint"),
        ("http://localhost/x", "endpoint"),
        ("x" * 2000, "request"),
    ],
)
async def test_another_address_is_refused_with_its_reason(
    hub: Hub, endpoint: str, code: str
) -> None:
    async with pushing(hub) as phone, client(build_app(hub.engine), phone.session.cookie) as http:
        body = {**phone.browser.json, "endpoint": endpoint}
        answer = await http.post("/api/phone/push", json=body, headers=OURS)
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert endpoint not in answer.text


async def test_a_stranger_can_do_nothing(hub: Hub) -> None:
    async with PushService() as service, client(build_app(hub.engine), None) as http:
        room = hub.engine.rooms.push
        await room.start(service.services())
        for body in (service.browser().json, {**service.browser().json, "endpoint": "https://x/y"}):
            # Whatever a stranger names is not looked up.
            answer = await http.post("/api/phone/push", json=body, headers=OURS)
            assert answer.status_code == 404
        assert (await http.get("/api/phone/push")).json()["on"] is False
        await room.close()


async def test_a_notification_leads_to_the_visits_page(hub: Hub) -> None:
    """Its address holds the message's code only; which cart it is the phone's cookie says."""
    phone = hub.yes(hub.carts("cart-1")[0])
    app = build_app(hub.engine)
    tag = hub.engine.tags.by_tag("cart-1")
    assert tag is not None
    async with client(app, phone.cookie) as http:
        answer = await http.get("/m/6a1b2c3d")
        assert answer.headers["location"] == f"/t/{tag.code}#m=6a1b2c3d"
    async with client(app, None) as http:
        answer = await http.get("/m/6a1b2c3d")
        assert answer.status_code in {200, 503}
        assert "location" not in answer.headers


async def test_worker_icons_and_manifest(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_pages, "STATIC", tmp_path)
    async with client(build_app(hub.engine), None) as http:
        assert (await http.get("/sw.js")).status_code == 404
        (tmp_path / "sw.js").write_text("self")
        (tmp_path / "icon-192.png").write_bytes(b"png")
        worker = await http.get("/sw.js")
        assert worker.headers["content-type"].startswith("text/javascript")
        assert worker.headers["cache-control"] == "no-cache"
        assert (await http.get("/icon-192.png")).headers["content-type"] == "image/png"
        assert (await http.get("/icon-13.png")).status_code == 404
        manifest = (await http.get("/manifest.webmanifest")).json()
        assert manifest["display"] == "standalone"
        assert "start_url" not in manifest
        # Row 74: nothing of it comes from elsewhere.
        assert all(icon["src"].startswith("/") for icon in manifest["icons"])

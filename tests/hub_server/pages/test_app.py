"""The interfaces over HTTP, on a real engine and a real database; tests/e2e adds the browser."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI

from hub_server.pages.app import BODY_BYTES_MAX, build_app

if TYPE_CHECKING:
    from tests.hub_server.conftest import Hub

pytestmark = pytest.mark.anyio
OWN = {"X-Instep": "1"}
FAR = ("203.0.113.7", 5000)
PASSWORD = "correct horse battery"  # noqa: S105 - of this test's own database


@pytest.fixture
def app(hub: "Hub") -> FastAPI:
    return build_app(hub.engine)


def client_of(app: FastAPI, address: tuple[str, int] = FAR) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=address)
    return httpx.AsyncClient(transport=transport, base_url="https://store.example", headers=OWN)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as one:
        yield one


async def yes(client: httpx.AsyncClient, code: str, **more: object) -> httpx.Response:
    return await client.post("/api/phone/yes", json={"code": code, **more})


async def test_looking_stores_nothing_and_asks_in_the_shoppers_language(
    hub: "Hub", client: httpx.AsyncClient
) -> None:
    (code,) = hub.carts("cart-1")
    for header, word in (("de-AT,en", "Nur die Karte"), ("fr", "Just the map")):
        answer = await client.get(f"/api/phone/tag/{code}", headers={"accept-language": header})
        view = answer.json()
        assert view["state"] == "free"
        assert view["replayed"] is False
        assert view["consent"]["map_label"] == word
        assert "set-cookie" not in answer.headers


async def test_yes_sets_one_cookie_that_scripts_cannot_read(
    hub: "Hub", client: httpx.AsyncClient
) -> None:
    (code,) = hub.carts("cart-1")
    cookie = (await yes(client, code)).headers["set-cookie"]
    assert {"HttpOnly", "Secure", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Max-Age" not in cookie
    remembered = (await yes(client, code, remember=True)).headers["set-cookie"]
    assert "Max-Age=31536000" in remembered


async def test_a_visit_from_yes_to_leave(hub: "Hub", client: httpx.AsyncClient) -> None:
    (code,) = hub.carts("cart-1")
    codes = (await yes(client, code)).json()
    for path, body in (
        ("heartbeat", {"visible": True}),
        ("mission", {"intent": "gift"}),
        ("pause", {"paused": True}),
        ("pause", {"paused": False}),
    ):
        assert (await client.post(f"/api/phone/{path}", json=body)).status_code == 200
    state = (await client.get("/api/phone/state")).json()
    assert state["visit_code"] == codes["visit_code"]
    assert state["intent"] == "gift"
    assert (await client.post("/api/phone/leave")).status_code == 200
    assert (await client.get("/api/phone/state")).json()["ended"] == "leave"


async def test_a_second_phone_joins_and_another_takes_over(hub: "Hub", app: FastAPI) -> None:
    (code,) = hub.carts("cart-1")
    async with client_of(app) as first, client_of(app) as second, client_of(app) as third:
        joined = (await yes(first, code)).json()["join_code"]
        body = {"join_code": joined}
        assert (await second.post("/api/phone/join", json=body)).status_code == 200
        refused = await yes(third, code)
        assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
        assert (await yes(third, code, takeover=True)).status_code == 200
        assert (await first.get("/api/phone/state")).json()["ended"] == "takeover"


async def test_messages_take_receipts_and_opinions(hub: "Hub", client: httpx.AsyncClient) -> None:
    (code,) = hub.carts("cart-1")
    await yes(client, code)
    for path, kind in (("receipt", "shown"), ("feedback", "useful")):
        url = f"/api/phone/messages/0011223344556677/{path}"
        answer = await client.post(url, json={"kind": kind})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown")


async def test_forgetting_by_page_and_by_code(hub: "Hub", client: httpx.AsyncClient) -> None:
    (code,) = hub.carts("cart-1")
    visit_code = (await yes(client, code)).json()["visit_code"]
    by_code = "/api/phone/delete-by-code"
    assert (await client.post(by_code, json={"visit_code": visit_code})).status_code == 200
    assert (await client.post(by_code, json={"visit_code": visit_code})).status_code == 404
    client.cookies.clear()
    await yes(client, code)
    answer = await client.post("/api/phone/delete")
    assert answer.status_code == 200
    assert 'instep=""' in answer.headers["set-cookie"]


async def test_a_foreign_form_is_refused(hub: "Hub", app: FastAPI) -> None:
    (code,) = hub.carts("cart-1")
    async with client_of(app) as foreign:
        del foreign.headers["X-Instep"]
        answer = await yes(foreign, code)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_form")


async def test_the_floor_needs_a_login(hub: "Hub", client: httpx.AsyncClient) -> None:
    assert (await client.get("/")).headers["location"] == "/login"
    for path in ("/api/floor/live", "/api/floor/why/0011223344556677", "/metrics", "/openapi.json"):
        assert (await client.get(path)).status_code == 401, path
    hub.engine.logins.add_user("mia", PASSWORD, 0)
    wrong = await client.post("/api/login", json={"user": "mia", "password": "guess"})
    assert wrong.status_code == 401
    right = await client.post("/api/login", json={"user": "mia", "password": PASSWORD})
    assert "SameSite=strict" in right.headers["set-cookie"]
    assert (await client.get("/metrics")).text.startswith("# HELP")
    assert "/api/events" in (await client.get("/openapi.json")).json()["paths"]
    assert (await client.get("/api/floor/why/0011223344556677")).status_code == 404
    assert (await client.post("/api/logout")).status_code == 200
    assert (await client.get("/metrics")).status_code == 401


@pytest.mark.parametrize(
    ("public_url", "address", "headers", "status"),
    [
        ("http://127.0.0.1:8400", ("127.0.0.1", 1), {}, 200),
        ("http://localhost:8400", ("::1", 1), {}, 200),
        ("https://store.example", ("127.0.0.1", 1), {}, 401),
        ("http://127.0.0.1:8400", FAR, {}, 401),
        ("http://127.0.0.1:8400", FAR, {"authorization": "Bearer wrong"}, 401),
        ("http://127.0.0.1:8400", FAR, {"authorization": "Basic eDp5"}, 401),
    ],
)
async def test_figures_are_for_this_machine_a_login_or_a_token(
    new_hub: "Callable[..., Hub]",
    public_url: str,
    address: tuple[str, int],
    headers: dict[str, str],
    status: int,
) -> None:
    app = build_app(new_hub(public_url=public_url).engine)
    async with client_of(app, address) as one:
        assert (await one.get("/metrics", headers=headers)).status_code == status


@pytest.mark.parametrize(
    "body", [b'{"user": "x", "password": "\\ud800"}', b"{", b"[]", b'{"user": 1}', b"\xff"]
)
async def test_what_is_not_understood_is_not_repeated(
    client: httpx.AsyncClient, body: bytes
) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/api/login", content=body, headers=headers)
    assert answer.status_code in {400, 401}
    assert set(answer.json()) == {"code", "text"}


async def test_an_event_needs_its_token_and_counts_once(
    hub: "Hub", client: httpx.AsyncClient
) -> None:
    (code,) = hub.carts("cart-1")
    await yes(client, code)
    token = hub.engine.logins.add_source("till-1", 0)
    event: dict[str, Any] = {
        "id": "r-1",
        "ts": "2026-09-21T14:00:00Z",
        "channel": "till",
        "type": "payment",
        "subject": {"tag": "cart-1"},
        "items": [{"item": "oats", "quantity": 1}],
    }
    assert (await client.post("/api/events", json=event)).status_code == 401
    bearer = {"authorization": f"Bearer {token}"}
    answers = [await client.post("/api/events", json=event, headers=bearer) for _ in range(2)]
    assert [one.json()["event"] for one in answers] == ["accepted", "duplicate"]
    bad = await client.post("/api/events", json={"id": 1}, headers=bearer)
    assert (bad.status_code, bad.json()["code"]) == (400, "event")
    nested = b'{"x":' + b"[" * 30_000 + b"]" * 30_000 + b"}"
    deep = await client.post("/api/events", content=nested, headers=bearer)
    assert (deep.status_code, deep.json()["code"]) == (400, "event")
    assert (await client.get("/metrics", headers=bearer)).status_code == 200


async def test_health_is_for_everybody(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json()["ok"] in {True, False}
    assert set((await client.get("/readyz")).json()) == {"ready"}
    assert (await client.head("/healthz")).status_code == 200


async def test_the_map_names_no_beacon(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/map")
    kinds = {feature["properties"]["kind"] for feature in answer.json()["features"]}
    assert "zone" in kinds
    assert "beacon" not in kinds
    assert "ib-" not in answer.text


async def test_the_map_is_named_for_who_reads_it(client: httpx.AsyncClient) -> None:
    async def name_of_wine(path: str, language: str) -> str:
        answer = await client.get(path, headers={"accept-language": language})
        assert "name_de" not in answer.text
        zones = {one["id"]: one["properties"] for one in answer.json()["features"]}
        return str(zones["wine"]["name"])

    assert await name_of_wine("/api/map", "de-AT,en;q=0.5") == "Wein"
    assert await name_of_wine("/api/map", "fr") == "Wine"
    assert await name_of_wine("/api/map/drawn", "de") == "Wine", "as it stands on the floor"


async def test_every_answer_keeps_to_itself(client: httpx.AsyncClient) -> None:
    for path in ("/t/abcdefgh", "/healthz", "/nowhere"):
        headers = (await client.get(path)).headers
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_scripts_are_kept_by_the_phone_and_pages_are_not(
    hub: "Hub", monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "phone-1a2b.js").write_text("1")
    monkeypatch.setattr("hub_server.pages.app.STATIC", tmp_path)
    async with client_of(build_app(hub.engine)) as one:
        kept = await one.get("/assets/phone-1a2b.js")
        assert "immutable" in kept.headers["cache-control"]
        assert "cache-control" not in (await one.get("/assets/gone.js")).headers


async def test_a_long_body_is_cut_off(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/phone/yes", content=b"x" * (BODY_BYTES_MAX + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_long")


async def test_pages_left_out_say_what_to_do(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("hub_server.pages.surroundings.STATIC", tmp_path)
    answer = await client.get("/t/abcdefgh")
    assert answer.status_code == 503
    assert "INSTEP_SKIP_WEB" in answer.text
    for name in ("login", "forget", "phone"):
        (tmp_path / f"{name}.html").write_text(name)
    pages = [await client.get(path) for path in ("/login", "/forget", "/t/abcdefgh")]
    assert [page.text for page in pages] == ["login", "forget", "phone"]

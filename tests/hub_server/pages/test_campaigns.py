"""The manager's interface to campaigns over HTTP: a login, counts, switches; never a person."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from hub_server.pages.app import build_app
from tests.hub_server.speaking_hub import Store, message, stores

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.anyio
PASSWORD = "correct horse battery"  # noqa: S105 - of this test's own database
READ = ("campaigns", "reasons", "effects", "funnel", "headlines")


@pytest.fixture
def store(tmp_path: Path) -> "Iterator[Store]":
    for build in stores(tmp_path):
        yield build(message("hello"), message("other", usefulness=0.5))


@pytest.fixture
async def client(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    store.hub.engine.logins.add_user("ada", PASSWORD, 0)
    transport = httpx.ASGITransport(build_app(store.hub.engine), client=("203.0.113.7", 5000))
    async with httpx.AsyncClient(
        transport=transport, base_url="https://store.example", headers={"X-Instep": "1"}
    ) as one:
        yield one


async def login(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/login", json={"user": "ada", "password": PASSWORD})
    assert answer.status_code == 200


async def test_nobody_is_told_anything_without_a_login(client: httpx.AsyncClient) -> None:
    for path in READ:
        assert (await client.get(f"/api/floor/{path}")).status_code == 401
    for path in ("kill", "campaigns/hello/pause", "campaigns/hello/resume"):
        assert (await client.post(f"/api/floor/{path}", json={"on": True})).status_code == 401


async def test_a_manager_pauses_resumes_and_stops_everything(
    store: Store, client: httpx.AsyncClient
) -> None:
    await login(client)
    first = store.shopper()
    assert (await client.post("/api/floor/campaigns/hello/pause")).json() == {"done": True}
    store.hub.pass_s(1)
    assert store.titles(first) == []
    found = (await client.get("/api/floor/campaigns")).json()
    states = {one["id"]: (one["state"], one["why_paused"]) for one in found["campaigns"]}
    assert states == {"hello": ("paused", "Paused by ada."), "other": ("live", "")}
    await client.post("/api/floor/campaigns/hello/resume")
    assert store.titles(store.shopper()) == ["hello"]
    await client.post("/api/floor/kill", json={"on": True})
    assert (await client.get("/api/floor/campaigns")).json()["killed"] is True
    assert store.titles(store.shopper()) == []
    await client.post("/api/floor/kill", json={"on": False})
    assert store.titles(store.shopper()) == ["hello"]


async def test_what_is_not_there_cannot_be_paused(client: httpx.AsyncClient) -> None:
    await login(client)
    assert (await client.post("/api/floor/campaigns/nothing/pause")).status_code == 404
    assert (await client.post("/api/floor/campaigns/*/resume")).status_code == 400
    del client.headers["X-Instep"]
    assert (await client.post("/api/floor/kill", json={"on": True})).status_code == 403


async def test_what_a_manager_reads_names_no_shopper(
    store: Store, client: httpx.AsyncClient
) -> None:
    """Rows 14, 63, 77, 102: the figures are there, and nobody's name or code is."""
    await login(client)
    session = store.shopper()
    store.see(session)
    visit = store.visit(session)
    for path in READ:
        answer = await client.get(f"/api/floor/{path}")
        assert answer.status_code == 200
        for secret in (visit.visit, visit.shopper, visit.visit_code, visit.sent[0].decision):
            assert secret not in answer.text
    headlines = (await client.get("/api/floor/headlines")).json()
    assert headlines["headlines"]["service_count"] == "<5"
    assert headlines["history"][0]["shown"] == "<5"
    assert (await client.get("/api/floor/funnel?days=99")).status_code == 400
    assert (await client.get("/api/floor/effects")).json()["effects"][0]["difference"] is None

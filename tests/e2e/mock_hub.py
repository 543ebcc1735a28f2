"""A small hub without radio or database: the built pages, and the contract's JSON from fixtures.

The pages are looked at and measured against it. It answers every address that the pages ask and
keeps what they post, so that a test can say what a page sent.
"""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from starlette.staticfiles import StaticFiles

from tests.e2e.mock_floor import MANAGER, MAP, WHY, floor_frame
from tests.e2e.mock_shop import HELP, PESTO, SHOP, STAFF

ROOT = Path(__file__).parent.parent.parent
STATIC = ROOT / "hub_server" / "pages" / "static"
# What the hub sends: the pages must work under it.
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'"

WAIT_S = 5.0  # a request that a page has made is here by then, also on a busy machine

CONSENT = {
    "version": 1,
    "language": "en",
    "title": "May Corner Market see where this cart is?",
    "who": "Corner Market GmbH runs this in Corner Market. Nobody else gets it.",
    "what": "While you shop: where this cart or basket is, and for how long it stays there.",
    "why": "To show you where you are and, now and then, to tell you something useful for that "
    "spot. At most three messages a visit.",
    "not": "Not your name, not your phone's number, no camera, no microphone. Not where it is "
    "private: pharmacy, toilets, fitting rooms. Your price is everyone's price.",
    "how_long": "Your path is gone a day after your visit; where you stopped, after 30 days at "
    "most. Pause, leave or delete at any time.",
    "yes_label": "Yes, while I shop",
    "map_label": "Just the map",
    "remember_label": "Remember me for next time",
}

MESSAGES = [
    {
        "decision": "d-7f3k2m",
        "kind": "guide",
        "title": "The pesto is two steps to your left",
        "text": "Sauces stand at the end of this aisle, on the shelf at eye height.",
        "why": [
            "Because you have been at Pasta & sauces for 40 seconds.",
            "Not used: past purchases.",
        ],
        "at_ms": 1_790_000_000_000,
        "for_zone": "pasta",
        "feedback": None,
        "for_everyone": False,
        "items": [{"item": "2002", "name": "Pesto Genovese", "attributes": PESTO["attributes"]}],
        "about": [{"attributes": PESTO["attributes"]}],
        "buttons": ["add_to_list", "route", "bring_it"],
    },
    {
        "decision": "d-2c9x8p",
        "kind": "offer",
        "title": "Two packs of coffee for the price of one and a half",
        "text": "For everyone here until eight this evening. Nothing to show at the till.",
        "why": ["Because you came past Coffee & breakfast.", "The offer is for everyone here."],
        "at_ms": 1_789_999_800_000,
        "for_zone": "breakfast",
        "feedback": "useful",
        "for_everyone": True,
        "items": [],
        "about": [],
        "buttons": [],
    },
]

PHONE: dict[str, Any] = {
    "state": "located",
    "ended": None,
    "place": {
        "x_m": 15.6,
        "y_m": 10.4,
        "radius_m": 1.7,
        "zone": "pasta",
        "zone_name": "Pasta & sauces",
        "level": "L0",
        "age_s": 0.6,
    },
    "messages": [],
    "visit_code": "K7M2QX",
    "join_code": "P4TW9C",
    "paused": False,
    "intent": None,
    "consent": {"locate": True, "message": True, "remember": False},
    "stage": "weighing",
    "mission": {"intent": None, "for_whom": None, "value": None, "minutes": None},
    "choices": {
        "plain": False,
        "alone_today": False,
        "sensitive_ok": False,
        "surprises": False,
        "topics_off": [],
    },
    "light": True,
    "first_visit": False,
    "help": None,
    "list_count": 4,
    "list_rev": 1,
    "orders": [],
}


def public_map(path: Path = MAP) -> dict[str, Any]:
    """A map as the hub draws it: no beacons."""
    document: dict[str, Any] = json.loads(path.read_text())
    document["features"] = [f for f in document["features"] if f["properties"]["kind"] != "beacon"]
    return document


class MockHub:
    """What the pages are shown, and what they posted; a test sets the one and reads the other."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Be as at first: a free cart, a located phone, a floor on a quiet morning."""
        self.tag: dict[str, Any] = {
            "state": "free",
            "store_name": "Corner Market",
            "operator": {"name": "Corner Market GmbH", "contact": "privacy@example.org"},
            "simulated": False,
            "demo": False,
            "consent": CONSENT,
        }
        self.phone: dict[str, Any] = dict(PHONE)
        self.floor: dict[str, Any] = floor_frame()
        self.staff: dict[str, Any] = STAFF
        self.shop: dict[str, Any] = {**SHOP, **MANAGER}
        """What the panels ask for, by the last part of its address."""
        self.map: dict[str, Any] = public_map()
        self.why: dict[str, Any] = WHY
        self.speaks = True
        """False: no live frame is sent, as when the hub hangs."""
        self.closing = False
        self.refusals: dict[str, tuple[int, str] | tuple[int, str, str]] = {}
        """Address to status, code (or none) and text of the refusal it answers with."""
        self.posted: list[tuple[str, Any]] = []

    def paths(self) -> list[str]:
        """The addresses posted to, in order."""
        return [path for path, _ in self.posted]

    def expect(self, path: str, body: Any) -> None:  # noqa: ANN401 - JSON
        """Wait until this was posted: a page may show a change before it has sent it."""
        self._within(lambda: (path, body) in self.posted)
        assert (path, body) in self.posted

    def expect_all(self, wanted: list[tuple[str, Any]], about: str = "") -> None:
        """Wait until just these were posted to addresses with `about` in them, in this order."""
        self._within(lambda: len(self.about(about)) >= len(wanted))
        assert self.about(about) == wanted

    def about(self, part: str) -> list[tuple[str, Any]]:
        return [(path, body) for path, body in self.posted if part in path]

    @staticmethod
    def _within(true: Callable[[], bool]) -> None:
        late = time.monotonic() + WAIT_S
        while not true() and time.monotonic() < late:
            time.sleep(0.02)

    def take(self, path: str, body: Any, method: str = "POST") -> None:  # noqa: ANN401 - JSON
        """Do what the hub would do with a post, as far as the page shows it.

        Heartbeats are not kept: they come when they come.
        """
        if path.endswith("/heartbeat"):
            return
        self.posted.append((path if method == "POST" else f"{method} {path}", body))
        if path.endswith("/mission"):
            self.phone = {**self.phone, "mission": {**self.phone["mission"], **body}}
        elif path.endswith("/choices"):
            self.phone = {**self.phone, "choices": {**self.phone["choices"], **body}}
        elif path.endswith(("/help", "/bring")):
            called = None if method == "DELETE" else {**HELP, **body}
            self.phone = {**self.phone, "help": called}
        elif path.endswith("/kill"):
            self.shop["campaigns"] = {
                **self.shop["campaigns"],
                "killed": body["on"],
                "killed_by": "ada",
            }
        elif path == "/api/phone/pause":
            paused = body["paused"]
            state = "paused" if paused else "located"
            place = None if paused else PHONE["place"]
            self.phone = {**self.phone, "paused": paused, "state": state, "place": place}
        elif path.endswith("/leave"):
            self.phone = {**self.phone, "state": "ended", "ended": "leave", "place": None}


class Routes:
    """The addresses of the contract around a mock hub."""

    def __init__(self, hub: MockHub) -> None:
        self.hub = hub

    def answer(self, request: Request, value: Any) -> Response:  # noqa: ANN401 - JSON
        """Answer with the value, or with the refusal that a test set for this address."""
        status, *code, text = self.hub.refusals.get(request.url.path, (200, ""))
        body = value if status == 200 else {"code": "".join(code) or "refused", "text": text}
        return JSONResponse(body, status_code=status)

    async def page(self, request: Request) -> Response:
        """Serve a built page."""
        names = {"": "floor", "t": "phone", "api-docs": "docs"}
        name = request.url.path.split("/")[1]
        return FileResponse(STATIC / f"{names.get(name, name)}.html")

    async def read(self, request: Request) -> Response:
        """Answer a GET of the API."""
        path = request.url.path
        if path == "/openapi.json":
            return self.answer(request, request.app.openapi())
        values = {
            "map": self.hub.map,
            "tag": self.hub.tag,
            "state": self.hub.phone,
            "why": self.hub.why,
            "help": self.hub.phone["help"],
            **self.hub.shop,
        }
        return self.answer(request, next(v for name, v in values.items() if f"/{name}" in path))

    async def write(self, request: Request) -> Response:
        """Take a POST; without the header that a foreign form cannot set it is refused."""
        if request.headers.get("x-instep") != "1":
            return JSONResponse({"code": "foreign_form", "text": ""}, status_code=403)
        path = request.url.path
        self.hub.take(path, await request.json(), request.method)
        return self.answer(request, self.hub.shop["list"] if "/list" in path else {"done": True})

    async def live(self, request: Request) -> Response:
        """Stream one face's frames, ten a second."""
        refused = self.answer(request, {})
        if refused.status_code != 200:
            return refused
        face = request.url.path.split("/")[2]
        return StreamingResponse(self.frames(face), media_type="text/event-stream")

    async def frames(self, face: str) -> AsyncIterator[str]:
        """The face's frame as it is now, again and again."""
        while not self.hub.closing:
            if self.hub.speaks:
                yield f"event: frame\ndata: {json.dumps(getattr(self.hub, face))}\n\n"
            await asyncio.sleep(0.1)


async def policy(request: Request, call_next: Any) -> Response:  # noqa: ANN401 - starlette's
    """Send the policy that the hub sends."""
    response: Response = await call_next(request)
    response.headers["content-security-policy"] = POLICY
    return response


async def manifest() -> Response:
    """Serve what a home screen shows."""
    return JSONResponse({"name": "Corner Market", "display": "standalone"})


def build_app(hub: MockHub) -> FastAPI:
    """The application around a mock hub."""
    app = FastAPI(title="Instep hub", docs_url=None, redoc_url=None, openapi_url=None)
    routes = Routes(hub)
    app.middleware("http")(policy)
    app.mount("/assets", StaticFiles(directory=STATIC / "assets"))
    for path in ("/", "/t/{code}", "/login", "/forget", "/staff", "/api-docs"):
        app.add_api_route(path, routes.page, include_in_schema=False)
    for path in ("/api/phone/live", "/api/floor/live", "/api/staff/live"):
        app.add_api_route(path, routes.live)
    for path in ("/api/map", "/api/map/drawn", "/api/floor/why/{code}"):
        app.add_api_route(path, routes.read)
    app.add_api_route("/openapi.json", routes.read)
    app.add_api_route("/api/{path:path}", routes.write, methods=["POST"])
    changes = ["PATCH", "DELETE"]
    app.add_api_route("/api/{path:path}", routes.write, methods=changes, include_in_schema=False)
    app.add_api_route("/api/phone/{path:path}", routes.read)
    app.add_api_route("/api/floor/{path:path}", routes.read)
    app.add_api_route("/manifest.webmanifest", manifest, include_in_schema=False)
    return app


class Served:
    """A mock hub behind a port that the system picked, in a thread of its own."""

    def __init__(self) -> None:
        self.hub = MockHub()
        config = uvicorn.Config(
            build_app(self.hub), port=0, log_level="error", timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def close(self) -> None:
        """Stop serving."""
        self.hub.closing = True
        self._server.should_exit = True
        self._thread.join()

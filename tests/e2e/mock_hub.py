"""A small hub without radio or database: the built pages, and the contract's JSON from fixtures.

The pages are looked at and measured against it. It answers every address that the pages ask and
keeps what they post, so that a test can say what a page sent.
"""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse
from starlette.staticfiles import StaticFiles

ROOT = Path(__file__).parent.parent.parent
STATIC = ROOT / "hub_server" / "pages" / "static"
MAP = ROOT / "store_maps" / "corner_market" / "map.geojson"
# What the hub sends: the pages must work under it.
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'"

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
            "You have been at Pasta & sauces for 40 seconds.",
            "Shoppers who stop here often look for a sauce.",
        ],
        "at_ms": 1_790_000_000_000,
        "for_zone": "pasta",
        "feedback": None,
    },
    {
        "decision": "d-2c9x8p",
        "kind": "offer",
        "title": "Two packs of coffee for the price of one and a half",
        "text": "For everyone here until eight this evening. Nothing to show at the till.",
        "why": ["You came past Coffee & breakfast.", "The offer is for everyone in the store."],
        "at_ms": 1_789_999_800_000,
        "for_zone": "breakfast",
        "feedback": "useful",
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
}

# Zone, shoppers, dwell_s: a quiet Saturday morning.
ZONES = (
    ("produce", 5, 74.0),
    ("bakery", 2, 41.0),
    ("deli", 3, 132.0),
    ("dairy", 1, 18.0),
    ("breakfast", 0, 0.0),
    ("pasta", 4, 66.0),
    ("snacks", 1, 25.0),
    ("home-care", 0, 0.0),
    ("body-care", 1, 31.0),
    ("frozen", 2, 22.0),
    ("wine", 6, 201.0),
    ("drinks", 1, 12.0),
    ("entrance", 1, 9.0),
    ("cart-bay", 1, 14.0),
    ("offers", 2, 20.0),
    ("queue", 2, 88.0),
    ("checkout", 3, 95.0),
)
STAGES = (
    ("arriving", 3),
    ("exploring", 11),
    ("purposeful", 6),
    ("engaged", 7),
    ("weighing", 4),
    ("stuck", 1),
    ("checkout", 5),
    ("leaving", 0),
)
JOURNEY: dict[str, Any] = {
    "model": "packaged 8f3ac16b4df1",
    "by_rules": False,
    "window_s": 2520,
    "stage_unknown_count": 2,
    "sure_share": 0.413,
    "flips_per_min": 2.04,
    "unplaced_share": 0.031,
    "payments": {"part": 11, "count": 12},
    "checkouts": {"part": 11, "count": 14},
}
DOTS = (
    *((22.4, 7.0), (24.1, 9.2), (27.8, 11.3), (28.9, 6.2), (25.6, 12.6), (24.0, 17.5)),
    *((27.0, 15.0), (18.2, 18.0), (19.8, 17.2), (21.4, 15.1), (13.0, 18.2), (15.6, 9.4)),
    *((14.6, 12.0), (16.4, 13.6), (15.2, 15.3), (12.0, 12.7), (8.6, 14.4), (1.4, 9.0)),
    *((4.9, 11.7), (1.2, 14.2), (2.8, 15.5), (4.4, 17.6), (1.6, 18.6), (5.0, 14.1)),
    *((3.5, 19.0), (8.0, 18.7), (26.4, 2.0), (22.3, 2.6), (9.5, 7.4), (16.8, 7.7)),
    *((10.4, 5.8), (14.1, 5.7), (9.0, 2.2), (12.9, 3.4), (16.9, 1.8)),
)
SILENT = (
    ("unsure_where", "Not sure enough where the shopper is", 214),
    ("quiet_zone", "A zone where nothing is said", 96),
    ("cap_same", "This message was already shown on this visit", 61),
    ("stale", "The place was too old", 22),
    ("muted", "The shopper does not want this topic", 9),
    ("bought", "Already bought", 4),
)
SENT = (
    ("d-7f3k2m", "pasta-sauce-guide", "guide", "pasta", True),
    ("d-2c9x8p", "coffee-for-all", "offer", "breakfast", True),
    ("d-9q4h1s", "wine-help", "help", "wine", False),
    ("d-5b8r3t", "return-it-here", "reassure", "entrance", True),
)
WHY = {
    "decision": "d-7f3k2m",
    "at_ms": 1_790_000_000_000,
    "zone": "pasta",
    "stage": "weighing",
    "stage_p": 0.62,
    "stage_gate": 0.55,
    "needs_stage": True,
    "outcome": "send",
    "code": "sent",
    "campaign": "pasta-sauce-guide",
    "title": "Pasta sauces",
    "asked_again": True,
    "gates": [
        {"gate": "consent", "ok": True, "why": "messages allowed", "campaign": None},
        {"gate": "unreachable", "ok": True, "why": "page visible 2 s ago", "campaign": None},
        {"gate": "unsure_where", "ok": True, "why": "zone_p 0.93 >= 0.8", "campaign": None},
        {
            "gate": "cap_same",
            "ok": False,
            "why": "shown once on this visit",
            "campaign": "wine-help",
        },
    ],
}


def floor_frame() -> dict[str, Any]:
    """One second of the floor."""
    names = {f["id"]: f["properties"].get("name", f["id"]) for f in public_map()["features"]}
    most = max(count for _, count, _ in ZONES)
    at_ms = 1_790_000_000_000
    return {
        "at_ms": at_ms,
        "store": {"id": "corner-market", "name": "Corner Market"},
        "simulated": True,
        "replayed": False,
        "badge": "live",
        "late_s": 0.4,
        "shoppers_count": 37,
        "zones": [
            {
                "zone": zone,
                "name": names.get(zone, zone),
                "count": count,
                "dwell_s": dwell_s,
                "heat": count / most,
            }
            for zone, count, dwell_s in ZONES
        ],
        "unknown_count": 2,
        "stages": [{"stage": stage, "count": count} for stage, count in STAGES],
        "journey": JOURNEY,
        "agents": [
            {
                "agent": "corner-market.till",
                "up": True,
                "late_s": 0.7,
                "radio": "ok",
                "queued_count": 0,
                "version": "0.1.0",
            },
            {
                "agent": "corner-market.wine",
                "up": False,
                "late_s": 94.0,
                "radio": "missing",
                "queued_count": 18,
                "version": "0.1.0",
            },
        ],
        "dots": [{"x_m": x, "y_m": y, "radius_m": 1.5, "level": "L0"} for x, y in DOTS],
        "decisions": {
            "sent": 48,
            "silent": [{"code": c, "text": t, "count": n} for c, t, n in SILENT],
        },
        "messages": [
            {
                "decision": decision,
                "campaign": campaign,
                "kind": kind,
                "zone": zone,
                "at_ms": at_ms - 40_000 * i,
                "shown": shown,
            }
            for i, (decision, campaign, kind, zone, shown) in enumerate(SENT)
        ],
        "alarms": [],
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
        self.map: dict[str, Any] = public_map()
        self.why: dict[str, Any] = WHY
        self.speaks = True
        """False: no live frame is sent, as when the hub hangs."""
        self.closing = False
        self.refusals: dict[str, tuple[int, str] | tuple[int, str, str]] = {}
        """Address to status, code (or none) and text of the refusal it answers with."""
        self.posted: list[tuple[str, Any]] = []

    def paths(self) -> list[str]:
        """The addresses posted to, in order, without heartbeats."""
        return [path for path, _ in self.posted if not path.endswith("/heartbeat")]

    def take(self, path: str, body: Any) -> None:  # noqa: ANN401 - JSON
        """Do what the hub would do with a post, as far as the page shows it."""
        self.posted.append((path, body))
        if path.endswith("/mission"):
            self.phone = {**self.phone, "intent": body["intent"]}
        elif path.endswith("/pause"):
            paused = body["paused"]
            state = "paused" if paused else "located"
            self.phone = {**self.phone, "paused": paused, "state": state}
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
        }
        return self.answer(request, next(v for name, v in values.items() if f"/{name}" in path))

    async def write(self, request: Request) -> Response:
        """Take a POST; without the header that a foreign form cannot set it is refused."""
        if request.headers.get("x-instep") != "1":
            return JSONResponse({"code": "foreign_form", "text": ""}, status_code=403)
        self.hub.take(request.url.path, await request.json())
        return self.answer(request, {})

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


def build_app(hub: MockHub) -> FastAPI:
    """The application around a mock hub."""
    app = FastAPI(title="Instep hub", docs_url=None, redoc_url=None, openapi_url=None)
    routes = Routes(hub)
    app.middleware("http")(policy)
    app.mount("/assets", StaticFiles(directory=STATIC / "assets"))
    for path in ("/", "/t/{code}", "/login", "/forget", "/api-docs"):
        app.add_api_route(path, routes.page, include_in_schema=False)
    for path in ("/api/phone/live", "/api/floor/live"):
        app.add_api_route(path, routes.live)
    for path in ("/api/map", "/api/phone/tag/{code}", "/api/phone/state", "/api/floor/why/{code}"):
        app.add_api_route(path, routes.read)
    app.add_api_route("/openapi.json", routes.read)
    app.add_api_route("/api/{path:path}", routes.write, methods=["POST"])
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

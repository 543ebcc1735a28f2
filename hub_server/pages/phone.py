"""The shopper's page: asks first, then shows the place and the messages, and lets go at a tap."""

from collections.abc import AsyncIterator
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Cookie, Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field

from hub_server import consent
from hub_server.engine import Session
from hub_server.pages.surroundings import (
    SHOPPER_COOKIE,
    Hub,
    address,
    is_https,
    page,
    phone_page,
)
from hub_server.views.hub import Feedback as Opinion

router = APIRouter()
own = [Depends(phone_page)]

# A browser keeps the cookie this long only where the shopper ticked "remember me".
REMEMBER_S: Final = 365 * 24 * 3600
LANGUAGES: Final = ("en", "de")
# The language of a map whose names are its author's.
DRAWN: Final = ""

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{4,64}$")]
Shopper = Annotated[str | None, Cookie(alias=SHOPPER_COOKIE)]
Language = Annotated[str, Header(alias="accept-language")]


class Yes(BaseModel):
    """The shopper said yes to being located and written to on this visit."""

    code: Code
    remember: bool = False
    takeover: bool = False
    language: Literal["en", "de"] = "en"


class Join(BaseModel):
    """A second phone joins the visit whose page shows this code."""

    join_code: Code


class VisitCode(BaseModel):
    """The six characters by which a visit is forgotten from any browser."""

    visit_code: Code


class Visible(BaseModel):
    """A sign of life, and whether anybody could read the page."""

    visible: bool


class Receipt(BaseModel):
    """What became of a message on this phone."""

    kind: Literal["received", "shown", "tapped", "dismissed"]


class Feedback(BaseModel):
    """What the shopper thinks of a message."""

    kind: Opinion


class Paused(BaseModel):
    """Whether to stop looking for a while."""

    paused: bool


def language_of(header: str) -> str:
    """The first language of an Accept-Language header that we speak, else English."""
    wanted = [part.strip()[:2].lower() for part in header.split(",")]
    return next((name for name in wanted if name in LANGUAGES), "en")


def as_json(value: object) -> Response:
    """A struct as it is."""
    return Response(msgspec.json.encode(value), media_type="application/json")


def _with_cookie(request: Request, session: Session) -> Response:
    response = JSONResponse({"visit_code": session.visit_code, "join_code": session.join_code})
    set_cookie(response, request, session.cookie, remembered=session.remembered)
    return response


def set_cookie(response: Response, request: Request, cookie: str, *, remembered: bool) -> None:
    """The only cookie; without the tick it goes with the browser."""
    response.set_cookie(
        SHOPPER_COOKIE,
        cookie,
        max_age=REMEMBER_S if remembered else None,
        httponly=True,
        samesite="lax",
        secure=is_https(request),
    )


def _without_cookie() -> Response:
    response = JSONResponse({"done": True})
    response.delete_cookie(SHOPPER_COOKIE)
    return response


@router.get("/t/{code}", include_in_schema=False)
async def show(code: str) -> Response:  # noqa: ARG001 - the page reads the code from its address
    """The page behind a cart's QR code. Nothing is stored and no cookie is set."""
    return page("phone")


@router.get("/forget", include_in_schema=False)
async def show_forget() -> Response:
    """The page that forgets a visit by its code."""
    return page("forget")


@router.get("/api/phone/tag/{code}")
async def look(code: Code, hub: Hub, cookie: Shopper = None, language: Language = "en") -> Response:
    """What this code stands for, and what is asked before anything begins. Writes nothing."""
    view = hub.look(code, cookie)
    words = consent.shown(language_of(language), view.store_name, view.operator.name)
    shown = {"replayed": hub.settings.replayed, "consent": words}
    return as_json({**msgspec.to_builtins(view), **shown})


@router.get("/api/map")
async def drawing(request: Request, language: Language = "en") -> Response:
    """The store's map as GeoJSON in metres, without beacon identities, named in their language."""
    return _drawing(request, language_of(language), {"vary": "accept-language"})


@router.get("/api/map/drawn")
async def as_drawn(request: Request) -> Response:
    """The same with the names that its author gave, for those who work there."""
    return _drawing(request, DRAWN, {})


def _drawing(request: Request, language: str, headers: dict[str, str]) -> Response:
    shown = request.app.state.map_json[language]
    return Response(shown, media_type="application/geo+json", headers=headers)


@router.post("/api/phone/yes", dependencies=own)
async def say_yes(body: Yes, request: Request, hub: Hub, cookie: Shopper = None) -> Response:
    """Pair the tag with a visit of this phone and set the only cookie."""
    session = hub.say_yes(
        body.code,
        cookie,
        remember=body.remember,
        takeover=body.takeover,
        language=body.language,
    )
    return _with_cookie(request, session)


@router.post("/api/phone/join", dependencies=own)
async def join(body: Join, request: Request, hub: Hub, cookie: Shopper = None) -> Response:
    """Let a second phone see the same visit."""
    return _with_cookie(request, hub.join(body.join_code, cookie, client=address(request)))


@router.get("/api/phone/state")
async def state(hub: Hub, cookie: Shopper = None) -> Response:
    """Everything that the page shows."""
    return as_json(hub.page(cookie))


@router.get("/api/phone/live", response_class=EventSourceResponse)
async def live(hub: Hub, cookie: Shopper = None) -> AsyncIterator[ServerSentEvent]:
    """The same, each time it changes; the newest wins."""
    async for frame in hub.phone_frames(cookie):
        yield ServerSentEvent(raw_data=frame.decode(), event="frame")


@router.post("/api/phone/heartbeat", dependencies=own)
async def heartbeat(body: Visible, hub: Hub, cookie: Shopper = None) -> Response:
    """The page is open; a message can be read only where it is visible too."""
    hub.heartbeat(cookie, visible=body.visible)
    return JSONResponse({"done": True})


@router.post("/api/phone/messages/{decision}/receipt", dependencies=own)
async def receipt(decision: Code, body: Receipt, hub: Hub, cookie: Shopper = None) -> Response:
    """Received, shown for a second, tapped or dismissed."""
    hub.receipt(cookie, decision, body.kind)
    return JSONResponse({"done": True})


@router.post("/api/phone/messages/{decision}/feedback", dependencies=own)
async def feedback(decision: Code, body: Feedback, hub: Hub, cookie: Shopper = None) -> Response:
    """Useful, less, not for me (that topic ends), stop for today, or wrong place."""
    hub.feedback(cookie, decision, body.kind)
    return JSONResponse({"done": True})


@router.post("/api/phone/pause", dependencies=own)
async def pause(body: Paused, hub: Hub, cookie: Shopper = None) -> Response:
    """Stop looking, or begin again."""
    hub.pause(cookie, paused=body.paused)
    return JSONResponse({"done": True})


@router.post("/api/phone/leave", dependencies=own)
async def leave(hub: Hub, cookie: Shopper = None) -> Response:
    """End the visit; the cart is free again."""
    hub.leave(cookie)
    return JSONResponse({"done": True})


@router.post("/api/phone/delete", dependencies=own)
async def delete(hub: Hub, cookie: Shopper = None) -> Response:
    """Forget this shopper: no row and no byte stays."""
    hub.delete(cookie)
    return _without_cookie()


@router.post("/api/phone/delete-by-code", dependencies=own)
async def delete_by_code(body: VisitCode, request: Request, hub: Hub) -> Response:
    """Forget a visit from any browser."""
    if not hub.delete_by_code(body.visit_code, client=address(request)):
        text = "No visit has this code. It may be forgotten already."
        return JSONResponse({"code": "unknown_code", "text": text}, status_code=404)
    return _without_cookie()

"""The manager's page: how many are where, what was said, and why not more."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field

from hub_server.engine import Refused
from hub_server.pages.phone import Code, as_json
from hub_server.pages.surroundings import (
    FLOOR_COOKIE,
    Hub,
    address,
    is_https,
    manager,
    own_page,
    page,
)

router = APIRouter()
own = [Depends(own_page)]
Token = Annotated[str, Cookie(alias=FLOOR_COOKIE)]


class Login(BaseModel):
    """A manager's name and password."""

    user: Annotated[str, Field(max_length=64)]
    password: Annotated[str, Field(max_length=256)]


@router.get("/login", include_in_schema=False)
async def show_login() -> Response:
    """The form."""
    return page("login")


@router.get("/", include_in_schema=False)
async def show(hub: Hub, token: Token = "") -> Response:
    """The floor, or the way to the login."""
    if hub.session(token) is None:
        return RedirectResponse("/login", status_code=303)
    return page("floor")


@router.post("/api/login", dependencies=own)
async def login(body: Login, request: Request, hub: Hub) -> Response:
    """Begin a session; too many wrong passwords wait."""
    token = hub.check_login(body.user, body.password, client=address(request))
    if token is None:
        raise Refused(401, "wrong_login", "This name and password do not fit together.")
    response = JSONResponse({"done": True})
    response.set_cookie(
        FLOOR_COOKIE, token, httponly=True, samesite="strict", secure=is_https(request)
    )
    return response


@router.post("/api/logout", dependencies=own)
async def logout(hub: Hub, token: Token = "") -> Response:
    """End the session, here and in the database."""
    hub.logout(token)
    response = JSONResponse({"done": True})
    response.delete_cookie(FLOOR_COOKIE)
    return response


@router.get("/api/floor/live", response_class=EventSourceResponse, dependencies=[Depends(manager)])
async def live(hub: Hub, token: Token = "") -> AsyncIterator[ServerSentEvent]:
    """The floor, once a second; the newest wins; until the login ends."""
    async for frame in hub.floor_frames():
        if hub.session(token) is None:
            return
        yield ServerSentEvent(raw_data=frame.decode(), event="frame")


@router.get("/api/floor/why/{decision}", dependencies=[Depends(manager)])
async def why(decision: Code, hub: Hub) -> Response:
    """Why one decision fell as it did, gate by gate, for the code that a shopper shows."""
    return as_json(hub.why(decision))

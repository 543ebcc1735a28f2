"""The staff's page: who needs help where, since when, about what; nothing of who asks."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Cookie, Depends, Response
from fastapi.responses import RedirectResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field

from hub_server.goods.typed_text import one_line
from hub_server.pages.phone import Code, as_json
from hub_server.pages.surroundings import FLOOR_COOKIE, Hub, manager, own_page, page
from hub_server.staff.tasks import MINUTES_MAX

# A first name, and a letter of the second where two have the same.
NAME_CHARS_MAX: Final = 40

router = APIRouter()
User = Annotated[str, Depends(manager)]
own = [Depends(own_page)]


class Taken(BaseModel):
    """Who goes, as the shopper will read it, and in how many minutes."""

    who: Annotated[str | None, Field(max_length=NAME_CHARS_MAX)] = None
    minutes: Annotated[float | None, Field(ge=0, le=MINUTES_MAX)] = None


@router.get("/staff", include_in_schema=False)
async def show(hub: Hub, token: Annotated[str, Cookie(alias=FLOOR_COOKIE)] = "") -> Response:
    """The requests, or the way to the login."""
    if hub.session(token) is None:
        return RedirectResponse("/login?next=/staff", status_code=303)
    return page("staff")


@router.get("/api/staff/live", response_class=EventSourceResponse, dependencies=[Depends(manager)])
async def live(
    hub: Hub, token: Annotated[str, Cookie(alias=FLOOR_COOKIE)] = ""
) -> AsyncIterator[ServerSentEvent]:
    """The requests at each change, and once a second; until the login ends."""
    async for frame in hub.rooms.aisle.help.frames():
        if hub.session(token) is None:
            return
        yield ServerSentEvent(raw_data=frame.decode(), event="frame")


@router.post("/api/staff/tasks/{task}/take", dependencies=own)
async def take(task: Code, body: Taken, hub: Hub, user: User) -> Response:
    """Somebody goes, and the shopper reads who."""
    who = one_line(body.who, NAME_CHARS_MAX) or user
    with hub.answering():
        view, visit = hub.rooms.aisle.help.take(task, who, body.minutes)
    if visit is not None:
        hub.show(visit)
    return as_json(view)


@router.post("/api/staff/tasks/{task}/done", dependencies=[*own, Depends(manager)])
async def done(task: Code, hub: Hub) -> Response:
    """It is done."""
    with hub.answering():
        view, visit = hub.rooms.aisle.help.done(task)
    if visit is not None:
        hub.show(visit)
    return as_json(view)

"""The shopper's list, search and requests: what the phone asks for while walking."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from hub_server.pages.phone import Code, Shopper, as_json
from hub_server.pages.surroundings import Hub, phone_page
from hub_server.place.nearby import NEAR_COUNT
from hub_server.shopping_list.lines import TEXT_CHARS_MAX
from hub_server.staff.help_desk import ABOUT_CHARS_MAX

router = APIRouter()
own = [Depends(phone_page)]

Item = Annotated[str, Field(min_length=1, max_length=64)]
Text = Annotated[str, Field(max_length=TEXT_CHARS_MAX)]
# Nobody says that they have longer for a list than a day.
Minutes = Annotated[float | None, Query(ge=0, le=24 * 60)]


class Written(BaseModel):
    """A new line: free text, or an item of the catalogue."""

    text: Text | None = None
    item: Item | None = None


class Changed(Written):
    """A line ticked off or not after all, or written anew."""

    done: bool | None = None


class Wish(BaseModel):
    """What staff are to bring."""

    item: Item


class Question(BaseModel):
    """What help is asked for, in the shopper's words."""

    about: Annotated[str | None, Field(max_length=ABOUT_CHARS_MAX)] = None


@router.get("/api/phone/list")
async def show_list(hub: Hub, cookie: Shopper = None, minutes: Minutes = None) -> Response:
    """The list in walking order; with `minutes`, as much of it as there is time for."""
    with hub.answering():
        return as_json(hub.rooms.aisle.lists.view(cookie, minutes))


@router.post("/api/phone/list", dependencies=own)
async def add(body: Written, hub: Hub, cookie: Shopper = None) -> Response:
    """Write a line."""
    with hub.answering():
        return as_json(hub.rooms.aisle.lists.add(cookie, body.text, body.item))


@router.patch("/api/phone/list/{line}", dependencies=own)
async def change(line: Code, body: Changed, hub: Hub, cookie: Shopper = None) -> Response:
    """Tick a line off, or write it anew."""
    with hub.answering():
        changed = hub.rooms.aisle.lists.change(
            cookie, line, done=body.done, text=body.text, item=body.item
        )
        return as_json(changed)


@router.delete("/api/phone/list/{line}", dependencies=own)
async def remove(line: Code, hub: Hub, cookie: Shopper = None) -> Response:
    """Take a line off."""
    with hub.answering():
        return as_json(hub.rooms.aisle.lists.remove(cookie, line))


@router.get("/api/phone/find")
async def find(
    hub: Hub, q: Annotated[str, Query(max_length=TEXT_CHARS_MAX)], cookie: Shopper = None
) -> Response:
    """Where something is, and the way there."""
    with hub.answering():
        return as_json(hub.rooms.aisle.finding.find(cookie, q))


@router.get("/api/phone/way")
async def way(
    hub: Hub, item: Annotated[str, Query(max_length=64)], cookie: Shopper = None
) -> Response:
    """The way to one item."""
    with hub.answering():
        return as_json(hub.rooms.aisle.finding.way(cookie, item))


@router.get("/api/phone/near")
async def near(
    hub: Hub,
    count: Annotated[int, Query(ge=1, le=15)] = NEAR_COUNT,
    cookie: Shopper = None,
) -> Response:
    """What is useful near the shopper now; more than five where the phone filters by diet."""
    with hub.answering():
        return as_json(hub.rooms.aisle.nearby.near(cookie, count))


@router.post("/api/phone/bring", dependencies=own)
async def bring(body: Wish, hub: Hub, cookie: Shopper = None) -> Response:
    """Have staff bring something to where the shopper is."""
    with hub.answering():
        answer, visit = hub.rooms.aisle.help.bring(cookie, body.item)
    hub.show(visit)
    return as_json(answer)


@router.get("/api/phone/help")
async def show_help(hub: Hub, cookie: Shopper = None) -> Response:
    """The request that is open, or was over a moment ago."""
    with hub.answering():
        return as_json(hub.rooms.aisle.help.shown(cookie))


@router.post("/api/phone/help", dependencies=own)
async def ask(body: Question, hub: Hub, cookie: Shopper = None) -> Response:
    """Ask for somebody to come."""
    with hub.answering():
        answer, visit = hub.rooms.aisle.help.ask(cookie, body.about)
    hub.show(visit)
    return as_json(answer)


@router.delete("/api/phone/help", dependencies=own)
async def cancel(hub: Hub, cookie: Shopper = None) -> Response:
    """Nobody is needed any more."""
    with hub.answering():
        visit = hub.rooms.aisle.help.cancel(cookie)
    hub.show(visit)
    return JSONResponse({"done": True})


@router.get("/api/phone/orders")
async def orders(hub: Hub, cookie: Shopper = None) -> Response:
    """How far the shopper's orders are."""
    return as_json(hub.page(cookie).orders)

"""Web push at the phone: subscribe and unsubscribe, the worker that wakes, buttons of a message."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Cookie, Depends, Response
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, Field

from hub_server.engine import Engine, Refused
from hub_server.pages.surroundings import SHOPPER_COOKIE, STATIC, Hub, page, phone_page
from hub_server.push.guard import ENDPOINT_CHARS_MAX
from hub_server.push.subscriptions import KEY_CHARS_MAX
from hub_server.visit.visits import Sent, Visit

router = APIRouter()
own = [Depends(phone_page)]

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{4,64}$")]
Shopper = Annotated[str | None, Cookie(alias=SHOPPER_COOKIE)]
# One tap brings one thing; a message about more of them is a choice to make on the page.
BROUGHT_MAX: Final = 1
# A worker is asked for at each start of the page; a kept copy would hold back a repair for a day.
UNKEPT: Final = {"cache-control": "no-cache"}


class Keys(BaseModel):
    """The browser's half of the encryption."""

    p256dh: str = Field(max_length=KEY_CHARS_MAX)
    auth: str = Field(max_length=KEY_CHARS_MAX)


class Act(BaseModel):
    """A button of a message."""

    action: Literal["add_to_list", "bring_it", "call_staff"]


class Subscribe(BaseModel):
    """What `PushSubscription.toJSON()` gives."""

    endpoint: str = Field(max_length=ENDPOINT_CHARS_MAX)
    keys: Keys


@router.get("/api/phone/push")
async def state(hub: Hub, cookie: Shopper = None) -> Response:
    """The hub's public key (null: no push here), and whether this phone is subscribed."""
    room = hub.rooms.push
    with hub.answering():
        return JSONResponse({"key": room.key, "on": room.phones.is_on(cookie)})


@router.post("/api/phone/push", dependencies=own)
async def subscribe(body: Subscribe, hub: Hub, cookie: Shopper = None) -> Response:
    """Wake this phone while its visit lasts. Its endpoint must be a browser's push service."""
    room = hub.rooms.push
    with hub.answering():
        # Names are looked up for shoppers of this store alone.
        room.phones.may(cookie)
    await room.check(body.endpoint)
    with hub.answering():
        keys = body.keys
        visit = room.phones.subscribe(cookie, body.endpoint, keys.p256dh, keys.auth)
    hub.show(visit)
    return JSONResponse({"on": True})


@router.delete("/api/phone/push", dependencies=own)
async def unsubscribe(hub: Hub, cookie: Shopper = None) -> Response:
    """Wake this phone no more."""
    with hub.answering():
        hub.rooms.push.phones.unsubscribe(cookie)
    return JSONResponse({"on": False})


@router.post("/api/phone/messages/{decision}/act", dependencies=own)
async def act(decision: Code, body: Act, hub: Hub, cookie: Shopper = None) -> Response:
    """Do what a button of a message says; which items it is about the hub knows, not the phone."""
    visit = hub.rooms.house.desk.own(cookie)
    sent = next((one for one in visit.sent if one.decision == decision), None)
    if sent is None or body.action not in sent.buttons:
        raise Refused(404, "unknown", "This message has no such button.")
    with hub.answering():
        DEEDS[body.action](hub, cookie, visit, sent)
    hub.show(visit)
    return JSONResponse({"done": True})


def _add_to_list(hub: Engine, cookie: str | None, visit: Visit, sent: Sent) -> None:
    """What is on the list already is not written twice."""
    wanted = {one.item for one in visit.wanted}
    lists = hub.rooms.aisle.lists
    for item in sent.items:
        if item not in wanted:
            lists.add(cookie, None, item)


def _bring_it(hub: Engine, cookie: str | None, _visit: Visit, sent: Sent) -> None:
    for item in sent.items[:BROUGHT_MAX]:
        hub.rooms.aisle.help.bring(cookie, item)


def _call_staff(hub: Engine, cookie: str | None, _visit: Visit, sent: Sent) -> None:
    hub.rooms.aisle.help.ask(cookie, sent.title)


DEEDS: Final[Mapping[str, Callable[[Engine, str | None, Visit, Sent], None]]] = {
    "add_to_list": _add_to_list,
    "bring_it": _bring_it,
    "call_staff": _call_staff,
}


@router.get("/m/{decision}", include_in_schema=False)
async def message(decision: Code, hub: Hub, cookie: Shopper = None) -> Response:
    """Where a notification leads: the page of this phone's own visit, at that message."""
    visit = hub.rooms.house.desk.visit_of(cookie)
    tag = hub.tags.by_tag([*visit.handles.values()][-1]) if visit and visit.handles else None
    if tag is None:
        return page("phone")
    return RedirectResponse(f"/t/{tag.code}#m={decision}", status_code=303, headers=UNKEPT)


@router.get("/sw.js", include_in_schema=False)
async def worker() -> Response:
    """The script that wakes; at the root, since it serves every page."""
    return _file("sw.js", "text/javascript")


@router.get("/manifest.webmanifest", include_in_schema=False)
async def manifest(hub: Hub) -> Response:
    """What a home screen shows. Without `start_url`: it opens the page that it was added from."""
    name = hub.floor_map.name
    icons = [
        {"src": f"/icon-{side}.png", "sizes": f"{side}x{side}", "type": "image/png"}
        for side in (192, 512)
    ]
    shown = {"name": name, "short_name": name[:12], "display": "standalone", "icons": icons}
    return Response(msgspec.json.encode(shown), media_type="application/manifest+json")


@router.get("/icon-{side}.png", include_in_schema=False)
async def icon(side: int) -> Response:
    """The icon of a notification and of the home screen."""
    return _file(f"icon-{side}.png", "image/png")


def _file(name: str, kind: str) -> Response:
    path = Path(STATIC) / name
    if not path.is_file():
        raise Refused(404, "no_pages", "This hub was installed without its pages.")
    return FileResponse(path, media_type=kind, headers=UNKEPT)

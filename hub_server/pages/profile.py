"""The shopper's own page: the mission, what is chosen, what is known, and how it is taken back."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from hub_server.mission import MINUTES_MAX
from hub_server.pages.phone import Shopper
from hub_server.pages.surroundings import Hub, own_page
from hub_server.preferences import Wish
from hub_server.snapshot import ForWhom, Intent, Value

router = APIRouter()
own = [Depends(own_page)]
DONE: Final = {"done": True}

TOPICS_MAX: Final = 100
Topic = Annotated[str, Field(pattern=r"^[\w.:-]{1,64}$")]
Topics = Annotated[tuple[Topic, ...], Field(max_length=TOPICS_MAX)]
ItemId = Annotated[str, Field(min_length=1, max_length=64)]


class Mission(BaseModel):
    """What the visit is for, in the shopper's own taps; null takes one back, absent leaves it."""

    intent: Intent | None = None
    for_whom: ForWhom | None = None
    value: Value | None = None
    minutes: Annotated[float, Field(gt=0, le=MINUTES_MAX)] | None = None


class Choices(BaseModel):
    """Standing choices; absent leaves one as it is."""

    plain: bool | None = None
    alone_today: bool | None = None
    push: bool | None = None
    sensitive_ok: bool | None = None
    topics_off: Topics | None = None
    topics_less: Topics | None = None


class Gift(BaseModel):
    """Whether an item is to stay a surprise."""

    item: ItemId
    gift: bool


class Contradiction(BaseModel):
    """The shopper says that a finding is wrong."""

    said: Literal["no"]


@router.post("/api/phone/mission", dependencies=own)
async def mission(body: Mission, hub: Hub, cookie: Shopper = None) -> Response:
    """What this visit is for; ends with it."""
    changes = body.model_dump(exclude_unset=True)
    with hub.answering():
        hub.show(hub.rooms.mission.say(cookie, changes))
    return JSONResponse(DONE)


@router.post("/api/phone/choices", dependencies=own)
async def choices(body: Choices, hub: Hub, cookie: Shopper = None) -> Response:
    """Topics, push, plain, leave me alone today."""
    with hub.answering():
        visit = hub.rooms.preferences.change(cookie, Wish(**body.model_dump()))
        if visit is not None:
            hub.show(visit)
    return JSONResponse(DONE)


@router.post("/api/phone/gift", dependencies=own)
async def gift(body: Gift, hub: Hub, cookie: Shopper = None) -> Response:
    """Mark an item as a gift, or no longer."""
    with hub.answering():
        visit = hub.rooms.gifts.say(cookie, body.item, gift=body.gift)
        if visit is not None:
            hub.show(visit)
    return JSONResponse(DONE)


@router.delete("/api/phone/facts/{fact:path}", dependencies=own)
async def forget(fact: str, hub: Hub, cookie: Shopper = None) -> Response:
    """Delete a conclusion; it does not come back from the same evidence."""
    with hub.answering():
        visit = hub.rooms.facts.delete(cookie, fact)
        if visit is not None:
            hub.show(visit)
    return JSONResponse(DONE)


@router.post("/api/phone/facts/{fact:path}", dependencies=own)
async def contradict(
    fact: str,
    body: Contradiction,  # noqa: ARG001 - there is one thing to say
    hub: Hub,
    cookie: Shopper = None,
) -> Response:
    """Say that a finding is wrong; declared beats inferred for good."""
    with hub.answering():
        visit = hub.rooms.facts.contradict(cookie, fact)
        if visit is not None:
            hub.show(visit)
    return JSONResponse(DONE)

"""The shopper's own page: the mission, what is chosen, what is known, and how it is taken back."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from hub_server import consent
from hub_server.campaign import rules as campaign_rules
from hub_server.decision.snapshot import ForWhom, Intent, Value
from hub_server.pages.phone import Code, Language, Shopper, as_json, language_of, set_cookie
from hub_server.pages.surroundings import Hub, address, manager, phone_page
from hub_server.shopper.ideas import CHARS_MAX
from hub_server.shopper.mission import MINUTES_MAX
from hub_server.shopper.preferences import Wish

router = APIRouter()
own = [Depends(phone_page)]
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
    surprises: bool | None = None
    topics_off: Topics | None = None
    topics_less: Topics | None = None


class Gift(BaseModel):
    """Whether an item is to stay a surprise."""

    item: ItemId
    gift: bool


class Purpose(BaseModel):
    """One purpose, given or taken back."""

    purpose: consent.Purpose
    on: bool


class Number(BaseModel):
    """A customer number; only a digest of it is kept."""

    number: Annotated[str, Field(min_length=1, max_length=64)]


class Idea(BaseModel):
    """What the shopper writes to the store; `about` is a message."""

    text: Annotated[str, Field(min_length=1, max_length=CHARS_MAX)]
    about: Code | None = None


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
        visit = hub.rooms.profile.forget(cookie, fact)
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


@router.get("/api/phone/profile")
async def profile(hub: Hub, cookie: Shopper = None, language: Language = "en") -> Response:
    """Everything that is known of this phone's shopper, and how each part is taken back."""
    with hub.answering():
        return as_json(hub.rooms.profile.of(cookie, language_of(language)))


@router.get("/api/phone/export")
async def export(hub: Hub, cookie: Shopper = None) -> Response:
    """Every row that is kept of this phone's shopper, as a file."""
    with hub.answering():
        response = as_json(hub.rooms.export.of(cookie))
    response.headers["content-disposition"] = 'attachment; filename="instep-export.json"'
    response.headers["cache-control"] = "no-store"
    return response


@router.post("/api/phone/purposes", dependencies=own)
async def purposes(body: Purpose, request: Request, hub: Hub, cookie: Shopper = None) -> Response:
    """Give or take back one purpose; what rests on it stops at once and its data is erased."""
    with hub.answering():
        visit = hub.rooms.purposes.change(cookie, body.purpose, on=body.on)
        if visit is not None:
            hub.show(visit)
    response = JSONResponse(DONE)
    if body.purpose == "remember" and cookie is not None:
        set_cookie(response, request, cookie, remembered=body.on)
    return response


@router.post("/api/phone/loyalty", dependencies=own)
async def link(body: Number, request: Request, hub: Hub, cookie: Shopper = None) -> Response:
    """Let what is bought under a customer number count for this phone's shopper."""
    with hub.answering():
        hub.rooms.loyalty.link(cookie, body.number, address(request))
    return JSONResponse(DONE)


@router.delete("/api/phone/loyalty", dependencies=own)
async def unlink(hub: Hub, cookie: Shopper = None) -> Response:
    """Part them again; both are as they were."""
    with hub.answering():
        hub.rooms.loyalty.unlink(cookie)
    return JSONResponse(DONE)


@router.get("/api/phone/rules")
async def rules(hub: Hub, language: Language = "en") -> Response:
    """Every rule in force, in plain words; the same for everybody."""
    tongue = language_of(language)
    in_force = hub.rooms.states.in_force(hub.clock())
    return as_json({"language": tongue, "rules": campaign_rules.rules(in_force, tongue)})


@router.post("/api/phone/words", dependencies=own)
async def words(body: Idea, hub: Hub, cookie: Shopper = None) -> Response:
    """An idea, or "you got this wrong": for the managers, without the person."""
    with hub.answering():
        visit = hub.rooms.ideas.take(cookie, body.text, body.about)
        if visit is not None:
            hub.show(visit)
    return JSONResponse(DONE)


@router.get("/api/floor/ideas", dependencies=[Depends(manager)])
async def ideas(hub: Hub) -> Response:
    """What shoppers wrote, the newest first."""
    with hub.answering():
        return as_json({"ideas": hub.rooms.ideas.newest()})

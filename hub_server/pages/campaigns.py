"""The manager's interface to campaigns: what they did, why not more, what it changed, switches.

Counts of nobody in particular; fewer than five are "<5". Why one decision fell is asked with the
code that a shopper shows (pages/floor), never by browsing.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from hub_server.pages.phone import as_json
from hub_server.pages.surroundings import Hub, manager, own_page

router = APIRouter(dependencies=[Depends(manager)])
own = [Depends(own_page)]
Manager = Annotated[str, Depends(manager)]
Campaign = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Days = Annotated[int, Query(ge=1, le=30)]


class Switch(BaseModel):
    """Whether everything is to be silent."""

    on: bool


@router.get("/api/floor/campaigns")
async def campaigns(hub: Hub) -> Response:
    """Each campaign: live or why not, said, seen, judged, kept back, and what it changed."""
    with hub.answering():
        return as_json(hub.rooms.campaigns.campaigns(hub.clock()))


@router.post("/api/floor/campaigns/{campaign}/pause", dependencies=own)
async def pause(campaign: Campaign, hub: Hub, name: Manager) -> Response:
    """Say nothing more of it; what nobody has seen yet is taken back."""
    with hub.answering():
        hub.rooms.campaigns.pause(campaign, name, hub.clock())
    return JSONResponse({"done": True})


@router.post("/api/floor/campaigns/{campaign}/resume", dependencies=own)
async def resume(campaign: Campaign, hub: Hub) -> Response:
    """Say it again; its guardrails begin to count anew."""
    with hub.answering():
        hub.rooms.campaigns.resume(campaign)
    return JSONResponse({"done": True})


@router.post("/api/floor/kill", dependencies=own)
async def kill(body: Switch, hub: Hub, name: Manager) -> Response:
    """Stop every message of the store at once, or let it speak again."""
    with hub.answering():
        hub.rooms.campaigns.kill(on=body.on, by=name, now_s=hub.clock())
    return JSONResponse({"done": True})


@router.get("/api/floor/reasons")
async def reasons(hub: Hub) -> Response:
    """How often nothing was said, by reason: today and in seven days, of all and by campaign."""
    with hub.answering():
        return as_json(hub.rooms.campaigns.reasons(hub.clock()))


@router.get("/api/floor/effects")
async def effects(hub: Hub) -> Response:
    """What each campaign changed, with an interval that holds at every look."""
    with hub.answering():
        return as_json({"effects": hub.rooms.campaigns.effects()})


@router.get("/api/floor/funnel")
async def funnel(hub: Hub, days: Days = 7) -> Response:
    """Zone by zone: entered, stopped, engaged, bought."""
    with hub.answering():
        return as_json({"zones": hub.rooms.campaigns.funnel(hub.clock(), days)})


@router.get("/api/floor/headlines")
async def headlines(hub: Hub, days: Days = 7) -> Response:
    """Shares of nagging, wrong zone and too late; service beside offers; quality by history."""
    with hub.answering():
        found = hub.rooms.campaigns.headlines(hub.clock(), days)
        return as_json({"headlines": found, "history": hub.rooms.campaigns.quality(hub.clock())})

"""What other systems meet: events of the till, health, figures, and the description of all this."""

from typing import Final

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, PlainTextResponse

from hub_server.engine import Event, Refused
from hub_server.pages.phone import as_json
from hub_server.pages.surroundings import Hub, bearer, operator, page

router = APIRouter()


# The schema that msgspec validates by, for the OpenAPI page.
EVENT_BODY: Final = {"content": {"application/json": {"schema": msgspec.json.schema(Event)}}}


@router.post(
    "/api/events",
    openapi_extra={"requestBody": EVENT_BODY},
)
async def events(request: Request, hub: Hub) -> Response:
    """One event of a till, shop or app; the same id twice counts once."""
    source = bearer(request)
    if source is None:
        raise Refused(401, "token", "An event needs the bearer token of its source.")
    try:
        event = msgspec.json.decode(await request.body(), type=Event)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Refused(400, "event", str(error)) from None
    return JSONResponse({"event": hub.event(source, event)}, status_code=202)


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz")
async def healthz(hub: Hub) -> Response:
    """Whether the hub works, and every alarm in words."""
    health = hub.health()
    return JSONResponse(msgspec.to_builtins(health), status_code=200 if health.ok else 503)


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz")
async def readyz(hub: Hub) -> Response:
    """Whether the hub can take traffic: broker connected, database open."""
    ready = hub.health().ready
    return JSONResponse({"ready": ready}, status_code=200 if ready else 503)


@router.get("/metrics", dependencies=[Depends(operator)])
async def metrics(hub: Hub) -> Response:
    """Figures in Prometheus' text format."""
    return PlainTextResponse(hub.metrics(), media_type="text/plain; version=0.0.4")


@router.get("/docs", include_in_schema=False, dependencies=[Depends(operator)])
async def docs() -> Response:
    """The interfaces, described for people."""
    return page("docs")


@router.get("/openapi.json", include_in_schema=False, dependencies=[Depends(operator)])
async def openapi(request: Request) -> Response:
    """The interfaces, described for machines."""
    app = request.app
    return as_json(get_openapi(title=app.title, version="1", routes=app.routes))

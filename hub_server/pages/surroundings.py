"""What every page stands on: the engine, the built files, the map, and who is asking."""

import copy
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import Depends, Header, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse

from hub_server.engine import Engine, Refused
from hub_server.pages.pace import PhonePace
from store_maps.naming import NAME_KEY, names_of

STATIC: Final = Path(__file__).parent / "static"
SHOPPER_COOKIE: Final = "instep"
FLOOR_COOKIE: Final = "instep_floor"
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
# What a map says to machines and to nobody who walks the store.
PRIVATE_PROPERTIES: Final = frozenset({"agent_id", "rssi_offset_db", "tx_power_dbm_1m", "beacon"})


def engine_of(request: Request) -> Engine:
    """The engine that this application was built around."""
    engine = request.app.state.engine
    assert isinstance(engine, Engine)  # noqa: S101 - set by build_app
    return engine


def page(name: str) -> Response:
    """A built page, never kept by a cache; says what to do where pages were left out."""
    path = STATIC / f"{name}.html"
    if not path.is_file():
        text = "This hub was installed without its pages. Ops: install without INSTEP_SKIP_WEB."
        return PlainTextResponse(text, status_code=503)
    return FileResponse(path, headers={"cache-control": "no-store"})


def public_map(document: dict[str, Any], language: str = "") -> dict[str, Any]:
    """The map's drawing without what identifies beacons and agents, named in a language."""
    shown = copy.deepcopy(document)
    shown["features"] = [f for f in shown["features"] if f["properties"]["kind"] != "beacon"]
    for feature in shown["features"]:
        properties = feature["properties"]
        name = dict(names_of(properties)).get(language)
        for key in [
            key for key in properties if key in PRIVATE_PROPERTIES or NAME_KEY.fullmatch(key)
        ]:
            del properties[key]
        if name is not None:
            properties["name"] = name
    return shown


async def own_page(x_instep: Annotated[str | None, Header()] = None) -> None:
    """Refuse a POST that another site's form sent: it cannot set this header."""
    if x_instep is None:
        raise Refused(403, "foreign_form", "This request did not come from a page of this store.")


async def phone_page(request: Request, x_instep: Annotated[str | None, Header()] = None) -> None:
    """The same of a phone, and no more of it than a hand can send.

    Raises:
        Refused: 403, from elsewhere; 429, too many at once.
    """
    await own_page(x_instep)
    engine, cookie = engine_of(request), request.cookies.get(SHOPPER_COOKIE)
    in_visit = engine.rooms.house.desk.visit_of(cookie) is not None
    pace = request.app.state.pace
    assert isinstance(pace, PhonePace)  # noqa: S101 - set by build_app
    pace.check(cookie if in_visit else None, address(request), engine.clock())


def is_https(request: Request) -> bool:
    """Whether phones reach this hub by https, directly or through the retailer's proxy."""
    return engine_of(request).settings.public_url.startswith("https://")


def asks_from_this_machine(request: Request) -> bool:
    """True for a caller on loopback of a hub that is reached on loopback only.

    Behind a proxy on the same machine everybody calls from loopback, and not every proxy says so.
    """
    public = urlsplit(engine_of(request).settings.public_url).hostname
    return public in LOOPBACK and address(request) in LOOPBACK


def address(request: Request) -> str:
    """Where the request comes from; of a proxy's, where the proxy says."""
    return request.client.host if request.client else ""


async def manager(request: Request) -> str:
    """The name of who is logged in.

    Raises:
        Refused: 401, nobody is.
    """
    name = engine_of(request).session(request.cookies.get(FLOOR_COOKIE, ""))
    if name is None:
        raise Refused(401, "login", "Log in first.")
    return name


async def operator(request: Request) -> None:
    """Let through a login, a bearer token, or a caller on this machine.

    Raises:
        Refused: 401, none of these.
    """
    if asks_from_this_machine(request) or bearer(request) is not None:
        return
    await manager(request)


def bearer(request: Request) -> str | None:
    """The source whose token the request carries, if any."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    return engine_of(request).token_source(token.strip())


async def _hub(request: Request) -> Engine:
    # A coroutine, so that nothing of the engine ever runs in a second thread.
    return engine_of(request)


Hub = Annotated[Engine, Depends(_hub)]

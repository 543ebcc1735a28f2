"""One web application: the phone page, the floor page, and the interfaces beside them."""

from pathlib import Path
from typing import Final

import msgspec
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub_server.engine import Engine, Refused
from hub_server.pages import campaigns, floor, lists, ops, phone, profile, push, staff
from hub_server.pages.pace import PhonePace
from hub_server.pages.surroundings import STATIC, public_map

# The longest body that any face of ours sends is an event of a full trolley, about 20 kB.
BODY_BYTES_MAX: Final = 64 * 1024

# Nothing is loaded from elsewhere, nothing is framed, and the code in the address stays here.
SECURITY_HEADERS: Final = (
    (
        b"content-security-policy",
        (
            b"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
            b"form-action 'self'; frame-ancestors 'none'"
        ),
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"permissions-policy", b"geolocation=(), camera=(), microphone=()"),
)


# The names of scripts and styles change with their content, so a phone may keep them.
FOR_EVER: Final = (b"cache-control", b"public, max-age=31536000, immutable")
OK: Final = 200


class Guard:
    """ASGI middleware: security headers on every answer, and no body over the limit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        heard = 0

        async def counted() -> Message:
            nonlocal heard
            message = await receive()
            heard += len(message.get("body", b""))
            if heard > BODY_BYTES_MAX:
                raise BodyTooLongError
            return message

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                is_asset = scope["path"].startswith("/assets/") and message["status"] == OK
                kept = (FOR_EVER,) if is_asset else ()
                message["headers"] = [*message["headers"], *SECURITY_HEADERS, *kept]
            await send(message)

        await self._app(scope, counted, headed)


class BodyTooLongError(HTTPException):
    """More than BODY_BYTES_MAX arrived; FastAPI lets an HTTPException through unchanged."""

    def __init__(self) -> None:
        super().__init__(413)


def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - registered for this type alone
    headers = None if error.retry_s is None else {"retry-after": str(error.retry_s)}
    answer = {"code": error.code, "text": error.text}
    return JSONResponse(answer, status_code=error.status, headers=headers)


def _misunderstood(_: Request, error: Exception) -> Response:
    """Where a request is not as described; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type alone
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return JSONResponse({"code": "request", "text": f"{place}: {first['msg']}"}, status_code=400)


def _plain(_: Request, error: Exception) -> Response:
    """What the framework refuses by itself, in the form of all our answers."""
    assert isinstance(error, StarletteHTTPException)  # noqa: S101 - registered for this type alone
    answer = {"code": f"http_{error.status_code}", "text": str(error.detail)}
    return JSONResponse(answer, status_code=error.status_code, headers=error.headers)


def _too_long(_: Request, __: Exception) -> Response:
    text = f"The body is longer than {BODY_BYTES_MAX} bytes."
    return JSONResponse({"code": "too_long", "text": text}, status_code=413)


def build_app(engine: Engine) -> FastAPI:
    """The application around a running engine; serves the pages that the wheel's hook built."""
    app = FastAPI(title="Instep hub", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.engine = engine
    app.state.pace = PhonePace()
    app.state.map_json = {
        language: msgspec.json.encode(public_map(engine.floor_map.document, language))
        for language in (phone.DRAWN, *phone.LANGUAGES)
    }
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(StarletteHTTPException, _plain)
    app.add_exception_handler(BodyTooLongError, _too_long)
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    app.add_middleware(Guard)
    for router in (phone.router, profile.router, floor.router, ops.router, push.router):
        app.include_router(router)
    for router in (lists.router, staff.router, campaigns.router):
        app.include_router(router)
    assets = Path(STATIC) / "assets"
    if assets.is_dir():
        app.mount("/assets", StaticFiles(directory=assets), name="assets")
    return app

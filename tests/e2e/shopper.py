"""A person with a phone, as the hub's pages meet them: one cookie jar, and all that it received."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI
from typing_extensions import override


class InProcess(httpx.BaseTransport):
    """Carries requests to an application in this thread, on whatever clock it is told."""

    def __init__(self, app: FastAPI) -> None:
        self._carrier = httpx.ASGITransport(app, client=("203.0.113.7", 5000))

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        return asyncio.run(self._handle(request))

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        answer = await self._carrier.handle_async_request(request)
        # As it came over the wire: the client unpacks it by the headers.
        body = b"".join([part async for part in answer.aiter_raw()])
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)


class Shopper:
    """One browser at the phone page. `received` is every answer's body, in order."""

    def __init__(self, origin: str, transport: httpx.BaseTransport | None = None) -> None:
        self.http = httpx.Client(
            base_url=origin, transport=transport, headers={"X-Instep": "1"}, timeout=30
        )
        self.received: list[bytes] = []

    @property
    def cookie(self) -> str | None:
        """What the hub recognises this phone by."""
        return self.http.cookies.get("instep")

    @cookie.setter
    def cookie(self, value: str) -> None:
        """A phone that keeps what it was told to drop."""
        domain = httpx.URL(self.http.base_url).host
        self.http.cookies.set("instep", value, domain=domain, path="/")

    def close(self) -> None:
        """Put the phone away."""
        self.http.close()

    def yes(self, code: str, **how: object) -> httpx.Response:
        """Scan a cart's code and say yes."""
        return self.post("yes", code=code, **how)

    def post(self, path: str, **body: object) -> httpx.Response:
        """Press something."""
        return self._keep(self.http.post(f"/api/phone/{path}", json=body))

    def get(self, path: str) -> httpx.Response:
        """Look at something."""
        return self._keep(self.http.get(f"/api/phone/{path}"))

    def state(self) -> dict[str, Any]:
        """What the page shows."""
        answer = self.get("state")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def heard_of(self, names: list[str]) -> list[str]:
        """Which of `names` ever reached this phone."""
        everything = b"\n".join(self.received)
        return [name for name in names if name.encode() in everything]

    def _keep(self, answer: httpx.Response) -> httpx.Response:
        self.received.append(answer.content)
        return answer

"""The phones of the demo's shoppers: each opens its cart's page, says yes, and stays visible."""

import http.client
import json
from typing import Any, Final

# The page itself sends a sign of life every 5 s; these do the same.
HEARTBEAT_S: Final = 5.0
# A cart whose visit ended is free for the next shopper.
AGAIN_S: Final = 8.0
# A person took the cart over: it is theirs for as long as the demo runs.
THEIRS: Final = "takeover"


class Phone:
    """One phone at one cart."""

    def __init__(self, code: str, starts_s: float) -> None:
        self.code = code
        self.next_s = starts_s
        self.cookie: str | None = None
        self.is_theirs = False
        self.shown: set[str] = set()


class Phones:
    """All phones, over the same interface that a browser uses."""

    def __init__(self, port: int, codes: list[str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        self.phones = [Phone(code, 0.0) for code in codes]

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def tick(self, now_s: float) -> None:
        """Let each phone whose time has come say yes or give its sign of life."""
        for phone in self.phones:
            if now_s >= phone.next_s and not phone.is_theirs:
                phone.next_s = now_s + HEARTBEAT_S
                self._act(phone, now_s)

    def _act(self, phone: Phone, now_s: float) -> None:
        if phone.cookie is None:
            self._say_yes(phone)
            return
        status, state = self._call("GET", "/api/phone/state", phone)
        if status != http.HTTPStatus.OK or state.get("ended"):
            phone.is_theirs = state.get("ended") == THEIRS
            phone.cookie = None
            phone.next_s = now_s + AGAIN_S
            return
        self._call("POST", "/api/phone/heartbeat", phone, {"visible": True})
        for decision in {message["decision"] for message in state["messages"]} - phone.shown:
            phone.shown.add(decision)
            self._call("POST", f"/api/phone/messages/{decision}/receipt", phone, {"kind": "shown"})

    def _say_yes(self, phone: Phone) -> None:
        body = {"code": phone.code, "remember": False, "takeover": False, "language": "en"}
        self._call("POST", "/api/phone/yes", phone, body)

    def _call(
        self, method: str, path: str, phone: Phone, body: dict[str, object] | None = None
    ) -> tuple[int, dict[str, Any]]:
        headers = {"X-Instep": "1", "Content-Type": "application/json"}
        if phone.cookie:
            headers["Cookie"] = phone.cookie
        try:
            self._connection.request(method, path, json.dumps(body) if body else None, headers)
            response = self._connection.getresponse()
            answer = json.loads(response.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError):
            # The hub is stopping or restarting; the next tick tries again.
            self._connection.close()
            return 0, {}
        if cookie := response.getheader("Set-Cookie"):
            phone.cookie = cookie.split(";")[0]
        return response.status, answer

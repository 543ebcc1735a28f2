"""The tills of the demo: each simulated payment is sent as a real till would send it."""

import http.client
import json
from datetime import UTC, datetime
from pathlib import Path


class Tills:
    """Reads what the simulation's tills wrote, and posts it to the hub with their token.

    Args:
        port: the hub's, on loopback.
        token: the bearer token of the source `till`.
        log: JSON Lines {tag, items}, which the agent appends to.
    """

    def __init__(self, port: int, token: str, log: Path) -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._log = log
        self._read_bytes = 0
        self.sent_count = 0

    def tick(self) -> None:
        """Send every whole line that is new."""
        if not self._log.is_file():
            return
        with self._log.open("rb") as file:
            file.seek(self._read_bytes)
            for line in file:
                if not line.endswith(b"\n") or not self._send(json.loads(line)):
                    return
                self._read_bytes += len(line)

    def _send(self, payment: dict[str, object]) -> bool:
        items = payment["items"]
        assert isinstance(items, list)  # noqa: S101 - our own agent wrote it
        event = {
            "id": f"receipt-{self.sent_count + 1}",
            "ts": datetime.now(UTC).isoformat(),
            "channel": "till",
            "type": "payment",
            "subject": {"tag": payment["tag"]},
            "items": [{"item": item} for item in items],
        }
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request("POST", "/api/events", json.dumps(event), self._headers)
            is_taken = connection.getresponse().status == http.HTTPStatus.ACCEPTED
        except (OSError, http.client.HTTPException):
            # The hub is stopping or restarting; the next tick sends the same id again.
            return False
        finally:
            connection.close()
        self.sent_count += is_taken
        return is_taken

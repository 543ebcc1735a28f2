"""The newest frame for any number of listeners: a slow one skips, nobody queues."""

import asyncio
from collections.abc import AsyncGenerator


class Feed:
    """One page's frames, encoded once, latest wins."""

    def __init__(self) -> None:
        self._frame: bytes | None = None
        self._changed = asyncio.Event()
        self._closed = False
        self.listeners_count = 0

    @property
    def newest(self) -> bytes | None:
        """The last frame put, if any."""
        return self._frame

    def put(self, frame: bytes) -> None:
        """Make `frame` the newest and wake every listener."""
        self._frame = frame
        self._wake()

    def close(self) -> None:
        """End every listener's iteration after the frame that is newest now."""
        self._closed = True
        self._wake()

    async def frames(self) -> AsyncGenerator[bytes, None]:
        """The newest frame at once, then each one that is newest when the listener is ready."""
        self.listeners_count += 1
        try:
            shown: bytes | None = None
            while True:
                changed, closed = self._changed, self._closed
                if self._frame is not None and self._frame is not shown:
                    shown = self._frame
                    yield shown
                    continue
                if closed:
                    return
                await changed.wait()
        finally:
            self.listeners_count -= 1

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

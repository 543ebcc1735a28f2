"""Sends the outbox until the hub confirms it: a window of batches, again from the oldest row."""

import logging
from collections.abc import Callable
from typing import Final

from edge_agent.messages import Ack, StayRow, Stays
from edge_agent.outbox import Outbox

log = logging.getLogger(__name__)

# A hub commits in milliseconds and the store's network adds a few; 1.5 s is a lost message.
RESEND_AFTER_S: Final = 1.5
# About 80 KB of JSON: a fraction of a second on the worst Wi-Fi.
BATCH_ROWS: Final = 200
# Batches on their way at once: 800 rows in a round trip of 50 ms are 16,000 rows/s.
WINDOW_ROWS: Final = 4 * BATCH_ROWS
# What knocks while nobody confirms: a hub that is away for hours must not cost the network much.
PROBE_ROWS: Final = 20
# Said once an outage: by now it is no hiccup.
COMPLAIN_AFTER_S: Final = 60.0


class StaySender:
    """Drives the rows of `outbox` through `send`, which may lose any of them.

    Times are monotonic seconds. A PUBACK means nothing here: brokers lose what they acknowledged.
    """

    def __init__(self, outbox: Outbox, send: Callable[[Stays], None]) -> None:
        self._outbox = outbox
        self._send = send
        self._outbox_id = outbox.id
        self._sent_seq = 0
        self._window_rows = WINDOW_ROWS
        self._progress_s = 0.0
        self._sent_s = 0.0
        self._has_complained = False

    def restart(self, now_s: float) -> None:
        """A connection begins: what the last one carried may be lost."""
        self._outbox_id = self._outbox.id
        self._sent_seq = 0
        self._sent_s = self._progress_s = now_s
        self._window_rows = WINDOW_ROWS

    def acknowledge(self, ack: Ack, now_s: float) -> None:
        """The hub keeps every row of `ack.outbox` up to `ack.seq`."""
        if ack.outbox != self._outbox.id:
            return
        before, _ = self._outbox.unacknowledged(1)
        self._outbox.acknowledge(ack.seq)
        if ack.seq >= before:
            self._progress_s = self._sent_s = now_s
            self._window_rows = WINDOW_ROWS
            self._has_complained = False
        self.tick(now_s)

    def tick(self, now_s: float) -> None:
        """Send what the window allows; call it on new rows and a few times a second."""
        if self._outbox_id != self._outbox.id:
            self.restart(now_s)
        oldest_seq, rows = self._next()
        if self._sent_seq < oldest_seq:
            self._progress_s = now_s
        elif now_s - self._sent_s >= RESEND_AFTER_S:
            self._sent_seq = 0
            self._window_rows = PROBE_ROWS
            self._complain(now_s)
            oldest_seq, rows = self._next()
        while rows:
            self._sent_s = now_s
            self._sent_seq = rows[-1].seq
            self._send(Stays(outbox=self._outbox.id, oldest_seq=oldest_seq, rows=rows))
            oldest_seq, rows = self._next()

    def _next(self) -> tuple[int, list[StayRow]]:
        """(the oldest seq that waits, the rows to send now)."""
        oldest_seq, _ = self._outbox.unacknowledged(0)
        in_flight = max(0, self._sent_seq - oldest_seq + 1)
        limit = min(BATCH_ROWS, self._window_rows - in_flight)
        if limit <= 0:
            return oldest_seq, []
        return self._outbox.unacknowledged(limit, self._sent_seq)

    def _complain(self, now_s: float) -> None:
        if not self._has_complained and now_s - self._progress_s >= COMPLAIN_AFTER_S:
            self._has_complained = True
            log.warning(
                "no zone change was confirmed for %.0f s; they wait in the outbox; ops: is the hub "
                "running, and does the broker's ACL let this agent write stays and read down/#?",
                now_s - self._progress_s,
            )

"""Stays as they arrive: exactly once by (agent, outbox, seq), with the moment each happened.

The caller keeps `take`'s rows and marks in one transaction and acknowledges after COMMIT; after a
rollback it calls `forget`, and the next resend brings the rows again.
"""

from typing import Final

import msgspec
from sqlalchemy import select

from edge_agent.messages import BadMessage, StayRow, Stays
from hub_server.database import Database
from hub_server.records.tables import LOST, STAYS, WATERMARKS

# A clock that claims to be synced and lies further ahead than this is not believed.
AHEAD_MS: Final = 60_000
# What SQLite holds and JSON passes on unharmed; an outbox that counts further is broken.
SEQ_MAX: Final = 2**53
# Longer than any stay, id or zone name; a broken agent must not stop the others.
DWELL_MAX_S: Final = 7 * 86_400.0
CHARS_MAX: Final = 96

SET_MARK: Final = (
    "INSERT INTO watermarks (store, agent, outbox, next_seq) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (store, agent, outbox) DO UPDATE SET next_seq = excluded.next_seq"
)

Outbox = tuple[str, str]
"""(agent, outbox)"""


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """One new row and when it happened on the hub's clock."""

    row: StayRow
    agent: str
    outbox: str
    at_ms: int


class Kept(msgspec.Struct, frozen=True, gc=False):
    """An arrival that belongs to a visit."""

    arrival: Arrival
    visit: str


class StaysLog:
    """What is expected next from every outbox of one store."""

    def __init__(self, database: Database, store: str) -> None:
        self._database = database
        self._store = store
        self._next: dict[Outbox, int] = {}
        self._saved: dict[Outbox, int] = {}
        self._lost: list[tuple[object, ...]] = []
        self._boots: dict[tuple[str, str], int] = {}
        self.lost_count = 0
        """Rows that never came, since the database began."""
        self.duplicates_count = 0
        self.waiting_count = 0
        """Payloads that came before a row they follow; the agent sends them again."""
        self._load()

    def take(self, agent: str, stays: Stays, now_ms: int) -> list[Arrival]:
        """The rows of `stays` that are new, in order; advances what is expected.

        Raises:
            BadMessage: it counts past SEQ_MAX.
        """
        if max([stays.oldest_seq, *(row.seq for row in stays.rows)]) > SEQ_MAX:
            msg = f"stays: a seq past {SEQ_MAX}"
            raise BadMessage(msg)
        outbox = (agent, stays.outbox)
        expected = self._next.get(outbox, 1)
        if stays.oldest_seq > expected:
            self._lose(outbox, expected, stays.oldest_seq - expected, now_ms)
            expected = stays.oldest_seq
        arrivals = []
        for row in stays.rows:
            if row.seq > expected:
                self.waiting_count += 1
                break
            if row.seq < expected:
                self.duplicates_count += 1
                continue
            arrivals.append(Arrival(row, agent, stays.outbox, self._at_ms(agent, row, now_ms)))
            expected += 1
        self._next[outbox] = expected
        return arrivals

    def save(self, kept: list[Kept]) -> None:
        """Write `kept`, the marks and the losses; inside the caller's transaction."""
        self._database.append(STAYS, [_values(self._store, one) for one in kept])
        self._database.append(LOST, self._lost)
        marks = [
            (self._store, *outbox, seq)
            for outbox, seq in self._next.items()
            if self._saved.get(outbox) != seq
        ]
        self._database.run(SET_MARK, marks)

    def saved(self) -> None:
        """The transaction is committed."""
        self._saved.update(self._next)
        self.lost_count += sum(int(str(row[5])) for row in self._lost)
        self._lost = []

    def forget(self) -> None:
        """The transaction was rolled back: what was taken since is expected again."""
        self._next = dict(self._saved)
        self._lost = []

    def mark(self, outbox: Outbox) -> int:
        """The last row of `outbox` that is kept."""
        return self._saved.get(outbox, 1) - 1

    def _lose(self, outbox: Outbox, expected: int, count: int, now_ms: int) -> None:
        self._lost.append((None, self._store, *outbox, expected, count, now_ms))

    def _at_ms(self, agent: str, row: StayRow, now_ms: int) -> int:
        if row.synced and row.at_ms <= now_ms + AHEAD_MS:
            return min(row.at_ms, now_ms)
        # The quickest row of a boot tells how far its monotonic clock is from ours, within transit.
        key = (agent, row.boot)
        offset = min(now_ms - row.mono_ms, self._boots.get(key, now_ms - row.mono_ms))
        self._boots[key] = offset
        return offset + row.mono_ms

    def _load(self) -> None:
        for row in self._database.read(select(WATERMARKS).where(WATERMARKS.c.store == self._store)):
            self._next[(row.agent, row.outbox)] = row.next_seq
        self._saved = dict(self._next)
        lost = self._database.read(select(LOST.c.rows_count).where(LOST.c.store == self._store))
        self.lost_count = sum(row.rows_count for row in lost)


def _values(store: str, kept: Kept) -> tuple[object, ...]:
    arrival = kept.arrival
    row = arrival.row
    return (
        store,
        arrival.agent,
        arrival.outbox,
        row.seq,
        kept.visit,
        # A stay's id begins with the handle, which is the wire's business only.
        row.stay.rpartition(row.handle)[2].lstrip(".")[:CHARS_MAX],
        row.zone[:CHARS_MAX],
        row.kind,
        arrival.at_ms,
        round(min(row.dwell_s, DWELL_MAX_S)),
        round(row.zone_p * 1000),
    )

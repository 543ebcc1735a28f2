"""What agents send, sorted: fixes to the journeys, stays to the log, the rest to the fleet.

Nothing of a handle without an open pairing and consent is looked at; poison is counted and set
aside by its reason and size, never by its content.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from sqlalchemy import select

from edge_agent.messages import (
    BadMessage,
    Fixes,
    FixRow,
    Health,
    Status,
    Stays,
    decode,
    parse_topic,
)
from hub_server.database import Database
from hub_server.journeys import Journeys
from hub_server.ops.fleet import Fleet
from hub_server.records.stays_log import SEQ_MAX, Arrival, Kept, Outbox, StaysLog
from hub_server.records.tables import QUARANTINE, VISITS
from hub_server.visit.visits import Visit

# DESIGN: what is older makes history, never a message.
FRESH_S: Final = 60.0
# A broken agent sends poison once a second; the first rows tell the reason, the counter the rest.
QUARANTINE_ROWS_MAX: Final = 1_000
REASON_CHARS_MAX: Final = 200
# A visit of 200 stays has seen every shelf.
ZONES_MAX: Final = 200
# Far above the agents of a store; a topic is parsed once.
TOPICS_MAX: Final = 10_000

SET_AGENT: Final = (
    "INSERT INTO agents (store, agent, seen_ms, version, term) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (store, agent) DO UPDATE SET seen_ms = excluded.seen_ms, "
    "version = excluded.version, term = excluded.term"
)
_QUOTED: Final = re.compile(r"'[^']*'")


class Fresh(msgspec.Struct, kw_only=True):
    """What one batch changed."""

    entered: set[str] = set()
    """Handles that have just entered a zone."""
    outboxes: set[Outbox] = set()
    """To be acknowledged after COMMIT."""
    up: list[str] = []
    """Agents that have just come up and want their list."""
    kept: list[Kept] = []


class Intake:
    """One store's inbox. `live` is the handles that may be followed; `owner` knows ended ones."""

    def __init__(
        self,
        database: Database,
        store: str,
        parts: tuple[Fleet, StaysLog, Journeys],
        live: Mapping[str, Visit],
        owner: Callable[[str, int], str | None],
        sensitive: frozenset[str],
    ) -> None:
        self._database = database
        self._store = store
        self._fleet, self._log, self._journeys = parts
        self._live = live
        self._owner = owner
        self._sensitive = sensitive
        self._topics: dict[str, tuple[str, str]] = {}
        self._poison: list[tuple[object, ...]] = []
        self._came_up: list[tuple[object, ...]] = []
        self._newest: dict[str, FixRow] = {}
        self.heard_s: dict[str, float] = {}
        """When each live handle was last placed; the caller drops what is closed."""
        self.quarantined_count = 0
        self.fixes_count = 0
        self.stays_count = 0
        self.ignored_count = 0
        """Fixes and stays of handles that nobody may follow (any more)."""

    def take(self, batch: list[tuple[str, bytes]], now_s: float) -> Fresh:
        """Sort a batch. `save` and the caller's COMMIT make it lasting."""
        fresh = Fresh()
        for topic, payload in batch:
            try:
                self._one(topic, payload, now_s, fresh)
            except BadMessage as error:
                self._set_aside(topic, str(error), len(payload), now_s)
        if self._newest:
            self._journeys.fix(self._newest.values(), now_s)
            self.heard_s |= dict.fromkeys(self._newest, now_s)
            self._newest = {}
        return fresh

    def save(self, fresh: Fresh) -> None:
        """Write stays, marks, losses and poison; inside the caller's transaction."""
        if fresh.outboxes:
            self._log.save(fresh.kept)
        self._database.append(QUARANTINE, self._poison)
        self._database.run(SET_AGENT, self._came_up)

    def has_news(self, fresh: Fresh) -> bool:
        """Whether there is something to write."""
        return bool(fresh.outboxes or self._poison or self._came_up)

    def without_orphans(self, fresh: Fresh) -> Fresh:
        """The same without rows of visits that are gone: they must not hold up the others."""
        visits = {row[0] for row in self._database.read(select(VISITS.c.visit))}
        kept = [one for one in fresh.kept if one.visit in visits]
        return msgspec.structs.replace(fresh, kept=kept)

    def saved(self) -> None:
        """The transaction is committed."""
        self._log.saved()
        self._poison = []
        self._came_up = []

    def forget(self) -> None:
        """The transaction was undone; the agents send again."""
        self._log.forget()
        self._poison = []
        self._came_up = []

    def _one(self, topic: str, payload: bytes, now_s: float, fresh: Fresh) -> None:
        known = self._topics.get(topic)
        if known is None:
            known = self._learn(topic)
        agent, leaf = known
        message = decode(leaf, payload)
        if isinstance(message, Fixes):
            if self._fleet.takes(agent, message.term, now_s):
                self._fixes(message.rows)
        elif isinstance(message, Stays):
            self._stays(agent, message, now_s, fresh)
        elif isinstance(message, Health):
            self._fleet.health(agent, message, now_s)
        elif isinstance(message, Status) and self._fleet.status(agent, message, now_s):
            fresh.up.append(agent)
            term = min(message.term, SEQ_MAX)
            seen = (round(now_s * 1000), message.version[:REASON_CHARS_MAX], term)
            self._came_up.append((self._store, agent, *seen))

    def _learn(self, topic: str) -> tuple[str, str]:
        store, agent, leaf = parse_topic(topic)
        if store != self._store:
            msg = f"topic of store {store!r}, this hub serves {self._store!r}"
            raise BadMessage(msg)
        if len(self._topics) < TOPICS_MAX:
            self._topics[topic] = (agent, leaf)
        return agent, leaf

    def _fixes(self, rows: list[FixRow]) -> None:
        live, newest, sensitive = self._live, self._newest, self._sensitive
        self.fixes_count += len(rows)
        for row in rows:
            if row.handle in live and row.zone not in sensitive:
                newest[row.handle] = row
            else:
                self.ignored_count += 1

    def _stays(self, agent: str, stays: Stays, now_s: float, fresh: Fresh) -> None:
        arrivals = self._log.take(agent, stays, round(now_s * 1000))
        fresh.outboxes.add((agent, stays.outbox))
        for arrival in arrivals:
            self.stays_count += 1
            row = arrival.row
            if row.kind == "void" or row.zone in self._sensitive:
                continue
            visit = self._live.get(row.handle)
            owner = visit.visit if visit else self._owner(row.handle, arrival.at_ms)
            if owner is None or (visit and visit.hushed(arrival.at_ms / 1000)):
                self.ignored_count += 1
                continue
            fresh.kept.append(Kept(arrival, owner))
            if visit is not None:
                self._follow(visit, arrival, now_s, fresh)

    def _follow(self, visit: Visit, arrival: Arrival, now_s: float, fresh: Fresh) -> None:
        row = arrival.row
        at_s = arrival.at_ms / 1000
        outcome = self._journeys.stay(row, at_s)
        if outcome != "opened":
            return
        visit.noted.clear()
        if len(visit.zones) < ZONES_MAX:
            visit.zones.append(row.zone)
        if now_s - at_s <= FRESH_S:
            fresh.entered.add(row.handle)

    def _set_aside(self, topic: str, reason: str, size: int, now_s: float) -> None:
        self.quarantined_count += 1
        if self.quarantined_count <= QUARANTINE_ROWS_MAX:
            clean = _QUOTED.sub("'…'", reason)[:REASON_CHARS_MAX]
            row = (None, round(now_s * 1000), topic[:REASON_CHARS_MAX], clean, size)
            self._poison.append(row)

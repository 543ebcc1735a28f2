"""Who is in the store: pairings, visits and consents in memory, each change kept in the database.

Every event of the pairing book passes through `apply`: one transaction, then the memory.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy.sql import Executable

from hub_server import consent, experiments, pairing
from hub_server import visit_records as records
from hub_server.consent import ConsentEvent, Ledger, Purpose
from hub_server.database import Database
from hub_server.pairing import (
    CODES_COUNT,
    Ended,
    Event,
    Joined,
    Left,
    Names,
    Opened,
    PairingBook,
    Paused,
    code_from,
)
from hub_server.sessions import random_id
from hub_server.settings import Settings
from hub_server.visits import Visit

# DESIGN: an outbox holds a row for 24 h; so long a late stay may come, or a withdrawal matter.
OUTBOX_S: Final = 86_400.0
WHILE_SHOPPING: Final[tuple[Purpose, ...]] = ("locate", "message")


class Ghost(msgspec.Struct, frozen=True):
    """An ended handle: stays up to `to_ms` are the visit's."""

    visit: str
    to_ms: int


class Roll:
    """The open visits of one store."""

    def __init__(self, database: Database, settings: Settings, salt: bytes) -> None:
        self._database = database
        self._settings = settings
        self._salt = salt
        self.records = records.VisitRecords(database, settings.store)
        self.book = PairingBook()
        self.ledger = Ledger()
        self.visits: dict[str, Visit] = {}
        self.live: dict[str, Visit] = {}
        """Handles that may be followed: open, not paused, with consent."""
        self._ghosts: dict[str, Ghost] = {}
        self._withdrawn: dict[str, float] = {}
        self.list_changed = True
        """Whether the Pis need a new list of tags."""
        self.on_open: Callable[[str, float], None] = _nothing
        self.on_close: Callable[[str], None] = _gone
        self._handlers: Mapping[type, Callable[..., Sequence[Executable]]] = {
            Opened: self._opened,
            Joined: self._joined,
            Left: self._left,
            Paused: self._paused,
            Ended: self._ended,
        }

    # Reading

    def owner(self, handle: str, at_ms: int) -> str | None:
        """Whose stay it is that happened at `at_ms` under a handle that is not live."""
        ghost = self._ghosts.get(handle)
        if ghost is not None:
            return ghost.visit if at_ms <= ghost.to_ms else None
        held = self.book.pairing(handle)
        visit = self.visits.get(held.visit) if held else None
        if visit is None or visit.hushed(at_ms / 1000):
            return None
        return visit.visit

    def withdrawn(self) -> list[str]:
        """Handles whose unsent rows the Pis empty."""
        return list(self._withdrawn)

    def names(self, shopper: str) -> Names:
        """Random names for a yes, none of them taken."""
        return Names(
            handle=random_id(),
            visit=random_id(),
            shopper=shopper,
            visit_code=self.free_code(),
            join_code=self.free_code(),
        )

    def free_code(self) -> str:
        """A six-character code that no kept visit has."""
        code = code_from(secrets.randbelow(CODES_COUNT))
        while self.records.code_taken(code):
            code = code_from(secrets.randbelow(CODES_COUNT))
        return code

    # Changing

    def admit(
        self, visit: Visit, consents: Sequence[ConsentEvent], *, known: bool
    ) -> list[Executable]:
        """Take up a new visit; returns what is to be written before its events."""
        now_ms = round(visit.opened_s * 1000)
        shopper = records.shopper_back(visit) if known else records.shopper_added(visit, now_ms)
        self.ledger.append(self.records.consents(visit.shopper) if known else ())
        self.ledger.append(consents)
        if known and not visit.remembered:
            taken_back = self.ledger.withdrawal(visit.shopper, ("remember",), now_ms, "yes")
            self.ledger.append(taken_back)
            consents = [*consents, *taken_back]
        visit.feedback = self.records.muted(visit.shopper) if known else []
        visit.holdout = self._holdout(visit)
        self.visits[visit.visit] = visit
        return [
            shopper,
            records.visit_added(self._settings.store, visit),
            *records.consents_added(consents),
        ]

    def apply(
        self, events: Iterable[Event], before: Sequence[Executable] = ()
    ) -> tuple[Event, ...]:
        """Keep and carry out what the book decided; `before` is written first."""
        told = tuple(events)
        statements = list(before)
        for event in told:
            statements += self._handlers[type(event)](event)
        if statements:
            self._database.write(*statements)
        return told

    def set_live(self, visit: Visit, now_s: float) -> None:
        """Decide anew which handles of `visit` may be followed."""
        visit.may_locate = self.ledger.allowed(visit.shopper, "locate", round(now_s * 1000))
        visit.may_message = self.ledger.allowed(visit.shopper, "message", round(now_s * 1000))
        follow = visit.may_locate and visit.paused_s is None
        for handle in visit.handles:
            if follow and handle not in self.live:
                self.live[handle] = visit
                self.on_open(handle, now_s)
            elif not follow and self.live.pop(handle, None) is not None:
                self.on_close(handle)
        self.list_changed = True

    def withdraw(self, handles: Iterable[str], now_s: float) -> None:
        """Have the Pis empty what waits under these handles, and take nothing more of them."""
        for handle in handles:
            self._ghosts.pop(handle, None)
            self._withdrawn[handle] = now_s
        self.list_changed = True

    def forget_old(self, now_s: float) -> None:
        """Drop ended and withdrawn handles that no outbox can name any more."""
        old_s = now_s - OUTBOX_S
        self._withdrawn = {h: at_s for h, at_s in self._withdrawn.items() if at_s > old_s}
        self._ghosts = {h: g for h, g in self._ghosts.items() if g.to_ms / 1000 > old_s}

    def restore(self, now_s: float) -> None:
        """Take up where the hub stopped; a visit whose pairings are gone has ended."""
        pairings = self.records.open_pairings()
        found = self.records.open_visits()
        by_visit: dict[str, dict[str, str]] = {}
        for one in pairings:
            by_visit.setdefault(one.visit, {})[one.handle] = one.tag
        self.book = PairingBook.restored(
            pairings, [_booked(visit, phones, by_visit) for visit, phones in found], now_s
        )
        for handle, visit_id, to_ms in self.records.ended_handles():
            self._ghosts[handle] = Ghost(visit_id, to_ms)
        for visit, _ in found:
            if self.book.visit(visit.visit) is None:
                self._database.write(
                    records.visit_changed(
                        visit.visit, ended_ms=round(now_s * 1000), reason="closing"
                    )
                )
                continue
            self.ledger.append(self.records.consents(visit.shopper))
            visit.handles = by_visit[visit.visit]
            visit.holdout = self._holdout(visit)
            self.visits[visit.visit] = visit
            self.set_live(visit, now_s)

    # What each event does

    def _opened(self, event: Opened) -> Sequence[Executable]:
        visit = self.visits[event.visit.visit]
        visit.handles[event.pairing.handle] = event.pairing.tag
        self.set_live(visit, event.pairing.opened_s)
        return [records.pairing_added(self._settings.store, event, random_id())]

    def _joined(self, event: Joined) -> Sequence[Executable]:
        visit = self.visits[event.visit.visit]
        visit.join_code = event.visit.join_code
        return [
            records.visit_changed(visit.visit, join_code=visit.join_code),
            records.phone_joined(bytes.fromhex(event.phone), visit.visit),
        ]

    def _left(self, event: Left) -> Sequence[Executable]:
        return [records.phone_joined(bytes.fromhex(event.phone), None)]

    def _paused(self, event: Paused) -> Sequence[Executable]:
        visit = self.visits[event.visit.visit]
        paused_ms = None if visit.paused_s is None else round(visit.paused_s * 1000)
        return [records.visit_changed(visit.visit, paused_ms=paused_ms)]

    def _ended(self, event: Ended) -> Sequence[Executable]:
        handle, to_ms = event.pairing.handle, round(event.at_s * 1000)
        visit = self.visits[event.pairing.visit]
        visit.handles.pop(handle, None)
        if self.live.pop(handle, None) is not None:
            self.on_close(handle)
        self._ghosts[handle] = Ghost(visit.visit, to_ms)
        self.list_changed = True
        statements: list[Executable] = [records.pairing_ended(handle, event.reason, to_ms)]
        if event.visit_ended:
            statements += self._closed(visit, event.reason, to_ms)
        return statements

    def _closed(self, visit: Visit, reason: str, to_ms: int) -> list[Executable]:
        del self.visits[visit.visit]
        how: consent.How = "leave" if reason == "leave" else "expiry"
        taken_back = self.ledger.withdrawal(visit.shopper, WHILE_SHOPPING, to_ms, how)
        self.ledger.forget(visit.shopper)
        return [
            records.visit_changed(visit.visit, ended_ms=to_ms, reason=reason),
            *records.consents_added(taken_back),
        ]

    def _holdout(self, visit: Visit) -> bool:
        subject = experiments.subject_of(visit.shopper, visit.visit, remembered=visit.remembered)
        share = self._settings.holdout_share
        return experiments.holdout(subject, self._salt, share, outside=visit.demo)


def _booked(
    visit: Visit, phones: tuple[str, ...], by_visit: Mapping[str, Mapping[str, str]]
) -> pairing.Visit:
    return pairing.Visit(
        visit=visit.visit,
        shopper=visit.shopper,
        visit_code=visit.visit_code,
        join_code=visit.join_code,
        phones=phones,
        handles=tuple(by_visit.get(visit.visit, ())),
        opened_s=visit.opened_s,
        paused=visit.paused_s is not None,
    )


def _nothing(_handle: str, _at_s: float) -> None:
    return None


def _gone(_handle: str) -> None:
    return None

"""Who is in the store: pairings, visits and consents in memory, each change kept in the database.

Every event of the pairing book passes through `changing`: one transaction, then the memory.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec
from sqlalchemy.sql import Executable

from hub_server import consent, experiments, pairing
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
from hub_server.visit import records
from hub_server.visit.pauses import Pauses, encoded, lies_in, until_now
from hub_server.visit.visits import Visit

# DESIGN: an outbox holds a row for 24 h; so long a late stay may come, or a withdrawal matter.
OUTBOX_S: Final = 86_400.0
WHILE_SHOPPING: Final[tuple[Purpose, ...]] = ("locate", "message")


class Ghost(msgspec.Struct, frozen=True):
    """An ended handle: stays up to `to_ms` are the visit's."""

    visit: str
    to_ms: int
    pauses: Pauses

    def owns(self, at_ms: int) -> bool:
        """Whether what happened at `at_ms` is the visit's."""
        return at_ms <= self.to_ms and not lies_in(self.pauses, at_ms / 1000)


class Change:
    """What one call changes: decided by the book, written, and only then carried out."""

    def __init__(self, lines: Callable[[Event], Sequence[Executable]]) -> None:
        self._lines = lines
        self.events: list[Event] = []
        self.statements: list[Executable] = []
        """In this order, in one transaction."""
        self.then: list[Callable[[], None]] = []
        """Of the memory, after COMMIT and before the events."""

    def add(self, events: Iterable[Event]) -> None:
        """Take what the book decided, with the lines that keep it."""
        for event in events:
            self.events.append(event)
            self.statements += self._lines(event)


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
        self.recall: list[Callable[[Visit], None]] = []
        """What each room knows of a shopper, put on the visit as it is taken up."""
        self.on_open: Callable[[str, float], None] = _nothing
        self.on_close: Callable[[str], None] = _nothing
        self._lines: Mapping[type, Callable[..., Sequence[Executable]]] = {
            Opened: lambda event: [records.pairing_added(settings.store, event, random_id())],
            Joined: _joined_lines,
            Left: lambda event: [records.phone_joined(bytes.fromhex(event.phone), None)],
            Paused: self._paused_lines,
            Ended: self._ended_lines,
        }
        self._deeds: Mapping[type, Callable[..., None]] = {
            Opened: self._opened,
            Joined: self._joined,
            Left: _nothing,
            Paused: self._paused,
            Ended: self._ended,
        }

    # Reading

    def owner(self, handle: str, at_ms: int) -> str | None:
        """Whose stay it is that happened at `at_ms` under a handle that is not live."""
        ghost = self._ghosts.get(handle)
        if ghost is not None:
            return ghost.visit if ghost.owns(at_ms) else None
        held = self.book.pairing(handle)
        visit = self.visits.get(held.visit) if held else None
        if visit is None or not visit.may_locate or visit.hushed(at_ms / 1000):
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

    @contextmanager
    def changing(self) -> Iterator[Change]:
        """Let the book decide inside; at the end all is written, then carried out.

        If anything fails, the write included, nothing has changed: neither book nor visits.
        """
        before = self.book.copy()
        change = Change(lambda event: self._lines[type(event)](event))
        try:
            yield change
            if change.statements:
                self._database.write(*change.statements)
        except BaseException:
            self.book = before
            raise
        for step in change.then:
            step()
        for event in change.events:
            self._deeds[type(event)](event)

    def admit(
        self, change: Change, visit: Visit, consents: Sequence[ConsentEvent], *, known: bool
    ) -> None:
        """Take up a new visit with `change`."""
        now_ms = round(visit.opened_s * 1000)
        shopper = records.shopper_back(visit) if known else records.shopper_added(visit, now_ms)
        former = self.records.consents(visit.shopper) if known else []
        given = list(consents)
        if known and not visit.remembered:
            given += Ledger(former).withdrawal(visit.shopper, ("remember",), now_ms, "yes")
        visit.feedback = self.records.muted(visit.shopper) if known else []
        self._draw(visit, remembered=visit.remembered)
        self.remind(visit)
        change.statements += [
            shopper,
            records.visit_added(self._settings.store, visit),
            *records.consents_added(given),
        ]

        def take_up() -> None:
            self.ledger.append([*former, *given])
            self.visits[visit.visit] = visit

        change.then.append(take_up)

    def remember(self, change: Change, line: ConsentEvent) -> None:
        """Take up the tick of a shopper who is in the store already."""
        change.statements += [
            records.shopper_remembered(line.subject),
            records.caps_of_shopper(line.subject),
            *records.consents_added([line]),
        ]

        def recognise() -> None:
            for visit in self.visits.values():
                if visit.shopper == line.subject:
                    visit.remembered = True
                    self.ledger.append([line])

        change.then.append(recognise)

    def set_live(self, visit: Visit, now_s: float) -> None:
        """Decide anew which handles of `visit` may be followed."""
        visit.may_locate = self.ledger.allowed(visit.shopper, "locate", round(now_s * 1000))
        visit.may_message = self.ledger.allowed(visit.shopper, "message", round(now_s * 1000))
        follow = visit.may_locate and visit.paused_s is None
        for handle in visit.handles:
            if follow and handle not in self.live:
                # Given again after it was taken back: the Pis may hear it again.
                self._withdrawn.pop(handle, None)
                self.live[handle] = visit
                self.on_open(handle, now_s)
            elif not follow and self.live.pop(handle, None) is not None:
                self.on_close(handle)
        self.list_changed = True

    def remind(self, visit: Visit) -> None:
        """Have each room put on `visit` what it knows of the shopper, again where need be."""
        for put_on in self.recall:
            put_on(visit)

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
        for handle, visit_id, to_ms, pauses in self.records.ended_handles():
            self._ghosts[handle] = Ghost(visit_id, to_ms, pauses)
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
            began_ms = round(visit.opened_s * 1000)
            remembered = self.ledger.allowed(visit.shopper, "remember", began_ms)
            self._draw(visit, remembered=remembered)
            self.remind(visit)
            self.visits[visit.visit] = visit
            self.set_live(visit, now_s)

    # What each event does

    def _opened(self, event: Opened) -> None:
        visit = self.visits[event.visit.visit]
        visit.handles[event.pairing.handle] = event.pairing.tag
        self.set_live(visit, event.pairing.opened_s)

    def _joined(self, event: Joined) -> None:
        self.visits[event.visit.visit].join_code = event.visit.join_code

    def _paused(self, event: Paused) -> None:
        visit = self.visits[event.visit.visit]
        visit.pauses = until_now(visit.pauses, visit.paused_s, event.at_s)
        visit.paused_s = event.at_s if event.visit.paused else None
        self.set_live(visit, event.at_s)

    def _paused_lines(self, event: Paused) -> Sequence[Executable]:
        visit = self.visits[event.visit.visit]
        paused_ms = round(event.at_s * 1000) if event.visit.paused else None
        over = encoded(until_now(visit.pauses, visit.paused_s, event.at_s))
        return [records.visit_changed(visit.visit, paused_ms=paused_ms, pauses=over)]

    def _ended(self, event: Ended) -> None:
        handle = event.pairing.handle
        visit = self.visits[event.pairing.visit]
        visit.handles.pop(handle, None)
        if self.live.pop(handle, None) is not None:
            self.on_close(handle)
        pauses = until_now(visit.pauses, visit.paused_s)
        self._ghosts[handle] = Ghost(visit.visit, round(event.at_s * 1000), pauses)
        self.list_changed = True
        if event.visit_ended:
            del self.visits[visit.visit]
            self.ledger.forget(visit.shopper)

    def _ended_lines(self, event: Ended) -> Sequence[Executable]:
        to_ms = round(event.at_s * 1000)
        pairing = records.pairing_ended(event.pairing.handle, event.reason, to_ms)
        if not event.visit_ended:
            return [pairing]
        visit = self.visits[event.pairing.visit]
        how: consent.How = "leave" if event.reason == "leave" else "expiry"
        taken_back = self.ledger.withdrawal(visit.shopper, WHILE_SHOPPING, to_ms, how)
        return [
            pairing,
            records.visit_changed(visit.visit, ended_ms=to_ms, reason=event.reason),
            *records.consents_added(taken_back),
        ]

    def _draw(self, visit: Visit, *, remembered: bool) -> None:
        """Draw the holdout as the visit begins; who is remembered from here on is for the next."""
        visit.drawn = experiments.subject_of(visit.shopper, visit.visit, remembered=remembered)
        share = self._settings.holdout_share
        visit.holdout = experiments.holdout(visit.drawn, self._salt, share, outside=visit.demo)


def _joined_lines(event: Joined) -> Sequence[Executable]:
    visit = event.visit
    return [
        records.visit_changed(visit.visit, join_code=visit.join_code),
        records.phone_joined(bytes.fromhex(event.phone), visit.visit),
    ]


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


def _nothing(*_told: object) -> None:
    return None

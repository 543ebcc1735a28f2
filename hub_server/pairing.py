"""Tag -> pairing -> visit -> shopper: who holds which cart, from when, and why no longer.

A state machine of values: names (random, made outside), phones, times and signs go in, events come
out; the caller stores them and tells the phones. A handle is found only while its pairing is open,
and a phone sees its own visit only. Times in seconds on one clock.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

from hub_server.visit.endings import ENDINGS, Ending, Reason, Signs

TagState = Literal["free", "in_use", "mine"]

# A family with two carts and baskets; more is somebody collecting tags.
TAGS_MAX: Final = 4
PHONES_MAX: Final = 4

# No vowels (no words), no 0 O 1 I L (no mistakes), read aloud at the till.
CODE_ALPHABET: Final = "23456789BCDFGHJKMNPQRSTVWXYZ"
CODE_CHARS: Final = 6
CODES_COUNT: Final = len(CODE_ALPHABET) ** CODE_CHARS

REFUSALS: Final = {
    "in_use": "In use; is it yours now?",
    "too_many_tags": f"A visit has at most {TAGS_MAX} carts.",
    "too_many_phones": f"A visit has at most {PHONES_MAX} phones.",
    "name_taken": "Please try again.",
    "unknown_code": "This code is not valid, or has been used.",
    "busy": "Leave your own visit first.",
    "no_visit": "This visit has ended.",
}


class PairingRefused(ValueError):  # noqa: N818 - it is an answer, no fault
    """What the book does not do; `code` is a key of REFUSALS, the text is for the shopper."""

    def __init__(self, *, code: str) -> None:
        super().__init__(REFUSALS[code])
        self.code = code


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Random names for one yes, made by the caller; codes by `code_from`."""

    handle: str
    visit: str
    shopper: str
    visit_code: str
    join_code: str


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """One tag in the hands of one visit."""

    handle: str
    tag: str
    visit: str
    opened_s: float


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One shopper in the store; the first phone gave the yes, the others joined it."""

    visit: str
    shopper: str
    visit_code: str
    join_code: str
    phones: tuple[str, ...]
    handles: tuple[str, ...]
    opened_s: float
    paused: bool = False


class Opened(msgspec.Struct, frozen=True, tag=True):
    """A pairing began."""

    pairing: Pairing
    visit: Visit


class Joined(msgspec.Struct, frozen=True, tag=True):
    """A phone joined a visit, whose join code changed."""

    visit: Visit
    phone: str


class Left(msgspec.Struct, frozen=True, tag=True):
    """A joined phone left; the visit goes on."""

    visit: Visit
    phone: str


class Paused(msgspec.Struct, frozen=True, tag=True):
    """A visit paused or went on."""

    visit: Visit
    at_s: float


class Ended(msgspec.Struct, frozen=True, tag=True):
    """A pairing ended: nothing under its handle is taken from here on."""

    pairing: Pairing
    reason: Reason
    at_s: float
    phones: tuple[str, ...]
    """To be told."""
    visit_ended: bool
    """It was the visit's last."""


Event = Opened | Joined | Left | Paused | Ended


def code_from(number: int) -> str:
    """The six characters of a random `number` below CODES_COUNT."""
    chars = []
    for _ in range(CODE_CHARS):
        number, digit = divmod(number, len(CODE_ALPHABET))
        chars.append(CODE_ALPHABET[digit])
    return "".join(chars)


def code_read(text: str) -> str | None:
    """A code as typed: any case, with spaces or dashes; None where it can be none."""
    code = text.upper().replace(" ", "").replace("-", "")
    known = len(code) == CODE_CHARS and not set(code) - set(CODE_ALPHABET)
    return code if known else None


class PairingBook:
    """All open pairings and visits of one store."""

    def __init__(self) -> None:
        self._pairings: dict[str, Pairing] = {}
        self._visits: dict[str, Visit] = {}
        self._handle_by_tag: dict[str, str] = {}
        self._visit_by_phone: dict[str, str] = {}
        self._since_s: dict[str, float] = {}

    @classmethod
    def restored(
        cls, pairings: Iterable[Pairing], visits: Iterable[Visit], at_s: float
    ) -> "PairingBook":
        """The book after a restart; silences count from `at_s`, when listening began again.

        A visit without a pairing and a pairing without a visit are over: they are not taken up.
        """
        book = cls()
        held = {pairing.handle: pairing for pairing in pairings}
        for visit in visits:
            handles = tuple(one.handle for one in held.values() if one.visit == visit.visit)
            if handles:
                book._put(msgspec.structs.replace(visit, handles=handles))
            for handle in handles:
                book._enter(held[handle], at_s)
        return book

    def copy(self) -> "PairingBook":
        """The same book, to go back to: nothing in it ever changes, only what it holds."""
        book = PairingBook()
        book._pairings = dict(self._pairings)
        book._visits = dict(self._visits)
        book._handle_by_tag = dict(self._handle_by_tag)
        book._visit_by_phone = dict(self._visit_by_phone)
        book._since_s = dict(self._since_s)
        return book

    # What may be read

    def look(self, tag: str, phone: str | None) -> TagState:
        """What a scan of `tag` shows to `phone`: never whose it is."""
        handle = self._handle_by_tag.get(tag)
        if handle is None:
            return "free"
        mine = self.visit_of(phone) if phone is not None else None
        return "mine" if mine is not None and handle in mine.handles else "in_use"

    def pairing(self, handle: str) -> Pairing | None:
        """The open pairing of a handle."""
        return self._pairings.get(handle)

    def visit(self, visit: str) -> Visit | None:
        """An open visit."""
        return self._visits.get(visit)

    def visit_of(self, phone: str) -> Visit | None:
        """The open visit that `phone` is part of."""
        return self._visits.get(self._visit_by_phone.get(phone, ""))

    def visit_by_code(self, visit_code: str) -> Visit | None:
        """The open visit whose phone shows this code."""
        return next((v for v in self._visits.values() if v.visit_code == visit_code), None)

    def listened(self) -> tuple[Pairing, ...]:
        """The pairings whose tags may leave a Pi's memory: open, and not paused."""
        return tuple(p for p in self._pairings.values() if not self._visits[p.visit].paused)

    def open_visits(self) -> tuple[Visit, ...]:
        """Every open visit."""
        return tuple(self._visits.values())

    # What may happen

    def open(
        self, tag: str, phone: str, names: Names, at_s: float, *, takeover: bool = False
    ) -> tuple[Event, ...]:
        """Pair `tag` with the phone's visit, or with a new one under `names`.

        A tag that is already the phone's own: no event. One in use by another ends there first,
        if `takeover`.

        Raises:
            PairingRefused: `in_use`, `too_many_tags`, or `name_taken` (ours: draw new names).
        """
        state = self.look(tag, phone)
        if state == "mine":
            return ()
        if state == "in_use" and not takeover:
            raise PairingRefused(code="in_use")
        visit = self.visit_of(phone) or self._new_visit(phone, names, at_s)
        if len(visit.handles) >= TAGS_MAX:
            raise PairingRefused(code="too_many_tags")
        if names.handle in self._pairings:
            raise PairingRefused(code="name_taken")
        ended = self._end(self._handle_by_tag[tag], "takeover", at_s) if state == "in_use" else ()
        pairing = Pairing(handle=names.handle, tag=tag, visit=visit.visit, opened_s=at_s)
        visit = self._put(msgspec.structs.replace(visit, handles=(*visit.handles, pairing.handle)))
        self._enter(pairing, at_s)
        return (*ended, Opened(pairing, visit))

    def join(self, join_code: str, phone: str, next_join_code: str) -> tuple[Event, ...]:
        """Add a second phone by the code shown on the first; a code works once.

        Raises:
            PairingRefused: `unknown_code`, `busy` (the phone has a visit), `too_many_phones`.
        """
        visit = next((v for v in self._visits.values() if v.join_code == join_code), None)
        if visit is None:
            raise PairingRefused(code="unknown_code")
        if self.visit_of(phone) is not None:
            raise PairingRefused(code="busy")
        if len(visit.phones) >= PHONES_MAX:
            raise PairingRefused(code="too_many_phones")
        joined = self._put(
            msgspec.structs.replace(visit, phones=(*visit.phones, phone), join_code=next_join_code)
        )
        return (Joined(joined, phone),)

    def pause(self, phone: str, at_s: float, *, paused: bool) -> tuple[Event, ...]:
        """Stop listening to the visit's tags, or go on; silences count anew from then."""
        visit = self._own(phone)
        if visit.paused == paused:
            return ()
        self._since_s |= dict.fromkeys(visit.handles, at_s)
        return (Paused(self._put(msgspec.structs.replace(visit, paused=paused)), at_s),)

    def leave(self, phone: str, at_s: float, reason: Reason = "leave") -> tuple[Event, ...]:
        """The first phone ends the visit for all (the yes was its own); a joined one goes alone.

        Raises:
            PairingRefused: `no_visit`.
        """
        visit = self._own(phone)
        if phone == visit.phones[0]:
            return self.end_visit(visit.visit, reason, at_s)
        del self._visit_by_phone[phone]
        rest = tuple(one for one in visit.phones if one != phone)
        return (Left(self._put(msgspec.structs.replace(visit, phones=rest)), phone),)

    def end_visit(self, visit: str, reason: Reason, at_s: float) -> tuple[Event, ...]:
        """End every pairing of a visit; none where it is not open."""
        found = self._visits.get(visit)
        handles = () if found is None else found.handles
        return tuple(event for handle in handles for event in self._end(handle, reason, at_s))

    def tick(
        self, now_s: float, signs: Mapping[str, Signs], *, closing: bool = False
    ) -> tuple[Event, ...]:
        """End what is due by the table; at closing time, everything."""
        events: list[Event] = []
        for handle in list(self._pairings):
            pairing = self._pairings.get(handle)
            if pairing is None:
                continue
            ending = self._due(pairing, signs.get(handle, _NO_SIGNS), now_s)
            if closing:
                events += self._end(handle, "closing", now_s)
            elif ending is not None and ending.whole_visit:
                events += self.end_visit(pairing.visit, ending.reason, now_s)
            elif ending is not None:
                events += self._end(handle, ending.reason, now_s)
        return tuple(events)

    # How

    def _due(self, pairing: Pairing, signs: Signs, now_s: float) -> Ending | None:
        paused = self._visits[pairing.visit].paused
        since_s = self._since_s[pairing.handle]
        due = (
            e for e in ENDINGS if (e.while_paused or not paused) and e.due(signs, since_s, now_s)
        )
        return next(due, None)

    def _own(self, phone: str) -> Visit:
        visit = self.visit_of(phone)
        if visit is None:
            raise PairingRefused(code="no_visit")
        return visit

    def _new_visit(self, phone: str, names: Names, at_s: float) -> Visit:
        codes = {code for v in self._visits.values() for code in (v.visit_code, v.join_code)}
        if names.visit in self._visits or {names.visit_code, names.join_code} & codes:
            raise PairingRefused(code="name_taken")
        return Visit(
            visit=names.visit,
            shopper=names.shopper,
            visit_code=names.visit_code,
            join_code=names.join_code,
            phones=(phone,),
            handles=(),
            opened_s=at_s,
        )

    def _put(self, visit: Visit) -> Visit:
        self._visits[visit.visit] = visit
        self._visit_by_phone |= dict.fromkeys(visit.phones, visit.visit)
        return visit

    def _enter(self, pairing: Pairing, since_s: float) -> None:
        self._pairings[pairing.handle] = pairing
        self._handle_by_tag[pairing.tag] = pairing.handle
        self._since_s[pairing.handle] = since_s

    def _end(self, handle: str, reason: Reason, at_s: float) -> tuple[Event, ...]:
        pairing = self._pairings.pop(handle)
        del self._handle_by_tag[pairing.tag]
        del self._since_s[handle]
        visit = self._visits[pairing.visit]
        rest = tuple(one for one in visit.handles if one != handle)
        if rest:
            self._put(msgspec.structs.replace(visit, handles=rest))
        else:
            del self._visits[visit.visit]
            for phone in visit.phones:
                del self._visit_by_phone[phone]
        return (Ended(pairing, reason, at_s, visit.phones, not rest),)


_NO_SIGNS: Final = Signs()

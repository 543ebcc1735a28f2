"""The shopper's side of the hub: look, yes, join, page, pause, leave.

Each call is one phone's; a phone is known by the sha256 of its cookie and sees its own visit only.
"""

import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec
from sqlalchemy.sql import Executable

from hub_server import consent
from hub_server.journey.lead import PLACE_MAX_S, age_s, leading
from hub_server.journey.tracks import RADIUS_MAX_M
from hub_server.journeys import Journey, Journeys
from hub_server.pairing import Event, PairingRefused, TagState, code_read
from hub_server.pairing import Visit as Booked
from hub_server.sessions import TOKEN_BYTES, digest, random_id
from hub_server.settings import Settings
from hub_server.shopper.erasure import CODE_TRIES_MAX, CODE_TRIES_OF_ALL, SLOW_MS
from hub_server.throttle import Throttle
from hub_server.views.hub import (
    ConsentView,
    MessageView,
    OperatorView,
    PhoneState,
    Place,
    Refused,
    Session,
    TagView,
)
from hub_server.visit import records
from hub_server.visit.moments import Moments
from hub_server.visit.roll import Change, Roll
from hub_server.visit.tags import Tag, TagTable
from hub_server.visit.visits import HEARTBEAT_S, Sent, Visit

STATUS: Final = {
    "in_use": 409,
    "too_many_tags": 409,
    "too_many_phones": 409,
    "busy": 409,
    "name_taken": 409,
    "unknown_code": 404,
    "no_visit": 404,
}


class Desk:
    """What phones may ask of one store's hub."""

    def __init__(
        self,
        settings: Settings,
        roll: Roll,
        tags: TagTable,
        parts: tuple[Moments, Journeys],
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._roll = roll
        self._tags = tags
        self._moments, self._journeys = parts
        self._clock = clock
        self.throttle: Final = Throttle(CODE_TRIES_MAX, CODE_TRIES_OF_ALL, SLOW_MS)
        self.adds: list[Callable[[Visit], Mapping[str, Any]]] = []
        """What each room adds to a phone's state: fields of PhoneState by name."""
        self.gift_names: Callable[[str], frozenset[str]] = lambda _: frozenset()
        """What no phone of a shopper's may be told of."""
        self.shown: Callable[[frozenset[str], Sent], MessageView | None] = lambda _, one: one.view()
        """A message as a phone may show it, or None."""

    def look(self, code: str, cookie: str | None) -> TagView:
        """What a scan of `code` finds. Writes nothing."""
        tag = self._tags.by_code(code)
        operator = self._settings.operator
        state: TagState | Literal["retired", "unknown"] = "unknown" if tag is None else "retired"
        if tag is not None and not tag.retired:
            state = self._roll.book.look(tag.tag, _phone(cookie))
        return TagView(
            state=state,
            store_name=self._moments.store_name,
            operator=OperatorView(name=operator.name, contact=operator.contact),
            simulated=tag is not None and tag.simulated,
            demo=self._settings.demo,
        )

    def say_yes(
        self, code: str, cookie: str | None, *, remember: bool, takeover: bool, language: str
    ) -> tuple[Session, tuple[Event, ...]]:
        """Pair the tag with this phone's visit, or with a new one.

        Raises:
            Refused: 404 unknown code, 410 retired, 409 in use, too many, or closed.
        """
        tag = self._tag(code)
        now_s = self._clock()
        if not self._moments.is_open(now_s):
            raise Refused(409, "closed", "The store is closed.")
        known = self._known(cookie)
        open_visit = self._roll.book.visit_of(_phone(cookie) or "")
        if open_visit is not None and cookie is not None:
            # A guest's tick is the guest's own: the owner of the visit is not remembered by it.
            ticks = known.shopper if known and remember and not known.remembered else None
            with self._roll.changing() as change:
                change.add(self._open(tag, cookie, open_visit.shopper, now_s, takeover=takeover))
                if ticks is not None:
                    line = consent.given(ticks, self._shown(language), _ms(now_s), "remember")
                    self._roll.remember(change, line)
            remembered = ticks is not None or (known is not None and known.remembered)
            return _session(cookie, open_visit, remembered), tuple(change.events)
        # Only a remembered shopper is the same one again; without the tick for the last time.
        same = known if known is not None and known.remembered else None
        cookie = cookie if same and cookie else secrets.token_urlsafe(TOKEN_BYTES)
        shopper = same.shopper if same else random_id()
        with self._roll.changing() as change:
            events = self._open(tag, cookie, shopper, now_s, takeover=takeover)
            booked = self._roll.book.visit_of(digest(cookie).hex())
            if booked is None:
                raise Refused(409, "name_taken", "Please try again.")
            visit = self._visit(booked, language, remember=remember)
            self._admit(change, visit, digest(cookie), known=same is not None)
            change.add(events)
        return _session(cookie, booked, visit.remembered), tuple(change.events)

    def join(
        self, join_code: str, cookie: str | None, client: str = ""
    ) -> tuple[Session, tuple[Event, ...]]:
        """Let a second phone see the visit whose page shows `join_code`.

        Raises:
            Refused: 404 no such code, 409 busy or too many, 429 too many wrong tries.
        """
        now_ms = _ms(self._clock())
        self.throttle.check(client, now_ms)
        known = self._known(cookie)
        phone = cookie if known and cookie else secrets.token_urlsafe(TOKEN_BYTES)
        wanted = code_read(join_code) or ""
        with self._roll.changing() as change:
            try:
                events = self._roll.book.join(wanted, digest(phone).hex(), self._roll.free_code())
            except PairingRefused as error:
                self.throttle.failed(client, now_ms)
                raise _refused(error) from None
            if known is None:
                change.statements += _stranger(digest(phone), now_ms)
            change.add(events)
        booked = self._roll.book.visit_of(digest(phone).hex())
        if booked is None:
            raise Refused(404, "no_visit", "This visit has ended.")
        remembered = known is not None and known.remembered
        return _session(phone, booked, remembered), tuple(change.events)

    def page(self, cookie: str | None) -> PhoneState:
        """Everything the phone shows.

        Raises:
            Refused: 404, this phone has no visit.
        """
        visit = self.visit_of(cookie)
        if visit is not None:
            return self.state(visit)
        known = self._known(cookie)
        last = self._roll.records.last_visit(known) if known else None
        if last is None:
            raise Refused(404, "no_visit", "This phone has no visit.")
        sent = [one for one in self._roll.records.sent(last.visit) if one.shown]
        return msgspec.structs.replace(
            self.ended(last.reason),
            messages=self._messages(self.gift_names(last.shopper), sent),
            visit_code=last.visit_code,
            intent=last.intent,
        )

    def ended(self, reason: str) -> PhoneState:
        """The page of a visit that is over."""
        return PhoneState(
            state="ended",
            ended=reason,
            place=None,
            messages=[],
            visit_code="",
            join_code="",
            paused=False,
            intent=None,
            consent=ConsentView(locate=False, message=False, remember=False),
            stage=None,
        )

    def state(self, visit: Visit) -> PhoneState:
        """The page of an open visit."""
        journey = self.journey(visit)
        place = self._place(journey, visit.language)
        paused = visit.paused_s is not None
        state = PhoneState(
            state="paused" if paused else "located" if place else "unknown",
            ended=None,
            place=None if paused else place,
            messages=self._messages(visit.gift_names, visit.sent),
            visit_code=visit.visit_code,
            join_code=visit.join_code,
            paused=paused,
            intent=visit.mission.intent,
            consent=ConsentView(
                locate=visit.may_locate, message=visit.may_message, remember=visit.remembered
            ),
            stage=journey.stage if journey else None,
            light=any(handle in self._roll.live for handle in visit.handles),
            first_visit=visit.past.first_visit,
        )
        added = {name: value for add in self.adds for name, value in add(visit).items()}
        return msgspec.structs.replace(state, **added)

    def journey(self, visit: Visit) -> Journey | None:
        """The journey of the visit's tag that the shopper is with."""
        now_s = self._clock()
        journeys = [
            found
            for handle in visit.handles
            if (found := self._journeys.at(handle, now_s)) is not None
        ]
        found = leading(journeys, visit.lead)
        visit.lead = found.handle if found else ""
        return found

    def visit_of(self, cookie: str | None) -> Visit | None:
        """The open visit that this phone is part of."""
        booked = self._roll.book.visit_of(_phone(cookie) or "")
        return self._roll.visits.get(booked.visit) if booked else None

    def own(self, cookie: str | None) -> Visit:
        """The open visit that this phone is part of.

        Raises:
            Refused: 404, there is none.
        """
        visit = self.visit_of(cookie)
        if visit is None:
            raise Refused(404, "no_visit", "This visit has ended.")
        return visit

    def myself(self, cookie: str | None) -> tuple[str, Visit | None]:
        """The shopper of this phone, and their own open visit; a guest's is not the owner's.

        Raises:
            Refused: 404, nothing is known of this phone.
        """
        known = self._known(cookie)
        if known is None:
            raise Refused(404, "no_visit", "Nothing is known of this phone.")
        own = [one for one in self._roll.visits.values() if one.shopper == known.shopper]
        return known.shopper, own[0] if own else None

    def heartbeat(self, cookie: str | None, *, visible: bool) -> None:
        """A sign of life from a page."""
        visit = self.own(cookie)
        now_s = self._clock()
        visit.sign_s = now_s
        # A second phone that is put away does not hide the first: only its own sign goes.
        phone = _phone(cookie) or ""
        if visible:
            if now_s - visit.visible.get(phone, -math.inf) > HEARTBEAT_S:
                for handle in visit.handles:
                    self._journeys.event(handle, "app_open", now_s)
            visit.visible[phone] = now_s
        else:
            visit.visible.pop(phone, None)

    def pause(self, cookie: str | None, *, paused: bool) -> tuple[Event, ...]:
        """Stop looking, or begin again."""
        self.own(cookie)
        now_s = self._clock()
        with self._roll.changing() as change:
            change.add(self._roll.book.pause(_phone(cookie) or "", now_s, paused=paused))
        return tuple(change.events)

    def leave(self, cookie: str | None) -> tuple[Event, ...]:
        """End the visit, or a joined phone's part in it."""
        self.own(cookie)
        with self._roll.changing() as change:
            change.add(self._roll.book.leave(_phone(cookie) or "", self._clock()))
        return tuple(change.events)

    def _tag(self, code: str) -> Tag:
        tag = self._tags.by_code(code)
        if tag is None:
            raise Refused(404, "unknown", "This code belongs to no cart of this store.")
        if tag.retired:
            raise Refused(410, "retired", "This code is no longer in use.")
        return tag

    def _open(
        self, tag: Tag, cookie: str, shopper: str, now_s: float, *, takeover: bool
    ) -> tuple[Event, ...]:
        try:
            return self._roll.book.open(
                tag.tag,
                digest(cookie).hex(),
                self._roll.names(shopper),
                now_s,
                takeover=takeover,
            )
        except PairingRefused as error:
            raise _refused(error) from None

    def _visit(self, booked: Booked, language: str, *, remember: bool) -> Visit:
        return Visit(
            visit=booked.visit,
            shopper=booked.shopper,
            visit_code=booked.visit_code,
            join_code=booked.join_code,
            opened_s=booked.opened_s,
            language=language,
            remembered=remember,
            demo=self._settings.demo,
            sign_s=booked.opened_s,
        )

    def _shown(self, language: str) -> consent.ConsentText:
        return consent.shown(language, self._moments.store_name, self._settings.operator.name)

    def _admit(self, change: Change, visit: Visit, phone: bytes, *, known: bool) -> None:
        text = self._shown(visit.language)
        opened_ms = _ms(visit.opened_s)
        given = consent.yes(visit.shopper, text, opened_ms, remember=visit.remembered)
        self._roll.admit(change, visit, given, known=known)
        if known:
            # The visit that this phone once looked on is nothing to its own.
            change.statements.append(records.phone_joined(phone, None))
        else:
            change.statements.append(records.phone_added(phone, visit.shopper, None, opened_ms))

    def _known(self, cookie: str | None) -> records.Known | None:
        return self._roll.records.phone(digest(cookie)) if cookie else None

    def _messages(self, gifts: frozenset[str], sent: Sequence[Sent]) -> list[MessageView]:
        """What a phone lists, newest first."""
        views = (self.shown(gifts, one) for one in reversed(sent) if one.listed)
        return [view for view in views if view is not None]

    def _place(self, journey: Journey | None, language: str) -> Place | None:
        if journey is None or journey.x_m is None or age_s(journey) > PLACE_MAX_S:
            return None
        if journey.zone is None and (journey.radius_m or 0.0) > RADIUS_MAX_M:
            return None
        return Place(
            x_m=journey.x_m,
            y_m=journey.y_m or 0.0,
            radius_m=journey.radius_m or 0.0,
            zone=journey.zone,
            zone_name=self._moments.zone_name(journey.zone, language),
            level=journey.level or "",
            age_s=age_s(journey),
        )


def _stranger(phone: bytes, now_ms: int) -> list[Executable]:
    guest = Visit(visit="", shopper=random_id(), visit_code="", join_code="", opened_s=0.0)
    return [
        records.shopper_added(guest, now_ms),
        records.phone_added(phone, guest.shopper, None, now_ms),
    ]


def _phone(cookie: str | None) -> str | None:
    return digest(cookie).hex() if cookie else None


def _session(cookie: str, visit: Booked, remembered: bool) -> Session:  # noqa: FBT001 - one place
    return Session(
        cookie=cookie,
        visit_code=visit.visit_code,
        join_code=visit.join_code,
        remembered=remembered,
    )


def _refused(error: PairingRefused) -> Refused:
    return Refused(STATUS[error.code], error.code, str(error))


def _ms(at_s: float) -> int:
    return round(at_s * 1000)

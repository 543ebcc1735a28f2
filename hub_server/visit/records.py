"""Shoppers, phones, visits, pairings and consents in the database, and how they come back.

Nothing here decides; each function is the statements of one event, or one question.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.sql import Executable

from hub_server.consent import DAY_MS, ConsentEvent, Ledger
from hub_server.database import Database
from hub_server.decision.snapshot import Feedback
from hub_server.experiments import subject_of
from hub_server.pairing import Opened, Pairing
from hub_server.records.message_tables import RESERVATIONS
from hub_server.records.tables import (
    CONSENTS,
    MUTES,
    PAIRINGS,
    PHONES,
    RECEIPTS,
    SHOPPERS,
    STAYS,
    VISITS,
)
from hub_server.visit.pauses import Pauses, decoded, until_now
from hub_server.visit.sent_records import sent_in
from hub_server.visit.visits import Mission, Sent, Visit


class Bought(msgspec.Struct, frozen=True):
    """What the till has said of a visit."""

    items: list[str] = []
    categories: list[str] = []


class Known(msgspec.Struct, frozen=True):
    """Whose phone a cookie is."""

    shopper: str
    remembered: bool
    joined_visit: str | None


class VisitRecords:
    """The records of one store's visits."""

    def __init__(self, database: Database, store: str) -> None:
        self._database = database
        self._store = store

    def phone(self, phone: bytes) -> Known | None:
        """Whose phone this is, by the sha256 of its cookie."""
        found = self._database.read(
            select(PHONES.c.shopper, PHONES.c.joined_visit, SHOPPERS.c.remembered)
            .join(SHOPPERS, SHOPPERS.c.shopper == PHONES.c.shopper)
            .where(PHONES.c.cookie_sha256 == phone)
        )
        if not found:
            return None
        return Known(found[0].shopper, found[0].remembered, found[0].joined_visit)

    def remembered(self, shopper: str) -> bool:
        """Whether a shopper asked to be known next time."""
        ticked = (SHOPPERS.c.shopper == shopper) & SHOPPERS.c.remembered.is_(True)
        return bool(self._database.read(select(SHOPPERS.c.shopper).where(ticked)))

    def phones_of(self, shopper: str) -> list[str]:
        """The phones of a shopper, as the book names them."""
        rows = self._database.read(
            select(PHONES.c.cookie_sha256).where(PHONES.c.shopper == shopper)
        )
        return [row[0].hex() for row in rows]

    def shopper_by_code(self, visit_code: str) -> str | None:
        """Whose visit has this code, open or ended."""
        found = self._database.read(
            select(VISITS.c.shopper).where(VISITS.c.visit_code == visit_code)
        )
        return str(found[0][0]) if found else None

    def code_taken(self, code: str) -> bool:
        """Whether a kept visit has this code already."""
        found = self._database.read(
            select(VISITS.c.visit).where(
                (VISITS.c.visit_code == code) | (VISITS.c.join_code == code)
            )
        )
        return bool(found)

    def last_visit(self, known: Known) -> Row[Any] | None:
        """The newest visit that this phone saw."""
        mine = VISITS.c.shopper == known.shopper
        if known.joined_visit is not None:
            mine = VISITS.c.visit == known.joined_visit
        found = self._database.read(
            select(VISITS).where(mine).order_by(VISITS.c.opened_ms.desc()).limit(1)
        )
        return found[0] if found else None

    def sent(self, visit: str) -> list[Sent]:
        """The messages of a visit, oldest first."""
        return sent_in(self._database, visit)

    def muted(self, shopper: str) -> list[Feedback]:
        """What the shopper once did not want."""
        rows = self._database.read(select(MUTES).where(MUTES.c.shopper == shopper))
        return [Feedback("not_for_me", row.topic, None, row.at_ms / 1000) for row in rows]

    def consents(self, shopper: str) -> list[ConsentEvent]:
        """The shopper's lines of the ledger."""
        rows = self._database.read(
            select(CONSENTS).where(CONSENTS.c.shopper == shopper).order_by(CONSENTS.c.id)
        )
        return [
            ConsentEvent(
                subject=row.shopper,
                purpose=row.purpose,
                text_version=row.text_version,
                text_sha256=row.text_sha256,
                language=row.language,
                how=row.how,
                given_ms=row.given_ms,
                withdrawn_ms=row.withdrawn_ms,
            )
            for row in rows
        ]

    def handles_of(self, shopper: str) -> list[str]:
        """Every handle that an outbox may still name for this shopper."""
        rows = self._database.read(
            select(PAIRINGS.c.handle)
            .join(VISITS, VISITS.c.visit == PAIRINGS.c.visit)
            .where(VISITS.c.shopper == shopper, PAIRINGS.c.handle != "")
        )
        return [str(row[0]) for row in rows]

    def ended_handles(self) -> list[tuple[str, str, int, Pauses]]:
        """(handle, visit, to_ms, pauses) of ended pairings whose late stays still count."""
        rows = self._database.read(
            select(PAIRINGS, VISITS.c.pauses, VISITS.c.paused_ms)
            .join(VISITS, VISITS.c.visit == PAIRINGS.c.visit)
            .where(
                PAIRINGS.c.store == self._store,
                PAIRINGS.c.handle != "",
                PAIRINGS.c.to_ms.is_not(None),
            )
        )
        return [
            (row.handle, row.visit, row.to_ms, until_now(decoded(row.pauses), _paused_s(row)))
            for row in rows
        ]

    def open_pairings(self) -> list[Pairing]:
        """Pairings that had not ended when the hub stopped."""
        rows = self._database.read(
            select(PAIRINGS).where(PAIRINGS.c.store == self._store, PAIRINGS.c.to_ms.is_(None))
        )
        return [
            Pairing(handle=row.handle, tag=row.tag, visit=row.visit, opened_s=row.from_ms / 1000)
            for row in rows
        ]

    def open_visits(self) -> list[tuple[Visit, tuple[str, ...]]]:
        """Visits that had not ended when the hub stopped, each with its phones, owner's first."""
        rows = self._database.read(
            select(VISITS, SHOPPERS.c.remembered, SHOPPERS.c.demo, SHOPPERS.c.language)
            .join(SHOPPERS, SHOPPERS.c.shopper == VISITS.c.shopper)
            .where(VISITS.c.store == self._store, VISITS.c.ended_ms.is_(None))
        )
        return [(self._visit(row), self._phones(row.visit, row.shopper)) for row in rows]

    def deletion(self, shopper: str, now_ms: int) -> list[Executable]:
        """What deletes all of a shopper; one receipt stays that names nobody."""
        receipt = Ledger(self.consents(shopper)).forget(shopper)
        own = select(VISITS.c.visit).where(VISITS.c.shopper == shopper)
        statements: list[Executable] = [
            update(PHONES).where(PHONES.c.joined_visit.in_(own)).values(joined_visit=None),
            delete(SHOPPERS).where(SHOPPERS.c.shopper == shopper),
        ]
        if receipt is not None:
            statements.append(
                insert(RECEIPTS).values(
                    given_day=receipt.given_day,
                    deleted_day=now_ms // DAY_MS,
                    purposes=" ".join(receipt.purposes),
                    text_version=receipt.text_version,
                    text_sha256=receipt.text_sha256,
                    language=receipt.language,
                )
            )
        return statements

    def _visit(self, row: Row[Any]) -> Visit:
        bought = msgspec.json.decode(row.bought, type=Bought)
        sent = self.sent(row.visit)
        said = [
            Feedback(one.feedback, one.topic, one.zone, one.at_s)  # type: ignore[arg-type]
            for one in sent
            if one.feedback
        ]
        return Visit(
            visit=row.visit,
            shopper=row.shopper,
            visit_code=row.visit_code,
            join_code=row.join_code,
            opened_s=row.opened_ms / 1000,
            language=row.language,
            remembered=row.remembered,
            demo=row.demo,
            paused_s=_paused_s(row),
            pauses=decoded(row.pauses),
            paid_s=None if row.paid_ms is None else row.paid_ms / 1000,
            mission=_mission(row),
            zones=self._zones(row.visit),
            bought_items=set(bought.items),
            bought_categories=set(bought.categories),
            sent=sent,
            feedback=[*self.muted(row.shopper), *said],
        )

    def _zones(self, visit: str) -> list[str]:
        rows = self._database.read(
            select(STAYS.c.zone)
            .where(STAYS.c.visit == visit, STAYS.c.kind == "enter")
            .order_by(STAYS.c.at_ms)
        )
        return [str(row[0]) for row in rows]

    def _phones(self, visit: str, shopper: str) -> tuple[str, ...]:
        rows = self._database.read(
            select(PHONES.c.cookie_sha256)
            .where(
                ((PHONES.c.shopper == shopper) & PHONES.c.joined_visit.is_(None))
                | (PHONES.c.joined_visit == visit)
            )
            .order_by(PHONES.c.joined_visit.is_not(None), PHONES.c.created_ms)
        )
        return tuple(row[0].hex() for row in rows)


def shopper_added(visit: Visit, now_ms: int) -> Executable:
    """A shopper's first yes."""
    return insert(SHOPPERS).values(
        shopper=visit.shopper,
        remembered=visit.remembered,
        demo=visit.demo,
        language=visit.language,
        created_ms=now_ms,
    )


def shopper_back(visit: Visit) -> Executable:
    """A remembered shopper's next yes."""
    return (
        update(SHOPPERS)
        .where(SHOPPERS.c.shopper == visit.shopper)
        .values(remembered=visit.remembered, language=visit.language)
    )


def shopper_remembered(shopper: str) -> Executable:
    """A shopper ticked 'remember me' on a later yes."""
    return update(SHOPPERS).where(SHOPPERS.c.shopper == shopper).values(remembered=True)


def caps_of_shopper(shopper: str) -> Executable:
    """What was said in a shopper's visits counts for the shopper from now on."""
    visits = select(VISITS.c.visit).where(VISITS.c.shopper == shopper)
    subject = subject_of(shopper, "", remembered=True)
    return update(RESERVATIONS).where(RESERVATIONS.c.visit.in_(visits)).values(subject=subject)


def caps_of_visit(visit: str) -> Executable:
    """What was said in a visit counts for the visit alone."""
    subject = subject_of("", visit, remembered=False)
    return update(RESERVATIONS).where(RESERVATIONS.c.visit == visit).values(subject=subject)


def phone_added(phone: bytes, shopper: str, joined_visit: str | None, now_ms: int) -> Executable:
    """A cookie was set."""
    return insert(PHONES).values(
        cookie_sha256=phone, shopper=shopper, joined_visit=joined_visit, created_ms=now_ms
    )


def phone_joined(phone: bytes, visit: str | None) -> Executable:
    """A phone looks on a visit, or no longer."""
    return update(PHONES).where(PHONES.c.cookie_sha256 == phone).values(joined_visit=visit)


def visit_added(store: str, visit: Visit) -> Executable:
    """A visit began."""
    return insert(VISITS).values(
        store=store,
        visit=visit.visit,
        shopper=visit.shopper,
        visit_code=visit.visit_code,
        join_code=visit.join_code,
        bought=msgspec.json.encode(Bought()),
        opened_ms=round(visit.opened_s * 1000),
    )


def visit_changed(visit: str, **values: object) -> Executable:
    """Fields of a visit changed."""
    return update(VISITS).where(VISITS.c.visit == visit).values(**values)


def pairing_added(store: str, event: Opened, pairing: str) -> Executable:
    """A pairing began."""
    return insert(PAIRINGS).values(
        store=store,
        pairing=pairing,
        visit=event.pairing.visit,
        tag=event.pairing.tag,
        handle=event.pairing.handle,
        from_ms=round(event.pairing.opened_s * 1000),
    )


def pairing_ended(handle: str, reason: str, to_ms: int) -> Executable:
    """A pairing ended."""
    return (
        update(PAIRINGS)
        .where(PAIRINGS.c.handle == handle, PAIRINGS.c.to_ms.is_(None))
        .values(to_ms=to_ms, reason=reason)
    )


def consents_added(events: Iterable[ConsentEvent]) -> Sequence[Executable]:
    """Lines for the ledger."""
    return [
        insert(CONSENTS).values(
            shopper=event.subject,
            purpose=event.purpose,
            text_version=event.text_version,
            text_sha256=event.text_sha256,
            language=event.language,
            how=event.how,
            given_ms=event.given_ms,
            withdrawn_ms=event.withdrawn_ms,
        )
        for event in events
    ]


def mute_added(shopper: str, topic: str, now_ms: int) -> Executable:
    """The shopper does not want a topic."""
    return insert(MUTES).prefix_with("OR IGNORE").values(shopper=shopper, topic=topic, at_ms=now_ms)


def _mission(row: Row[Any]) -> Mission:
    return Mission(
        intent=row.intent,
        for_whom=row.for_whom,
        value=row.value,
        minutes=row.minutes,
        said_s=(row.minutes_said_ms or 0) / 1000,
    )


def _paused_s(row: Row[Any]) -> float | None:
    return None if row.paused_ms is None else row.paused_ms / 1000

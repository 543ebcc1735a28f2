"""A single purpose given or taken back: what rests on it stops at once, and its data is erased."""

from collections.abc import Callable
from typing import Final

import msgspec
from sqlalchemy import LargeBinary, Text, cast, delete, literal, select, update
from sqlalchemy.sql import Executable

from hub_server import consent
from hub_server.consent import Ledger, Purpose
from hub_server.event.loyalty import Loyalty
from hub_server.house import House
from hub_server.records.own_rows import events_of
from hub_server.records.shopper_tables import FACTS, OPINIONS, PUSH_SUBSCRIPTIONS, TASKS
from hub_server.records.tables import DECISIONS, EVENTS, SHOPPERS, STAYS, VISITS
from hub_server.retention import own_counts
from hub_server.views.hub import Refused
from hub_server.views.profile import DealView
from hub_server.visit import records
from hub_server.visit.pauses import encoded, until_now
from hub_server.visit.visits import Past, Visit

# These are agreed to for one visit, and end with it.
OF_A_VISIT: Final = frozenset({"locate", "message"})


# What is kept of a decision whose shopper is located no more: when, of what, and how it ended.
NOWHERE: Final = {
    "zone": None,
    "stage": None,
    "why": b"[]",
    "gates": b"[]",
    "snapshot": cast(
        literal('{"at_s":').concat(cast(DECISIONS.c.at_ms / 1000.0, Text)).concat("}"), LargeBinary
    ),
    "rule_set": None,
}


class Purposes:
    """Gives and takes back the consents of one store's shoppers, one by one."""

    def __init__(self, house: House, loyalty: Loyalty) -> None:
        self._database = house.database
        self._desk = house.desk
        self._roll = house.roll
        self._clock = house.clock
        self._loyalty = loyalty
        self._store_name = house.store.floor_map.name
        self._operator = house.store.settings.operator.name
        self.before_off: Callable[[Visit, float], None] = _nothing
        """Told of a visit that is to be located or told no more."""
        self.after_withdrawal: Callable[[], None] = _nothing
        """Told that rows are gone."""

    def change(self, cookie: str | None, purpose: Purpose, *, on: bool) -> Visit | None:
        """Give or take back one purpose; returns the shopper's open visit.

        Raises:
            Refused: 404 nothing is known of this phone; 409 nothing to locate or tell without an
                open visit of one's own.
        """
        shopper, visit = self._desk.myself(cookie)
        if purpose in OF_A_VISIT and visit is None:
            raise Refused(409, "no_visit", "This is agreed to for a visit; none of yours is open.")
        ledger = Ledger(self._roll.records.consents(shopper))
        if ledger.allowed(shopper, purpose, self._now_ms()) != on:
            if on:
                self._give(shopper, visit, purpose)
            else:
                self._take_back(shopper, visit, purpose, ledger)
        return visit

    def deals(self, shopper: str, language: str) -> list[DealView]:
        """A receipt for each purpose: what is given, what is got, since when, by which words."""
        now_ms = self._now_ms()
        ledger = Ledger(self._roll.records.consents(shopper))
        views = []
        for purpose, deal in consent.deals(language).items():
            last = ledger.last(shopper, purpose, now_ms)
            views.append(
                DealView(
                    purpose=purpose,
                    on=ledger.allowed(shopper, purpose, now_ms),
                    give=deal.give,
                    get=deal.get,
                    since_ms=None if last is None else last.given_ms or last.withdrawn_ms,
                    text_version=None if last is None else last.text_version,
                    text_sha256=None if last is None else last.text_sha256,
                )
            )
        return views

    def _give(self, shopper: str, visit: Visit | None, purpose: Purpose) -> None:
        language = visit.language if visit else "en"
        text = consent.shown(language, self._store_name, self._operator)
        line = consent.given(shopper, text, self._now_ms(), purpose, "settings")
        with self._roll.changing() as change:
            if visit is not None and purpose == "locate":
                # What happened before is erased; a row that comes late is of before.
                pauses = until_now(visit.pauses, visit.opened_s, self._clock())
                over = encoded(pauses)
                change.statements.append(records.visit_changed(visit.visit, pauses=over))
                change.then.append(lambda: setattr(visit, "pauses", pauses))
            if purpose == "remember":
                self._roll.remember(change, line)
            else:
                change.statements += records.consents_added([line])
                change.then.append(lambda: self._roll.ledger.append([line] if visit else []))
        if visit is None:
            return
        self._roll.set_live(visit, self._clock())
        visit.asked = ()

    def _take_back(
        self, shopper: str, visit: Visit | None, purpose: Purpose, ledger: Ledger
    ) -> None:
        now_s = self._clock()
        if visit is not None and purpose in OF_A_VISIT:
            self.before_off(visit, now_s)
        lines = ledger.withdrawal(shopper, (purpose,), self._now_ms(), "settings")
        handles = self._handles(shopper, visit, purpose)
        with self._roll.changing() as change:
            change.statements += records.consents_added(lines)
            change.statements += self._erased(shopper, visit, purpose)
            change.then.append(lambda: self._roll.ledger.append(lines if visit else []))
        self._roll.withdraw(handles, now_s)
        if visit is not None:
            self._forget(visit, purpose)
            self._roll.set_live(visit, now_s)
            visit.asked = ()
        self.after_withdrawal()

    def _handles(self, shopper: str, visit: Visit | None, purpose: Purpose) -> list[str]:
        """Handles under which nothing more is wanted."""
        every = self._roll.records.handles_of(shopper)
        if purpose == "locate":
            return every
        if purpose == "remember":
            return [one for one in every if visit is None or one not in visit.handles]
        return []

    def _erased(self, shopper: str, visit: Visit | None, purpose: Purpose) -> list[Executable]:
        own = select(VISITS.c.visit).where(VISITS.c.shopper == shopper)
        if purpose == "locate":
            return [
                *own_counts(shopper, "stays"),
                delete(STAYS).where(STAYS.c.visit.in_(own)),
                update(DECISIONS).where(DECISIONS.c.visit.in_(own)).values(NOWHERE),
                update(TASKS).where(TASKS.c.visit.in_(own)).values(zone=None),
            ]
        if purpose == "message":
            return [
                *own_counts(shopper, "decisions"),
                delete(DECISIONS).where(DECISIONS.c.visit.in_(own)),
                delete(OPINIONS).where(OPINIONS.c.shopper == shopper),
                delete(FACTS).where(FACTS.c.shopper == shopper, FACTS.c.said == "yes"),
                delete(PUSH_SUBSCRIPTIONS).where(PUSH_SUBSCRIPTIONS.c.shopper == shopper),
            ]
        if purpose == "remember":
            return self._unremembered(shopper, visit)
        return []

    def _unremembered(self, shopper: str, visit: Visit | None) -> list[Executable]:
        """Whatever is of another visit; this one's choices, list and gifts go a day after it."""
        here = visit.visit if visit else ""
        elsewhere = EVENTS.c.visit.is_(None) | (EVENTS.c.visit != here)
        return [
            update(SHOPPERS).where(SHOPPERS.c.shopper == shopper).values(remembered=False),
            records.caps_of_visit(here),
            *self._loyalty.deletion(shopper),
            delete(EVENTS).where(events_of(shopper) & elsewhere),
            delete(FACTS).where(FACTS.c.shopper == shopper),
            delete(OPINIONS).where(OPINIONS.c.shopper == shopper),
            *own_counts(shopper, "stays", here),
            *own_counts(shopper, "decisions", here),
            delete(VISITS).where(VISITS.c.shopper == shopper, VISITS.c.visit != here),
        ]

    def _forget(self, visit: Visit, purpose: Purpose) -> None:
        if purpose == "locate":
            visit.zones.clear()
        elif purpose == "message":
            visit.push, visit.weights, visit.evidence = False, {}, 0
            visit.past = msgspec.structs.replace(visit.past, disliked_items=())
            for sent in visit.sent:
                # An empty, dismissed shell: it still counts for the caps of this visit.
                sent.dismissed = sent.erased = True
                sent.title = sent.text = sent.lock_title = sent.lock_text = ""
                sent.why = sent.items = sent.buttons = ()
        elif purpose == "remember":
            visit.remembered, visit.past = False, Past()
            visit.weights, visit.evidence, visit.said_before = {}, 0, ()
            # What was bought and ordered elsewhere is gone; this visit's own is put on again.
            self._roll.remind(visit)
            bought = records.Bought(sorted(visit.bought_items), sorted(visit.bought_categories))
            self._database.write(
                records.visit_changed(visit.visit, bought=msgspec.json.encode(bought))
            )

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)


def _nothing(*_told: object) -> None:
    return None

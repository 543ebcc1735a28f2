"""Events of tills, shops, apps and desks: each counts once, whenever it comes.

What is true afterwards is worked out from all that is kept (timeline), so that late, early and
doubled events end in the same state. Only what must happen at once (a payment ends the visit)
asks that the event is fresh.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from math import isfinite
from typing import Final

import msgspec

from hub_server import instants
from hub_server.database import DatabaseError
from hub_server.event.history import History
from hub_server.event.loyalty import bare, is_number
from hub_server.event.purchases import Purchase, net
from hub_server.event.records import Whose
from hub_server.event.timeline import FRESH_MS, TYPES
from hub_server.house import House
from hub_server.views.events import Event
from hub_server.views.hub import Refused
from hub_server.visit import records
from hub_server.visit.visits import Visit

ID_CHARS_MAX: Final = 128
NAME_CHARS_MAX: Final = 64
ITEMS_MAX: Final = 500
# A source whose clock runs ahead by more than this has another fault than drift.
AHEAD_MS: Final = 300_000
# What changes more than today: what is owned, due, given back or to be served.
OF_THE_PAST: Final = frozenset({"payment", "order", "order_cancel", "return", "usage", "service"})
# On what the purchases of a visit are told: visit, items, categories, when.
OnBought = Callable[[Visit, Collection[str], Collection[str], float], None]

# How a till's channel begins (`till-3`); what a shopper pays on another was paid elsewhere.
TILL: Final = "till"


class Events:
    """Takes events for one store; `on_payment` hears of each fresh one of an open visit."""

    def __init__(self, house: House, history: History) -> None:
        self._database = house.database
        self._roll = house.roll
        self._journeys = house.journeys
        self._sold = house.store.assortment
        self._clock = house.clock
        self._history = history
        self.on_payment: list[Callable[[Visit], None]] = []
        self.on_bought: list[OnBought] = []

    def event(self, source: str, event: Event) -> tuple[str, list[Visit]]:
        """("accepted" or "duplicate", the open visits that it is about).

        Raises:
            Refused: 400, the event is not as documented.
        """
        now_s = self._clock()
        at_ms = _checked(event, now_s)
        kept = self._history.records
        if kept.is_known(source, event.id):
            return "duplicate", []
        whose = kept.whose(event, at_ms)
        visits = self._open(whose)
        lines = [kept.added(source, event, whose, at_ms, round(now_s * 1000))]
        if event.type in {"payment", "order"}:
            lines += self._history.lasting.noted(line.item for line in event.items)
        bereft: list[Visit] = []
        if event.type == "order" and whose.order is not None:
            holders = kept.holders(whose.order, at_ms)
            bereft = [one for owner in holders for one in self._open(owner) if one not in visits]
            lines.append(kept.moved(whose.order, at_ms))
        is_fresh = now_s * 1000 - at_ms <= FRESH_MS
        is_paid = is_fresh and _ends_a_visit(event)
        if is_paid:
            paid_ms = round(now_s * 1000)
            lines += [records.visit_changed(one.visit, paid_ms=paid_ms) for one in visits]
        self._database.write(*lines)
        for visit in visits:
            if is_paid:
                visit.paid_s = now_s
            self._carry_out(visit, event, at_ms / 1000, is_fresh=is_fresh)
        for visit in bereft:
            self._recall(visit, event.type)
        return "accepted", [*visits, *bereft]

    def _open(self, whose: Whose) -> list[Visit]:
        """The open visits whose state may have changed."""
        open_visits = self._roll.visits.values()
        if whose.external is not None:
            shopper = self._history.records.who_linked(whose.external)
            return [one for one in open_visits if one.remembered and one.shopper == shopper]
        return [
            one for one in open_visits if one.visit == whose.visit or one.shopper == whose.shopper
        ]

    def _recall(self, visit: Visit, kind: str) -> None:
        before = visit.bought_items, visit.bought_categories
        if kind in OF_THE_PAST:
            self._history.recall(visit)
        else:
            self._history.follow(visit)
        if (visit.bought_items, visit.bought_categories) != before:
            bought = records.Bought(sorted(visit.bought_items), sorted(visit.bought_categories))
            # The event is kept, from which a start works this out again: no reason to refuse it.
            with suppress(DatabaseError):
                self._database.write(
                    records.visit_changed(visit.visit, bought=msgspec.json.encode(bought))
                )
        visit.asked = ()

    def _carry_out(self, visit: Visit, event: Event, at_s: float, *, is_fresh: bool) -> None:
        self._recall(visit, event.type)
        self._tell_bought(visit, event, at_s)
        if not is_fresh:
            return
        if _ends_a_visit(event):
            for told in self.on_payment:
                told(visit)
        elif event.type in TYPES and TYPES[event.type].journey is not None:
            for handle in visit.handles:
                self._journeys.event(handle, str(TYPES[event.type].journey), self._clock())

    def _tell_bought(self, visit: Visit, event: Event, at_s: float) -> None:
        lines = net(Purchase(one.item, at_s, one.quantity) for one in event.items)
        items = {one.item for one in lines if one.quantity > 0} & visit.bought_items
        if not items or event.type not in {"payment", "order"}:
            return
        categories = {found for item in items if (found := self._sold.category(item))}
        for told in self.on_bought:
            told(visit, items, categories, at_s)


def _checked(event: Event, now_s: float) -> int:
    """When the event happened, in milliseconds."""
    subject = event.subject
    named = [one for one in (subject.tag, subject.visit, subject.shopper, subject.order) if one]
    if len(named) != 1 or len(named[0]) > ID_CHARS_MAX:
        text = "subject: expected exactly one of tag, visit, shopper, order."
        raise Refused(400, "subject", text)
    if not 0 < len(event.id) <= ID_CHARS_MAX or len(event.items) > ITEMS_MAX:
        text = f"expected an id of 1 to {ID_CHARS_MAX} characters and at most {ITEMS_MAX} items."
        raise Refused(400, "event", text)
    if not all(0 < len(one) <= NAME_CHARS_MAX for one in (event.type, event.channel)):
        text = f"type, channel: expected 1 to {NAME_CHARS_MAX} characters."
        raise Refused(400, "event", text)
    if not all(
        0 < len(one.item) <= NAME_CHARS_MAX and isfinite(one.quantity) for one in event.items
    ):
        text = f"items: expected an item of 1 to {NAME_CHARS_MAX} characters and a quantity."
        raise Refused(400, "items", text)
    _check_numbers(event)
    at_ms = _moment_ms(event.ts)
    if at_ms > now_s * 1000 + AHEAD_MS:
        raise Refused(400, "ts", "ts: lies in the future; expected a source whose clock is right.")
    return at_ms


def _check_numbers(event: Event) -> None:
    subject = event.subject
    if subject.shopper is not None and not is_number(subject.shopper):
        text = "shopper: expected a number of 4 to 64 letters or digits, which a phone can link."
        raise Refused(400, "subject", text)
    for number in (subject.order, event.data.order):
        if number is not None and not bare(number):
            raise Refused(400, "subject", "order: expected a number with a letter or digit.")


def _moment_ms(text: str) -> int:
    at_s = instants.unix_s(text)
    if at_s is None:
        raise Refused(400, "ts", f"ts: expected {instants.EXPECTED}.")
    return round(at_s * 1000)


def _ends_a_visit(event: Event) -> bool:
    """Whether somebody paid in this store: who pays in the web shop goes on walking.

    A tag or a visit's code is read at a till of ours; a number is known everywhere. Who only
    brings something back, mostly comes to do so.
    """
    is_here = event.subject.tag is not None or event.subject.visit is not None
    is_refund = bool(event.items) and all(line.quantity < 0 for line in event.items)
    is_paid = event.type == "payment" and not is_refund
    return is_paid and (is_here or event.channel.startswith(TILL))

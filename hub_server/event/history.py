"""What a shopper did before and elsewhere, as far as it may be used: put on the visit at its start.

Only who asked to be remembered has a past; who chose "just prices and stock" has none that is read.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import count, groupby
from operator import attrgetter
from typing import Final

import msgspec
from sqlalchemy import select

from hub_server.event.due import DAY_S, Due, forecast, needs
from hub_server.event.lasting import Lasting
from hub_server.event.purchases import Purchase, net
from hub_server.event.records import EventRecords, Line
from hub_server.event.service_plans import Reading, Served, Story, due_plans
from hub_server.event.timeline import (
    BEING_PREPARED,
    FRESH_MS,
    ORDER_MS,
    Happening,
    Order,
    fold,
    in_order,
    purchases,
)
from hub_server.house import House
from hub_server.records.shopper_tables import GAPS
from hub_server.records.tables import VISITS
from hub_server.shopper.facts import forgotten
from hub_server.views.events import PastEvent, PastItem
from hub_server.visit.visits import Past, Visit

# So long a purchase is kept; the longest horizon of a thing that lasts is well within.
KEPT_S: Final = 3 * 365 * DAY_S

# What nobody has moved for longer is forgotten, or its `ready` never came.
WAITED_MS: Final = 3 * round(DAY_S * 1000)
# A receipt's own time, and its till's: in the file it may be the day alone.
SAME_MS: Final = round(DAY_S * 1000)


class Bought(msgspec.Struct, frozen=True):
    """How often a shopper bought an item, and when last."""

    times_count: int
    last_ms: int


class History:
    """The past of one store's shoppers."""

    def __init__(self, house: House) -> None:
        self._database = house.database
        self._sold = house.store.assortment
        self._plans = house.store.plans
        self._clock = house.clock
        self.lasting: Final = Lasting(house.database, house.store.assortment)
        self._timezone: Final = house.store.timezone
        self.records: Final = EventRecords(
            house.database, house.store.settings.store, house.store.salt
        )

    def recall(self, visit: Visit) -> None:
        """Put on `visit` what is known of its shopper at this moment."""
        self.follow(visit)
        if visit.remembered and not visit.choices.plain:
            now_s = self._clock()
            since_ms = round((now_s - KEPT_S) * 1000)
            visit.past = self._past(visit, self.records.of_shopper(visit.shopper, since_ms), now_s)

    def follow(self, visit: Visit) -> None:
        """Put on `visit` what happened today: cheap, whatever the past.

        Of whoever is not remembered, only the visit is: a linked number is the past, too. Whoever
        chose "just prices and stock" has a today, which is no history of wishes, and no yesterday.
        """
        here_ms = round(visit.opened_s * 1000) - FRESH_MS
        if not visit.remembered:
            state = fold(self.records.of_visit(visit.visit, here_ms))
            self._put_on(visit, {*state.bought, *state.bag}, state.orders)
            return
        now_s = self._clock()
        since_ms = min(here_ms, self._midnight_ms(now_s))
        today = self.records.of_shopper(visit.shopper, since_ms)
        before: Sequence[Happening] = ()
        if not visit.choices.plain:
            # What is collected today was mostly ordered before.
            before = self.records.about_orders(visit.shopper, round(now_s * 1000) - ORDER_MS)
        orders = fold([*before, *today]).orders
        still = [one for one in orders if _is_open(one) or one.moved_ms >= since_ms]
        # A bag of an earlier visit was left behind.
        bag = fold(one for one in today if one.at_ms >= here_ms).bag
        self._put_on(visit, {*fold(today).bought, *bag}, still)

    def timeline(self, shopper: str) -> list[PastEvent]:
        """All that happened, on every channel, in order; imported receipts are `purchase`s."""
        happenings = in_order(self.records.of_shopper(shopper, 0))
        found = [self._event(one) for one in happenings]
        for receipt in self._receipts(shopper, happenings, 0):
            items = [self._item(line.item, line.quantity) for line in receipt]
            first = PastEvent(
                at_ms=receipt[0].at_ms, channel="receipt", type="purchase", items=items
            )
            found.append(first)
        return sorted(found, key=lambda one: one.at_ms)

    def bought(self, shopper: str) -> dict[str, Bought]:
        """How often each item was bought, and when last."""
        found: dict[str, Bought] = {}
        for one in self._purchases(shopper, self.records.of_shopper(shopper, 0)):
            if one.quantity > 0:
                times_count = found[one.item].times_count if one.item in found else 0
                found[one.item] = Bought(times_count + 1, round(one.at_s * 1000))
        return found

    def forecast(self, shopper: str) -> dict[str, Due]:
        """When each item that is bought again and again is likely to be needed, and on what."""
        past = self._purchases(shopper, self.records.of_shopper(shopper, 0))
        return forecast(past, self._sold, self._gaps())

    def _put_on(self, visit: Visit, bought: set[str], orders: Sequence[Order]) -> None:
        visit.bought_items = bought
        visit.bought_categories = {
            category for item in bought if (category := self._sold.category(item))
        }
        here = [one for one in orders if _is_here(one, visit)]
        states = {label: one.state for label, one in zip(_labels(here), here, strict=True)}
        visit.orders = {label: state for label, state in states.items() if state != "cancelled"}
        waits_ms = [one.at_ms for one in here if _is_awaited(one, visit)]
        # Nobody waits here for it before they are here.
        visit.order_since_s = max(min(waits_ms) / 1000, visit.opened_s) if waits_ms else None

    def _past(self, visit: Visit, happenings: Sequence[Happening], now_s: float) -> Past:
        gone = {k: ms / 1000 for k, ms in forgotten(self._database, visit.shopper).items()}
        bought = self._purchases(visit.shopper, happenings)
        # A till whose clock runs ahead has sold it all the same.
        until_s = max(now_s, bought[-1].at_s) if bought else now_s
        found = needs(bought, self._sold, self._gaps(), until_s, gone)
        story = Story(
            purchases=bought, readings=_readings(happenings), served=list(self._served(happenings))
        )
        plans = [one for one in self._plans if f"service:{one.id}" not in gone]
        return msgspec.structs.replace(
            visit.past,
            first_visit=self._is_first(visit),
            owned_items=found.owned_items,
            owned_categories=found.owned_categories,
            due_items=found.due_items,
            due_categories=found.due_categories,
            returned_items=found.returned_items,
            services_due=due_plans(plans, story, self._sold, now_s),
        )

    def _purchases(self, shopper: str, happenings: Sequence[Happening]) -> list[Purchase]:
        """By every way that they came here, each receipt once."""
        since_ms = round((self._clock() - KEPT_S) * 1000)
        found = purchases(happenings)
        for receipt in self._receipts(shopper, happenings, since_ms):
            found += net(Purchase(one.item, one.at_ms / 1000, one.quantity) for one in receipt)
        self.lasting.recall(one.item for one in found)
        return sorted(found, key=attrgetter("at_s"))

    def _receipts(
        self, shopper: str, happenings: Iterable[Happening], since_ms: int
    ) -> Iterator[list[Line]]:
        """Imported receipts that no till has told: not under the same number at the same time."""
        told: dict[str, list[int]] = {}
        for one in happenings:
            if one.kind.bought:
                told.setdefault(one.event, []).append(one.at_ms)
        for basket, lines in groupby(self.records.bought(shopper, since_ms), attrgetter("basket")):
            receipt = list(lines)
            if all(abs(at_ms - receipt[0].at_ms) > SAME_MS for at_ms in told.get(basket, ())):
                yield receipt

    def _served(self, happenings: Iterable[Happening]) -> Iterator[Served]:
        for one in happenings:
            for plan in self._plans if one.type == "service" else ():
                items = [line.item for line in one.items if plan.covers(line.item, self._sold)]
                if one.data.plan == plan.id or (items and one.data.plan is None):
                    yield Served(plan.id, one.at_ms / 1000, one.data.meter, tuple(items))

    def _gaps(self) -> dict[str, float]:
        rows = self._database.read(select(GAPS.c.category, GAPS.c.gap_days))
        return {row.category: row.gap_days for row in rows}

    def _is_first(self, visit: Visit) -> bool:
        others = (VISITS.c.shopper == visit.shopper) & (VISITS.c.visit != visit.visit)
        return not self._database.read(select(VISITS.c.visit).where(others).limit(1))

    def _midnight_ms(self, now_s: float) -> int:
        now = datetime.fromtimestamp(now_s, self._timezone)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return round(midnight.timestamp() * 1000)

    def _event(self, one: Happening) -> PastEvent:
        items = [self._item(line.item, line.quantity) for line in one.items]
        return PastEvent(at_ms=one.at_ms, channel=one.channel, type=one.type, items=items)

    def _item(self, item: str, quantity: float) -> PastItem:
        known = self._sold.product(item)
        return PastItem(item=item, name=known.name if known else item, quantity=quantity)


def _is_here(order: Order, visit: Visit) -> bool:
    """Whether the order is this visit's: placed in it, or to be collected here."""
    return order.collect or order.at_ms >= visit.opened_s * 1000 - FRESH_MS


def _is_awaited(order: Order, visit: Visit) -> bool:
    """Whether somebody stands here until it is ready: no parcel, and none that was forgotten."""
    is_near = order.collect or order.visit == visit.visit
    goes_on = visit.opened_s * 1000 - order.moved_ms <= WAITED_MS
    return is_near and order.state in BEING_PREPARED and goes_on


def _is_open(order: Order) -> bool:
    return order.state not in {"picked_up", "cancelled"}


def _labels(orders: Sequence[Order]) -> list[str]:
    """What each is called: by its number, without one by a number that no other has."""
    told = {one.label for one in orders}
    free = (f"{number}" for number in count(1) if f"{number}" not in told)
    return [one.label or next(free) for one in orders]


def _readings(happenings: Iterable[Happening]) -> dict[str, list[Reading]]:
    found: dict[str, list[Reading]] = {}
    for one in in_order(happenings):
        if one.type in {"usage", "service"} and one.data.meter is not None:
            for line in one.items:
                found.setdefault(line.item, []).append(Reading(one.at_ms / 1000, one.data.meter))
    return found

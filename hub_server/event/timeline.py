"""What happened to one shopper, on every channel, in order; and what is true after it.

The state is a fold over the set of events sorted by their own time: whatever the order in which
they came, and however often, it is the same.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec

from hub_server.event.purchases import Purchase, kept, net
from hub_server.views.events import Details, Item

OrderState = Literal["ordered", "preparing", "ready", "picked_up", "cancelled"]
# An order goes on and never back: two sources whose clocks differ cannot undo a state.
STATES: Final[tuple[OrderState, ...]] = (
    "ordered",
    "preparing",
    "ready",
    "picked_up",
    "cancelled",
)
BEING_PREPARED: Final = frozenset({"ordered", "preparing"})
# Nobody waits longer for an order to be ready and collected; its number may then be another's.
ORDER_MS: Final = 14 * 86_400_000
# A till's clock may be behind ours by so much; older than that it is history.
FRESH_MS: Final = 60_000


class EventType(msgspec.Struct, frozen=True):
    """What an event of one type does."""

    does: str
    bought: int = 0
    """1: its items are bought; -1: given back."""
    bag: Literal["replaced", "added"] | None = None
    """The items lie in the bag and are not paid yet."""
    order: OrderState | None = None
    journey: str | None = None
    """What the journey is told (FORMATS: Visits)."""


TYPES: Final[Mapping[str, EventType]] = {
    "payment": EventType("paid; the visit ends two minutes later", bought=1),
    "order": EventType("ordered on any channel; counts as bought", bought=1, order="ordered"),
    "order_prep": EventType("the order is being prepared", order="preparing"),
    "order_ready": EventType("the order can be collected", order="ready"),
    "pickup": EventType("the order was collected", order="picked_up"),
    "order_cancel": EventType("the order is off; what was in it may be offered", order="cancelled"),
    "return": EventType("given back: no longer owned, not offered again", bought=-1),
    "cart": EventType("all that lies in the bag now (scan and go)", bag="replaced", journey="scan"),
    "scan": EventType(
        "one more in the bag; a negative quantity: taken out", bag="added", journey="scan"
    ),
    "help_tap": EventType("asked for help", journey="help_tap"),
    "staff_help": EventType("staff helped", journey="staff_help"),
    "app_open": EventType("opened the page or app", journey="app_open"),
    "usage": EventType("a meter was read (data.meter): service plans by usage"),
    "service": EventType("a service was done: its plan begins anew"),
    "call": EventType("called the service centre; what was said is not kept"),
    "email": EventType("wrote or was written to; what was said is not kept"),
    "note": EventType("staff noted a contact; what was said is not kept"),
}
HISTORY: Final = EventType("kept as history")


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it is kept."""

    source: str
    event: str
    at_ms: int
    type: str
    channel: str = ""
    items: tuple[Item, ...] = ()
    data: Details = Details()
    order: str | None = None
    """Digest of the order's number."""
    visit: str | None = None
    """In which visit, where it was told in one: of a loyalty number nobody knows."""

    @property
    def name(self) -> tuple[str, str]:
        """What it is told apart by."""
        return self.source, self.event

    @property
    def kind(self) -> EventType:
        """What it does."""
        return TYPES.get(self.type, HISTORY)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One order as it stands."""

    label: str
    """Its number, as the shopper knows it; empty: none was told."""
    state: OrderState
    at_ms: int
    """When it was ordered."""
    moved_ms: int
    """When something last came of it."""
    collect: bool = False
    visit: str | None = None
    """In which it was placed."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is true after all that happened; items sorted, orders in order of time."""

    bought: tuple[str, ...] = ()
    """Paid or ordered, and not given back."""
    returned: tuple[str, ...] = ()
    bag: tuple[str, ...] = ()
    """In the bag, not paid yet."""
    orders: tuple[Order, ...] = ()


def in_order(happenings: Iterable[Happening]) -> tuple[Happening, ...]:
    """Each once, by its own time."""
    unique = {one.name: one for one in happenings}
    return tuple(sorted(unique.values(), key=lambda one: (one.at_ms, one.name)))


def fold(happenings: Iterable[Happening]) -> State:
    """What is true after `happenings`, in whatever order they are given."""
    line = in_order(happenings)
    orders = _Orders(line)
    moved = [one for receipt in _receipts(line, orders) for one in receipt]
    bought = {one.item for one in kept(moved)}
    given_back = {one.item for one in moved if one.quantity < 0}
    return State(
        bought=tuple(sorted(bought)),
        returned=tuple(sorted(given_back - bought)),
        bag=tuple(sorted({one.item for one in kept(_bagged(line))})),
        orders=orders.newest(),
    )


def purchases(happenings: Iterable[Happening]) -> list[Purchase]:
    """What was bought and given back (a negative quantity), in order of time."""
    line = in_order(happenings)
    return [one for receipt in _receipts(line, _Orders(line)) for one in net(receipt)]


class _Placed(msgspec.Struct):
    """An order, and what came of it."""

    order: Happening
    items: frozenset[str]
    state: OrderState
    moved_ms: int
    off_ms: int | None = None
    """When it was first called off."""


class _Orders:
    """The orders of a line. Each `order` is one: its number may be an older one's too."""

    def __init__(self, line: Sequence[Happening]) -> None:
        self._placed: dict[tuple[str, str], _Placed] = {}
        self._under: dict[str, list[_Placed]] = {}
        for one in line:
            if one.type == "order":
                items = frozenset(item.item for item in one.items)
                placed = _Placed(one, items, "ordered", one.at_ms)
                self._placed[one.name] = placed
                self._under.setdefault(_number(one), []).append(placed)
        for one in line:
            self._move(one)

    def of(self, one: Happening) -> _Placed | None:
        """The order that this is, else the newest by then under the number that it tells."""
        under = self._under.get(_number(one), [])
        count = bisect_right(under, one.at_ms + FRESH_MS, key=_placed_ms)
        newest = under[count - 1] if count else None
        if newest is not None and _placed_ms(newest) < one.at_ms - ORDER_MS:
            newest = None
        return self._placed.get(one.name, newest)

    def newest(self) -> tuple[Order, ...]:
        """How the newest order under each number stands, in order of time."""
        newest = sorted((under[-1] for under in self._under.values()), key=_placed_ms)
        return tuple(
            Order(
                label=one.order.data.order or "",
                state=one.state,
                at_ms=one.order.at_ms,
                moved_ms=one.moved_ms,
                collect=one.order.data.collect,
                visit=one.order.visit,
            )
            for one in newest
        )

    def _move(self, one: Happening) -> None:
        placed = self.of(one)
        if one.kind.order is None or placed is None:
            return
        placed.state = max(placed.state, one.kind.order, key=STATES.index)
        placed.moved_ms = max(placed.moved_ms, one.at_ms)
        if one.kind.order == "cancelled" and placed.off_ms is None:
            placed.off_ms = one.at_ms


def _receipts(line: Iterable[Happening], orders: _Orders) -> Iterator[list[Purchase]]:
    """What each bought and gave back: given back first, as its lines have no order.

    So what is exchanged for the same is bought at the end, today; of the past it says nothing.
    """
    for one in line:
        placed = orders.of(one) if one.kind.bought else None
        moved = [
            Purchase(item.item, one.at_ms / 1000, quantity)
            for item in one.items
            if (quantity := _bought(one, item, placed))
        ]
        yield sorted(moved, key=lambda one: one.quantity > 0)


def _bought(one: Happening, item: Item, placed: _Placed | None) -> float:
    """How much of a line is bought by it; given back: negative.

    An order counts once, though it is paid when it is collected; by its items, as what was ordered
    by weight is paid as it was weighed. What is off counts where it was paid for afterwards.
    """
    if one.kind.bought < 0:
        # Some tills write what comes back with a minus, some without.
        return -abs(item.quantity)
    if placed is None or item.quantity < 0:
        return one.kind.bought * item.quantity
    if one.type == "order":
        is_counted = placed.off_ms is None
    else:
        is_paid_after = placed.off_ms is not None and placed.off_ms < one.at_ms
        is_counted = is_paid_after or item.item not in placed.items
    return item.quantity * is_counted


def _bagged(line: Iterable[Happening]) -> list[Purchase]:
    """What was put into the bag, taken out or paid, since all that lay in it was told."""
    found: list[Purchase] = []
    for one in line:
        if one.kind.bag == "replaced":
            found.clear()
        for item in one.items:
            if one.kind.bag is not None:
                found.append(Purchase(item.item, one.at_ms / 1000, item.quantity))
            elif one.type == "payment":
                paid = max(item.quantity, 0.0)
                found.append(Purchase(item.item, one.at_ms / 1000, -paid))
    return found


def _number(one: Happening) -> str:
    """The digest of the order's number; without one, it is the only one of its own."""
    return one.order or " ".join(one.name)


def _placed_ms(placed: _Placed) -> int:
    return placed.order.at_ms

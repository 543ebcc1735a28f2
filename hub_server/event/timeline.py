"""What happened to one shopper, on every channel, in order; and what is true after it.

The state is a fold over the set of events sorted by their own time: whatever the order in which
they came, and however often, it is the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec

from hub_server.event.due import Purchase
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
    "order": EventType("ordered on any channel; counts as bought", order="ordered"),
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


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is true after all that happened; every tuple sorted."""

    bought: tuple[str, ...] = ()
    """Paid or ordered, and not given back."""
    returned: tuple[str, ...] = ()
    bag: tuple[str, ...] = ()
    """In the bag, not paid yet."""
    orders: tuple[Order, ...] = ()


def in_order(happenings: Iterable[Happening]) -> tuple[Happening, ...]:
    """Each once, by its own time."""
    unique = {(one.source, one.event): one for one in happenings}
    return tuple(sorted(unique.values(), key=lambda one: (one.at_ms, one.source, one.event)))


def fold(happenings: Iterable[Happening]) -> State:
    """What is true after `happenings`, in whatever order they are given."""
    line = in_order(happenings)
    orders = _orders(line)
    counts: dict[str, float] = {}
    for one in _moved(line, orders):
        counts[one.item] = counts.get(one.item, 0.0) + one.quantity
    bought = _positive(counts)
    given_back = {item for one in line for item in _given_back(one)}
    return State(
        bought=bought,
        returned=tuple(sorted(given_back.difference(bought))),
        bag=_bag(line),
        orders=tuple(orders[key] for key in sorted(orders)),
    )


def purchases(happenings: Iterable[Happening]) -> list[Purchase]:
    """What was bought and given back (a negative quantity), in order of time."""
    line = in_order(happenings)
    return list(_moved(line, _orders(line)))


def _moved(line: Sequence[Happening], orders: Mapping[str, Order]) -> Iterator[Purchase]:
    """Each line of a receipt; an order counts once, though it is paid when it is collected."""
    for one in line:
        if one.type == "order":
            sign = int(orders[_order_key(one)].state != "cancelled")
        else:
            sign = 0 if one.type == "payment" and one.order in orders else one.kind.bought
        for item in one.items if sign else ():
            yield Purchase(item.item, one.at_ms / 1000, sign * item.quantity)


def _bag(line: Iterable[Happening]) -> tuple[str, ...]:
    counts: dict[str, float] = {}
    for one in line:
        if one.kind.bag == "replaced":
            counts = {}
        for item in one.items if one.kind.bag else ():
            counts[item.item] = counts.get(item.item, 0.0) + item.quantity
    return _positive(counts)


def _orders(line: Sequence[Happening]) -> dict[str, Order]:
    """Each order of which its `order` is known, by its key."""
    far: dict[str, int] = {}
    moved_ms: dict[str, int] = {}
    for one in line:
        if one.kind.order is not None:
            key = _order_key(one)
            far[key] = max(far.get(key, 0), STATES.index(one.kind.order))
            moved_ms[key] = one.at_ms
    return {
        _order_key(one): Order(
            label=one.data.order or "",
            state=STATES[far[_order_key(one)]],
            at_ms=one.at_ms,
            moved_ms=moved_ms[_order_key(one)],
            collect=one.data.collect,
        )
        for one in reversed(line)
        if one.type == "order"
    }


def _order_key(one: Happening) -> str:
    return one.order or f"{one.source} {one.event}"


def _given_back(one: Happening) -> set[str]:
    if one.type == "return":
        return {line.item for line in one.items}
    return {line.item for line in one.items if one.type == "payment" and line.quantity < 0}


def _positive(counts: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(item for item, count in counts.items() if count > 0))

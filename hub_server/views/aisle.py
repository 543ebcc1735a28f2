"""What list, search and staff page show; encoded by msgspec these are the JSON of the API."""

from typing import Literal

import msgspec

TaskKind = Literal["help", "bring", "call"]
TaskState = Literal["open", "taken", "done", "cancelled"]
NearReason = Literal["list", "due", "cheaper", "near"]


class LegView(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a way on one level."""

    level: str
    points: list[tuple[float, float]]
    """Corners (x_m, y_m)."""


class RouteView(msgspec.Struct, frozen=True, kw_only=True):
    """A way on foot."""

    metres: float
    legs: list[LegView]


class ProductView(msgspec.Struct, frozen=True, kw_only=True):
    """A product and where it is."""

    item: str
    name: str
    price: float | None
    price_text: str | None
    """The price with its currency, as its reader's language writes it."""
    zone: str | None
    zone_name: str | None
    x_m: float | None
    y_m: float | None
    level: str | None
    metres: float | None
    """On foot from where the shopper is; None: one of the two places is not known."""
    in_stock: bool | None
    """None: not known, or counted too long ago."""
    attributes: list[str]
    """As the retailer's file has them; the phone filters by them, the hub never learns the diet."""


class PlaceView(msgspec.Struct, frozen=True, kw_only=True):
    """A zone or point of the map that was looked for."""

    id: str
    """As `item` it gives the way."""
    name: str
    kind: str
    x_m: float | None
    y_m: float | None
    level: str | None
    metres: float | None


class FoundView(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found."""

    q: str
    found: list[ProductView]
    """The best first."""
    route: RouteView | None
    """To the first; without a product, to the first place."""
    substitutes: list[ProductView]
    """What is there instead, where the first is out of stock."""
    places: list[PlaceView] = []
    """Zones and points that are called so."""


class NearView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is useful here."""

    item: str
    name: str
    price: float | None
    price_text: str | None
    """The price with its currency, as its reader's language writes it."""
    zone: str | None
    zone_name: str | None
    x_m: float | None
    y_m: float | None
    level: str | None
    metres: float | None
    in_stock: bool | None
    attributes: list[str]
    why: str
    reason: NearReason
    cheaper: ProductView | None
    """The same in a cheaper variant."""


class NearbyView(msgspec.Struct, frozen=True, kw_only=True):
    """What is useful near the shopper."""

    zone_name: str | None
    near: list[NearView]


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the shopping list."""

    line: str
    text: str
    item: str | None
    product: ProductView | None
    done: bool
    order: int | None
    """1 is next; None: done, visited, without a place, or left out for time."""
    fits: bool
    """False: there is no time for it."""
    visited: bool
    """The shopper stood before its shelf, and has not ticked it off."""
    metres: float | None
    passed_m: float | None
    """How far back it is, where it was passed without a stop."""
    substitutes: list[ProductView]
    """What is there instead, where it is out of stock."""
    suggestions: list[ProductView] = []
    """What else its words may mean; without an item, what they may mean at all."""


class ListView(msgspec.Struct, frozen=True, kw_only=True):
    """The shopping list in walking order; then what has no place, does not fit, or is done."""

    lines: list[LineView]
    route: RouteView | None
    metres: float
    """From here by all open lines to the tills."""
    saved_m: float
    """Against walking in the order of the list."""
    minutes: float | None
    """With the time at the shelves; None: nothing to walk to."""
    minutes_said: float | None
    left_out_count: int
    """Lines for which the time said does not suffice."""
    from_here: bool
    """False: where the shopper is, is not known; the way begins at the entrance."""
    ends_at: Literal["till", "exit"] | None
    leaving_without: list[str]
    """Lines still open on the way out."""


class HelpView(msgspec.Struct, frozen=True, kw_only=True):
    """A shopper's request and what became of it."""

    task: str
    kind: TaskKind
    state: TaskState
    about: str | None
    item: str | None
    item_name: str | None
    at_ms: int
    who: str | None
    """Who of the staff comes, by name."""
    taken_ms: int | None
    minutes: float | None
    """In how many, as that person said."""
    escalated: bool


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A request as staff see it: where, since when, about what; nothing of who asks."""

    task: str
    kind: TaskKind
    state: TaskState
    about: str | None
    item: str | None
    item_name: str | None
    item_zone_name: str | None
    """Where what is to be brought stands."""
    item_x_m: float | None
    item_y_m: float | None
    item_level: str | None
    """Its shelf."""
    zone: str | None
    zone_name: str | None
    level: str | None
    x_m: float | None
    y_m: float | None
    """Where it is asked, while it is open or taken, and only of who consents to be located."""
    age_s: float | None
    """How old that place is."""
    opened_ms: int
    waiting_s: float
    """Until it was taken."""
    who: str | None
    taken_ms: int | None
    minutes: float | None
    escalated: bool


class StaffStore(msgspec.Struct, frozen=True, kw_only=True):
    """Which store."""

    id: str
    name: str


class StaffFrame(msgspec.Struct, frozen=True, kw_only=True):
    """The staff page: at each change, and once a second."""

    at_ms: int
    store: StaffStore
    tasks: list[TaskView]


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """How far an order is."""

    order: str
    """What the source calls it, else its number in the row."""
    state: str
    """ordered, preparing, ready or picked_up."""
    steps: list[str]
    """All states in their order, so that a page can draw how far it is."""

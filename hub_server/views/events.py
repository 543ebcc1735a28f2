"""What tills, shops, apps and desks tell, and how it is shown again: `POST /api/events`.

Of `data` only the fields named here are kept; whatever else a source sends is dropped unread.
"""

from typing import Annotated

import msgspec

Short = Annotated[str, msgspec.Meta(max_length=64)]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a receipt, an order or a basket."""

    item: str
    quantity: float = 1.0
    unit_price: float | None = None


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an event is about: exactly one of the four."""

    tag: str | None = None
    visit: str | None = None
    """The visit's six-character code, as the shopper shows it at the till."""
    shopper: str | None = None
    """A loyalty number or customer number; only its digest is kept."""
    order: str | None = None
    """An order's number, which an `order` named before or names later."""


class Details(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an event may say beside its items."""

    order: Short | None = None
    """An order's number."""
    collect: bool = False
    """The order waits for the shopper in this store."""
    meter: float | None = None
    """What the item has run so far: km, hours, cups, as the service plan counts."""
    plan: Short | None = None
    """Which service plan was served."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What a till or another service tells: `POST /api/events`."""

    id: str
    ts: str
    """RFC 3339 with an offset."""
    channel: str
    type: str
    """What happened (hub_server/README.md, Events); an unknown type is kept as history."""
    subject: Subject
    items: list[Item] = []
    data: Details = Details()


class PastItem(msgspec.Struct, frozen=True, kw_only=True):
    """One item of what happened, as its shopper reads it."""

    item: str
    name: str
    quantity: float


class PastEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened, as its shopper reads it."""

    at_ms: int
    channel: str
    type: str
    items: list[PastItem]

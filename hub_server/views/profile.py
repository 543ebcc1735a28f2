"""What the shopper's own page shows of what is known and chosen; JSON of the API by msgspec."""

from typing import Any

import msgspec

from hub_server.views.events import PastEvent


class MissionView(msgspec.Struct, frozen=True, kw_only=True):
    """What this visit is for, in the shopper's own taps; None: not said."""

    intent: str | None = None
    for_whom: str | None = None
    value: str | None = None
    minutes: float | None = None
    """What is left of the time that the shopper said there is."""


class ChoicesView(msgspec.Struct, frozen=True, kw_only=True):
    """What the shopper wants in general."""

    plain: bool = False
    alone_today: bool = False
    push: bool = True
    sensitive_ok: bool = False
    surprises: bool = False
    topics_off: list[str] = []
    topics_less: list[str] = []


class DeclaredView(msgspec.Struct, frozen=True, kw_only=True):
    """What the shopper said; beats whatever is inferred."""

    fact: str
    """What `DELETE /api/phone/facts/{fact}` takes back."""
    text: str
    until_ms: int | None = None


class InferredView(msgspec.Struct, frozen=True, kw_only=True):
    """What was concluded, from what, and the name by which it is deleted."""

    fact: str
    text: str
    why: str
    until_ms: int | None = None


class PurchaseView(msgspec.Struct, frozen=True, kw_only=True):
    """One purchase that the hub knows of; a gift is none."""

    item: str
    name: str
    quantity: float
    at_ms: int
    channel: str


class TopicView(msgspec.Struct, frozen=True, kw_only=True):
    """A topic that messages may have here, and what this shopper made of it."""

    topic: str
    name: str
    off: bool
    less: bool
    weight: str
    """much_less, less, as_everybody, more or much_more: what the answers say."""


class PurposesView(msgspec.Struct, frozen=True, kw_only=True):
    """Which purposes are agreed to at this moment."""

    locate: bool
    message: bool
    remember: bool
    improve: bool


class DealView(msgspec.Struct, frozen=True, kw_only=True):
    """A consent receipt: what is given, what is got for it, since when and by which words."""

    purpose: str
    on: bool
    give: str
    get: str
    since_ms: int | None
    text_version: int | None
    text_sha256: str | None


class KeptView(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept, and until when."""

    what: str
    until: str


class LoyaltyView(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a loyalty number is linked; the number itself is not kept."""

    linked: bool
    ends: str | None = None


class ProfileView(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one shopper, on their own page."""

    declared: list[DeclaredView]
    inferred: list[InferredView]
    evidence: int
    """How many answers the inferences about topics rest on."""
    summary: str
    used_today: bool
    """False: just prices and stock, so nothing of before is used."""
    purchases: list[PurchaseView]
    timeline: list[PastEvent]
    """All that happened, on every channel, the newest first."""
    topics: list[TopicView]
    purposes: PurposesView
    deals: list[DealView]
    kept: list[KeptView]
    loyalty: LoyaltyView


class ExportView(msgspec.Struct, frozen=True, kw_only=True):
    """Every row that the database holds of one shopper, by table."""

    store: str
    at_ms: int
    tables: dict[str, list[dict[str, Any]]]
    note: str


class IdeaView(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote; nothing says who."""

    idea: int
    day: str
    campaign: str | None
    text: str

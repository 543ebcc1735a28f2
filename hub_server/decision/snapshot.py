"""The moment that a decision is made on: one immutable value, and nothing beside it.

A snapshot names no person and no handle. Stored with its decision and given to `decide` again, it
yields the same decision. What is not a field here (age, sex, income, address, the past) cannot be
targeted, because no rule can read it.
"""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

Intent = Literal["self", "gift", "research", "browse", "hurry", "help"]
ForWhom = Literal["child", "partner", "family", "friend", "colleague"]
Value = Literal["price", "time", "quality"]
Waiting = Literal["service", "queue", "order"]
Channel = Literal["page", "push"]
Opinion = Literal["useful", "less", "not_for_me", "stop_today", "wrong_place"]

# A shopper who says "wrong place" is believed for as long as a shelf is usually shopped twice over:
# mean dwell at a shelf is 30 to 90 s, and the locator's error at one spot does not mend by itself.
WRONG_PLACE_S: Final = 600.0


class StageP(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The probability of each stage (FORMATS: Visits); all 0 where the stage is unknown."""

    arriving: float = 0.0
    exploring: float = 0.0
    purposeful: float = 0.0
    engaged: float = 0.0
    weighing: float = 0.0
    stuck: float = 0.0
    checkout: float = 0.0
    leaving: float = 0.0


STAGES: Final = StageP.__struct_fields__


class Said(msgspec.Struct, frozen=True, gc=False):
    """One message that still counts: shown, or sent and not yet expired unshown."""

    campaign: str
    kind: str
    topic: str
    channel: Channel
    at_s: float
    categories: tuple[str, ...] = ()
    """Of what it was about."""
    exempt: bool = False
    """Service or safety: counted, but against no cap."""
    dismissed: bool = False


class Walk(msgspec.Struct, frozen=True, gc=False):
    """How far the shopper would walk to a campaign's target."""

    target: str
    """A zone or an item."""
    metres: float


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One value of a feed."""

    name: str
    """`feed.key`, as `weather.temperature_c`."""
    value: float
    age_s: float
    max_age_s: float
    """Older than this it is no longer true."""

    @property
    def is_live(self) -> bool:
        """Whether it is still true."""
        return self.age_s <= self.max_age_s


class Weight(msgspec.Struct, frozen=True, gc=False):
    """What this shopper's own answers have made of a topic; 1 is everybody's."""

    topic: str
    weight: float


class Feedback(msgspec.Struct, frozen=True, gc=False):
    """What the shopper answered to one message."""

    kind: Opinion
    topic: str
    zone: str | None
    """The zone that the message was said in."""
    at_s: float


class ContextSnapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All that is known about one visit at one moment; times in seconds on the hub's wall clock."""

    at_s: float
    language: str = "en"
    store_name: str = ""
    local_minute: int | None = None
    """Minutes since midnight on the store's own clock; None where the map names no time zone."""

    may_locate: bool = False
    may_message: bool = False
    """Consent to each purpose, at this moment."""
    channel: Channel | None = None
    """How a message would reach the shopper now: page open and heard from within 10 s, else a live
    push subscription, else None."""
    staff: bool = False
    """Staff can be called by their own page, whatever the phone does; False in snapshots of before
    that was asked."""
    paused: bool = False
    holdout: bool = False

    zone: str | None = None
    """Leaf zone, or None: unknown."""
    zone_name: str = ""
    zone_type: str | None = None
    zone_p: float = 0.0
    level: str | None = None
    quiet_zone: bool = False
    """The zone is sensitive or its map says `messages_allowed: false`."""
    fix_age_s: float = 0.0
    dwell_s: float = 0.0

    stage: str | None = None
    stage_p: StageP = StageP()
    stage_gate: float | None = None
    """From which probability of `stage` the model that told it is sure enough to act; None where
    the stage is unknown, and in snapshots of before models had gates."""
    visit_s: float = 0.0
    waiting_s: float = 0.0
    waiting_for: Waiting | None = None
    """At a service desk, in a queue, or for an order that is being prepared."""

    intent: Intent | None = None
    """What the shopper said that this visit is for; None: nothing said."""
    for_whom: ForWhom | None = None
    value: Value | None = None
    """What counts, as the shopper said."""
    minutes_left: float | None = None
    """Of the time that the shopper said there is."""
    plain: bool = False
    """Just prices and stock: no field of HISTORY_FIELDS is filled."""
    alone_today: bool = False

    zones_visited: tuple[str, ...] = ()
    bought_items: tuple[str, ...] = ()
    bought_categories: tuple[str, ...] = ()
    """Today, by till or web shop."""
    paid: bool = False
    """The receipt of this visit is printed, and the shopper still in the store."""

    first_visit: bool = True
    """Nothing is known of any visit before."""
    owned_items: tuple[str, ...] = ()
    owned_categories: tuple[str, ...] = ()
    """Durable and bought within their horizon: not needed again."""
    due_items: tuple[str, ...] = ()
    due_categories: tuple[str, ...] = ()
    """Bought again and again, and about to run out."""
    returned_items: tuple[str, ...] = ()
    disliked_items: tuple[str, ...] = ()
    services_due: tuple[str, ...] = ()
    """Plans whose date is near, as `inspection`."""

    wanted_items: tuple[str, ...] = ()
    """Open lines of the shopping list, as items of the catalogue."""
    passed_items: tuple[str, ...] = ()
    """Of these, passed without a stop."""
    leaving_without: tuple[str, ...] = ()
    """Of these, all that is open, once the shopper is on the way out."""
    gift_marks: tuple[str, ...] = ()
    """Digests of items and categories that are to stay a surprise."""
    out_items: tuple[str, ...] = ()
    stock_unknown_items: tuple[str, ...] = ()
    """Of the items that campaigns name: none left; or the count is too old to trust."""
    out_categories: tuple[str, ...] = ()
    """Of the categories that campaigns name: nothing of them is left."""
    walks: tuple[Walk, ...] = ()
    feeds: tuple[Reading, ...] = ()

    said: tuple[Said, ...] = ()
    """In this visit."""
    said_before: tuple[Said, ...] = ()
    """In other visits of this shopper, as far back as the longest cap reaches."""
    muted_topics: tuple[str, ...] = ()
    less_topics: tuple[str, ...] = ()
    weights: tuple[Weight, ...] = ()
    """Only those that are not 1."""
    evidence: int = 0
    """How many of the shopper's answers the weights rest on."""
    doubted_zones: tuple[str, ...] = ()
    sensitive_ok: bool = False
    """The shopper opted in to messages about sensitive products."""
    surprises: bool = False
    """Messages of kind delight are wanted."""

    controls: tuple[str, ...] = ()
    """Campaigns that this shopper is spared for comparison."""
    ghosted: tuple[str, ...] = ()
    """Campaigns that were kept back for comparison in this visit already."""
    offers_full: bool = False
    """Offers have had their share of what the store says."""
    killed: bool = False
    """The store has stopped all messages."""
    paused_campaigns: tuple[str, ...] = ()
    missed_campaigns: tuple[str, ...] = ()
    """Expired unseen in this visit a short while ago: their caps have room, yet the same again
    would be announced twice."""
    resting_campaigns: tuple[str, ...] = ()
    """Refused a short while ago after they had been decided on, or taken back before anybody saw
    them: the next best may speak."""

    @property
    def messages_count(self) -> int:
        """Messages said in this visit, on any channel."""
        return len(self.said)

    @property
    def zones_visited_count(self) -> int:
        """Different zones with a stay in this visit."""
        return len(set(self.zones_visited))


# What the past says: purchases, visits and answers of before today's visit. Who wants just prices
# and stock is decided without them. What the shopper says today (mission, list, topics) and what
# the till says today is not the past.
HISTORY_FIELDS: Final = frozenset(
    {
        "first_visit",
        "owned_items",
        "owned_categories",
        "due_items",
        "due_categories",
        "returned_items",
        "disliked_items",
        "services_due",
        "said_before",
        "weights",
        "evidence",
    }
)
_NOTHING_KNOWN: Final = {
    name: default
    for name, default in zip(
        ContextSnapshot.__struct_fields__[1:], ContextSnapshot.__struct_defaults__, strict=True
    )
    if name in HISTORY_FIELDS
}


def masked(snapshot: ContextSnapshot) -> ContextSnapshot:
    """The same moment of somebody of whom no past is known."""
    return msgspec.structs.replace(snapshot, **_NOTHING_KNOWN)


def heed(feedback: Iterable[Feedback], at_s: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(muted_topics, doubted_zones) at `at_s`, sorted.

    "Not for me" mutes the topic for as long as the feedback is kept; "wrong place" doubts the zone
    for WRONG_PLACE_S.
    """
    given = [one for one in feedback if one.at_s <= at_s]
    muted = {one.topic for one in given if one.kind == "not_for_me"}
    doubted = {
        one.zone
        for one in given
        if one.kind == "wrong_place" and one.zone is not None and at_s - one.at_s < WRONG_PLACE_S
    }
    return tuple(sorted(muted)), tuple(sorted(doubted))

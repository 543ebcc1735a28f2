"""The open visits in memory: who is met, what was said, what the rooms know."""

import msgspec

from hub_server.decision.snapshot import (
    Channel,
    Feedback,
    ForWhom,
    Intent,
    Said,
    Value,
)
from hub_server.message.exposures import Exposures
from hub_server.views.hub import MessageView
from hub_server.visit.pauses import Pauses, lies_in, until_now
from hub_server.visit.rests import REST_MAX_S, Rest, rest_after, resting

# DESIGN: sent only to a page that is visible and was heard from within 10 s.
HEARTBEAT_S = 10.0
MISSED_REST_S = REST_MAX_S


class Offers(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a message has beside its words; kept with it, so that a restart changes nothing."""

    items: tuple[str, ...] = ()
    """That it names."""
    price: float | None = None
    """That it tells, of the first of them."""
    buttons: tuple[str, ...] = ()
    for_everyone: bool = True


class Sent(msgspec.Struct, kw_only=True):
    """One message of a visit and what became of it."""

    decision: str
    campaign: str
    kind: str
    topic: str
    title: str
    text: str
    why: tuple[str, ...]
    for_zone: str | None
    zone: str | None
    at_s: float
    expires_at_s: float
    channel: Channel = "page"
    categories: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    price: float | None = None
    """That it tells, of the first of them."""
    buttons: tuple[str, ...] = ()
    lock_title: str = ""
    lock_text: str = ""
    """What a locked phone shows."""
    for_everyone: bool = True
    exempt: bool = False
    """Service or safety: no cap counts it."""
    bought: bool = False
    cancelled: str | None = None
    """Taken back unseen, and by which gate; its cap is given back."""
    shown: bool = False
    expired: bool = False
    """Never shown in time: gone from the page, and its cap given back unless it was taken."""
    taken: bool = False
    """A push service took it, so a locked phone may have shown it; or it was given up and seen all
    the same: its cap stays used."""
    dismissed: bool = False
    feedback: str | None = None
    erased: bool = False
    """Its row went with the yes to messages; here it only uses its room under the caps."""
    counted: str | None = None
    """The answer that the shopper's weights count."""

    @property
    def listed(self) -> bool:
        """Whether the phone shows it."""
        return not (self.expired or self.dismissed or self.cancelled)

    @property
    def counts(self) -> bool:
        """Whether its room under the caps is used."""
        return self.taken or not (self.expired or self.cancelled)

    def view(self) -> MessageView:
        """As the phone shows it."""
        return MessageView(
            decision=self.decision,
            kind=self.kind,
            title=self.title,
            text=self.text,
            why=list(self.why),
            at_ms=round(self.at_s * 1000),
            for_zone=self.for_zone,
            feedback=self.feedback,
            for_everyone=self.for_everyone,
            buttons=list(self.buttons),
        )


class Mission(msgspec.Struct, frozen=True, kw_only=True):
    """What the shopper said that this visit is for; ends with it."""

    intent: Intent | None = None
    for_whom: ForWhom | None = None
    value: Value | None = None
    minutes: float | None = None
    said_s: float = 0.0
    """When the time was said: it runs from there."""

    def minutes_left(self, now_s: float) -> float | None:
        """Of the time that the shopper said there is; None: nothing was said.

        No more than was said, where the clock was set back since.
        """
        if self.minutes is None:
            return None
        return max(self.minutes - max(now_s - self.said_s, 0.0) / 60.0, 0.0)


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What the shopper wants in general, said in so many taps."""

    plain: bool = False
    alone_until_s: float | None = None
    push: bool = True
    """Push may be used, where the phone has subscribed."""
    muted_topics: tuple[str, ...] = ()
    less_topics: tuple[str, ...] = ()
    sensitive_ok: bool = False
    surprises: bool = False


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What earlier visits and purchases say, worked out once when the visit is taken up."""

    first_visit: bool = True
    owned_items: tuple[str, ...] = ()
    owned_categories: tuple[str, ...] = ()
    due_items: tuple[str, ...] = ()
    due_categories: tuple[str, ...] = ()
    returned_items: tuple[str, ...] = ()
    disliked_items: tuple[str, ...] = ()
    services_due: tuple[str, ...] = ()


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One open line of the shopping list that the catalogue knows."""

    line: str
    item: str
    passed: bool = False
    """Passed without a stop."""
    leaving: bool = False
    """Still open on the way out."""


class Visit(msgspec.Struct, kw_only=True):
    """One open visit."""

    visit: str
    shopper: str
    visit_code: str
    join_code: str
    opened_s: float
    language: str = "en"
    remembered: bool = False
    demo: bool = False
    holdout: bool = False
    drawn: str = ""
    """For whom the lot of holdout and controls fell as the visit began: it stays for the visit."""
    handles: dict[str, str] = {}
    """Handle to tag, of each open pairing."""
    lead: str = ""
    """The handle that the shopper was with when last asked."""
    paused_s: float | None = None
    """Since when it is paused."""
    pauses: Pauses = ()
    """Those that are over."""
    """(from, to) of each pause that is over."""
    paid_s: float | None = None
    mission: Mission = Mission()
    choices: Choices = Choices()
    past: Past = Past()
    weights: dict[str, float] = {}
    """By topic; 1 where there is none."""
    evidence: int = 0
    """How many answers they rest on."""
    said_before: tuple[Said, ...] = ()
    gift_marks: frozenset[str] = frozenset()
    gift_names: frozenset[str] = frozenset()
    """The items and categories behind the marks, in memory only: nothing may name them."""
    wanted: tuple[Wanted, ...] = ()
    orders: dict[str, str] = {}
    """State of each order that this shopper waits for or has waiting: ordered, ready, picked_up."""
    order_since_s: float | None = None
    """Since when an order of this shopper is being prepared."""
    push: bool = False
    """A phone of it has a live push subscription."""
    controls: tuple[str, ...] = ()
    compared: frozenset[str] = frozenset()
    """Campaigns (`*`: all promotion) on a side of which an earlier visit of this shopper stands."""
    counted: set[tuple[str, str]] = set()
    """As what, and under which keys, its shopper is counted as a person already (tallies)."""
    exposures: Exposures = {}
    """On which side of each comparison this visit itself stands."""
    ghosts: dict[str, str] = {}
    """Campaign to the decision that would have been said: once a visit."""
    rests: dict[str, Rest] = {}
    """Campaigns that were refused after they had been decided on, or were taken back unseen."""
    may_locate: bool = False
    may_message: bool = False
    visible: dict[str, float] = {}
    """When each phone whose page is visible last gave a sign."""
    sign_s: float = float("-inf")
    """When any page of it did."""
    zones: list[str] = []
    bought_items: set[str] = set()
    bought_categories: set[str] = set()
    sent: list[Sent] = []
    feedback: list[Feedback] = []
    noted: set[str] = set()
    """Codes of silences stored since the last enter: each once."""
    asked: tuple[object, ...] = ()
    """Zone and stage at the last decision; another pair asks again."""

    def hushed(self, at_s: float) -> bool:
        """Whether `at_s` lies in a pause."""
        return lies_in(until_now(self.pauses, self.paused_s), at_s)

    def channel(self, now_s: float) -> Channel | None:
        """How a message would reach the shopper now."""
        for at_s in self.visible.values():
            # A sign of the future is one of before the clock was set back: nobody knows how old.
            if abs(now_s - at_s) <= HEARTBEAT_S:
                return "page"
        return "push" if self.push and self.choices.push else None

    def rest(self, campaign: str, now_s: float) -> None:
        """Leave `campaign` out of this visit's decisions for a while."""
        self.rests[campaign] = rest_after(self.rests.get(campaign), now_s)

    def resting(self, now_s: float) -> tuple[str, ...]:
        """The campaigns that are left out now."""
        return resting(self.rests, now_s) if self.rests else ()

    def missed(self, now_s: float) -> tuple[str, ...]:
        """The campaigns that expired unseen within MISSED_REST_S."""
        missed = [
            one.campaign for one in self.sent if one.expired and now_s - one.at_s < MISSED_REST_S
        ]
        return tuple(sorted(set(missed)))

    def said(self) -> tuple[Said, ...]:
        """The messages that count towards caps."""
        return tuple(
            Said(
                one.campaign,
                one.kind,
                one.topic,
                one.channel,
                one.at_s,
                one.categories,
                one.exempt,
                one.dismissed,
            )
            for one in self.sent
            if one.counts
        )

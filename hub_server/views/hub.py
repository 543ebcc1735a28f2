"""What the engine answers to the pages; encoded by msgspec these are the JSON of the API."""

from typing import Any, Literal

import msgspec

from hub_server.views.profile import ChoicesView, MissionView

Receipt = Literal["received", "shown", "tapped", "dismissed"]
Feedback = Literal["useful", "less", "not_for_me", "stop_today", "wrong_place"]
Intent = Literal["self", "gift", "research", "browse", "hurry", "help"]
Badge = Literal["live", "late", "offline"]


class Refused(Exception):  # noqa: N818 - an answer to the shopper, not a fault
    """The request cannot be granted: HTTP status, a code for programs, a text for people."""

    def __init__(self, status: int, code: str, text: str, retry_s: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.text = text
        self.retry_s = retry_s
        """After how long it is worth asking again, where that is known."""


class OperatorView(msgspec.Struct, frozen=True, kw_only=True):
    """Who runs this."""

    name: str
    contact: str


class TagView(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan of a QR code finds; looking writes nothing."""

    state: Literal["free", "in_use", "mine", "retired", "unknown"]
    store_name: str
    operator: OperatorView
    simulated: bool
    demo: bool


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A yes: the cookie for this phone and the two codes of the visit."""

    cookie: str
    visit_code: str
    join_code: str
    remembered: bool = False
    """This phone's shopper asked to be known next time: the cookie outlives the visit."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where the shopper is, and how old that is."""

    x_m: float
    y_m: float
    radius_m: float
    zone: str | None
    zone_name: str | None
    level: str
    age_s: float


class MessageItem(msgspec.Struct, frozen=True, kw_only=True):
    """A product that a message is about."""

    item: str
    name: str
    attributes: list[str] = []


class MessageLabel(msgspec.Struct, frozen=True, kw_only=True):
    """What one or more products say of themselves, by which the phone judges a message."""

    attributes: tuple[str, ...]


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """One message on the phone."""

    decision: str
    kind: str
    title: str
    text: str
    why: list[str]
    at_ms: int
    for_zone: str | None
    feedback: str | None
    for_everyone: bool = True
    """Anybody here would be told the same: nothing of this shopper's was used."""
    items: list[MessageItem] = []
    about: list[MessageLabel] = []
    """Of all that it is about: items, what is in its categories, what it leads to."""
    buttons: list[str] = []


class ConsentView(msgspec.Struct, frozen=True, kw_only=True):
    """What the shopper allows at this moment."""

    locate: bool
    message: bool
    remember: bool


class PhoneState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the phone page shows; also the SSE frame."""

    state: Literal["located", "unknown", "paused", "ended"]
    ended: str | None
    place: Place | None
    messages: list[MessageView]
    visit_code: str
    join_code: str
    paused: bool
    intent: str | None
    consent: ConsentView
    stage: str | None
    mission: MissionView = MissionView()
    choices: ChoicesView = ChoicesView()
    light: bool = False
    """This visit is being located now."""
    first_visit: bool = True
    help: Any = None
    """A HelpView (aisle_views), while there is a request."""
    push: Any = None
    """How push stands on this phone."""
    list_count: int = 0
    """Open lines of the shopping list."""
    list_rev: int = 0
    """Another number: the list, its order or the way has changed."""
    orders: list[Any] = []
    """Orders that wait to be picked up."""
    late: bool = False
    """The store's radio is away: no Pi is heard, or the broker is gone, so no place comes."""


class StoreView(msgspec.Struct, frozen=True, kw_only=True):
    """Which store."""

    id: str
    name: str


class ZoneView(msgspec.Struct, frozen=True, kw_only=True):
    """One zone of the floor page; `dwell_s` is the mean of those who stand there."""

    zone: str
    name: str
    count: int
    dwell_s: float
    heat: float


class StageView(msgspec.Struct, frozen=True, kw_only=True):
    """How many shoppers are in a stage."""

    stage: str
    count: int


class ShareView(msgspec.Struct, frozen=True, kw_only=True):
    """`part` of `count`."""

    part: int
    count: int


class JourneyView(msgspec.Struct, frozen=True, kw_only=True):
    """How well journeys are followed; None: too little was seen to say it."""

    model: str
    """What tells the stages: a model's name, or `rules`."""
    by_rules: bool
    window_s: int
    """How far back the figures reach, at most an hour."""
    stage_unknown_count: int
    """Shoppers whose stage is not known now."""
    sure_share: float | None
    """Of the shoppers' seconds: the stage was sure enough to act on."""
    flips_per_min: float | None
    """Changes of stage, a minute and shopper."""
    unplaced_share: float | None
    """Of the shoppers' seconds: nobody knew where."""
    payments: ShareView | None
    """Payments whose shopper was in stage checkout shortly before."""
    checkouts: ShareView | None
    """Stops in stage checkout in which somebody paid."""


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    """One Pi."""

    agent: str
    up: bool
    late_s: float
    radio: str
    queued_count: int
    version: str


class Dot(msgspec.Struct, frozen=True, kw_only=True):
    """A simulated tag on the floor page; never a person's."""

    x_m: float
    y_m: float
    radius_m: float
    level: str


class SilentView(msgspec.Struct, frozen=True, kw_only=True):
    """How often nothing was said, and why."""

    code: str
    text: str
    count: int


class DecisionsView(msgspec.Struct, frozen=True, kw_only=True):
    """Said and not said since the hub started."""

    sent: int
    silent: list[SilentView]


class FloorMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One of the latest messages, without the shopper."""

    decision: str | None
    """Of a simulated shopper's; a person's code is the person's to show."""
    campaign: str
    kind: str
    zone: str | None
    at_ms: int
    title: str
    shown: bool
    over: bool
    """Unseen, and taken back or too late: nobody ever will see it."""


class FloorFrame(msgspec.Struct, frozen=True, kw_only=True):
    """The floor page, once a second."""

    at_ms: int
    store: StoreView
    simulated: bool
    replayed: bool
    badge: Badge
    late_s: float
    shoppers_count: int
    zones: list[ZoneView]
    unknown_count: int
    stages: list[StageView]
    journey: JourneyView
    agents: list[AgentView]
    dots: list[Dot]
    decisions: DecisionsView
    messages: list[FloorMessage]
    alarms: list[str]


class GateView(msgspec.Struct, frozen=True, kw_only=True):
    """One gate of a decision."""

    gate: str
    ok: bool
    why: str
    campaign: str | None = None
    """None: the gate is the shopper's."""


class WhyView(msgspec.Struct, frozen=True, kw_only=True):
    """Why something was said or not, for the manager; names no shopper."""

    decision: str
    at_ms: int
    zone: str | None
    stage: str | None
    stage_p: float | None
    """How sure `stage` was; None where it was unknown."""
    stage_gate: float | None
    """From where on a campaign may rest on it."""
    needs_stage: bool | None
    """Whether the campaign asks for the stage; None: nothing was said, or it is no more."""
    outcome: str
    code: str
    campaign: str | None
    title: str | None
    """What the shopper read first."""
    asked_again: bool
    """The gates were asked again, by the rules of then; else they are those that were stored."""
    gates: list[GateView]
    cancelled: str | None = None
    """Why it was taken back unseen, in words."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """`ok`: it runs; `ready`: broker connected, database writable, an agent heard."""

    ok: bool
    ready: bool
    badge: Badge
    agents_up_count: int
    agents_count: int
    alarms: list[str]

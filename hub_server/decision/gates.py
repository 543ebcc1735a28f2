"""The gates as two tables: on the shopper's moment, and on one campaign at that moment.

Every gate has a code and a sentence. They are asked in the order of the tables, and the code of the
first no is the decision's. What only compares (holdout, control) comes last, so that a decision
which nothing else stopped is known for a ghost.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from hub_server.campaign.named_items import BARS, LIST_FIELDS, leaves_alone
from hub_server.campaigns import Campaign, Worded, speak
from hub_server.decision import choosing
from hub_server.decision.caps import CAP_CODES, Per, Tally, own_full, tally
from hub_server.decision.choosing import Costs
from hub_server.decision.conditions import IN_SOME_STAGE
from hub_server.decision.limits import LIMITS, Limits, is_quiet
from hub_server.decision.snapshot import ContextSnapshot
from hub_server.decision.stuck import has_evidence, not_stuck
from hub_server.journeys import ONE_OF_P

UNREACHABLE: Final = "unreachable"
# What a shopper without time wants: where it is, who helps, what is ready (FEATURES 15).
HURRY_KINDS: Final = frozenset({"guide", "help", "service"})


class Case(msgspec.Struct, frozen=True):
    """What the gates of one decision share, worked out once."""

    limits: Limits
    tally: Tally
    costs: Costs
    words: dict[str, Worded]
    """What each campaign that was asked for its words would say."""
    own_full: dict[str, Per | None]
    """Which of its own caps is full, of each campaign that was asked for it."""


class ShopperGate(msgspec.Struct, frozen=True):
    """A gate on the shopper's moment, whatever would be said."""

    code: str
    opens: Callable[[ContextSnapshot, Limits], bool]
    why: str


class CampaignGate(msgspec.Struct, frozen=True):
    """A gate on one campaign for one shopper."""

    code: str
    opens: Callable[[ContextSnapshot, Campaign, Case], bool]
    why: str


def case_of(snapshot: ContextSnapshot, limits: Limits) -> Case:
    """What the gates on campaigns share at this moment."""
    return Case(limits, tally(snapshot, limits.caps), choosing.costs(snapshot), {}, {})


def gate_of(snapshot: ContextSnapshot, limits: Limits = LIMITS) -> float:
    """From which probability of its stage on a campaign may rest on it."""
    return max(snapshot.stage_gate or 0.0, limits.stage_p_min)


def _begun(s: ContextSnapshot, c: Campaign, _case: Case) -> bool:
    return c.starts_s is None or s.at_s >= c.starts_s


def _running(s: ContextSnapshot, c: Campaign, _case: Case) -> bool:
    return c.ends_s is None or s.at_s < c.ends_s


def _sensitive(s: ContextSnapshot, c: Campaign, _case: Case) -> bool:
    return not c.sensitive or s.channel != "push" or s.sensitive_ok


def _near_enough(s: ContextSnapshot, c: Campaign, _case: Case) -> bool:
    if c.walk_m_max is None or c.near is None:
        return True
    metres = [walk.metres for walk in s.walks if walk.target == c.near]
    return bool(metres) and metres[0] <= c.walk_m_max


def _feeds_live(s: ContextSnapshot, c: Campaign, _case: Case) -> bool:
    return not c.feeds or c.feeds <= {one.name for one in s.feeds if one.is_live}


def _stage_known(s: ContextSnapshot, c: Campaign, _case: Case) -> bool:
    return s.stage is not None or not c.needs_stage


def _stage_sure(s: ContextSnapshot, c: Campaign, case: Case) -> bool:
    if s.stage is None or not c.needs_stage:
        return True
    if getattr(s.stage_p, s.stage, 0.0) >= gate_of(s, case.limits):
        return True
    stages = c.might(s) & IN_SOME_STAGE
    together = sum(p for n, p in enumerate(msgspec.structs.astuple(s.stage_p)) if stages >> n & 1)
    return stages.bit_count() > 1 and together >= ONE_OF_P


def _not_by_stuck_alone(s: ContextSnapshot, c: Campaign, _case: Case) -> bool:
    # No checked campaign comes so far; one that was not checked must not either.
    if s.stage is None or not c.needs_stage or has_evidence(s):
        return True
    return c.fits(not_stuck(s))


def _promotes(c: Campaign) -> bool:
    # The shopper's own list is no promotion, in whatever hurry, at whatever till.
    return c.promotional and c.about not in LIST_FIELDS


def _at_home(s: ContextSnapshot, c: Campaign, case: Case) -> bool:
    is_new = s.first_visit and s.visit_s < case.limits.first_visit_s
    return not (is_new and _promotes(c))


def _off_the_till(s: ContextSnapshot, c: Campaign, _case: Case) -> bool:
    return s.zone_type != "checkout" or not _promotes(c)


def _before_the_receipt(s: ContextSnapshot, c: Campaign, _case: Case) -> bool:
    return not (s.paid and _promotes(c))


def _has_time(s: ContextSnapshot, c: Campaign, _case: Case) -> bool:
    if s.minutes_left is None and s.intent != "hurry":
        return True
    return c.kind in HURRY_KINDS or c.about in LIST_FIELDS


def _has_words(s: ContextSnapshot, c: Campaign, case: Case) -> bool:
    words = speak(c, s)
    if words is not None:
        case.words[c.id] = words
    return words is not None


FULL: Final[dict[Per, Callable[[ContextSnapshot, Campaign, Tally], bool]]] = {
    "person": lambda _s, _c, full: full.person,
    "channel": lambda s, _c, full: s.channel in full.channels,
    "kind": lambda _s, c, full: c.kind in full.kinds,
    "category": lambda _s, c, full: not full.categories.isdisjoint(c.categories),
    "campaign": lambda s, c, full: c.id in full.campaigns or c.id in s.missed_campaigns,
}


def is_full(per: Per, s: ContextSnapshot, c: Campaign, case: Case) -> bool:
    """Whether a cap of the store or of the campaign itself is used up, exempt or not."""
    if FULL[per](s, c, case.tally):
        return True
    if not (c.caps or c.id in case.costs.campaigns):
        return False
    if c.id not in case.own_full:
        case.own_full[c.id] = own_full(s, c)
    return case.own_full[c.id] == per


def _cap(per: Per, why: str) -> CampaignGate:
    return CampaignGate(
        CAP_CODES[per], lambda s, c, case: c.exempt or not is_full(per, s, c, case), why
    )


def _named(code: str, why: str) -> CampaignGate:
    """One bar of the table of what may be named, asked of what a campaign itself names."""
    bar = next(one for one in BARS if one.code == code)
    return CampaignGate(code, leaves_alone(bar), why)


SHOPPER_GATES: Final = (
    ShopperGate(
        "consent",
        lambda s, _: s.may_locate and s.may_message,
        "The shopper has not agreed to be located and written to, or took it back.",
    ),
    ShopperGate("killed", lambda s, _: not s.killed, "The store has stopped all messages."),
    ShopperGate(
        "alone_today", lambda s, _: not s.alone_today, "The shopper wants to be left alone today."
    ),
    ShopperGate("paused", lambda s, _: not s.paused, "The shopper asked for a pause."),
    ShopperGate(
        UNREACHABLE,
        lambda s, _: s.channel is not None,
        "The shopper's page is closed and no push is allowed, so nobody would see it.",
    ),
    ShopperGate(
        "quiet_zone",
        lambda s, _: not s.quiet_zone,
        "This part of the store is quiet: nobody is spoken to here.",
    ),
    ShopperGate(
        "quiet_hours",
        lambda s, lim: not is_quiet(lim, s.local_minute),
        "These are the store's quiet hours.",
    ),
    ShopperGate(
        "unsure_where",
        lambda s, lim: s.zone is not None and s.zone_p >= lim.zone_p_min,
        "Not sure enough which zone the shopper is in.",
    ),
    ShopperGate(
        "wrong_place",
        lambda s, _: s.zone not in s.doubted_zones,
        "The shopper said a moment ago that this is the wrong place.",
    ),
    ShopperGate(
        "stale",
        lambda s, lim: s.fix_age_s <= lim.stale_s,
        "The last position is too old: the shopper may have walked on.",
    ),
)
CAMPAIGN_GATES: Final = (
    CampaignGate(
        "campaign_paused",
        lambda s, c, _: c.id not in s.paused_campaigns,
        "The store has paused this message.",
    ),
    CampaignGate("not_yet", _begun, "This message has not begun yet."),
    CampaignGate("over", _running, "This message is over."),
    _named("bought", "The shopper has already bought what this is about."),
    _named("owned", "The shopper owns one, and it lasts."),
    _named("returned", "The shopper has given back what this is about."),
    _named("disliked", "The shopper does not like what this is about."),
    CampaignGate(
        "gift",
        lambda s, c, _: c.digests.isdisjoint(s.gift_marks),
        "What this is about is to stay a surprise.",
    ),
    CampaignGate(
        "sensitive",
        _sensitive,
        "This is for the open page only: it is nobody else's business.",
    ),
    CampaignGate(
        "surprise",
        lambda s, c, _: c.kind != "delight" or s.surprises,
        "The shopper did not ask for surprises.",
    ),
    CampaignGate(
        "muted",
        lambda s, c, _: c.topic not in s.muted_topics,
        "The shopper does not want this topic.",
    ),
    _named("out_of_stock", "None of it is left."),
    _named("stock_unknown", "Whether any is left is not known, or was counted too long ago."),
    CampaignGate("too_far", _near_enough, "It is too far to walk, or nobody knows how far."),
    CampaignGate("feed_stale", _feeds_live, "A feed that this depends on is silent, or too old."),
    CampaignGate("unknown_stage", _stage_known, "Where in the visit the shopper is, is not known."),
    CampaignGate("unsure_stage", _stage_sure, "Not sure enough where in the visit the shopper is."),
    CampaignGate(
        "stuck_alone",
        _not_by_stuck_alone,
        "Being stuck is not enough to speak: no long stay bears it out.",
    ),
    CampaignGate("first_visit", _at_home, "A first visit begins without promotion."),
    CampaignGate("checkout", _off_the_till, "At the till nothing is promoted."),
    CampaignGate("paid", _before_the_receipt, "After the receipt nothing is promoted."),
    CampaignGate("hurry", _has_time, "The shopper has little time: only guidance and help."),
    _cap("person", "The shopper has had all the messages that this visit or day allows."),
    _cap("channel", "The pushes of this visit or day are used up."),
    _cap("kind", "There have been enough messages of this kind."),
    _cap("category", "There have been enough messages about this category."),
    _cap("campaign", "This message has been said often enough, or a moment ago, unseen."),
    CampaignGate(
        "resting",
        lambda s, c, _: c.id not in s.resting_campaigns,
        "It was refused or taken back a moment ago, so it rests.",
    ),
    CampaignGate(
        "cap_offers",
        lambda s, c, _: not (s.offers_full and c.kind == "offer"),
        "Offers have had their share of what this store says.",
    ),
    CampaignGate(
        "not_worth_it",
        lambda _s, c, case: choosing.worth(case.costs, c) > 0,
        "It would have disturbed more than it helped, so soon after the last one.",
    ),
    CampaignGate(
        "no_words",
        _has_words,
        "Something that the text needs is not known.",
    ),
    CampaignGate(
        "holdout",
        lambda s, c, _: not (s.holdout and c.promotional),
        "This shopper is left without promotion, so that its effect can be measured.",
    ),
    CampaignGate(
        "control",
        lambda s, c, _: c.id not in s.controls,
        "This shopper is left without this message, so that its effect can be measured.",
    ),
)
WORTH: Final = "not_worth_it"
WORDS: Final = "no_words"
# Only these stood in the way: what would have been said is logged as a ghost.
COMPARED: Final = frozenset({"holdout", "control"})
CALLED: Final = "called"
# Between the two tables stands the question whether any campaign's condition holds.
FITS: Final = "nothing_fits"
EXEMPT: Final = "Used up, but service and safety are exempt."
GATES: Final = (
    *(gate.code for gate in SHOPPER_GATES),
    FITS,
    *(gate.code for gate in CAMPAIGN_GATES),
)
REASONS: Final = {
    **{gate.code: gate.why for gate in SHOPPER_GATES},
    FITS: "No campaign has anything to say at this moment.",
    **{gate.code: gate.why for gate in CAMPAIGN_GATES},
    "sent": "Said.",
    CALLED: "Staff are called to the shopper, whose phone would show nothing.",
}

"""Whether to speak at all: gates as a table, silence by default, one message at most.

Shopper gates come first, in order; then, for each campaign whose condition holds, its own. The
best that is left speaks if its usefulness outweighs the annoyance. The code of the first no is the
decision's.
"""

from collections.abc import Callable, Sequence
from math import inf
from typing import Final, Literal

import msgspec

from hub_server.campaigns import Campaign, worded
from hub_server.journeys import ONE_OF_P
from hub_server.snapshot import STAGES, ContextSnapshot
from hub_server.stuck import has_evidence, in_stage, not_stuck

__all__ = [
    "GATES",
    "LIMITS",
    "REASONS",
    "ContextSnapshot",
    "Decision",
    "GateResult",
    "Limits",
    "decide",
    "gate_of",
]

# Issue 2: at 0.8 the locator names the right zone four times in five by its own account; below it
# a message would speak of a shelf that the shopper may not see.
ZONE_P_MIN: Final = 0.8
# More likely than all other stages together: below it no model's own gate is heard, so a stage of
# high entropy never speaks (FEATURES 20). Gates for a precision of 0.9 lie at 0.6 to 0.9.
STAGE_P_MIN: Final = 0.5
# A fix comes every second; after 5 s a shopper at walking pace is a zone further on.
STALE_S: Final = 5.0
# Issue 2: one push a visit, three messages on the open page.
PUSHES_PER_VISIT: Final = 1
MESSAGES_PER_VISIT: Final = 3
# Each message of a visit makes the next one weigh this much more, one of the same kind twice it.
NAG_EACH: Final = 0.1
NAG_SAME_KIND: Final = 0.1
# Right after a message nothing is worth saying; the memory of it fades over this time, in which a
# shopper reads it and walks one or two aisles.
NAG_FADES_S: Final = 90.0
# 0.6 - 0.2 and 0.5 - 0.1 are a tie; floats alone would not say so.
WORTH_DIGITS: Final = 9


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The numbers of the gates, as a store may set them."""

    zone_p_min: float = ZONE_P_MIN
    stage_p_min: float = STAGE_P_MIN
    """Under the model's own gate for the stage; the higher of the two counts."""
    stale_s: float = STALE_S
    pushes_per_visit: int = PUSHES_PER_VISIT
    messages_per_visit: int = MESSAGES_PER_VISIT


LIMITS: Final = Limits()


class ShopperGate(msgspec.Struct, frozen=True):
    """A gate on the shopper's moment, whatever would be said."""

    code: str
    opens: Callable[[ContextSnapshot, Limits], bool]


class CampaignGate(msgspec.Struct, frozen=True):
    """A gate on one campaign for one shopper."""

    code: str
    opens: Callable[[ContextSnapshot, Campaign, Limits], bool]


class GateResult(msgspec.Struct, frozen=True):
    """What one gate said."""

    gate: str
    ok: bool
    why: str
    """The reason's sentence where it said no, else empty."""
    campaign: str | None = None
    """None: the gate is the shopper's."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Send or not, with the reason."""

    outcome: Literal["send", "silent"]
    code: str
    """A key of REASONS; `sent` where it speaks."""
    gates: tuple[GateResult, ...]
    """Up to the first no; every gate in explain mode."""
    campaign: str | None = None
    kind: str | None = None
    topic: str | None = None
    for_zone: str | None = None
    title: str = ""
    text: str = ""
    why: tuple[str, ...] = ()
    """The shopper's sentences."""
    expires_at_s: float | None = None
    worth: float = 0.0
    """Usefulness less annoyance of what is said; 0 is what silence is worth."""


def annoyance(snapshot: ContextSnapshot, kind: str) -> float:
    """What one more message of `kind` costs: it grows with each, and is 1 right after one."""
    if not snapshot.said:
        return 0.0
    same = sum(1 for said in snapshot.said if said.kind == kind)
    since_s = snapshot.at_s - max(said.at_s for said in snapshot.said)
    fresh = max(0.0, 1.0 - max(0.0, since_s) / NAG_FADES_S)
    return fresh + NAG_EACH * len(snapshot.said) + NAG_SAME_KIND * same


def worth(snapshot: ContextSnapshot, campaign: Campaign) -> float:
    """Usefulness less annoyance; silence is worth 0 and wins the tie."""
    return _less(campaign.usefulness, annoyance(snapshot, campaign.kind))


def _less(usefulness: float, cost: float) -> float:
    return round(usefulness - cost, WORTH_DIGITS)


def gate_of(snapshot: ContextSnapshot, limits: Limits = LIMITS) -> float:
    """From which probability of its stage on a campaign may rest on it."""
    return max(snapshot.stage_gate or 0.0, limits.stage_p_min)


def _stage_known(s: ContextSnapshot, c: Campaign, _limits: Limits) -> bool:
    return s.stage is not None or not c.needs_stage


def _stage_sure(s: ContextSnapshot, c: Campaign, limits: Limits) -> bool:
    if s.stage is None or not c.needs_stage:
        return True
    if getattr(s.stage_p, s.stage, 0.0) >= gate_of(s, limits):
        return True
    fitting = [stage for stage in STAGES if c.fits(in_stage(s, stage))]
    return len(fitting) > 1 and sum(getattr(s.stage_p, one) for one in fitting) >= ONE_OF_P


def _not_by_stuck_alone(s: ContextSnapshot, c: Campaign, _limits: Limits) -> bool:
    # No checked campaign comes so far; one that was not checked must not either.
    if s.stage is None or not c.needs_stage or has_evidence(s):
        return True
    return c.fits(not_stuck(s))


def _unbought(s: ContextSnapshot, c: Campaign, _limits: Limits) -> bool:
    return c.items.isdisjoint(s.bought_items) and c.categories.isdisjoint(s.bought_categories)


def _pushes_left(s: ContextSnapshot, limits: Limits) -> bool:
    pushes = sum(1 for said in s.said if said.channel == "push")
    return s.channel != "push" or pushes < limits.pushes_per_visit


def _said_of(s: ContextSnapshot, campaign: str) -> int:
    return sum(1 for said in s.said if said.campaign == campaign)


SHOPPER_GATES: Final = (
    ShopperGate("consent", lambda s, _: s.may_locate and s.may_message),
    ShopperGate("unreachable", lambda s, _: s.channel is not None),
    ShopperGate("paused", lambda s, _: not s.paused),
    ShopperGate("quiet_zone", lambda s, _: not s.quiet_zone),
    ShopperGate("unsure_where", lambda s, lim: s.zone is not None and s.zone_p >= lim.zone_p_min),
    ShopperGate("wrong_place", lambda s, _: s.zone not in s.doubted_zones),
    ShopperGate("stale", lambda s, lim: s.fix_age_s <= lim.stale_s),
    ShopperGate("cap_push", _pushes_left),
    ShopperGate("cap_messages", lambda s, lim: len(s.said) < lim.messages_per_visit),
)
CAMPAIGN_GATES: Final = (
    CampaignGate("bought", _unbought),
    CampaignGate("muted", lambda s, c, _: c.topic not in s.muted_topics),
    CampaignGate("cap_same", lambda s, c, _: _said_of(s, c.id) < c.cap_per_visit),
    CampaignGate("unknown_stage", _stage_known),
    CampaignGate("unsure_stage", _stage_sure),
    CampaignGate("stuck_alone", _not_by_stuck_alone),
    CampaignGate("holdout", lambda s, c, _: not (s.holdout and c.promotional)),
    CampaignGate("not_worth_it", lambda s, c, _: worth(s, c) > 0.0),
)
# Between the two stands the question whether any campaign's condition holds.
FITS: Final = "nothing_fits"
GATES: Final = (
    *(gate.code for gate in SHOPPER_GATES),
    FITS,
    *(gate.code for gate in CAMPAIGN_GATES),
)

REASONS: Final = {
    "consent": "The shopper has not agreed to be located and written to, or took it back.",
    "unreachable": "The shopper's page is closed and no push is allowed, so nobody would see it.",
    "paused": "The shopper asked for a pause.",
    "quiet_zone": "This part of the store is quiet: nobody is spoken to here.",
    "unsure_where": "Not sure enough which zone the shopper is in.",
    "wrong_place": "The shopper said a moment ago that this is the wrong place.",
    "stale": "The last position is too old: the shopper may have walked on.",
    "cap_push": "The one push of this visit is used up.",
    "cap_messages": "This visit has had all its messages.",
    "nothing_fits": "No campaign has anything to say at this moment.",
    "bought": "The shopper has already bought what this is about.",
    "muted": "The shopper does not want this topic.",
    "cap_same": "This message has already been said in this visit.",
    "unknown_stage": "Where in the visit the shopper is, is not known.",
    "unsure_stage": "Not sure enough where in the visit the shopper is.",
    "stuck_alone": "Being stuck is not enough to speak: no long stay bears it out.",
    "holdout": "This shopper is left without promotion, so that its effect can be measured.",
    "not_worth_it": "It would have disturbed more than it helped, so soon after the last one.",
    "sent": "Said.",
}


_OPEN: Final = {code: GateResult(code, ok=True, why="") for code in GATES}
_SHUT: Final = {code: GateResult(code, ok=False, why=REASONS[code]) for code in GATES}


def decide(
    snapshot: ContextSnapshot,
    campaigns: Sequence[Campaign],
    limits: Limits = LIMITS,
    *,
    explain: bool = False,
) -> Decision:
    """Say one thing or nothing. The same arguments give the same decision.

    Of several that may speak, the highest worth; then the highest usefulness, the kind least
    recently said, the id. `explain` asks every gate of the shopper and of each campaign that
    fits, and decides the same.
    """
    gates, code = _ask_shopper(snapshot, limits, explain=explain)
    if code is not None and not explain:
        return Decision(outcome="silent", code=code, gates=tuple(gates))
    fitting = _ranked(snapshot, _fitting(snapshot, campaigns))
    gates.append(_OPEN[FITS] if fitting else _SHUT[FITS])
    chosen = None
    first_no = None if fitting else FITS
    for campaign in fitting:
        refusal = _ask_campaign(snapshot, campaign, limits, gates, explain=explain)
        first_no = first_no or refusal
        if refusal is None and chosen is None:
            chosen = campaign
            if not explain:
                break
    if code is None and chosen is not None:
        return _send(snapshot, chosen, gates)
    return Decision(outcome="silent", code=str(code or first_no), gates=tuple(gates))


def _ask_shopper(
    snapshot: ContextSnapshot, limits: Limits, *, explain: bool
) -> tuple[list[GateResult], str | None]:
    gates = []
    first_no = None
    for gate in SHOPPER_GATES:
        if gate.opens(snapshot, limits):
            gates.append(_OPEN[gate.code])
            continue
        gates.append(_SHUT[gate.code])
        first_no = first_no or gate.code
        if not explain:
            break
    return gates, first_no


def _ask_campaign(
    snapshot: ContextSnapshot,
    campaign: Campaign,
    limits: Limits,
    gates: list[GateResult],
    *,
    explain: bool,
) -> str | None:
    first_no = None
    for gate in CAMPAIGN_GATES:
        ok = gate.opens(snapshot, campaign, limits)
        gates.append(GateResult(gate.code, ok, "" if ok else REASONS[gate.code], campaign.id))
        if not ok:
            first_no = first_no or gate.code
            if not explain:
                break
    return first_no


def _fitting(snapshot: ContextSnapshot, campaigns: Sequence[Campaign]) -> list[Campaign]:
    """Whose condition holds or, where the stage is unknown, would hold in some stage."""
    fitting = [campaign for campaign in campaigns if campaign.fits(snapshot)]
    if snapshot.stage is not None:
        return fitting
    others = [one for one in campaigns if one.needs_stage and not one.fits(snapshot)]
    moments = [in_stage(snapshot, stage) for stage in STAGES] if others else []
    return fitting + [one for one in others if any(one.fits(moment) for moment in moments)]


def _ranked(snapshot: ContextSnapshot, fitting: list[Campaign]) -> list[Campaign]:
    cost = {kind: annoyance(snapshot, kind) for kind in {c.kind for c in fitting}}
    said_at = {said.kind: said.at_s for said in sorted(snapshot.said, key=lambda said: said.at_s)}
    return sorted(
        fitting,
        key=lambda c: (
            -_less(c.usefulness, cost[c.kind]),
            -c.usefulness,
            said_at.get(c.kind, -inf),
            c.id,
        ),
    )


def _send(snapshot: ContextSnapshot, campaign: Campaign, gates: list[GateResult]) -> Decision:
    title, text, why = worded(campaign, snapshot)
    return Decision(
        outcome="send",
        code="sent",
        gates=tuple(gates),
        campaign=campaign.id,
        kind=campaign.kind,
        topic=campaign.topic,
        for_zone=campaign.for_zone,
        title=title,
        text=text,
        why=why,
        expires_at_s=snapshot.at_s + campaign.expiry_s,
        worth=worth(snapshot, campaign),
    )

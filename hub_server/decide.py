"""Whether to speak at all: gates as tables, silence by default, one message at most.

Shopper gates come first, in order; then, for each campaign whose condition holds, its own. The
best that is left speaks if its usefulness outweighs the annoyance. The code of the first no is the
decision's. Who wants just prices and stock is decided without any past.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final, Literal

import msgspec

from hub_server.campaigns import Campaign, Worded
from hub_server.decision.caps import CAP_CODES
from hub_server.decision.choosing import BILLION, Ranked, is_by_value, ranked
from hub_server.decision.conditions import AS_IT_IS, IN_SOME_STAGE
from hub_server.decision.gates import (
    CALLED,
    CAMPAIGN_GATES,
    COMPARED,
    EXEMPT,
    FITS,
    GATES,
    REASONS,
    SHOPPER_GATES,
    UNREACHABLE,
    WORDS,
    WORTH,
    CampaignGate,
    Case,
    ShopperGate,
    case_of,
    gate_of,
    is_full,
)
from hub_server.decision.limits import LIMITS, Limits
from hub_server.decision.snapshot import ContextSnapshot, masked

__all__ = [
    "GATES",
    "LIMITS",
    "REASONS",
    "Decision",
    "GateResult",
    "Limits",
    "decide",
    "gate_of",
    "recheck",
]


class GateResult(msgspec.Struct, frozen=True, gc=False):
    """What one gate said."""

    gate: str
    ok: bool
    why: str
    """The reason's sentence where it said no, or would have to any other; else empty."""
    campaign: str | None = None
    """None: the gate is the shopper's."""


class Decision(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Send or not, with the reason."""

    outcome: Literal["send", "silent", "ghost"]
    """ghost: it would have been said, and was kept back so that its effect can be measured."""
    code: str
    """A key of REASONS; `sent` where it speaks, `called` where nobody but staff hears of it."""
    gates: tuple[GateResult, ...]
    """The first no, and caps that an exempt message passed; every gate in explain mode."""
    campaign: str | None = None
    kind: str | None = None
    topic: str | None = None
    for_zone: str | None = None
    title: str = ""
    text: str = ""
    lock_title: str = ""
    lock_text: str = ""
    """What a locked phone shows."""
    why: tuple[str, ...] = ()
    """The shopper's sentences."""
    used: tuple[str, ...] = ()
    """Fields of the past (HISTORY_FIELDS) that it rests on."""
    for_everyone: bool = True
    """Whoever stands there at that time gets the same."""
    items: tuple[str, ...] = ()
    price: float | None = None
    """That it tells: of the first item."""
    categories: tuple[str, ...] = ()
    target: str | None = None
    """The zone or item that it leads to."""
    buttons: tuple[str, ...] = ()
    action: str = "say"
    exempt: bool = False
    """Service or safety: no cap counts it."""
    expires_at_s: float | None = None
    worth: float = 0.0
    """Usefulness less annoyance of what is said; 0 is what silence is worth."""
    propensity: float = 1.0
    """How likely this choice was, at this moment: nothing is drawn."""
    ghost: str | None = None
    """The campaign that was kept back, whether or not another one speaks in its place."""
    ghost_code: str | None = None
    """holdout or control."""


CALL_STAFF: Final = "call_staff"
_OPEN: Final = {code: GateResult(code, ok=True, why="") for code in GATES}
_SHUT: Final = {code: GateResult(code, ok=False, why=REASONS[code]) for code in GATES}


class Asked(msgspec.Struct):
    """What has been found out so far in one decision."""

    explain: bool
    gates: list[GateResult]
    code: str | None = None
    """The first no."""
    chosen: Ranked | None = None
    ghost: Ranked | None = None
    ghost_code: str | None = None
    words: dict[str, Worded] = {}

    def no(self, code: str, campaign: str | None = None) -> None:
        """A gate is shut; only the first is kept, unless all are to be explained."""
        if self.explain or self.code is None:
            shut = _SHUT[code]
            self.gates.append(
                shut if campaign is None else GateResult(code, shut.ok, shut.why, campaign)
            )
        self.code = self.code or code

    def compare(self, one: Ranked, code: str, snapshot: ContextSnapshot) -> None:
        """Keep `one` for the ghost, if only a comparison stopped it, it is new and the best."""
        is_best = self.ghost is None and self.chosen is None
        if code in COMPARED and is_best and one[1].id not in snapshot.ghosted:
            self.ghost, self.ghost_code = one, code


def decide(
    snapshot: ContextSnapshot,
    campaigns: Sequence[Campaign],
    limits: Limits = LIMITS,
    *,
    explain: bool = False,
) -> Decision:
    """Say one thing or nothing. The same arguments give the same decision.

    Of several that may speak, the highest worth (`choosing.ranked`). What only holdout or control
    keeps back is the decision's ghost; the next best may speak in its place, so that help still
    reaches who is spared promotion. `explain` asks every gate of the shopper and of each campaign
    that fits, and decides the same.
    """
    if snapshot.plain:
        # A rule that asks for the past would take the mask for an answer.
        snapshot = masked(snapshot)
        campaigns = [one for one in campaigns if not one.uses_history]
    callers = _callers(snapshot, campaigns)
    asked = Asked(explain, [])
    _ask_shopper(snapshot, limits, asked, by_staff=bool(callers))
    shut = asked.code is not None
    if not shut or explain:
        _ask_campaigns(snapshot, callers or campaigns, limits, asked)
    if not shut and asked.chosen is not None:
        return _message(snapshot, asked, asked.chosen, "send", CALLED if callers else "sent")
    if not shut and asked.ghost is not None:
        return _message(snapshot, asked, asked.ghost, "ghost", str(asked.ghost_code))
    return Decision(outcome="silent", code=str(asked.code), gates=tuple(asked.gates))


def recheck(
    snapshot: ContextSnapshot,
    campaign: Campaign,
    limits: Limits = LIMITS,
    only: Collection[str] | None = None,
) -> str | None:
    """The first gate that no longer holds for a message that was decided; None: none.

    Asked right before it goes out, and while nobody has seen it; `snapshot` without the message
    itself. Whether the condition still holds and it is still worth it is not asked: what was true
    a second ago may be said, unless `only` these gates are named and one of them shuts.
    """
    if snapshot.plain:
        snapshot = masked(snapshot)
    by_staff = snapshot.staff and campaign.action == CALL_STAFF
    for gate in SHOPPER_GATES:
        if _is_asked(gate.code, only) and not _opens(gate, snapshot, limits, by_staff=by_staff):
            return gate.code
    case = case_of(snapshot, limits)
    for asked in CAMPAIGN_GATES:
        if _is_asked(asked.code, only) and not asked.opens(snapshot, campaign, case):
            return asked.code
    return None


def _is_asked(code: str, only: Collection[str] | None) -> bool:
    return code != WORTH if only is None else code in only


def _callers(snapshot: ContextSnapshot, campaigns: Sequence[Campaign]) -> list[Campaign]:
    """Of a shopper whom no phone reaches: the campaigns that fit and call staff."""
    if snapshot.channel is not None or not snapshot.staff:
        return []
    callers = [one for one in campaigns if one.action == CALL_STAFF]
    return [one for one in _of_zone(snapshot, callers) if _fits(snapshot, one)]


def _opens(gate: ShopperGate, snapshot: ContextSnapshot, limits: Limits, *, by_staff: bool) -> bool:
    """Whether `gate` is open; who is reached by staff needs no phone."""
    return gate.opens(snapshot, limits) or (by_staff and gate.code == UNREACHABLE)


def _ask_shopper(
    snapshot: ContextSnapshot, limits: Limits, asked: Asked, *, by_staff: bool
) -> None:
    for gate in SHOPPER_GATES:
        if _opens(gate, snapshot, limits, by_staff=by_staff):
            if asked.explain:
                asked.gates.append(_OPEN[gate.code])
            continue
        asked.no(gate.code)
        if not asked.explain:
            return


def _ask_campaigns(
    snapshot: ContextSnapshot, campaigns: Sequence[Campaign], limits: Limits, asked: Asked
) -> None:
    here = _of_zone(snapshot, campaigns)
    # Who fits is asked of all where all are told, or where their order depends on it.
    if asked.explain or is_by_value(snapshot):
        here = [one for one in here if _fits(snapshot, one)]
    if not here:
        asked.no(FITS)
        return
    case = case_of(snapshot, limits)
    asked.words = case.words
    order = ranked(snapshot, case.costs, here)
    if not asked.explain:
        _ask_in_turn(snapshot, order, case, asked)
        return
    asked.gates.append(_OPEN[FITS])
    for one in order:
        _ask_all(snapshot, one, case, asked)


def _of_zone(snapshot: ContextSnapshot, campaigns: Sequence[Campaign]) -> list[Campaign]:
    """Without those that cannot fit where the shopper is."""
    zone = snapshot.zone
    return [one for one in campaigns if one.zones is None or zone in one.zones]


def _fits(snapshot: ContextSnapshot, campaign: Campaign) -> bool:
    """Whether its condition holds, or would but for an unknown stage or a feed that is silent.

    One that speaks of the moment's own items (`about`) fits where there are any.
    """
    if campaign.about is not None and not getattr(snapshot, campaign.about):
        return False
    if campaign.fits(snapshot):
        return True
    is_unknown = snapshot.stage is None
    if not (campaign.feeds or (is_unknown and campaign.needs_stage)):
        return False
    return bool(campaign.might(snapshot) & (IN_SOME_STAGE if is_unknown else AS_IT_IS))


def _ask_in_turn(
    snapshot: ContextSnapshot, order: Iterable[Ranked], case: Case, asked: Asked
) -> None:
    """The best first, until one may speak; of the others only the first no is told."""
    # What shut one campaign most often shuts the next, whether or not that would fit.
    likely: list[CampaignGate] = []
    for one in order:
        worth, campaign = one
        if asked.code is not None and (worth <= 0 or _shut(likely, snapshot, campaign, case)):
            continue
        if not _fits(snapshot, campaign):
            continue
        gate = _shut(CAMPAIGN_GATES, snapshot, campaign, case)
        if gate is None:
            asked.gates += _passed_over(snapshot, campaign, case)
            asked.chosen = one
            return
        asked.no(gate.code, campaign.id)
        asked.compare(one, gate.code, snapshot)
        # Words are dear to ask for; and by a comparison one has to be kept back first.
        if gate.code != WORDS and (gate.code not in COMPARED or asked.ghost is not None):
            likely.append(gate)
    if asked.code is None:
        asked.no(FITS)


def _shut(
    gates: Iterable[CampaignGate], snapshot: ContextSnapshot, campaign: Campaign, case: Case
) -> CampaignGate | None:
    """The first of `gates` that is shut."""
    for gate in gates:
        if not gate.opens(snapshot, campaign, case):
            return gate
    return None


def _ask_all(snapshot: ContextSnapshot, one: Ranked, case: Case, asked: Asked) -> None:
    """Every gate of one campaign."""
    _, campaign = one
    first_no = None
    over = {passed.gate: passed for passed in _passed_over(snapshot, campaign, case)}
    for gate in CAMPAIGN_GATES:
        if gate.opens(snapshot, campaign, case):
            passed = over.get(gate.code)
            asked.gates.append(passed or GateResult(gate.code, True, "", campaign.id))
            continue
        asked.no(gate.code, campaign.id)
        first_no = first_no or gate.code
    if first_no is None:
        asked.chosen = asked.chosen or one
    else:
        asked.compare(one, first_no, snapshot)


def _passed_over(snapshot: ContextSnapshot, campaign: Campaign, case: Case) -> list[GateResult]:
    """Caps that are used up and stop this one all the same not: kept, so that they can be seen."""
    if not campaign.exempt:
        return []
    return [
        GateResult(code, True, EXEMPT, campaign.id)
        for per, code in CAP_CODES.items()
        if is_full(per, snapshot, campaign, case)
    ]


def _message(
    snapshot: ContextSnapshot,
    asked: Asked,
    spoken: Ranked,
    outcome: Literal["send", "ghost"],
    code: str,
) -> Decision:
    worth, campaign = spoken
    words = asked.words[campaign.id]
    return Decision(
        outcome=outcome,
        code=code,
        gates=tuple(asked.gates),
        campaign=campaign.id,
        kind=campaign.kind,
        topic=campaign.topic,
        for_zone=campaign.for_zone,
        title=words.title,
        text=words.text,
        lock_title=words.lock_title,
        lock_text=words.lock_text,
        why=words.why,
        used=words.used,
        for_everyone=words.for_everyone,
        items=words.items,
        price=words.price,
        categories=tuple(sorted(campaign.categories)),
        target=words.target,
        buttons=campaign.buttons,
        action=campaign.action,
        exempt=campaign.exempt,
        expires_at_s=snapshot.at_s + campaign.expiry_s,
        worth=worth / BILLION,
        ghost=None if asked.ghost is None else asked.ghost[1].id,
        ghost_code=asked.ghost_code,
    )

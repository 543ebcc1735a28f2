"""Decisions as rows: what is written when one is made."""

import secrets
from typing import Final

import msgspec

from hub_server.campaigns import Campaign
from hub_server.decide import Decision, GateResult
from hub_server.decision.caps import rules_for
from hub_server.decision.limits import Limits
from hub_server.decision.reservations import Claim
from hub_server.decision.snapshot import ContextSnapshot, Said
from hub_server.experiments import subject_of
from hub_server.visit.visits import Offers, Sent, Visit

ID_BYTES: Final = 8
# Columns that the future fills: received to feedback, cancelled_ms to bought_ms.
LATER: Final = (None,) * 6 + (None,) * 3

_encode: Final = msgspec.json.Encoder().encode


class Draft(msgspec.Struct, kw_only=True):
    """One decision that is to be kept."""

    code: str
    """Its random name."""
    visit: Visit
    decision: Decision
    snapshot: ContextSnapshot
    rule_set: str | None
    """By which rules; None: they alone would not decide the same again, so nobody asks them."""

    @property
    def at_ms(self) -> int:
        """When it was decided."""
        return round(self.snapshot.at_s * 1000)


def drafted(
    visit: Visit, decision: Decision, snapshot: ContextSnapshot, rule_set: str | None
) -> Draft:
    """A draft with a name of its own."""
    # The seconds go first, so that new rows lie side by side in the index.
    code = f"{int(snapshot.at_s):x}{secrets.token_hex(ID_BYTES)}"
    return Draft(code=code, visit=visit, decision=decision, snapshot=snapshot, rule_set=rule_set)


def ghost_beside(draft: Draft, campaign: Campaign, code: str) -> Draft:
    """What would have been said in place of `draft`: a row of its own, decided by no rule again."""
    ghost = msgspec.structs.replace(
        draft.decision,
        outcome="ghost",
        code=code,
        campaign=campaign.id,
        kind=campaign.kind,
        topic=campaign.topic,
        for_zone=campaign.for_zone,
        why=(),
    )
    return drafted(draft.visit, ghost, draft.snapshot, None)


def refused_by(draft: Draft, code: str, why: str) -> Draft:
    """The same, silent: somebody else took the room under a cap first."""
    decision = draft.decision
    gates = (*decision.gates, GateResult(code, ok=False, why=why, campaign=decision.campaign))
    silent = msgspec.structs.replace(decision, outcome="silent", code=code, gates=gates)
    return msgspec.structs.replace(draft, decision=silent, rule_set=None)


def row_of(store: str, draft: Draft) -> tuple[object, ...]:
    """The row of table `decisions`, in the order of its columns."""
    decision, snapshot = draft.decision, draft.snapshot
    sends = decision.outcome == "send"
    return (
        store,
        draft.code,
        draft.visit.visit,
        draft.at_ms,
        snapshot.zone,
        snapshot.stage,
        decision.outcome,
        decision.code,
        decision.campaign,
        decision.kind,
        decision.topic,
        decision.title if sends else None,
        decision.text if sends else None,
        decision.for_zone,
        _encode(decision.why),
        _encode(decision.gates),
        _encode(snapshot),
        draft.at_ms if sends else None,
        *LATER,
        snapshot.channel if sends else None,
        decision.propensity,
        draft.rule_set,
        _encode(_offers(decision)) if sends else None,
    )


def _offers(decision: Decision) -> Offers:
    return Offers(
        items=decision.items,
        price=decision.price,
        buttons=decision.buttons,
        for_everyone=decision.for_everyone,
    )


def claim_of(draft: Draft, campaign: Campaign, limits: Limits) -> Claim:
    """The room under the caps that the message wants."""
    visit, channel = draft.visit, draft.snapshot.channel or "page"
    return Claim(
        decision=draft.code,
        subject=subject_of(visit.shopper, visit.visit, remembered=visit.remembered),
        visit=visit.visit,
        said=Said(
            campaign.id,
            campaign.kind,
            campaign.topic,
            channel,
            draft.snapshot.at_s,
            tuple(sorted(campaign.categories)),
            campaign.exempt,
        ),
        rules=() if campaign.exempt else tuple(rules_for(campaign, channel, limits.caps)),
    )


def sent_of(draft: Draft, campaign: Campaign) -> Sent:
    """The message as it goes out."""
    decision, snapshot = draft.decision, draft.snapshot
    return Sent(
        decision=draft.code,
        campaign=campaign.id,
        kind=campaign.kind,
        topic=campaign.topic,
        title=decision.title,
        text=decision.text,
        why=decision.why,
        for_zone=decision.for_zone,
        zone=snapshot.zone,
        at_s=snapshot.at_s,
        expires_at_s=decision.expires_at_s or snapshot.at_s,
        channel=snapshot.channel or "page",
        categories=tuple(sorted(campaign.categories)),
        items=decision.items,
        price=decision.price,
        buttons=decision.buttons,
        lock_title=decision.lock_title,
        lock_text=decision.lock_text,
        for_everyone=decision.for_everyone,
        exempt=campaign.exempt,
    )

"""Why something was said or not: gate by gate, for the code that a shopper shows."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from hub_server.campaigns import Campaign
from hub_server.database import Database
from hub_server.decide import REASONS, GateResult, decide, gate_of
from hub_server.decision import rule_sets
from hub_server.decision.gates import FITS
from hub_server.decision.limits import Limits
from hub_server.decision.snapshot import ContextSnapshot
from hub_server.message.unseen import WHY_CANCELLED
from hub_server.records.message_tables import RULE_SETS
from hub_server.records.tables import DECISIONS
from hub_server.views.hub import GateView, Refused, WhyView

# The gate of what is to stay a surprise.
GIFT: Final = "gift"
_gates: Final = msgspec.json.Decoder(tuple[GateResult, ...])


class Whys:
    """Answers for one store's decisions."""

    def __init__(self, database: Database, campaigns: Sequence[Campaign], limits: Limits) -> None:
        self._database = database
        self.campaigns = campaigns
        self._limits = limits

    def why(self, decision: str) -> WhyView:
        """Every gate of a decision.

        Raises:
            Refused: 404, no such decision.
        """
        found = self._database.read(select(DECISIONS).where(DECISIONS.c.decision == decision))
        if not found:
            raise Refused(404, "unknown", "There is no decision with this code.")
        row = found[0]
        known = msgspec.json.decode(row.snapshot, type=ContextSnapshot)
        # Asked again with every gate, by the rules of then; should they answer otherwise, what was
        # stored counts.
        campaigns, limits = self._rules(row.rule_set)
        again = decide(known, campaigns, limits, explain=True)
        # Emptied, since it told of what is a gift by now: neither campaign nor gates may tell it.
        is_gift = row.title == ""
        campaign = None if is_gift else row.campaign
        is_same = again.code == row.code and not is_gift
        code, gates = without_gifts(row.code, again.gates if is_same else _gates.decode(row.gates))
        return WhyView(
            decision=decision,
            at_ms=row.at_ms,
            zone=row.zone,
            stage=row.stage,
            stage_p=None if known.stage is None else getattr(known.stage_p, known.stage, None),
            stage_gate=None if known.stage is None else gate_of(known, limits),
            needs_stage={one.id: one.needs_stage for one in self.campaigns}.get(str(campaign)),
            outcome=row.outcome,
            code=code,
            campaign=campaign,
            title=row.title,
            cancelled=_sentence(row.cancelled),
            asked_again=is_same,
            gates=[
                GateView(gate=gate.gate, ok=gate.ok, why=gate.why, campaign=gate.campaign)
                for gate in gates
            ],
        )

    def _rules(self, rule_set: str | None) -> tuple[Sequence[Campaign], Limits]:
        """What decided then; today's where that is not known."""
        kept = select(RULE_SETS).where(RULE_SETS.c.sha256 == rule_set)
        for row in self._database.read(kept) if rule_set is not None else ():
            return rule_sets.unpacked(row.campaigns, row.limits)
        return self.campaigns, self._limits


def without_gifts(code: str, gates: Sequence[GateResult]) -> tuple[str, tuple[GateResult, ...]]:
    """A silence and its gates as if what a gift kept back had not fitted the moment.

    Who reads why nothing was said must not read in it what the present is, or that there is one.
    """
    hidden = {one.campaign for one in gates if one.gate == GIFT and not one.ok}
    kept = tuple(one for one in gates if one.campaign is None or one.campaign not in hidden)
    return (FITS if code == GIFT else code), kept


def _sentence(code: str | None) -> str | None:
    return None if code is None else REASONS.get(code) or WHY_CANCELLED.get(code, code)

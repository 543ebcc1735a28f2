"""What is said and not said: decide, reserve, keep, look once more, speak.

Decisions wait in memory until the caller's transaction has kept them with their room under the
caps; only then, and only where every gate still holds, do they speak.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from hub_server.campaigns import Campaign
from hub_server.database import Database
from hub_server.decide import REASONS, Decision, decide
from hub_server.decision.limits import LIMITS, Limits
from hub_server.decision.reservations import Reservations
from hub_server.decision.snapshot import ContextSnapshot
from hub_server.impact.tallies import Tallies
from hub_server.journeys import Journey
from hub_server.message import records
from hub_server.message.answers import Answers
from hub_server.message.exposures import ALL, Exposure
from hub_server.message.records import Draft
from hub_server.message.unseen import Unseen
from hub_server.message.whys import Whys
from hub_server.records.tables import DECISIONS
from hub_server.views.hub import DecisionsView, FloorMessage, SilentView
from hub_server.visit.moments import Moments
from hub_server.visit.visits import Sent, Visit

# The floor page lists this many; older ones are in the database.
LATEST: Final = 10
CAP_OFFERS: Final = "cap_offers"
PPM: Final = 1_000_000


class Speaker:
    """Decides for one store's visits."""

    def __init__(
        self,
        database: Database,
        tallies: Tallies,
        campaigns: Sequence[Campaign],
        moments: Moments,
        limits: Limits = LIMITS,
    ) -> None:
        self._database = database
        self.store: Final = tallies.store
        self.campaigns = tuple(campaigns)
        self.moments: Final = moments
        self.limits: Final = limits
        self._by_id = {one.id: one for one in campaigns}
        self._reservations = Reservations(database)
        self.tallies: Final = tallies
        self.answers: Final = Answers(self.tallies, self._by_id)
        self.unseen: Final = Unseen(self.tallies, self._by_id, (moments, limits))
        self.whys: Final = Whys(database, self.campaigns, limits)
        self.rule_set: str | None = None
        """Names the campaigns and limits in `rule_sets`; each decision carries it."""
        self.holdout_share = 0.0
        self.offers_full: Callable[[], bool] = lambda: False
        """Whether one more offer would be more than offers' share, asked as one is kept."""
        self.on_push: Callable[[Visit, Sent], None] = _nothing
        """Told of each message for a closed page, once it is kept and every gate still holds."""
        self.on_staff: Callable[[Visit, Sent], None] = _nothing
        """Told of each message that calls staff."""
        self._drafts: list[Draft] = []
        self._ready: list[tuple[Visit, Sent]] = []
        self._exposed: list[tuple[Visit, str]] = []
        """Put on a side by what is not yet committed."""
        self._latest: deque[Sent] = deque(maxlen=LATEST)
        self._simulated: deque[str] = deque(maxlen=LATEST)
        """Decisions on shoppers that are nobody: anybody may ask why."""
        self.sent_count = 0
        self.silent: Counter[str] = Counter()

    def take(self, campaigns: Sequence[Campaign], rule_set: str | None) -> None:
        """Say these from now on: the same campaigns with newer names and prices."""
        self.campaigns = self.whys.campaigns = tuple(campaigns)
        self._by_id.update({one.id: one for one in campaigns})
        self.rule_set = rule_set

    def consider(self, visit: Visit, journey: Journey, now_s: float) -> Decision:
        """Decide once; at most once a visit between two `commit`s."""
        snapshot = self.moments.snapshot(visit, journey, now_s)
        decision = decide(snapshot, self.campaigns, self.limits)
        visit.asked = (journey.zone, journey.stage)
        ghosts = self._ghosts(visit, decision, snapshot)
        is_said = decision.outcome == "send" or bool(ghosts)
        if not is_said and decision.code in visit.noted:
            return decision
        if not is_said:
            visit.noted.add(decision.code)
        draft = records.drafted(visit, decision, snapshot, self.rule_set)
        self._drafts.append(draft)
        for campaign, code in ghosts:
            visit.ghosts[campaign] = self._ghost(draft, campaign, code).code
        return decision

    @property
    def waiting(self) -> bool:
        """Whether there is something to keep."""
        return bool(self._drafts)

    def save(self) -> None:
        """Write the new decisions with their reservations; inside the caller's transaction."""
        # Reservations first: the transaction must begin with a write to have the file to itself.
        reserved = [self._reserved(draft) for draft in self._drafts]
        self._drafts = [draft for draft in reserved if draft is not None]
        self._database.append(DECISIONS, [records.row_of(self.store, d) for d in self._drafts])
        for draft in self._drafts:
            self._count(draft)
        self.tallies.save()

    def commit(self) -> list[Visit]:
        """The transaction is committed: look once more, speak. The visits that are spoken to."""
        self.tallies.saved()
        for draft in self._drafts:
            self.silent[draft.decision.code] += draft.decision.outcome != "send"
        ready, self._ready, self._drafts, self._exposed = self._ready, [], [], []
        return [visit for visit, sent in ready if self._speak(visit, sent)]

    def rollback(self) -> None:
        """The transaction was undone: nothing is said, and each silence is noted again."""
        self.tallies.undone()
        for draft in self._drafts:
            draft.visit.noted.discard(draft.decision.code)
            if draft.visit.ghosts.get(draft.decision.campaign or "") == draft.code:
                del draft.visit.ghosts[draft.decision.campaign or ""]
        for visit, key in self._exposed:
            del visit.exposures[key]
        self._drafts, self._ready, self._exposed = [], [], []

    def forget_deleted(self) -> None:
        """Drop from what the floor page lists the messages that are deleted or were emptied."""
        listed = [sent.decision for sent in self._latest]
        found = select(DECISIONS.c.decision).where(
            DECISIONS.c.decision.in_(listed), DECISIONS.c.title != ""
        )
        kept = {row.decision for row in self._database.read(found)}
        self._latest = deque((one for one in self._latest if one.decision in kept), LATEST)

    def counts(self) -> DecisionsView:
        """Said, and how often a new reason kept a visit silent, since the start."""
        silent = [
            SilentView(code=code, text=REASONS.get(code, code), count=count)
            for code, count in self.silent.most_common()
            if count
        ]
        return DecisionsView(sent=self.sent_count, silent=silent)

    def latest(self) -> list[FloorMessage]:
        """The newest messages, without the shopper."""
        return [
            FloorMessage(
                decision=sent.decision if sent.decision in self._simulated else None,
                campaign=sent.campaign,
                kind=sent.kind,
                zone=sent.zone,
                at_ms=round(sent.at_s * 1000),
                # What was written for one shopper may name what they have or want.
                title=sent.title if sent.for_everyone else self._by_id[sent.campaign].headline,
                shown=sent.shown,
                # A push may have been read on a locked phone.
                over=not (sent.shown or sent.taken)
                and (sent.expired or sent.cancelled is not None),
            )
            for sent in self._latest
        ]

    def _ghosts(
        self, visit: Visit, decision: Decision, snapshot: ContextSnapshot
    ) -> list[tuple[str, str]]:
        """What is kept back here for the first time in the visit, best first, each with its code.

        Not only the best: were the second best no ghost behind it, a visit that hears the second
        one would have no visit to be compared with.
        """
        found: list[tuple[str, str]] = []
        while decision.ghost is not None and decision.ghost not in visit.ghosts:
            found.append((decision.ghost, str(decision.ghost_code)))
            kept_back = tuple(sorted({*snapshot.ghosted, decision.ghost}))
            snapshot = msgspec.structs.replace(snapshot, ghosted=kept_back)
            decision = decide(snapshot, self.campaigns, self.limits)
        return found

    def _ghost(self, draft: Draft, campaign: str, code: str) -> Draft:
        """The row of what would have been said: the decision's own, or one beside it."""
        if draft.decision.outcome == "ghost" and draft.decision.campaign == campaign:
            return draft
        beside = records.ghost_beside(draft, self._by_id[campaign], code)
        self._drafts.append(beside)
        return beside

    def _reserved(self, draft: Draft) -> Draft | None:
        """With its room under the caps taken, or silent; None: a silence that is known already."""
        if draft.decision.outcome != "send":
            return draft
        campaign = self._by_id[draft.decision.campaign or ""]
        full = CAP_OFFERS if campaign.kind == "offer" and self.offers_full() else None
        full = full or self._reservations.take(records.claim_of(draft, campaign, self.limits))
        if full is not None:
            draft.visit.rest(campaign.id, draft.snapshot.at_s)
            if full in draft.visit.noted:
                return None
            draft.visit.noted.add(full)
            return records.refused_by(draft, full, REASONS[full])
        self._ready.append((draft.visit, records.sent_of(draft, campaign)))
        counted, at_s = draft.visit.counted, draft.snapshot.at_s
        self.tallies.add_of(counted, "said_kind", campaign.kind, at_s)
        return draft

    def _count(self, draft: Draft) -> None:
        """What outlasts the row: said, kept back, or why not."""
        decision, at_s, counted = draft.decision, draft.snapshot.at_s, draft.visit.counted
        for gate in decision.gates:
            if gate.campaign is not None and not gate.ok:
                self.tallies.add_of(counted, "no_of", f"{gate.campaign} {gate.gate}", at_s)
        if decision.outcome == "silent":
            self.tallies.add_of(counted, "no", decision.code, at_s)
            return
        campaign = self._by_id[decision.campaign or ""]
        is_send = decision.outcome == "send"
        self.tallies.add_of(counted, "m_said" if is_send else "m_ghost", campaign.id, at_s)
        if not draft.visit.demo:
            self._compare(draft, campaign, is_send=is_send)

    def _compare(self, draft: Draft, campaign: Campaign, *, is_send: bool) -> None:
        """Put the visit on a side: once a campaign, and once of all promotion together."""
        visit = draft.visit
        told = campaign.id in visit.compared or any(
            one.campaign == campaign.id for one in visit.sent if is_send
        )
        # The holdout hears no promotion at all, so beside a single message it compares nothing.
        if campaign.control_share > 0.0 and not (visit.holdout or told):
            exposure = Exposure(
                side="treated" if is_send else "control", campaign=campaign.id, at_ms=draft.at_ms
            )
            self._put(visit, campaign.id, exposure, campaign.control_share)
        is_new = ALL not in visit.compared
        if is_new and campaign.promotional and self.answers.is_first_promotion(visit, draft.code):
            exposure = Exposure(
                side="control" if visit.holdout else "treated",
                campaign=campaign.id,
                at_ms=draft.at_ms,
            )
            self._put(visit, ALL, exposure, self.holdout_share)

    def _put(self, visit: Visit, key: str, exposure: Exposure, chance: float) -> None:
        at_s = exposure.at_ms / 1000
        self.tallies.add(exposure.side, key, at_s)
        self.tallies.add("expected_ppm", key, at_s, round(chance * PPM))
        visit.exposures[key] = exposure
        self._exposed.append((visit, key))

    def _speak(self, visit: Visit, sent: Sent) -> bool:
        """Say it, unless something speaks against it by now."""
        visit.sent.append(sent)
        self.unseen.watch(visit)
        code = self.unseen.still_right(visit, sent)
        if code is not None:
            self.unseen.take_back(visit, sent, code)
            return False
        self._latest.appendleft(sent)
        if visit.demo:
            self._simulated.appendleft(sent.decision)
        self.sent_count += 1
        if sent.channel == "push":
            self.on_push(visit, sent)
        if self._by_id[sent.campaign].action == "call_staff":
            self.on_staff(visit, sent)
        return True


def _nothing(*_told: object) -> None:
    return None

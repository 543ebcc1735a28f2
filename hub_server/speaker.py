"""What is said and not said: decides, keeps each decision with its reason, follows each message.

Decisions wait in memory until the caller's transaction has kept them; only then do they speak.
"""

import secrets
from collections import Counter, deque
from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import select, update

from hub_server import visit_records as records
from hub_server.campaigns import Campaign
from hub_server.database import Database
from hub_server.decide import REASONS, Decision, GateResult, decide, gate_of
from hub_server.journeys import Journey
from hub_server.snapshot import ContextSnapshot, Feedback
from hub_server.tables import DECISIONS
from hub_server.views import (
    DecisionsView,
    FloorMessage,
    GateView,
    Receipt,
    Refused,
    SilentView,
    WhyView,
)
from hub_server.views import Feedback as Opinion
from hub_server.visits import Moments, Sent, Visit

# The floor page lists this many; older ones are in the database.
LATEST: Final = 10
ID_BYTES: Final = 8
RECEIPT_FIELD: Final = {
    "received": "received_ms",
    "shown": "shown_ms",
    "tapped": "tapped_ms",
    "dismissed": "dismissed_ms",
}

_encode: Final = msgspec.json.Encoder().encode
_gates: Final = msgspec.json.Decoder(tuple[GateResult, ...])


class Speaker:
    """Decides for one store's visits."""

    def __init__(
        self, database: Database, store: str, campaigns: Sequence[Campaign], moments: Moments
    ) -> None:
        self._database = database
        self._store = store
        self._campaigns = campaigns
        self._moments = moments
        self._rows: list[tuple[object, ...]] = []
        self._about_to_say: list[tuple[Visit, Sent]] = []
        self._noted: list[tuple[Visit, str]] = []
        self._latest: deque[Sent] = deque(maxlen=LATEST)
        self.sent_count = 0
        self.silent: Counter[str] = Counter()

    def consider(self, visit: Visit, journey: Journey, now_s: float) -> Decision:
        """Decide once; at most once a visit between two `commit`s."""
        snapshot = self._moments.snapshot(visit, journey, now_s)
        decision = decide(snapshot, self._campaigns)
        visit.asked = (journey.zone, journey.stage)
        if decision.outcome == "send":
            self._say(visit, decision, snapshot)
        elif decision.code not in visit.noted:
            self.silent[decision.code] += 1
            visit.noted.add(decision.code)
            self._noted.append((visit, decision.code))
            self._note(visit, decision, snapshot)
        return decision

    @property
    def waiting(self) -> bool:
        """Whether there is something to keep."""
        return bool(self._rows)

    def save(self) -> None:
        """Write the new decisions; inside the caller's transaction."""
        self._database.append(DECISIONS, self._rows)

    def commit(self) -> list[Visit]:
        """The transaction is committed: speak. Returns the visits that are spoken to."""
        spoken = []
        for visit, sent in self._about_to_say:
            visit.sent.append(sent)
            self._latest.appendleft(sent)
            self.sent_count += 1
            spoken.append(visit)
        self._rows = []
        self._about_to_say = []
        self._noted = []
        return spoken

    def rollback(self) -> None:
        """The transaction was undone: nothing is said, and each silence is noted again."""
        for visit, code in self._noted:
            visit.noted.discard(code)
            self.silent[code] -= 1
        self._noted = []
        self._rows = []
        self._about_to_say = []

    def receipt(self, visit: Visit, decision: str, kind: Receipt, now_ms: int) -> None:
        """Note what became of a message; the first time counts."""
        sent = _of(visit, decision)
        column = DECISIONS.c[RECEIPT_FIELD[kind]]
        self._database.write(
            update(DECISIONS)
            .where(DECISIONS.c.decision == decision, column.is_(None))
            .values({column: now_ms})
        )
        sent.shown = sent.shown or kind in {"shown", "tapped"}
        sent.dismissed = sent.dismissed or kind == "dismissed"

    def feedback(self, visit: Visit, decision: str, kind: Opinion, now_s: float) -> None:
        """Note the shopper's opinion; "not for me" ends the message's topic."""
        sent = _of(visit, decision)
        said = update(DECISIONS).where(DECISIONS.c.decision == decision).values(feedback=kind)
        muted = records.mute_added(visit.shopper, sent.topic, round(now_s * 1000))
        self._database.write(said, *([muted] if kind == "not_for_me" else []))
        sent.feedback = kind
        visit.feedback.append(Feedback(kind, sent.topic, sent.zone, now_s))

    def expire(self, visits: Sequence[Visit], now_s: float) -> list[Visit]:
        """Take back messages that nobody saw in time; returns the visits concerned."""
        over = [
            (visit, sent)
            for visit in visits
            for sent in visit.sent
            if not (sent.shown or sent.expired) and now_s > sent.expires_at_s
        ]
        if over:
            self._database.write(
                update(DECISIONS)
                .where(DECISIONS.c.decision.in_([sent.decision for _, sent in over]))
                .values(expired_ms=round(now_s * 1000))
            )
        for _, sent in over:
            sent.expired = True
        return [visit for visit, _ in over]

    def forget_deleted(self) -> None:
        """Drop from what the floor page lists the messages that are no longer kept."""
        listed = [sent.decision for sent in self._latest]
        found = select(DECISIONS.c.decision).where(DECISIONS.c.decision.in_(listed))
        kept = {row.decision for row in self._database.read(found)}
        self._latest = deque((one for one in self._latest if one.decision in kept), LATEST)

    def counts(self) -> DecisionsView:
        """Said, and how often a new reason kept a visit silent, since the start."""
        silent = [
            SilentView(code=code, text=REASONS.get(code, code), count=count)
            for code, count in self.silent.most_common()
        ]
        return DecisionsView(sent=self.sent_count, silent=silent)

    def latest(self) -> list[FloorMessage]:
        """The newest messages, without the shopper."""
        return [
            FloorMessage(
                decision=sent.decision,
                campaign=sent.campaign,
                kind=sent.kind,
                zone=sent.zone,
                at_ms=round(sent.at_s * 1000),
                title=sent.title,
                shown=sent.shown,
            )
            for sent in self._latest
        ]

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
        # Asked again with every gate; where campaigns have changed since, what was stored counts.
        again = decide(known, self._campaigns, explain=True)
        is_same = again.code == row.code
        return WhyView(
            decision=decision,
            at_ms=row.at_ms,
            zone=row.zone,
            stage=row.stage,
            stage_p=None if known.stage is None else getattr(known.stage_p, known.stage, None),
            stage_gate=None if known.stage is None else gate_of(known),
            needs_stage={one.id: one.needs_stage for one in self._campaigns}.get(row.campaign),
            outcome=row.outcome,
            code=row.code,
            campaign=row.campaign,
            title=row.title,
            asked_again=is_same,
            gates=[
                GateView(gate=gate.gate, ok=gate.ok, why=gate.why, campaign=gate.campaign)
                for gate in (again.gates if is_same else _gates.decode(row.gates))
            ],
        )

    def _say(self, visit: Visit, decision: Decision, snapshot: ContextSnapshot) -> None:
        code = self._note(visit, decision, snapshot)
        sent = Sent(
            decision=code,
            campaign=decision.campaign or "",
            kind=decision.kind or "",
            topic=decision.topic or "",
            title=decision.title,
            text=decision.text,
            why=decision.why,
            for_zone=decision.for_zone,
            zone=snapshot.zone,
            at_s=snapshot.at_s,
            expires_at_s=decision.expires_at_s or snapshot.at_s,
            channel=snapshot.channel or "page",
        )
        self._about_to_say.append((visit, sent))

    def _note(self, visit: Visit, decision: Decision, snapshot: ContextSnapshot) -> str:
        at_ms = round(snapshot.at_s * 1000)
        # The seconds go first, so that new rows lie side by side in the index.
        code = f"{at_ms // 1000:x}{secrets.token_hex(ID_BYTES)}"
        sends = decision.outcome == "send"
        self._rows.append(
            (
                self._store,
                code,
                visit.visit,
                at_ms,
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
                at_ms if sends else None,
                *(None,) * 12,
            )
        )
        return code


def _of(visit: Visit, decision: str) -> Sent:
    for sent in visit.sent:
        if sent.decision == decision:
            return sent
    raise Refused(404, "unknown", "This visit has no such message.")

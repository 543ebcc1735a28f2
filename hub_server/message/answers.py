"""What became of a message: seen, tapped, put away, judged, bought; each kept, then counted."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from sqlalchemy import Column, Update, func, update
from sqlalchemy.sql import Executable

from hub_server.campaigns import Campaign
from hub_server.decision.snapshot import Feedback
from hub_server.impact.guardrails import COUNTED
from hub_server.impact.headlines import history_key
from hub_server.impact.tallies import OF_ONE_KEY, Tallies
from hub_server.message.exposures import due
from hub_server.records.message_tables import RESERVATIONS
from hub_server.records.tables import DECISIONS
from hub_server.views.hub import Feedback as Opinion
from hub_server.views.hub import Receipt, Refused
from hub_server.visit import records
from hub_server.visit.visits import Sent, Visit

RECEIPT_FIELD: Final = {
    "received": "received_ms",
    "shown": "shown_ms",
    "tapped": "tapped_ms",
    "dismissed": "dismissed_ms",
}
# Ten seconds at walking pace are two aisles: what is seen later is seen too late.
LATE_S: Final = 10.0
# Who withdraws, deletes or asks for silence within two minutes of a message has answered it.
OPT_OUT_S: Final = 120.0
# Nobody taps or puts away what is not seen; the receipt of that may have been lost.
SEEN: Final = frozenset({"shown", "tapped", "dismissed"})
UNWANTED: Final = frozenset({"not_for_me", "stop_today"})
BAD: Final = UNWANTED | {"less"}
RATED: Final = BAD | {"useful"}

Marks = list[tuple[str, str, int]]
"""What, under which key, and whether once more or once less."""
Hook = Callable[[Visit, Sent, Opinion, float], None]


class Answers:
    """Keeps what shoppers did with the messages of one store."""

    def __init__(self, tallies: Tallies, campaigns: Mapping[str, Campaign]) -> None:
        self._tallies = tallies
        self._campaigns = campaigns
        self.on_feedback: list[Hook] = []
        """Told of each opinion once it is kept: (visit, message, kind, now_s)."""
        self.history_of: Callable[[Visit], int] = lambda _: 0
        """How many purchases are known of a visit's shopper, and may be read."""

    def receipt(self, visit: Visit, decision: str, kind: Receipt, now_ms: int) -> None:
        """Note what became of a message; the first time counts."""
        sent = message_of(visit, decision)
        column = DECISIONS.c[RECEIPT_FIELD[kind]]
        values: dict[Column[Any], object] = {column: now_ms}
        seen = kind in SEEN
        if seen:
            values[DECISIONS.c.shown_ms] = func.coalesce(DECISIONS.c.shown_ms, now_ms)
        self._keep(
            update(DECISIONS)
            .where(DECISIONS.c.decision == decision, column.is_(None))
            .values(values),
            self._marks(visit, sent, kind, now_ms),
            (visit, now_ms / 1000),
        )
        if seen and (sent.expired or sent.cancelled):
            self._seen_after_all(visit, sent, now_ms / 1000)
        sent.shown = sent.shown or seen
        sent.dismissed = sent.dismissed or kind == "dismissed"

    def feedback(self, visit: Visit, decision: str, kind: Opinion, now_s: float) -> None:
        """Note the shopper's opinion; "not for me" ends the message's topic."""
        sent = message_of(visit, decision)
        if not sent.shown:
            # Nobody judges what is not seen; the receipt may have been lost.
            self.receipt(visit, decision, "shown", round(now_s * 1000))
        muted = records.mute_added(visit.shopper, sent.topic, round(now_s * 1000))
        self._keep(
            update(DECISIONS).where(DECISIONS.c.decision == decision).values(feedback=kind),
            self._counted_as(visit, sent, dismissed=sent.dismissed, feedback=kind),
            (visit, now_s),
            *([muted] if kind == "not_for_me" else []),
        )
        sent.feedback = kind
        # The same said again is said now; a phone that repeats itself fills no list.
        fresh = Feedback(kind, sent.topic, sent.zone, now_s)
        visit.feedback = [one for one in visit.feedback if not _is_same(one, fresh)] + [fresh]
        # The next second decides anew, by what was just said.
        visit.asked = ()
        for hook in self.on_feedback:
            hook(visit, sent, kind, now_s)

    def purchased(
        self, visit: Visit, items: Collection[str], categories: Collection[str], at_s: float
    ) -> None:
        """Note the purchase on what was said, or would have been, about it before `at_s`."""
        about = [
            campaign
            for campaign in {*(one.campaign for one in visit.sent), *visit.ghosts}
            if self._is_about(campaign, items, categories)
        ]
        if not about:
            return
        at_ms = round(at_s * 1000)
        bought = (
            update(DECISIONS)
            .where(DECISIONS.c.visit == visit.visit, DECISIONS.c.campaign.in_(about))
            .where(DECISIONS.c.outcome != "silent", DECISIONS.c.at_ms <= at_ms)
            .where(DECISIONS.c.bought_ms.is_(None))
            .values(bought_ms=at_ms)
            .returning(DECISIONS.c.decision)
        )
        counted = due(visit.exposures, about, at_ms)
        with self._tallies.keeping() as connection:
            now = {row.decision for row in connection.execute(bought)}
            for key, exposure in counted:
                self._tallies.add(f"{exposure.side}_bought", key, at_s)
        for _, exposure in counted:
            exposure.bought = True
        for sent in visit.sent:
            sent.bought = sent.bought or sent.decision in now

    def is_first_promotion(self, visit: Visit, decision: str) -> bool:
        """Whether no promotion was said or kept back in the visit before this one."""
        promotional = self._promotional()
        if any(one.campaign in promotional for one in visit.sent):
            return False
        kept_back = (code for campaign, code in visit.ghosts.items() if campaign in promotional)
        return next(kept_back, decision) == decision

    def opted_out(self, visit: Visit, now_s: float) -> None:
        """The shopper wants no more: what was just read may be the reason. Call it before."""
        seen = [one for one in visit.sent if one.shown and now_s - one.at_s <= OPT_OUT_S]
        for sent in seen[-1:]:
            with self._tallies.keeping():
                self._tallies.add_of(visit.counted, "m_opted_out", sent.campaign, now_s)
                self._tallies.add("guard_optout", sent.campaign, now_s)

    def _promotional(self) -> set[str]:
        return {one.id for one in self._campaigns.values() if one.promotional}

    def _marks(self, visit: Visit, sent: Sent, kind: Receipt, now_ms: int) -> Marks:
        """What a first receipt of its kind counts as."""
        whats = [f"m_{kind}"] if kind in {"tapped", "dismissed"} else []
        marks: Marks = []
        if kind == "dismissed":
            whats.append("guard_dismissed")
            marks += self._counted_as(visit, sent, dismissed=True, feedback=sent.feedback)
        if kind in SEEN and not sent.shown:
            whats += ["m_shown", "guard_shown"]
            whats += ["m_late"] if now_ms / 1000 - sent.at_s > LATE_S else []
            marks.append(("q_shown", self._past(visit), 1))
        return [*marks, *((what, sent.campaign, 1) for what in whats)]

    def _counted_as(
        self, visit: Visit, sent: Sent, *, dismissed: bool, feedback: str | None
    ) -> Marks:
        """From what the answer to a message counted as, to what it counts as now: the last holds.

        What was a slip is counted no more.
        """
        before = judged(sent.feedback, dismissed=sent.dismissed)
        after = judged(feedback, dismissed=dismissed)
        changes = [(what, 1) for what in after - before] + [(what, -1) for what in before - after]
        past = self._past(visit)
        return [
            (what, past if what in OF_ONE_KEY else sent.campaign, count)
            for what, count in sorted(changes)
        ]

    def _past(self, visit: Visit) -> str:
        return history_key(self.history_of(visit))

    def _keep(
        self,
        statement: Update,
        marks: Marks,
        of: tuple[Visit, float],
        *more: Executable,
    ) -> None:
        """Write in one transaction; count only where the first statement changed a row."""
        with self._tallies.keeping() as connection:
            if connection.execute(statement).rowcount:
                visit, at_s = of
                for what, key, count in marks:
                    if what in COUNTED:
                        self._tallies.add(what, key, at_s, count)
                    elif count < 0:
                        self._tallies.take_back(visit.counted, what, key, at_s)
                    else:
                        self._tallies.add_of(visit.counted, what, key, at_s)
            for one in more:
                connection.execute(one)

    def _seen_after_all(self, visit: Visit, sent: Sent, now_s: float) -> None:
        """It was given up, yet seen: its cap is used, as for every message that was shown."""
        with self._tallies.keeping() as connection:
            given_back = RESERVATIONS.c.released_ms.is_not(None)
            taken = update(RESERVATIONS).where(RESERVATIONS.c.decision == sent.decision, given_back)
            if connection.execute(taken.values(released_ms=None)).rowcount:
                self._tallies.add_of(visit.counted, "said_kind", sent.kind, now_s)
            if sent.expired:
                self._tallies.add("m_expired", sent.campaign, now_s, -1)
        sent.expired, sent.taken = False, True

    def _is_about(self, campaign: str, items: Collection[str], categories: Collection[str]) -> bool:
        found = self._campaigns.get(campaign)
        if found is None:
            return False
        if not (found.items or found.categories):
            # It names no product: anything bought after it is what it may have led to.
            return True
        return not (found.items.isdisjoint(items) and found.categories.isdisjoint(categories))


def message_of(visit: Visit, decision: str) -> Sent:
    """The message of a visit with this code.

    Raises:
        Refused: 404, there is none, or it went with the yes to messages.
    """
    for sent in visit.sent:
        if sent.decision == decision and not sent.erased:
            return sent
    raise Refused(404, "unknown", "This visit has no such message.")


def judged(feedback: str | None, *, dismissed: bool) -> set[str]:
    """What an answer is counted as; the wrong place is the locator's fault."""
    if feedback is None:
        # Put away without having been useful.
        return {"m_nag", "q_nag"} if dismissed else set()
    marks = {f"m_{feedback}"}
    marks |= {"q_useful"} if feedback == "useful" else set()
    marks |= {"guard_rated"} if feedback in RATED else set()
    marks |= {"guard_bad", "m_nag", "q_nag"} if feedback in BAD else set()
    return marks | ({"guard_unwanted"} if feedback in UNWANTED else set())


def _is_same(one: Feedback, other: Feedback) -> bool:
    return (one.kind, one.topic, one.zone) == (other.kind, other.topic, other.zone)

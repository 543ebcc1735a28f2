"""What is said and not yet seen: asked again before it goes out, taken back when it is wrong.

An item is bought, a yes withdrawn, a campaign paused between the decision and the glance: then
nothing is shown, the row says why, and the cap has room again.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

import msgspec
from sqlalchemy import Update, update

from hub_server.campaign.named_items import OFF_LIST, PLAIN, against
from hub_server.campaign.slots import first_price
from hub_server.campaigns import Campaign
from hub_server.decide import recheck
from hub_server.decision.limits import Limits
from hub_server.decision.reservations import given_back
from hub_server.decision.snapshot import ContextSnapshot
from hub_server.impact.tallies import Tallies
from hub_server.journeys import Journey
from hub_server.records.tables import DECISIONS
from hub_server.visit.moments import Moments
from hub_server.visit.visits import Sent, Visit

# A clock that is only slewed never goes back; one that was set back by less does no harm.
SET_BACK_S: Final = 5.0
# What takes an unseen message back from the page, besides having walked on. That the page was put
# away does not: the message expires by itself.
TAKE_BACK: Final = frozenset(
    {
        *("consent", "killed", "alone_today", "paused", "campaign_paused", "over"),
        *("bought", "owned", "returned", "disliked", "gift", "muted", "out_of_stock", "paid"),
        # Of campaigns about items of the moment: none of them is left that may be named.
        "no_words",
    }
)
# Not gates of a decision, which has a visit, its zone and its campaign.
LEFT_ZONE: Final = "left_zone"
LEFT: Final = "left"
NO_CAMPAIGN: Final = "no_campaign"
EXPIRED: Final = "expired"
REPRICED: Final = "repriced"
# What it told of is a gift by now, so its words are gone.
EMPTIED: Final = "gift"
WHY_CANCELLED: Final = {
    LEFT_ZONE: "The shopper had walked on before it went out.",
    LEFT: "The visit was over before anybody saw it.",
    NO_CAMPAIGN: "The campaign is no more.",
    REPRICED: "The price that it tells is not today's any more.",
    OFF_LIST: "What it was about is off the shopper's list.",
    PLAIN: "It rests on the past, and the shopper wants just prices and stock by now.",
    "push_gone": "The phone's push subscription is no more.",
    "push_refused": "The push service did not take it.",
    "push_cancelled": "The push was called off before it went out.",
}
# Where nobody knows where the shopper is, the gates on the place say no by themselves.
NOWHERE: Final = Journey(
    handle="",
    zone=None,
    zone_p=0.0,
    zone_type=None,
    dwell_s=0.0,
    waiting_s=0.0,
    in_store_s=0.0,
    last_fix_age_s=None,
    x_m=None,
    y_m=None,
    radius_m=None,
    level=None,
    stage=None,
    stage_p={},
    p_buy=None,
)

Over = tuple[Visit, Sent, str | None]
"""A message that nobody will see, and the code of what speaks against it, if not its time."""
Settled = Literal["accepted", "cancelled", "expired", "gone", "refused"]


class Unseen:
    """The messages of one store that nobody has seen yet."""

    def __init__(
        self,
        tallies: Tallies,
        campaigns: Mapping[str, Campaign],
        moment: tuple[Moments, Limits],
    ) -> None:
        self._tallies = tallies
        self._campaigns = campaigns
        self._moments, self._limits = moment
        self._journey_of: Callable[[Visit], Journey | None] = lambda _: None
        self._clock: Callable[[], float] = time.time
        self._over: list[Over] = []
        """Taken back, with the code, or None where its time was over; to be written."""
        self._watched: dict[str, Visit] = {}
        """Those to whom something was said that nobody had seen yet."""

    def attach(
        self, journey_of: Callable[[Visit], Journey | None], clock: Callable[[], float]
    ) -> None:
        """Give it eyes of its own, to look once more."""
        self._journey_of = journey_of
        self._clock = clock

    def watch(self, visit: Visit) -> None:
        """Something was said to `visit`: should it end before it is seen, that comes to nothing."""
        self._watched[visit.visit] = visit

    def still_right(self, visit: Visit, sent: Sent) -> str | None:
        """The code of what now speaks against a message that is not out yet; None: nothing."""
        if sent.cancelled or sent.expired:
            return sent.cancelled or EXPIRED
        if not visit.handles:
            return LEFT
        snapshot = self._moment(visit, sent)
        if _is_over(sent, snapshot.at_s):
            return EXPIRED
        return self._against(sent, snapshot, None) or self._moved(sent, snapshot)

    def review(self, visit: Visit) -> bool:
        """Take back what is out, unseen and no longer right; whether there was any."""
        taken = False
        for sent in _unseen(visit):
            snapshot = self._moment(visit, sent)
            code = self._against(sent, snapshot, TAKE_BACK) or self._moved(sent, snapshot)
            if code is not None:
                self.take_back(visit, sent, code)
                taken = True
        return taken

    def expire(self, visits: Sequence[Visit], now_s: float) -> list[Visit]:
        """Take back what nobody saw in time or is no longer right; the visits concerned.

        Nobody is shown it from here on, whether or not `write` can keep that by now.
        """
        self._end(visits)
        changed = []
        for visit in visits:
            over = [one for one in _unseen(visit) if _is_over(one, now_s)]
            if self.review(visit) or over:
                changed.append(visit)
            for sent in over:
                if sent.cancelled is None:
                    sent.expired = True
                    self._over.append((visit, sent, None))
        return changed

    def write(self, now_s: float) -> None:
        """Keep what was taken back; what the database does not take waits for the next time."""
        self._write(self._over, now_s)
        self._over = []

    def take_back(self, visit: Visit, sent: Sent, code: str) -> None:
        """Nobody shall see it, from now on; the next `write` keeps that."""
        visit.rest(sent.campaign, self._clock())
        sent.cancelled = code
        self._over.append((visit, sent, code))

    def push_settled(self, visit: Visit, sent: Sent, outcome: Settled, code: str) -> None:
        """What came of a push; unless the push service took it, nobody will see it."""
        sent.taken = sent.taken or outcome == "accepted"
        if sent.taken or sent.shown or not sent.listed:
            return
        if outcome == EXPIRED:
            sent.expired = True
            self._over.append((visit, sent, None))
        else:
            self.take_back(visit, sent, code or f"push_{outcome}")
        # What could not be pushed may be said on a page that has opened since.
        visit.asked = ()

    def _write(self, over: list[Over], now_s: float) -> None:
        """Say in the rows what came of these, and give their caps back."""
        if not over:
            return
        now_ms = round(now_s * 1000)
        late = [sent.decision for _, sent, code in over if code is None]
        with self._tallies.keeping() as connection:
            connection.execute(_expired(late, now_ms))
            for visit, sent, code in over:
                if code is not None:
                    connection.execute(_cancelled(sent.decision, code, now_ms))
                what = "m_expired" if code is None else "m_cancelled"
                self._tallies.add_of(visit.counted, what, sent.campaign, now_s)
                self._tallies.add("said_kind", sent.kind, now_s, sent.taken - 1)
            free = [sent.decision for _, sent, _ in over if not sent.taken]
            connection.execute(given_back(free, now_ms))

    def _end(self, visits: Sequence[Visit]) -> None:
        """What was said in visits that are over by now reaches nobody."""
        going_on = {visit.visit for visit in visits}
        for visit in self._watched.values():
            for sent in _unseen(visit) if visit.visit not in going_on else ():
                self.take_back(visit, sent, LEFT)
        self._watched = {
            visit.visit: visit
            for visit in self._watched.values()
            if visit.visit in going_on and _unseen(visit)
        }

    def _moment(self, visit: Visit, sent: Sent) -> ContextSnapshot:
        """What is known now; the message itself is not yet said."""
        journey = self._journey_of(visit) or NOWHERE
        snapshot = self._moments.snapshot(visit, journey, self._clock())
        counted = [one for one in visit.sent if one.counts]
        said = tuple(
            said for one, said in zip(counted, snapshot.said, strict=True) if one is not sent
        )
        return msgspec.structs.replace(snapshot, said=said, resting_campaigns=())

    def _moved(self, sent: Sent, snapshot: ContextSnapshot) -> str | None:
        """Whether the shopper is surely in another zone than the one that it was said for."""
        is_sure = snapshot.zone is not None and snapshot.zone_p >= self._limits.zone_p_min
        is_bound = not sent.exempt or sent.for_zone is not None
        has_moved = is_sure and is_bound and snapshot.zone != (sent.for_zone or sent.zone)
        return LEFT_ZONE if has_moved else None

    def _against(
        self, sent: Sent, snapshot: ContextSnapshot, only: frozenset[str] | None
    ) -> str | None:
        campaign = self._campaigns.get(sent.campaign)
        if campaign is None:
            return NO_CAMPAIGN
        if not sent.title:
            return EMPTIED
        if sent.price is not None and sent.price != first_price(campaign, sent.items):
            return REPRICED
        code = recheck(snapshot, campaign, self._limits, only=only)
        return code or against(campaign, sent.items, snapshot)


def _unseen(visit: Visit) -> list[Sent]:
    return [one for one in visit.sent if one.listed and not one.shown]


def _is_over(sent: Sent, now_s: float) -> bool:
    """Whether its time is over, or cannot be told any more: the clock was set back since."""
    return not sent.at_s - SET_BACK_S <= now_s <= sent.expires_at_s


def _expired(decisions: list[str], now_ms: int) -> Update:
    return update(DECISIONS).where(DECISIONS.c.decision.in_(decisions)).values(expired_ms=now_ms)


def _cancelled(decision: str, code: str, now_ms: int) -> Update:
    cancel = update(DECISIONS).where(DECISIONS.c.decision == decision)
    return cancel.values(cancelled=code, cancelled_ms=now_ms)

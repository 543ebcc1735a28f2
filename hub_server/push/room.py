"""From a decision that is kept to a phone in a pocket: queued, checked again, sent, accounted for.

The hub's other parts see this room and nothing behind it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from hub_server.database import Database, DatabaseError
from hub_server.desk import Desk
from hub_server.push import notification
from hub_server.push.claims import Claims
from hub_server.push.dwells import READ_EVERY_S, Dwells
from hub_server.push.guard import SERVICES, EndpointRefused, Services, place_of
from hub_server.push.host_watch import HostWatch
from hub_server.push.lanes import Job, Lanes
from hub_server.push.phones import Phones
from hub_server.push.verdict import Settled, Verdict
from hub_server.settings import Settings
from hub_server.views.hub import Refused
from hub_server.visit.roll import Roll
from hub_server.visit.visits import Sent, Visit

if TYPE_CHECKING:
    from hub_server.push.keys import PushKey
    from hub_server.push.sender import Sender
    from hub_server.push.wire import Wire

# Outcomes are written together: a commit is one wait for the disk, whatever is in it.
SETTLE_S: Final = 0.25
# Seen on the page meanwhile: not sent, and counted as said all the same.
SEEN: Final = frozenset({"page", "shown"})


class PushView(msgspec.Struct, frozen=True):
    """How push stands for a visit."""

    key: str | None
    """The public key to subscribe with; null: this hub has no push."""
    on: bool


class PushRoom:
    """Web push of one store."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        roll: Roll,
        desk: Desk,
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._roll = roll
        self._clock = clock
        self._services = SERVICES
        self._subject = settings.push_subject
        self._key = _key_beside(settings.database, clock) if self._subject else None
        self.phones: Final = Phones(database, roll, desk, clock)
        self.dwells: Final = Dwells(database, settings.store)
        self._claims = Claims(database)
        self._fresh: list[tuple[Visit, Sent]] = []
        self._outcomes: list[tuple[str, str, int]] = []
        self._used: set[str] = set()
        self._wire: Wire | None = None
        self._lanes: Lanes | None = None
        self._sender: Sender | None = None
        self._watch = HostWatch()
        self._read_s = float("-inf")
        self.counts: Counter[str] = Counter()
        """How many pushes ended how, since the start."""
        self.still_right: Callable[[Visit, Sent], str | None] = lambda _visit, _sent: None
        """Asks every gate again: the code of the one that now says no."""
        self.on_settled: Callable[[Visit, Sent, Settled, str], None] = _nothing
        """Told once a message what came of it, and the gate where one said no. Unless it was
        accepted nobody will see it, and its cap is to be given back."""

    @property
    def key(self) -> str | None:
        """The public key that browsers subscribe with; None where push is off."""
        return self._key.public if self._key else None

    def shown(self, visit: Visit) -> dict[str, object]:
        """What a phone's state says of push: `on` where some phone of the visit is subscribed."""
        return {"push": PushView(key=self.key, on=visit.push)}

    def alarms(self, now_s: float) -> list[str]:
        """Push hosts that fail one after another."""
        return self._watch.sentences(now_s)

    # Its life

    async def start(self, services: Services = SERVICES) -> None:
        """Be ready to send; inside the loop that runs the hub. Only tests name other services."""
        self._services = services
        if self._key is None or self._subject is None:
            return
        # What sends costs 30 MB, which a hub without push does not pay.
        from hub_server.push.sender import Sender  # noqa: PLC0415
        from hub_server.push.wire import Wire  # noqa: PLC0415

        self._wire = Wire(services)
        self._sender = Sender(self._wire, self._key, self._subject, self._clock)
        self._lanes = Lanes(self._work, self._settled, self._clock)

    async def close(self) -> None:
        """Stop sending; what still waits is dropped."""
        if self._lanes is not None:
            await self._lanes.close()
            self._lanes = None
        if self._wire is not None:
            await self._wire.close()
            self._wire = None
        self._keep_outcomes()

    def step(self, now_s: float) -> None:
        """Once a second: what was offered without a loop; each hour: usual dwells, old phones."""
        self.take_up()
        if now_s - self._read_s >= READ_EVERY_S:
            self._read_s = now_s
            with suppress(DatabaseError):
                self.dwells.read(round(now_s * 1000))
                self.phones.prune(now_s)

    async def check(self, endpoint: str) -> None:
        """See, at subscribing, that an endpoint leads to a push service.

        Raises:
            Refused: 400, it does not; 409, push is off.
        """
        if self._wire is None:
            raise Refused(409, "push_off", "This store sends no notifications.")
        try:
            await self._wire.check(endpoint)
        except EndpointRefused as error:
            raise Refused(400, "endpoint", f"Not a browser's push service: {error}.") from None

    # A message's way

    def offer(self, visit: Visit, sent: Sent) -> None:
        """Take a message whose decision is committed. Neither waits nor fails."""
        if not self._fresh:
            with suppress(RuntimeError):
                # Together with all that this transaction decided.
                asyncio.get_running_loop().call_soon(self.take_up)
        self._fresh.append((visit, sent))

    def take_up(self) -> None:
        """Claim what was offered and put it on its way."""
        fresh, self._fresh = self._fresh, []
        if not fresh:
            return
        now_ms = round(self._clock() * 1000)
        try:
            claimed = self._claims.take([sent.decision for _, sent in fresh], now_ms)
        except DatabaseError:
            for visit, sent in fresh:
                self._tell(visit, sent, "refused", "database")
            return
        for visit, sent in fresh:
            if sent.decision in claimed:
                until_s = self.dwells.until_s(sent.zone, sent.at_s, sent.expires_at_s)
                self._forward(visit, sent, until_s)

    def _forward(self, visit: Visit, sent: Sent, until_s: float) -> None:
        """To the phone of the shopper that took a message last."""
        if self._lanes is None:
            self._over(visit, sent, Verdict("refused", "off"), 0)
            return
        try:
            found = self.phones.subscriptions.of(visit.shopper)
            host = place_of(found[0].endpoint, self._services).host if found else ""
        except (DatabaseError, EndpointRefused):
            self._over(visit, sent, Verdict("refused", "endpoint"), 0)
            return
        if not found:
            self._over(visit, sent, Verdict("gone", "gone"), 0)
            return
        self._lanes.put(
            Job(visit=visit, sent=sent, subscription=found[0], host=host, until_s=until_s)
        )

    async def _work(self, job: Job) -> Verdict:
        """One try: still right, still in time, then out."""
        code = self._against(job)
        if code is not None:
            return Verdict("cancelled", code)
        ttl_s = int(job.until_s - self._clock())
        if ttl_s < 1 or self._sender is None:
            return Verdict("expired", "waited")
        message = notification.Message(
            body=notification.body(job.sent, job.visit.language, self._settings.public_url),
            ttl_s=ttl_s,
            urgency=notification.urgency(job.sent.kind),
            topic=notification.topic(job.visit.visit),
        )
        verdict = await self._sender.send(job.subscription, message)
        self._watch.note(job.host, verdict, self._clock())
        return verdict

    def _against(self, job: Job) -> str | None:
        """Which gate now says no, at the moment of sending."""
        return self._visit_against(job.visit) or self._message_against(job.visit, job.sent)

    def _visit_against(self, visit: Visit) -> str | None:
        if self._roll.visits.get(visit.visit) is not visit:
            return "left"
        if not (visit.may_message and visit.choices.push and visit.push):
            return "consent"
        return None if visit.paused_s is None else "paused"

    def _message_against(self, visit: Visit, sent: Sent) -> str | None:
        if sent.shown or sent.dismissed:
            return "shown"
        # With the page open again the message stands there.
        is_open = visit.channel(self._clock()) == "page"
        return self.still_right(visit, sent) or ("page" if is_open else None)

    # What became of it

    def _settled(self, job: Job, verdict: Verdict) -> None:
        if verdict.state == "accepted":
            self._used.add(job.subscription.subscription)
        if verdict.state == "gone":
            with suppress(DatabaseError):
                self.phones.lost(job.visit, job.subscription.subscription)
                # Another phone of the same shopper, if there is one.
                self._forward(job.visit, job.sent, job.until_s)
                return
        self._over(job.visit, job.sent, verdict, job.tries)

    def _over(self, visit: Visit, sent: Sent, verdict: Verdict, tries: int) -> None:
        if not self._outcomes:
            with suppress(RuntimeError):
                asyncio.get_running_loop().call_later(SETTLE_S, self._keep_outcomes)
        self._outcomes.append((sent.decision, verdict.state, tries))
        self._tell(visit, sent, verdict.state, verdict.code)

    def _tell(self, visit: Visit, sent: Sent, state: Settled, code: str) -> None:
        self.counts[state] += 1
        if code in SEEN:
            return
        # Should it fail, the message runs out by itself a moment later.
        with suppress(DatabaseError):
            self.on_settled(visit, sent, state, code if state == "cancelled" else "")

    def _keep_outcomes(self) -> None:
        outcomes, self._outcomes = self._outcomes, []
        used, self._used = self._used, set()
        with suppress(DatabaseError):
            if outcomes:
                self._claims.settle(outcomes)
            if used:
                self.phones.subscriptions.used(used, round(self._clock() * 1000))


def _key_beside(database: Path, clock: Callable[[], float]) -> "PushKey":
    from hub_server.push.keys import PushKey  # noqa: PLC0415 - as in start

    return PushKey.beside(database, clock)


def _nothing(*_told: object) -> None:
    return None

"""A lane for each push host, so that one which hangs delays nobody else.

Bounded in hosts, in jobs, and in what is under way; what no longer fits is refused at once, which
is silence and no loss: a push is worth nothing later.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from hub_server.push.subscriptions import Subscription
from hub_server.push.verdict import Verdict
from hub_server.visit.visits import Sent, Visit

LOG: Final = logging.getLogger(__name__)

# 400 a second through one host that answers in 100 ms are 40 under way at any moment.
PER_HOST: Final = 64
# Sockets under way in all: half of the 1,024 files that a process may have open by default.
UNDER_WAY_MAX: Final = 512
# Five seconds of 400 a second for a host that hangs; a job holds about 1 kB.
JOBS_PER_HOST: Final = 2_000
JOBS_MAX: Final = 10_000
HOSTS_MAX: Final = 256
# Issue 5: at most three tries. The second comes after a service's hiccup, the third after its
# restart behind a balancer.
TRIES_MAX: Final = 3
AGAIN_S: Final = (1.0, 4.0)


class Job(msgspec.Struct, kw_only=True):
    """One message on its way to one phone."""

    visit: Visit
    sent: Sent
    subscription: Subscription
    host: str
    until_s: float
    """On the hub's clock; past it the shopper is elsewhere."""
    tries: int = 0


class Lane:
    """What waits for one host."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.waiting: deque[Job] = deque()
        self.under_way = 0
        self.later = 0
        """Jobs that are to be tried again in a moment."""
        self.rests_until_s = 0.0

    @property
    def jobs_count(self) -> int:
        """All that is not settled."""
        return len(self.waiting) + self.under_way + self.later


class Lanes:
    """Every lane.

    Args:
        work: one try of a job; must not raise.
        settle: told once a job, what became of it.
        clock: the hub's.
    """

    def __init__(
        self,
        work: Callable[[Job], Awaitable[Verdict]],
        settle: Callable[[Job, Verdict], None],
        clock: Callable[[], float],
    ) -> None:
        self._work = work
        self._settle = settle
        self._clock = clock
        self._lanes: dict[str, Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way = 0
        self._is_closed = False
        self.jobs_count = 0

    def put(self, job: Job) -> None:
        """Take a job; settles it at once where there is no room, or its host rests too long."""
        lane = self._lanes.get(job.host)
        if lane is None and len(self._lanes) < HOSTS_MAX:
            lane = self._lanes[job.host] = Lane(job.host)
        if lane is None or lane.jobs_count >= JOBS_PER_HOST or self.jobs_count >= JOBS_MAX:
            self._settle(job, Verdict("refused", "busy"))
            return
        if self._clock() < lane.rests_until_s and job.until_s <= lane.rests_until_s:
            self._settle(job, Verdict("expired", "rest"))
            return
        self.jobs_count += 1
        lane.waiting.append(job)
        self._go_on(lane)

    async def close(self) -> None:
        """Drop everything; a push that did not go out is silence."""
        self._is_closed = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._lanes.clear()
        self.jobs_count = 0

    def _go_on(self, lane: Lane) -> None:
        now_s = self._clock()
        if self._is_closed or now_s < lane.rests_until_s:
            return
        while lane.waiting and lane.under_way < PER_HOST and self._under_way < UNDER_WAY_MAX:
            job = lane.waiting.popleft()
            if now_s >= job.until_s:
                self._done(job, Verdict("expired", "waited"))
                continue
            lane.under_way += 1
            self._under_way += 1
            job.tries += 1
            task = asyncio.get_running_loop().create_task(self._run(lane, job))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if lane.jobs_count == 0:
            self._lanes.pop(lane.host, None)

    async def _run(self, lane: Lane, job: Job) -> None:
        try:
            verdict = await self._work(job)
        except Exception:
            # One bad job must not stop a lane; the log tells us.
            LOG.exception("a push failed")
            verdict = Verdict("refused", "fault")
        finally:
            was_full = self._under_way == UNDER_WAY_MAX
            lane.under_way -= 1
            self._under_way -= 1
        self._judge(lane, job, verdict)
        # Where all sockets were taken, the place that is free now belongs to whoever waits.
        for one in [*self._lanes.values()] if was_full else [lane]:
            self._go_on(one)

    def _judge(self, lane: Lane, job: Job, verdict: Verdict) -> None:
        if verdict.rest_s:
            self._rest(lane, verdict.rest_s)
        if not verdict.again or job.tries >= TRIES_MAX:
            self._done(job, verdict)
            return
        delay_s = verdict.rest_s or AGAIN_S[job.tries - 1]
        if self._clock() + delay_s >= job.until_s:
            self._done(job, Verdict("expired", verdict.code))
            return
        lane.later += 1
        asyncio.get_running_loop().call_later(delay_s, self._again, lane, job)

    def _again(self, lane: Lane, job: Job) -> None:
        lane.later -= 1
        lane.waiting.appendleft(job)
        self._go_on(lane)

    def _rest(self, lane: Lane, rest_s: float) -> None:
        """Leave a host alone; what would be too late by then need not wait."""
        lane.rests_until_s = max(lane.rests_until_s, self._clock() + rest_s)
        waiting, lane.waiting = lane.waiting, deque()
        for job in waiting:
            if job.until_s <= lane.rests_until_s:
                self._done(job, Verdict("expired", "rest"))
            else:
                lane.waiting.append(job)
        asyncio.get_running_loop().call_later(rest_s, self._rested, lane, lane.rests_until_s)

    def _rested(self, lane: Lane, until_s: float) -> None:
        # The hub's clock may have been set meanwhile: what was waited for is over.
        if lane.rests_until_s <= until_s:
            lane.rests_until_s = 0.0
        self._go_on(lane)

    def _done(self, job: Job, verdict: Verdict) -> None:
        self.jobs_count -= 1
        self._settle(job, verdict)

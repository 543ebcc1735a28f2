"""The agent's loop: what the source hears goes to the broker, and to the locator where it is here.

It loads neither locator nor map by itself: a forwarding Pi has no use for their memory.
"""

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Final, Literal, Protocol

import msgspec

from edge_agent import clock
from edge_agent.fix import Fix
from edge_agent.messages import (
    Fixes,
    FixRow,
    Health,
    Leaf,
    Message,
    SightingRow,
    Sightings,
    Status,
    StayRow,
    Suspect,
    Tags,
)
from edge_agent.mqtt_link import Inbox
from edge_agent.outbox import Outbox
from edge_agent.roster import Roster
from edge_agent.sighting import Sighting
from edge_agent.systemd import Notifier

if TYPE_CHECKING:
    from edge_agent.anchor_health import AnchorHealth
    from edge_agent.locator import Locator
    from edge_agent.stays import StayEvent, StayTracker

log = logging.getLogger(__name__)

HEALTH_EVERY_S: Final = 15.0
# Sources give what they heard within 0.25 s; a second is stepped so long after its end.
PHASE_S: Final = 0.3
# Other Pis publish once a second: what they heard comes up to so much later.
JOIN_DELAY_S: Final = 1
# A loop that stood still (a slow disk, a suspended machine) makes up for so many seconds.
CATCH_UP_S: Final = 5
# What other agents heard longer ago says nothing about now.
HEARD_AGE_MAX_S: Final = 30.0
# Sightings of one second that wait for their message; 1,000 tags at 10 Hz are 10,000.
HEARD_MAX: Final = 20_000
# Decimals on the wire: a millisecond and a centimetre are finer than anything measured.
AGE_DECIMALS: Final = 0
METRE_DECIMALS: Final = 2
SHARE_DECIMALS: Final = 3


class Source(Protocol):
    """What hears: the radio, a recording or simulated shoppers."""

    strangers_count: int
    radio: Literal["ok", "missing", "off", "silent", "none"]

    def __aiter__(self) -> AsyncIterator[list[Sighting]]: ...


class Uplink(Protocol):
    """What carries messages away."""

    def publish(self, leaf: Leaf, message: Message) -> bool:
        """Send, or drop and say False."""

    def flush(self, now_s: float) -> None:
        """Send the stays that wait."""

    async def run(self, inbox: Inbox) -> None:
        """Keep a connection until cancelled, and call `inbox` for what comes down."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent is put together from."""

    status: Status
    roster: Roster
    source: Source | None = None
    plays_all: bool = False
    """The source stands for every anchor of the store, so nobody else's sightings are awaited."""
    locator: "Locator | None" = None
    anchor_health: "AnchorHealth | None" = None
    stays: "StayTracker | None" = None
    outbox: Outbox | None = None
    clock_s: Callable[[], float] = time.monotonic
    """The sightings' clock."""
    speed: float = 1.0
    """Seconds of `clock_s` in a real one."""


class Agent:
    """One agent between its source and its uplink, all in one event loop."""

    def __init__(self, parts: Parts, uplink: Uplink) -> None:
        self._parts = parts
        self._uplink = uplink
        self._heard: list[Sighting] = []
        self._sightings_count = 0
        self._fixes_count = 0
        self._step_ms = 0.0
        self._has_complained = False
        self._suspects: tuple[Suspect, ...] = ()
        self._voided: frozenset[str] = frozenset()
        self._began_s = time.monotonic()
        self._stepped_s = math.floor(parts.clock_s())
        self._notifier = Notifier()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`, then close the outbox; the first part that fails is raised."""
        parts = self._parts
        is_joining = parts.locator is not None and not parts.plays_all
        inbox = Inbox(self.on_tags, self.on_sightings if is_joining else None, self.report)
        work: list[Coroutine[None, None, object]] = [
            stop.wait(),
            self._uplink.run(inbox),
            self._listen(),
            self._each_second(),
            self._each_health(),
        ]
        tasks = [asyncio.create_task(one) for one in work]
        self._notifier.notify("READY=1")
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._notifier.notify("STOPPING=1")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.close()
        for task in done:
            task.result()

    def on_tags(self, tags: Tags) -> None:
        """The hub's new list; who is off it is forgotten here and now."""
        parts = self._parts
        change = parts.roster.replace(tags, parts.clock_s(), parts.speed)
        self._forget(change.withdrawn)
        # Lists repeat the withdrawn for a day; emptying costs a checkpoint, so once is enough.
        fresh = change.withdrawn - self._voided
        is_done = parts.outbox is None or not fresh or parts.outbox.void(fresh)
        self._voided = change.withdrawn if is_done else self._voided & change.withdrawn
        # Last, as it sends: by now no row of the withdrawn is left.
        self._end(change.gone - change.withdrawn)

    def on_sightings(self, message: Sightings, at_s: float) -> None:
        """Another agent's sightings, which came at `at_s` on the monotonic clock."""
        parts = self._parts
        now_s = parts.clock_s()
        came_s = now_s - (time.monotonic() - at_s) * parts.speed
        self._locate(
            Sighting(row.handle, row.anchor, row.rssi_dbm, came_s - row.age_ms / 1000)
            for row in message.rows
            if row.age_ms <= HEARD_AGE_MAX_S * 1000 and parts.roster.is_live(row.handle, now_s)
        )

    def take(self, batch: list[Sighting]) -> None:
        """What the source heard; a list that came since it was queued counts already."""
        parts = self._parts
        now_s = parts.clock_s()
        live = [one for one in batch if parts.roster.is_live(one.tag, now_s)]
        self._sightings_count += len(live)
        room = HEARD_MAX - len(self._heard)
        self._heard.extend(live[:room])
        self._locate(live)

    def close(self) -> None:
        """Keep what the last seconds say of stays, and close the outbox."""
        parts = self._parts
        if parts.stays is not None:
            self._keep_stays([one for tag in parts.stays.tags for one in parts.stays.end(tag)])
        if parts.outbox is not None:
            parts.outbox.close()

    def report(self) -> None:
        """Say how things are."""
        self._complain()
        self._uplink.publish("health", self._health())

    def second(self) -> None:
        """What is due once a second."""
        parts = self._parts
        now_s = parts.clock_s()
        self._end(parts.roster.lapse(now_s))
        self._publish_sightings(now_s)
        if parts.locator is not None:
            until_s = math.floor(now_s) - (0 if parts.plays_all else JOIN_DELAY_S)
            for second in range(max(self._stepped_s + 1, until_s - CATCH_UP_S), until_s + 1):
                self._step(parts.locator, float(second))
            self._stepped_s = max(self._stepped_s, until_s)
        if parts.outbox is not None:
            parts.outbox.tidy(time.monotonic(), time.time())
        self._notifier.notify("WATCHDOG=1")

    async def _listen(self) -> None:
        if self._parts.source is not None:
            async for batch in self._parts.source:
                self.take(batch)
            log.warning("the source has ended; the agent goes on without one")
        await asyncio.Event().wait()

    async def _each_second(self) -> None:
        parts = self._parts
        while True:
            into_s = (parts.clock_s() - PHASE_S) % 1.0
            await asyncio.sleep((1.0 - into_s) / parts.speed)
            self.second()

    async def _each_health(self) -> None:
        while True:
            await asyncio.sleep(HEALTH_EVERY_S)
            self.report()

    def _locate(self, sightings: Iterable[Sighting]) -> None:
        if self._parts.locator is not None:
            self._parts.locator.observe(sightings)

    def _publish_sightings(self, now_s: float) -> None:
        heard, self._heard = self._heard, []
        rows = [
            SightingRow(one.tag, one.anchor, one.rssi_dbm, self._age_ms(now_s, one.t_s))
            for one in heard
        ]
        if rows:
            self._uplink.publish("sightings", Sightings(boot=self._parts.status.boot, rows=rows))

    def _step(self, locator: "Locator", second_s: float) -> None:
        """One step of the locator, and everything that follows from it.

        Instant fixes go out for messages; stays wait for the lagged ones, which know better.
        """
        began_s = time.perf_counter()
        instant = self._live(locator.step(second_s), second_s)
        self._step_ms = (time.perf_counter() - began_s) * 1000
        self._fixes_count += len(instant)
        if instant:
            self._publish_fixes(instant)
        if self._parts.stays is not None:
            settled = self._live(locator.settled(), second_s)
            self._keep_stays(self._parts.stays.step(settled, instant))
        if self._parts.anchor_health is not None:
            self._watch_anchors(locator, self._parts.anchor_health, second_s)

    def _watch_anchors(
        self, locator: "Locator", anchor_health: "AnchorHealth", second_s: float
    ) -> None:
        """Let the anchors be watched, and say once whatever changes."""
        anchor_health.observe(locator, second_s)
        before, self._suspects = self._suspects, anchor_health.suspects
        for suspect in self._suspects:
            if suspect not in before:
                log.warning("%s", suspect.words)
        named = {suspect.anchor for suspect in self._suspects}
        for suspect in before:
            if suspect.anchor not in named:
                log.info("anchor %s reads as it should again", suspect.anchor)

    def _live(self, fixes: Iterable[Fix], second_s: float) -> list[Fix]:
        """Those of handles that are on the list."""
        roster = self._parts.roster
        return [fix for fix in fixes if roster.is_live(fix.tag, second_s)]

    def _publish_fixes(self, fixes: list[Fix]) -> None:
        now_s = self._parts.clock_s()
        rows = [
            FixRow(
                fix.tag,
                self._age_ms(now_s, fix.t_s),
                round(fix.x_m, METRE_DECIMALS),
                round(fix.y_m, METRE_DECIMALS),
                round(fix.radius_m, METRE_DECIMALS),
                fix.zone,
                round(fix.zone_p, SHARE_DECIMALS),
                fix.level,
            )
            for fix in fixes
        ]
        status = self._parts.status
        self._uplink.publish("fixes", Fixes(term=status.term, map_sha=status.map_sha, rows=rows))

    def _keep_stays(self, events: Sequence["StayEvent"]) -> None:
        """Into the outbox, on the disk, and on their way."""
        outbox = self._parts.outbox
        if outbox is None or not events:
            return
        is_synced = clock.is_synced()
        outbox.append([self._row(event, is_synced=is_synced) for event in events])
        self._uplink.flush(time.monotonic())

    def _row(self, event: "StayEvent", *, is_synced: bool) -> StayRow:
        parts = self._parts
        ago_s = (parts.clock_s() - event.t_s) / parts.speed
        return StayRow(
            seq=1,
            kind=event.kind,
            stay=event.stay,
            handle=event.tag,
            zone=event.zone,
            at_ms=int((time.time() - ago_s) * 1000),
            boot=parts.status.boot,
            mono_ms=int((time.monotonic() - ago_s) * 1000),
            synced=is_synced,
            dwell_s=event.dwell_s,
            zone_p=event.zone_p,
            map_sha=parts.status.map_sha,
            term=parts.status.term,
        )

    def _age_ms(self, now_s: float, t_s: float) -> float:
        return round(max(0.0, (now_s - t_s) / self._parts.speed * 1000), AGE_DECIMALS)

    def _end(self, handles: Iterable[str]) -> None:
        """Their pairings are over: what was true until now is kept, then they are forgotten."""
        gone = sorted(handles)
        if self._parts.stays is not None:
            self._keep_stays([one for handle in gone for one in self._parts.stays.end(handle)])
        self._forget(gone)

    def _forget(self, handles: Iterable[str]) -> None:
        """Nothing of `handles` stays in memory."""
        gone = frozenset(handles)
        if not gone:
            return
        self._heard = [one for one in self._heard if one.tag not in gone]
        for handle in gone:
            if self._parts.locator is not None:
                self._parts.locator.forget(handle)
            if self._parts.stays is not None:
                self._parts.stays.forget(handle)

    def _complain(self) -> None:
        """Say once that sightings name places that the map has not."""
        locator = self._parts.locator
        if locator is not None and locator.unknown_anchors_count and not self._has_complained:
            self._has_complained = True
            log.warning(
                "%d sightings come from anchors that are not on the map; ops: compare the agents' "
                "`anchor` and the map",
                locator.unknown_anchors_count,
            )

    def _health(self) -> Health:
        parts = self._parts
        source, outbox = parts.source, parts.outbox
        return Health(
            boot=parts.status.boot,
            version=parts.status.version,
            uptime_s=round(time.monotonic() - self._began_s, 1),
            synced=clock.is_synced(),
            radio="none" if source is None else source.radio,
            sightings_count=self._sightings_count,
            strangers_count=0 if source is None else source.strangers_count,
            fixes_count=self._fixes_count,
            queued_count=0 if outbox is None else outbox.queued_count,
            dropped_count=0 if outbox is None else outbox.dropped_count,
            step_ms=round(self._step_ms, 1),
            unmapped_count=0 if parts.locator is None else parts.locator.unknown_anchors_count,
            suspects=list(self._suspects),
        )

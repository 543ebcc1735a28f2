"""Fixes become stays: enter and leave, with hysteresis, so that a border does not flap.

A stay ends only by another's beginning: silence, an unknown place or a dead agent end nothing. The
fixes that count are lagged ones: a few seconds later a locator knows better where a tag was.
"""

import math
from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from edge_agent.fix import Fix
from store_maps.floor_map import FloorMap

# Posteriors end at four digits: beyond them there are no odds.
P_EDGE: Final = 1e-4
# DESIGN: 3 to 4 s take a quarter of the error; every second more comes later to the new zone and
# costs the locator a step.
STAY_LAG_S: Final = 3
# Instant fixes of one tag that wait for their lagged ones, at most: those of the longest lag.
UNSETTLED_MAX: Final = 10


class StaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """When a tag counts as having changed its zone.

    Tried on 50 simulated tags that stand 0.5 m from a border for 30 minutes and 50 that walk over
    it (tests/bench/stays.py), on fixes that lag by STAY_LAG_S: 7 flaps, and in the new zone
    6 s after the border (median; 7 s p90), lag included.
    """

    # Evidence is log-odds over this bar, summed fix by fix: one fix of 0.96 or two of 0.93 are
    # enough, any number below the bar is not. A bar of 0.85 flaps twice on 1 of the 50, 0.9 takes
    # 6.5 s.
    sure_p: float = 0.88
    """A fix surer than this is evidence for another zone, one less sure is evidence against it."""
    evidence_min: float = 1.0
    """The sum from which on the tag is in the other zone."""
    # In small zones no fix may ever be sure: without this, or at 30 s, the stays of shoppers in the
    # simulated store name the right zone for 0.66 of the time, at 15 s for 0.72 (fixes: 0.82).
    # 10 s flaps twice on 1 of the 50.
    likely_p: float = 0.6
    """A zone this probable without a break is entered, too, …"""
    likely_s: float = 15.0
    """… after so long."""
    # There and back again is what a flap looks like. 30 s flaps twice on 1 of the 50.
    back_s: float = 60.0
    """The same for the zone that was left last: where the tag is not surely back, it takes longer.
    """
    first_s: float = 3.0
    """The same for a tag's first zone, which no other claims."""
    dwell_min_s: float = 1.0
    """So long must fixes name a zone in any case; a zone's own dwell_min_s goes before."""
    # What was said long ago says nothing of now.
    patience_s: float = 5.0
    """After so long without a fix for it, a zone's evidence begins anew."""


DEFAULT: Final = StaySettings()


class StayEvent(msgspec.Struct, frozen=True, gc=False):
    """A tag entered or left a zone."""

    stay: str
    """The same for enter and leave, `<tag>.<term>.<n>`."""
    tag: str
    zone: str
    kind: Literal["enter", "leave"]
    t_s: float
    """When it happened, not when it became sure."""
    dwell_s: float
    """Seconds from enter to leave; 0 in an enter."""
    zone_p: float
    """What the fix that made it sure said of the zone entered."""


class Candidate:
    """A zone that may follow the open stay."""

    def __init__(self, zone: str, t_s: float) -> None:
        self.zone = zone
        self.since_s = t_s
        """Its first fix: when the tag came, should it be entered."""
        self.likely_since_s = t_s
        self.heard_s = t_s
        self.evidence = 0.0

    def take(self, fix: Fix, settings: StaySettings) -> None:
        """Weigh one more fix that names it."""
        self.heard_s = fix.t_s
        self.evidence = max(0.0, self.evidence + log_odds(fix.zone_p) - log_odds(settings.sure_p))
        if fix.zone_p < settings.likely_p:
            self.likely_since_s = fix.t_s


class Presence:
    """One tag's open stay, and the zone that may follow it."""

    def __init__(self) -> None:
        self.number = 0
        """Of the open stay; 0 before the first."""
        self.zone: str | None = None
        self.left: str | None = None
        """The zone before it."""
        self.since_s = 0.0
        self.candidate: Candidate | None = None

    def follow(self, fix: Fix, zone: str, patience_s: float) -> Candidate | None:
        """The candidate that this fix of `zone` speaks for; None where it is the open stay's."""
        if zone == self.zone:
            self.candidate = None
            return None
        known = self.candidate
        if known is None or known.zone != zone or fix.t_s - known.heard_s > patience_s:
            self.candidate = Candidate(zone, fix.t_s)
        return self.candidate


def log_odds(p: float) -> float:
    """Of a probability, kept finite."""
    inside = min(max(p, P_EDGE), 1 - P_EDGE)
    return math.log(inside / (1 - inside))


class StayTracker:
    """The stays of every tag; keeps of a tag its open stay, its candidate and its last seconds."""

    def __init__(
        self, floor_map: FloorMap, settings: StaySettings = DEFAULT, term: int = 0
    ) -> None:
        """`term` is the agent's, so that stay ids of two starts never meet."""
        self._settings = settings
        self._term = term
        self._dwell_min_s = {
            zone.id: settings.dwell_min_s if zone.dwell_min_s is None else zone.dwell_min_s
            for zone in floor_map.leaf_zones
            if not zone.sensitive
        }
        """The zones that a stay may name."""
        self._presences: dict[str, Presence] = {}
        self._unsettled: defaultdict[str, deque[Fix]] = defaultdict(
            lambda: deque(maxlen=UNSETTLED_MAX)
        )
        """The instant fixes of the seconds that are not settled yet."""

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags with a state, sorted."""
        return tuple(sorted({*self._presences, *self._unsettled}))

    def step(self, settled: Iterable[Fix], instant: Iterable[Fix] = ()) -> list[StayEvent]:
        """What the settled fixes make sure, in their order; a change is a leave and then an enter.

        The instant ones count only where a tag ends before theirs have settled.
        """
        for fix in instant:
            self._unsettled[fix.tag].append(fix)
        events: list[StayEvent] = []
        for fix in settled:
            self._settle(fix)
            events += self._take(fix)
        return events

    def end(self, tag: str) -> list[StayEvent]:
        """What a tag's last seconds make sure, of which nothing more will be known; then forget it.

        Its open stay has no leave: nobody saw it leave.
        """
        events = [event for fix in self._unsettled.pop(tag, ()) for event in self._take(fix)]
        self.forget(tag)
        return events

    def forget(self, tag: str) -> None:
        """Drop a tag, its last seconds and its open stay, which then has no leave."""
        self._presences.pop(tag, None)
        self._unsettled.pop(tag, None)

    def _settle(self, fix: Fix) -> None:
        """The instant fixes up to this one are better known now."""
        waiting = self._unsettled.get(fix.tag)
        while waiting and waiting[0].t_s <= fix.t_s:
            waiting.popleft()
        if not waiting:
            self._unsettled.pop(fix.tag, None)

    def _take(self, fix: Fix) -> list[StayEvent]:
        if fix.zone is None or fix.zone not in self._dwell_min_s:
            return []
        presence = self._presences.setdefault(fix.tag, Presence())
        candidate = presence.follow(fix, fix.zone, self._settings.patience_s)
        if candidate is None:
            return []
        candidate.take(fix, self._settings)
        if not self._is_there(candidate, fix.t_s, self._likely_s(presence, candidate)):
            return []
        return self._change(presence, candidate, fix)

    def _likely_s(self, presence: Presence, candidate: Candidate) -> float:
        """For how long the candidate has to be likely."""
        settings = self._settings
        if presence.zone is None:
            return settings.first_s
        return settings.back_s if candidate.zone == presence.left else settings.likely_s

    def _is_there(self, candidate: Candidate, now_s: float, likely_s: float) -> bool:
        is_sure = candidate.evidence >= self._settings.evidence_min
        is_likely = now_s - candidate.likely_since_s >= likely_s
        is_long = now_s - candidate.since_s >= self._dwell_min_s[candidate.zone]
        return is_long and (is_sure or is_likely)

    def _change(self, presence: Presence, candidate: Candidate, fix: Fix) -> list[StayEvent]:
        at_s = candidate.since_s
        events: list[StayEvent] = []
        if presence.zone is not None:
            dwell_s = max(0.0, at_s - presence.since_s)
            events.append(self._event(presence, fix, "leave", at_s, dwell_s))
        presence.number += 1
        presence.left, presence.zone = presence.zone, candidate.zone
        presence.since_s = at_s
        presence.candidate = None
        events.append(self._event(presence, fix, "enter", at_s, 0.0))
        return events

    def _event(
        self,
        presence: Presence,
        fix: Fix,
        kind: Literal["enter", "leave"],
        at_s: float,
        dwell_s: float,
    ) -> StayEvent:
        return StayEvent(
            stay=f"{fix.tag}.{self._term}.{presence.number}",
            tag=fix.tag,
            zone=str(presence.zone),
            kind=kind,
            t_s=at_s,
            dwell_s=dwell_s,
            zone_p=fix.zone_p,
        )

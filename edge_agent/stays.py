"""Fixes become stays: enter and leave, with hysteresis, so that a border does not flap.

A stay ends only by another's beginning: silence, an unknown place or a dead agent end nothing.
"""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from edge_agent.fix import Fix
from store_maps.floor_map import FloorMap


class StaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """When a tag counts as being in a zone."""

    # Standing half a metre from a border, the other zone is often the likelier one, but seldom
    # for long and seldom this surely.
    enter_p: float = 0.6
    """A fix speaks for a zone from this probability on."""
    dwell_min_s: float = 3.0
    """So long must fixes have spoken for a zone; a zone's own dwell_min_s goes before."""
    # A fix that names no zone, or one less surely, neither speaks for a zone nor against it, but
    # what was said long ago says nothing of now.
    patience_s: float = 5.0
    """A longer time without a fix for it makes a zone begin anew."""


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


class Presence:
    """One tag's open stay, and the zone that may follow it."""

    def __init__(self) -> None:
        self.number = 0
        """Of the open stay; 0 before the first."""
        self.zone: str | None = None
        self.since_s = 0.0
        self.candidate: str | None = None
        self.candidate_since_s = 0.0
        self.candidate_heard_s = 0.0

    def consider(self, fix: Fix, settings: StaySettings) -> bool:
        """Whether this fix is one for a zone other than the open stay's."""
        if fix.zone == self.zone:
            self.candidate = None
        if fix.zone is None or fix.zone == self.zone or fix.zone_p < settings.enter_p:
            return False
        is_stale = fix.t_s - self.candidate_heard_s > settings.patience_s
        if fix.zone != self.candidate or is_stale:
            self.candidate = fix.zone
            self.candidate_since_s = fix.t_s
        self.candidate_heard_s = fix.t_s
        return True


class StayTracker:
    """The stays of every tag; keeps nothing of a tag but its open stay and its candidate."""

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

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags with a state, sorted."""
        return tuple(sorted(self._presences))

    def step(self, fixes: Iterable[Fix]) -> list[StayEvent]:
        """What these fixes make sure, in their order; a change is a leave and then an enter."""
        events: list[StayEvent] = []
        for fix in fixes:
            if fix.zone is None or fix.zone in self._dwell_min_s:
                events += self._take(fix)
        return events

    def forget(self, tag: str) -> None:
        """Drop a tag and its open stay, which then has no leave."""
        self._presences.pop(tag, None)

    def _take(self, fix: Fix) -> list[StayEvent]:
        presence = self._presences.setdefault(fix.tag, Presence())
        if fix.zone is None or not presence.consider(fix, self._settings):
            return []
        if fix.t_s - presence.candidate_since_s < self._dwell_min_s[fix.zone]:
            return []
        return self._change(presence, fix, fix.zone)

    def _change(self, presence: Presence, fix: Fix, zone: str) -> list[StayEvent]:
        at_s = presence.candidate_since_s
        events: list[StayEvent] = []
        if presence.zone is not None:
            dwell_s = at_s - presence.since_s
            events.append(self._event(presence, fix, "leave", at_s, dwell_s))
        presence.number += 1
        presence.zone = zone
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

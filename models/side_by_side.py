"""The features of many visits to many stores at once: what training and its judges learn from.

Visits of all stores share one `Tracks` of constant width: where one ends, the next begins. Through
the same tracks and features as in the hub, so the rows are those of models/sequences.py (a test
holds them together), at a fraction of the time.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hub_server import features
from hub_server.features import FEATURES
from hub_server.journey.tracks import Tracks
from hub_server.place.ground import Ground
from models.labels import Marks
from models.sequences import RADIUS_M, Floats, Followed, Numbers, prepared
from models.visits import Visit
from store_maps.floor_map import FloorMap

Ints = NDArray[np.int64]

# Visits under way together: from 500 on a tick's cost is that of its rows.
WIDTH: Final = 768


class _Seen(NamedTuple):
    """A visit's fixes as rows of at_s, x_m, y_m, radius_m, level, zone, zone_p."""

    one: Followed
    fixes: Floats
    last: Ints
    """For each second of the track: the row of the last fix."""


class _Numbers(NamedTuple):
    """Where the levels and zones of a store begin in a ground of many."""

    levels: dict[str, int]
    zones: dict[str, tuple[int, int]]
    """zone id -> (number, level)"""
    first_level: int


def _numbers(stores: Sequence[FloorMap]) -> list[_Numbers]:
    out = []
    first_level = first_zone = 0
    for store in stores:
        levels = {level.id: first_level + k for k, level in enumerate(store.levels)}
        zones = {z.id: (first_zone + k, levels[z.level]) for k, z in enumerate(store.leaf_zones)}
        out.append(_Numbers(levels, zones, first_level))
        first_level += len(levels)
        first_zone += len(zones)
    return out


def _seen(visit: Visit, marks: Marks, numbers: _Numbers) -> _Seen:
    one = prepared(visit, marks)
    nowhere = (-1, numbers.first_level)
    rows = []
    for fix in visit.fixes:
        zone, level = numbers.zones.get(fix.zone or "", nowhere)
        radius_m = RADIUS_M if fix.radius_m is None else fix.radius_m
        at_s = fix.t_s - one.t_s[0]
        rows.append((at_s, fix.x_m, fix.y_m, radius_m, level, zone, fix.zone_p or 0.0))
    fixes = np.array(sorted(rows) or np.empty((0, 7)), float)
    last = np.searchsorted(fixes[:, 0], np.arange(len(one.t_s)), side="right") - 1
    return _Seen(one, fixes, last)


class _Walk:
    """All visits while they run."""

    def __init__(self, ground: Ground, seen: Sequence[_Seen]) -> None:
        lengths = [len(one.last) for one in seen]
        self.seen = seen
        self.tracks = Tracks(ground)
        self.x = np.zeros((sum(lengths), len(FEATURES)), np.float32)
        self.first = np.cumsum([0, *lengths])
        self.fixes = np.concatenate([one.fixes for one in seen])
        starts = np.cumsum([0, *(len(one.fixes) for one in seen)])
        self.last = np.concatenate([one.last + k for one, k in zip(seen, starts, strict=False)])
        # A row for each journey under way: its number, its second in `x`, its zero on the clock.
        self.who = np.empty(0, np.int64)
        self.at = np.empty(0, np.int64)
        self.zero_s = np.empty(0)
        self.told: dict[int, list[tuple[int, float, str]]] = defaultdict(list)

    def run(self) -> Numbers:
        """The features of all seconds, visit after visit."""
        waiting = [i for i, seen in enumerate(self.seen) if seen.one.opened < len(seen.last)]
        waiting.reverse()
        now = 0
        while waiting or len(self.who):
            self._close()
            room = min(WIDTH - len(self.who), len(waiting))
            self._open([waiting.pop() for _ in range(room)], now)
            if len(self.who):
                self._tick(now)
            now += 1
        return self.x

    def _close(self) -> None:
        for row in np.flatnonzero(self.at >= self.first[self.who + 1])[::-1].tolist():
            self.tracks.remove(row)
            for column in (self.who, self.at, self.zero_s):
                column[row] = column[self.tracks.count]
            self.who, self.at = self.who[: self.tracks.count], self.at[: self.tracks.count]
            self.zero_s = self.zero_s[: self.tracks.count]

    def _open(self, visits: Sequence[int], now: int) -> None:
        for i in visits:
            one = self.seen[i].one
            self.tracks.append(float(now))
            zero = now - one.opened
            for t_s, kind in one.events:
                at_s = t_s - float(one.t_s[0])
                tick = zero + max(int(np.ceil(at_s)), one.opened)
                self.told[tick].append((i, zero + at_s, kind))
        who = np.array(visits, np.int64)
        first = np.array([self.seen[i].one.opened for i in visits], np.int64)
        self.who = np.r_[self.who, who]
        self.at = np.r_[self.at, self.first[who] + first]
        self.zero_s = np.r_[self.zero_s, now - first]

    def _tick(self, now: int) -> None:
        for i, at_s, kind in self.told.pop(now, ()):
            row = np.flatnonzero(self.who == i)
            if len(row):
                self.tracks.event(int(row[0]), kind, at_s)
        fixes = self.fixes[self.last[self.at]]
        fixes[:, 0] += self.zero_s
        self.tracks.sample(float(now), fixes[:, :5])
        zone, zone_p, radius_m = fixes[:, 5].astype(np.int64), fixes[:, 6], fixes[:, 3]
        self.x[self.at] = features.rows(self.tracks, zone, zone_p, radius_m)
        self.at = self.at + 1


def follow(stores: Sequence[tuple[FloorMap, Sequence[Visit]]]) -> list[Followed]:
    """The visits to each store with their features and labels; nothing is asked of a model."""
    maps = [floor_map for floor_map, _ in stores]
    seen: list[_Seen] = []
    for (floor_map, visits), numbers in zip(stores, _numbers(maps), strict=True):
        marks = Marks(floor_map)
        seen += [_seen(visit, marks, numbers) for visit in visits]
    if not seen:
        return []
    walk = _Walk(Ground(*maps), seen)
    x, first = walk.run(), walk.first
    return [s.one._replace(x=x[a:b]) for s, a, b in zip(seen, first[:-1], first[1:], strict=True)]

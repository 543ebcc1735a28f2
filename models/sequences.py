"""Visits through the hub's own journeys: what evaluation judges, a row for each second.

All visits of a map run side by side, a tick a second, through the code that serves.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_agent.messages import FixRow
from hub_server import features
from hub_server.features import FEATURES
from hub_server.journeys import STAGES, Journeys
from hub_server.stage import StageModel
from models.labels import Marks, label, seconds
from models.visits import ObservedFix, Visit
from store_maps.floor_map import FloorMap

Numbers = NDArray[np.float32]
Floats = NDArray[np.float64]

# What a fix without a radius is taken for: the middle of the errors that training draws.
RADIUS_M: Final = 2.5


class Followed(NamedTuple):
    """One visit, a row for each whole second of its track."""

    visit: str
    t_s: Floats
    x: Numbers
    """(n, len(FEATURES)); no rows where they were not asked for."""
    stages: NDArray[np.int64]
    """(n,) labels."""
    bought: bool
    p: Numbers
    """(n, 8) of the model that was asked."""
    p_buy: Numbers
    served: NDArray[np.int64]
    """(n,) after hysteresis; -1 = unknown."""
    opened: int
    """The row of the first fix: there the journey opens, and before it nothing is known."""
    events: tuple[tuple[float, str], ...] = ()
    """(t_s, kind), in the order of time."""


def opened(visit: Visit, t_s: Floats) -> int:
    """The row of `t_s` at which the first fix is there; len(t_s) = it never is."""
    first_s = min((fix.t_s for fix in visit.fixes), default=np.inf)
    return int(np.searchsorted(t_s, first_s))


def events(visit: Visit) -> tuple[tuple[float, str], ...]:
    """The events of a visit in the order of time."""
    return tuple(sorted((float(e["t_s"]), str(e["kind"])) for e in visit.events))


def prepared(visit: Visit, marks: Marks) -> Followed:
    """A visit with its labels, before anything is said about it."""
    t_s, xy_m = seconds(np.array(visit.track, float))
    n = len(t_s)
    return Followed(
        visit.visit,
        t_s,
        np.zeros((0, len(FEATURES)), np.float32),
        label(marks, xy_m),
        visit.bought,
        np.full((n, len(STAGES)), 1 / len(STAGES), np.float32),
        np.full(n, 0.5, np.float32),
        np.full(n, -1),
        opened(visit, t_s),
        events(visit),
    )


class _Run:
    """The visits of one map while they run, all on a clock of ticks since their first second."""

    def __init__(self, floor_map: FloorMap, visits: Sequence[Visit], *, keep_x: bool) -> None:
        self.journeys = Journeys(floor_map)
        self.levels = {zone.id: zone.level for zone in floor_map.leaf_zones}
        self.level = floor_map.levels[0].id
        marks = Marks(floor_map)
        self.out = [prepared(visit, marks) for visit in visits]
        if keep_x:
            self.out = [
                one._replace(x=np.zeros((len(one.t_s), len(FEATURES)), np.float32))
                for one in self.out
            ]
        self.keep_x = keep_x
        # By tick: what opens, what ends, the fixes and the events that are there by then.
        self.opens: dict[int, list[int]] = defaultdict(list)
        self.ends: dict[int, list[int]] = defaultdict(list)
        self.heard: dict[int, list[tuple[float, FixRow]]] = defaultdict(list)
        self.told: dict[int, list[tuple[float, str, str]]] = defaultdict(list)
        for i, (visit, one) in enumerate(zip(visits, self.out, strict=True)):
            self._plan(i, visit, one)

    def _plan(self, i: int, visit: Visit, one: Followed) -> None:
        self.opens[one.opened].append(i)
        self.ends[len(one.t_s)].append(i)
        from_s = float(one.t_s[0])
        for fix in sorted(visit.fixes, key=lambda f: f.t_s):
            at_s = fix.t_s - from_s
            self.heard[max(int(np.ceil(at_s)), 0)].append((at_s, self._row(i, fix)))
        for t_s, kind in one.events:
            at_s = t_s - from_s
            self.told[max(int(np.ceil(at_s)), one.opened)].append((at_s, f"{i}", kind))

    def _row(self, visit: int, fix: ObservedFix) -> FixRow:
        radius_m = RADIUS_M if fix.radius_m is None else fix.radius_m
        level = self.levels.get(fix.zone or "", self.level)
        return FixRow(
            f"{visit}", 0.0, fix.x_m, fix.y_m, radius_m, fix.zone, fix.zone_p or 0.0, level
        )

    def tick(self, now: int, model: StageModel) -> None:
        """One second of all visits that are under way."""
        for i in self.ends.get(now, ()):
            self.journeys.close(f"{i}")
        for i in self.opens.get(now, ()):
            if now < len(self.out[i].t_s):
                self.journeys.open(f"{i}", float(now))
        for at_s, row in self.heard.get(now, ()):
            self.journeys.fix((row,), at_s)
        for at_s, handle, kind in self.told.get(now, ()):
            self.journeys.event(handle, kind, at_s)
        self.journeys.sample(float(now))
        if len(self.journeys):
            x = features.read(self.journeys)
            self.journeys.follow(*model.predict(x, self.journeys.tracks["state"]))
            self._keep(now, x)

    def _keep(self, now: int, x: Numbers) -> None:
        tracks = self.journeys.tracks
        p, p_buy = tracks["stage_p"], tracks["p_buy"]
        served = np.where(self.journeys.fresh(), tracks["served"], -1)
        for row, handle in enumerate(self.journeys.handles):
            one = self.out[int(handle)]
            one.p[now], one.p_buy[now], one.served[now] = p[row], p_buy[row], served[row]
            if self.keep_x:
                one.x[now] = x[row]


def run(
    floor_map: FloorMap, visits: Sequence[Visit], model: StageModel, *, keep_x: bool = True
) -> list[Followed]:
    """Each visit's features, labels and the answers of `model`, second by second."""
    now = _Run(floor_map, visits, keep_x=keep_x)
    for tick in range(max((len(one.t_s) for one in now.out), default=0)):
        now.tick(tick, model)
    return now.out

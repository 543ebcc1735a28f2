"""Visits through the hub's own journeys and features: what training and evaluation learn from.

All visits of a map run side by side, a tick a second, through the code that serves.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge_agent.messages import FixRow
from hub_server import features, stage
from hub_server.features import FEATURES
from hub_server.journeys import STAGES, Journeys
from hub_server.stage import StageModel
from models.labels import Marks, label, seconds
from models.visits import ObservedFix, Visit
from store_maps.floor_map import FloorMap

Numbers = NDArray[np.float32]

# What a fix without a radius is taken for: the middle of the errors that training draws.
RADIUS_M: Final = 2.5


class Followed(NamedTuple):
    """One visit, a row for each whole second of its track."""

    visit: str
    t_s: NDArray[np.float64]
    x: Numbers
    """(n, len(FEATURES))"""
    stages: NDArray[np.int64]
    """(n,) labels."""
    bought: bool
    p: Numbers
    """(n, 8) of the model that was asked, or of the rules."""
    p_buy: Numbers
    served: NDArray[np.int64]
    """(n,) after hysteresis; -1 = unknown."""
    opened: int
    """The row of the first fix: there the journey opens, and before it nothing is known."""


def _row(visit: int, fix: ObservedFix, level: str) -> FixRow:
    radius_m = RADIUS_M if fix.radius_m is None else fix.radius_m
    zone_p = fix.zone_p or 0.0
    return FixRow(f"{visit}", 0.0, fix.x_m, fix.y_m, radius_m, fix.zone, zone_p, level)


def _opened(visit: Visit, t_s: NDArray[np.float64]) -> int:
    first_s = min((fix.t_s for fix in visit.fixes), default=np.inf)
    return int(np.searchsorted(t_s, first_s))


class _Run:
    """The visits of one map while they run, all on a clock of ticks since their first second."""

    def __init__(self, floor_map: FloorMap, visits: Sequence[Visit]) -> None:
        self.journeys = Journeys(floor_map)
        self.level = floor_map.levels[0].id
        tracks = [seconds(np.array(v.track, float)) for v in visits]
        marks = Marks(floor_map)
        self.out = [
            Followed(
                visit.visit,
                t_s,
                np.zeros((len(t_s), len(FEATURES)), np.float32),
                label(marks, xy_m),
                visit.bought,
                np.full((len(t_s), len(STAGES)), 1 / len(STAGES), np.float32),
                np.full(len(t_s), 0.5, np.float32),
                np.full(len(t_s), -1),
                _opened(visit, t_s),
            )
            for visit, (t_s, xy_m) in zip(visits, tracks, strict=True)
        ]
        self.heard: dict[int, list[tuple[float, FixRow]]] = {}
        for i, (visit, (t_s, _)) in enumerate(zip(visits, tracks, strict=True)):
            for fix in sorted(visit.fixes, key=lambda f: f.t_s):
                at_s = fix.t_s - t_s[0]
                self.heard.setdefault(int(np.ceil(at_s)), []).append(
                    (at_s, _row(i, fix, self.level))
                )

    def tick(self, now: int, model: StageModel) -> None:
        """One second of all visits that are under way."""
        for i, one in enumerate(self.out):
            if now == one.opened:
                self.journeys.open(f"{i}", float(now))
            if now == len(one.t_s):
                self.journeys.close(f"{i}")
        for at_s, row in self.heard.get(now, ()):
            self.journeys.fix((row,), at_s)
        stage.step(self.journeys, model, float(now))
        self._keep(now)

    def _keep(self, now: int) -> None:
        x, tracks = features.read(self.journeys), self.journeys.tracks
        fresh = self.journeys.fresh()
        for row, handle in enumerate(self.journeys.handles):
            one = self.out[int(handle)]
            one.x[now] = x[row]
            one.p[now] = tracks["stage_p"][row]
            one.p_buy[now] = tracks["p_buy"][row]
            one.served[now] = tracks["served"][row] if fresh[row] else -1


def run(floor_map: FloorMap, visits: Sequence[Visit], model: StageModel) -> list[Followed]:
    """Each visit's features, labels and the answers of `model`, second by second."""
    now = _Run(floor_map, visits)
    for tick in range(max((len(one.t_s) for one in now.out), default=0)):
        now.tick(tick, model)
    return now.out

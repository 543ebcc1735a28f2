"""Fixes of visits by the real locator: what anchors may hear of a walk, through the real filter.

The dear way to observe a visit, and the measure for the cheap one (`models.observation`).
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge_agent.agent import METRE_DECIMALS, SHARE_DECIMALS
from edge_agent.calibration import Calibration
from edge_agent.fix import Fix
from edge_agent.locator import Locator
from edge_agent.planned_survey import as_surveyed
from edge_agent.possible_air import BESIDE_M, PossibleAir, tag_name
from edge_agent.radio_map import RadioMap
from edge_agent.sighting import Sighting
from edge_agent.simulated_air import Air
from edge_agent.simulated_radio import TICK_S
from models.visits import ObservedFix
from store_maps.floor_grid import CELL_M, FloorGrid
from store_maps.floor_map import FloorMap

Floats = NDArray[np.float64]
Heard = dict[int, list[Sighting]]
"""Sightings by the second in which they count."""

# demo: the air of the simulated radio, kind as a demo's is, and no survey. survey, defaults: air as
# a store may have it (`edge_agent coverage`, which foretells the surveyed office and library to
# 30 %), with a planned survey, and by the map alone.
RUNGS: Final = ("demo", "survey", "defaults")
TAG_HEIGHT_M: Final = 1.0
# One comes in so long after another: about 25 of ten minutes share the floor, and each second's
# matrices. 60 s take a third longer.
APART_S: Final = 25
# More cells of 0.5 m than this become cells of 1 m: four drawn stores were located the same to 1 %
# on all rungs, in half of the time.
CELLS_MAX: Final = 800
COARSE_CELL_M: Final = 1.0


class _Walked:
    """A track of rows t_s, x_m, y_m as what an air asks; all of it on the map's first level."""

    def __init__(self, track: Floats) -> None:
        self._t_s = track[:, 0] - track[0, 0]
        self._xy_m = track[:, 1:3]

    def sampled(self, t_s: Floats) -> tuple[Floats, NDArray[np.int32]]:
        """(n, 2) places and (n,) level indices at increasing times (n,) since its begin."""
        axes = [np.interp(t_s, self._t_s, axis) for axis in self._xy_m.T]
        return np.stack(axes, axis=1), np.zeros(len(t_s), np.int32)


def by_radio(
    floor_map: FloorMap, tracks: Sequence[Floats], seed: int, rung: str = "survey"
) -> list[list[ObservedFix]]:
    """What the locator says of each walk, one fix a second, as the hub gets it.

    Args:
        floor_map: with anchors.
        tracks: (n, 3) t_s, x_m, y_m at 1 Hz, each on the map's first level.
        seed: of the air; the same seed and tracks give the same fixes.
        rung: of RUNGS.

    Raises:
        ValueError: a map without anchors; a rung that is none.
    """
    if not floor_map.anchors:
        msg = f"map {floor_map.store_id}: no anchors, expected some; the map's author: add them"
        raise ValueError(msg)
    if rung not in RUNGS:
        msg = f"rung {rung!r}, expected one of {', '.join(RUNGS)}; the caller: mend it"
        raise ValueError(msg)
    grid = _grid(floor_map)
    if rung == "demo":
        radio_map = RadioMap.defaults(floor_map, grid, TAG_HEIGHT_M)
        heard = _heard_in_demo(floor_map, grid, tracks, seed)
    else:
        calibration = Calibration.defaults(floor_map, TAG_HEIGHT_M)
        if rung == "survey":
            calibration = as_surveyed(calibration, grid)
        air = PossibleAir(floor_map, grid, calibration, seed=seed)
        radio_map, heard = air.radio_map, _heard_in_stores(air, tracks)
    return _located(Locator(floor_map, grid, radio_map), heard, tracks)


def _grid(floor_map: FloorMap) -> FloorGrid:
    area_m2 = sum(floor_map.walkable_area(level.id).area for level in floor_map.levels)
    is_large = area_m2 > CELLS_MAX * CELL_M**2
    return FloorGrid.build(floor_map, COARSE_CELL_M if is_large else CELL_M)


def _heard_in_stores(air: PossibleAir, tracks: Sequence[Floats]) -> Heard:
    """Each walk in a store of its own that the calibration fits as well."""
    heard: Heard = defaultdict(list)
    for number, track in enumerate(tracks):
        from_s = number * APART_S
        for one in air.heard(number, _Walked(track), len(track) - 1):
            at_s = one.t_s + from_s
            heard[math.ceil(at_s)].append(Sighting(one.tag, one.anchor, one.rssi_dbm, at_s))
    return heard


def _heard_in_demo(
    floor_map: FloorMap, grid: FloorGrid, tracks: Sequence[Floats], seed: int
) -> Heard:
    """All walks in one store, as `SimulatedSource` has them heard."""
    air = Air(floor_map, grid, len(tracks), TAG_HEIGHT_M, np.random.default_rng(seed))
    ticks_s = [np.arange(0.0, len(track) - 1, TICK_S) for track in tracks]
    begins = [number * APART_S for number in range(len(tracks))]
    until_s = max((b + len(track) for b, track in zip(begins, tracks, strict=True)), default=0)
    count = round(until_s / TICK_S)
    xy_m = np.zeros((count, len(tracks), 2))
    here = np.zeros((count, len(tracks)), bool)
    for number, (track, t_s) in enumerate(zip(tracks, ticks_s, strict=True)):
        rows = round(begins[number] / TICK_S) + np.arange(len(t_s))
        xy_m[rows, number] = _Walked(track).sampled(t_s)[0]
        here[rows, number] = True
    heard: Heard = defaultdict(list)
    for tick in range(count):
        _hear(heard, air, grid, (tick * TICK_S, xy_m[tick], here[tick]))
    return heard


def _hear(
    heard: Heard, air: Air, grid: FloorGrid, tick: tuple[float, Floats, NDArray[np.bool_]]
) -> None:
    """One tick of the demo's air: when it begins, where all are, and who is in the store."""
    from_s, xy_m, here = tick
    cells = grid.cell_at(xy_m[:, 0], xy_m[:, 1], 0, within_m=BESIDE_M)
    packets = air.packets(xy_m, cells, np.zeros(len(cells), np.int32), TICK_S)
    columns = (packets.tag, packets.anchor, packets.rssi_dbm, packets.after_s)
    for tag, anchor, rssi_dbm, after_s in zip(*(c.tolist() for c in columns), strict=True):
        if here[tag]:
            at_s = from_s + after_s
            one = Sighting(tag_name(tag), air.anchor_ids[anchor], rssi_dbm, at_s)
            heard[math.ceil(at_s)].append(one)


def _located(locator: Locator, heard: Heard, tracks: Sequence[Floats]) -> list[list[ObservedFix]]:
    """Second by second, until the last has left; times are those of each track."""
    found: list[list[ObservedFix]] = [[] for _ in tracks]
    number_of = {tag_name(number): number for number in range(len(tracks))}
    ends: dict[int, list[str]] = defaultdict(list)
    for number, track in enumerate(tracks):
        ends[number * APART_S + len(track) - 1].append(tag_name(number))
    for second in range(1, max(ends, default=0) + 1):
        locator.observe(heard.get(second, ()))
        for fix in locator.step(float(second)):
            number = number_of[fix.tag]
            found[number].append(_seen(fix, tracks[number][0, 0] - number * APART_S))
        for tag in ends.get(second, ()):
            locator.forget(tag)
    return found


def _seen(fix: Fix, later_s: float) -> ObservedFix:
    """As the wire rounds it."""
    return ObservedFix(
        fix.t_s + later_s,
        round(fix.x_m, METRE_DECIMALS),
        round(fix.y_m, METRE_DECIMALS),
        round(fix.radius_m, METRE_DECIMALS),
        fix.zone,
        round(fix.zone_p, SHARE_DECIMALS),
    )

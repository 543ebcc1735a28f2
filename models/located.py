"""Fixes of visits by the real locator: what anchors may hear of a walk, through the real filter.

The dear way to observe a visit, and the measure for the cheap one: `python -m models.located`
prints the errors of both, which the constants of `models.observation` are from.
"""

import argparse
import math
import sys
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
from models.fix_errors import Errors, table
from models.observation import observe_ours, observe_plain
from models.visits import ObservedFix
from store_maps.floor_grid import CELL_M, FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.layouts import FAMILIES, TRAINING, store
from store_maps.shoppers import visits

Floats = NDArray[np.float64]
Heard = dict[int, list[Sighting]]
"""Sightings by the second in which they count."""

# demo: the air of the simulated radio, kind as a demo's is, and no survey. survey, defaults: air as
# a store may have it (`edge_agent coverage`, which foretells the surveyed office and library to
# 30 %), with a planned survey, and by the map alone.
RUNGS: Final = ("demo", "survey", "defaults")
TAG_HEIGHT_M: Final = 1.0
# One comes in so long after another: about 60 of ten minutes share the floor, and each second's
# matrices. What one's anchors hear does not depend on who else is there.
APART_S: Final = 10
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
    cells = np.full((count, len(tracks)), -1, np.int32)
    for number, (track, t_s) in enumerate(zip(tracks, ticks_s, strict=True)):
        rows = round(begins[number] / TICK_S) + np.arange(len(t_s))
        here_m = _Walked(track).sampled(t_s)[0]
        xy_m[rows, number] = here_m
        cells[rows, number] = grid.cell_at(here_m[:, 0], here_m[:, 1], 0, within_m=BESIDE_M)
    heard: Heard = defaultdict(list)
    for tick in range(count):
        _hear(heard, air, tick * TICK_S, (xy_m[tick], cells[tick]))
    return heard


def _hear(heard: Heard, air: Air, from_s: float, where: tuple[Floats, NDArray[np.int32]]) -> None:
    """One tick of the demo's air; cell -1 for who is not in the store."""
    xy_m, cells = where
    packets = air.packets(xy_m, cells, np.zeros(len(cells), np.int32), TICK_S)
    columns = (packets.tag, packets.anchor, packets.rssi_dbm, packets.after_s)
    here = (cells >= 0)[packets.tag]
    for tag, anchor, rssi_dbm, after_s in zip(*(c[here].tolist() for c in columns), strict=True):
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


def compared(
    floor_maps: Sequence[FloorMap], seed: int, visits_count: int
) -> dict[str, dict[str, float]]:
    """The errors (`fix_errors.table`) of each rung, and of the stand-in's two kinds."""
    errors: dict[str, list[Errors]] = defaultdict(list)
    rng = np.random.default_rng(seed)
    for floor_map in floor_maps:
        walked = visits(floor_map, FloorGrid.build(floor_map), seed, visits_count)
        tracks = [one.track for one in walked]
        found = {rung: by_radio(floor_map, tracks, seed, rung) for rung in RUNGS}
        found["stand-in"] = [observe_ours(floor_map, track, rng) for track in tracks]
        found["plain"] = [observe_plain(floor_map, track, rng) for track in tracks]
        for name, fixes in found.items():
            pairs = zip(tracks, fixes, strict=True)
            errors[name] += [Errors.of(floor_map, track, seen) for track, seen in pairs]
    return {name: table(each) for name, each in errors.items()}


def _count(text: str) -> int:
    """A whole number from 1; argparse tells the user otherwise."""
    if not text.isdecimal() or int(text) < 1:
        msg = f"{text!r}, expected a whole number from 1"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def main(arguments: Sequence[str]) -> int:
    """Print the errors of the real locator and of the stand-in side by side."""
    parser = argparse.ArgumentParser(prog="python -m models.located", description=main.__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of shoppers and air")
    parser.add_argument("--family", nargs="+", choices=FAMILIES, default=TRAINING)
    parser.add_argument("--stores", type=_count, default=4, help="of each family, from number 1")
    parser.add_argument("--visits", type=_count, default=8, help="in each store, at least")
    options = parser.parse_args(arguments)
    numbers = range(1, options.stores + 1)
    floor_maps = [store(family, number) for family in options.family for number in numbers]
    columns = compared(floor_maps, options.seed, options.visits)
    sys.stdout.write(f"| | {' | '.join(columns)} |\n|---|{'---|' * len(columns)}\n")
    for name in columns[RUNGS[0]]:
        figures = " | ".join(f"{column[name]:.2f}" for column in columns.values())
        sys.stdout.write(f"| {name} | {figures} |\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

"""Stays at a border: who stands beside it does not flap, who crosses it is soon in the new zone.

    python tests/bench/stays.py

50 tags stand 0.5 m from the border of two zones for 30 simulated minutes, on either side and all
along it; 50 walk over it at 0.8 m/s and on, and 50 stop 1 m behind it (no aim: the error of a fix
is larger). Each has an air of its own: shadows, fading, lost packets, a tag's offset. One locator
with the shipped settings and lag; beside it, what stays on the instant fixes would do.
"""

import os
from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt

from edge_agent.fix import Fix
from edge_agent.locator import Locator
from edge_agent.radio_map import RadioMap
from edge_agent.stays import STAY_LAG_S, StayTracker
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import LONG_M, Air, two_zones

SEEDS: Final = 50
BORDER_M: Final = 8.0
BESIDE_M: Final = 0.5
STAND_S: Final = 1_800
WALK_M_PER_S: Final = 0.8
# A walker stands before it walks and after, so that both zones are certain.
WAIT_S: Final = 20
START_M: Final = 6.0
ON_M: Final = 6.0
SHORT_M: Final = 1.0

Floats = npt.NDArray[np.float64]
Paths = dict[str, Floats]
"""Tag -> (seconds, 2), where it is in each second."""


class Fixes(NamedTuple):
    """What one locator says of the same walk."""

    instant: list[Fix]
    settled: list[Fix]


def standing(seeds: int = SEEDS) -> Paths:
    """Tags on alternating sides, all along the border."""
    paths = {}
    for seed in range(seeds):
        side = BESIDE_M if seed % 2 else -BESIDE_M
        y_m = 0.5 + (LONG_M - 1) * seed / (seeds - 1)
        paths[f"s{seed:02d}"] = np.tile([BORDER_M + side, y_m], (STAND_S, 1))
    return paths


def crossing(end_m: float, seeds: int = SEEDS) -> Paths:
    """Tags that walk over the border, to and fro, and stand so far behind it."""
    paths = {}
    for seed in range(seeds):
        far_m = np.minimum(np.arange(-START_M, end_m + WALK_M_PER_S, WALK_M_PER_S), end_m)
        far_m = np.concatenate([np.full(WAIT_S, -START_M), far_m, np.full(2 * WAIT_S, end_m)])
        y_m = 1 + (LONG_M - 2) * seed / (seeds - 1)
        x_m = BORDER_M + (far_m if seed % 2 else -far_m)
        paths[f"w{seed:02d}"] = np.column_stack([x_m, np.full(len(x_m), y_m)])
    return paths


def located(paths: Paths) -> Fixes:
    """The fixes of all of them, each in its own air."""
    floor_map = two_zones()
    grid = FloorGrid.build(floor_map)
    locator = Locator(floor_map, grid, RadioMap.defaults(floor_map, grid), lag_s=STAY_LAG_S)
    airs = {tag: Air(floor_map, seed) for seed, tag in enumerate(paths)}
    found = Fixes([], [])
    for second in range(1, max(map(len, paths.values())) + 1):
        for tag, path in paths.items():
            x_m, y_m = path[min(second, len(path)) - 1]
            locator.observe(airs[tag].second(x_m, y_m, second, tag))
        found.instant.extend(locator.step(second))
        found.settled.extend(locator.settled())
    return found


def flaps(fixes: Iterable[Fix], tracker: StayTracker) -> list[int]:
    """How often each tag entered a zone after its first."""
    enters = Counter(event.tag for event in tracker.step(fixes) if event.kind == "enter")
    return [count - 1 for count in enters.values()]


class Crossing(NamedTuple):
    """One walker's way into the new zone, in seconds after the border."""

    known_s: float
    """When the stay is known."""
    said_s: float
    """When the stay says that it began."""


NEVER: Final = Crossing(np.inf, np.inf)


def crossings(
    fixes: Iterable[Fix], paths: Paths, lag_s: int, tracker: StayTracker
) -> list[Crossing]:
    """Everybody's first enter of the zone that they walk into."""
    found: dict[str, Crossing] = {}
    for fix in fixes:
        far_m = paths[fix.tag][:, 0] - BORDER_M
        into = "b" if far_m[-1] > 0 else "a"
        border_s = int(np.argmax(far_m * far_m[-1] >= 0)) + 1
        for event in tracker.step([fix]):
            if event.kind == "enter" and event.zone == into:
                known = Crossing(fix.t_s + lag_s - border_s, event.t_s - border_s)
                found.setdefault(fix.tag, known)
    return [found.get(tag, NEVER) for tag in paths]


def show_flaps(what: str, fixes: list[Fix]) -> None:
    """A line."""
    counts = flaps(fixes, StayTracker(two_zones()))
    over = sum(count > 1 for count in counts)
    print(f"{what}  flaps in 30 min: at most {max(counts)}, {sum(counts)} in all, {over} above 1")


def show_crossings(what: str, fixes: list[Fix], paths: Paths, lag_s: int) -> None:
    """A line."""
    came = crossings(fixes, paths, lag_s, StayTracker(two_zones()))
    known_s = [one.known_s for one in came]
    p50, p90 = np.percentile(known_s, [50, 90], method="higher")
    off_s = [abs(one.said_s) for one in came if one is not NEVER]
    print(
        f"{what}  known after {p50:.0f} s median, {p90:.0f} s p90, {max(known_s):.0f} s at most; "
        f"its beginning off by {np.mean(off_s):.1f} s; {came.count(NEVER)} of {SEEDS} never"
    )


def main() -> None:
    """Measure and print."""
    still = located(standing())
    print(f"{SEEDS} seeds; aim: at most 1 flap each; 6 s median, 12 s p90 for who walks on")
    show_flaps("settled, beside the border", still.settled)
    show_flaps("instant, beside the border", still.instant)
    for end_m, what in ((ON_M, "walks on"), (SHORT_M, "stops 1 m behind")):
        paths = crossing(end_m)
        fixes = located(paths)
        show_crossings(f"settled, {what}", fixes.settled, paths, STAY_LAG_S)
        show_crossings(f"instant, {what}", fixes.instant, paths, 0)


if __name__ == "__main__":
    main()

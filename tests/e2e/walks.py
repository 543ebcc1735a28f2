"""Recordings of people who walk a round through a store, made up: the truth is known."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_agent.simulated_air import Air
from edge_agent.simulated_radio import TICK_S
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

WALK_M_PER_S = 1.1
Floats = npt.NDArray[np.float64]


def round_trip(floor_map: FloorMap, stops: Sequence[tuple[tuple[float, float], float]]) -> Floats:
    """Where one is at each tick of a walk over `stops` (place, seconds there) and back, (n, 2)."""
    grid = FloorGrid.build(floor_map)
    cells = [int(grid.cell_at(x_m, y_m, 0)[0]) for (x_m, y_m), _ in stops]
    track: list[Floats] = []
    for (_, seconds), here, there in zip(stops, cells, [*cells[1:], cells[0]], strict=True):
        track += [grid.xy_m[here]] * round(seconds / TICK_S)
        track += along(np.array(grid.route(here, there)))
    return np.array(track)


def along(route: Floats) -> list[Floats]:
    """A polyline in steps of TICK_S."""
    lengths_m = np.hypot(*np.diff(route, axis=0).T)
    corners_m = np.concatenate([[0.0], np.cumsum(lengths_m)])
    at_m = np.arange(0.0, corners_m[-1], WALK_M_PER_S * TICK_S)
    steps = [np.interp(at_m, corners_m, route[:, axis]) for axis in (0, 1)]
    return list(np.column_stack(steps))


def record(path: Path, floor_map: FloorMap, track: Floats, tags: Sequence[str]) -> None:
    """What all anchors hear while each tag walks `track`, one behind the other, for one round."""
    grid = FloorGrid.build(floor_map)
    rng = np.random.default_rng(7)
    air = Air(floor_map, grid, len(tags), 1.0, rng)
    behind = np.arange(len(tags)) * len(track) // len(tags)
    levels = np.zeros(len(tags), np.int32)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["t_s", "tag", "anchor", "rssi_dbm"])
        for tick in range(len(track)):
            xy_m = track[(tick + behind) % len(track)]
            cells = grid.cell_at(xy_m[:, 0], xy_m[:, 1], 0).astype(np.int32)
            heard = air.packets(xy_m, cells, levels, TICK_S)
            columns = zip(heard.after_s, heard.tag, heard.anchor, heard.rssi_dbm, strict=True)
            writer.writerows(
                (f"{tick * TICK_S + after_s:.3f}", tags[tag], air.anchor_ids[anchor], rssi_dbm)
                for after_s, tag, anchor, rssi_dbm in columns
            )

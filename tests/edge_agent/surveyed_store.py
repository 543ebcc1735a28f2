"""A small store with a survey and labelled walks, as files' rows."""

from pathlib import Path

import numpy as np

from edge_agent.path_loss import Floats, PathLoss, nominal, place_ids, rays
from store_maps.floor_map import FloorMap
from tests.edge_agent.small_store import two_zones

MAP = two_zones()
TRUTH = PathLoss(nominal(MAP).power_dbm_1m + np.array([-6, 5, 0, 7, -3, 2]), np.full(6, 1.6))
SURVEY_HEAD = "point,x_m,y_m,anchor,n,rssi_mean_dbm,rssi_sd_db"
RECORDING_HEAD = "t_s,tag,anchor,rssi_dbm"
TRUTH_HEAD = "t_s,tag,x_m,y_m"


def heard_dbm(floor_map: FloorMap, xy_m: Floats, seed: int) -> Floats:
    law = TRUTH if floor_map is MAP else nominal(floor_map)
    mean_dbm = law.expected_dbm(rays(floor_map, xy_m, np.zeros(len(xy_m), int), 1.0))
    mean_dbm += np.random.default_rng(seed).normal(0, 1.5, mean_dbm.shape)
    return mean_dbm


def survey_rows(floor_map: FloorMap = MAP, count: int = 12) -> list[str]:
    xy_m = np.random.default_rng(5).uniform([0.5, 0.5], [15.5, 7.5], (count, 2)).round(2)
    rssi_dbm = heard_dbm(floor_map, xy_m, 6)
    return [
        f"{n:02},{x_m},{y_m},{name},30,{rssi_dbm[row, n]:.2f},3.0"
        for n, (x_m, y_m) in enumerate(xy_m)
        for row, name in enumerate(place_ids(floor_map))
    ]


def walk_rows(seed: int, seconds: int = 60) -> tuple[list[str], list[str]]:
    """A recording and its truth: to one place after another."""
    random = np.random.default_rng(seed)
    way_m = [np.array([8.0, 4.0])]
    goal_m = way_m[0]
    while len(way_m) < seconds:
        if np.hypot(*(goal_m - way_m[-1])) < 1:
            goal_m = random.uniform([0.5, 0.5], [15.5, 7.5])
        apart_m = goal_m - way_m[-1]
        way_m.append(way_m[-1] + apart_m / max(1.0, float(np.hypot(*apart_m))))
    rssi_dbm = heard_dbm(MAP, np.array(way_m), seed)
    rssi_dbm += random.normal(0, 3, rssi_dbm.shape)
    heard = [
        f"{t},t,{name},{rssi_dbm[row, t]:.1f}"
        for t in range(seconds)
        for row, name in enumerate(place_ids(MAP))
    ]
    return heard, [f"{t},t,{at_m[0]:.3f},{at_m[1]:.3f}" for t, at_m in enumerate(way_m)]


def put(path: Path, head: str, rows: list[str]) -> Path:
    path.write_text("\n".join([head, *rows, ""]))
    return path

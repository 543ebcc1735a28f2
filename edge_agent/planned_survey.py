"""What a radio map would be worth once a survey is made, before anybody has walked with a phone."""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.calibration import DEFAULT_FADING_SD_DB, Calibration
from edge_agent.shadow import REPEAT_SD_DB, SHADOW_SD_DB, covariance, places_m
from store_maps.floor_grid import FloorGrid

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# What one person measures in an hour: a minute at each point, and the way between them.
POINTS: Final = 30
PACKETS: Final = 30


def as_surveyed(
    calibration: Calibration, grid: FloorGrid, points_count: int = POINTS
) -> Calibration:
    """The calibration with its law fitted, and shadows known at points all over the floor.

    What is still wrong is the Gaussian process' own word (Rasmussen and Williams, eq. 2.26),
    averaged over the cells, and what repeats differ by.
    """
    cells_m = places_m(grid.xy_m, grid.level_index)
    points_m = cells_m[spread(cells_m, points_count)]
    noise = np.eye(len(points_m)) * (REPEAT_SD_DB**2 + DEFAULT_FADING_SD_DB**2 / PACKETS)
    pull = np.linalg.inv(covariance(points_m, points_m) + noise)
    near = covariance(cells_m, points_m)
    left = SHADOW_SD_DB**2 - ((near @ pull) * near).sum(1)
    map_sd_db = float(np.sqrt(left.mean() + REPEAT_SD_DB**2))
    anchors = (
        msgspec.structs.replace(anchor, map_sd_db=map_sd_db) for anchor in calibration.anchors
    )
    return msgspec.structs.replace(calibration, rung="survey", anchors=tuple(anchors))


def spread(places_m: Floats, count: int) -> Indices:
    """Positions of places that lie far from each other: each next one farthest from all before."""
    chosen = [0]
    far_m = np.full(len(places_m), np.inf)
    while len(chosen) < min(count, len(places_m)):
        far_m = np.minimum(far_m, np.linalg.norm(places_m - places_m[chosen[-1]], axis=1))
        chosen.append(int(far_m.argmax()))
    return np.array(chosen)

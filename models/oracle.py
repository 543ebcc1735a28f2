"""The ceiling: what the same network reaches when it sees the true track, once a second.

Labels look ahead and models do not, so not even perfect positions are labelled perfectly. The share
of the way from the rules to this ceiling is what a model makes of what can be known.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.visits import ObservedFix
from store_maps.floor_map import FloorMap

# A true place is given as sure as a fix can be.
RADIUS_M: Final = 0.3


def observe(
    floor_map: FloorMap, track: NDArray[np.float64], rng: np.random.Generator
) -> list[ObservedFix]:
    """Fixes without error of a walk (n, 3) at 1 Hz on the map's first level; takes no chance."""
    del rng
    zones = floor_map.zone_at(track[:, 1], track[:, 2], floor_map.levels[0].id)
    names = [zone.id for zone in floor_map.leaf_zones]
    return [
        ObservedFix(t_s, x_m, y_m, RADIUS_M, *((names[zone], 1.0) if zone >= 0 else (None, 0.0)))
        for (t_s, x_m, y_m), zone in zip(track.tolist(), zones.tolist(), strict=True)
    ]


def closed(rules: float, model: float, oracle: float) -> float:
    """The share of the way from the rules to the oracle that a model goes."""
    return (model - rules) / (oracle - rules)

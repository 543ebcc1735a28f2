"""What one anchor's measurements leave over from the law, smoothed in between."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from edge_agent.calibration import Left
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]

# What a survey adds to the law, as a Gaussian process: shadows of 4 dB that reach about 4 m
# (shelving and desks; on the office and the library, 1.5 to 6 m and 3 to 5 dB differ by 5 % at
# most), and 3 dB that two measurements at one place months apart differ by.
SHADOW_SD_DB: Final = 4.0
SHADOW_REACH_M: Final = 4.0
REPEAT_SD_DB: Final = 3.0

# Levels this far apart in the process share nothing.
LEVEL_APART_M: Final = 1_000.0


class Shadow:
    """What one anchor's measurements leave over: simple kriging with an exponential kernel.

    (Rasmussen and Williams, Gaussian Processes for Machine Learning, eq. 2.25, 4.14 with nu 1/2
    and, for the left-out residuals, 5.12.)
    """

    def __init__(self, measured_m: Floats, left_db: Floats, variance_db: Floats) -> None:
        self._measured_m = measured_m
        noise = np.diag(variance_db + REPEAT_SD_DB**2)
        self._inverse = np.linalg.inv(covariance(measured_m, measured_m) + noise)
        self._pull = self._inverse @ left_db

    @classmethod
    def of(cls, left: Sequence[Left], floor_map: FloorMap) -> "Shadow":
        """The shadow that a calibration holds for one anchor."""
        xy_m = np.array([(one.x_m, one.y_m) for one in left])
        level_index = [floor_map.level_index(one.level) for one in left]
        left_db = np.array([one.left_db for one in left])
        variance_db = np.array([one.variance_db for one in left])
        return cls(places_m(xy_m, level_index), left_db, variance_db)

    def at(self, wanted_m: Floats) -> Floats:
        """The shadow in dB at each place (n, 3)."""
        shadow_db: Floats = covariance(wanted_m, self._measured_m) @ self._pull
        return shadow_db

    def unknown_share(self, wanted_m: Floats) -> Floats:
        """How much of the law's variance is left at each place (n, 3).

        1 far from every measurement; what two measurements at one place differ by stays.
        """
        near = covariance(wanted_m, self._measured_m)
        known = ((near @ self._inverse) * near).sum(1)
        share: Floats = 1 - known / (SHADOW_SD_DB**2 + REPEAT_SD_DB**2)
        return share

    def left_out_db(self) -> Floats:
        """What each measurement differs by from what all others say."""
        left_out_db: Floats = self._pull / np.diag(self._inverse)
        return left_out_db

    def left_out(self) -> Floats:
        """The same in the standard deviations that this process expects."""
        left_out: Floats = self._pull / np.sqrt(np.diag(self._inverse))
        return left_out


def covariance(one_m: Floats, other_m: Floats) -> Floats:
    """(n, k) in dB squared between two sets of places."""
    apart_m = np.sqrt(((one_m[:, None] - other_m[None]) ** 2).sum(2))
    shared_db: Floats = SHADOW_SD_DB**2 * np.exp(-apart_m / SHADOW_REACH_M)
    return shared_db


def places_m(xy_m: Floats, level_index: npt.ArrayLike) -> Floats:
    """(n, 3) places in which levels are far apart."""
    return np.column_stack([xy_m, LEVEL_APART_M * np.asarray(level_index, float)])

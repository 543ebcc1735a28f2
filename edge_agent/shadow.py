"""What one anchor's measurements leave over from the law, smoothed in between."""

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# What a survey adds to the law, as a Gaussian process: shadows of 4 dB that reach about 4 m
# (shelving and desks; on the office and the library, 1.5 to 6 m and 3 to 5 dB differ by 5 % at
# most), and 3 dB that two measurements at one place months apart differ by.
SHADOW_SD_DB: Final = 4.0
SHADOW_REACH_M: Final = 4.0
REPEAT_SD_DB: Final = 3.0


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

    def at(self, wanted_m: Floats) -> Floats:
        """The shadow in dB at each place (n, 3)."""
        shadow_db: Floats = covariance(wanted_m, self._measured_m) @ self._pull
        return shadow_db

    def left_out_db(self) -> Floats:
        """What each measurement differs by from what all others say."""
        left_out_db: Floats = self._pull / np.diag(self._inverse)
        return left_out_db


def covariance(one_m: Floats, other_m: Floats) -> Floats:
    """(n, k) in dB squared between two sets of places."""
    apart_m = np.sqrt(((one_m[:, None] - other_m[None]) ** 2).sum(2))
    shared_db: Floats = SHADOW_SD_DB**2 * np.exp(-apart_m / SHADOW_REACH_M)
    return shared_db

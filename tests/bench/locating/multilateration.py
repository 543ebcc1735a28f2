"""Multilateration by weighted least squares, and a Kalman filter that walks at constant speed."""

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Steps of Levenberg and Marquardt; the first few settle to a centimetre.
STEPS: Final = 10
DAMPING: Final = 0.01
DISTANCE_MIN_M: Final = 0.5

# A walker's acceleration, m/s^2, and what a solution is wrong by, m. Of 0.2 / 3, 0.3 / 2 and
# 0.5 / 1.5 none is best everywhere; they differ by 5 %.
ACCELERATION_SD: Final = 0.3
SOLUTION_SD_M: Final = 2.0
SPEED_SD_M_PER_S: Final = 1.0

ONE_SECOND: Final[Floats] = np.eye(4) + np.eye(4, k=2)
PUSH: Final[Floats] = np.kron(np.array([[0.25, 0.5], [0.5, 1.0]]), np.eye(2))


def solved(place_m: Floats, range_m: Floats, height_m: float, start_m: Floats) -> Floats:
    """The point (2,) whose distances to `place_m` (k, 3) are most like `range_m` (k,).

    Weights fall with the range, as its error grows with it.
    """
    point_m = start_m.copy()
    weight = 1 / np.maximum(range_m, DISTANCE_MIN_M)
    up_m = place_m[:, 2] - height_m
    for _ in range(STEPS):
        away_m = point_m - place_m[:, :2]
        distance_m = np.maximum(np.hypot(np.hypot(*away_m.T), up_m), DISTANCE_MIN_M)
        slope = away_m / distance_m[:, None]
        normal = slope.T @ (slope * weight[:, None])
        damping = DAMPING * max(float(normal.trace()), 1e-6) * np.eye(2)
        missing_m = range_m - distance_m
        point_m += np.linalg.solve(normal + damping, slope.T @ (weight * missing_m))
    return point_m


class Kalman:
    """Position and speed of one tag; a step is one second."""

    def __init__(self, point_m: Floats) -> None:
        self._state = np.append(point_m, [0.0, 0.0])
        self._covariance = np.diag([SOLUTION_SD_M**2] * 2 + [SPEED_SD_M_PER_S**2] * 2)

    def step(self, point_m: Floats | None) -> Floats:
        """One second later, with a solution or without."""
        self._state = ONE_SECOND @ self._state
        moved = ONE_SECOND @ self._covariance @ ONE_SECOND.T
        self._covariance = moved + ACCELERATION_SD**2 * PUSH
        if point_m is not None:
            spread = self._covariance[:2, :2] + SOLUTION_SD_M**2 * np.eye(2)
            gain = self._covariance[:, :2] @ np.linalg.inv(spread)
            self._state = self._state + gain @ (point_m - self._state[:2])
            self._covariance = self._covariance - gain @ self._covariance[:2]
        return self._state[:2]

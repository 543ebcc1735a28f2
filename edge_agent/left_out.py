"""What a posterior would be without one of the anchors that it was last weighed with.

    p(cell | all but a) ~ p(cell | all) / likelihood of a's reading

(the cavity of expectation propagation: Minka, UAI 2001). One second is undone and no more: what the
anchor said before is still in the prior; and an error that it repeats is taken for new. So this
is the pull of one second, not of one anchor.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from edge_agent.belief import Reading
from edge_agent.radio_map import RadioMap

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# Cells with less than this share of the best one's probability are left alone: a single reading
# at most multiplies them by some hundred.
CELL_SHARE_MIN: Final = 1e-5


class LeftOut:
    """One tag's second, each of its anchors left out in turn.

    Args:
        radio_map: in the grid's order.
        posterior: (cells,) of the grid, offsets summed out.
        readings: what the posterior was last weighed with.
        offset_db: the tag's.
        nu: Student-t degrees of freedom of the locator.
        temper: the power of its likelihood.
    """

    def __init__(
        self,
        radio_map: RadioMap,
        posterior: npt.NDArray[np.float32],
        readings: Sequence[Reading],
        offset_db: float,
        *,
        nu: float,
        temper: float,
    ) -> None:
        self.cells: Indices = np.flatnonzero(posterior > CELL_SHARE_MIN * posterior.max())
        """Those that matter, positions in the grid."""
        self.full: Floats = posterior[self.cells].astype(np.float64)
        """(cells,), sums to 1."""
        self.full /= self.full.sum()
        rows = np.array([reading.anchor for reading in readings], np.int64)
        counts = np.array([reading.count for reading in readings], float)
        heard_dbm = np.array([reading.rssi_dbm for reading in readings], float)
        here = np.ix_(rows, self.cells)
        self.expected_dbm: Floats = radio_map.expected_dbm[here].astype(np.float64) + offset_db
        """(readings, cells), with the tag's own offset."""
        map_sd_db = np.broadcast_to(radio_map.map_sd_db, radio_map.expected_dbm.shape)[here]
        fading: Floats = radio_map.fading_sd_db**2 / counts[:, None]
        self.variance_db: Floats = map_sd_db * map_sd_db.astype(np.float64) + fading
        """(readings, cells), dB squared, of each reading."""
        misfit = (heard_dbm[:, None] - self.expected_dbm) ** 2 / (nu * self.variance_db)
        logs = -0.5 * (np.log(self.variance_db) + (nu + 1) * np.log1p(misfit)) * temper
        rest = np.log(self.full) - logs
        rest -= rest.max(1, keepdims=True)
        self.without: Floats = np.exp(rest)
        """(readings, cells): the posterior without each; rows sum to 1."""
        self.without /= self.without.sum(1, keepdims=True)

"""One look at one tag's second: what each anchor read, and what the others make likely it should.

The locator's own posterior will not do: it was dragged along by the anchor in question, for as long
as that was wrong. So the tag is placed anew, from this second alone, without that anchor and
without those that are doubted already; of the locator only the neighbourhood is taken.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from edge_agent.anchor_pattern import parts_of
from edge_agent.anchor_record import Misfits
from edge_agent.belief import Reading
from edge_agent.radio_map import RadioMap
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# A place from one second is good to some 3 m; finer cells cost and tell nothing.
CELL_M: Final = 1.0
# How far off the locator may be with one anchor wrong, one standard deviation; 4 m lets a moved
# anchor drag its neighbours into doubt, beyond 12 m another aisle may look the same.
NEIGHBOURHOOD_M: Final = 12.0
# Places from fewer anchors than this are a line or a pair of points.
OTHERS_MIN: Final = 3
# Below, only a reading's lucky packets are heard: its mean is too high.
WEAK_DBM: Final = -85.0
# An anchor that expects this much hears: 18 dB above what receivers need.
NEAR_DBM: Final = -78.0
# The others' likelihood: tails heavier than the locator's, as one of them may be wrong, too; and
# tempered, as they err together.
NU: Final = 4.0
TEMPER: Final = 0.8
# What one look may tell of a tag's own offset.
OFFSET_MISFIT_MAX_DB: Final = 15.0


class Looker:
    """Looks at tags of one store."""

    def __init__(self, floor_map: FloorMap, grid: FloorGrid, radio_map: RadioMap) -> None:
        key = np.column_stack([grid.level_index, np.floor(grid.xy_m / CELL_M)])
        cells = np.sort(np.unique(key, axis=0, return_index=True)[1])
        places = [floor_map.place(name) for name in radio_map.anchor_ids]
        map_sd_db = np.broadcast_to(radio_map.map_sd_db, radio_map.expected_dbm.shape)
        self._xy_m = grid.xy_m[cells]
        self._level = grid.level_index[cells]
        self._expected_dbm: Floats = radio_map.expected_dbm[:, cells].astype(np.float64)
        self._variance: Floats = map_sd_db[:, cells].astype(np.float64) ** 2
        self._fading = radio_map.fading_sd_db**2
        self._places_m = np.array([place[:2] for place in places], float)
        self._on_level = np.array([floor_map.level_index(place[3]) for place in places])
        self.is_beacon: Flags = np.arange(len(places)) >= len(floor_map.anchors)
        """(anchors,)"""

    def look(
        self,
        readings: Sequence[Reading],
        near_m: Floats,
        level: int,
        offset_db: float,
        doubted: Flags,
    ) -> tuple[Misfits, float] | None:
        """The misfits of one second, and by how much the tag's offset seems to differ.

        None where too few anchors that are not doubted heard the tag.

        Args:
            readings: the second's.
            near_m: where the locator has the tag, (2,).
            level: on which level, position in the map's.
            offset_db: of the tag.
            doubted: (anchors,) not to be believed.
        """
        rows = np.array([reading.anchor for reading in readings], np.int64)
        trust = ~doubted[rows]
        if trust.sum() <= OTHERS_MIN:
            return None
        away_m2 = ((self._xy_m - near_m) ** 2).sum(1)
        cells = np.flatnonzero((away_m2 < (1.5 * NEIGHBOURHOOD_M) ** 2) & (self._level == level))
        every_dbm = self._expected_dbm[:, cells] + offset_db
        expected_dbm = every_dbm[rows]
        heard_dbm = np.array([reading.rssi_dbm for reading in readings])
        counts = np.array([reading.count for reading in readings])
        variance = self._variance[np.ix_(rows, cells)] + self._fading / counts[:, None]
        logs = trust[:, None] * log_likelihood(heard_dbm[:, None] - expected_dbm, variance)
        logs_all = logs.sum(0) - 0.5 * away_m2[cells] / NEIGHBOURHOOD_M**2
        without = np.exp(logs_all - logs - (logs_all - logs).max(1, keepdims=True))
        without /= without.sum(1, keepdims=True)
        mean_dbm = (without * expected_dbm).sum(1)
        spread = (without * (expected_dbm - mean_dbm[:, None]) ** 2).sum(1)
        total = (without * variance).sum(1) + spread
        misfit_db = heard_dbm - mean_dbm
        weight = trust / total
        clipped_db = np.clip(misfit_db, -OFFSET_MISFIT_MAX_DB, OFFSET_MISFIT_MAX_DB)
        shift_db = float(weight @ clipped_db / weight.sum())
        kept = (mean_dbm > WEAK_DBM) & (self._on_level[rows] == level)
        aside_m = without @ self._xy_m[cells] - self._places_m[rows]
        found = Misfits(
            rows[kept],
            parts_of(aside_m[kept, 0], aside_m[kept, 1]),
            misfit_db[kept],
            total[kept],
            (without @ every_dbm.T - mean_dbm[:, None])[kept],
        )
        return found, shift_db

    def due(
        self, readings: Sequence[Reading], near_m: Floats, level: int, offset_db: float
    ) -> tuple[Flags, Flags]:
        """(anchors,) who should hear the tag at `near_m`, and who did.

        Only of a kind that heard it at all: where Pis hear tags, no beacon is missed.
        """
        heard = np.zeros(len(self.is_beacon), bool)
        heard[[reading.anchor for reading in readings]] = True
        away_m2 = ((self._xy_m - near_m) ** 2).sum(1) + 1e6 * (self._level != level)
        expected_dbm = self._expected_dbm[:, int(away_m2.argmin())] + offset_db
        same = np.isin(self.is_beacon, self.is_beacon[heard])
        return (expected_dbm > NEAR_DBM) & same, heard


def log_likelihood(misfit_db: Floats, variance: Floats) -> Floats:
    """Student-t in dB, tempered."""
    grown = np.log1p(misfit_db**2 / (NU * variance))
    result: Floats = -0.5 * TEMPER * (np.log(variance) + (NU + 1) * grown)
    return result

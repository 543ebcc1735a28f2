"""How many anchors a tag could hear, or be heard by, from each cell: what makes far cells unlikely.

A tag far from everything that reads much stronger would explain every anchor that was heard, were
it not that from where it is so many others would be heard too. By Bayes, a packet of anchor a with
reading y has the likelihood N(y; expected_a + offset) / sum_b P(b is audible from there): the sum
is this module's. It asks nothing of silence: lost packets and vanished anchors are no evidence.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from edge_agent.radio_map import RadioMap

Masses = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]

# Half of the packets at this level are lost (library, malls: from -90 to -96 dBm by phone), and how
# gradually: one standard deviation, of receivers, postures and fading together. -97 to -90 dBm and
# 6 to 9 dB differ by 3 % on the malls; 4 dB costs 15 %.
AUDIBLE_DBM: Final = -93.0
AUDIBLE_SD_DB: Final = 9.0
# Anchors that may be heard anywhere, by reflection or a map that errs: a cell from which nothing
# should be heard must not win by that. 1 to 3 differ by 2 %; 0.3 costs 10 %.
STRAY_ANCHORS: Final = 3.0
# The logistic curve that is within 1 % of the normal distribution's.
LOGISTIC: Final = 1.702
# Packets of one second share a place and a posture: their sums count as one packet's. The whole of
# each is too sure (mall_f2 radii .27), nothing loses the mall (median 9.7 m to 21.7 m).
POWER: Final = 0.5
READINGS_MAX: Final = 2
# Offsets of which the table has a row; in between it is straight to 0.02.
OFFSETS_DB: Final = np.arange(-30.0, 30.1, 3.0, dtype=np.float32)


class Audibility:
    """A table by offset and cell; memory 84 bytes a cell."""

    def __init__(self, radio_map: RadioMap) -> None:
        scale = np.float32(LOGISTIC / AUDIBLE_SD_DB)
        over = (radio_map.expected_dbm - np.float32(AUDIBLE_DBM)) * scale
        rows = [(1 / (1 + np.exp(-over - offset_db * scale))).sum(0) for offset_db in OFFSETS_DB]
        self._log: Masses = np.log(np.stack(rows) + np.float32(STRAY_ANCHORS))
        self._cells_count = over.shape[1]

    def log(self, offset_db: Masses, readings_count: int, cells: Indices) -> Masses:
        """What being there says against hearing just these: the logarithm to take off.

        Args:
            offset_db: of a tag that is in each of `cells`; beyond the table as at its end.
            readings_count: how many anchors were heard.
            cells: where.
        """
        step_db = OFFSETS_DB[1] - OFFSETS_DB[0]
        place = (offset_db - OFFSETS_DB[0]) / step_db
        np.clip(place, 0, len(OFFSETS_DB) - 1, out=place)
        below = np.minimum(place.astype(np.int64), len(OFFSETS_DB) - 2)
        place -= below
        where = below * self._cells_count + cells
        log: Masses = self._log.take(where)
        log += place * (self._log.take(where + self._cells_count) - log)
        log *= np.float32(POWER * min(readings_count, READINGS_MAX))
        return log

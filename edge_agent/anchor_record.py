"""What is remembered of how each anchor's readings miss the radio map: sums, and no tag's name."""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.anchor_pattern import PARTS

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# A fault must show within ten minutes: by then four fifths of what counts is new. At half of it, a
# corner that few pass is never sure.
RECENT_TAU_S: Final = 360.0
# What is normal at an anchor is forgotten within days: shelves move.
NORMAL_TAU_S: Final = 24 * 3600.0
# From then on normal is what was learnt, not what the radio map says: an hour brings some thirty
# shoppers past every anchor.
LEARNT_S: Final = 3600.0
# Beyond, a packet tells of a person in front, not of the anchor; swapped ones differ by up to 25.
MISFIT_MAX_DB: Final = 25.0
# What is left of what the others showed, once one anchor is found to have misled them.
KEPT_SHARE: Final = 0.2
# Beyond so many anchors (9 MB) which one another is swapped with is not told: the table is square.
SWAP_ANCHORS_MAX: Final = 300
# A radio's share of seconds with a packet is learnt, from so many heard and missed.
HEARD_PRIOR: Final = (6.0, 4.0)
# A tag behind a person is not heard for seconds: no single one is surprising beyond this share.
HEARD_SHARE_MAX: Final = 0.7
# From here on (nats) a silence is no lost packet, and must not become normal.
SILENT_LEARN_MAX: Final = 4.0


class Misfits(msgspec.Struct, frozen=True):
    """How far one tag's readings of one second lie from what the other anchors make likely."""

    anchor: Indices
    """(readings,) rows of the radio map."""
    part: Indices
    """(readings,) where around the anchor the tag was (`anchor_pattern`)."""
    misfit_db: Floats
    """(readings,)"""
    variance: Floats
    """(readings,) of each, dB squared."""
    others_db: Floats
    """(readings, anchors): what it would be, hung at each anchor's place."""


class AnchorRecord:
    """All anchors' sums, a row each; at most 9 MB for which is which, and 1 kB an anchor."""

    def __init__(self, anchors_count: int) -> None:
        shape = (anchors_count, PARTS)
        self.recent_weight: Floats = np.zeros(shape)
        """Sum of 1 / variance (dB^-2) of late."""
        self._recent_sum: Floats = np.zeros(shape)
        self._normal_weight: Floats = np.zeros(shape)
        self._normal_sum: Floats = np.zeros(shape)
        self._learnt_s: Floats = np.zeros(anchors_count)
        others_count = anchors_count if anchors_count <= SWAP_ANCHORS_MAX else 0
        self._other_sum = np.zeros((anchors_count, PARTS, others_count), np.float32)
        self._heard: Floats = np.tile(HEARD_PRIOR, (anchors_count, 1))
        self.silent_nats: Floats = np.zeros(anchors_count)
        """How surprising it is that nothing was heard since the last packet."""

    def recent_db(self, anchor: int) -> Floats:
        """(parts,) mean misfit of late; 0 where none."""
        mean_db: Floats = self._recent_sum[anchor] / tiny(self.recent_weight[anchor])
        return mean_db

    def normal(self, anchor: int) -> tuple[Floats, Floats]:
        """(parts,) weight and mean misfit of what was learnt as normal; 0 until enough was."""
        if self._learnt_s[anchor] < LEARNT_S:
            return np.zeros(PARTS), np.zeros(PARTS)
        weight = self._normal_weight[anchor]
        return weight, self._normal_sum[anchor] / tiny(weight)

    def others_db(self, anchor: int) -> Floats:
        """(anchors, parts) what the recent misfits would be, hung at each anchor's place.

        Without a row where there are too many anchors.
        """
        mean_db: Floats = self._other_sum[anchor].T / tiny(self.recent_weight[anchor])
        return mean_db

    def take(self, found: Misfits) -> None:
        """Add the misfits of one tag's second."""
        clipped_db = np.clip(found.misfit_db, -MISFIT_MAX_DB, MISFIT_MAX_DB)
        kept_db = found.others_db[:, : self._other_sum.shape[2]]
        others_db = np.clip(kept_db, -MISFIT_MAX_DB, MISFIT_MAX_DB)
        where = (found.anchor, found.part)
        np.add.at(self.recent_weight, where, 1 / found.variance)
        np.add.at(self._recent_sum, where, clipped_db / found.variance)
        np.add.at(self._other_sum, where, (others_db / found.variance[:, None]).astype(np.float32))

    def hear(self, is_due: Flags, is_heard: Flags) -> None:
        """Add who was heard, and who should have been."""
        missed = is_due & ~is_heard
        share = np.minimum(self._heard[:, 0] / self._heard.sum(1), HEARD_SHARE_MAX)
        self.silent_nats[is_heard] = 0.0
        self.silent_nats[missed] -= np.log1p(-share[missed])
        self._heard[is_due & is_heard, 0] += 1
        self._heard[missed & (self.silent_nats < SILENT_LEARN_MAX), 1] += 1

    def discard(self, rows: Flags) -> None:
        """Forget most of what was seen of late of these anchors: another one had misled it."""
        self.recent_weight[rows] *= KEPT_SHARE
        self._recent_sum[rows] *= KEPT_SHARE
        self._other_sum[rows] *= np.float32(KEPT_SHARE)

    def age(self, seconds_s: float, learns: Flags) -> None:
        """Let time pass; what fades from the recent sums of those who learn becomes normal."""
        kept = float(np.exp(-seconds_s / RECENT_TAU_S))
        old = float(np.exp(-seconds_s / NORMAL_TAU_S))
        fresh = (1 - kept) * learns[:, None]
        self._learnt_s += seconds_s * learns
        self._normal_weight = self._normal_weight * old + fresh * self.recent_weight
        self._normal_sum = self._normal_sum * old + fresh * self._recent_sum
        self.recent_weight *= kept
        self._recent_sum *= kept
        self._other_sum *= np.float32(kept)
        self._heard = np.maximum(self._heard * old, HEARD_PRIOR)


def tiny(weight: Floats) -> Floats:
    """`weight`, never 0."""
    result: Floats = np.maximum(weight, 1e-12)
    return result

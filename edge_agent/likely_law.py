"""The path loss that walking makes likely, once it is known about where the tags were."""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.hindsight import Walked
from edge_agent.path_loss import EXPONENT_SD, FIT_NU, LOSS_SHARE_SD, Fit, PathLoss, Rays
from edge_agent.radio_map import RadioMap

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# Priors, one standard deviation. A store's typical power and its tags' kind may differ from the
# prior's by as much as phones do; beyond that its anchors, of one make, differ by less than those
# of different makes (path_loss.POWER_SD_DB), and in how fast they fade by the rooms they hang in.
# Of the own ones, half and 1.5 times as much change the office by less than 0.1 m.
TYPICAL_POWER_SD_DB: Final = 8.0
OWN_POWER_SD_DB: Final = 4.0
OWN_EXPONENT_SD: Final = 0.25
TAG_SD_DB: Final = 8.0
# By kind: typical power, own power, typical exponent, own exponent, loss share, tag's offset.
PRIOR_SDS: Final = (
    *(TYPICAL_POWER_SD_DB, OWN_POWER_SD_DB, EXPONENT_SD, OWN_EXPONENT_SD),
    *(LOSS_SHARE_SD, TAG_SD_DB),
)
# A reading is a third of an independent one: a walker meets a new shadow every few seconds.
READING_SHARE: Final = 0.3
# Cells that hold less than this of the best one's posterior say nothing: nine tenths of them.
CELL_SHARE_MIN: Final = 1e-4

# Each reading depends on one parameter of each kind, times 1, the decades of distance or the loss.
FACTOR_OF: Final = np.array([0, 0, 1, 1, 2, 0])
# Where the product of two of these three factors stands among the moments.
MOMENT_OF: Final = np.array([[0, 1, 2], [1, 3, 4], [2, 4, 5]])[np.ix_(FACTOR_OF, FACTOR_OF)]


class Moments(msgspec.Struct, frozen=True, eq=False):
    """One second's readings, with the weighted moments of their rays over all places."""

    anchor: Indices
    tag: Indices
    rssi_dbm: Floats
    moments: Floats
    """(readings, 6): the sums of weight times each product of two factors."""
    square_db: Floats
    """(readings,): the mean squared misfit, less what the packets' own spread explains of it."""


class Evidence:
    """What walked pieces say of the law: the moments of all their readings.

    Args:
        seen: rays to each cell.
        radio_map: by which the pieces were looked for.
        offsets_db: (tags,)
    """

    def __init__(self, seen: Rays, radio_map: RadioMap, offsets_db: Floats) -> None:
        self._decades_db = seen.decades_db.astype(np.float32)
        self._loss_db = seen.loss_db.astype(np.float32)
        self._radio_map = radio_map
        self._offsets_db = offsets_db
        self._parts: list[Moments] = []

    def add(self, walked: Walked) -> None:
        """Take a piece in."""
        for second, readings in enumerate(walked.piece.seconds):
            if readings:
                self._parts.append(self._moments(walked, second))

    def _moments(self, walked: Walked, second: int) -> Moments:
        """Expectation over the places, with the weights of a Student-t.

        (McLachlan and Krishnan, The EM Algorithm and Extensions, section 2.6.)
        """
        readings = walked.piece.seconds[second]
        anchor = np.array([reading.anchor for reading in readings])
        rssi_dbm = np.array([reading.rssi_dbm for reading in readings])
        count = np.array([reading.count for reading in readings])
        posterior = walked.smoothed[second]
        cells = np.flatnonzero(posterior > CELL_SHARE_MIN * posterior.max())
        share = posterior[cells] / posterior[cells].sum()
        here = np.ix_(anchor, cells)
        left_dbm = rssi_dbm[:, None] - self._offsets_db[walked.piece.tag]
        square = (left_dbm - self._radio_map.expected_dbm[here]) ** 2
        packets_db = self._radio_map.fading_sd_db**2 / count[:, None]
        variance = self._radio_map.map_sd_db[here] ** 2 + packets_db
        weight = READING_SHARE * share * (FIT_NU + 1) / (FIT_NU * variance + square)
        decades, loss = self._decades_db[here], -self._loss_db[here]
        one = np.ones_like(decades)
        products = (one, decades, loss, decades**2, decades * loss, loss**2)
        return Moments(
            anchor=anchor,
            tag=np.full(len(anchor), walked.piece.tag),
            rssi_dbm=rssi_dbm,
            moments=np.column_stack([(weight * product).sum(1) for product in products]),
            square_db=(square * without(share, square / (FIT_NU * variance))).sum(1)
            - packets_db[:, 0],
        )

    @property
    def misfit_db(self) -> float:
        """How wrong the map is at a place: the root mean square over all readings."""
        squares = np.concatenate([part.square_db for part in self._parts])
        return float(np.sqrt(max(squares.mean(), 0.0)))

    def seconds_heard(self, anchors_count: int) -> Indices:
        """(anchors,) in how many seconds each was heard."""
        return np.bincount(
            np.concatenate([part.anchor for part in self._parts]), None, anchors_count
        )

    def fit(self, prior: PathLoss) -> Fit:
        """The most likely law and offsets, whose mean belongs to the powers."""
        parts = self._parts
        anchor = np.concatenate([part.anchor for part in parts])
        tag = np.concatenate([part.tag for part in parts])
        rssi_dbm = np.concatenate([part.rssi_dbm for part in parts])
        moments = np.concatenate([part.moments for part in parts])
        tags_count = len(self._offsets_db)
        counts = counts_of(len(prior.power_dbm_1m), tags_count)
        typical = np.zeros_like(anchor)
        own = np.column_stack([typical, anchor, typical, anchor, typical, tag])
        columns = np.cumsum([0, *counts[:-1]]) + own
        sums = moments[:, MOMENT_OF[0]] * rssi_dbm[:, None]
        found = solved(prior_mean(prior, tags_count), counts, columns, moments[:, MOMENT_OF], sums)
        power_dbm, own_db, exponent, own_exponent, share, offsets_db = found
        mean_db = float(offsets_db.mean())
        law = PathLoss(power_dbm + own_db + mean_db, exponent + own_exponent, float(share[0]))
        return Fit(law, offsets_db - mean_db)


def without(share: Floats, misfit: Floats) -> Floats:
    """The posterior (readings, cells) had each reading itself not been heard.

    A place is found so that what was heard fits it; only the others say how well it fits.
    """
    rest = np.log(share) + (FIT_NU + 1) / 2 * np.log1p(misfit)
    rest = np.exp(rest - rest.max(1, keepdims=True))
    return np.asarray(rest / rest.sum(1, keepdims=True), float)


def counts_of(anchors_count: int, tags_count: int) -> list[int]:
    """How many parameters there are of each of the six kinds."""
    return [1, anchors_count, 1, anchors_count, 1, tags_count]


def prior_mean(prior: PathLoss, tags_count: int) -> Floats:
    """The parameters that say what `prior` says."""
    typical = prior.exponent.mean()
    own = prior.exponent - typical
    powers_dbm = np.append([0.0], prior.power_dbm_1m)
    return np.concatenate(
        [powers_dbm, [typical], own, [prior.loss_share], np.zeros(tags_count)], dtype=float
    )


def solved(
    centre: Floats, counts: list[int], columns: Indices, moments: Floats, sums: Floats
) -> list[Floats]:
    """The parameters by kind: weighted least squares with normal priors around `centre`.

    Args:
        centre: (parameters,).
        counts: how many of each kind.
        columns: (readings, 6) the parameters that a reading depends on.
        moments: (readings, 6, 6) of their factors.
        sums: (readings, 6) of factor times reading.
    """
    size = len(centre)
    precision = np.repeat(np.array(PRIOR_SDS) ** -2.0, counts)
    pairs = columns[:, :, None] * size + columns[:, None, :]
    normal = np.bincount(pairs.ravel(), moments.ravel(), size**2).reshape(size, size)
    right = np.bincount(columns.ravel(), sums.ravel(), size)
    solution = np.linalg.solve(normal + np.diag(precision), right + precision * centre)
    return np.split(solution, np.cumsum(counts[:-1]))

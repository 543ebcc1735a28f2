"""How probable it is that an anchor is not as the radio map takes it to be, and what it looks like.

Bayes factors of patterns (`anchor_pattern`) against "as it was". All laws are normal, in dB over
the parts of the floor around the anchor: what is normal there is the mean, what maps err by and
what days differ by is the spread.
"""

import math
from typing import Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.anchor_pattern import (
    DIRECTIONS,
    PARTS,
    SECTORS,
    direction,
    moves,
    sides,
    tilt_db,
    turns,
)
from edge_agent.anchor_record import AnchorRecord

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Kind = Literal["weaker", "stronger", "side", "turned", "moved", "swapped", "odd", "silent"]

# What a radio map errs by at an anchor before anything is learnt there: the same everywhere, and
# for each unit of the exponent (path_loss.POWER_SD_DB, EXPONENT_SD). After a survey the means of
# the office's anchors still differ by 1.1 dB.
UNKNOWN_POWER_SD_DB: Final = 5.0
UNKNOWN_EXPONENT_SD: Final = 0.5
MEASURED_POWER_SD_DB: Final = 1.2
MEASURED_EXPONENT_SD: Final = 0.15
# A part of the floor holds several shadows: over it a map errs by this share of what it errs by at
# a place (office: 2.1 of 3.4 dB with what looks err by, library less).
PART_SHARE: Final = 0.5
# What normal drifts by from one ten minutes to the next: crowds, goods, other tags, and in each
# part other shelves visited.
DRIFT_POWER_SD_DB: Final = 0.8
DRIFT_PART_SD_DB: Final = 0.7
# Looks at one tag, a metre apart, share its body; but their variance also holds the map's errors,
# which are counted by part already. The two about cancel: with sound anchors (office, library,
# simulated store) the odds stay below the prior's at 1 as at 1/3.
LOOKS_WORTH: Final = 1.0
# However long it was learnt, normal is known to so much in a part.
NORMAL_PART_SD_DB: Final = 1.0
# Faults are of this size, and a pattern leaves so much over in a part.
FAULT_SD_DB: Final = 9.0
PATTERN_SD_DB: Final = 1.5
# How well the misfits of swapped anchors are foretold by each other's radio maps.
SWAP_SCALE_SD: Final = 0.35
# Each of the two must speak for it by so much (nats): one that was moved to another's place is not
# swapped with it.
SWAP_EACH_MIN: Final = 1.0
# Of all anchors at all times, one in a hundred is wrong and nobody has seen to it. With it, 90 %
# sure takes a Bayes factor of 900.
FAULT_P: Final = 1e-2
PRIOR_ODDS: Final = math.log(FAULT_P / (1 - FAULT_P))
# Each kind of fault is as frequent as the next: power, side or turned, moved, swapped, odd.
KIND_P: Final = 0.2
# Log odds beyond which nothing is to be said.
ODDS_MAX: Final = 30.0


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What one anchor's misfits say."""

    odds: float = PRIOR_ODDS
    """Natural logarithm of the odds that something is wrong."""
    kind: Kind = "odd"
    """What it looks like most."""
    change_db: float = 0.0
    """How much stronger than normal it reads, the mean over the parts of the floor."""
    moved_m: float = 0.0
    towards: str = ""
    """Where it seems to have been moved to, or on which side of it readings differ."""
    other: int = -1
    """Row of the anchor that it seems to be swapped with."""

    @property
    def p(self) -> float:
        """The probability that something is wrong."""
        return 1 / (1 + math.exp(-min(self.odds, ODDS_MAX)))


class Evidence:
    """Weighs misfits; the same for every anchor of a radio map.

    Args:
        map_sd_db: (anchors,) what the radio map errs by from place to place.
        is_beacon: (anchors,) beacons are swapped with beacons, and anchors with anchors.
        is_measured: whether the radio map was fitted on measurements of this site.
    """

    def __init__(
        self, map_sd_db: Floats, is_beacon: npt.NDArray[np.bool_], *, is_measured: bool
    ) -> None:
        self._map_sd_db = map_sd_db
        self._is_beacon = is_beacon
        self._power_sd_db = MEASURED_POWER_SD_DB if is_measured else UNKNOWN_POWER_SD_DB
        self._exponent_sd = MEASURED_EXPONENT_SD if is_measured else UNKNOWN_EXPONENT_SD
        self._tilt_db = tilt_db()
        self._moved_m, self._moves_db = moves()
        self._shapes = np.concatenate([sides(), turns()])
        self._swaps: Floats = np.full((len(map_sd_db), len(map_sd_db)), -ODDS_MAX)
        """Log Bayes factor of each row's misfits, were it hung at each column's place."""

    def of(self, anchor: int, record: AnchorRecord) -> Verdict:
        """The verdict on one anchor."""
        weight = record.recent_weight[anchor]
        seen = np.flatnonzero(weight > 0)
        if not len(seen):
            return Verdict()
        normal_db, spread = self._normal(anchor, *record.normal(anchor))
        spread = spread + DRIFT_POWER_SD_DB**2 + DRIFT_PART_SD_DB**2 * np.eye(PARTS)
        change_db = (record.recent_db(anchor) - normal_db)[seen]
        spread = spread[np.ix_(seen, seen)] + np.diag(1 / (LOOKS_WORTH * weight[seen]))
        return self._weighed(anchor, change_db, spread, seen, record.others_db(anchor)[:, seen])

    def _normal(self, anchor: int, weight: Floats, mean_db: Floats) -> tuple[Floats, Floats]:
        """What is normal in each part, and its covariance: the map's errors, less what was learnt.

        (Rasmussen and Williams, Gaussian Processes for Machine Learning, eq. 2.23, 2.24.)
        """
        prior = (
            self._power_sd_db**2
            + self._exponent_sd**2 * np.outer(self._tilt_db, self._tilt_db)
            + (PART_SHARE * self._map_sd_db[anchor]) ** 2 * np.eye(PARTS)
        )
        seen = np.flatnonzero(weight > 0)
        noise = NORMAL_PART_SD_DB**2 + 1 / (LOOKS_WORTH * weight[seen])
        gain = np.linalg.solve(prior[np.ix_(seen, seen)] + np.diag(noise), prior[seen]).T
        return gain @ mean_db[seen], prior - gain @ prior[seen]

    def _weighed(
        self, anchor: int, change_db: Floats, spread: Floats, seen: Indices, others_db: Floats
    ) -> Verdict:
        """The verdict on how the parts `seen` differ from normal."""
        usual = log_density(change_db[None], inverse(spread, 0.0))[0]
        loose = inverse(spread, PATTERN_SD_DB)
        odd = inverse(spread, FAULT_SD_DB)
        power = log_scaled(change_db, loose, FAULT_SD_DB * np.ones((1, len(seen)))) - usual
        shapes = log_scaled(change_db, loose, FAULT_SD_DB * self._shapes[:, seen]) - usual
        moved = log_density(change_db - self._moves_db[:, seen], loose) - usual
        swapped = self._swapped(anchor, change_db - others_db, loose, others_db, usual)
        groups: dict[Kind, Floats] = {
            "weaker": power,
            "side": shapes,
            "moved": moved,
            "swapped": swapped,
            "odd": log_density(change_db[None], odd) - usual,
        }
        return self._named(change_db, groups)

    def _swapped(
        self, anchor: int, left_db: Floats, loose: Floats, others_db: Floats, usual: float
    ) -> Floats:
        """(anchors,) log Bayes factor of the anchor and each other one having changed places."""
        if not len(others_db):
            return np.full(1, -ODDS_MAX)
        alike = log_scaled(left_db, loose, SWAP_SCALE_SD * others_db) - usual
        unlike = self._is_beacon != self._is_beacon[anchor]
        unlike[anchor] = True
        self._swaps[anchor] = np.where(unlike, -ODDS_MAX, alike)
        one, other = self._swaps[anchor], self._swaps[:, anchor]
        both: Floats = np.where(np.minimum(one, other) < SWAP_EACH_MIN, -ODDS_MAX, one + other)
        return both

    def _named(self, change_db: Floats, groups: dict[Kind, Floats]) -> Verdict:
        """The verdict by each kind's log Bayes factors."""
        weights = {
            kind: math.log(KIND_P / len(factors)) + float(np.logaddexp.reduce(factors))
            for kind, factors in groups.items()
        }
        odds = PRIOR_ODDS + float(np.logaddexp.reduce(list(weights.values())))
        kind = max(weights, key=lambda one: weights[one])
        best = int(groups[kind].argmax())
        mean_db = float(change_db.mean())
        moved_m = self._moved_m[best] if kind == "moved" else np.zeros(2)
        towards = direction(*moved_m) if kind == "moved" else ""
        if kind == "weaker" and mean_db > 0:
            kind = "stronger"
        if kind == "side" and best >= SECTORS:
            kind = "turned"
        if kind == "side":
            towards = DIRECTIONS[best]
        return Verdict(
            odds=min(max(odds, -ODDS_MAX), ODDS_MAX),
            kind=kind,
            change_db=mean_db,
            moved_m=float(np.hypot(*moved_m)),
            towards=towards,
            other=best if kind == "swapped" else -1,
        )


def inverse(spread: Floats, more_sd: float) -> Floats:
    """The precision of a law with covariance `spread`, and `more_sd` of each entry's own."""
    precision = np.linalg.inv(spread + more_sd**2 * np.eye(len(spread)))
    return np.asarray(precision, np.float64)


def log_density(rows_db: Floats, precision: Floats) -> Floats:
    """Of each row (k, n) under a normal law of mean 0, less what all share."""
    squares = np.einsum("ki,ij,kj->k", rows_db, precision, rows_db)
    result: Floats = 0.5 * (np.linalg.slogdet(precision)[1] - squares)
    return result


def log_scaled(rows_db: Floats, precision: Floats, patterns: Floats) -> Floats:
    """The same, each pattern (k, n) added times a standard normal number.

    One row for all patterns (n,) or one for each (k, n). (The matrix determinant lemma, and
    Sherman and Morrison.)
    """
    rows = np.broadcast_to(rows_db, patterns.shape)
    size = np.einsum("ki,ij,kj->k", patterns, precision, patterns)
    match = np.einsum("ki,ij,kj->k", patterns, precision, rows)
    gain: Floats = 0.5 * match**2 / (1 + size) - 0.5 * np.log1p(size)
    return log_density(rows, precision) + gain

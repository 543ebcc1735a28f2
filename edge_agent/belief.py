"""What is believed of one tag: where it is, how it moves, and by how much it reads differently."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.audibility import Audibility
from edge_agent.radio_map import RadioMap

Masses = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

# How much stronger or weaker than the surveying one a tag reads: tags of one kind spread by a few
# dB, kinds by more (library: -2, -1, +16 dB). 6 to 20 make no difference on office and library;
# where few anchors are heard, 10 costs a fifth more (mall_f2): a far tag may read strong.
OFFSET_SD_DB: Final = 6.0
# A hand or a bag may cover a tag: what the offset may change by each second, dB squared. 0.03 dB a
# second; ten times more costs 1 % where nothing covers it.
OFFSET_DRIFT_VARIANCE: Final = 0.001
# Added to offsets while they are moved, so that none is negative.
LIFT_DB: Final = np.float32(100.0)
# No radio reads so differently: farther off, a cell's offset only says that the tag is not there.
OFFSET_MAX_DB: Final = 40.0
# No cell is believed less, far below what leaks there: offsets of cells without mass are noise.
MASS_MIN: Final = np.float32(1e-12)
# Offsets are told in bins of this width, and those less probable than this are not.
OFFSET_BIN_DB: Final = 3.0
OFFSET_TOLD_MIN: Final = 0.01
# The share that changes its pace each second: a pace is kept for half a minute. 0.02 to 0.06 differ
# by 5 % on the library, where nobody walks, and by 1 % elsewhere.
SWITCH: Final = 0.03

# What a radio map errs by lasts where nobody measured, so that seconds are not new evidence each:
# the belief is raised to 1 - 2^-4 before each second's. It makes the self-calibrated office 7 %
# better and its radii honest (.54 to .70), mall_f1 more often right where sure (.74 to .80). 3
# roots leave half as many sure.
DOUBT_ROOTS: Final = 4

# Anchors multiplied before the logarithm is taken: (1 + r^2 / nu sd^2) is below 1e4 for any RSSI
# there is, and single precision ends at 1e38.
PRODUCT_ANCHORS_MAX: Final = 8


class Reading(msgspec.Struct, frozen=True):
    """What one anchor heard of one tag in one second."""

    anchor: int
    """Row of the radio map."""
    rssi_dbm: float
    """Mean over the packets."""
    count: int
    """Packets."""


class Likelihood:
    """How well readings fit each cell: Student-t in dB, tempered.

    Its tails forgive a body in the way; tempering, that anchors err together and again.
    """

    def __init__(self, radio_map: RadioMap, nu: float, temper: float) -> None:
        map_variance = np.asarray(radio_map.map_sd_db, np.float32) ** 2
        self._expected_dbm = radio_map.expected_dbm
        self._map_variance: Masses = map_variance
        self._fading_variance = np.float32(radio_map.fading_sd_db**2)
        self._nu = np.float32(nu)
        self._temper = np.float32(temper)
        self._audibility = Audibility(radio_map)

    def offsets(self, readings: Sequence[Reading]) -> tuple[Masses, Masses]:
        """The offset that readings say a tag has in each cell, and how surely, (cells,) each.

        The second is one over its variance, dB squared.
        """
        pull, precision = np.zeros((2, self._expected_dbm.shape[1]), np.float32)
        for reading in readings:
            sure = self._temper / self._variance(reading)
            precision += sure
            pull += sure * (np.float32(reading.rssi_dbm) - self._expected_dbm[reading.anchor])
        return pull / precision, precision

    def log(self, readings: Sequence[Reading], offset_db: Masses) -> Masses:
        """Logarithm of the likelihood in each cell of a tag that has `offset_db` there (cells,)."""
        total = np.zeros(self._expected_dbm.shape[1], np.float32)
        for first in range(0, len(readings), PRODUCT_ANCHORS_MAX):
            product = np.ones_like(total)
            for reading in readings[first : first + PRODUCT_ANCHORS_MAX]:
                product *= self._misfit(reading, offset_db)
            total += np.log(product, out=product)
        total *= -self._temper * (self._nu + 1) / 2
        total -= self._temper * self._audibility.log(offset_db, len(readings))
        return total

    def _misfit(self, reading: Reading, offset_db: Masses) -> Masses:
        """What the density is the power -(nu + 1) / 2 of, in each cell.

        That is (1 + r^2 / nu sd^2) sd^(2 / (nu + 1)), the sd as a share of the least one.
        """
        variance = self._variance(reading)
        misfit = np.float32(reading.rssi_dbm) - offset_db
        misfit -= self._expected_dbm[reading.anchor]
        misfit *= misfit
        misfit /= self._nu * variance
        misfit += 1
        least = variance.min()
        if variance.max() > least:
            misfit *= (variance / least) ** (1 / (self._nu + 1))
        return misfit

    def _variance(self, reading: Reading) -> Masses:
        """Of a reading's error in each cell, dB squared."""
        variance: Masses = self._map_variance[reading.anchor]
        return variance + self._fading_variance / np.float32(reading.count)


class Belief:
    """One tag's posterior over paces and cells; sums to 1. Each cell has an offset of its own.

    Given the place, the offset is normal: a Kalman filter in each cell, all of one variance
    (Rao-Blackwellised: Doucet et al., UAI 2000), so that no offset lies between two states.
    """

    def __init__(self, paces_count: int, cells_count: int) -> None:
        shape = (paces_count, cells_count)
        self.mass: Masses = np.full(shape, 1 / (paces_count * cells_count), np.float32)
        """(paces, cells); whoever moves it in time puts it back."""
        self.offset_there_db: Masses = np.zeros(cells_count, np.float32)
        """(cells,) of a tag that is there."""
        self.offset_variance = OFFSET_SD_DB**2
        """Given the place."""

    @property
    def pace_weight(self) -> Floats:
        """How probable each pace is (paces,)."""
        weight: Floats = self.mass.sum(1).astype(float)
        return weight

    @property
    def place(self) -> Masses:
        """How probable each cell is (cells,)."""
        place: Masses = self.mass.sum(0)
        return place

    @property
    def offset_db(self) -> float:
        """The mean offset."""
        return float(self.place @ self.offset_there_db)

    @property
    def offsets(self) -> list[tuple[float, float]]:
        """Offsets in dB and how probable each is."""
        place = self.place
        _, state = np.unique(np.rint(self.offset_there_db / OFFSET_BIN_DB), return_inverse=True)
        p = np.bincount(state, place)
        mean_db = np.bincount(state, place * self.offset_there_db) / p
        told = p > OFFSET_TOLD_MIN
        return list(zip(mean_db[told].tolist(), (p[told] / p[told].sum()).tolist(), strict=True))

    def weigh(self, likelihood: Likelihood, readings: Sequence[Reading]) -> None:
        """Take evidence in: first each cell's offset, then how well the readings fit with it."""
        said_db, precision = likelihood.offsets(readings)
        moved_db = said_db - self.offset_there_db
        moved_db *= precision / (precision + np.float32(1 / self.offset_variance))
        self.offset_there_db += moved_db
        np.clip(self.offset_there_db, -OFFSET_MAX_DB, OFFSET_MAX_DB, out=self.offset_there_db)
        log = likelihood.log(readings, self.offset_there_db)
        moved_db *= moved_db
        log -= moved_db * np.float32(0.5 / self.offset_variance)
        log -= log.max()
        self.mass *= np.exp(log, out=log)
        self.mass /= self.mass.sum()
        np.maximum(self.mass, MASS_MIN, out=self.mass)
        self.offset_variance = 1 / (1 / self.offset_variance + float(self.place @ precision))

    def drift(self) -> None:
        """Let pace and offset change."""
        count = len(self.mass)
        share = np.float32(SWITCH / (count - 1))
        every = self.mass.sum(0) * share
        self.mass *= 1 - share * count
        self.mass += every
        self.offset_variance += OFFSET_DRIFT_VARIANCE

    def doubt(self) -> None:
        """Believe less in what was said before, as the same error may say it again.

        (The forgetting factor of Kulhavy and Zarrop, Int. J. Control 58(4), 1993, with a flat
        alternative.)
        """
        root = self.mass
        for _ in range(DOUBT_ROOTS):
            root = np.sqrt(root)
        self.mass /= root
        self.mass /= self.mass.sum()

    def carried(self) -> Masses:
        """What moves with the tag, whatever its pace, (2, cells): itself, and its offset."""
        place = self.place
        return np.stack([place, place * (self.offset_there_db + LIFT_DB)])

    def arrive(self, mass: Masses, carried: Masses) -> None:
        """Take what was moved by a second: (paces, cells) and what `carried` gave."""
        self.mass = mass / mass.sum()
        self.offset_there_db = carried[1] / carried[0] - LIFT_DB

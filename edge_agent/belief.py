"""What is believed of one tag: where it is, how it moves, and by how much it reads differently."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.audibility import Audibility
from edge_agent.blocks import Blocks, Focus
from edge_agent.radio_map import RadioMap

Masses = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# How much stronger or weaker than the surveying one a tag reads: tags of one kind spread by a few
# dB, kinds by more (library: -2, -1, +16 dB). 6 to 20 make no difference on office and library;
# where few anchors are heard, 10 costs a fifth more (mall_f2): a far tag may read strong.
OFFSET_SD_DB: Final = 6.0
# A hand or a bag may cover a tag: what the offset may change by each second, dB squared. 0.03 dB a
# second; ten times more costs 1 % where nothing covers it.
OFFSET_DRIFT_VARIANCE: Final = 0.001
# The pace by which offsets move.
WALK: Final = 1
# Added to offsets while they are moved, so that none is negative.
LIFT_DB: Final = np.float32(100.0)
# No radio reads so differently: farther off, a cell's offset only says that the tag is not there.
OFFSET_MAX_DB: Final = 40.0
# No cell is believed less, far below what leaks there: offsets of cells without mass are noise.
MASS_MIN: Final = np.float32(1e-12)
# Nor does a cell's evidence say less: numbers below 1e-38 take processors a hundred times longer.
LOG_MIN: Final = np.float32(-50.0)
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
        self.nu = np.float32(nu)
        self.temper = np.float32(temper)
        self.audibility = Audibility(radio_map)
        self.fading_variance = np.float32(radio_map.fading_sd_db**2)
        self.expected_dbm: Masses = np.ascontiguousarray(radio_map.expected_dbm, np.float32)
        self.map_variance: Masses = np.asarray(radio_map.map_sd_db, np.float32) ** 2

    def of(self, readings: Sequence[Reading], cells: Indices) -> "Fit":
        """How well these fit `cells`."""
        return Fit(self, readings, cells)


class Fit:
    """Readings against what each of some cells expects."""

    def __init__(self, likelihood: Likelihood, readings: Sequence[Reading], cells: Indices) -> None:
        self._likelihood = likelihood
        self._cells = cells
        rows = np.array([reading.anchor for reading in readings])
        where = (rows * likelihood.expected_dbm.shape[1])[:, None] + cells
        rssi_dbm = np.array([reading.rssi_dbm for reading in readings], np.float32)
        counts = np.array([reading.count for reading in readings], np.float32)
        self._apart_db: Masses = rssi_dbm[:, None] - likelihood.expected_dbm.take(where)
        """(readings, cells) without an offset."""
        self._variance: Masses = likelihood.map_variance.take(where)
        self._variance += (likelihood.fading_variance / counts)[:, None]
        """Of a reading's error in each cell, dB squared."""

    def offsets(self) -> tuple[Masses, Masses]:
        """The offset that readings say a tag has in each cell, and how surely, (cells,) each.

        The second is one over its variance, dB squared.
        """
        sure = self._likelihood.temper / self._variance
        precision: Masses = sure.sum(0)
        sure *= self._apart_db
        pull: Masses = sure.sum(0)
        return pull / precision, precision

    def log(self, offset_db: Masses) -> Masses:
        """Logarithm of the likelihood in each cell of a tag that has `offset_db` there (cells,).

        The density is (1 + r^2 / nu sd^2)^(-(nu + 1) / 2) / sd.
        """
        nu, temper = self._likelihood.nu, self._likelihood.temper
        misfit = self._apart_db - offset_db
        misfit *= misfit
        misfit /= self._variance
        misfit *= 1 / nu
        misfit += 1
        total = log_product(misfit)
        total *= -temper * (nu + 1) / 2
        total -= temper / 2 * log_product(self._variance)
        heard = len(self._variance)
        total -= temper * self._likelihood.audibility.log(offset_db, heard, self._cells)
        return total


def log_product(factors: Masses) -> Masses:
    """The logarithm of the product over rows, (columns,)."""
    firsts = range(0, len(factors), PRODUCT_ANCHORS_MAX)
    products = [factors[first : first + PRODUCT_ANCHORS_MAX].prod(0) for first in firsts]
    total: Masses = np.log(np.stack(products)).sum(0)
    return total


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

    def weigh(self, likelihood: Likelihood, readings: Sequence[Reading], blocks: Blocks) -> None:
        """Take evidence in: first each cell's offset, then how well the readings fit with it."""
        focus = Focus(blocks, self.place)
        fit = likelihood.of(readings, focus.cells)
        said_db, precision = fit.offsets()
        before_db = self.offset_there_db[focus.cells]
        moved_db = said_db - before_db
        moved_db *= precision / (precision + np.float32(1 / self.offset_variance))
        offset_db = np.clip(before_db + moved_db, -OFFSET_MAX_DB, OFFSET_MAX_DB)
        log = fit.log(offset_db)
        self.offset_there_db += focus.spread(offset_db - before_db)
        moved_db *= moved_db
        log -= moved_db * np.float32(0.5 / self.offset_variance)
        log -= log.max()
        np.maximum(log, LOG_MIN, out=log)
        self.mass *= focus.spread(np.exp(log, out=log))
        self.mass /= self.mass.sum()
        np.maximum(self.mass, MASS_MIN, out=self.mass)
        sure = float(self.place[focus.cells] @ precision)
        self.offset_variance = 1 / (1 / self.offset_variance + sure)

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
        root = np.sqrt(self.mass)
        for _ in range(DOUBT_ROOTS - 1):
            np.sqrt(root, out=root)
        self.mass /= root
        self.mass /= self.mass.sum()

    def carried(self) -> Masses:
        """Offsets weighted by where the tag walks (cells,): what moves with it at that pace."""
        carried: Masses = self.mass[WALK] * (self.offset_there_db + LIFT_DB)
        return carried

    def arrive(self, mass: Masses, carried: Masses) -> None:
        """Take what was moved by a second: (paces, cells), and what `carried` gave (cells,)."""
        self.mass = mass / mass.sum()
        self.offset_there_db = carried / mass[WALK] - LIFT_DB

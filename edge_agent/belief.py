"""What is believed of one tag: where it is, and by how much it reads differently."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.radio_map import RadioMap

Masses = npt.NDArray[np.float32]

# How much stronger than the surveying one a tag reads: one phone in the library is 16 dB off, so
# +-18; states 3 dB apart, as 6 and 9 dB cost a fifth of the accuracy where the truth lies between.
OFFSETS_DB: Final = np.arange(-18.0, 18.1, 3.0, dtype=np.float32)
# Tags of one kind spread by a few dB, kinds by more (library: -2, -1, +16 dB).
OFFSET_SD_DB: Final = 8.0
# A hand or a bag may cover a tag: this share of each state moves to each neighbour every second.
# Without any, a state dropped too early never comes back; ten times more costs 6 % on the office.
OFFSET_DRIFT: Final = 1e-4
# A state believed less than this is dropped, unless it lies beside the best: most tags keep 3.
OFFSET_MIN: Final = 1e-3

# Once the belief is this sharp, the states slide towards its mean by this share every second, so
# that a tag whose offset lies between two states is as good as one that lies on a state: 1.3 dB
# beside cost a fifth of the accuracy on the office, and cost 2 % with it.
SHARP_STATES: Final = 4
SHARP_MIN: Final = 0.5
SLIDE: Final = 0.2

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

    Its tails forgive a body in the way; tempering, that anchors err together.
    """

    def __init__(self, radio_map: RadioMap, nu: float, temper: float) -> None:
        self._expected_dbm = radio_map.expected_dbm
        map_sd_db = np.asarray(radio_map.map_sd_db, np.float32)
        self._map_variance: Masses = np.broadcast_to(map_sd_db**2, self._expected_dbm.shape)
        self._fading_variance = np.float32(radio_map.fading_sd_db**2)
        self._nu = np.float32(nu)
        self._power = np.float32(-temper * (nu + 1) / 2)

    def of(self, readings: Sequence[Reading], offsets_db: Masses) -> Masses:
        """(offsets, cells), 1 at the best."""
        shape = (len(offsets_db), self._expected_dbm.shape[1])
        total = np.zeros(shape, np.float32)
        for first in range(0, len(readings), PRODUCT_ANCHORS_MAX):
            product = np.ones(shape, np.float32)
            for reading in readings[first : first + PRODUCT_ANCHORS_MAX]:
                product *= self._misfit(reading, offsets_db)
            total += np.log(product, out=product)
        total *= self._power
        total -= total.max()
        return np.exp(total, out=total)

    def _misfit(self, reading: Reading, offsets_db: Masses) -> Masses:
        """What the density is the power -(nu + 1) / 2 of, per offset and cell.

        That is (1 + r^2 / nu sd^2) sd^(2 / (nu + 1)), the sd as a share of the least one.
        """
        variance = self._map_variance[reading.anchor] + self._fading_variance / reading.count
        heard = np.float32(reading.rssi_dbm) - offsets_db
        misfit: Masses = np.subtract.outer(heard, self._expected_dbm[reading.anchor])
        misfit *= misfit
        misfit /= self._nu * variance
        misfit += 1
        misfit *= (variance / variance.min()) ** (1 / (self._nu + 1))
        return misfit


class Belief:
    """One tag's posterior over offset states and cells; sums to 1."""

    def __init__(self, cells_count: int) -> None:
        prior = np.exp(-0.5 * (OFFSETS_DB / OFFSET_SD_DB) ** 2)
        prior /= prior.sum() * cells_count
        self._first = 0
        self._slid_db = 0.0
        self.mass: Masses = np.repeat(prior[:, None], cells_count, 1).astype(np.float32)
        """(states, cells); whoever moves it in time puts it back."""

    @property
    def offsets_db(self) -> Masses:
        """The offset of each row of `mass`."""
        states_db = OFFSETS_DB[self._first : self._first + len(self.mass)]
        return states_db + np.float32(self._slid_db)

    @property
    def offset_db(self) -> float:
        """The mean offset."""
        return float(self.mass.sum(1) @ self.offsets_db)

    def weigh(self, likelihood: Masses) -> None:
        """Take evidence (states, cells) in."""
        self.mass *= likelihood
        self.mass /= self.mass.sum()

    def drift(self) -> None:
        """Let the offset drift, and keep only the states that matter."""
        believed = self.mass.sum(1)
        self._narrow(believed)
        moved = np.float32(OFFSET_DRIFT) * self.mass
        self.mass[1:] += moved[:-1]
        self.mass[:-1] += moved[1:]
        self.mass /= self.mass.sum()
        believed = self.mass.sum(1)
        if len(believed) <= SHARP_STATES and believed.max() > SHARP_MIN:
            best_db = float(self.offsets_db[believed.argmax()])
            self._slid_db += SLIDE * (self.offset_db - best_db)

    def _narrow(self, believed: Masses) -> None:
        """Keep the states from the first to the last that is believed, and both beside the best."""
        kept = np.flatnonzero(believed > OFFSET_MIN)
        best = int(believed.argmax())
        low, high = int(min(kept[0], best - 1)), int(max(kept[-1], best + 1)) + 1
        low = max(low, -self._first)
        high = min(high, len(OFFSETS_DB) - self._first)
        if low == 0 and high == len(self.mass):
            return
        inside = self.mass[max(low, 0) : high]
        missing = (max(-low, 0), max(high - len(self.mass), 0))
        self.mass = np.pad(inside, (missing, (0, 0)))
        self._first += low

"""Self-calibration: the law of a store from walking that nobody labelled.

Where the tags were and what the law is are found in turn (expectation and maximization: Dempster,
Laird and Rubin, J. R. Stat. Soc. B 39(1), 1977), both by the walls and by how people walk: a walker
who passes an anchor hears it rise and fall. It says too whether to believe it.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.calibration import DEFAULT_MAP_SD_DB, Calibration
from edge_agent.hindsight import Hindsight
from edge_agent.likely_law import Evidence
from edge_agent.path_loss import Fit, PathLoss, Rays, rays
from edge_agent.prediction import Gain, Ratio, ratio
from edge_agent.radio_map import RadioMap
from edge_agent.sighting import Sighting
from edge_agent.unlabelled import PIECE_READINGS_MIN, PIECE_S, Piece, pieces_of
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]

# How much wider than its error the map is taken, round by round: at first a law that is wrong must
# not put anybody in a wrong place with certainty. After six rounds the office's exponents move by
# less than 0.03; eight rounds without widening come to the same error there.
WIDTHS: Final = (3.0, 2.0, 1.4, 1.0, 1.0, 1.0)
# What a reading of unseen walking must gain at least, and how sure that must be. 0.04 is what it
# costs to be wrong by 2 dB (2^2 / 2 x (6^2 + 4^2), the default sds): a law no nearer than that is
# not worth a change. In 122 simulated stores (flats, halls, the office with 12 and with 4 anchors)
# it accepted 37, which took 16 % off their error on average and made none worse by more than 9 %;
# of those it refused, the worst would have become 30 % worse. 0.02 accepts two more.
GAIN_MIN_NATS: Final = 0.04
GAIN_MIN_Z: Final = 3.0
# Against levels that are the same at every place, each law with its honest error. Where walking is
# sparse and a room small, places say little (a 16 m room with six anchors: -0.5 to 0.1 standard
# errors; the office: 8); levels that have no place in them are foreseen worse by a law with places
# than by one without: by 3 to 33.
FLAT_MIN_Z: Final = -1.0
# A typical exponent beyond these is no radio: measured ones lie from 1.6 to 3.5, and waves that a
# corridor guides come to 1.3. Levels without any place in them (constant, random, or the office's
# shuffled) are fitted by 0.1 to 0.25.
EXPONENT_MIN: Final = 1.2
EXPONENT_MAX: Final = 5.0
# Of the variance of a place, what is still the default's: what all anchors are wrong by together
# is taken for another place, so misfits never tell all of it.
DEFAULT_SHARE: Final = 0.25
# Half of the pieces judge what the other half says.
FOLDS: Final = 2


class AnchorChange(msgspec.Struct, frozen=True, kw_only=True):
    """One anchor, before and after."""

    anchor: str
    power_before_dbm: float
    power_after_dbm: float
    exponent_before: float
    exponent_after: float
    heard_s: int
    """Seconds of what was used in which it was heard."""


class SelfCalibration(msgspec.Struct, frozen=True, kw_only=True):
    """What unlabelled walking says, and whether it is believed."""

    calibration: Calibration
    gain: Gain
    """By how much halves of the walking, unseen, were predicted better than by the prior."""
    beyond_flat: Gain
    """By how much better than by levels that are the same at every place."""
    accepted: bool
    anchors: tuple[AnchorChange, ...]
    """In the order of `path_loss.place_ids`."""
    seconds: int
    """Of walking that were used."""

    @property
    def exponent(self) -> float:
        """The anchors' typical one."""
        return float(self.calibration.law.exponent.mean())

    @property
    def falls(self) -> bool:
        """Whether the levels fall with distance as radio does."""
        return EXPONENT_MIN <= self.exponent <= EXPONENT_MAX


class Found(msgspec.Struct, frozen=True, eq=False):
    """What expectation and maximization came to."""

    law: PathLoss
    misfit_db: float
    heard_s: npt.NDArray[np.int64]


class Walking:
    """One store's walking and where it starts from."""

    def __init__(self, floor_map: FloorMap, grid: FloorGrid, prior: Calibration) -> None:
        self._hindsight = Hindsight(floor_map, grid)
        self._seen: Rays = rays(floor_map, grid.xy_m, grid.level_index, prior.tag_height_m)
        self._prior = prior
        self.prior_map = RadioMap.of(prior, floor_map, grid)

    def radio_map(self, law: PathLoss, sd_db: float = DEFAULT_MAP_SD_DB) -> RadioMap:
        """The prior's with another law."""
        return msgspec.structs.replace(
            self.prior_map,
            expected_dbm=law.expected_dbm(self._seen).astype(np.float32),
            map_sd_db=np.full_like(self.prior_map.map_sd_db, sd_db),
            rung="self-calibrated",
        )

    def found(self, pieces: Sequence[Piece]) -> Found:
        """The law that some pieces make likely."""
        offsets_db = np.zeros(1 + max(piece.tag for piece in pieces))
        fit = Fit(self._prior.law, offsets_db)
        for width in WIDTHS[:-1]:
            fit = self._evidence(fit, width * DEFAULT_MAP_SD_DB, pieces).fit(self._prior.law)
        evidence = self._evidence(fit, WIDTHS[-1] * DEFAULT_MAP_SD_DB, pieces)
        law = evidence.fit(self._prior.law).law
        return Found(law, evidence.misfit_db, evidence.seconds_heard(len(law.power_dbm_1m)))

    def _evidence(self, fit: Fit, sd_db: float, pieces: Sequence[Piece]) -> Evidence:
        radio_map = self.radio_map(fit.law, sd_db)
        evidence = Evidence(self._seen, radio_map, fit.offsets_db)
        for walked in self._hindsight.of(radio_map, pieces, fit.offsets_db):
            evidence.add(walked)
        return evidence

    def gains(self, pieces: Sequence[Piece]) -> tuple[Gain, Gain]:
        """How much better each half is predicted by what the other says than by the prior.

        Those with the same error and motion, so that only the laws compete. And how much better
        than by levels that are the same everywhere, each with its own error: a bad prior is beaten
        by anything that is fitted, also by noise.
        """
        prior_map = self.radio_map(self._prior.law)
        parts: list[tuple[Ratio, Ratio]] = []
        for fold in range(FOLDS):
            others = [piece for number, piece in enumerate(pieces) if number % FOLDS != fold]
            unseen = [piece for number, piece in enumerate(pieces) if number % FOLDS == fold]
            found = self.found(others)
            flat = self.flat(others)
            parts.append(
                (
                    ratio(self._hindsight, prior_map, self.radio_map(found.law), unseen),
                    ratio(self._hindsight, self.honest_map(flat), self.honest_map(found), unseen),
                )
            )
        by_prior, by_flat = zip(*parts, strict=True)
        return Ratio.joined(by_prior).gain, Ratio.joined(by_flat).gain

    def honest_map(self, found: Found) -> RadioMap:
        """A law with its own error."""
        return self.radio_map(found.law, honest_sd_db(found.misfit_db))

    def flat(self, pieces: Sequence[Piece]) -> Found:
        """Levels that are the same at every place: each anchor's mean, drawn a little to all."""
        readings = [reading for piece in pieces for second in piece.seconds for reading in second]
        anchor = np.array([reading.anchor for reading in readings])
        rssi_dbm = np.array([reading.rssi_dbm for reading in readings])
        packets = np.array([reading.count for reading in readings])
        count = np.bincount(anchor, minlength=len(self._prior.anchors))
        sums_dbm = np.bincount(anchor, rssi_dbm, len(count))
        level_dbm = (sums_dbm + rssi_dbm.mean()) / (count + 1)
        square_db = (rssi_dbm - level_dbm[anchor]) ** 2 - self._prior.fading_sd_db**2 / packets
        law = PathLoss(level_dbm, np.zeros(len(count)), 0.0)
        return Found(law, float(np.sqrt(max(square_db.mean(), 0.0))), count)


def self_calibrated(
    floor_map: FloorMap,
    grid: FloorGrid,
    prior: Calibration,
    recordings: Sequence[Iterable[Sighting]],
) -> SelfCalibration:
    """What unlabelled recordings of this store say, starting from `prior`.

    Residuals that the prior has beyond its law are not kept.

    Raises:
        ValueError: the prior is of another map, or there is too little walking.
    """
    walking = Walking(floor_map, grid, prior)
    pieces = pieces_of(recordings, walking.prior_map.anchor_ids)
    if len(pieces) < FOLDS:
        msg = (
            f"{len(pieces)} {'stretch' if len(pieces) == 1 else 'stretches'} of walking with "
            f"{PIECE_READINGS_MIN} readings, expected at least {FOLDS}, of up to {PIECE_S} s each; "
            "you: record more"
        )
        raise ValueError(msg)
    gain, beyond_flat = walking.gains(pieces)
    found = walking.found(pieces)
    calibration = Calibration.of_law(
        found.law, floor_map, "self-calibrated", prior.tag_height_m, honest_sd_db(found.misfit_db)
    )
    told = SelfCalibration(
        calibration=msgspec.structs.replace(calibration, fading_sd_db=prior.fading_sd_db),
        gain=gain,
        beyond_flat=beyond_flat,
        accepted=is_gain(gain) and beyond_flat.z >= FLAT_MIN_Z,
        anchors=changes(prior, calibration, found.heard_s),
        seconds=sum(len(piece.seconds) for piece in pieces),
    )
    return msgspec.structs.replace(told, accepted=told.accepted and told.falls)


def is_gain(gain: Gain) -> bool:
    """Whether it is worth a change, and sure."""
    return gain.nats >= GAIN_MIN_NATS and gain.z >= GAIN_MIN_Z


def honest_sd_db(misfit_db: float) -> float:
    """How wrong the map is taken to be at a place."""
    squares = DEFAULT_SHARE * DEFAULT_MAP_SD_DB**2 + (1 - DEFAULT_SHARE) * misfit_db**2
    return float(np.sqrt(squares))


def changes(
    before: Calibration, after: Calibration, heard_s: npt.NDArray[np.int64]
) -> tuple[AnchorChange, ...]:
    """Anchor by anchor."""
    return tuple(
        AnchorChange(
            anchor=old.anchor,
            power_before_dbm=old.power_dbm_1m,
            power_after_dbm=new.power_dbm_1m,
            exponent_before=old.exponent,
            exponent_after=new.exponent,
            heard_s=int(seconds),
        )
        for old, new, seconds in zip(before.anchors, after.anchors, heard_s, strict=True)
    )

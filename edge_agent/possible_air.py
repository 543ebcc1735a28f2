"""What anchors may hear of a tag in a store of which no more is known than a calibration says.

    rssi = expected + wrong(anchor, place) + offset(tag) + fading(packet)

`wrong` is drawn anew for each tag, as if each walked in another store that the calibration fits as
well: where nothing was measured, from the priors of the law's fit (`path_loss`); else as large as
the calibration itself says, the part that repeats at a place in shadows (`shadow`). Nothing here is
fitted to how well any site was located.
"""

from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from edge_agent.calibration import AnchorCalibration, Calibration
from edge_agent.path_loss import EXPONENT_SD, LOSS_SHARE_SD, POWER_SD_DB, Rays, rays
from edge_agent.radio_map import RadioMap
from edge_agent.shadow import REPEAT_SD_DB, SHADOW_REACH_M, SHADOW_SD_DB, places_m
from edge_agent.sighting import Sighting
from edge_agent.simulated_air import SENSITIVITY_DBM, SENSITIVITY_WIDTH_DB, TAG_OFFSET_SD_DB
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# What an anchor gets of a tag near by: a tag that sends three times a second, a third of it lost
# to others' packets (`simulated_air`; the office's anchors get 1.9). One a second, as a phone's
# scan gives, makes the predicted error 9 % (office) to 14 % (library) larger.
PACKETS_PER_S: Final = 2.0
LOST_SHARE: Final = 1 / 3
# Echoes add up differently half a wavelength on (2.4 GHz: 12.5 cm; Clarke, Bell Syst. Tech. J.
# 47, 1968): what two measurements at one place months apart differ by is drawn anew that soon.
ECHO_REACH_M: Final = 0.125
# Waves whose sum stands for a process: 48 and 200 give the same error within 2 %.
WAVES: Final = 48
# An anchor weaker than this everywhere on a walk, or what makes it stronger, is not drawn: the sum
# of all that may be wrong is 9 dB.
UNHEARD_DB: Final = 30.0
# Places beside the floor (a shift of the feet) take the nearest cell.
BESIDE_M: Final = 3.0


class Way(Protocol):
    """Where somebody walks: `store_maps.track.Track`, or a track that is known by the second."""

    def sampled(self, t_s: Floats) -> tuple[Floats, npt.NDArray[np.int32]]:
        """(n, 2) places and (n,) level indices at increasing times (n,)."""


class PossibleAir:
    """The air between one store's anchors and tags that walk it.

    Args:
        floor_map: where the anchors are.
        grid: of the radio map.
        calibration: what is known.
        packets_per_s: what an anchor gets of a tag near by.
        seed: of all chance; another anchor changes nothing for the others.
    """

    def __init__(
        self,
        floor_map: FloorMap,
        grid: FloorGrid,
        calibration: Calibration,
        packets_per_s: float = PACKETS_PER_S,
        seed: int = 1,
    ) -> None:
        self.radio_map = RadioMap.of(calibration, floor_map, grid)
        self._grid = grid
        height_m = calibration.tag_height_m
        self._rays = (
            rays(floor_map, grid.xy_m, grid.level_index, height_m)
            if calibration.rung == "defaults"
            else None
        )
        """To each cell, where the law was never fitted."""
        self._measuring = [measuring_variance(anchor) for anchor in calibration.anchors]
        self._interval_s = (1 - LOST_SHARE) / packets_per_s
        self._seed = seed

    def heard(self, number: int, track: Way, seconds: int) -> list[Sighting]:
        """What all anchors hear of tag `number` in the first seconds of its way, by time."""
        rng = np.random.default_rng([self._seed, number])
        count = int(seconds / self._interval_s)
        sent_s: Floats = (np.arange(count, dtype=np.float64) + rng.random()) * self._interval_s
        xy_m, levels = track.sampled(sent_s)
        cells = self._grid.cell_at(xy_m[:, 0], xy_m[:, 1], levels, within_m=BESIDE_M)
        offset_db = float(rng.normal(0, TAG_OFFSET_SD_DB))
        tilt = float(rng.normal(0, EXPONENT_SD)), float(rng.normal(0, LOSS_SHARE_SD))
        expected_dbm = self.radio_map.expected_dbm[:, cells]
        near = np.flatnonzero(expected_dbm.max(1) > SENSITIVITY_DBM - UNHEARD_DB)
        at_m = places_m(xy_m, levels)
        heard: list[Sighting] = []
        for anchor in near.tolist():
            name = self.radio_map.anchor_ids[anchor]
            own = np.random.default_rng([self._seed, number, *name.encode()])
            wrong_db = self._wrong_db(own, anchor, at_m, cells)
            if self._rays is not None:
                wrong_db += law_wrong_db(tilt, own, self._rays, anchor)[cells]
            fading_db = own.normal(0, self.radio_map.fading_sd_db, count)
            rssi_dbm = np.round(expected_dbm[anchor] + offset_db + wrong_db + fading_db)
            got = np.flatnonzero(own.random(count) < received_p(rssi_dbm))
            pairs = zip(rssi_dbm[got].tolist(), sent_s[got].tolist(), strict=True)
            heard += [Sighting(tag_name(number), name, rssi, t_s) for rssi, t_s in pairs]
        heard.sort(key=lambda sighting: sighting.t_s)
        return heard

    def _wrong_db(
        self,
        rng: np.random.Generator,
        anchor: int,
        at_m: Floats,
        cells: npt.NDArray[np.int32],
    ) -> Floats:
        """What the expectation is wrong by at each place (n, 3), but for a law never fitted.

        A measured map's error is as large as it says itself, less what measuring added to that
        (it comes from left-out measurements): what repeats are known to differ by, and for the
        rest a shadow.
        """
        shadow = process(rng, at_m, SHADOW_REACH_M)
        echo = process(rng, at_m, ECHO_REACH_M)
        if self._rays is not None:
            return SHADOW_SD_DB * shadow + REPEAT_SD_DB * echo
        map_variance = self.radio_map.map_sd_db[anchor, cells].astype(float) ** 2
        repeat_variance = np.minimum(map_variance, REPEAT_SD_DB**2)
        wrong_variance = np.maximum(map_variance - self._measuring[anchor], repeat_variance)
        repeat_db = np.sqrt(repeat_variance)
        rest_db = np.sqrt(wrong_variance - repeat_variance)
        return np.asarray(rest_db * shadow + repeat_db * echo, float)


def measuring_variance(anchor: AnchorCalibration) -> float:
    """What the packets of one measurement leave open, dB squared; 0 where none was made."""
    return float(np.mean([left.variance_db for left in anchor.left])) if anchor.left else 0.0


def tag_name(number: int) -> str:
    """The name of simulated tag `number`."""
    return f"tag-{number:04d}"


def law_wrong_db(
    tilt: tuple[float, float], rng: np.random.Generator, seen: Rays, anchor: int
) -> Floats:
    """(cells,) what a law that nobody measured may be wrong by: the priors of its fit."""
    exponent, share = tilt
    wrong_db = exponent * seen.decades_db[anchor] - share * seen.loss_db[anchor]
    return np.asarray(wrong_db + rng.normal(0, POWER_SD_DB), float)


def received_p(rssi_dbm: Floats) -> Floats:
    """How likely a packet of such strength gets through (`simulated_air`)."""
    edge = np.clip((rssi_dbm - SENSITIVITY_DBM) / SENSITIVITY_WIDTH_DB, -50, 50)
    return np.asarray((1 - LOST_SHARE) / (1 + np.exp(-edge)), float)


def process(rng: np.random.Generator, at_m: Floats, reach_m: float) -> Floats:
    """A Gaussian process of sd 1 at places (n, 3), correlated by exp(-distance / reach).

    Random Fourier features (Rahimi and Recht, NIPS 2007): the spectrum of this kernel is a
    Student-t of one degree of freedom.
    """
    wave = rng.normal(size=(3, WAVES)) / np.abs(rng.normal(size=WAVES)) / reach_m
    phase = rng.uniform(0, 2 * np.pi, WAVES)
    waves: Floats = np.cos(at_m @ wave + phase).sum(1)
    return np.asarray(np.sqrt(2 / WAVES) * waves, float)

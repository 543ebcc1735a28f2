"""Where tags were, by what was heard before and after: the locator, forwards and backwards."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.locator import Locator, LocatorSettings
from edge_agent.path_loss import FIT_NU
from edge_agent.radio_map import RadioMap
from edge_agent.sighting import Sighting
from edge_agent.unlabelled import Piece, Second
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]
Masses = npt.NDArray[np.float32]

# What the posteriors of pieces that are looked for together may take: a Pi has 512 MB in all.
BATCH_BYTES: Final = 64_000_000
# A law without residuals errs by shadows: heavy tails (path_loss.FIT_NU), which come back each
# second; 0.25 to 0.8 differ by 0.06 m on the office.
TEMPER: Final = 0.8
# One second's walk along each axis that joins the two directions, wide as for any map without a
# survey, and what may be anywhere. 0.75 m costs the office 0.08 m.
WALK_SD_M: Final = 1.1
LEAK: Final = 1e-3
SETTINGS: Final = LocatorSettings(nu=FIT_NU, temper=TEMPER, walk_sd_m=WALK_SD_M, leak=LEAK)
# Keeps 0 / 0 out where forwards and backwards exclude each other.
TINY: Final = np.float32(1e-30)


class Walked(msgspec.Struct, frozen=True, eq=False):
    """One piece, and where its tag was."""

    piece: Piece
    predicted: Masses
    """(seconds, cells) by what was heard before each second; even in the first."""
    smoothed: Masses
    """(seconds, cells) by everything."""
    offset_db: Floats
    """(seconds,) by which the tag read stronger, by what was heard before each second."""


class Pass(msgspec.Struct, frozen=True, eq=False):
    """One direction through one piece; it is one tag of the locator."""

    name: str
    seconds: Sequence[Second]
    offset_db: float
    """What is taken off beforehand."""
    posterior: Masses
    """(seconds, cells), to be filled in the pass's own order."""
    left_db: Floats
    """(seconds,): what the locator found of the offset beyond that."""


class Hindsight:
    """Looks for tags on one map's grid.

    The locator is taken as it is, so that what is calibrated is what will use the calibration.
    """

    def __init__(
        self, floor_map: FloorMap, grid: FloorGrid, batch_bytes: int = BATCH_BYTES
    ) -> None:
        self._floor_map = floor_map
        self._grid = grid
        both_ways_bytes = 2 * np.dtype(np.float32).itemsize * grid.cells_count
        self._batch_s = batch_bytes // both_ways_bytes
        self._step = grid.step_matrix(WALK_SD_M, LEAK)

    def of(
        self, radio_map: RadioMap, pieces: Sequence[Piece], offsets_db: Floats
    ) -> Iterator[Walked]:
        """Where the tag of each piece was, by `radio_map`.

        Args:
            radio_map: of this grid; its rows are the readings'.
            pieces: in any order; they come back in another.
            offsets_db: (tags,) how much stronger each reads, as far as is known.
        """
        locator = Locator(self._floor_map, self._grid, radio_map, SETTINGS)
        begin = 0
        for batch in batches(pieces, self._batch_s):
            passes = [
                self._pass(f"{number}{way}", seconds, offsets_db[piece.tag])
                for number, piece in enumerate(batch)
                for way, seconds in (("f", piece.seconds), ("b", piece.seconds[::-1]))
            ]
            begin = run(locator, radio_map.anchor_ids, passes, begin)
            for piece, there, back in zip(batch, passes[::2], passes[1::2], strict=True):
                yield self._walked(piece, there, back)

    def _pass(self, name: str, seconds: Sequence[Second], offset_db: float) -> Pass:
        posterior = np.empty((len(seconds), self._grid.cells_count), np.float32)
        return Pass(name, seconds, offset_db, posterior, np.zeros(len(seconds)))

    def _walked(self, piece: Piece, there: Pass, back: Pass) -> Walked:
        """Two filters make a smoother (Saerkkae, Bayesian Filtering and Smoothing, section 8.3).

        Everywhere is as probable before anything is heard, and the walk is symmetric.
        """
        predicted = np.full_like(there.posterior, 1 / self._grid.cells_count)
        predicted[1:] = self._moved(there.posterior[:-1])
        smoothed = there.posterior.copy()
        smoothed[:-1] *= self._moved(back.posterior[::-1][1:])
        smoothed += TINY
        smoothed /= smoothed.sum(1, keepdims=True)
        left_db = np.append([0.0], there.left_db[:-1])
        return Walked(piece, predicted, smoothed, there.offset_db + left_db)

    def _moved(self, posterior: Masses) -> Masses:
        return self._step.apply(np.ascontiguousarray(posterior.T)).T


def run(locator: Locator, anchor_ids: Sequence[str], passes: Sequence[Pass], begin: int) -> int:
    """Fill `passes`, all at once, from the locator's second `begin` on; when the longest ends."""
    longest = max(len(each.seconds) for each in passes)
    for number in range(longest):
        at_s = float(begin + number + 1)
        live = [each for each in passes if number < len(each.seconds)]
        for each in live:
            locator.observe(sightings(each, number, anchor_ids, at_s))
        locator.step(at_s)
        for each in live:
            each.posterior[number] = locator.posterior(each.name)
            each.left_db[number] = locator.offset_db(each.name)
            if number == len(each.seconds) - 1:
                locator.forget(each.name)
    return begin + longest


def sightings(
    each: Pass, number: int, anchor_ids: Sequence[str], at_s: float
) -> Iterator[Sighting]:
    """The packets of one second, each as strong as their mean."""
    for reading in each.seconds[number]:
        level_dbm = reading.rssi_dbm - each.offset_db
        packet = Sighting(each.name, anchor_ids[reading.anchor], level_dbm, at_s)
        yield from [packet] * reading.count


def batches(pieces: Sequence[Piece], seconds_max: int) -> Iterator[list[Piece]]:
    """Pieces of about one length together, at most `seconds_max` in all, or one."""
    batch: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: len(piece.seconds)):
        if batch and (len(batch) + 1) * len(piece.seconds) > seconds_max:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch

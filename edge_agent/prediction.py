"""Which of two radio maps says better what will be heard next: that needs no label."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.hindsight import Hindsight, Walked
from edge_agent.path_loss import FIT_NU
from edge_agent.radio_map import RadioMap
from edge_agent.unlabelled import Piece

Floats = npt.NDArray[np.float64]

# A tag is found within some seconds; what is predicted before says little about the map.
WARM_UP_S: Final = 5
# Seconds next to each other err together, by the same shadow and the same body; stretches of this
# length hardly do.
BLOCK_S: Final = 10


class Gain(msgspec.Struct, frozen=True):
    """By how much one map predicts better than another."""

    nats: float
    """Mean log-likelihood ratio of a reading; above 0: better."""
    z: float
    """The same as a multiple of its standard error; 0 with less than two blocks of seconds."""


class Ratio(msgspec.Struct, frozen=True, eq=False):
    """Blocks of seconds, one column each."""

    nats: Floats
    """Log-likelihood ratio of all readings in it."""
    readings: Floats

    @classmethod
    def joined(cls, parts: Sequence["Ratio"]) -> "Ratio":
        """Several, one after another."""
        return cls(
            np.concatenate([part.nats for part in parts]),
            np.concatenate([part.readings for part in parts]),
        )

    @property
    def gain(self) -> Gain:
        """All blocks together."""
        total = float(self.nats.sum())
        count = len(self.nats)
        spread = float(self.nats.std(ddof=1) * np.sqrt(count)) if count > 1 else 0.0
        z = total / spread if spread > 0 else 0.0
        return Gain(total / max(float(self.readings.sum()), 1.0), z)


def ratio(
    hindsight: Hindsight, before: RadioMap, after: RadioMap, pieces: Sequence[Piece]
) -> Ratio:
    """How much more probable `after` makes pieces that neither map was made from."""
    offsets_db = np.zeros(1 + max(piece.tag for piece in pieces))
    old, new = (
        {id(walked.piece): predicted(walked, radio_map) for walked in found}
        for radio_map, found in (
            (before, hindsight.of(before, pieces, offsets_db)),
            (after, hindsight.of(after, pieces, offsets_db)),
        )
    )
    parts = [blocks(new[id(piece)] - old[id(piece)], piece) for piece in pieces]
    return Ratio.joined(parts)


def predicted(walked: Walked, radio_map: RadioMap) -> Floats:
    """(seconds,) log-likelihood of what was heard, by what was heard before."""
    return np.array(
        [
            surprise(walked, second, radio_map) if readings and second >= WARM_UP_S else 0.0
            for second, readings in enumerate(walked.piece.seconds)
        ]
    )


def surprise(walked: Walked, second: int, radio_map: RadioMap) -> float:
    """One second's: Student-t at each place, over all places."""
    readings = walked.piece.seconds[second]
    anchor = [reading.anchor for reading in readings]
    heard_dbm = np.array([reading.rssi_dbm for reading in readings])
    count = np.array([reading.count for reading in readings])
    expected_dbm = radio_map.expected_dbm[anchor] + walked.offset_db[second]
    variance = radio_map.map_sd_db[anchor] ** 2 + radio_map.fading_sd_db**2 / count[:, None]
    misfit = (heard_dbm[:, None] - expected_dbm) ** 2 / (FIT_NU * variance)
    logs = -(0.5 * np.log(variance) + (FIT_NU + 1) / 2 * np.log1p(misfit)).sum(0)
    best = float(logs.max())
    return best + float(np.log(walked.predicted[second] @ np.exp(logs - best)))


def blocks(nats: Floats, piece: Piece) -> Ratio:
    """A piece's seconds in stretches."""
    starts = np.arange(0, len(nats), BLOCK_S)
    told = [len(readings) for readings in piece.seconds]
    told[:WARM_UP_S] = [0] * min(WARM_UP_S, len(told))
    return Ratio(np.add.reduceat(nats, starts), np.add.reduceat(np.array(told, float), starts))

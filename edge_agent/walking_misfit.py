"""How far unlabelled readings lie from a radio map, at the places where that map puts their tags.

No proof, as the map chooses the places itself; `prediction` judges. It shows what fits least.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.calibration import Calibration
from edge_agent.hindsight import Hindsight, Walked
from edge_agent.radio_map import RadioMap
from edge_agent.sighting import Sighting
from edge_agent.unlabelled import pieces_of
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]


class WalkingMisfit(msgspec.Struct, frozen=True, eq=False):
    """Of each anchor."""

    seconds: Floats
    """(anchors,) in which it was heard."""
    squares_db: Floats
    """(anchors,) sums over these seconds."""

    def rms_db(self, anchor: int) -> float:
        """NaN where it was never heard."""
        seconds = self.seconds[anchor]
        return float(np.sqrt(self.squares_db[anchor] / seconds)) if seconds else float("nan")

    @property
    def all_rms_db(self) -> float:
        """Of all anchors together."""
        return float(np.sqrt(self.squares_db.sum() / max(self.seconds.sum(), 1.0)))

    @classmethod
    def of(
        cls,
        floor_map: FloorMap,
        grid: FloorGrid,
        calibration: Calibration,
        recordings: Sequence[Sequence[Sighting]],
    ) -> "WalkingMisfit":
        """Of some recordings; by the tags' places before and after each second."""
        radio_map = RadioMap.of(calibration, floor_map, grid)
        pieces = pieces_of(recordings, radio_map.anchor_ids)
        seconds = np.zeros(len(radio_map.anchor_ids))
        squares_db = np.zeros(len(seconds))
        offsets_db = np.zeros(1 + max((piece.tag for piece in pieces), default=0))
        for walked in Hindsight(floor_map, grid).of(radio_map, pieces, offsets_db):
            for anchor, square_db in misfits(radio_map, walked):
                seconds[anchor] += 1
                squares_db[anchor] += square_db
        return cls(seconds, squares_db)


def misfits(radio_map: RadioMap, walked: Walked) -> list[tuple[int, float]]:
    """Each reading's anchor and squared misfit, less the tag's offset as it was found at last."""
    found = []
    for second, readings in enumerate(walked.piece.seconds):
        for reading in readings:
            apart_db = (
                reading.rssi_dbm - walked.offset_db[-1] - radio_map.expected_dbm[reading.anchor]
            )
            found.append((reading.anchor, float(walked.smoothed[second] @ apart_db**2)))
    return found

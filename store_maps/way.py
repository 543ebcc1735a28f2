"""A way on foot in pieces, made once and walked often."""

from typing import Final, Self

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# A walk's speed changes from piece to piece.
PIECE_M: Final = 1.5


class Way(msgspec.Struct, frozen=True, eq=False):
    """Places in a row; from each to the next is one piece."""

    places: Floats
    """(k, 3) x_m, y_m, level index; one or more."""
    pieces_m: Floats
    """(k - 1,) lengths."""
    climbs: npt.NDArray[np.int64]
    """Which pieces change the level."""
    x_m: list[float]
    y_m: list[float]
    levels: list[int]

    @classmethod
    def along(cls, corners: Floats) -> Self:
        """The way along corners (k, 3), long pieces divided."""
        legs_m = np.hypot(*np.diff(corners[:, :2], axis=0).T)
        legs_m[np.diff(corners[:, 2]) != 0] = 0.0
        counts = np.maximum(1, np.rint(legs_m / PIECE_M)).astype(int)
        ends = np.cumsum(counts)
        leg = np.repeat(np.arange(len(counts)), counts)
        share = (np.arange(len(leg)) - (ends - counts)[leg] + 1) / counts[leg]
        places = corners[leg] + share[:, None] * (corners[leg + 1] - corners[leg])
        return cls.of(np.concatenate([corners[:1], places]))

    @classmethod
    def of(cls, places: Floats) -> Self:
        """The way by these places."""
        return cls(
            places,
            np.hypot(*np.diff(places[:, :2], axis=0).T),
            np.flatnonzero(np.diff(places[:, 2])),
            places[:, 0].tolist(),
            places[:, 1].tolist(),
            places[:, 2].astype(int).tolist(),
        )

    def cut(self, part: float) -> tuple["Way", "Way"]:
        """It in two, near a part of its length; both hold the place of the cut."""
        walked_m = np.concatenate([[0.0], np.cumsum(self.pieces_m)])
        at = int(np.searchsorted(walked_m, part * walked_m[-1]))
        return Way.of(self.places[: at + 1]), Way.of(self.places[at:])

    def back(self) -> "Way":
        """The same way in the other direction."""
        return Way.of(self.places[::-1])

"""How an anchor's readings are wrong, by where tags are around it; what faults look like there.

The floor around an anchor is cut into three rings of eight sectors. A fault is a pattern in dB over
these 24 parts: the same everywhere (a weaker radio), a side (a shelf in front), two opposite sides
(a turned antenna), or the path loss from another place less that from its own (a moved anchor).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from edge_agent.path_loss import EXPONENT

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# A tag within the first ring is beneath the anchor; beyond the second, walls and shelves decide.
RING_ENDS_M: Final = (4.0, 9.0)
# Where tags are in each ring, on average.
RING_CENTRES_M: Final = (2.5, 6.5, 13.0)
SECTORS: Final = 8
PARTS: Final = len(RING_CENTRES_M) * SECTORS
# Anchors hang this far above the tags that carts carry: nearer by than this nothing is.
RISE_M: Final = 1.5
# A step aside, to the next shelf, to another aisle.
MOVES_M: Final = (3.0, 6.0, 12.0)
# A shelf or a person's back covers three of eight sectors.
SIDE_SECTORS: Final = 3

# Counter-clockwise from +x, as sectors are; x is right and y is up on every map (FORMATS).
DIRECTIONS: Final = (
    *("right", "upper right", "up", "upper left"),
    *("left", "lower left", "down", "lower right"),
)

_ANGLES: Final = 2 * np.pi * np.arange(SECTORS) / SECTORS
_RING: Final = np.repeat(np.arange(len(RING_CENTRES_M)), SECTORS)
_ANGLE: Final = np.tile(_ANGLES, len(RING_CENTRES_M))
_CENTRES_M: Final = np.take(RING_CENTRES_M, _RING)[:, None] * np.column_stack(
    [np.cos(_ANGLE), np.sin(_ANGLE)]
)


def sectors_of(x_m: npt.ArrayLike, y_m: npt.ArrayLike) -> Indices:
    """The sector that each vector points into."""
    turn = np.arctan2(y_m, x_m) / (2 * np.pi) * SECTORS
    sectors: Indices = np.rint(turn).astype(np.int64) % SECTORS
    return sectors


def direction(x_m: float, y_m: float) -> str:
    """Where a vector points on the drawn map, in words."""
    return DIRECTIONS[int(sectors_of(x_m, y_m))]


def parts_of(x_m: npt.ArrayLike, y_m: npt.ArrayLike) -> Indices:
    """The part of the floor around an anchor in which each vector from it ends."""
    ring = np.searchsorted(RING_ENDS_M, np.hypot(x_m, y_m))
    parts: Indices = ring * SECTORS + sectors_of(x_m, y_m)
    return parts


def decades(centres_m: Floats) -> Floats:
    """log10 of the distance from an anchor to places beside it."""
    logs: Floats = 0.5 * np.log10((centres_m**2).sum(-1) + RISE_M**2)
    return logs


def tilt_db() -> Floats:
    """(parts,) what an exponent that is too small by 1 is wrong by, the middle ring's taken off."""
    logs = decades(_CENTRES_M)
    tilt: Floats = -10 * (logs - logs[_RING == 1].mean())
    return tilt


def sides() -> Floats:
    """(SECTORS, parts) 1 on each side, 0 elsewhere."""
    apart = np.abs(_ANGLE[None, :] - _ANGLES[:, None])
    apart = np.minimum(apart, 2 * np.pi - apart)
    inside: Floats = (apart < np.pi * SIDE_SECTORS / SECTORS).astype(np.float64)
    return inside


def turns() -> Floats:
    """(SECTORS / 2, parts) stronger on one side, weaker on the opposite one."""
    cosines: Floats = np.cos(_ANGLE[None, :] - _ANGLES[: SECTORS // 2, None])
    return cosines


def moves() -> tuple[Floats, Floats]:
    """How far (k, 2) an anchor may have moved, and the pattern of each, (k, parts) dB."""
    aside = np.column_stack([np.cos(_ANGLES), np.sin(_ANGLES)])
    moved_m = (np.array(MOVES_M)[:, None, None] * aside).reshape(-1, 2)
    was, now = decades(_CENTRES_M), decades(_CENTRES_M - moved_m[:, None, :])
    return moved_m, -10 * EXPONENT * (now - was)

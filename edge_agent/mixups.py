"""Whether labelled measurements fit far better when clocks, truths or anchors' names are exchanged.

A law with some freedom is fitted to nearly anything; what gives a mix-up away is that setting it
right fits so much better.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

import msgspec
import numpy as np

from edge_agent.checkpoints import Walk, joined, picked
from edge_agent.measurements import Measurements
from edge_agent.path_loss import fit, nominal, place_ids, rays
from edge_agent.truth import Floats, Truth, TruthError, TruthRow
from edge_agent.walks import walked
from store_maps.floor_map import FloorMap

# A tag that walks is 4 m off after 4 s; below that it is within the error of the measurement.
SHIFTS_S: Final = (4.0, 8.0)
# What the mean squared misfit must fall to. Office, one walk or all, library, malls, of what is
# left: at least 0.92 by time, the library's 0.72; with truths 8 s late or early mostly 0.4 to 0.83.
# Exchanged: 1.3, and 0.59 where that is right.
FITS_BETTER: Final = 0.85
# And less than so much of that at the opposite time: in the library every other time fits better
# (0.77 at least), and whose truth is late fits worse when it is later still (0.42 to 0.63).
OF_OPPOSITE: Final = 0.7
# More squares say the same.
SQUARES_MAX: Final = 2_000
# So many walks have 45 pairs to exchange.
EXCHANGED_MAX: Final = 10
# Of fewer places an anchor that reads like another is chance: of 10 drawn from the office's survey
# 4 in 10 do, of 20 at most 1 in 12.
PLACES_MIN: Final = 20
# What the misfit of two anchors must fall to when they are exchanged. Right ones: 0.69 at least
# (office, 20 places drawn, 0.9 to 1.1 with all; library 1.1; malls 0.74); exchanged ones 0.27 to
# 0.63, next to each other as much as far apart.
SWAPPED: Final = 0.66
# When each anchor may choose whose place it reads like best: what its misfit falls to, and how many
# may do so. Office, library, malls: 0 to 0.08; all names rotated: 0.83 to 0.92.
READS_LIKE: Final = 0.7
ROTATED_SHARE: Final = 0.5
ROTATED_ANCHORS_MIN: Final = 4
# What an anchor's exponent may be by itself.
EXPONENTS: Final = (1.2, 5.0)
TINY_DB: Final = 1e-3


class Names(msgspec.Struct, frozen=True):
    """Whether anchors' names seem mixed up."""

    swapped: dict[int, int] = {}
    """Anchors that read like each other."""
    is_rotated: bool = False
    """Whether most read like another."""


def names_of(floor_map: FloorMap, points: Measurements, tag_height_m: float) -> Names:
    """What exchanging names would mend; of anchors that were measured in many places."""
    square_db = squares_db(floor_map, points, tag_height_m)
    told = np.flatnonzero(~np.isnan(square_db.diagonal()))
    own_db = square_db.diagonal()[told]
    best_db = square_db[told].min(1, initial=np.inf)
    share = float((best_db < READS_LIKE * own_db).mean()) if len(told) else 0.0
    is_rotated = len(told) >= ROTATED_ANCHORS_MIN and share > ROTATED_SHARE
    pairs = sorted(
        (float((square_db[a, b] + square_db[b, a]) / (square_db[a, a] + square_db[b, b])), a, b)
        for a, b in combinations(told.tolist(), 2)
    )
    swapped: dict[int, int] = {}
    for share, a, b in pairs:
        if share < SWAPPED and not {a, b} & swapped.keys():
            swapped |= {a: b, b: a}
    return Names(swapped, is_rotated)


def squares_db(floor_map: FloorMap, points: Measurements, tag_height_m: float) -> Floats:
    """(anchors, anchors): the mean square that each misses as if it hung where each one does.

    By distance alone, with a power and an exponent of its own; NaN rows of too few places.
    """
    decades_db = rays(floor_map, points.xy_m, points.level_index, tag_height_m).decades_db
    count = len(place_ids(floor_map))
    found = np.full((count, count), np.nan)
    for anchor in range(count):
        mine = np.flatnonzero(points.anchor == anchor)
        if len(mine) >= PLACES_MIN:
            heard = points.rssi_dbm[mine] - points.rssi_dbm[mine].mean()
            there = decades_db[:, mine] - decades_db[:, mine].mean(1, keepdims=True)
            slope = there @ heard / np.maximum((there**2).sum(1), TINY_DB)
            left_db = heard - np.clip(slope, *EXPONENTS)[:, None] * there
            found[anchor] = np.maximum((left_db**2).mean(1), TINY_DB**2)
    return found


def clock_mixup(floor_map: FloorMap, walks: Sequence[Walk], tag_height_m: float) -> str | None:
    """Which truths fit far better at another time, or exchanged; None where none do."""
    found = [
        *exchanges(floor_map, walks, tag_height_m),
        *shifts(floor_map, walks, tag_height_m),
    ]
    return min(found)[1] if found else None


def shifts(
    floor_map: FloorMap, walks: Sequence[Walk], tag_height_m: float
) -> Iterator[tuple[float, str]]:
    """The times at which all fit far better, by how much and in words."""
    for shift_s in SHIFTS_S:
        fits = {}
        for sign, word in ((-1, "late"), (1, "early")):
            moved = [(heard, shifted(rows, sign * shift_s)) for heard, rows in walks]
            fits[word] = ratio(floor_map, walks, moved, tag_height_m)
        for word, opposite in (("late", "early"), ("early", "late")):
            if fits[word] < min(FITS_BETTER, OF_OPPOSITE * fits[opposite]):
                other = "earlier" if word == "late" else "later"
                text = (
                    f"the readings fit far better with a truth that is {shift_s:.0f} s {other}: "
                    f"its clock is {word}, or it is another recording's"
                )
                yield fits[word], text


def exchanges(
    floor_map: FloorMap, walks: Sequence[Walk], tag_height_m: float
) -> Iterator[tuple[float, str]]:
    """The pairs whose truths fit far better exchanged, by how much and in words."""
    if len(walks) > EXCHANGED_MAX:
        return
    for one, other in combinations(range(len(walks)), 2):
        mixed = list(walks)
        mixed[one] = walks[one][0], walks[other][1]
        mixed[other] = walks[other][0], walks[one][1]
        text = (
            f"the readings fit far better with the truths of walks {one + 1} and {other + 1} "
            "exchanged"
        )
        fits = ratio(floor_map, walks, mixed, tag_height_m)
        if fits < FITS_BETTER:
            yield fits, text


def shifted(rows: Sequence[TruthRow], shift_s: float) -> list[TruthRow]:
    """A truth that is so much later."""
    return [msgspec.structs.replace(row, t_s=row.t_s + shift_s) for row in rows]


def ratio(
    floor_map: FloorMap, walks: Sequence[Walk], others: Sequence[Walk], tag_height_m: float
) -> float:
    """The squared misfit of `others` over that of `walks`, by what both have a truth for."""
    old: list[Walk] = []
    new: list[Walk] = []
    for (heard, rows), (_, other) in zip(walks, others, strict=True):
        truths = [Truth(floor_map, rows), Truth(floor_map, other)]
        t_s = np.array([one.t_s for one in heard])
        known = np.zeros((2, len(t_s)), bool)
        for tag in {one.tag for one in heard}:
            mine = np.array([one.tag == tag for one in heard])
            known[:, mine] = [truth.at(tag, t_s[mine]).is_known for truth in truths]
        both = [one for one, is_known in zip(heard, known[0] & known[1], strict=True) if is_known]
        if both:
            old.append((both, rows))
            new.append((both, other))
    if not old:
        return 1.0
    try:
        return square_db(floor_map, new, tag_height_m) / square_db(floor_map, old, tag_height_m)
    except TruthError:
        return 1.0


def square_db(floor_map: FloorMap, walks: Sequence[Walk], tag_height_m: float) -> float:
    """The mean squared misfit of a law that is fitted to walks."""
    parts: list[Measurements] = []
    tags = 0
    for heard, rows in walks:
        part = walked(floor_map, heard, Truth(floor_map, rows))
        parts.append(msgspec.structs.replace(part, tag=part.tag + tags))
        tags += int(part.tag.max()) + 1
    points = joined(parts)
    step = -(-len(points.anchor) // SQUARES_MAX)
    points = picked(points, np.arange(len(points.anchor)) % step == 0)
    there = rays(floor_map, points.xy_m, points.level_index, tag_height_m)
    found = fit(nominal(floor_map), there, points.readings)
    expected_dbm = found.law.expected_dbm(there)[points.anchor, np.arange(len(points.anchor))]
    left_db = points.rssi_dbm - expected_dbm - found.of_tag(points.tag)
    return float((left_db**2).mean())

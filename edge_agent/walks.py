"""Labelled walks: what many tags heard where the truth says they were."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from edge_agent.calibration import Calibration
from edge_agent.listed import listed
from edge_agent.measurements import Measurements, calibrated
from edge_agent.path_loss import place_ids
from edge_agent.sighting import Sighting
from edge_agent.survey import ANCHORS_MIN
from edge_agent.truth import Truth, TruthError, TruthRow
from store_maps.floor_map import FloorMap

# What one tag heard of one anchor within a square of this side is one measurement: a walker
# crosses it within a second or two, and the air hardly changes over it.
SQUARE_M: Final = 1.0


def from_walks(
    floor_map: FloorMap,
    sightings: Iterable[Sighting],
    truth: Sequence[TruthRow],
    tag_height_m: float = 1.0,
) -> Calibration:
    """What labelled walks say; each tag has an offset of its own.

    Raises:
        TruthError: what `Truth` raises, anchors that the map does not know, or a truth that says
            of no sighting where its tag was.
    """
    points = walked(floor_map, sightings, Truth(floor_map, truth))
    return calibrated(floor_map, points, "walks", tag_height_m)


def walked(floor_map: FloorMap, sightings: Iterable[Sighting], truth: Truth) -> Measurements:
    """The mean of each tag, anchor and square; sightings without truth around them are left out."""
    by_tag: defaultdict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        by_tag[sighting.tag].append(sighting)
    refuse_strangers(floor_map, by_tag)
    rows = {name: row for row, name in enumerate(place_ids(floor_map))}
    heard: list[npt.NDArray[np.float64]] = []
    for number, tag in enumerate(sorted(by_tag)):
        there = truth.at(tag, np.array([sighting.t_s for sighting in by_tag[tag]]))
        anchor = [rows[sighting.anchor] for sighting in by_tag[tag]]
        rssi_dbm = [sighting.rssi_dbm for sighting in by_tag[tag]]
        columns = (np.full(len(anchor), number), anchor, there.level_index, there.xy_m, rssi_dbm)
        heard.append(np.column_stack(columns)[there.is_known])
    known = np.concatenate([np.zeros((0, 6)), *heard])
    known = known[np.lexsort(known.T)]  # sums in one order, whatever the rows'
    if not len(known):
        refuse_apart(sorted(by_tag), truth)
    points = means(known)
    if len(np.unique(points.anchor)) < ANCHORS_MIN:
        alone = place_ids(floor_map)[points.anchor[0]]
        msg = (
            f"the walks hear only anchor {alone!r} where the truth is known, expected at least "
            f"{ANCHORS_MIN} of the map's {len(rows)}: one alone says how far a tag is, never "
            "where; who recorded: walk where more are heard, or the map's author: add the others"
        )
        raise TruthError(msg)
    return points


def means(known: npt.NDArray[np.float64]) -> Measurements:
    """The mean of each square of rows (tag, anchor, level, x, y, rssi)."""
    square = np.floor(known[:, 3:5] / SQUARE_M)
    keys = np.column_stack([known[:, :3], square])
    groups, group, count = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    mean = np.column_stack([np.bincount(group, known[:, column]) / count for column in (3, 4, 5)])
    squares = np.bincount(group, (known[:, 5] - mean[group, 2]) ** 2)
    tag = np.unique(groups[:, 0], return_inverse=True)[1]
    return Measurements(
        anchor=groups[:, 1].astype(np.int64),
        tag=tag,
        xy_m=mean[:, :2],
        level_index=groups[:, 2].astype(np.int64),
        rssi_dbm=mean[:, 2],
        packets=count,
        sd_db=np.sqrt(squares / np.maximum(count - 1, 1)),
    )


def refuse_strangers(floor_map: FloorMap, by_tag: Mapping[str, Sequence[Sighting]]) -> None:
    """Raise TruthError where a sighting's anchor is not on the map."""
    heard = {sighting.anchor for rows in by_tag.values() for sighting in rows}
    strange = sorted(heard - {*place_ids(floor_map)})
    if strange:
        msg = (
            f"anchors {listed(strange)} are not on the map of {floor_map.store_id!r}, expected "
            "its anchors and beacons; the map's author: add them, or ops: take this store's map"
        )
        raise TruthError(msg)


def refuse_apart(tags: Sequence[str], truth: Truth) -> None:
    """Raise TruthError: no sighting has truth around it."""
    both = sorted({*tags} & {*truth.tags})
    if not tags:
        found = "the recording has no rows"
    elif both:
        found = f"the truth of {listed(both)} is of other times"
    else:
        found = f"the recording is of {listed(tags)}, the truth of {listed(truth.tags)}"
    msg = f"{found}; expected the truth of the recording's own tags and clock; ops: name its truth"
    raise TruthError(msg)

"""Labelled places: what was measured there, to fit by, and what was heard there, to locate.

A survey's point and a piece of a labelled walk are the same here, an item: it is left out as a
whole, and located as the shipped locator would have done it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.measurements import Measurements
from edge_agent.path_loss import place_ids
from edge_agent.sighting import Sighting
from edge_agent.survey import SurveyError, SurveyRow, refuse_misfits
from edge_agent.truth import Floats, Indices, Truth, TruthRow, Whereabouts
from edge_agent.walks import walked
from store_maps.floor_map import FloorMap

# A place measured twice says nothing about any other place: what was measured this near to a point
# goes with it when it is left out. The office's two surveys stood 0.02 to 0.7 m apart, and a
# survey hardly ever has two points nearer on purpose.
BESIDE_M: Final = 0.5
# Ten parts keep nine tenths to fit by and cost ten fits; five make a small survey look worse than
# it is, twenty cost a large store minutes.
PARTS: Final = 10
# Fewer tags than this cannot be left out as wholes: their walks are cut instead.
TAGS_MIN: Final = 3
CUTS: Final = 5
# A tag that has stood for a moment. On the office a first second alone says 3.4 m, 5 s and 20 s say
# 2.7 m; the order of the rungs is the same.
STAND_S: Final = 5
# A locator that has just heard a tag first knows little yet; the scorer waits as long.
WARM_UP_S: Final = 5.0
# With fewer anchors than this heard in so many seconds a place is a guess, of which no map makes a
# better one: in the malls, where every second second is so, they would drown all others. The
# scorer's --covered.
COVERED_ANCHORS: Final = 3
COVERED_S: Final = 3.0
# A piece of a walk that one anchor alone hears says how far the tag was, never where.
LABELLED_ANCHORS: Final = 2

Walk = tuple[Sequence[Sighting], Sequence[TruthRow]]
"""A recording and where its tags truly were."""
Where = Callable[[Floats], Whereabouts]
"""Where it truly was at some times."""
Flags = npt.NDArray[np.bool_]


class Probe(msgspec.Struct, frozen=True, eq=False):
    """Something to locate."""

    tag: str
    """No other probe has it."""
    sightings: Sequence[Sighting]
    """Sorted by time."""
    where: Where
    from_s: float
    """Earlier, a locator has had no chance."""

    @property
    def until_s(self) -> float:
        """Later, nothing is heard."""
        return float(np.ceil(self.sightings[-1].t_s))


class Checkpoints(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """Items, each with its measurements and its probe."""

    points: Measurements
    item: Indices
    """(rows of points,) which item a measurement is of."""
    probes: tuple[Probe, ...]
    """(items,)"""
    survey_points: int = 0
    """How many items are points of a survey."""
    walks: int = 0
    """How many are pieces of walks."""
    parts_max: int = PARTS

    @property
    def parts_count(self) -> int:
        """In how many parts they are left out; 1 item cannot be."""
        return min(self.parts_max, len(self.probes))

    def part(self, number: int) -> Flags:
        """(items,) which are left out together."""
        chosen: Flags = np.arange(len(self.probes)) % self.parts_count == number
        return chosen

    def of_items(self, chosen: Flags) -> Measurements:
        """The measurements of some items."""
        return picked(self.points, chosen[self.item])

    def without(self, chosen: Flags) -> Measurements:
        """The measurements that know nothing of some items, nor of points beside them."""
        is_out = chosen[self.item]
        is_surveyed = self.points.tag < 0
        out_m = self.points.places_m[is_out & is_surveyed]
        for row in np.flatnonzero(is_surveyed & ~is_out):
            apart_m = np.linalg.norm(out_m - self.points.places_m[row], axis=1)
            is_out[row] = bool((apart_m < BESIDE_M).any())
        return picked(self.points, ~is_out)


def of_survey(floor_map: FloorMap, survey: Sequence[SurveyRow]) -> Checkpoints:
    """A survey's points, each heard as the means that were measured there.

    Raises:
        SurveyError: it does not fit the map, or a point stands at two places.
    """
    refuse_misfits(floor_map, survey)
    refuse_two_places(survey)
    rows = sorted(survey, key=lambda row: (row.point, row.anchor))
    points = Measurements.of_survey(floor_map, rows)
    names = np.array([row.point for row in rows])
    item = np.unique(names, return_inverse=True)[1].astype(np.int64)
    return Checkpoints(
        points=points,
        item=item,
        probes=tuple(point_probe(points, floor_map, item == one) for one in range(item.max() + 1)),
        survey_points=int(item.max()) + 1,
    )


def refuse_two_places(survey: Sequence[SurveyRow]) -> None:
    """Raise SurveyError where rows of one point differ in their place."""
    places: dict[str, SurveyRow] = {}
    for row in survey:
        first = places.setdefault(row.point, row)
        if (first.x_m, first.y_m) != (row.x_m, row.y_m):
            msg = (
                f"point {row.point!r} stands at ({first.x_m}, {first.y_m}) and at ({row.x_m}, "
                f"{row.y_m}), expected one place; the surveyor: correct it, or rename one"
            )
            raise SurveyError(msg)


def point_probe(points: Measurements, floor_map: FloorMap, rows: Flags) -> Probe:
    """Some seconds in each of which every anchor hears its mean, to be located in the last."""
    anchors = place_ids(floor_map)
    place = int(np.flatnonzero(rows)[0])
    tag = f"point-{place}"
    pairs = zip(points.anchor[rows], points.rssi_dbm[rows], strict=True)
    xy_m, level = points.xy_m[place], points.level_index[place]

    def where(t_s: Floats) -> Whereabouts:
        count = len(t_s)
        here = np.repeat(xy_m[None], count, 0)
        return Whereabouts(here, np.full(count, level), np.ones(count, bool))

    means = [Sighting(tag, anchors[anchor], float(rssi), 0.5) for anchor, rssi in pairs]
    heard = [
        msgspec.structs.replace(mean, t_s=mean.t_s + second)
        for second in range(STAND_S)
        for mean in means
    ]
    return Probe(tag, heard, where, float(STAND_S))


def of_walks(floor_map: FloorMap, walks: Sequence[Walk]) -> Checkpoints:
    """The pieces of labelled walks: a tag's way through one recording, or a part of it.

    Raises:
        TruthError: what `walks.from_walks` raises, of any of them.
    """
    ways: list[tuple[Truth, list[Sighting]]] = []
    for sightings, rows in walks:
        ways += known_ways(floor_map, sightings, Truth(floor_map, rows))
    cuts = 1 if len(ways) >= TAGS_MIN else CUTS
    anchors_min = min(COVERED_ANCHORS, len(place_ids(floor_map)))
    measured: list[Measurements] = []
    probes: list[Probe] = []
    for number, (truth, way) in enumerate(ways):
        for piece in pieces(way, cuts):
            if is_labelled(truth, piece):
                points = walked(floor_map, piece, truth)
                tag = np.full(len(points.tag), number)
                measured.append(msgspec.structs.replace(points, tag=tag))
                probes.append(walk_probe(f"walk-{len(probes)}", piece, truth, anchors_min))
    return Checkpoints(
        points=joined(measured),
        item=np.repeat(np.arange(len(measured)), [len(one.anchor) for one in measured]),
        probes=tuple(probes),
        walks=len(probes),
    )


def known_ways(
    floor_map: FloorMap, sightings: Sequence[Sighting], truth: Truth
) -> list[tuple[Truth, list[Sighting]]]:
    """The sightings of each tag whose way is known; TruthError where none is."""
    walked(floor_map, sightings, truth)  # it says what does not fit
    by_tag: defaultdict[str, list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        by_tag[sighting.tag].append(sighting)
    ways = ((truth, by_tag[tag]) for tag in sorted(by_tag))
    return [(truth, way) for truth, way in ways if is_labelled(truth, way)]


def is_labelled(truth: Truth, way: Sequence[Sighting]) -> bool:
    """Whether enough anchors heard one tag where the truth says where it was."""
    known = truth.at(way[0].tag, np.array([one.t_s for one in way])).is_known
    heard = {one.anchor for one, is_known in zip(way, known, strict=True) if is_known}
    return len(heard) >= LABELLED_ANCHORS


def pieces(way: Sequence[Sighting], count: int) -> list[list[Sighting]]:
    """A way cut into `count` equal times; those in which nothing was heard are no pieces."""
    first_s = way[0].t_s
    piece_s = max((way[-1].t_s - first_s) / count, 1.0)
    cut = groupby(way, key=lambda one: min(int((one.t_s - first_s) / piece_s), count - 1))
    return [list(piece) for _, piece in cut]


def walk_probe(name: str, piece: Sequence[Sighting], truth: Truth, anchors_min: int) -> Probe:
    """A piece of a walk, to be located in each second that is covered."""
    tag = piece[0].tag
    heard = [msgspec.structs.replace(one, tag=name) for one in piece]

    def where(t_s: Floats) -> Whereabouts:
        there = truth.at(tag, t_s)
        covered = [anchors_heard(heard, float(t)) >= anchors_min for t in t_s]
        return msgspec.structs.replace(there, is_known=there.is_known & np.array(covered, bool))

    return Probe(name, heard, where, piece[0].t_s + WARM_UP_S)


def anchors_heard(sightings: Sequence[Sighting], t_s: float) -> int:
    """By how many anchors in the last `COVERED_S`, of sightings sorted by time."""
    first = bisect_right(sightings, t_s - COVERED_S, key=lambda one: one.t_s)
    end = bisect_right(sightings, t_s, key=lambda one: one.t_s)
    return len({one.anchor for one in sightings[first:end]})


def both(survey: Checkpoints, walks: Checkpoints) -> Checkpoints:
    """A survey and walks as one."""
    return Checkpoints(
        points=joined([survey.points, walks.points]),
        item=np.concatenate([survey.item, walks.item + len(survey.probes)]),
        probes=(*survey.probes, *walks.probes),
        survey_points=survey.survey_points,
        walks=walks.walks,
    )


def joined(parts: Sequence[Measurements]) -> Measurements:
    """All rows of some measurements."""
    names = Measurements.__struct_fields__
    return Measurements(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    )


def picked(points: Measurements, rows: Flags) -> Measurements:
    """Some rows of measurements."""
    return Measurements(
        **{name: getattr(points, name)[rows] for name in Measurements.__struct_fields__}
    )

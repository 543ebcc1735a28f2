"""Walking that nobody labelled, cut into pieces short enough to look back over."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import ceil, fsum
from typing import Final

import msgspec

from edge_agent.belief import Reading
from edge_agent.locator import TRACK_SILENCE_S
from edge_agent.sighting import Sighting

# Looking back needs every second's posterior in memory. What is lost at a cut is that the tag is
# looked for anew: a few seconds in hundreds.
PIECE_S: Final = 120
# A posterior needs some anchors in some seconds to become a place at all.
PIECE_READINGS_MIN: Final = 20
# Of more than this, pieces spread evenly over all are taken: an anchor's two numbers, known to half
# a dB after minutes of walking, gain nothing from hours of it. Bounds the time of a calibration.
SECONDS_MAX: Final = 1_200


Second = tuple[Reading, ...]
"""What was heard in one second; rows of a radio map."""


class Piece(msgspec.Struct, frozen=True):
    """Some minutes of one tag."""

    recording: int
    """Position among the recordings."""
    tag: int
    """Position among all tags; one that is heard in two recordings is two."""
    seconds: tuple[Second, ...]
    """The first and the last one are not empty."""


def pieces_of(
    recordings: Sequence[Iterable[Sighting]], anchor_ids: Sequence[str]
) -> tuple[Piece, ...]:
    """What is of use in some recordings, anchors without a row left out."""
    rows = {name: row for row, name in enumerate(anchor_ids)}
    found: list[Piece] = []
    tags_count = 0
    for recording, sightings in enumerate(recordings):
        by_tag = heard(sightings, rows)
        for tag, tag_name in enumerate(sorted(by_tag), tags_count):
            spans = [cut for span in spans_of(by_tag[tag_name]) for cut in cuts(span)]
            found += [Piece(recording, tag, span) for span in spans]
        tags_count += len(by_tag)
    return spread([piece for piece in found if sum(map(len, piece.seconds)) >= PIECE_READINGS_MIN])


def heard(sightings: Iterable[Sighting], rows: Mapping[str, int]) -> dict[str, dict[int, Second]]:
    """What each tag gave in each second."""
    by_second: defaultdict[str, defaultdict[int, defaultdict[int, list[float]]]]
    by_second = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for sighting in sightings:
        if sighting.anchor in rows:
            second = by_second[sighting.tag][ceil(sighting.t_s)]
            second[rows[sighting.anchor]].append(sighting.rssi_dbm)
    return {
        tag: {
            second: tuple(
                Reading(row, fsum(values) / len(values), len(values))
                for row, values in sorted(by_row.items())
            )
            for second, by_row in seconds.items()
        }
        for tag, seconds in by_second.items()
    }


def spans_of(by_second: Mapping[int, Second]) -> list[list[Second]]:
    """The seconds of each stretch without a long silence, empty ones in between included."""
    spans: list[list[Second]] = []
    before = None
    for second in sorted(by_second):
        if before is None or second - before > TRACK_SILENCE_S:
            spans.append([])
        else:
            spans[-1] += [()] * (second - before - 1)
        spans[-1].append(by_second[second])
        before = second
    return spans


def cuts(span: Sequence[Second]) -> list[tuple[Second, ...]]:
    """A span in equal parts of at most PIECE_S."""
    count = ceil(len(span) / PIECE_S)
    edges = [len(span) * part // count for part in range(count + 1)]
    parts = [list(span[first:end]) for first, end in pairwise(edges)]
    return [tuple(trimmed(part)) for part in parts]


def trimmed(part: list[Second]) -> list[Second]:
    """Without the silence at both ends; no silence is as long as a part."""
    told = [second for second, readings in enumerate(part) if readings]
    return part[told[0] : told[-1] + 1]


def spread(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """All, or as many as SECONDS_MAX allows, spread evenly."""
    total_s = sum(len(piece.seconds) for piece in pieces)
    share = min(1.0, SECONDS_MAX / max(total_s, 1))
    kept = [ceil((number + 1) * share) > ceil(number * share) for number in range(len(pieces))]
    return tuple(piece for piece, is_kept in zip(pieces, kept, strict=True) if is_kept)

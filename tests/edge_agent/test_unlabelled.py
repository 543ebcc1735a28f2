"""How recordings become pieces."""

from edge_agent.locator import TRACK_SILENCE_S
from edge_agent.sighting import Sighting
from edge_agent.unlabelled import PIECE_S, SECONDS_MAX, Piece, pieces_of

ANCHORS = ("p", "q")


def heard(begin: int, end: int, tag: str = "t", anchor: str = "p") -> list[Sighting]:
    return [Sighting(tag, anchor, -60.0, second - 0.5) for second in range(begin, end)]


def lengths(pieces: tuple[Piece, ...]) -> list[int]:
    return [len(piece.seconds) for piece in pieces]


def test_a_second_holds_each_anchors_mean() -> None:
    rows = [*heard(1, 30), Sighting("t", "p", -64.0, 0.9), Sighting("t", "q", -70.0, 1.0)]
    (piece,) = pieces_of([rows], ANCHORS)
    first = piece.seconds[0]
    assert [(reading.anchor, reading.rssi_dbm, reading.count) for reading in first] == [
        (0, -62.0, 2),
        (1, -70.0, 1),
    ]
    assert len(piece.seconds) == 29


def test_anchors_that_no_map_knows_are_left_out() -> None:
    assert pieces_of([heard(1, 100, anchor="x")], ANCHORS) == ()


def test_what_is_heard_too_little_is_left_out() -> None:
    assert pieces_of([heard(1, 20)], ANCHORS) == ()
    assert lengths(pieces_of([heard(1, 21)], ANCHORS)) == [20]


def test_a_gap_is_empty_seconds_and_a_silence_ends_a_piece() -> None:
    whole = [*heard(1, 30), *heard(30 + TRACK_SILENCE_S - 1, 90)]
    assert lengths(pieces_of([whole], ANCHORS)) == [89]
    parted = [*heard(1, 30), *heard(31 + TRACK_SILENCE_S, 90)]
    assert lengths(pieces_of([parted], ANCHORS)) == [29, 59 - TRACK_SILENCE_S]


def test_long_walks_are_cut_into_equal_pieces_without_silence_at_their_ends() -> None:
    walk = heard(1, 2 * PIECE_S + 31)
    assert lengths(pieces_of([walk], ANCHORS)) == [90, 90, 90]
    quiet = [row for row in walk if not 85 < row.t_s < 95]
    assert lengths(pieces_of([quiet], ANCHORS)) == [85, 85, 90]


def test_each_recordings_tags_are_others() -> None:
    pieces = pieces_of([[*heard(1, 40, "b"), *heard(1, 40, "a")], heard(1, 40, "a")], ANCHORS)
    assert [(piece.recording, piece.tag) for piece in pieces] == [(0, 0), (0, 1), (1, 2)]


def test_hours_are_thinned_evenly() -> None:
    pieces = pieces_of([heard(1, 4 * SECONDS_MAX + 1)], ANCHORS)
    assert sum(lengths(pieces)) == SECONDS_MAX

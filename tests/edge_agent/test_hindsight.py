"""Where tags were, by what was heard before and after."""

import numpy as np
import numpy.typing as npt

from edge_agent.hindsight import Hindsight, Walked, batches
from edge_agent.radio_map import RadioMap
from edge_agent.sighting import Sighting
from edge_agent.unlabelled import Piece, pieces_of
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import Air, two_zones

MAP = two_zones()
GRID = FloorGrid.build(MAP, 1.0)
RADIO_MAP = RadioMap.defaults(MAP, GRID)


def pieces(*seconds: int) -> tuple[Piece, ...]:
    """One that walks from left to right at 0.25 m/s, as long as each."""
    recordings: list[list[Sighting]] = []
    for seed, count in enumerate(seconds):
        air = Air(MAP, seed)
        recordings.append(
            [row for t_s in range(1, count + 1) for row in air.second(2 + t_s / 4, 4.0, t_s)]
        )
    return pieces_of(recordings, RADIO_MAP.anchor_ids)


def walked(found: tuple[Piece, ...]) -> list[Walked]:
    offsets_db = np.zeros(1 + max(piece.tag for piece in found))
    return list(Hindsight(MAP, GRID).of(RADIO_MAP, found, offsets_db))


def error_m(posterior: npt.NDArray[np.float32]) -> float:
    """Mean over the seconds from the third on."""
    truth_m = np.column_stack(
        [2 + np.arange(1, len(posterior) + 1) / 4, np.full(len(posterior), 4)]
    )
    return float(np.hypot(*(posterior @ GRID.xy_m - truth_m)[2:].T).mean())


def test_who_knows_what_came_after_errs_less() -> None:
    (one,) = walked(pieces(48))
    assert one.smoothed.shape == one.predicted.shape == (48, GRID.cells_count)
    np.testing.assert_allclose(one.smoothed.sum(1), 1, atol=1e-4)
    np.testing.assert_allclose(one.predicted.sum(1), 1, atol=1e-3)
    assert error_m(one.smoothed) < 0.9 * error_m(one.predicted)
    np.testing.assert_allclose(one.predicted[0], 1 / GRID.cells_count)


def test_an_offset_that_is_known_is_taken_off() -> None:
    found = pieces(48)
    (plain,) = walked(found)
    (told,) = Hindsight(MAP, GRID).of(RADIO_MAP, found, np.array([6.0]))
    assert told.offset_db[0] == 6
    assert abs(told.offset_db[-1] - plain.offset_db[-1]) < 2


def test_pieces_are_batched_by_length_within_what_memory_allows() -> None:
    found = pieces(30, 40, 20, 44)
    assert [[len(p.seconds) for p in batch] for batch in batches(found, 80)] == [
        [20, 30],
        [40],
        [44],
    ]
    assert list(batches([], 80)) == []
    assert len(list(batches(found, 0))) == 4


def test_batches_do_not_disturb_each_other() -> None:
    found = pieces(30, 44)
    offsets_db = np.zeros(2)
    together = Hindsight(MAP, GRID).of(RADIO_MAP, found, offsets_db)
    apart = Hindsight(MAP, GRID, batch_bytes=0).of(RADIO_MAP, found, offsets_db)
    for one, other in zip(together, apart, strict=True):
        assert one.piece is other.piece
        np.testing.assert_allclose(one.smoothed, other.smoothed, atol=1e-5)

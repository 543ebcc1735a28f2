import numpy as np
import pytest

from edge_agent.audibility import Audibility, Masses
from edge_agent.radio_map import RadioMap
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import two_zones

MAP = two_zones()
GRID = FloorGrid.build(MAP)
RADIO_MAP = RadioMap.defaults(MAP, GRID)
CELLS = np.arange(GRID.cells_count)


def even(offset_db: float) -> Masses:
    return np.full(GRID.cells_count, offset_db, np.float32)


def test_the_stronger_a_tag_the_more_anchors() -> None:
    audibility = Audibility(RADIO_MAP)
    weak, plain, strong = (2 * audibility.log(even(db), 1, CELLS) for db in (-30.0, 0.0, 30.0))
    assert (weak < plain).all()
    assert (plain < strong).all()
    assert strong == pytest.approx(np.log(6 + 3), abs=0.02)


def test_each_cell_has_its_own_offset_between_the_rows_too() -> None:
    audibility = Audibility(RADIO_MAP)
    offset_db = np.linspace(-12, 12, GRID.cells_count, dtype=np.float32)
    found = audibility.log(offset_db, 2, CELLS)
    over = (RADIO_MAP.expected_dbm + offset_db + 93) * 1.702 / 9
    assert found == pytest.approx(np.log((1 / (1 + np.exp(-over))).sum(0) + 3), abs=0.02)


def test_beyond_the_table_is_its_end() -> None:
    audibility = Audibility(RADIO_MAP)
    for end_db in (-30.0, 30.0):
        beyond = audibility.log(even(2 * end_db), 1, CELLS)
        assert beyond == pytest.approx(audibility.log(even(end_db), 1, CELLS))


def test_more_than_two_anchors_count_as_two() -> None:
    audibility = Audibility(RADIO_MAP)
    one, two, many = (audibility.log(even(0), count, CELLS) for count in (1, 2, 9))
    assert two == pytest.approx(2 * one)
    assert many == pytest.approx(two)


def test_some_cells_are_what_they_are_among_all() -> None:
    audibility = Audibility(RADIO_MAP)
    some = np.array([7, 3, 90])
    found = audibility.log(even(4.0)[some], 1, some)
    assert found == pytest.approx(audibility.log(even(4.0), 1, CELLS)[some])

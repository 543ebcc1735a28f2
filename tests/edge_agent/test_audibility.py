import numpy as np
import pytest

from edge_agent.audibility import Audibility
from edge_agent.radio_map import RadioMap
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import two_zones

MAP = two_zones()
GRID = FloorGrid.build(MAP)
RADIO_MAP = RadioMap.defaults(MAP, GRID)


def test_the_stronger_a_tag_the_more_anchors() -> None:
    audibility = Audibility(RADIO_MAP)
    weak, plain, strong = (2 * audibility.log(np.float32(db), 1) for db in (-30.0, 0.0, 30.0))
    assert (weak < plain).all()
    assert (plain < strong).all()
    assert strong == pytest.approx(np.log(6 + 3), abs=0.02)


def test_each_cell_has_its_own_offset_between_the_rows_too() -> None:
    audibility = Audibility(RADIO_MAP)
    offset_db = np.linspace(-12, 12, GRID.cells_count, dtype=np.float32)
    found = audibility.log(offset_db, 2)
    over = (RADIO_MAP.expected_dbm + offset_db + 93) * 1.702 / 9
    assert found == pytest.approx(np.log((1 / (1 + np.exp(-over))).sum(0) + 3), abs=0.02)


def test_beyond_the_table_is_its_end() -> None:
    audibility = Audibility(RADIO_MAP)
    for end_db in (-30.0, 30.0):
        beyond = audibility.log(np.float32(2 * end_db), 1)
        assert beyond == pytest.approx(audibility.log(np.float32(end_db), 1))


def test_more_than_two_anchors_count_as_two() -> None:
    audibility = Audibility(RADIO_MAP)
    one, two, many = (audibility.log(np.float32(0), count) for count in (1, 2, 9))
    assert two == pytest.approx(2 * one)
    assert many == pytest.approx(two)

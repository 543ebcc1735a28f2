import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store_maps.way import PIECE_M, Way

CORNERS = np.array([[0.0, 0, 0], [6, 0, 0], [6, 1, 0], [6.2, 1, 1], [6.2, 9, 1]])


def test_long_legs_are_divided_and_stairs_are_not() -> None:
    way = Way.along(CORNERS)
    flat = np.delete(way.pieces_m, way.climbs)
    assert flat.max() <= 1.5 * PIECE_M
    assert way.pieces_m.sum() == pytest.approx(6 + 1 + 0.2 + 8)
    assert [way.levels[i] for i in (way.climbs[0], way.climbs[0] + 1)] == [0, 1]
    assert len(way.climbs) == 1
    assert (way.x_m[0], way.y_m[0]) == (0, 0)
    assert (way.x_m[-1], way.y_m[-1]) == (6.2, 9)


def test_a_way_of_one_place_leads_nowhere() -> None:
    way = Way.along(CORNERS[:1])
    assert not len(way.pieces_m)
    assert [len(part.x_m) for part in way.cut(0.5)] == [1, 1]


@given(st.floats(0, 1))
def test_a_cut_keeps_the_length_and_both_hold_the_place(part: float) -> None:
    way = Way.along(CORNERS)
    gone, left = way.cut(part)
    assert gone.pieces_m.sum() + left.pieces_m.sum() == pytest.approx(way.pieces_m.sum())
    assert (gone.places[-1] == left.places[0]).all()
    assert gone.pieces_m.sum() == pytest.approx(part * way.pieces_m.sum(), abs=1.5 * PIECE_M)


def test_back_is_the_same_way() -> None:
    way = Way.along(CORNERS)
    assert (way.back().places == way.places[::-1]).all()
    assert way.back().climbs.tolist() == [len(way.pieces_m) - 1 - way.climbs[0]]

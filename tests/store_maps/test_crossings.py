import numpy as np
import pytest
import shapely

from store_maps.crossings import crossings_db
from store_maps.feature import Fixture

# Steps that are no whole number in binary.
EDGE_M = 0.1


def shelf(x_m: float, y_m: float) -> Fixture:
    return Fixture(
        id="shelf",
        level="L0",
        category="shelf",
        name="",
        height_m=2.0,
        attenuation_db=3.0,
        blocks_walking=False,
        polygon=shapely.box(x_m, y_m, x_m + 3 * EDGE_M, y_m + 3 * EDGE_M),
    )


def grid_db(corner_m: tuple[float, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The loss between two rows of places, between which rays graze every corner of a shelf."""
    x_m, y_m = corner_m
    steps_m = EDGE_M * np.arange(12)
    low = np.column_stack([x_m + steps_m, np.full(12, y_m), np.ones(12)])
    high = np.column_stack([x_m + steps_m, np.full(12, y_m + 11 * EDGE_M), np.ones(12)])
    inside = np.column_stack([x_m + steps_m, np.full(12, y_m + 4 * EDGE_M), np.ones(12)])
    wall = shapely.linestrings([[x_m + EDGE_M, y_m + EDGE_M], [x_m + 9 * EDGE_M, y_m + EDGE_M]])
    fixtures = [shelf(x_m + 4 * EDGE_M, y_m + 4 * EDGE_M)]
    return crossings_db([(wall, 5.0)], fixtures, low, np.concatenate([high, inside]))


@pytest.mark.parametrize("corner_m", [(100.0, 100.0), (-812.519, 3.001), (0.137, 5_000.7)])
def test_what_grazes_a_corner_does_so_wherever_the_origin_lies(
    corner_m: tuple[float, float],
) -> None:
    assert np.array_equal(grid_db(corner_m), grid_db((0.0, 0.0)))


def test_nothing_in_between_takes_nothing() -> None:
    assert not crossings_db([], [], np.zeros((2, 3)), np.ones((3, 3))).any()

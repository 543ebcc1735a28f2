import numpy as np
import pytest

from edge_agent.blocks import Blocks, Focus
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import feature, rectangle, two_zones

GRID = FloorGrid.build(two_zones(feature("shelf", rectangle(5, 1, 2, 6), kind="fixture")))
BLOCKS = Blocks(GRID)


def test_a_block_is_a_square_and_every_cell_is_in_one() -> None:
    assert sorted(BLOCKS.order) == list(range(GRID.cells_count))
    for number, places in enumerate(BLOCKS.places):
        cells = BLOCKS.order[places]
        assert (cells == BLOCKS.groups[number]).all()
        assert (BLOCKS.of_place[places] == number).all()
        assert (np.ptp(GRID.xy_m[cells], axis=0) <= 3.5).all()
        apart_m = np.hypot(*(GRID.xy_m[cells] - GRID.xy_m[cells].mean(0)).T)
        assert apart_m[BLOCKS.middles[number] - places[0]] == apart_m.min()


def test_an_even_posterior_is_looked_at_everywhere() -> None:
    place = np.full(GRID.cells_count, 1 / GRID.cells_count, np.float32)
    focus = Focus(BLOCKS, place)
    assert sorted(focus.cells) == list(range(GRID.cells_count))
    values = np.random.default_rng(1).random(GRID.cells_count).astype(np.float32)
    assert focus.spread(values[focus.cells]) == pytest.approx(values)


def test_a_block_with_next_to_nothing_is_looked_at_in_its_middle() -> None:
    place = np.full(GRID.cells_count, 1e-7, np.float32)
    near = BLOCKS.places[2]
    place[near[5]] = 1.0
    focus = Focus(BLOCKS, place)
    others = [middle for number, middle in enumerate(BLOCKS.middles) if number != 2]
    assert sorted(focus.cells) == sorted([*near, *others])
    spread = focus.spread(focus.cells.astype(np.float32))
    assert (spread[near] == near).all()
    for number in (0, 1, 3):
        assert set(spread[BLOCKS.places[number]]) == {BLOCKS.middles[number]}

import numpy as np
import pytest

from edge_agent.stroll import Strolls
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import level, rectangle, store, two_zones, wall, zone

SECONDS = 60


def test_walks_visit_the_whole_floor_and_never_come_through_a_wall() -> None:
    floor_map = two_zones(wall("w", (8, 0), (8, 8)))
    grid = FloorGrid.build(floor_map)
    seen = np.zeros(grid.cells_count)
    for track in Strolls(floor_map, grid, 1).take(40, SECONDS):
        xy_m, _ = track.sampled(np.arange(0, SECONDS, 0.5))
        cells = grid.cell_at(xy_m[:, 0], xy_m[:, 1], 0)
        assert (cells >= 0).all()
        assert len(set((grid.xy_m[cells, 0] > 8).tolist())) == 1
        seen[cells] += 1
    assert (seen > 0).mean() > 0.8


def test_people_cover_a_quarter_of_a_metre_a_second() -> None:
    floor_map = two_zones()
    walks = Strolls(floor_map, FloorGrid.build(floor_map), 2).take(20, SECONDS)
    steps = [np.diff(walk.sampled(np.arange(SECONDS, dtype=float))[0], axis=0) for walk in walks]
    assert 0.2 < np.hypot(*np.concatenate(steps).T).mean() < 0.35


def test_a_seed_gives_the_same_walks() -> None:
    floor_map = two_zones()
    grid = FloorGrid.build(floor_map)
    one, same, other = (Strolls(floor_map, grid, seed).take(3, SECONDS) for seed in (1, 1, 2))
    assert [walk.at(30.0) for walk in one] == [walk.at(30.0) for walk in same]
    assert [walk.at(30.0) for walk in one] != [walk.at(30.0) for walk in other]


@pytest.mark.parametrize(("wide_m", "moves"), [(0.5, False), (1.0, True)])
def test_a_closet_of_a_cell_or_two_is_walked_as_far_as_it_goes(wide_m: float, moves: bool) -> None:  # noqa: FBT001
    closet = rectangle(0, 0, wide_m, 0.5)
    walkable = {
        "type": "Feature",
        "id": "w",
        "geometry": closet,
        "properties": {"kind": "walkable", "level": "L0"},
    }
    floor_map = store([level("L0"), zone("a", closet), walkable])
    (walk,) = Strolls(floor_map, FloorGrid.build(floor_map), 1).take(1, SECONDS)
    places, _ = walk.sampled(np.arange(SECONDS, dtype=float))
    assert (np.ptp(places[:, 0]) > 0.3) == moves

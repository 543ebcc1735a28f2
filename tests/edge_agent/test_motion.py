import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.motion import Masses, Motion
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import feature, level, store, two_zones, wall, zone

FEATURES = [level("L0"), level("L1", ordinal=1)]
STAIRS = {
    "type": "Feature",
    "id": "stairs",
    "geometry": {"type": "MultiPoint", "coordinates": [[4.0, 4.0], [12.0, 4.0]]},
    "properties": {"kind": "connector", "category": "stairs", "from": "L0", "to": "L1"},
}
OPEN = FloorGrid.build(two_zones())
WALLED = FloorGrid.build(two_zones(wall("w", (8, -1), (8, 9))))


def at(grid: FloorGrid, motion: Motion, x_m: float, level_id: str = "L0") -> int:
    """The working place of the cell at (x, 4)."""
    cell = int(grid.cell_at(x_m, 4.0, level_id)[0])
    return int(np.flatnonzero(motion.order == cell)[0])


def released(grid: FloorGrid, motion: Motion, x_m: float) -> Masses:
    mass = np.zeros((1, grid.cells_count), np.float32)
    mass[0, at(grid, motion, x_m)] = 1.0
    return mass


@given(
    st.integers(0, OPEN.cells_count - 1),
    st.sampled_from([0.2, 0.75, 1.5]),
    st.sampled_from([0.0, 0.01]),
)
def test_mass_is_kept_and_stays_positive(cell: int, sd_m: float, leak: float) -> None:
    mass = np.zeros((2, OPEN.cells_count), np.float32)
    mass[:, cell] = (1.0, 3.0)
    moved = Motion(OPEN, [sd_m], leak).apply(mass, 0)
    assert moved.sum(1) == pytest.approx([1.0, 3.0], rel=1e-4)
    assert moved.min() >= 0


def test_it_is_the_grids_own_step_in_another_order() -> None:
    motion = Motion(WALLED, [0.3, 0.9], 0.001)
    mass = np.random.default_rng(1).random((3, WALLED.cells_count)).astype(np.float32)
    expected = WALLED.step_matrix(0.9, 0.001).apply(np.ascontiguousarray(mass.T)).T
    moved = motion.apply(np.ascontiguousarray(mass[:, motion.order]), 1)
    assert moved == pytest.approx(expected[:, motion.order], rel=0.01)


def test_a_second_of_walking_spreads_by_its_standard_deviation() -> None:
    motion = Motion(OPEN, [0.75], 0.0)
    moved = motion.apply(released(OPEN, motion, 8.2), 0)[0]
    x_m = OPEN.xy_m[motion.order, 0]
    variance = moved @ (x_m - moved @ x_m) ** 2
    assert np.sqrt(variance) == pytest.approx(0.75, rel=0.01)


def test_nobody_walks_through_a_wall_except_by_the_leak() -> None:
    beyond = WALLED.xy_m[:, 0] > 8
    tight = Motion(WALLED, [1.5], 0.0)
    assert tight.apply(released(WALLED, tight, 7.7), 0)[0][beyond[tight.order]].sum() == 0.0
    leaky = Motion(WALLED, [1.5], 0.01)
    through = leaky.apply(released(WALLED, leaky, 7.7), 0)[0][beyond[leaky.order]].sum()
    assert through == pytest.approx(0.005, rel=0.01)


def test_what_only_leaked_somewhere_stays_asleep_and_keeps_its_mass() -> None:
    motion = Motion(OPEN, [0.75], 0.0)
    mass = released(OPEN, motion, 2.2)
    far = at(OPEN, motion, 14.2)
    mass[0, far] = 1e-5
    moved = motion.apply(mass, 0)
    assert moved[0, far] == mass[0, far]
    assert moved.sum() == pytest.approx(mass.sum(), rel=1e-5)


def test_stairs_lead_to_the_other_level() -> None:
    one = zone("a", {"type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 4], [0, 0]]]})
    grid = FloorGrid.build(store([*FEATURES, one, STAIRS]))
    motion = Motion(grid, [0.9], 0.0)
    moved = motion.apply(released(grid, motion, 4.0), 0)[0]
    upstairs = grid.level_index[motion.order] == 1
    assert 0.001 < moved[upstairs].sum() < 0.2
    assert moved[at(grid, motion, 12.0, "L1")] == moved[upstairs].max()


def test_shelves_and_pillars_split_the_floor_into_its_own_blocks() -> None:
    pillars = [
        feature(
            f"f{i}",
            {
                "type": "Polygon",
                "coordinates": [[[x, 2], [x + 1, 2], [x + 1, 6], [x, 6], [x, 2]]],
            },
            kind="fixture",
        )
        for i, x in enumerate((3, 6, 10, 13))
    ]
    grid = FloorGrid.build(two_zones(*pillars))
    motion = Motion(grid, [0.75], 0.001)
    assert sorted(motion.order) == list(range(grid.cells_count))
    moved = motion.apply(np.ones((1, grid.cells_count), np.float32), 0)
    assert moved == pytest.approx(np.ones((1, grid.cells_count)), rel=1e-3)

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.belief import OFFSETS_DB, Belief, Likelihood, Reading
from edge_agent.radio_map import RadioMap
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import two_zones

MAP = two_zones()
GRID = FloorGrid.build(MAP)
RADIO_MAP = RadioMap.defaults(MAP, GRID)
LIKELIHOOD = Likelihood(RADIO_MAP, nu=4.0, temper=0.8)
CELL = int(GRID.cell_at(5.0, 3.0, "L0")[0])


def heard_at(cell: int, offset_db: float = 0.0, count: int = 1) -> list[Reading]:
    return [
        Reading(anchor, float(RADIO_MAP.expected_dbm[anchor, cell]) + offset_db, count)
        for anchor in range(6)
    ]


def settled(offset_db: float, seconds: int = 30) -> Belief:
    belief = Belief(GRID.cells_count)
    for _ in range(seconds):
        belief.drift()
        belief.weigh(LIKELIHOOD.of(heard_at(CELL, offset_db), belief.offsets_db))
    return belief


def test_the_prior_is_even_over_cells_and_centred_over_offsets() -> None:
    belief = Belief(GRID.cells_count)
    assert belief.mass.sum() == pytest.approx(1.0, abs=1e-5)
    assert np.ptp(belief.mass, axis=1).max() == 0
    assert belief.offset_db == pytest.approx(0.0, abs=1e-4)
    assert belief.mass.sum(1).argmax() == 6


def test_the_likelihood_is_student_t_tempered() -> None:
    reading = Reading(2, -70.0, 3)
    found = LIKELIHOOD.of([reading], np.array([0.0, 3.0], np.float32))
    variance = 6.0**2 + 4.0**2 / 3
    apart_db = -70.0 - np.array([[0.0], [3.0]]) - RADIO_MAP.expected_dbm[2]
    expected = (1 + apart_db**2 / (4 * variance)) ** (-0.8 * 2.5)
    assert found == pytest.approx(expected / expected.max(), rel=1e-3)


def test_where_the_map_knows_less_a_reading_says_less() -> None:
    sd_db = np.full(RADIO_MAP.expected_dbm.shape, 3.0, np.float32)
    sd_db[:, GRID.xy_m[:, 0] > 8] = 9.0
    unsure = Likelihood(msgspec.structs.replace(RADIO_MAP, map_sd_db=sd_db), nu=4.0, temper=1.0)
    found = unsure.of([Reading(2, -70.0, 1)], np.zeros(1, np.float32))
    variance = sd_db[2] ** 2 + 4.0**2
    apart_db = -70.0 - RADIO_MAP.expected_dbm[2]
    expected = variance**-0.5 * (1 + apart_db**2 / (4 * variance)) ** -2.5
    assert found[0] == pytest.approx(expected / expected.max(), rel=1e-3)


def test_many_and_impossible_readings_stay_finite() -> None:
    readings = [Reading(anchor % 6, 20.0 if anchor % 2 else -127.0, 1) for anchor in range(40)]
    found = LIKELIHOOD.of(readings, OFFSETS_DB)
    assert np.isfinite(found).all()
    assert found.max() == 1.0


@pytest.mark.parametrize("offset_db", [-17.0, -8.0, -1.5, 0.0, 4.4, 16.0])
def test_a_tags_offset_is_found_and_does_not_move_its_place(offset_db: float) -> None:
    belief = settled(offset_db)
    assert belief.offset_db == pytest.approx(offset_db, abs=0.5)
    assert len(belief.mass) <= 4
    assert belief.mass.sum(0).argmax() == CELL


@pytest.mark.parametrize("offset_db", [-30.0, 30.0])
def test_an_offset_beyond_the_states_stops_at_the_last(offset_db: float) -> None:
    belief = settled(offset_db)
    assert np.isfinite(belief.mass).all()
    assert abs(belief.offset_db) > 15


def test_an_offset_that_changes_is_followed() -> None:
    belief = settled(0.0)
    for _ in range(120):
        belief.drift()
        belief.weigh(LIKELIHOOD.of(heard_at(CELL, -9.0), belief.offsets_db))
    assert belief.offset_db == pytest.approx(-9.0, abs=1.0)


@given(
    st.lists(
        st.lists(
            st.builds(Reading, st.integers(0, 5), st.floats(-127.0, 20.0), st.integers(1, 30)),
            max_size=12,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_posterior_is_one_whatever_was_heard(seconds: list[list[Reading]]) -> None:
    belief = Belief(GRID.cells_count)
    for readings in seconds:
        belief.drift()
        belief.weigh(LIKELIHOOD.of(readings, belief.offsets_db))
        assert belief.mass.sum() == pytest.approx(1.0, abs=1e-4)
        assert belief.mass.min() >= 0
        assert 2 <= len(belief.mass) <= len(OFFSETS_DB)

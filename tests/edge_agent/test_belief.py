import msgspec
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.audibility import Audibility
from edge_agent.belief import DOUBT_ROOTS, OFFSET_SD_DB, Belief, Likelihood, Reading
from edge_agent.blocks import Blocks
from edge_agent.radio_map import RadioMap
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import two_zones

MAP = two_zones()
GRID = FloorGrid.build(MAP)
BLOCKS = Blocks(GRID)
X_M = GRID.xy_m[BLOCKS.order, 0]


def in_order(radio_map: RadioMap) -> RadioMap:
    """Of the blocks."""
    return msgspec.structs.replace(
        radio_map,
        expected_dbm=radio_map.expected_dbm[:, BLOCKS.order],
        map_sd_db=radio_map.map_sd_db[:, BLOCKS.order],
    )


RADIO_MAP = in_order(RadioMap.defaults(MAP, GRID))
NU = 4.0
LIKELIHOOD = Likelihood(RADIO_MAP, nu=NU, temper=0.8)
CELL = int(np.flatnonzero(BLOCKS.order == GRID.cell_at(5.0, 3.0, "L0")[0])[0])
CELLS = np.arange(GRID.cells_count)
PACES = 3

Floats = npt.NDArray[np.float64]


def heard_at(cell: int, offset_db: float = 0.0, count: int = 1) -> list[Reading]:
    return [
        Reading(anchor, float(RADIO_MAP.expected_dbm[anchor, cell]) + offset_db, count)
        for anchor in range(6)
    ]


def take(belief: Belief, readings: list[Reading]) -> None:
    """A second as the locator takes it, of a tag that stays where it is."""
    belief.drift()
    belief.weigh(LIKELIHOOD, readings, BLOCKS)


def settled(offset_db: float, seconds: int = 30) -> Belief:
    belief = Belief(PACES, GRID.cells_count)
    for _ in range(seconds):
        take(belief, heard_at(CELL, offset_db))
    return belief


def likely(likelihood: Likelihood, reading: Reading, offset_db: Floats) -> Floats:
    """A reading's densities (cells,), 1 at the best."""
    found = likelihood.of([reading], CELLS).log(offset_db.astype(np.float32))
    return np.asarray(np.exp(found - found.max()), float)


def test_the_prior_is_even_over_cells_and_paces_and_knows_no_offset() -> None:
    belief = Belief(PACES, GRID.cells_count)
    assert belief.mass.sum() == pytest.approx(1.0, abs=1e-5)
    assert np.ptp(belief.mass) == 0
    assert belief.pace_weight == pytest.approx([1 / 3] * 3, abs=1e-5)
    assert belief.offset_db == 0
    assert belief.offsets == [(0.0, 1.0)]


def test_the_likelihood_is_student_t_tempered_at_each_cells_offset() -> None:
    offset_db = np.linspace(-3, 3, GRID.cells_count)
    found = likely(LIKELIHOOD, Reading(2, -70.0, 3), offset_db)
    variance = 6.0**2 + 4.0**2 / 3
    apart_db = -70.0 - offset_db - RADIO_MAP.expected_dbm[2]
    expected = (1 + apart_db**2 / (NU * variance)) ** (-0.8 * (NU + 1) / 2)
    expected *= np.exp(-0.8 * Audibility(RADIO_MAP).log(offset_db.astype(np.float32), 1, CELLS))
    assert found == pytest.approx(expected / expected.max(), rel=1e-3)


def test_where_the_map_knows_less_a_reading_says_less() -> None:
    sd_db = np.full(RADIO_MAP.expected_dbm.shape, 3.0, np.float32)
    sd_db[:, X_M > 8] = 9.0
    unsure = Likelihood(msgspec.structs.replace(RADIO_MAP, map_sd_db=sd_db), nu=NU, temper=1.0)
    found = likely(unsure, Reading(2, -70.0, 1), np.zeros(GRID.cells_count))
    variance = sd_db[2] ** 2 + 4.0**2
    apart_db = -70.0 - RADIO_MAP.expected_dbm[2]
    expected = variance**-0.5 * (1 + apart_db**2 / (NU * variance)) ** -2.5
    expected *= np.exp(-Audibility(RADIO_MAP).log(np.zeros(len(CELLS), np.float32), 1, CELLS))
    assert found == pytest.approx(expected / expected.max(), rel=1e-3)


def test_many_and_impossible_readings_stay_finite() -> None:
    readings = [Reading(anchor % 6, 20.0 if anchor % 2 else -127.0, 1) for anchor in range(40)]
    belief = Belief(PACES, GRID.cells_count)
    take(belief, readings)
    assert np.isfinite(belief.mass).all()
    assert belief.mass.sum() == pytest.approx(1.0, abs=1e-4)


def test_place_and_offset_are_what_the_joint_normal_posterior_says() -> None:
    """With wide tails: all cells and a fine raster of offsets, by brute force."""
    likelihood = Likelihood(RADIO_MAP, nu=1e4, temper=1.0)
    belief = Belief(PACES, GRID.cells_count)
    readings = [Reading(0, -63.0, 1), Reading(3, -74.0, 2), Reading(5, -81.0, 1)]
    belief.weigh(likelihood, readings, BLOCKS)
    offset_db = np.linspace(-60, 60, 601)[:, None]
    log = -0.5 * (offset_db / OFFSET_SD_DB) ** 2
    for reading in readings:
        left_db = reading.rssi_dbm - offset_db - RADIO_MAP.expected_dbm[reading.anchor]
        log = log - 0.5 * left_db**2 / (6.0**2 + 4.0**2 / reading.count)
    joint = np.exp(log - log.max())
    joint /= joint.sum()
    assert belief.place == pytest.approx(joint.sum(0), rel=0.02, abs=1e-6)
    assert belief.offset_db == pytest.approx(float((joint * offset_db).sum()), abs=0.05)


@pytest.mark.parametrize("offset_db", [-30.0, -17.0, -8.0, -1.5, 0.0, 4.4, 16.0])
def test_a_tags_offset_is_found_and_does_not_move_its_place(offset_db: float) -> None:
    belief = settled(offset_db)
    assert belief.offset_db == pytest.approx(offset_db, abs=2.0)
    assert belief.place.argmax() == CELL
    offsets = belief.offsets
    assert sum(p for _, p in offsets) == pytest.approx(1.0, abs=1e-5)
    assert sum(db * p for db, p in offsets) == pytest.approx(belief.offset_db, abs=0.3)


def test_an_offset_that_changes_is_followed() -> None:
    belief = settled(0.0)
    before_db = belief.offset_db
    for _ in range(180):
        take(belief, heard_at(CELL, -9.0))
    assert belief.offset_db == pytest.approx(before_db - 9.0, abs=2.0)


def test_offsets_move_with_the_tag() -> None:
    belief = settled(6.0)
    place, offset_db = belief.place, belief.offset_db
    belief.arrive(belief.mass * 2, belief.carried() * 2)
    assert belief.place == pytest.approx(place, abs=1e-6)
    assert belief.offset_db == pytest.approx(offset_db, abs=1e-3)


def test_a_pace_is_kept_for_a_while() -> None:
    belief = Belief(PACES, GRID.cells_count)
    belief.mass[0] *= 3
    belief.mass[1:] = 0
    belief.drift()
    assert belief.pace_weight == pytest.approx([0.97, 0.015, 0.015], abs=1e-5)


@given(
    st.lists(
        st.lists(
            st.builds(Reading, st.integers(0, 5), st.floats(-127.0, 20.0), st.integers(1, 30)),
            min_size=1,
            max_size=12,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_posterior_is_one_whatever_was_heard(seconds: list[list[Reading]]) -> None:
    belief = Belief(PACES, GRID.cells_count)
    for readings in seconds:
        take(belief, readings)
        assert belief.mass.sum() == pytest.approx(1.0, abs=1e-4)
        assert belief.mass.min() >= 0
        assert np.isfinite(belief.offset_there_db).all()


def test_who_doubts_believes_the_same_less() -> None:
    belief = Belief(3, 4)
    belief.mass[:] = np.array([0.4, 0.3, 0.2, 0.1]) / 3
    belief.doubt()
    place = np.array([0.4, 0.3, 0.2, 0.1]) ** (1 - 2.0**-DOUBT_ROOTS)
    assert belief.place == pytest.approx(place / place.sum(), rel=1e-5)

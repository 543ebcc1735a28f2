"""The law that walking makes likely, once it is known where the tags were."""

import numpy as np

from edge_agent.belief import Reading
from edge_agent.hindsight import Walked
from edge_agent.likely_law import Evidence, without
from edge_agent.path_loss import PathLoss, nominal, rays
from edge_agent.radio_map import RadioMap
from edge_agent.unlabelled import Piece
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import two_zones, wall

MAP = two_zones(wall("w", (8, 1), (8, 7)))
GRID = FloorGrid.build(MAP, 1.0)
SEEN = rays(MAP, GRID.xy_m, GRID.level_index, 1.0)
PRIOR = nominal(MAP)
RADIO_MAP = RadioMap.defaults(MAP, GRID)
TRUTH = PathLoss(PRIOR.power_dbm_1m + np.array([3, -3, 1, -1, 2, -2]), np.full(6, 2.0), 0.6)
OFFSETS_DB = np.array([5.0, -5.0])


def known(tag: int, *, anchors: int = 6, noise_db: float = 0.0) -> Walked:
    """A piece that stands in every cell once, and is known to."""
    random = np.random.default_rng(tag)
    heard = TRUTH.expected_dbm(SEEN) + OFFSETS_DB[tag]
    heard += random.normal(0, 1, heard.shape) * noise_db
    seconds = tuple(
        tuple(Reading(row, float(column[row]), 2) for row in range(anchors)) for column in heard.T
    )
    posterior = np.eye(GRID.cells_count, dtype=np.float32)
    offset_db = np.zeros(len(seconds))
    return Walked(Piece(0, tag, (*seconds, ())), posterior, posterior, offset_db)


def evidence(*pieces: Walked) -> Evidence:
    result = Evidence(SEEN, RADIO_MAP, np.zeros(len(pieces)))
    for piece in pieces:
        result.add(piece)
    return result


def test_known_places_tell_law_and_offsets() -> None:
    found = evidence(known(0), known(1)).fit(PRIOR)
    np.testing.assert_allclose(found.offsets_db, OFFSETS_DB, atol=0.4)
    np.testing.assert_allclose(found.law.power_dbm_1m, TRUTH.power_dbm_1m, atol=0.6)
    np.testing.assert_allclose(found.law.exponent, TRUTH.exponent, atol=0.1)
    assert abs(found.law.loss_share - TRUTH.loss_share) < 0.2


def test_what_all_tags_read_stronger_is_the_stores() -> None:
    found = evidence(known(0)).fit(PRIOR)
    np.testing.assert_allclose(found.offsets_db, [0.0], atol=1e-9)
    assert abs((found.law.power_dbm_1m - TRUTH.power_dbm_1m).mean() - OFFSETS_DB[0]) < 1


def test_an_anchor_that_nobody_heard_goes_with_the_others() -> None:
    one = evidence(known(0, anchors=5))
    assert one.seconds_heard(6).tolist() == [GRID.cells_count] * 5 + [0]
    law = one.fit(PRIOR).law
    assert abs(law.exponent[5] - law.exponent[:5].mean()) < 0.1
    assert law.power_dbm_1m[5] > PRIOR.power_dbm_1m[5] + 1


def test_the_misfit_is_what_packets_do_not_explain() -> None:
    here = PathLoss(TRUTH.power_dbm_1m + OFFSETS_DB[0], TRUTH.exponent, TRUTH.loss_share)
    exact = RADIO_MAP.__class__(
        anchor_ids=RADIO_MAP.anchor_ids,
        expected_dbm=here.expected_dbm(SEEN).astype(np.float32),
        map_sd_db=RADIO_MAP.map_sd_db,
        fading_sd_db=RADIO_MAP.fading_sd_db,
        places_sha=RADIO_MAP.places_sha,
        rung="self-calibrated",
    )
    for noise_db, expected_db in ((0.0, 0.0), (5.0, np.sqrt(25 - 8))):
        one = Evidence(SEEN, exact, np.zeros(1))
        one.add(known(0, noise_db=noise_db))
        assert abs(one.misfit_db - expected_db) < 0.3


def test_a_reading_does_not_vouch_for_itself() -> None:
    share = np.array([0.9, 0.1])
    misfit = np.array([[0.0, 8.0], [1.0, 1.0]])
    other = without(share, misfit)
    np.testing.assert_allclose(other[1], share)
    assert other[0, 1] > share[1]
    np.testing.assert_allclose(other.sum(1), 1)

import math

import msgspec
import numpy as np
import pytest

from edge_agent.calibration import Calibration
from edge_agent.checkpoints import Checkpoints, of_survey, of_walks
from edge_agent.estimate import RADIUS_SDS, RADIUS_SHARE
from edge_agent.measurements import Measurements, calibrated
from edge_agent.path_loss import PathLoss, nominal, place_ids, rays
from edge_agent.proof import (
    Difference,
    Ground,
    Proof,
    explained_share,
    left_out,
    proof,
    rms,
    t_95,
    tag_offsets_db,
)
from edge_agent.sighting import Sighting
from edge_agent.survey import SurveyRow
from edge_agent.truth import TruthRow
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import parse
from tests.edge_agent.small_store import two_zones

MAP = two_zones()
GROUND = Ground(MAP, FloorGrid.build(MAP, 0.5))
DEFAULTS = Calibration.defaults(MAP)
# A hall that carries farther than the defaults think.
TRUTH = PathLoss(nominal(MAP).power_dbm_1m + np.array([-6, 5, 0, 7, -3, 2]), np.full(6, 1.6))


def survey(count: int = 20, seed: int = 1, sd_db: float = 1.0) -> list[SurveyRow]:
    random = np.random.default_rng(seed)
    xy_m = random.uniform([0.5, 0.5], [15.5, 7.5], (count, 2))
    rssi_dbm = TRUTH.expected_dbm(rays(MAP, xy_m, np.zeros(count, int), 1.0))
    rssi_dbm += random.normal(0, sd_db, rssi_dbm.shape)
    return [
        SurveyRow(f"{place:02}", float(x_m), float(y_m), name, 30, float(value), 3.0)
        for place, (x_m, y_m) in enumerate(xy_m)
        for name, value in zip(place_ids(MAP), rssi_dbm[:, place], strict=True)
    ]


def fit(points: Measurements) -> Calibration:
    return calibrated(MAP, points, "survey", 1.0)


@pytest.fixture(scope="module")
def points() -> Checkpoints:
    return of_survey(MAP, survey())


@pytest.fixture(scope="module")
def proofs(points: Checkpoints) -> tuple[Proof, Proof]:
    return proof(GROUND, points, DEFAULTS, lambda _: None), left_out(
        GROUND, points, fit, lambda _: None
    )


def test_a_survey_beats_the_defaults_where_it_was_left_out(proofs: tuple[Proof, Proof]) -> None:
    before, after = proofs
    assert after.rms_db < before.rms_db / 1.5
    assert after.mean_m < before.mean_m
    assert after.median_m < before.median_m
    assert after.zone_share >= before.zone_share
    assert len(after.error_m) == len(before.error_m) == 20
    found = Difference.of(after, before)
    assert found.mean_m == pytest.approx(after.mean_m - before.mean_m)


def test_the_law_explains_an_honest_survey_and_no_mixed_up_one(
    points: Checkpoints, proofs: tuple[Proof, Proof]
) -> None:
    assert explained_share(points, proofs[1]) > 0.5
    rows = survey()
    moved = np.random.default_rng(3).permutation(20)
    mixed = [
        msgspec.structs.replace(row, x_m=rows[6 * other].x_m, y_m=rows[6 * other].y_m)
        for row, other in zip(rows, np.repeat(moved, 6), strict=True)
    ]
    wrong = of_survey(MAP, mixed)
    assert explained_share(wrong, left_out(GROUND, wrong, fit, lambda _: None)) < 0.05


def test_progress_is_told_part_by_part(points: Checkpoints) -> None:
    told: list[str] = []
    proof(GROUND, points, DEFAULTS, told.append)
    assert told == [f"defaults: part {part} of 10" for part in range(1, 11)]


def test_a_walk_is_judged_where_its_truth_is_known() -> None:
    times = [*range(20), *range(40, 50)]
    rows = [TruthRow(float(t), tag, 2 + t / 5, 2.0) for t in times for tag in "abc"]
    xy_m = np.array([(2 + t / 5, 2.0) for t in range(50)])
    rssi_dbm = TRUTH.expected_dbm(rays(MAP, xy_m, np.zeros(50, int), 1.0))
    heard = [
        Sighting(tag, name, float(rssi_dbm[anchor, t]), float(t))
        for t in range(50)
        for tag in "abc"
        for anchor, name in enumerate(place_ids(MAP))
    ]
    walks = of_walks(MAP, [(heard, rows)])
    found = proof(GROUND, walks, DEFAULTS, lambda _: None)
    assert len(found.error_m) == 3 * (15 + 10)
    assert np.bincount(found.item).tolist() == [25, 25, 25]
    assert len(found.is_zone_right) == len(found.error_m)


def test_where_no_zone_is_none_is_right_or_wrong(points: Checkpoints) -> None:
    bare = two_zones()
    document = msgspec.json.decode(msgspec.json.encode(bare.document))
    document["features"] = [
        item for item in document["features"] if item["properties"]["kind"] != "zone"
    ]
    floor_map = parse(msgspec.json.encode(document))
    ground = Ground(floor_map, FloorGrid.build(floor_map, 1.0))
    found = proof(ground, points, Calibration.defaults(floor_map), lambda _: None)
    assert math.isnan(found.zone_share)
    assert found.mean_m > 0


def proof_of(*error_m: float, items: int = 2) -> Proof:
    item = np.arange(len(error_m)) % items
    return Proof(
        np.zeros(1), np.zeros(1), np.array(error_m), np.ones(len(error_m)), np.ones(1, bool), item
    )


def test_a_difference_counts_items_not_fixes() -> None:
    found = Difference.of(proof_of(1, 3, 1, 3), proof_of(0, 0, 0, 0))
    assert found.mean_m == 2
    assert found.within_m == pytest.approx(t_95(1) * 1.0)
    assert not found.is_sure
    assert found.than("defaults") == (
        "errs 2.00 m more than defaults (+-7.16 m 19 times in 20, so it may be chance)"
    )
    sure = Difference.of(proof_of(1, 1, 1, 1), proof_of(3, 3, 3, 3))
    assert sure.is_sure
    assert sure.than("survey") == "errs 2.00 m less than survey (+-0.00 m 19 times in 20)"


def test_one_item_makes_nothing_sure() -> None:
    found = Difference.of(proof_of(1, 2, items=1), proof_of(5, 5, items=1))
    assert found.within_m == math.inf
    assert not found.is_sure


@pytest.mark.parametrize(("degrees", "known"), [(4, 2.776), (9, 2.262), (30, 2.042), (500, 1.965)])
def test_student_s_t_is_that_of_the_tables(degrees: int, known: float) -> None:
    assert t_95(degrees) == pytest.approx(known, rel=0.02)


def test_a_tag_s_offset_is_its_median() -> None:
    tag = np.array([0, 0, 0, 1])
    assert tag_offsets_db(tag, np.array([1.0, 2.0, 30.0, -4.0])).tolist() == [2, 2, 2, -4]


def test_of_nothing_nothing_is_known() -> None:
    nothing = Proof(
        np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, bool), np.zeros(0, int)
    )
    assert nothing.place_sd_m == 0
    for value in (nothing.mean_m, nothing.median_m, nothing.zone_share, nothing.rms_db, rms([])):
        assert math.isnan(value)


def test_what_radii_lack_is_what_places_err_by() -> None:
    rng = np.random.default_rng(1)
    known_m, place_m = 1.0, 2.0
    error_m = np.hypot(*rng.normal(0, np.hypot(known_m, place_m), (2, 4000)))
    found = Proof(
        np.zeros(1),
        np.zeros(1),
        error_m,
        np.full(len(error_m), RADIUS_SDS * known_m),
        np.ones(1, bool),
        np.zeros(len(error_m), int),
    )
    assert found.place_sd_m == pytest.approx(place_m, rel=0.05)
    held = error_m < np.hypot(found.radius_m, RADIUS_SDS * found.place_sd_m)
    assert held.mean() == pytest.approx(RADIUS_SHARE, abs=0.01)

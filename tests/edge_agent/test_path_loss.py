import numpy as np
import pytest

from edge_agent.path_loss import PathLoss, Readings, fit, nominal, place_ids, rays
from tests.edge_agent.small_store import (
    anchor,
    feature,
    level,
    rectangle,
    store,
    two_zones,
    wall,
    zone,
)

POINT = {"type": "Point", "coordinates": [4.0, 4.0]}


def test_the_nominal_law_is_what_the_map_says() -> None:
    strong = feature("q", POINT, kind="anchor", height_m=2.0, rssi_offset_db=4)
    loud = feature("r", POINT, kind="beacon", beacon="r", height_m=2.0, tx_power_dbm_1m=-50)
    plain = feature("s", POINT, kind="beacon", beacon="s", height_m=2.0)
    floor_map = two_zones(loud, plain, strong)
    assert place_ids(floor_map) == ("p0", "p1", "p2", "p3", "p4", "p5", "q", "r", "s")
    assert nominal(floor_map).power_dbm_1m.tolist() == [-59] * 6 + [-55, -50, -59]


def test_distance_wall_and_exponent_weaken() -> None:
    floor_map = two_zones(wall("w", (4, 0), (4, 4)))
    seen = rays(floor_map, np.array([[6.0, 1.0], [1.0, 1.0]]), np.zeros(2, int), 2.5)
    assert seen.distance_m[0].tolist() == [5.0, 0.0]
    assert seen.loss_db[0].tolist() == [4.0, 0.0]
    expected_dbm = PathLoss(np.full(6, -59.0), np.full(6, 2.0), 0.5).expected_dbm(seen)
    assert expected_dbm[0, 0] == pytest.approx(-59 - 20 * np.log10(5) - 2)
    assert expected_dbm[0, 1] == pytest.approx(-59 - 20 * np.log10(0.5))


def test_another_level_is_its_storey_away_and_behind_its_ceiling() -> None:
    features = [level("L0"), level("L1", ordinal=1), zone("a", rectangle(0, 0, 4, 4))]
    floor_map = store([*features, anchor("p", 1, 1), anchor("q", 1, 1, "L1")])
    seen = rays(floor_map, np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([0, 1]), 1.0)
    assert seen.distance_m.tolist() == [[1.5, 2.5], [5.5, 1.5]]
    assert seen.loss_db.tolist() == [[0.0, 15.0], [15.0, 0.0]]


def test_the_fit_finds_the_law_behind_noisy_measurements() -> None:
    floor_map = two_zones(wall("w", (5, 0), (5, 8)))
    random = np.random.default_rng(1)
    xy_m = random.uniform((0.5, 0.5), (15.5, 7.5), (200, 2))
    seen = rays(floor_map, xy_m, np.zeros(200, int), 1.0)
    true = PathLoss(np.array([-55.0, -60, -65, -58, -62, -70]), np.full(6, 3.0), 1.25)
    which = np.arange(200) % 6
    rssi_dbm = true.expected_dbm(seen)[which, np.arange(200)] + random.normal(0, 1, 200)
    rssi_dbm[::20] -= 25
    readings = Readings(which, rssi_dbm, np.ones(200), np.full(200, -1))
    found = fit(nominal(floor_map), seen, readings).law
    assert np.abs(found.power_dbm_1m - true.power_dbm_1m).max() < 1.5
    assert found.exponent == pytest.approx(3.0, abs=0.15)
    assert found.loss_share == pytest.approx(1.25, abs=0.2)


def test_without_a_measurement_the_prior_stays() -> None:
    floor_map = two_zones()
    seen = rays(floor_map, np.zeros((0, 2)), np.zeros(0, int), 1.0)
    prior = nominal(floor_map)
    nothing = Readings(np.zeros(0, int), np.zeros(0), np.zeros(0), np.zeros(0, int))
    found = fit(prior, seen, nothing).law
    assert found.power_dbm_1m == pytest.approx(prior.power_dbm_1m)
    assert found.exponent == pytest.approx(np.full(6, 2.5))
    assert found.loss_share == pytest.approx(1.0)

from collections import Counter
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from edge_agent.calibration import Calibration, Left
from edge_agent.path_loss import nominal
from edge_agent.possible_air import PACKETS_PER_S, PossibleAir, process, received_p
from edge_agent.sighting import Sighting
from store_maps.floor_grid import FloorGrid
from store_maps.track import Track
from tests.edge_agent.small_store import two_zones

SECONDS = 100


def standing(x_m: float = 4.0, y_m: float = 4.0) -> Track:
    track = Track(0.0, np.array([x_m, y_m, 0]), np.random.default_rng(1))
    track.wait_until(SECONDS)
    return track


def air(
    map_sd_db: float | None,
    variance_db: float | None = None,
    packets_per_s: float = PACKETS_PER_S,
    seed: int = 1,
) -> PossibleAir:
    floor_map = two_zones()
    calibration = Calibration.defaults(floor_map)
    if map_sd_db is not None:
        law = nominal(floor_map)
        calibration = Calibration.of_law(law, floor_map, "survey", 1.0, map_sd_db)
    if variance_db is not None:
        left = (Left(1.0, 1.0, "L0", 0.0, variance_db),)
        anchors = tuple(
            msgspec.structs.replace(anchor, left=left) for anchor in calibration.anchors
        )
        calibration = msgspec.structs.replace(calibration, anchors=anchors)
    return PossibleAir(floor_map, FloorGrid.build(floor_map), calibration, packets_per_s, seed)


def mean_dbm(heard: list[Sighting], anchor: str) -> float:
    """Of an anchor; where it hears nothing, its sensitivity."""
    values = [one.rssi_dbm for one in heard if one.anchor == anchor]
    return float(np.mean(values or [-96.0]))


def spread_db(one: PossibleAir) -> float:
    """How far tags' means beside each other differ from anchor to anchor."""
    table = [
        [mean_dbm(heard, f"p{i}") for i in range(6)]
        for heard in (one.heard(number, standing(), 20) for number in range(40))
    ]
    wrong_db = np.array(table) - np.mean(table, axis=0)
    wrong_db -= wrong_db.mean(axis=1, keepdims=True)
    return float(wrong_db.std())


def test_an_anchor_gets_two_packets_a_second_by_default_and_as_many_as_are_asked_for() -> None:
    for one, rate in ((air(3.0), 2.0), (air(3.0, packets_per_s=1.0), 1.0)):
        heard = one.heard(0, standing(), SECONDS)
        counts = Counter(one.anchor for one in heard)
        assert len(counts) == 6
        assert np.mean(list(counts.values())) == pytest.approx(rate * SECONDS, rel=0.1)
        assert all(0 <= a.t_s <= b.t_s <= SECONDS for a, b in pairwise(heard))
        assert all(one.rssi_dbm == round(one.rssi_dbm) and one.tag == "tag-0000" for one in heard)


def test_a_measured_map_is_as_wrong_as_it_says() -> None:
    small, large = (spread_db(air(map_sd_db)) for map_sd_db in (1.0, 5.0))
    assert small < 1.6
    assert 3.6 < large < 5.6


def test_what_measuring_added_is_no_error_of_the_map() -> None:
    assert spread_db(air(5.0, variance_db=16.0)) < 0.8 * spread_db(air(5.0, variance_db=1e-6))


def test_a_map_never_measured_is_wrong_by_the_priors_of_its_law() -> None:
    assert spread_db(air(None)) > 5.0


def test_a_seed_and_a_number_give_the_same_packets() -> None:
    one, same, other = air(4.0), air(4.0), air(4.0, seed=2)
    assert one.heard(3, standing(), 10) == same.heard(3, standing(), 10)
    assert one.heard(3, standing(), 10) != other.heard(3, standing(), 10)
    assert one.heard(3, standing(), 10)[0].tag == "tag-0003"


def test_weak_packets_are_lost_and_a_third_of_all() -> None:
    received = received_p(np.array([-40.0, -96.0, -110.0]))
    assert received[0] == pytest.approx(2 / 3)
    assert received[1] == pytest.approx(1 / 3)
    assert received[2] < 1e-3


def test_what_nobody_can_hear_is_not_drawn() -> None:
    calibration = Calibration.defaults(two_zones())
    deaf = tuple(
        msgspec.structs.replace(anchor, power_dbm_1m=-150.0) for anchor in calibration.anchors
    )
    floor_map = two_zones()
    quiet = msgspec.structs.replace(calibration, anchors=deaf)
    assert not PossibleAir(floor_map, FloorGrid.build(floor_map), quiet).heard(0, standing(), 10)


def test_a_process_is_as_correlated_as_its_reach_says() -> None:
    rng = np.random.default_rng(3)
    places_m = np.array([[0.0, 0, 0], [2.0, 0, 0], [4.0, 0, 0], [0, 0, 1_000.0]])
    draws = np.array([process(rng, places_m, 4.0) for _ in range(4_000)])
    shared = np.corrcoef(draws.T)[0]
    assert draws.std() == pytest.approx(1.0, abs=0.05)
    assert shared[1] == pytest.approx(np.exp(-0.5), abs=0.05)
    assert shared[2] == pytest.approx(np.exp(-1.0), abs=0.05)
    assert abs(shared[3]) < 0.06

import math

import numpy as np
import pytest

from edge_agent.calibration import Calibration
from edge_agent.path_loss import PathLoss, nominal, place_ids, rays
from edge_agent.sighting import Sighting
from edge_agent.walking_misfit import WalkingMisfit
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import two_zones

MAP = two_zones()
GRID = FloorGrid.build(MAP, 1.0)


def walk(law: PathLoss, stronger_db: float = 0.0) -> list[Sighting]:
    """To and fro along the store, heard by all anchors but the last."""
    xy_m = np.array([(2 + abs(12 - 0.4 * t), 4.0) for t in range(60)])
    heard_dbm = law.expected_dbm(rays(MAP, xy_m, np.zeros(60, int), 1.0)) + stronger_db
    return [
        Sighting("t", name, float(heard_dbm[anchor, t]), float(t))
        for t in range(60)
        for anchor, name in enumerate(place_ids(MAP)[:-1])
    ]


def test_a_true_map_fits_and_a_wrong_anchor_shows() -> None:
    power_dbm_1m = nominal(MAP).power_dbm_1m
    power_dbm_1m[2] -= 15
    law = PathLoss(power_dbm_1m, nominal(MAP).exponent)
    true = Calibration.of_law(law, MAP, "self-calibrated", 1.0)
    fitting = WalkingMisfit.of(MAP, GRID, true, [walk(law, 6.0)])
    assert fitting.seconds.tolist() == [60] * 5 + [0]
    assert fitting.all_rms_db < 3
    assert math.isnan(fitting.rms_db(5))
    wrong = WalkingMisfit.of(MAP, GRID, Calibration.defaults(MAP), [walk(law, 6.0)])
    assert max(range(5), key=wrong.rms_db) == 2
    assert wrong.rms_db(2) > 8
    assert wrong.all_rms_db == pytest.approx(
        math.sqrt(sum(wrong.rms_db(anchor) ** 2 for anchor in range(5)) / 5)
    )


def test_of_too_little_walking_nothing_is_known() -> None:
    short = walk(nominal(MAP))[:10]
    found = WalkingMisfit.of(MAP, GRID, Calibration.defaults(MAP), [short])
    assert found.seconds.sum() == 0
    assert found.all_rms_db == 0

import numpy as np
import pytest

from models.oracle import closed, observe
from store_maps.layouts import store


def test_the_true_place_is_seen_each_second() -> None:
    floor_map = store("grid", 3)
    left, bottom, right, top = floor_map.levels[0].polygon.bounds
    track = np.stack(
        [np.arange(30.0), np.linspace(left, right, 30), np.linspace(bottom, top, 30)], axis=1
    )
    fixes = observe(floor_map, track, np.random.default_rng(0))
    np.testing.assert_allclose([(f.t_s, f.x_m, f.y_m) for f in fixes], track)
    zones = {zone.id for zone in floor_map.leaf_zones}
    assert {f.zone for f in fixes} <= {*zones, None}
    assert all(f.zone_p == (1.0 if f.zone else 0.0) for f in fixes)


def test_the_share_of_the_gap() -> None:
    assert closed(0.40, 0.58, 0.64) == pytest.approx(0.75)

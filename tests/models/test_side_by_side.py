import numpy as np
import pytest

from hub_server.features import FEATURES
from hub_server.stage import StageModel
from models import side_by_side
from models.sequences import run
from models.visits import ObservedFix, Visit
from store_maps.floor_map import FloorMap
from store_maps.layouts import store

STORES = (store("boutique", 3), store("grid", 4))


def visit_of(floor_map: FloorMap, name: str, seed: int) -> Visit:
    """A walk to and fro with error, missed seconds and events."""
    rng = np.random.default_rng(seed)
    left, bottom, right, top = floor_map.levels[0].polygon.bounds
    n = int(rng.integers(60, 150))
    speed = np.repeat(rng.choice([0.0, 0.8], n // 10 + 1), 10)[:n, None]
    way = np.cumsum(speed * rng.normal(0, 0.6, (n, 2)), axis=0)
    track = np.clip(way + np.array([left + 4, bottom + 4]), [left, bottom], [right, top])
    seen = track + rng.normal(0, 1.5, track.shape)
    zones = [zone.id for zone in floor_map.leaf_zones]
    from_s = int(rng.integers(0, 30))
    fixes = [
        ObservedFix(k + 0.4, float(x), float(y), 2.0, zones[k % len(zones)], 0.6)
        for k, (x, y) in enumerate(seen.astype(np.float32).tolist())
        if k >= from_s and rng.random() < 0.7
    ]
    events = [
        {"t_s": 50.2, "kind": "pos"},
        {"t_s": 3.0, "kind": "scan"},
        {"t_s": 44.0, "kind": "door_in"},
        {"t_s": 1e6, "kind": "scan"},
    ]
    points = [(float(k), float(x), float(y)) for k, (x, y) in enumerate(track)]
    return Visit(name, "a.geojson", points, fixes, bool(seed % 2), events)


def test_side_by_side_is_each_visit_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "WIDTH", 3)
    stores = [
        (floor_map, [visit_of(floor_map, f"{k}-{i}", 10 * k + i) for i in range(4)])
        for k, floor_map in enumerate(STORES)
    ]
    together = side_by_side.follow(stores)
    model = StageModel(None)
    alone = [run(floor_map, [visit], model)[0] for floor_map, seen in stores for visit in seen]
    for one, other in zip(together, alone, strict=True):
        assert one.visit == other.visit
        assert one.opened == other.opened
        assert one.events == other.events
        np.testing.assert_array_equal(one.stages, other.stages)
        np.testing.assert_allclose(one.x, other.x, atol=1e-6)
        assert np.abs(one.x[one.opened :]).sum() > 0


def test_a_visit_without_fixes_never_opens() -> None:
    floor_map = STORES[0]
    points = [(float(k), 3.0, 5.0) for k in range(30)]
    (one,) = side_by_side.follow([(floor_map, [Visit("v", "m", points, [], bought=False)])])
    assert one.opened == 30
    assert one.x.shape == (30, len(FEATURES))
    assert not one.x.any()


def test_nobody_is_nobody() -> None:
    assert side_by_side.follow([]) == []
    assert side_by_side.follow([(STORES[0], [])]) == []

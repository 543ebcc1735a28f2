import json

import numpy as np
import pytest
import shapely

from hub_server.place.ground import (
    EXIT_M,
    FAR_M,
    LAYERS,
    SHELF_M,
    SHELF_P,
    TILL_P,
    Ground,
    places_of,
)
from models.labels import Marks
from store_maps.floor_map import FloorMap, parse
from store_maps.layouts import store

MAP = store("grid", 3)
GROUND = Ground(MAP)
LEFT, BOTTOM, RIGHT, TOP = MAP.levels[0].polygon.bounds


def without(*kinds: str, **level: object) -> FloorMap:
    document = dict(MAP.document)
    features = [f for f in document["features"] if f["properties"]["kind"] not in kinds]
    document["features"] = [*features, *level.values()]
    return parse(json.dumps(document).encode())


def somewhere(count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.uniform([LEFT, BOTTOM], [RIGHT, TOP], (count, 2))


def look(ground: Ground, xy_m: np.ndarray, level: int = 0) -> np.ndarray:
    return ground.layers(np.full(len(xy_m), level), xy_m[:, 0], xy_m[:, 1])


def test_distances_are_those_of_the_labels() -> None:
    xy_m, marks = somewhere(300), Marks(MAP)
    entrance_m = marks.entrance_m(xy_m)
    assert entrance_m is not None
    for k, exact in enumerate((marks.shelf_m(xy_m), marks.till_m(xy_m), entrance_m)):
        assert np.abs(look(GROUND, xy_m)[:, k] - exact).max() < 0.3, LAYERS[k]


def test_near_is_a_share_that_falls_with_distance() -> None:
    xy_m = somewhere(2000)
    shelf_m, shelf_p, till_p = look(GROUND, xy_m)[:, [SHELF_M, SHELF_P, TILL_P]].T
    assert ((shelf_p >= 0) & (shelf_p <= 1 + 1e-9) & (till_p >= 0)).all()
    assert shelf_p[shelf_m < 0.3].mean() > 0.6
    assert shelf_p[shelf_m > 3.5].mean() < 0.3


def test_zones_are_the_maps() -> None:
    xy_m = somewhere(500)
    found = GROUND.zone(np.zeros(500, int), xy_m[:, 0], xy_m[:, 1])
    exact = MAP.zone_at(xy_m[:, 0], xy_m[:, 1], "L0")
    edges = shapely.union_all([zone.polygon.boundary for zone in MAP.leaf_zones])
    inner = shapely.distance(edges, shapely.points(xy_m)) > 0.4
    np.testing.assert_array_equal(found[inner], exact[inner])


@pytest.mark.parametrize("xy", [(-50.0, 3.0), (1e4, 1e4)])
def test_off_the_level_reads_as_its_edge(xy: tuple[float, float]) -> None:
    edge = np.clip([xy], [LEFT, BOTTOM], [RIGHT, TOP])
    np.testing.assert_allclose(look(GROUND, np.array([xy])), look(GROUND, edge), atol=0.5)


def test_a_map_with_nothing_is_far_from_everything() -> None:
    ground = Ground(without("fixture", "checkout", "opening", "zone"))
    layers = look(ground, somewhere(20))
    np.testing.assert_allclose(layers[:, :4], FAR_M)
    assert (layers[:, 4:] == 0).all()
    assert (ground.zone(np.zeros(20, int), *somewhere(20).T) == -1).all()
    assert ground.nearest_m == (FAR_M, FAR_M, FAR_M)


def test_levels_are_told_apart() -> None:
    ring = [[0, 0], [30, 0], [30, 20], [0, 20], [0, 0]]
    upstairs = {
        "type": "Feature",
        "id": "L1",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"kind": "level", "level": "L1", "ordinal": 1},
    }
    floor_map = without(upstairs=upstairs)
    ground = Ground(floor_map)
    xy_m = np.array([[5.0, 8.0]])
    np.testing.assert_array_equal(look(ground, xy_m), look(GROUND, xy_m))
    assert (look(ground, xy_m, level=1)[:, :3] == FAR_M).all()
    assert ground.zone(np.array([1]), xy_m[:, 0], xy_m[:, 1])[0] == -1
    assert places_of(floor_map, "L1").shelves == ()


def test_a_huge_level_gets_larger_cells_not_more_of_them() -> None:
    ring = [[0, 0], [9000, 0], [9000, 9000], [0, 9000], [0, 0]]
    document = dict(MAP.document)
    document["features"] = [
        {
            "type": "Feature",
            "id": "L0",
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"kind": "level", "level": "L0", "ordinal": 0},
        }
    ]
    ground = Ground(parse(json.dumps(document).encode()))
    assert len(ground._zone) < 260_000


def test_the_way_out_is_walked_not_flown() -> None:
    xy_m, marks = somewhere(300), Marks(MAP)
    flown_m = marks.entrance_m(xy_m)
    assert flown_m is not None
    walked_m = look(GROUND, xy_m)[:, EXIT_M]
    assert (walked_m > flown_m - 1.5).all()
    assert (walked_m > flown_m + 2.0).mean() > 0.05


def test_further_stores_are_numbered_on() -> None:
    other = store("boutique", 1)
    both, alone = Ground(MAP, other), Ground(other)
    xy_m = np.random.default_rng(0).uniform(1.0, 9.0, (50, 2))
    np.testing.assert_array_equal(look(both, xy_m, level=1), look(alone, xy_m))
    zone = both.zone(np.ones(50, int), xy_m[:, 0], xy_m[:, 1])
    expected = alone.zone(np.zeros(50, int), xy_m[:, 0], xy_m[:, 1])
    np.testing.assert_array_equal(zone, np.where(expected < 0, -1, expected + len(MAP.leaf_zones)))
    assert both.zone_types[len(MAP.leaf_zones) :] == alone.zone_types
    assert both.nearest_m == GROUND.nearest_m


def test_a_door_that_no_floor_reaches_leads_nowhere() -> None:
    astray = {
        "type": "Feature",
        "id": "astray",
        "geometry": {"type": "LineString", "coordinates": [[LEFT - 9, BOTTOM], [LEFT - 8, BOTTOM]]},
        "properties": {"kind": "opening", "level": "L0", "category": "entrance"},
    }
    layers = look(Ground(without("opening", door=astray)), somewhere(20))
    np.testing.assert_allclose(layers[:, EXIT_M], np.minimum(1.3 * layers[:, 2], FAR_M), atol=0.3)


def test_a_level_under_one_fixture_has_finite_layers() -> None:
    ring = [[LEFT, BOTTOM], [RIGHT, BOTTOM], [RIGHT, TOP], [LEFT, TOP], [LEFT, BOTTOM]]
    block = {
        "type": "Feature",
        "id": "block",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"kind": "fixture", "level": "L0", "category": "shelf"},
    }
    assert np.isfinite(look(Ground(without("fixture", block=block)), somewhere(20))).all()


def test_in_a_huge_store_ways_are_walked_in_larger_cells() -> None:
    ring = [[0, 0], [1200, 0], [1200, 1000], [0, 1000], [0, 0]]
    document = dict(MAP.document)
    level = {"kind": "level", "level": "L0", "ordinal": 0}
    door = {"kind": "opening", "level": "L0", "category": "entrance"}
    document["features"] = [
        {
            "type": "Feature",
            "id": "L0",
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": level,
        },
        {
            "type": "Feature",
            "id": "door",
            "geometry": {"type": "LineString", "coordinates": [[5, 0], [8, 0]]},
            "properties": door,
        },
    ]
    near, far = look(Ground(parse(json.dumps(document).encode())), np.array([[6, 9], [900, 900]]))
    assert 5 < near[EXIT_M] < 15
    assert far[EXIT_M] == pytest.approx(FAR_M)

from collections import Counter
from functools import cache

import msgspec
import numpy as np
import pytest
import shapely

from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.layouts import FAMILIES, HELD_OUT, TRAINING, store
from store_maps.map_check import check_text
from store_maps.plan import is_clear
from store_maps.store_front import doors, front_tills

STORES = 24
ENTRANCES = {"entrance", "entrance_exit"}


@cache
def stores() -> list[FloorMap]:
    return [store(family, seed) for family in FAMILIES for seed in range(STORES)]


def test_every_family_is_either_for_training_or_held_out() -> None:
    assert sorted(FAMILIES) == sorted({*TRAINING, *HELD_OUT})
    assert not set(TRAINING) & set(HELD_OUT)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_seed_draws_one_store(family: str) -> None:
    assert store(family, 3).map_sha == store(family, 3).map_sha
    assert store(family, 3).map_sha != store(family, 4).map_sha


def test_a_family_that_nobody_draws_is_refused() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        store("bazaar", 1)


@pytest.mark.parametrize("family", FAMILIES)
def test_everything_can_be_reached_from_the_door(family: str) -> None:
    for seed in range(STORES // 4):
        floor_map = store(family, seed)
        grid = FloorGrid.build(floor_map)
        entrance = next(o.line.centroid for o in floor_map.openings if o.category in ENTRANCES)
        start = grid.cell_at(entrance.x, entrance.y, "L0", within_m=1.5)[0]
        assert start >= 0
        reached = shapely.points(grid.xy_m[np.isfinite(grid.distance_from(int(start)))])
        assert len(reached) > 0.97 * grid.cells_count
        shelves = [f.polygon for f in floor_map.fixtures if f.is_shelf]
        assert len(shelves) >= 5
        for place in (*shelves, *(c.geometry for c in floor_map.checkouts)):
            assert shapely.distance(place, reached).min() < 0.8
        for opening in floor_map.openings:
            assert shapely.distance(opening.line, reached).min() < 0.8


@pytest.mark.parametrize("family", FAMILIES)
def test_the_hubs_map_check_says_ok(family: str) -> None:
    for seed in range(0, STORES, 12):
        lines, is_good = check_text(msgspec.json.encode(store(family, seed).document))
        assert is_good
        assert not [line for line in lines if "share" in line]


def test_stores_differ_as_real_ones_do() -> None:
    drawn = stores()
    sides = np.array([np.ptp(np.reshape(m.levels[0].polygon.bounds, (2, 2)), 0) for m in drawn])
    assert sides.min() >= 10.0
    assert sides.max() <= 60.0
    assert sides.max() > 50.0
    tills = Counter(len(m.checkouts) for m in drawn)
    assert {1, 2, 3, 4, 5, 6} <= set(tills) <= set(range(1, 9))
    assert {c.category for m in drawn for c in m.checkouts} == {"staffed", "self"}
    assert {"Point", "Polygon"} == {c.geometry.geom_type for m in drawn for c in m.checkouts}
    doors_of = {tuple(o.category for o in m.openings) for m in drawn}
    assert doors_of == {("entrance_exit",), ("entrance", "exit")}
    kinds = {f.category for m in drawn for f in m.fixtures}
    assert kinds >= {"shelf", "gondola", "endcap", "table", "rack", "freezer", "counter", "pillar"}
    types = {z.zone_type for m in drawn for z in m.leaf_zones}
    assert types >= {"department", "aisle", "bay", "entrance", "checkout", "queue", "service"}
    assert types >= {"cart_bay", "fitting_room"}
    plain = [m for m in drawn if {z.zone_type for z in m.leaf_zones} == {"department", "checkout"}]
    assert 0.05 < len(plain) / len(drawn) < 0.5


def test_anchors_hang_as_an_installer_hangs_them() -> None:
    for floor_map in stores():
        count = len(floor_map.anchors)
        assert count >= 4
        assert count == 4 or 45 < floor_map.levels[0].polygon.area / count < 135
        ceiling_m = floor_map.levels[0].ceiling_m
        assert ceiling_m is not None
        assert all(2.5 <= anchor.height_m < ceiling_m for anchor in floor_map.anchors)


def test_shelves_stand_near_the_tills_of_many_stores() -> None:
    near = []
    for floor_map in stores():
        tills = shapely.union_all([c.geometry for c in floor_map.checkouts])
        shelves = [f.polygon for f in floor_map.fixtures if f.is_shelf]
        near.append(shapely.distance(tills, shelves).min() < 3.5)
    assert 0.3 < np.mean(near) < 0.98


def test_tills_that_find_no_room_become_one_in_the_farther_corner() -> None:
    found = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        ways = doors(rng, 14.0, 5.0)
        tills = front_tills(rng, 14.0, ways)
        assert all(is_clear(till.box, [door.keep_m for door in ways], 0.3) for till in tills)
        found.append(len(tills) == 1 and tills[0].box[0] in {0.6, 14.0 - 1.4})
    assert any(found)


@pytest.mark.parametrize(("family", "seed"), [("islands", 262), ("boutique", 94)])
def test_a_store_with_hardly_a_shelf_is_drawn_again(family: str, seed: int) -> None:
    assert sum(fixture.is_shelf for fixture in store(family, seed).fixtures) >= 5

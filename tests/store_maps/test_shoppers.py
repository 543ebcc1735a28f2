from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from store_maps import corner_market, floor_map
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.habits import EVERYDAY, TEST_HABITS, TRAIN_HABITS, Habits
from store_maps.path import PACE_SHARES
from store_maps.product import Product
from store_maps.shoppers import Crowd, Position, TillEvent, gap_s, visits
from store_maps.trip import TRIPS
from store_maps.visit import Visit

Document = dict[str, Any]
# A body sways, and leans over a shelf now and then; cells are 0.5 m.
LEANS_M = 0.3


@pytest.fixture(scope="module")
def market() -> FloorMap:
    return corner_market.load()


@pytest.fixture(scope="module")
def grid(market: FloorMap) -> FloorGrid:
    return FloorGrid.build(market)


@pytest.fixture(scope="module")
def products() -> tuple[Product, ...]:
    return corner_market.products()


@pytest.fixture(scope="module")
def hundred(market: FloorMap, grid: FloorGrid, products: tuple[Product, ...]) -> list[Visit]:
    return visits(market, grid, 7, 100, products=products)


def lived(crowd: Crowd, seconds: int, dt_s: float = 1.0) -> list[TillEvent]:
    events: list[TillEvent] = []
    for _ in range(int(seconds / dt_s)):
        crowd.step(dt_s)
        events += crowd.till_events
    return events


def test_the_same_seed_gives_the_same_crowd_whatever_the_steps(
    market: FloorMap, grid: FloorGrid, products: tuple[Product, ...]
) -> None:
    one, other = (Crowd(market, grid, 5, products=products) for _ in range(2))
    assert lived(one, 120) == lived(other, 120, dt_s=4.0)
    assert np.allclose(xy_of(one), xy_of(other))
    assert xy_of(Crowd(market, grid, 6, products=products)) != xy_of(one)


def xy_of(crowd: Crowd) -> list[tuple[float, float]]:
    return [(position.x_m, position.y_m) for position in crowd.positions]


def test_the_store_is_busy_from_the_first_second(
    market: FloorMap, grid: FloorGrid, products: tuple[Product, ...]
) -> None:
    crowd = Crowd(market, grid, 1, products=products, population=20)
    present: list[int] = []
    for _ in range(300):
        crowd.step(1.0)
        assert len(crowd.positions) == 20
        present.append(sum(position.present for position in crowd.positions))
    assert min(present) >= 16
    assert np.mean(present) > 19


def test_who_has_left_is_not_present_and_the_next_has_a_new_id(
    market: FloorMap, grid: FloorGrid, products: tuple[Product, ...]
) -> None:
    crowd = Crowd(market, grid, 1, products=products, population=5, pace=4.0)
    slot: list[Position] = []
    for _ in range(1_200):
        crowd.step(1.0)
        slot.append(crowd.positions[0])
    names = list(dict.fromkeys(position.shopper_id for position in slot))
    assert len(names) > 2
    assert not all(position.present for position in slot)
    assert [int(name[1:]) for name in names] == sorted(int(name[1:]) for name in names)
    for name in names[:-1]:
        there = [position.present for position in slot if position.shopper_id == name]
        assert there[0]
        assert there == sorted(there, reverse=True), "nobody comes back"


def test_nobody_walks_through_shelves_or_faster_than_people(
    market: FloorMap, hundred: list[Visit]
) -> None:
    area = market.walkable_area("L0")
    xy_m = np.concatenate([visit.track[:, 1:] for visit in hundred])
    assert shapely.distance(area, shapely.points(xy_m)).max() < LEANS_M
    speeds = [np.hypot(*np.diff(visit.track[:, 1:], axis=0).T) for visit in hundred]
    assert np.concatenate(speeds).max() < EVERYDAY.speed_mps[1] * PACE_SHARES[1] + 0.2


def test_visits_are_about_twelve_minutes_from_door_to_door(
    market: FloorMap, hundred: list[Visit]
) -> None:
    numbers = [float(visit.shopper_id[1:]) for visit in hundred]
    assert numbers == sorted(set(numbers)), "companions come after who they are with"
    assert 9 < np.median([visit.track[-1, 0] for visit in hundred]) / 60 < 15
    entrance, way_out = (market.openings[n].line.centroid for n in (1, 2))
    for visit in hundred:
        assert (np.diff(visit.track[:, 0]) == 1).all()
        assert np.hypot(*(visit.track[0, 1:] - [entrance.x, entrance.y])) < 1.5
        assert np.hypot(*(visit.track[-1, 1:] - [way_out.x, way_out.y])) < 2.5
        assert len(visit.levels) == len(visit.track)
        kinds = [event.kind for event in visit.events]
        assert kinds[0] == "door_in"
        assert kinds[-1] == "door_out"
        assert ("pos" in kinds) == visit.bought
    words = {visit.intent for visit in hundred}
    assert words == {trip.word for trip in TRIPS}
    assert 0.4 < np.mean([visit.bought for visit in hundred]) < 0.9


def test_what_is_paid_for_was_within_reach(
    hundred: list[Visit], products: tuple[Product, ...]
) -> None:
    place = {product.item: (product.x_m, product.y_m) for product in products}
    for visit in hundred:
        for item in visit.items:
            near = np.hypot(*(visit.track[:, 1:] - place[item]).T) < 1.7
            assert near.sum() >= 2, "they stood there"


def test_one_till_serves_one_shopper_at_a_time(
    market: FloorMap, grid: FloorGrid, products: tuple[Product, ...]
) -> None:
    """A rush: everyone waits in line, nobody is served twice, payments at a till never overlap."""
    crowd = Crowd(market, grid, 3, products=products, population=40, pace=8.0)
    events = lived(crowd, 600, dt_s=5.0)
    assert len({event.shopper_id for event in events}) == len(events)
    assert len(events) > 30
    assert all(event.items for event in events)
    assert [event.t_s for event in events] == sorted(event.t_s for event in events)


def test_pace_brings_action_and_arrivals_thin_the_crowd(
    market: FloorMap, grid: FloorGrid, products: tuple[Product, ...]
) -> None:
    calm, quick = (
        len(lived(Crowd(market, grid, 2, products=products, population=12, pace=pace), 1_200, 20.0))
        for pace in (1.0, 4.0)
    )
    assert quick > 1.3 * calm
    assert gap_s(None, 20, 1.0) == 8
    assert gap_s(1.0, 20, 1.0) == 480
    thin = Crowd(market, grid, 2, products=products, arrivals_per_min=0.5)
    lived(thin, 900, dt_s=10.0)
    assert sum(position.present for position in thin.positions) < 17


# Seconds of each of the first visits, things paid for, and where the third shopper is after 100 s.
# The splits of the stage model are drawn by these (`models.data`): another number here is another
# test, and makes every figure in models/README.md a figure of something else.
FROZEN = {
    "training": (
        TRAIN_HABITS,
        [416, 607, 1004, 837, 485, 927],
        [0, 10, 3, 6, 0, 5],
        (11.28, 14.29),
    ),
    "test": (TEST_HABITS, [370, 493, 285, 638, 1094, 925], [0, 7, 0, 0, 4, 4], (18.84, 11.96)),
    "everyday": (EVERYDAY, [460, 576, 656, 415, 663, 665], [2, 7, 1, 3, 0, 0], (20.81, 17.74)),
}


@pytest.mark.parametrize("name", FROZEN)
def test_shoppers_are_those_whom_the_figures_are_of(
    market: FloorMap, grid: FloorGrid, products: tuple[Product, ...], name: str
) -> None:
    habits, seconds, things, place_m = FROZEN[name]
    made = visits(market, grid, 3, 6, habits=habits, products=products)
    assert [len(visit.track) for visit in made] == seconds
    assert [len(visit.items) for visit in made] == things
    assert made[2].track[100, 1:] == pytest.approx(place_m, abs=0.01)


@pytest.mark.parametrize("habits", [TRAIN_HABITS, TEST_HABITS], ids=["training", "test"])
def test_a_visit_is_whole_and_groups_come_together(
    market: FloorMap, grid: FloorGrid, habits: Habits
) -> None:
    made = visits(market, grid, 2, 60, habits=habits)
    assert len(made) == 60
    kinds = {event.kind for visit in made for event in visit.events}
    assert kinds == {"door_in", "door_out", "pos", "scan", "app_open", "help_tap", "staff_help"}
    for visit in made:
        assert np.isfinite(visit.track).all()
        times_s = [event.t_s for event in visit.events]
        assert times_s == sorted(times_s)
        assert 0 <= times_s[0] <= times_s[-1] == visit.track[-1, 0]
    together = [visit.group for visit in made if visit.group is not None]
    assert len(together) > len(set(together)) > 2, "some companions carry a tag of their own"


def test_some_walk_through_the_pharmacy(market: FloorMap, hundred: list[Visit]) -> None:
    index = [zone.id for zone in market.leaf_zones].index("pharmacy")
    seen = [
        (market.zone_at(visit.track[:, 1], visit.track[:, 2], "L0") == index).any()
        for visit in hundred
    ]
    assert any(seen)


@pytest.mark.parametrize("site", ["office", "library"])
def test_shoppers_walk_maps_without_shelves_tills_or_doors(shared: Path, site: str) -> None:
    loaded = floor_map.load(shared / "sites" / site / "map.geojson")
    grid = FloorGrid.build(loaded)
    made = visits(loaded, grid, 1, 5)
    assert all(not visit.bought and len(visit.track) > 60 for visit in made)
    area = loaded.walkable_area("L0")
    for visit in made:
        assert shapely.distance(area, shapely.points(visit.track[:, 1:])).max() < LEANS_M


def test_shoppers_of_a_map_with_tills_and_no_queue_zone(shared: Path) -> None:
    loaded = floor_map.load(shared / "visits" / "map-0.geojson")
    made = visits(loaded, FloorGrid.build(loaded, 1.0), 1, 6)
    assert any(visit.bought for visit in made)
    assert all(item.rsplit("-", 1)[0] for visit in made for item in visit.items)


def test_shoppers_take_the_stairs(good_map: FloorMap) -> None:
    made = visits(good_map, FloorGrid.build(good_map), 1, 12)
    assert any(set(visit.levels.tolist()) == {0, 1} for visit in made)
    crowd = Crowd(good_map, FloorGrid.build(good_map), 1, population=10)
    seen: set[str] = set()
    for _ in range(300):
        crowd.step(2.0)
        seen |= {position.level for position in crowd.positions}
    assert seen == {"L0", "L1"}


def test_a_floor_without_zones_still_has_shoppers(
    parsed: Callable[..., FloorMap],
) -> None:
    def bare(document: Document) -> None:
        document["features"] = document["features"][:1]

    loaded = parsed(bare)
    made = visits(loaded, FloorGrid.build(loaded), 1, 3)
    assert all(len(visit.track) > 5 for visit in made)


def test_a_till_behind_glass_and_goods_out_of_reach_do_no_harm(
    parsed: Callable[..., FloorMap],
) -> None:
    """One pays as near to the till as one comes, and leaves what nobody can get at."""

    def glass(document: Document) -> None:
        kept = {"ground", "food", "care", "wall", "door", "till-2"}
        document["features"] = [f for f in document["features"] if f["id"] in kept]
        till = next(f for f in document["features"] if f["id"] == "till-2")
        till["geometry"]["coordinates"] = [9, 4]

    loaded = parsed(glass)
    near = Product(item="1", name="n", price=1, category="c", zone="food", x_m=3, y_m=3, level="L0")
    behind = Product(
        item="2", name="b", price=1, category="c", zone="care", x_m=9, y_m=1, level="L0"
    )
    made = visits(loaded, FloorGrid.build(loaded), 1, 12, products=(near, behind))
    assert {item for visit in made for item in visit.items} == {"1"}
    assert max(visit.track[:, 1].max() for visit in made) < 6 + LEANS_M

import msgspec
import numpy as np
import shapely

from edge_agent.calibration import Calibration
from edge_agent.coverage import CoverageSettings, gained, predict
from edge_agent.next_anchor import ASIDE_M, FREE_M, OneMore, Spot, is_aside
from edge_agent.path_loss import nominal, place_ids
from edge_agent.radio_map import RadioMap
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from tests.edge_agent.small_store import Feature, anchor, level, rectangle, store, zone

FEW = CoverageSettings(walkers_count=16, seconds=40)


def surveyed(floor_map: FloorMap) -> Calibration:
    return Calibration.of_law(nominal(floor_map), floor_map, "survey", 1.0, 4.0)


def lopsided(*more: Feature) -> FloorMap:
    """16 x 8 m with three anchors at the left end."""
    places = [(1, 1), (1, 7), (4, 4)]
    return store(
        [
            level("L0"),
            zone("a", rectangle(0, 0, 8, 8)),
            zone("b", rectangle(8, 0, 8, 8)),
            *(anchor(f"p{i}", x, y) for i, (x, y) in enumerate(places)),
            *more,
        ]
    )


def beacon(name: str, x_m: float, y_m: float) -> Feature:
    placed = anchor(name, x_m, y_m)
    told = {"kind": "beacon", "beacon": f"ab-{name}", "level": "L0", "height_m": 2.0}
    return {**placed, "properties": told}


def one_more(floor_map: FloorMap) -> OneMore:
    return OneMore(floor_map, FloorGrid.build(floor_map), surveyed(floor_map))


def test_one_more_helps_most_where_none_hangs() -> None:
    best = one_more(lopsided()).best(3)
    assert [spot.level for spot in best] == ["L0"] * 3
    assert best[0].x_m > 8
    assert best[0].height_m == 2.5
    assert best[0].gain_m >= best[1].gain_m >= best[2].gain_m > 0
    apart_m = [
        np.hypot(one.x_m - other.x_m, one.y_m - other.y_m)
        for i, one in enumerate(best)
        for other in best[:i]
    ]
    assert min(apart_m) >= ASIDE_M


def test_the_bound_ranks_places_as_the_simulation_does() -> None:
    floor_map = lopsided()
    grid = FloorGrid.build(floor_map)
    more = one_more(floor_map)
    before = predict(floor_map, grid, surveyed(floor_map), FEW)
    ranked = sorted(more.ranked(), key=lambda spot: spot.gain_m)
    some = [ranked[int(i)] for i in np.linspace(0, len(ranked) - 1, 6)]
    gains_m = []
    for spot in some:
        grown, calibration = more.with_one(spot)
        after = predict(grown, grid, calibration, FEW)
        gains_m.append(gained(before, after)[0].mean)
    order = np.argsort(np.argsort(gains_m))
    assert np.corrcoef(order, np.arange(6))[0, 1] > 0.7
    assert gains_m[-1] > 0.1


def test_no_place_is_outside_the_floor_or_where_one_hangs() -> None:
    floor_map = lopsided(anchor("p3", 13, 5))
    for spot in one_more(floor_map).ranked():
        assert 0 < spot.x_m < 16
        assert 0 < spot.y_m < 8
        assert np.hypot(spot.x_m - 13, spot.y_m - 5) > FREE_M


def test_an_anchor_comes_after_the_anchors_and_before_the_beacons_of_a_radio_map() -> None:
    floor_map = lopsided(beacon("b0", 12, 4))
    more = one_more(floor_map)
    grown, calibration = more.with_one(Spot(15, 4, 2.5, "L0"))
    assert more.kind == "anchor"
    assert place_ids(grown) == ("p0", "p1", "p2", "new-0", "b0")
    table = RadioMap.of(calibration, grown, FloorGrid.build(grown))
    assert table.anchor_ids == place_ids(grown)


def test_a_store_of_beacons_gets_a_beacon_of_a_new_name() -> None:
    features = [beacon(name, x_m, 4) for name, x_m in [("new-0", 2), ("b1", 8), ("b2", 14)]]
    floor_map = store([level("L0"), *features])
    more = one_more(floor_map)
    grown, calibration = more.with_one(Spot(15, 4, 2.5, "L0"))
    assert more.kind == "beacon"
    assert place_ids(grown) == ("new-0", "b1", "b2", "new-1")
    assert [row.anchor for row in calibration.anchors] == [*place_ids(grown)]


def test_a_level_without_anchors_is_tried_as_high_as_elsewhere() -> None:
    upstairs = level("L1", x_m=20.0, ordinal=1)
    best = one_more(lopsided(upstairs)).best(2)
    assert best[0].level == "L1"
    assert best[0].height_m == 2.5


def test_proposals_on_two_levels_may_lie_above_each_other() -> None:
    low, high, beside = Spot(4, 4, 2.5, "L0"), Spot(4, 4, 2.5, "L1"), Spot(5, 4, 2.5, "L0")
    assert is_aside(low, high)
    assert not is_aside(low, beside)


def test_a_floor_that_is_full_has_no_place() -> None:
    places = [(x, y) for x in range(1, 16, 2) for y in range(1, 8, 2)]
    full = store([level("L0"), *(anchor(f"p{i}", x, y) for i, (x, y) in enumerate(places))])
    assert one_more(full).best(2) == []


def test_the_counted_floor_is_what_is_not_sensitive() -> None:
    floor_map = lopsided()
    hidden = msgspec.structs.replace(
        floor_map,
        zones=tuple(
            msgspec.structs.replace(one, sensitive=one.id == "b") for one in floor_map.zones
        ),
    )
    best, seen = one_more(hidden).best(1)[0], one_more(floor_map).best(1)[0]
    assert best.x_m < seen.x_m


def test_one_more_beacon_hangs_on_a_wall_a_fixture_or_the_edge() -> None:
    wall = {"type": "LineString", "coordinates": [[8, 2], [8, 6]]}
    shelf = rectangle(11, 3, 2, 2)
    told = [
        ("w", wall, {"kind": "wall", "level": "L0"}),
        (
            "s",
            shelf,
            {"kind": "fixture", "level": "L0", "category": "shelf", "blocks_walking": True},
        ),
    ]
    things = [
        {"type": "Feature", "id": name, "geometry": geometry, "properties": properties}
        for name, geometry, properties in told
    ]
    floor_map = store([level("L0"), *(beacon(f"b{i}", 1, 1 + 3 * i) for i in range(3)), *things])
    spots = one_more(floor_map).ranked()
    edge = shapely.box(0.1, 0.1, 15.9, 7.9).exterior
    fixed = shapely.union_all(
        [edge, floor_map.walls[0].line, floor_map.fixtures[0].polygon.boundary]
    )
    points = shapely.points([(spot.x_m, spot.y_m) for spot in spots])
    assert len(points) > 5
    assert shapely.distance(points, fixed).max() < 1e-6
    assert shapely.distance(points, shapely.Point(8, 4)).min() < 2.5

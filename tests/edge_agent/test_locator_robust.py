"""Sightings as a store's network brings them: out of order, late, lost, twice, from two levels.

What is asked is the locator's public API and an air with known truth (small_store.Air).
"""

import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pytest

from edge_agent.fix import Fix
from edge_agent.locator import LATE_MAX_S, Locator
from edge_agent.radio_map import RadioMap
from edge_agent.sighting import Sighting
from store_maps import corner_market
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap, parse
from tests.edge_agent.small_store import (
    Air,
    anchor,
    beacon,
    feature,
    level,
    rectangle,
    stairs,
    store,
    two_zones,
    wall,
    zone,
)

MAP: Final = two_zones()
SEEDS: Final = 6
# The filter has found a tag by then.
WARM_UP_S: Final = 5
# An anchor hears nothing weaker.
LEAST_DBM: Final = -96.0
# The hub speaks from here on.
SURE_P: Final = 0.8
# Where a map's origin may lie instead.
ELSEWHERE_M: Final = [(100.0, 100.0), (-812.519, 3.001), (0.137, 4_999.789)]

Seconds = list[list[Sighting]]
Path = Sequence[tuple[float, float]]
Change = Callable[[Seconds], Seconds]


def to_and_fro(seconds: int = 60) -> Path:
    """At 0.6 m/s between x = 2 m and 14 m."""
    far_m = [0.6 * second % 24 for second in range(seconds)]
    return [(2 + min(one, 24 - one), 4.0) for one in far_m]


WALK: Final = to_and_fro()


def locator(floor_map: FloorMap, lag_s: int = 0) -> Locator:
    grid = FloorGrid.build(floor_map)
    return Locator(floor_map, grid, RadioMap.defaults(floor_map, grid), lag_s=lag_s)


def heard(floor_map: FloorMap, seed: int, path: Path = WALK) -> Seconds:
    air = Air(floor_map, seed, LEAST_DBM)
    return [air.second(x_m, y_m, second) for second, (x_m, y_m) in enumerate(path, 1)]


def located(one: Locator, seconds: Seconds) -> Iterator[Fix]:
    for second, rows in enumerate(seconds, 1):
        one.observe(rows)
        yield from one.step(second)


class Quality(NamedTuple):
    """Of all fixes after the warm-up, over all seeds."""

    mean_m: float
    inside: float
    """The share whose radius holds the truth."""
    sure: float
    right: float
    """Of those that are sure of a zone, how many are right; 1 where none is."""


def quality(floor_map: FloorMap, change: Change, path: Path = WALK, seeds: int = SEEDS) -> Quality:
    error_m: list[float] = []
    inside: list[bool] = []
    right: list[bool] = []
    for seed in range(seeds):
        for fix in located(locator(floor_map), change(heard(floor_map, seed, path))):
            if fix.t_s > WARM_UP_S:
                x_m, y_m = path[int(fix.t_s) - 1]
                error_m.append(math.hypot(fix.x_m - x_m, fix.y_m - y_m))
                inside.append(error_m[-1] < fix.radius_m)
                if fix.zone_p >= SURE_P:
                    right.append(fix.zone == ("a" if x_m < 8 else "b"))
    share = float(np.mean(right)) if right else 1.0
    return Quality(float(np.mean(error_m)), float(np.mean(inside)), len(right) / len(inside), share)


def plain(seconds: Seconds) -> Seconds:
    return seconds


def late(seconds: Seconds) -> Seconds:
    """Each sighting comes up to two seconds late."""
    chance = random.Random(1)  # noqa: S311 - a test
    found: Seconds = [[] for _ in seconds]
    for second, rows in enumerate(seconds):
        for row in rows:
            found[min(second + chance.randrange(3), len(seconds) - 1)].append(row)
    return found


def lossy(seconds: Seconds) -> Seconds:
    """Four of five are lost, in bursts of seconds, too."""
    chance = random.Random(2)  # noqa: S311 - a test
    found: Seconds = []
    while len(found) < len(seconds):
        keep = chance.choice([0.0, 0.1, 0.5])
        for rows in seconds[len(found) : len(found) + 3]:
            found.append([row for row in rows if chance.random() < keep])
    return found


def burst(seconds: Seconds) -> Seconds:
    """Nothing for ten seconds, then all of it at once."""
    return [
        *seconds[:29],
        *([] for _ in range(10)),
        [row for rows in seconds[29:40] for row in rows],
        *seconds[40:],
    ]


def changing(seconds: Seconds) -> Seconds:
    """Anchors die, are mended, and others die: never more than four hear."""
    alive = [{"p0", "p1", "p2", "p3"}, {"p2", "p3", "p4", "p5"}, {"p0", "p3", "p4"}]
    return [
        [row for row in rows if row.anchor in alive[min(second // 20, 2)]]
        for second, rows in enumerate(seconds)
    ]


@pytest.mark.parametrize(
    ("change", "mean_m"),
    [(plain, 2.0), (late, 2.5), (lossy, 3.2), (burst, 2.3), (changing, 2.5)],
)
def test_what_the_network_does_costs_little_and_radii_stay_honest(
    change: Change, mean_m: float
) -> None:
    found = quality(MAP, change)
    assert found.mean_m < mean_m
    assert found.inside > 0.6
    assert found.right > 0.85


@pytest.mark.parametrize("lag_s", [0, 3])
def test_fixes_are_the_same_for_any_order_of_arrival_within_a_second(lag_s: int) -> None:
    seconds = heard(MAP, 3)
    chance = random.Random(3)  # noqa: S311 - a test
    one, other = locator(MAP, lag_s), locator(MAP, lag_s)
    for second, rows in enumerate(seconds, 1):
        mixed = chance.sample(rows, len(rows))
        one.observe(rows)
        for row in mixed:
            other.observe([row])
        assert one.step(second) == other.step(second)
        assert one.settled() == other.settled()


def test_a_burst_counts_its_last_seconds_and_counts_the_others_out() -> None:
    seconds = burst(heard(MAP, 1))
    one = locator(MAP)
    fixes = list(located(one, seconds))
    too_late = [row for row in seconds[39] if row.t_s <= 39 - LATE_MAX_S]
    assert one.late_count == len(too_late) > 0
    radii_m = [fix.radius_m for fix in fixes]
    assert radii_m[38] > radii_m[28] + 2
    assert radii_m[39] < radii_m[38]
    x_m, y_m = WALK[39]
    assert math.hypot(fixes[39].x_m - x_m, fixes[39].y_m - y_m) < 2 * fixes[39].radius_m


def test_rows_that_come_twice_change_little() -> None:
    seconds = heard(MAP, 2)
    once = list(located(locator(MAP), seconds))
    twice = list(located(locator(MAP), [[*rows, *rows] for rows in seconds]))
    for one, other in zip(once, twice, strict=True):
        assert math.hypot(one.x_m - other.x_m, one.y_m - other.y_m) < 0.6
        assert other.radius_m > 0.7 * one.radius_m


def test_a_cart_that_hears_and_is_heard_is_one_tag() -> None:
    """A Pi on the cart hears shelves' beacons, fixed Pis hear the cart, each with its own gain."""
    places = [(4, 0.5), (12, 0.5), (4, 7.5), (12, 7.5)]
    floor_map = two_zones(*(beacon(f"b{i}", x, y) for i, (x, y) in enumerate(places)))

    def of(kinds: str, weaker_db: float = 0.0) -> Change:
        def change(seconds: Seconds) -> Seconds:
            return [
                [
                    Sighting(row.tag, row.anchor, row.rssi_dbm - weaker_db, row.t_s)
                    if row.anchor[0] == "b"
                    else row
                    for row in rows
                    if row.anchor[0] in kinds
                ]
                for rows in seconds
            ]

        return change

    both, fixed, cart = (quality(floor_map, of(kinds)) for kinds in ("pb", "p", "b"))
    assert both.mean_m < min(fixed.mean_m, cart.mean_m)
    apart = quality(floor_map, of("pb", weaker_db=8.0))
    assert apart.mean_m < min(fixed.mean_m, cart.mean_m)
    assert apart.inside > 0.62


def test_no_known_anchor_is_no_fix() -> None:
    one = locator(MAP)
    strange = [[Sighting("t", "elsewhere", -60.0, float(second))] for second in range(1, 9)]
    assert list(located(one, strange)) == []
    assert one.unknown_anchors_count == 8
    assert one.tags == ()


def test_a_single_anchor_knows_a_ring_and_says_so() -> None:
    features = [level("L0"), zone("a", rectangle(0, 0, 8, 8)), zone("b", rectangle(8, 0, 8, 8))]
    found = quality(store([*features, anchor("p0", 1, 1)]), plain, seeds=12)
    assert found.inside > 0.62
    assert found.sure < 0.5
    assert found.right > 0.75


def two_levels() -> FloorMap:
    """Two floors of 16 x 8 m, three anchors on each, stairs at the right."""
    places = [(2, 1), (8, 7), (14, 1)]
    return store(
        [
            *(level("L0"), level("L1", ordinal=1)),
            *(zone("low", rectangle(0, 0, 16, 8)), zone("high", rectangle(0, 0, 16, 8), "L1")),
            *(anchor(f"p{i}", x, y) for i, (x, y) in enumerate(places)),
            *(anchor(f"q{i}", x, 8 - y, "L1") for i, (x, y) in enumerate(places)),
            stairs("stairs", (14.0, 6.0), (12.0, 6.0)),
        ]
    )


def test_who_takes_the_stairs_is_on_the_other_level_within_seconds() -> None:
    floor_map = two_levels()
    path = [(2 + 0.6 * k, 4 + k / 10, 0) for k in range(21)]
    path += [(12 - 0.5 * k, 6.0, 1) for k in range(20)]
    after_s = []
    for seed in range(SEEDS):
        air = Air(floor_map, seed, LEAST_DBM)
        seconds = [air.second(x, y, t, level=on) for t, (x, y, on) in enumerate(path, 1)]
        levels = [fix.level for fix in located(locator(floor_map), seconds)]
        up = levels.index("L1", 15)
        after_s.append(up - 21)
        assert "L0" not in levels[up + 5 :]
    assert np.median(after_s) <= 2
    assert max(after_s) <= 6


def test_a_stray_reading_of_an_upstairs_anchor_is_no_stair() -> None:
    floor_map = two_levels()
    there = 0
    for seed in (0, 3, 4, 5, 6, 7):
        air = Air(floor_map, seed, LEAST_DBM)
        seconds = [air.second(6.0, 4.0, second) for second in range(1, 61)]
        for rows in seconds[9::10]:
            rows.append(Sighting("t", "q1", -75.0, rows[0].t_s))
        there += sum(fix.level == "L1" for fix in located(locator(floor_map), seconds))
    assert there == 0


def moved(floor_map: FloorMap, x_m: float, y_m: float) -> FloorMap:
    """The same floor elsewhere on the map, under another name."""

    def shifted(place: list[Any]) -> list[Any]:
        if isinstance(place[0], int | float):
            return [round(place[0] + x_m, 3), round(place[1] + y_m, 3)]
        return [shifted(one) for one in place]

    document = json.loads(json.dumps(floor_map.document))
    document["store_id"] = "elsewhere"
    for one in document["features"]:
        one["geometry"]["coordinates"] = shifted(one["geometry"]["coordinates"])
    return parse(json.dumps(document).encode())


@pytest.mark.parametrize("by_m", ELSEWHERE_M)
def test_a_floor_elsewhere_has_the_same_cells_and_steps(by_m: tuple[float, float]) -> None:
    """Also where edges and walls run through the centres of cells, and are no whole binary."""
    edge_m = 0.1 + 0.5 / 2
    here_map = store(
        [
            feature("L0", rectangle(0.1, 0.1, 6, 6), kind="level", ordinal=0),
            feature("floor", rectangle(0.1, 0.1, 4.25, 5.25), kind="walkable"),
            wall("wall", (edge_m + 1, 0.6), (edge_m + 1, edge_m + 3)),
        ]
    )
    here, there = (FloorGrid.build(one) for one in (here_map, moved(here_map, *by_m)))
    assert there.xy_m - by_m == pytest.approx(here.xy_m, abs=1e-9)
    assert np.array_equal(there.neighbours, here.neighbours)
    assert np.array_equal(there.lattices[0], here.lattices[0])


@pytest.mark.parametrize("by_m", ELSEWHERE_M)
@pytest.mark.parametrize("site", ["two levels", "corner market"])
def test_a_floor_elsewhere_moves_its_fixes_and_nothing_else(
    by_m: tuple[float, float], site: str
) -> None:
    here_map = two_levels() if site == "two levels" else corner_market.load()
    there_map = moved(here_map, *by_m)
    here, there = locator(here_map, 3), locator(there_map, 3)
    air = Air(here_map, 1, LEAST_DBM)
    for second in range(1, 21):
        rows = air.second(4.0 + second / 2, 4.0 + second / 8, second)
        here.observe(rows)
        there.observe(rows)
        fixes = [*here.step(second), *here.settled()]
        for one, other in zip(fixes, [*there.step(second), *there.settled()], strict=True):
            assert other.x_m - by_m[0] == pytest.approx(one.x_m, abs=0.0015)
            assert other.y_m - by_m[1] == pytest.approx(one.y_m, abs=0.0015)
            assert other.radius_m == pytest.approx(one.radius_m, abs=0.0015)
            assert (other.zone, other.level) == (one.zone, one.level)
            assert other.zone_p == pytest.approx(one.zone_p, abs=1.5e-4)

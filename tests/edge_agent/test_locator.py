import math
import random

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from edge_agent.fix import Fix
from edge_agent.locator import WITHHELD_RADIUS_MIN_M, Locator, LocatorSettings
from edge_agent.radio_map import RadioMap
from edge_agent.sighting import Sighting
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from tests.edge_agent.small_store import Air, anchor, level, rectangle, store, two_zones, zone

MAP = two_zones()
GRID = FloorGrid.build(MAP)
RADIO_MAP = RadioMap.defaults(MAP, GRID)


def locator(
    floor_map: FloorMap = MAP, lag_s: int = 0, settings: LocatorSettings | None = None
) -> Locator:
    grid = GRID if floor_map is MAP else FloorGrid.build(floor_map)
    radio_map = RADIO_MAP if floor_map is MAP else RadioMap.defaults(floor_map, grid)
    return Locator(floor_map, grid, radio_map, settings or LocatorSettings(), lag_s)


def standing(
    seconds: int, x_m: float = 4.0, floor_map: FloorMap = MAP, seed: int = 1, lag_s: int = 0
) -> tuple[Locator, list[Fix]]:
    """A tag that stands at (x, 4)."""
    air, one = Air(floor_map, seed), locator(floor_map, lag_s)
    fixes: list[Fix] = []
    for second in range(1, seconds + 1):
        one.observe(air.second(x_m, 4.0, second))
        fixes += one.step(second)
    return one, fixes


def test_a_standing_tag_is_found_with_its_zone_and_an_honest_radius() -> None:
    one, fixes = standing(30)
    assert [fix.t_s for fix in fixes] == list(range(1, 31))
    last = fixes[-1]
    assert math.hypot(last.x_m - 4, last.y_m - 4) < 2
    assert (last.zone, last.level, last.source, last.map_sha) == ("a", "L0", "radio", MAP.map_sha)
    assert last.zone_p > 0.8
    assert 0.5 < last.radius_m < 3
    assert one.tags == ("t",)
    assert abs(one.offset_db("t")) < 15


def test_without_measurements_less_is_believed_and_a_tag_may_have_walked_farther() -> None:
    """Else the fix lags behind a walker, sure of the zone that was left."""
    surveyed = msgspec.structs.replace(RADIO_MAP, rung="survey")
    radius_m = []
    for radio_map in (surveyed, RADIO_MAP):
        air, one = Air(MAP, 1), Locator(MAP, GRID, radio_map)
        for second in range(1, 21):
            one.observe(air.second(4.0, 4.0, second))
        one.step(20)
        radius_m.append(one.step(22)[-1].radius_m)
    assert radius_m[0] + 0.2 < radius_m[1]


def test_a_stray_anchor_of_another_level_does_not_flip_the_level() -> None:
    features = [level("L0"), level("L1", ordinal=1)]
    zones = [zone("low", rectangle(0, 0, 16, 8)), zone("high", rectangle(0, 0, 16, 8), "L1")]
    anchors = [anchor(f"p{i}", 2 + 6 * i, 4) for i in range(3)]
    one = locator(store([*features, *zones, *anchors, anchor("q0", 4, 4, "L1")]))
    fixes: list[Fix] = []
    for second in range(1, 31):
        heard = [("p0", -66.0), ("p1", -68.0), ("p2", -78.0)]
        heard += [("q0", -72.0)] * (second % 10 == 0)
        one.observe(Sighting("t", name, rssi_dbm, float(second)) for name, rssi_dbm in heard)
        fixes += one.step(second)
    assert {fix.level for fix in fixes[5:]} == {"L0"}


def test_a_tag_that_reads_weaker_is_found_as_well() -> None:
    air, one, weak = Air(MAP, 2), locator(), locator()
    gap_m = []
    for second in range(1, 61):
        heard = air.second(4.0, 4.0, second)
        one.observe(heard)
        weak.observe(Sighting(s.tag, s.anchor, s.rssi_dbm - 8, s.t_s) for s in heard)
        (fix,), (weak_fix,) = one.step(second), weak.step(second)
        gap_m.append(math.hypot(fix.x_m - weak_fix.x_m, fix.y_m - weak_fix.y_m))
    assert np.median(gap_m[20:]) < 0.25
    assert one.offset_db("t") - weak.offset_db("t") == pytest.approx(8, abs=1)


def test_silence_grows_the_radius_and_takes_the_zone_until_the_track_ends() -> None:
    one, _ = standing(20)
    fixes = one.step(100)
    assert [fix.t_s for fix in fixes] == list(range(21, 50))
    radii_m = [fix.radius_m for fix in fixes]
    assert radii_m == sorted(radii_m)
    assert radii_m[-1] > radii_m[0] + 10
    assert fixes[3].zone == "a"
    assert all((fix.zone, fix.zone_p) == (None, 0.0) for fix in fixes[10:])
    assert one.tags == ()


def test_a_track_goes_on_after_30_s_and_begins_anew_after_more() -> None:
    one = locator()
    one.observe([Sighting("t", "p0", -60.0, 10.3), Sighting("t", "p0", -60.0, 40.2)])
    one.observe([Sighting("t", "p0", -60.0, 70.9)])
    times_s = [fix.t_s for fix in one.step(200)]
    assert times_s == [*range(11, 71), *range(71, 101)]
    assert one.step(200) == []


def test_a_new_track_knows_nothing_of_the_one_before() -> None:
    air, one, fresh = Air(MAP, 3), locator(), locator()
    one.observe(row for t in range(1, 30) for row in air.second(14.0, 4.0, t))
    one.step(100)
    heard = air.second(3.0, 4.0, 101)
    one.observe(heard)
    fresh.observe(heard)
    assert one.step(101) == fresh.step(101)


def test_fixes_use_nothing_that_comes_later() -> None:
    air = Air(MAP, 4)
    rows = [row for t in range(1, 21) for row in air.second(4.0 + t / 4, 4.0, t)]
    whole, cut = locator(), locator()
    whole.observe(rows)
    cut.observe(row for row in rows if row.t_s <= 12)
    assert whole.step(12) == cut.step(12)


@examples(deadline=None, max_examples=20)
@given(st.randoms(use_true_random=False))
def test_the_order_within_a_second_is_nothing(shuffle: random.Random) -> None:
    air = Air(MAP, 5)
    rows = [*air.second(4.0, 4.0, 1), *air.second(9.0, 2.0, 1, tag="u")]
    mixed = list(rows)
    shuffle.shuffle(mixed)
    one, other = locator(), locator()
    one.observe(rows)
    other.observe(mixed)
    assert one.step(1) == other.step(1)


def test_a_late_sighting_counts_in_the_next_second_and_an_older_one_is_counted_out() -> None:
    one, on_time = locator(), locator()
    for each in (one, on_time):
        each.observe([Sighting("t", "p0", -60.0, 10.0)])
        each.step(10)
    one.observe([Sighting("t", "p1", -60.0, 9.5), Sighting("t", "p1", -60.0, 7.0)])
    on_time.observe([Sighting("t", "p1", -60.0, 10.5)])
    (late,), (punctual,) = one.step(11), on_time.step(11)
    assert late == punctual
    assert (one.late_count, on_time.late_count) == (1, 0)


def test_sightings_of_the_future_wait() -> None:
    one = locator()
    one.observe([Sighting("t", "p0", -60.0, 10.0)])
    assert one.step(9.9) == []
    assert [fix.t_s for fix in one.step(10.7)] == [10.0]
    one.observe([Sighting("u", "p0", -60.0, 500.0)])
    assert {fix.tag for fix in one.step(100)} == {"t"}
    assert one.step(100) == []
    assert [(fix.tag, fix.t_s) for fix in one.step(500)] == [("u", 500.0)]


def test_an_anchor_that_the_map_does_not_know_is_counted() -> None:
    one = locator()
    one.observe([Sighting("t", "elsewhere", -60.0, 1.0)])
    assert one.step(1) == []
    assert one.unknown_anchors_count == 1


def test_a_forgotten_tag_leaves_nothing() -> None:
    one, _ = standing(5, lag_s=2)
    one.observe([Sighting("t", "p0", -60.0, 5.5), Sighting("u", "p0", -60.0, 5.5)])
    one.forget("t")
    one.forget("nobody")
    assert one.tags == ()
    assert {fix.tag for fix in one.step(60)} == {"u"}


def test_forgetting_drops_an_ended_track_that_still_has_lagged_fixes() -> None:
    one, _ = standing(5, lag_s=5)
    one.observe([Sighting("u", "p0", -60.0, 38.0)])
    one.step(37)
    assert one.tags == ()
    assert {fix.tag for fix in one.settled()} == {"t"}
    one.forget("t")
    one.step(45)
    assert {fix.tag for fix in one.settled()} == {"u"}


def test_tags_do_not_touch_each_other_and_come_sorted() -> None:
    air, both, alone = Air(MAP, 6), locator(), locator()
    for second in range(1, 11):
        mine = air.second(4.0, 4.0, second, tag="b")
        both.observe([*mine, *air.second(12.0, 4.0, second, tag="a")])
        alone.observe(mine)
        left, right = both.step(second)
        (single,) = alone.step(second)
        assert (left.tag, right.tag) == ("a", "b")
        assert (right.x_m, right.y_m, right.zone) == pytest.approx(
            (single.x_m, single.y_m, single.zone), abs=0.002
        )


def test_a_sensitive_zone_is_withheld_with_the_place() -> None:
    floor_map = two_zones(sensitive=True)
    _, fixes = standing(30, 13.0, floor_map)
    last = fixes[-1]
    assert (last.zone, last.zone_p) == (None, 0.0)
    assert (last.x_m, last.y_m) == (8.0, 4.0)
    # Half the level's diagonal is 8.9 m, which the hub might take for a place.
    assert math.hypot(16, 8) / 2 < last.radius_m == WITHHELD_RADIUS_MIN_M
    assert last.level == "L0"


def test_what_is_too_unsure_has_no_zone() -> None:
    one = locator(settings=LocatorSettings(zone_p_min=0.999))
    one.observe([Sighting("t", "p2", -75.0, 1.0)])
    (fix,) = one.step(1)
    assert (fix.zone, fix.zone_p) == (None, 0.0)
    assert math.isfinite(fix.radius_m)


def test_outside_of_every_zone_there_is_none() -> None:
    floor_map = store(
        [
            level("L0"),
            zone("a", rectangle(0, 0, 2, 2)),
            *(anchor(f"p{i}", x, y) for i, (x, y) in enumerate([(8, 1), (12, 7), (15, 1)])),
        ]
    )
    _, fixes = standing(10, 12.0, floor_map)
    assert fixes[-1].zone is None


def test_a_single_anchor_gives_an_honest_answer() -> None:
    floor_map = store([level("L0"), zone("a", rectangle(0, 0, 16, 8)), anchor("p0", 1, 1)])
    _, fixes = standing(10, 8.0, floor_map)
    assert fixes[-1].radius_m > 2.5


def test_two_levels_in_one_grid() -> None:
    features = [level("L0"), level("L1", ordinal=1)]
    zones = [zone("low", rectangle(0, 0, 16, 8)), zone("high", rectangle(0, 0, 16, 8), "L1")]
    anchors = [anchor("p0", 2, 2), anchor("p1", 12, 6), anchor("q0", 2, 6, "L1")]
    floor_map = store([*features, *zones, *anchors, anchor("q1", 12, 2, "L1")])
    one = locator(floor_map)
    fixes: list[Fix] = []
    for second in range(1, 6):
        heard = (("p0", -85.0), ("p1", -88.0), ("q0", -66.0), ("q1", -79.0))
        one.observe(Sighting("t", name, rssi_dbm, float(second)) for name, rssi_dbm in heard)
        fixes += one.step(second)
    assert (fixes[-1].level, fixes[-1].zone) == ("L1", "high")


def test_what_settles_of_a_second_knows_the_seconds_after_it() -> None:
    air, one = Air(MAP, 7), locator(lag_s=3)
    path_m = [2 + 0.6 * second for second in range(20)]
    instant: list[Fix] = []
    settled: list[Fix] = []
    for second, x_m in enumerate(path_m, 1):
        one.observe(air.second(x_m, 4.0, second))
        instant += one.step(second)
        settled += one.settled()
        assert len(settled) == max(0, len(instant) - 3)
    now_m, lagged_m = (
        np.mean([math.hypot(f.x_m - path_m[int(f.t_s) - 1], f.y_m - 4) for f in fixes])
        for fixes in (instant[:-3], settled)
    )
    assert lagged_m < now_m
    assert [fix.t_s for fix in one.step(100)] == list(range(21, 50))
    assert [fix.t_s for fix in one.settled()] == list(range(18, 50))
    assert one.step(100) == one.settled() == []


def test_the_instant_fixes_are_the_same_with_and_without_a_lag() -> None:
    one, fixes = standing(20)
    other, with_lag = standing(20, lag_s=4)
    assert with_lag == fixes
    assert one.settled() == []
    assert len(other.settled()) == 1


def test_a_lagged_track_gives_its_last_fixes_after_its_end() -> None:
    one = locator(lag_s=3)
    one.observe([Sighting("t", "p0", -60.0, 1.0), Sighting("t", "p0", -60.0, 32.5)])
    assert [fix.t_s for fix in one.step(100)] == [*range(1, 32), *range(33, 63)]
    assert [fix.t_s for fix in one.settled()] == [*range(1, 32), *range(33, 63)]


def test_a_tags_posterior_offsets_and_readings_are_there_to_be_explained() -> None:
    one, fixes = standing(30)
    mass = one.posterior("t")
    assert mass.shape == (GRID.cells_count,)
    assert mass.sum() == pytest.approx(1.0, abs=1e-4)
    assert mass @ GRID.xy_m == pytest.approx([fixes[-1].x_m, fixes[-1].y_m], abs=0.01)
    offsets = one.offsets("t")
    assert sum(p for _, p in offsets) == pytest.approx(1.0, abs=1e-4)
    assert sum(db * p for db, p in offsets) == pytest.approx(one.offset_db("t"), abs=0.3)
    assert [reading.anchor for reading in one.readings("t")] == list(range(6))
    one.step(31)
    assert one.readings("t") == ()
    with pytest.raises(KeyError):
        one.posterior("nobody")


@pytest.mark.parametrize("shift_m", [100.0, -37.0])
def test_a_renamed_store_elsewhere_gives_the_same_fixes_there(shift_m: float) -> None:
    _, here = standing(20, 6.0)
    moved_map = two_zones(x_m=shift_m, store_id="elsewhere")
    one = locator(moved_map)
    air = Air(MAP, 1)
    there: list[Fix] = []
    for second in range(1, 21):
        one.observe(air.second(6.0, 4.0, second))
        there += one.step(second)
    for before, after in zip(here, there, strict=True):
        assert after.x_m - shift_m == pytest.approx(before.x_m, abs=0.002)
        assert after.y_m - shift_m == pytest.approx(before.y_m, abs=0.002)
        assert after.radius_m == pytest.approx(before.radius_m, abs=0.002)
        assert after.zone == before.zone
        assert after.zone_p == pytest.approx(before.zone_p, abs=2e-4)


def test_a_radio_map_of_another_place_or_grid_is_refused() -> None:
    other = two_zones(anchor("extra", 3, 3))
    with pytest.raises(ValueError, match=r"radio map of places .*of the map of 'small'; ops"):
        Locator(other, FloorGrid.build(other), RADIO_MAP)
    coarse = FloorGrid.build(MAP, cell_m=1.0)
    with pytest.raises(ValueError, match="radio map of 512 cells, expected the grid's 128"):
        Locator(MAP, coarse, RADIO_MAP)

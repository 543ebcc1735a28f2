from collections.abc import Callable
from itertools import pairwise

import msgspec
import numpy as np

from models.fix_errors import Errors, table
from models.observation import PLAIN_P, ZONE_P_MIN, observe, observe_ours, observe_plain
from models.visits import ObservedFix
from models.zone_shares import ZoneShares
from store_maps.floor_map import FloorMap, parse
from store_maps.layouts import store

MAP = store("grid", 4)
Watch = Callable[[FloorMap, np.ndarray, np.random.Generator], list[ObservedFix]]


def walk(floor_map: FloorMap, seconds: int = 600) -> np.ndarray:
    """Along a line at 1 m/s for half a minute, then half a minute's stand, and so on."""
    left, bottom, right, top = floor_map.levels[0].polygon.bounds
    going = np.arange(seconds) % 60 < 30
    along_m = np.cumsum(going).astype(float)
    span_m = right - left - 2
    x_m = left + 1 + np.abs((along_m + span_m) % (2 * span_m) - span_m)
    return np.column_stack([np.arange(seconds), x_m, np.full(seconds, (bottom + top) / 2)])


def measured(observed: list[list[ObservedFix]]) -> dict[str, float]:
    track = walk(MAP)
    return table([Errors.of(MAP, track, fixes) for fixes in observed])


def many(watch: Watch, count: int = 60) -> list[list[ObservedFix]]:
    rng = np.random.default_rng(1)
    return [watch(MAP, walk(MAP), rng) for _ in range(count)]


def test_most_visits_err_as_our_locator_does() -> None:
    found = measured(many(observe_ours))
    assert 1.8 < found["rms_m p50"] < 3.6
    assert 0.9 < found["left standing 2 s"] < 0.99
    assert 0.7 < found["left walking 5 s"] < 0.9
    assert 2.2 < found["lag_s"] < 3.6
    assert 0.35 < found["in radius"] < 0.75
    assert 0.2 < found["log radius, log error"] < 0.5
    assert 0.7 < found["zone named"] < 1.0
    assert 0.2 < found["zone right"] < found["right at zone_p > 0.8"]
    assert found["no fix"] < 0.05


def test_the_others_err_as_plainer_systems_do() -> None:
    observed = many(observe_plain)
    found = measured(observed)
    assert 2.0 < found["rms_m p50"] < 3.3
    assert 0.4 < found["left standing 2 s"] < 0.7
    assert found["lag_s"] < 1.0
    assert 0.2 < found["no fix"] < 0.6
    assert all(fix.zone is None for fixes in observed for fix in fixes)
    assert all(len({fix.radius_m for fix in fixes}) == 1 for fixes in observed)
    assert any(fixes[0].radius_m is None for fixes in observed)
    gaps_s = [np.diff([fix.t_s for fix in fixes]).max() for fixes in observed]
    assert 5 <= np.median(gaps_s) <= 25
    assert {np.median(np.diff([fix.t_s for fix in fixes])) for fixes in observed} == {1.0, 2.0}


def test_both_kinds_come_in_their_shares() -> None:
    observed = many(observe, 150)
    plain = [all(fix.zone is None for fix in fixes) for fixes in observed]
    assert abs(np.mean(plain) - PLAIN_P) < 0.12


def test_the_same_seed_gives_the_same_fixes_within_the_floor() -> None:
    track = walk(MAP, 120)
    first, again, other = (observe(MAP, track, np.random.default_rng(k)) for k in (1, 1, 2))
    assert first == again != other
    left, bottom, right, top = MAP.levels[0].polygon.bounds
    for fix in first:
        assert left <= fix.x_m <= right
        assert bottom <= fix.y_m <= top
        assert fix.zone is None or (fix.zone_p or 0.0) >= ZONE_P_MIN


def test_a_silent_tag_keeps_its_place_while_its_radius_grows() -> None:
    frozen = [
        (one, other)
        for fixes in many(observe_ours, 20)
        for one, other in pairwise(fixes)
        if (one.x_m, one.y_m) == (other.x_m, other.y_m)
    ]
    growing = [(other.radius_m or 0.0) - (one.radius_m or 0.0) for one, other in frozen]
    assert len(frozen) > 20
    assert np.isclose(np.median(growing), 0.5, atol=0.02)
    assert any(other.zone is None for _, other in frozen)


def test_a_map_without_zones_and_a_walk_of_a_second() -> None:
    document = dict(MAP.document)
    rest = [f for f in document["features"] if f["properties"]["kind"] != "zone"]
    bare = parse(msgspec.json.encode({**document, "features": rest}))
    for seed in range(6):
        rng = np.random.default_rng(seed)
        assert all(fix.zone is None for fix in observe_ours(bare, walk(bare, 30), rng))
        assert len(observe(MAP, walk(MAP, 1), rng)) <= 1


def test_zones_are_named_by_their_share_of_the_bell() -> None:
    shares = ZoneShares(MAP)
    zone = max(MAP.leaf_zones, key=lambda leaf: leaf.polygon.area)
    middle = zone.polygon.representative_point()
    at = np.repeat([[middle.x, middle.y]], 3, axis=0)
    named, p = shares.at(at, np.array([0.3, 2.0, 9.0]))
    assert shares.ids[named[0]] == zone.id
    assert p[0] > p[1] > p[2] > 0


def test_errors_of_nothing_and_of_the_withheld() -> None:
    track = walk(MAP, 40)
    withheld = [ObservedFix(3.0, 1.0, 1.0, 30.0), ObservedFix(99.0, 1.0, 1.0, 1.0)]
    seen = [ObservedFix(float(t), track[t, 1] + 1.0, track[t, 2], 2.0) for t in (5, 20)]
    errors = Errors.of(MAP, track, [*withheld, *seen])
    assert np.isfinite(errors.off_m[:, 0]).sum() == 2
    assert errors.rms_m == 1.0
    found = table([errors])
    assert np.isnan(found["step_m standing"])
    assert found["zone named"] == found["zone_p of named"] == 0.0
    assert found["no fix"] == 0.95
    assert found["in radius"] == 1.0
    unsure = Errors.of(MAP, track, [ObservedFix(5.0, 1.0, 1.0)])
    assert np.isnan(unsure.radius_m).all()

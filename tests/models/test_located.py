import msgspec
import numpy as np
import pytest

from models.located import APART_S, RUNGS, by_radio, main
from models.visits import ObservedFix
from store_maps.floor_map import FloorMap, parse
from store_maps.layouts import store

MAP = store("boutique", 3)
HALL = store("islands", 4)


def walks(floor_map: FloorMap, count: int, seconds: int = 90) -> list[np.ndarray]:
    """To and fro through the middle of the floor, from second 5 on."""
    left, bottom, right, top = floor_map.levels[0].polygon.bounds
    share = 0.5 + 0.3 * np.sin(np.arange(seconds) / 25.0)
    x_m, y_m = left + share * (right - left), np.full(seconds, (bottom + top) / 2)
    return [np.column_stack([np.arange(seconds) + 5.0, x_m, y_m])] * count


def errors_m(fixes: list[ObservedFix], track: np.ndarray) -> np.ndarray:
    places = np.array([(fix.x_m, fix.y_m) for fix in fixes])
    rows = [int(fix.t_s - track[0, 0]) for fix in fixes]
    return np.asarray(np.hypot(*(places - track[rows, 1:]).T))


@pytest.mark.parametrize("rung", RUNGS)
def test_a_walk_is_found_within_metres_once_a_second(rung: str) -> None:
    tracks = walks(MAP, 3)
    found = by_radio(MAP, tracks, 1, rung)
    assert len(found) == 3
    for fixes, track in zip(found, tracks, strict=True):
        assert [fix.t_s for fix in fixes] == track[1:, 0].tolist()
        assert np.sqrt(np.mean(errors_m(fixes, track) ** 2)) < 7.0
        assert all(fix.radius_m is not None and fix.radius_m > 0 for fix in fixes)
    zones = {zone.id for zone in MAP.leaf_zones}
    assert {fix.zone for fixes in found for fix in fixes} <= {*zones, None}
    assert len({tuple(fixes) for fixes in found}) == 3


def test_the_same_seed_gives_the_same_fixes() -> None:
    tracks = walks(MAP, 2, 40)
    assert by_radio(MAP, tracks, 1) == by_radio(MAP, tracks, 1)
    assert by_radio(MAP, tracks, 1) != by_radio(MAP, tracks, 2)


def test_a_large_floor_and_many_who_leave_at_once() -> None:
    first = walks(HALL, 1, 30 + APART_S)
    second = walks(HALL, 1, 30)
    found = by_radio(HALL, [*first, *second], 1)
    assert [len(fixes) for fixes in found] == [29 + APART_S, 29]


def test_nobody_comes() -> None:
    assert by_radio(MAP, [], 1) == by_radio(MAP, [], 1, "demo") == []


def test_a_map_without_anchors_is_refused() -> None:
    document = dict(MAP.document)
    rest = [f for f in document["features"] if f["properties"]["kind"] != "anchor"]
    bare = parse(msgspec.json.encode({**document, "features": rest}))
    with pytest.raises(ValueError, match="no anchors, expected some; the map's author"):
        by_radio(bare, walks(bare, 1), 1)


def test_a_rung_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of demo, survey, defaults"):
        by_radio(MAP, walks(MAP, 1), 1, "guess")


def test_the_stand_in_is_printed_beside_the_locator(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--family", "boutique", "--stores", "1", "--visits", "1"]) == 0
    head, _, *lines = capsys.readouterr().out.splitlines()
    assert head.split(" | ")[1:] == [*RUNGS, "stand-in", "plain |"]
    rows = {line.split(" | ")[0][2:]: line.split(" | ")[1:-1] for line in lines}
    demo, _, defaults, stand_in = (float(value) for value in rows["left standing 2 s"])
    assert abs(demo - stand_in) < 0.08
    assert demo > 0.85 < defaults


@pytest.mark.parametrize("text", ["0", "-1", "many"])
def test_a_count_that_is_none_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--stores", text])
    assert stopped.value.code == 2
    assert "expected a whole number from 1" in capsys.readouterr().err

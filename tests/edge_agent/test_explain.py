import msgspec
import pytest

from edge_agent.explain import Explanation, Loud, Pull, Store, explained, pull_text, text
from edge_agent.fix import Fix
from edge_agent.locator import Locator
from edge_agent.radio_map import RadioMap
from edge_agent.sighting import Sighting
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from tests.edge_agent.small_store import Air, two_zones

SECONDS = 20


def standing(
    floor_map: FloorMap, x_m: float, more: list[Sighting], *, hears: bool = True
) -> Explanation:
    """What is said of a tag that stood at (x_m, 1.5) for 20 s."""
    grid = FloorGrid.build(floor_map)
    radio_map = RadioMap.defaults(floor_map, grid)
    locator = Locator(floor_map, grid, radio_map)
    air = Air(floor_map, 5)
    fixes: list[Fix] = []
    for second in range(1, SECONDS + 1):
        is_last = second == SECONDS
        if hears or not is_last:
            locator.observe(air.second(x_m, 1.5, float(second)))
        if is_last:
            locator.observe(more)
        fixes = locator.step(second)
    return explained(Store(floor_map, grid, radio_map), locator, fixes[0], 0.0 if hears else 1.4)


def test_an_anchor_that_shouts_pulls_towards_itself() -> None:
    shout = [Sighting("t", "p4", -40.0, SECONDS - 0.1)] * 4
    found = standing(two_zones(), 6.0, shout)
    pull = next(pull for pull in found.pulls if pull.anchor == "p4")
    assert pull.towards in {"right", "lower right"}
    assert pull.misfit_db > 5
    assert pull.pull_m == max(one.pull_m for one in found.pulls)
    assert found.pulls[0] == pull


def test_the_words_name_place_zones_offset_and_anchors() -> None:
    found = standing(two_zones(), 4.0, [])
    words = text(found)
    alone, first = words.splitlines()[:2]
    assert alone.startswith("the map alone, no radio map: ")
    assert first.startswith("t at 20 s: (")
    assert "than the map's defaults expect\n" in words
    assert "zone a (" in words
    assert "zones: a (a) " in words
    assert "the tag reads " in words
    assert "packet" in words
    assert "the one that moved the estimate most first" in words
    assert sum(p for _, p in found.zones) + found.no_zone_p == pytest.approx(1, abs=0.02)


def test_silence_is_said_and_loud_anchors_that_heard_nothing() -> None:
    found = standing(two_zones(), 8.0, [], hears=False)
    words = text(found)
    assert not found.pulls
    assert "silent for 1 s" in words
    assert "heard nothing, though" in words


def test_a_tag_in_a_sensitive_zone_stays_withheld() -> None:
    found = standing(two_zones(sensitive=True), 12.0, [])
    assert found.is_withheld
    assert not found.pulls
    words = text(found)
    assert "withheld" in words
    assert "dBm" not in words
    assert "b" not in words.split()


def test_a_sensitive_zone_near_by_is_not_named() -> None:
    found = standing(two_zones(sensitive=True), 5.0, [])
    names = [name for name, _ in found.zones]
    assert not found.is_withheld
    assert "a sensitive zone, withheld" in names
    assert not any("b (b)" in name for name in names)


def test_where_a_tag_would_be_without_an_anchor_is_withheld_when_sensitive() -> None:
    pull = Pull(
        anchor="p0",
        rssi_dbm=-60.0,
        count=1,
        expected_dbm=-62.0,
        expected_sd_db=4.0,
        pull_m=2.0,
        towards="right",
        is_withheld=True,
    )
    words = pull_text(pull)
    assert words.endswith("where the tag would be without it is withheld")
    assert "right" not in words
    still = msgspec.structs.replace(pull, is_withheld=False, towards="")
    assert pull_text(still).endswith("moved nothing")
    assert "1 packet)" in pull_text(still)


def test_small_words() -> None:
    fix = Fix(3.0, "t", 1.0, 2.0, 9.0, None, 0.0, "L0", "sha")
    found = Explanation(fix=fix, is_withheld=False, silent_s=9.0, offsets=((-3.0, 1.0),))
    words = text(found)
    assert "zone unknown" in words
    assert "3.0 dB weaker (100%) than the radio map's" in words
    assert "the map alone" not in words
    assert "silent for 9 s" in words


def test_an_offset_that_may_be_anything_is_not_known_yet() -> None:
    fix = Fix(0.0, "t", 1.0, 2.0, 9.0, None, 0.0, "L0", "sha")
    wide = tuple((3.0 * step, 1 / 9) for step in range(-4, 5))
    words = text(Explanation(fix=fix, is_withheld=False, silent_s=0.0, offsets=wide))
    assert "stronger or weaker than the radio map's the tag reads is not known yet" in words
    assert "dB" not in words


def test_a_beacon_was_not_heard_and_an_anchor_heard_nothing() -> None:
    fix = Fix(3.0, "t", 1.0, 2.0, 9.0, None, 0.0, "L0", "sha")
    loud = tuple(
        Loud(anchor=name, expected_dbm=-52.0, is_beacon=is_beacon)
        for name, is_beacon in (("p0", False), ("b0", True))
    )
    words = text(Explanation(fix=fix, is_withheld=False, silent_s=1.0, loud=loud))
    assert "p0 heard nothing, though -52 dBm was to be expected" in words
    assert "b0 was not heard, though -52 dBm was to be expected" in words

"""Anchors that were moved, swapped, covered or switched off are named; sound ones are not."""

import math
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from edge_agent.anchor_health import AnchorHealth
from edge_agent.belief import Reading
from edge_agent.locator import Locator
from edge_agent.messages import Suspect
from edge_agent.radio_map import RadioMap
from edge_agent.recording import read_recording, read_survey
from edge_agent.sighting import Sighting
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import load
from tests.edge_agent.small_store import anchor, feature, level, rectangle, store, zone

Floats = npt.NDArray[np.float64]
Fault = Callable[[Floats, Floats], Floats]
"""(what each anchor reads, the tag's place) -> what it reads with the fault; nan is nothing."""

PLACES = [(x, y) for y in (1.5, 8.5, 15.5) for x in (1.5, 8.5, 15.5, 22.5)]
BEACON = {"type": "Point", "coordinates": [12.0, 5.0]}
HALL = store(
    [
        {**level("L0"), "geometry": rectangle(0, 0, 24, 17)},
        zone("all", rectangle(0, 0, 24, 17)),
        *(anchor(f"p{i:02d}", x_m, y_m) for i, (x_m, y_m) in enumerate(PLACES)),
        feature("unused", BEACON, kind="beacon", height_m=2.5, beacon="ab-" + "0" * 40),
    ]
)
GRID = FloorGrid.build(HALL, 1.0)
DEFAULTS = RadioMap.defaults(HALL, GRID)
SURVEYED = msgspec.structs.replace(
    DEFAULTS, rung="survey", map_sd_db=np.full(DEFAULTS.expected_dbm.shape, 2.0, np.float32)
)
WALKERS = 10


class Walkers:
    """A locator that knows where its walkers are to a metre or so."""

    def __init__(self, fault: Fault | None = None, seed: int = 1) -> None:
        self._rng = np.random.default_rng(seed)
        self._fault = fault
        self._xy_m = self._rng.uniform((1, 1), (23, 16), (WALKERS, 2))
        self._speed_m = self._rng.normal(0, 0.5, (WALKERS, 2))
        self._offset_db = self._rng.normal(0, 4, WALKERS)
        self._shadow_db = self._rng.normal(0, 1.5, DEFAULTS.expected_dbm.shape)
        self.tags: tuple[str, ...] = tuple(f"t{i}" for i in range(WALKERS))
        self.blur_m = 1.0

    def walk(self) -> None:
        turn = self._rng.normal(0, 0.3, self._speed_m.shape)
        self._speed_m = 0.9 * self._speed_m + turn
        self._xy_m = np.clip(self._xy_m + self._speed_m, (0.5, 0.5), (23.5, 16.5))

    def offset_db(self, tag: str) -> float:
        return float(self._offset_db[int(tag[1:])])

    def posterior(self, tag: str) -> npt.NDArray[np.float32]:
        away_m2 = ((GRID.xy_m - self._xy_m[int(tag[1:])]) ** 2).sum(1)
        mass = np.exp(-0.5 * away_m2 / self.blur_m**2)
        return np.asarray(mass / mass.sum(), np.float32)

    def readings(self, tag: str) -> tuple[Reading, ...]:
        xy_m = self._xy_m[int(tag[1:])]
        cell = int(((GRID.xy_m - xy_m) ** 2).sum(1).argmin())
        mean_dbm = (DEFAULTS.expected_dbm + self._shadow_db)[:12, cell] + self.offset_db(tag)
        rssi_dbm = mean_dbm + self._rng.normal(0, 3, 12)
        if self._fault is not None:
            rssi_dbm = self._fault(rssi_dbm, xy_m)
        is_heard = (rssi_dbm > -94) & (self._rng.random(12) < 0.85)
        rows = np.flatnonzero(is_heard)
        return tuple(Reading(int(row), float(rssi_dbm[row]), 2) for row in rows)


def watched(
    walkers: Walkers, health: AnchorHealth, seconds: range
) -> Iterator[tuple[Suspect, ...]]:
    """Who is named after each second."""
    for second in seconds:
        walkers.walk()
        health.observe(walkers, float(second))
        yield health.suspects


def named(
    fault: Fault | None, radio_map: RadioMap = SURVEYED, until_s: int = 600
) -> tuple[Suspect, ...]:
    """Who is named first within ten minutes."""
    health = AnchorHealth(HALL, GRID, radio_map)
    every = watched(Walkers(fault), health, range(until_s))
    return next((suspects for suspects in every if suspects), ())


def swapped(rssi_dbm: Floats, _: Floats) -> Floats:
    order = np.arange(12)
    order[[1, 10]] = order[[10, 1]]
    return np.take(rssi_dbm, order)


def weaker(rssi_dbm: Floats, _: Floats) -> Floats:
    return np.asarray(rssi_dbm - 12.0 * (np.arange(12) == 5))


def stronger(rssi_dbm: Floats, _: Floats) -> Floats:
    return np.asarray(rssi_dbm + 12.0 * (np.arange(12) == 5))


def shelf(rssi_dbm: Floats, xy_m: Floats) -> Floats:
    is_behind = xy_m[0] > PLACES[5][0] + 0.5
    return np.asarray(rssi_dbm - 14.0 * (np.arange(12) == 5) * is_behind)


def moved(rssi_dbm: Floats, xy_m: Floats) -> Floats:
    was = np.hypot(np.hypot(*(xy_m - PLACES[5])), 1.5)
    now = np.hypot(np.hypot(*(xy_m - PLACES[5] - (6.0, 0.0))), 1.5)
    return np.asarray(rssi_dbm - 25 * np.log10(now / was) * (np.arange(12) == 5))


def dead(rssi_dbm: Floats, _: Floats) -> Floats:
    return np.where(np.arange(12) == 5, -np.inf, rssi_dbm)


def test_sound_anchors_are_not_named_and_an_unused_beacon_is_not_missed() -> None:
    assert named(None, until_s=240) == ()


def test_sound_anchors_are_not_named_where_nothing_was_measured() -> None:
    assert named(None, DEFAULTS, 120) == ()


def test_two_swapped_anchors_are_named_together() -> None:
    one, two = named(swapped)
    assert (one.anchor, one.kind, one.other) == ("p01", "swapped", "p10")
    assert (two.anchor, two.kind, two.other) == ("p10", "swapped", "p01")
    assert one.sure_p >= 0.9


@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        (weaker, {"weaker"}),
        (stronger, {"stronger"}),
        (shelf, {"side", "turned", "odd"}),
        (moved, {"moved", "turned", "side"}),
        (dead, {"silent"}),
    ],
)
def test_a_fault_is_named_within_ten_minutes(fault: Fault, kinds: set[str]) -> None:
    (suspect,) = named(fault)
    assert suspect.anchor == "p05"
    assert suspect.kind in kinds
    assert suspect.sure_p >= 0.9
    assert "p05" in suspect.words


def test_a_name_stands_as_it_was_said_and_ends_when_readings_fit_again() -> None:
    health = AnchorHealth(HALL, GRID, SURVEYED)
    found = list(watched(Walkers(weaker), health, range(150)))
    words = {suspect.words for suspects in found for suspect in suspects}
    assert 1 <= len(words) <= 3
    assert health.suspects
    mended = watched(Walkers(seed=2), health, range(150, 1400))
    assert any(not suspects for suspects in mended)


def test_who_is_heard_again_is_silent_no_more() -> None:
    health = AnchorHealth(HALL, GRID, SURVEYED)
    found = list(watched(Walkers(dead), health, range(250)))
    assert found[-1][0].kind == "silent"
    assert list(watched(Walkers(seed=2), health, range(250, 260)))[-1] == ()


def test_nothing_is_kept_of_a_tag_whose_track_is_over() -> None:
    health = AnchorHealth(HALL, GRID, SURVEYED)
    walkers = Walkers()
    list(watched(walkers, health, range(30)))
    assert set(health._seen) == set(walkers.tags)
    walkers.tags = ("t3",)
    health.observe(walkers, 31.0)
    assert set(health._seen) == {"t3"}
    walkers.tags = ()
    health.observe(walkers, 32.0)
    assert health._seen == {}


def test_a_tag_that_stands_or_is_lost_tells_nothing_new() -> None:
    health = AnchorHealth(HALL, GRID, SURVEYED)
    walkers = Walkers()
    for second in range(100):
        health.observe(walkers, float(second))
    assert health.looks_count == WALKERS
    walkers.blur_m = 9.0
    list(watched(walkers, health, range(100, 150)))
    assert health.looks_count == WALKERS


def test_with_too_few_anchors_nobody_can_be_named() -> None:
    def three(rssi_dbm: Floats, _: Floats) -> Floats:
        return np.where(np.arange(12) < 3, rssi_dbm, -np.inf)

    health = AnchorHealth(HALL, GRID, SURVEYED)
    list(watched(Walkers(three), health, range(60)))
    assert health.looks_count == 0


def test_many_wrong_anchors_are_doubted_a_third_at_most() -> None:
    def shuffled(rssi_dbm: Floats, _: Floats) -> Floats:
        return np.take(rssi_dbm, np.random.default_rng(3).permutation(12))

    health = AnchorHealth(HALL, GRID, SURVEYED)
    found = list(watched(Walkers(shuffled), health, range(200)))
    assert health._doubted.sum() <= 4
    assert max(len(suspects) for suspects in found) <= 2


def recorded(shared: Path, relabelled: dict[str, str], until_s: float) -> tuple[Suspect, ...]:
    """Who is named first while the office's five straight tracks are walked at once, looped."""
    office = shared / "sites" / "office"
    floor_map = load(office / "map.geojson")
    grid = FloorGrid.build(floor_map)
    radio_map = RadioMap.from_survey(floor_map, grid, read_survey(office / "survey.csv"), 1.2)
    sightings: list[Sighting] = []
    for track in range(1, 6):
        rows = read_recording(office / "recordings" / f"straight_0{track}.csv.gz")
        long_s = rows[-1].t_s - rows[0].t_s + 35
        for round_s in np.arange(-rows[0].t_s, until_s, long_s):
            sightings += [
                Sighting(
                    f"{track}",
                    relabelled.get(row.anchor, row.anchor),
                    row.rssi_dbm,
                    row.t_s + round_s,
                )
                for row in rows
                if row.t_s + round_s < until_s
            ]
    sightings.sort(key=lambda row: row.t_s)
    locator = Locator(floor_map, grid, radio_map)
    health = AnchorHealth(floor_map, grid, radio_map)
    for second, heard in groupby(sightings, key=lambda row: math.ceil(row.t_s)):
        locator.observe(heard)
        locator.step(second)
        health.observe(locator, float(second))
        if health.suspects:
            break
    return health.suspects


def test_no_anchor_of_the_office_is_named(shared: Path) -> None:
    assert recorded(shared, {}, 150.0) == ()


def test_swapped_anchors_of_the_office_are_named(shared: Path) -> None:
    found = recorded(shared, {"sensor20": "sensor42", "sensor42": "sensor20"}, 600.0)
    assert {suspect.anchor for suspect in found} == {"sensor20", "sensor42"}

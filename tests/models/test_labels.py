import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from hub_server.journeys import STAGES
from models.labels import (
    ARRIVING,
    CHECKOUT,
    ENGAGED,
    LEAVING,
    PURPOSEFUL,
    STUCK,
    WEIGHING,
    Marks,
    Stretch,
    label,
    seconds,
    stretches,
)
from store_maps.floor_map import FloorMap, load, parse
from store_maps.layouts import store

MAP = store("islands", 2)
MARKS = Marks(MAP)


def bare(floor_map: FloorMap) -> FloorMap:
    """The same floor without shelves, tills and doors."""
    document = dict(floor_map.document)
    document["features"] = [
        f
        for f in document["features"]
        if f["properties"]["kind"] not in {"fixture", "checkout", "opening"}
    ]
    return parse(json.dumps(document).encode())


def at_shelf(k: int) -> np.ndarray:
    left, bottom, _, _ = MAP.fixtures[k].polygon.bounds
    return np.array([left - 0.5, bottom + 0.3])


def stand(where: np.ndarray, for_s: int) -> np.ndarray:
    return np.repeat(where[None], for_s, axis=0)


def go(start: np.ndarray, end: np.ndarray, mps: float = 1.0) -> np.ndarray:
    ticks = max(int(np.hypot(*(end - start)) / mps), 2)
    return np.linspace(start, end, ticks)


def door() -> np.ndarray:
    point = MAP.openings[0].line.centroid
    return np.array([point.x, point.y])


def test_the_labels_are_the_reference_labels(shared: Path) -> None:
    marks = Marks(load(shared / "visits" / "map-0.geojson"))
    lines = (shared / "visits" / "sample_labels.jsonl").read_text().splitlines()
    expected = {(row["visit"], row["t_s"]): row["stage"] for row in map(json.loads, lines)}
    with gzip.open(shared / "visits" / "sample.jsonl.gz", "rt") as file:
        visits = [json.loads(line) for line in file]
    same = [
        STAGES[stage] == expected[visit["visit"], t_s]
        for visit in visits
        for t_s, stage in zip(*ask(marks, visit["track"]), strict=True)
    ]
    assert len(same) == len(expected)
    assert np.mean(same) >= 0.995


def ask(marks: Marks, track: list[list[float]]) -> tuple[list[float], list[int]]:
    t_s, xy_m = seconds(np.array(track))
    return t_s.tolist(), label(marks, xy_m).tolist()


def test_a_short_trip_has_its_stages_in_order() -> None:
    till = MAP.checkouts[0].geometry.centroid
    at_till = np.array([till.x + 1.0, till.y])
    far = max(map(at_shelf, range(len(MAP.fixtures))), key=lambda at: np.hypot(*(at - door())))
    track = np.concatenate(
        [go(door(), far), stand(far, 30), go(far, at_till), stand(at_till, 20), go(at_till, door())]
    )
    found = label(MARKS, track)
    assert found[0] == ARRIVING
    assert found[-1] == LEAVING
    order = [int(s) for s in found[np.r_[True, np.diff(found) != 0]]]
    assert order.index(ENGAGED) < order.index(CHECKOUT)
    assert PURPOSEFUL in order


def test_a_long_stand_and_a_return_are_weighing() -> None:
    here, there = at_shelf(3), at_shelf(8)
    track = np.concatenate(
        [stand(here, 70), go(here, there), stand(there, 10), go(there, here), stand(here, 12)]
    )
    found = label(MARKS, track)
    assert (found[:44] == ENGAGED).all()
    assert found[60] == WEIGHING
    assert found[-3] == WEIGHING


def test_a_stand_away_from_everything_is_stuck() -> None:
    floor = Marks(bare(MAP))
    found = label(floor, stand(np.array([9.0, 9.0]), 40))
    assert found[0] == STUCK
    assert found[5] == LEAVING  # nothing was engaged: all of it after the first second is leaving


def test_to_and_fro_between_zones_is_stuck() -> None:
    parts = [zone for zone in MAP.leaf_zones if zone.zone_type == "department"]
    zones = [part.polygon.centroid for part in parts[:2]]
    a, b = (np.array([z.x, z.y]) for z in zones)
    shelf = at_shelf(10)
    walk = [part for _ in range(14) for part in (go(a, b), go(b, a))]
    track = np.concatenate([stand(a, 2), *walk, go(a, shelf), stand(shelf, 20)])
    found = label(MARKS, track)
    assert (found[90 : len(track) - 60] == STUCK).mean() > 0.5


def test_short_pauses_between_tills_are_checkout() -> None:
    till = MAP.checkouts[0].geometry.centroid
    place = np.array([till.x + 1.0, till.y])
    aside = place + np.array([4.5, 0.0])
    parts = [stand(place, 10), go(place, aside), go(aside, place), stand(place, 10)]
    assert (label(MARKS, np.concatenate(parts)) == CHECKOUT).all()


@pytest.mark.parametrize(
    ("slow", "expected"),
    [
        ("", []),
        ("0000", []),
        ("1111111", []),
        ("11111111", [Stretch(0, 7)]),
        ("0111100111110", [Stretch(1, 11)]),
        ("11110001111", []),
        ("11111111000011111111", [Stretch(0, 7), Stretch(12, 19)]),
    ],
)
def test_a_stretch_bridges_two_seconds(slow: str, expected: list[Stretch]) -> None:
    assert stretches(np.array([c == "1" for c in slow], bool)) == expected


def test_one_second_and_a_map_with_nothing() -> None:
    assert label(MARKS, np.array([[5.0, 5.0]])).shape == (1,)
    assert set(label(Marks(bare(MAP)), go(np.zeros(2), np.array([9.0, 9.0]))).tolist()) <= set(
        range(8)
    )

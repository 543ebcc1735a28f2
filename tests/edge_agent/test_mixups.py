"""What gives away exchanged truths, clocks and names."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from edge_agent.checkpoints import Walk
from edge_agent.measurements import Measurements
from edge_agent.mixups import EXCHANGED_MAX, Names, clock_mixup, exchanges, names_of, shifted
from edge_agent.path_loss import place_ids
from edge_agent.recording import read_recording, read_survey
from edge_agent.truth_file import read_truth
from store_maps.floor_map import FloorMap, load

HEIGHT_M = 1.82


@pytest.fixture
def office(shared: Path) -> Path:
    return shared / "sites/office"


@pytest.fixture
def floor_map(office: Path) -> FloorMap:
    return load(office / "map.geojson")


@pytest.fixture
def walks(office: Path) -> list[Walk]:
    return [
        (
            read_recording(office / f"recordings/straight_0{number}.csv.gz"),
            read_truth(office / f"truth/straight_0{number}.csv.gz"),
        )
        for number in range(1, 6)
    ]


def test_right_truths_are_not_doubted(floor_map: FloorMap, walks: list[Walk]) -> None:
    assert clock_mixup(floor_map, walks, HEIGHT_M) is None
    assert [clock_mixup(floor_map, [walk], HEIGHT_M) for walk in walks] == [None] * 5
    assert clock_mixup(floor_map, [], HEIGHT_M) is None


def test_a_late_or_early_truth_is_named(floor_map: FloorMap, walks: list[Walk]) -> None:
    late = [(heard, shifted(rows, 8)) for heard, rows in walks]
    text = clock_mixup(floor_map, late, HEIGHT_M)
    assert text is not None
    assert "with a truth that is 8 s earlier: its clock is late" in text
    text = clock_mixup(floor_map, [(walks[0][0], shifted(walks[0][1], -8))], HEIGHT_M)
    assert text is not None
    assert "later: its clock is early" in text


def test_exchanged_truths_are_named(floor_map: FloorMap, walks: list[Walk]) -> None:
    (one, first), (other, second) = walks[:2]
    text = clock_mixup(floor_map, [(one, second), (other, first)], HEIGHT_M)
    assert text == "the readings fit far better with the truths of walks 1 and 2 exchanged"
    assert not list(exchanges(floor_map, walks * EXCHANGED_MAX, HEIGHT_M))


def test_truths_of_other_times_say_nothing(floor_map: FloorMap, walks: list[Walk]) -> None:
    (one, first), (other, second) = walks[:2]
    far = [(one, first), (other, shifted(second, 9_000))]
    assert not list(exchanges(floor_map, [far[1], far[1]], HEIGHT_M))
    assert clock_mixup(floor_map, far, HEIGHT_M) is None
    alone = [row for row in one if row.anchor == one[0].anchor]
    assert clock_mixup(floor_map, [(alone, first)], HEIGHT_M) is None


def renamed(points: Measurements, names: list[int]) -> Measurements:
    return msgspec.structs.replace(points, anchor=np.array(names)[points.anchor])


def test_names_that_are_mixed_up_are_found(floor_map: FloorMap, office: Path) -> None:
    points = Measurements.of_survey(floor_map, read_survey(office / "survey.csv"))
    count = len(place_ids(floor_map))
    assert names_of(floor_map, points, HEIGHT_M) == Names()
    swapped = [*range(count)]
    swapped[0], swapped[7] = 7, 0
    found = names_of(floor_map, renamed(points, swapped), HEIGHT_M)
    assert found == Names({0: 7, 7: 0})
    rotated = [*range(1, count), 0]
    assert names_of(floor_map, renamed(points, rotated), HEIGHT_M).is_rotated


def test_few_places_say_nothing_of_names(floor_map: FloorMap, office: Path) -> None:
    survey = read_survey(office / "survey.csv")
    few = sorted({row.point for row in survey})[:10]
    points = Measurements.of_survey(floor_map, [row for row in survey if row.point in few])
    assert names_of(floor_map, points, HEIGHT_M) == Names()

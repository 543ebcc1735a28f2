import math

import msgspec
import numpy as np
import pytest

from edge_agent.coverage import Figure, Prediction, ZoneFigure
from edge_agent.coverage_table import (
    Proposal,
    advice,
    gain,
    is_weak,
    place,
    proposal_lines,
    store_line,
    stores,
    verdict,
    weakest,
    worth,
    zone_lines,
)
from edge_agent.next_anchor import Spot
from tests.edge_agent.small_store import level, store, two_zones


def zone(number: int, accuracy: float, **more: float | bool) -> ZoneFigure:
    told = {"error_m": 1.0, "anchors_heard": 6.0, "confused": -1, "is_sensitive": False, **more}
    return ZoneFigure(
        zone=number,
        accuracy=accuracy,
        error_m=float(told["error_m"]),
        anchors_heard=float(told["anchors_heard"]),
        confused=int(told["confused"]),
        is_sensitive=bool(told["is_sensitive"]),
    )


def prediction(*zones: ZoneFigure) -> Prediction:
    return Prediction(
        error_m=Figure(1.234, 0.05),
        error_p90_m=2.2,
        accuracy=Figure(0.876, 0.021),
        stores_m=(0.9, 1.7),
        cell_error_m=np.ones(4),
        cell_accuracy=np.ones(4),
        zones=zones,
        walk_errors_m=np.ones(2),
        walk_accuracies=np.ones(2),
    )


def proposal(gain_m: float, within_m: float = 0.05, x_m: float = 4.0) -> Proposal:
    spot = Spot(x_m, 4.0, 2.5, "L0")
    return Proposal(spot=spot, gain_m=Figure(gain_m, within_m), gain_accuracy=Figure(0.042, 0.011))


def test_the_store_in_a_line() -> None:
    line = store_line("surveyed", prediction())
    assert line == (
        "surveyed: mean error 1.23 m (±0.05), nine of ten within 2.2 m; "
        "the zone is right 88% of the time (±2%)"
    )
    assert "0.9 to 1.7 m" in stores(prediction())


def test_the_weakest_zone_comes_first_and_no_sensitive_one() -> None:
    found = prediction(
        zone(0, 0.9), zone(1, 0.2, is_sensitive=True), zone(2, 0.5), zone(3, 0.5, error_m=2.0)
    )
    assert [figure.zone for figure in weakest(found)] == [3, 2, 0]


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (zone(0, 0.95), ""),
        (zone(0, 0.1, is_sensitive=True), ""),
        (zone(0, 0.7, anchors_heard=2.4), "hang an anchor here: fewer than three are in reach"),
        (zone(0, 0.7, confused=1), "when wrong, mostly b: an anchor at the border"),
        (zone(0, 0.7), "when wrong, mostly none is named"),
    ],
)
def test_what_to_do_about_a_zone(figure: ZoneFigure, words: str) -> None:
    found = advice(figure, two_zones())
    assert found.startswith(words)
    assert bool(found) == is_weak(figure)


def test_the_table_says_each_zone_and_what_to_do() -> None:
    found = prediction(zone(0, 0.95), zone(1, 0.5, confused=0))
    head, first, second = zone_lines(two_zones(), found)
    assert " ".join(head.split()) == "weakest zones error m zone right anchors what to do"
    assert first.split()[:4] == ["b", "1.0", "50%", "6"]
    assert "mostly a" in first
    assert second.split() == ["a", "1.0", "95%", "6"]
    assert list(zone_lines(store([level("L0")]), prediction())) == []


@pytest.mark.parametrize(
    ("proposals", "words"),
    [
        ([], "there is no room for it"),
        ([proposal(0.04, 0.05)], "smaller by more than chance"),
        ([proposal(0.04, 0.01)], "hardly worth a hole"),
        ([proposal(0.01, 0.05), proposal(0.3, 0.05)], "would help most"),
    ],
)
def test_whether_one_more_is_worth_a_hole(proposals: list[Proposal], words: str) -> None:
    assert words in verdict(proposals, prediction())


def test_only_what_is_worth_a_hole_is_drawn() -> None:
    best, small, chance = proposal(0.3), proposal(0.04, 0.01), proposal(0.2, 0.25)
    assert worth([best, small, chance], prediction()) == (best,)


def test_without_zones_nothing_is_said_of_them() -> None:
    unknown = Figure(math.nan, math.nan)
    found = msgspec.structs.replace(prediction(), accuracy=unknown)
    assert store_line("surveyed", found).endswith("nine of ten within 2.2 m")
    gained = msgspec.structs.replace(proposal(0.3), gain_accuracy=unknown)
    assert gain(gained) == "mean error -0.30 m (±0.05)"


def test_a_proposal_says_where_and_what_it_brings() -> None:
    floor_map = two_zones()
    found = list(proposal_lines(floor_map, "anchor", [proposal(0.3)], prediction()))
    assert found[0] == "one more anchor: would help most here, the best first"
    assert found[1].strip().startswith("x 4.0, y 4.0, 2.5 m up on L0 in a: mean error -0.30")
    assert gain(proposal(0.3)).endswith("zones right +4.2 points (±1.1)")
    same = msgspec.structs.replace(proposal(0.3), gain_accuracy=Figure(-0.0004, 0.01))
    assert gain(same) == "mean error -0.30 m (±0.05), zones right as often"
    outside = Spot(4.0, 99.0, 2.5, "L0")
    assert place(floor_map, outside).endswith("on L0")

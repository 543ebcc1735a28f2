import numpy as np
import pytest

from edge_agent.checkpoints import (
    BESIDE_M,
    CUTS,
    STAND_S,
    Checkpoints,
    both,
    of_survey,
    of_walks,
    pieces,
)
from edge_agent.sighting import Sighting
from edge_agent.survey import SurveyError, SurveyRow
from edge_agent.truth import TruthError, TruthRow
from tests.edge_agent.small_store import anchor, level, store, two_zones

MAP = two_zones()


def point(name: str, x_m: float, y_m: float, *anchors: str) -> list[SurveyRow]:
    return [SurveyRow(name, x_m, y_m, anchor, 30, -60.0 - x_m, 3.0) for anchor in anchors]


def walk(tags: str, first_s: int = 0, last_s: int = 30) -> tuple[list[Sighting], list[TruthRow]]:
    """Each tag hears three anchors once a second on its way along the store."""
    times = range(first_s, last_s + 1)
    names = ("p0", "p1", "p2")
    heard = [
        Sighting(tag, name, -60.0 - t % 7, float(t))
        for t in times
        for tag in tags
        for name in names
    ]
    return heard, [
        TruthRow(float(t), tag, 1 + (t - first_s) / 3, 4.0) for t in times for tag in tags
    ]


def test_a_survey_s_points_are_items_that_stand_for_some_seconds() -> None:
    found = of_survey(MAP, [*point("b", 9, 2, "p1", "p0"), *point("a", 2, 2, "p0")])
    assert (found.survey_points, found.walks, found.parts_count) == (2, 0, 2)
    assert found.item.tolist() == [0, 1, 1]
    first, second = found.probes
    assert [one.t_s for one in first.sightings] == [0.5, 1.5, 2.5, 3.5, 4.5]
    assert {(one.anchor, one.rssi_dbm) for one in second.sightings} == {("p0", -69), ("p1", -69)}
    assert first.tag != second.tag
    assert (first.from_s, first.until_s) == (STAND_S, STAND_S)
    there = second.where(np.array([1.0, 5.0]))
    assert there.xy_m.tolist() == [[9, 2], [9, 2]]
    assert there.is_known.all()
    assert there.level_index.tolist() == [0, 0]


def test_a_survey_that_does_not_fit_is_refused() -> None:
    with pytest.raises(SurveyError, match="anchor 'x' is not on the map"):
        of_survey(MAP, point("a", 2, 2, "x"))


def test_a_point_at_two_places_is_refused() -> None:
    with pytest.raises(
        SurveyError, match=r"point 'a' stands at \(2, 2\) and at \(3, 2\), expected"
    ):
        of_survey(MAP, [*point("a", 2, 2, "p0"), *point("a", 3, 2, "p1")])


def test_a_place_measured_twice_is_left_out_twice() -> None:
    rows = [
        *point("a", 2, 2, "p0", "p1"),
        *point("a again", 2 + 0.8 * BESIDE_M, 2, "p0"),
        *point("near", 2 + 1.2 * BESIDE_M, 2, "p0"),
    ]
    found = of_survey(MAP, rows)
    left = np.array([True, False, False])
    assert found.without(left).xy_m.tolist() == [[2.6, 2]]
    assert found.of_items(left).xy_m.tolist() == [[2, 2], [2, 2]]


def test_the_parts_are_all_items_and_each_once() -> None:
    found = of_survey(
        MAP, [row for n in range(23) for row in point(f"{n}", 0.5 * n, 1, "p0", "p1")]
    )
    assert found.parts_count == 10
    assert np.sum([found.part(number) for number in range(10)], 0).tolist() == [1] * 23


def test_each_tag_of_some_walks_is_an_item() -> None:
    found = of_walks(MAP, [walk("ab"), walk("a", 100, 130)])
    assert (found.survey_points, found.walks) == (0, 3)
    assert [probe.sightings[0].t_s for probe in found.probes] == [0, 0, 100]
    assert len({probe.tag for probe in found.probes}) == 3
    assert (found.item == found.points.tag).all()
    probe = found.probes[2]
    assert (probe.from_s, probe.until_s) == (105, 130)
    assert probe.where(np.array([115.0])).is_known.all()


def test_walks_of_few_tags_are_cut_but_the_tag_stays_one() -> None:
    found = of_walks(MAP, [walk("a")])
    assert found.walks == CUTS
    assert set(found.points.tag) == {0}
    assert set(found.item) == set(range(CUTS))
    assert [probe.sightings[0].t_s for probe in found.probes] == [0, 6, 12, 18, 24]


def test_seconds_that_too_few_anchors_cover_are_not_asked_for() -> None:
    heard, rows = walk("abc")
    faint = [one for one in heard if one.anchor == "p0" or one.t_s < 10]
    probe = of_walks(MAP, [(faint, rows)]).probes[0]
    assert probe.where(np.array([9.0, 11.5, 12.5])).is_known.tolist() == [True, True, False]
    two = store([level("L0"), anchor("p0", 1, 1), anchor("p1", 9, 1)])
    lonely = [one for one in heard if one.anchor != "p2"]
    assert of_walks(two, [(lonely, rows)]).probes[0].where(np.array([20.0])).is_known.all()
    alone = [one for one in heard if one.anchor == "p0" or one.tag != "a"]
    assert of_walks(MAP, [(alone, rows)]).walks == 2 * CUTS


def test_what_nobody_labelled_is_left_out_of_walks() -> None:
    sightings, rows = walk("abc")
    known = [row for row in rows if row.tag != "b" and row.t_s < 11]
    found = of_walks(MAP, [(sightings, known)])
    assert {probe.sightings[0].t_s for probe in found.probes} == {0, 6}
    assert found.walks == 4


def test_walks_and_truths_that_do_not_fit_are_refused() -> None:
    with pytest.raises(TruthError, match="the truth of a is of other times"):
        of_walks(MAP, [(walk("a")[0], walk("a", 50, 60)[1])])


def test_pieces_are_of_equal_time_and_silence_is_none() -> None:
    way = [Sighting("a", "p0", -60.0, t) for t in (0.0, 1.0, 9.0, 10.0)]
    assert [[one.t_s for one in piece] for piece in pieces(way, 5)] == [[0, 1], [9, 10]]
    assert pieces(way[:1], 5) == [way[:1]]
    assert len(pieces(way[:2], 5)) == 2


def test_a_survey_and_walks_are_one() -> None:
    survey = of_survey(MAP, [*point("a", 2, 2, "p0"), *point("b", 9, 2, "p1")])
    walks = of_walks(MAP, [walk("abc")])
    found: Checkpoints = both(survey, walks)
    assert (found.survey_points, found.walks, len(found.probes)) == (2, 3, 5)
    assert set(found.item) == {0, 1, 2, 3, 4}
    assert set(found.points.tag) == {-1, 0, 1, 2}
    beside = np.array([True, False, False, False, False])
    assert set(found.without(beside).tag) == {-1, 0, 1, 2}

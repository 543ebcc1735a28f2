import numpy as np
import pytest

from edge_agent.truth import Truth, TruthError, TruthRow
from tests.edge_agent.small_store import level, rectangle, store, two_zones, zone

MAP = two_zones()
TWO_LEVELS = store([level("L0"), level("L1", ordinal=1), zone("a", rectangle(0, 0, 4, 4))])
WAY = [TruthRow(0.0, "cart", 1.0, 1.0), TruthRow(2.0, "cart", 3.0, 1.0)]


def said(rows: list[TruthRow]) -> list[str]:
    with pytest.raises(TruthError) as refused:
        Truth(TWO_LEVELS if any(row.level for row in rows) else MAP, rows)
    return str(refused.value).splitlines()


def test_between_two_rows_the_way_is_straight() -> None:
    there = Truth(MAP, WAY).at("cart", np.array([0.0, 0.5, 2.0]))
    assert there.is_known.all()
    assert there.xy_m.tolist() == [[1.0, 1.0], [1.5, 1.0], [3.0, 1.0]]
    assert there.level_index.tolist() == [0, 0, 0]


def test_outside_of_the_rows_and_in_a_gap_nothing_is_known() -> None:
    rows = [*WAY, TruthRow(4.6, "cart", 3.0, 2.0)]
    there = Truth(MAP, rows).at("cart", np.array([-0.1, 1.0, 3.0, 4.6, 4.7]))
    assert there.is_known.tolist() == [False, True, False, True, False]


def test_a_tag_without_truth_is_nowhere() -> None:
    truth = Truth(MAP, WAY)
    assert truth.tags == ("cart",)
    assert not truth.at("other", np.array([1.0])).is_known.any()


def test_the_order_of_the_rows_is_nothing() -> None:
    at_s = np.array([0.3, 1.7])
    one, other = (Truth(MAP, rows).at("cart", at_s) for rows in (WAY, WAY[::-1]))
    assert (one.xy_m == other.xy_m).all()


def test_a_way_by_lift_is_unknown_between_the_levels() -> None:
    rows = [
        TruthRow(0.0, "cart", 1.0, 1.0, "L0"),
        TruthRow(1.0, "cart", 1.0, 1.0, "L0"),
        TruthRow(2.0, "cart", 1.0, 1.0, "L1"),
        TruthRow(3.0, "cart", 1.0, 1.0, "L1"),
    ]
    there = Truth(TWO_LEVELS, rows).at("cart", np.array([0.5, 1.5, 2.5]))
    assert there.is_known.tolist() == [True, False, True]
    assert there.level_index[[0, 2]].tolist() == [0, 1]


def test_an_empty_truth_is_refused() -> None:
    assert said([]) == [
        "the truth has no rows, expected where each tag was; who recorded: add them"
    ]


def test_every_problem_is_named_with_tag_time_value_and_who_acts() -> None:
    rows = [
        TruthRow(1.0, "cart", 1.0, 1.0, "L0"),
        TruthRow(1.0, "cart", 2.0, 1.0, "L0"),
        TruthRow(2.0, "cart", 1.0, 1.0, "L7"),
        TruthRow(3.0, "cart", 1.0, 1.0),
        TruthRow(4.0, "cart", -3.0, 1.0, "L1"),
        TruthRow(5.0, "cart", -0.4, 1.0, "L1"),
    ]
    lines = said(rows)
    assert [line.split(", expected")[0] for line in lines] == [
        "tag 'cart' at 2.0 s: level 'L7'",
        "tag 'cart' at 3.0 s: no level",
        "tag 'cart' at 4.0 s: (-3.0, 1.0) is not on level 'L1'",
        "tag 'cart' at 1.0 s: stands 2 times",
    ]
    assert all("who recorded: " in line for line in lines)


def test_a_hundred_problems_are_twenty_and_a_count() -> None:
    lines = said([TruthRow(float(second), "cart", -9.0, 1.0) for second in range(100)])
    assert len(lines) == 21
    assert lines[-1] == "and 80 more"

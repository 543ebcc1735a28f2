import pytest

from edge_agent.survey import SurveyError, SurveyRow, refuse_misfits
from tests.edge_agent.small_store import two_zones

MAP = two_zones()


def row(
    point: str = "a", anchor: str = "p0", x_m: float = 2.0, n: int = 9, rssi_mean_dbm: float = -60
) -> SurveyRow:
    return SurveyRow(point, x_m, 2.0, anchor, n, rssi_mean_dbm, 3.0)


def said(*rows: SurveyRow) -> list[str]:
    with pytest.raises(SurveyError) as refused:
        refuse_misfits(MAP, rows)
    return str(refused.value).splitlines()


def test_a_survey_that_fits_passes() -> None:
    refuse_misfits(MAP, [row(), row(anchor="p1"), row("b"), row("wall", x_m=-0.4)])


def test_an_empty_survey_is_refused() -> None:
    assert said() == [
        "the survey has no rows, expected at least one measurement; the surveyor: measure"
    ]


def test_every_problem_is_named_with_point_value_and_who_acts() -> None:
    rows = [row(anchor="x"), row("b", x_m=-3), row("c", n=0), row("d", rssi_mean_dbm=-130)]
    lines = said(*rows, row("e"), row("e"))
    assert [line.split(",")[0] for line in lines] == [
        "point 'a': anchor 'x' is not on the map",
        "point 'b': (-3",
        "point 'c': n 0",
        "point 'd': rssi_mean_dbm -130",
        "point 'e': anchor 'p0' stands 2 times",
    ]
    assert all("the surveyor: " in line for line in lines)


def test_a_hundred_problems_are_twenty_and_a_count() -> None:
    lines = said(*(row(str(number), "x") for number in range(100)))
    assert len(lines) == 21
    assert lines[-1] == "and 80 more"


def test_a_single_anchor_says_nothing_of_places() -> None:
    (line,) = said(row(), row("b", x_m=5.0))
    assert line.startswith("only anchor 'p0' was measured, expected at least 2 of the map's 6")
    assert "the surveyor: " in line

import pytest

from edge_agent.other_store import refuse_other_store
from edge_agent.survey import SurveyError, SurveyRow
from tests.edge_agent.small_store import two_zones

MAP = two_zones()


def row(point: str = "a", anchor: str = "p0", x_m: float = 2.0, y_m: float = 2.0) -> SurveyRow:
    return SurveyRow(point, x_m, y_m, anchor, 9, -60, 3.0)


def said(*rows: SurveyRow) -> list[str]:
    with pytest.raises(SurveyError) as refused:
        refuse_other_store(MAP, rows)
    return str(refused.value).splitlines()


def test_this_stores_survey_passes() -> None:
    refuse_other_store(MAP, [row(), row(anchor="p1"), row("wall", x_m=-0.4), row("b", "strange")])


def test_another_stores_anchors_are_one_line() -> None:
    (line,) = said(*(row(anchor=f"b{number}") for number in range(20)))
    assert line.startswith(
        "anchors b0, b1, b10 and 17 more are not on the map of 'small'; another store's file?"
    )


def test_points_outside_are_one_line_with_where_the_map_is() -> None:
    (line,) = said(row(x_m=99), row(anchor="p1", x_m=99), row("b"))
    assert line == (
        "1 of 2 points are not on the map: 'a' (99, 2); expected within 0.5 m of a level, "
        "x 0 to 16 m, y 0 to 8 m; the surveyor: correct the coordinates"
    )


def test_x_and_y_exchanged_are_seen() -> None:
    (line,) = said(row(x_m=2, y_m=15), row("b", x_m=7, y_m=12))
    assert "y 0 to 8 m (x and y swapped?); the surveyor: correct" in line

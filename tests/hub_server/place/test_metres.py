"""Metres in a sentence are those of the page."""

import pytest

from hub_server.place.metres import whole_metres


@pytest.mark.parametrize(
    ("metres", "whole"),
    [(0.0, 1), (0.9, 1), (1.5, 2), (2.44, 2), (2.46, 3), (2.5, 3), (3.5, 4), (120.4, 120)],
)
def test_half_a_metre_is_rounded_up_as_a_browser_does(metres: float, whole: int) -> None:
    assert whole_metres(metres) == whole

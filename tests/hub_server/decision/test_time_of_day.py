"""A span of the day holds its begin and not its end, over midnight too."""

import pytest

from hub_server.decision.limits import Limits, is_quiet
from hub_server.decision.time_of_day import lies_between
from hub_server.settings import Hours


@pytest.mark.parametrize(
    ("from_", "to", "minutes"),
    [
        ("00:00", "00:02", [0, 1]),
        ("23:58", "00:01", [0, 1438, 1439]),
        ("23:59", "00:00", [1439]),
        ("12:00", "12:00", []),
    ],
)
def test_the_minutes_between(from_: str, to: str, minutes: list[int]) -> None:
    assert [one for one in range(1440) if lies_between(one, from_, to)] == minutes


def test_a_store_that_closes_as_it_opens_is_open_round_the_clock_and_is_never_quiet_so() -> None:
    hours, limits = (
        Hours(opens="12:00", closes="12:00"),
        Limits(quiet_from="12:00", quiet_to="12:00"),
    )
    assert all(hours.are_open(minute) for minute in range(1440))
    assert not any(is_quiet(limits, minute) for minute in range(1440))

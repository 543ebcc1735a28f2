"""Points in time as files and tills write them, and the days that they lie on."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hub_server.instants import day_of, days_before_s, unix_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:10Z", 10.0),
        ("1970-01-01T01:00:10+01:00", 10.0),
        ("1970-01-01T00:00:10.500+00:00", 10.5),
        ("1970-01-01T00:00:10", None),
        ("1970-01-01", None),
        ("noon", None),
        ("", None),
    ],
)
def test_a_time_is_one_with_an_offset(text: str, seconds: float | None) -> None:
    assert unix_s(text) == seconds


@pytest.mark.parametrize(
    ("place", "now", "day"),
    [
        # Clocks go forward on 29 March, back on 25 October: a day of 23 and one of 25 hours.
        ("Europe/Berlin", "2026-03-30T00:30", "2026-03-24"),
        ("Europe/Berlin", "2026-10-26T23:30", "2026-10-20"),
        ("America/New_York", "2026-03-09T00:30", "2026-03-03"),
        ("America/New_York", "2026-11-02T23:30", "2026-10-27"),
        # 00:30 of 29 March was none: the clock goes from 00:00 to 01:00.
        ("Asia/Beirut", "2026-04-04T00:30", "2026-03-29"),
        ("UTC", "2026-03-30T00:30", "2026-03-24"),
    ],
)
def test_a_week_is_seven_days_whatever_the_clock_does(place: str, now: str, day: str) -> None:
    there = ZoneInfo(place)
    now_s = datetime.fromisoformat(now).replace(tzinfo=there).timestamp()
    assert day_of(now_s, there) == now[:10]
    assert day_of(days_before_s(now_s, 6, there), there) == day

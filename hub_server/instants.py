"""Points in time as files and tills write them, and the days that they lie on."""

from datetime import datetime, timedelta, tzinfo
from typing import Final

EXPECTED: Final = "RFC 3339 with an offset"


def unix_s(text: str) -> float | None:
    """Seconds since 1970; None where `text` is no date and time, or says no offset."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if at.tzinfo is None else at.timestamp()


def day_of(at_s: float, timezone: tzinfo) -> str:
    """The date of a moment."""
    return datetime.fromtimestamp(at_s, timezone).date().isoformat()


def days_before_s(at_s: float, days: int, timezone: tzinfo) -> float:
    """The same time of day so many days before: where a clock was put forward, 23 hours are one."""
    return (datetime.fromtimestamp(at_s, timezone) - timedelta(days=days)).timestamp()

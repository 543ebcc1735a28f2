"""Points in time as files and tills write them: RFC 3339 with an offset."""

from datetime import datetime
from typing import Final

EXPECTED: Final = "RFC 3339 with an offset"


def unix_s(text: str) -> float | None:
    """Seconds since 1970; None where `text` is no date and time, or says no offset."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if at.tzinfo is None else at.timestamp()

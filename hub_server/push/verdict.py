"""What came of one try to push, and for how long its service wants to be left alone.

Without the libraries that send, so that a hub without push does not load them.
"""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

import msgspec

# Where a service says "too many" and not until when.
REST_S: Final = 10.0
# A header must not switch push off for ever, nor make us knock without pause.
REST_MIN_S: Final = 1.0
REST_MAX_S: Final = 86_400.0

Settled = Literal["accepted", "gone", "refused", "cancelled", "expired"]


class Verdict(msgspec.Struct, frozen=True):
    """What came of one try."""

    state: Settled
    """Where it is not tried again, that is its end."""
    code: str
    again: bool = False
    """Worth another try."""
    rest_s: float = 0.0
    """So long the whole host wants to be left alone."""


def rest_s(headers: Mapping[str, Any], now_s: float) -> float:
    """How long a service wants to be left alone: seconds, or an HTTP date (RFC 9110, 10.2.3)."""
    text = str(headers.get("Retry-After", ""))
    if text.isascii() and text.isdigit():
        wanted_s = float(text)
    else:
        until = _date(text)
        wanted_s = REST_S if until is None else until.timestamp() - now_s
    return min(max(wanted_s, REST_MIN_S), REST_MAX_S)


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None

"""Times of day as `HH:MM` on a store's own clock, and the span between two of them."""

from typing import Annotated

import msgspec

Clock = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


def lies_between(minute: int, from_: str, to: str) -> bool:
    """Whether a minute of the day lies from `from_` (included) to `to` (not included).

    The span may pass midnight; between a time and itself lies nothing.
    """
    begin, end = _minute(from_), _minute(to)
    if begin <= end:
        return begin <= minute < end
    return minute >= begin or minute < end


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)

"""When nothing of where a shopper is was to be kept: pauses, and what came before a new yes.

Stays of then come late, from a Pi's outbox, up to a day after; also once the visit is over, and to
a hub that was started since.
"""

from math import inf

import msgspec

Pauses = tuple[tuple[float, float], ...]
"""From (included) and to (not included) of each, in seconds since 1970."""

_decoder = msgspec.json.Decoder(Pauses)


def lies_in(pauses: Pauses, at_s: float) -> bool:
    """Whether `at_s` is a moment of one of them."""
    return any(from_s <= at_s < to_s for from_s, to_s in pauses)


def until_now(pauses: Pauses, paused_s: float | None, now_s: float = inf) -> Pauses:
    """With the one that began at `paused_s` and ends at `now_s`, or has not ended."""
    return pauses if paused_s is None else (*pauses, (paused_s, now_s))


def encoded(pauses: Pauses) -> bytes:
    """As column `visits.pauses` holds those that have ended."""
    return msgspec.json.encode(pauses)


def decoded(data: bytes | None) -> Pauses:
    """What `encoded` wrote; of an older visit nothing."""
    return _decoder.decode(data) if data else ()

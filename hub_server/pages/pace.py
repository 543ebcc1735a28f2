"""How fast phones may ask for changes: far faster than a finger, and slower than a machine.

A bucket a key, as the generic cell rate algorithm has it (ITU-T I.371): one number says until when
what was taken fills it.
"""

import hashlib
import math
import secrets
from typing import Final

from hub_server.throttle import network_of
from hub_server.views.hub import Refused

# A page beats each four seconds and answers a message three times; a hand that ticks off a list
# taps twice a second. A minute of both at once fits, and all day half of it.
PHONE_BURST: Final = 120
PHONE_PER_S: Final = 4.0
# Who has no visit says yes, joins or reads their profile: a whole store's guests may share one
# address, and at its opening some hundred scan a cart within a minute.
ADDRESS_BURST: Final = 1_200
ADDRESS_PER_S: Final = 20.0
# More than there are phones in any store, at 100 bytes each; beyond it the oldest are forgotten.
KEYS_MAX: Final = 50_000


class Pace:
    """Buckets of one size.

    Args:
        burst: so many at once.
        per_s: so many a second from then on.
    """

    def __init__(self, burst: int, per_s: float) -> None:
        self._room_s = burst / per_s
        self._each_s = 1.0 / per_s
        self._full_until_s: dict[bytes, float] = {}

    def __len__(self) -> int:
        return len(self._full_until_s)

    def take(self, key: bytes, now_s: float) -> float:
        """Take one; 0, or how many seconds until there is one again."""
        # A clock that was set back leaves a bucket at most full.
        until_s = min(self._full_until_s.get(key, now_s), now_s + self._room_s)
        after_s = max(until_s, now_s) + self._each_s
        over_s = after_s - now_s - self._room_s
        # Half a step, since sums of a rate that is no power of two are not exact.
        if over_s > self._each_s / 2:
            self._full_until_s[key] = until_s
            return over_s
        if key not in self._full_until_s and len(self._full_until_s) >= KEYS_MAX:
            self._make_room(now_s)
        self._full_until_s[key] = after_s
        return 0.0

    def _make_room(self, now_s: float) -> None:
        filled = {key: one for key, one in self._full_until_s.items() if one > now_s}
        if len(filled) >= KEYS_MAX:
            filled.pop(next(iter(filled)))
        self._full_until_s = filled


class PhonePace:
    """The pace of every phone: by its own cookie in a visit, by its address outside of one."""

    def __init__(self) -> None:
        self._phones = Pace(PHONE_BURST, PHONE_PER_S)
        self._addresses = Pace(ADDRESS_BURST, ADDRESS_PER_S)
        self._salt = secrets.token_bytes(16)

    def check(self, cookie: str | None, client: str, now_s: float) -> None:
        """Let one change through; `cookie` is of a phone in a visit, else None.

        Raises:
            Refused: 429, too many.
        """
        wait_s = (
            self._addresses.take(self._hash(network_of(client)), now_s)
            if cookie is None
            else self._phones.take(self._hash(cookie), now_s)
        )
        if wait_s > 0.0:
            text = "Too many at once; wait a moment."
            raise Refused(429, "too_many", text, retry_s=math.ceil(wait_s))

    def _hash(self, text: str) -> bytes:
        known = text.encode(errors="surrogatepass")
        return hashlib.blake2b(known, key=self._salt, digest_size=16).digest()

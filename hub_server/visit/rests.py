"""What was decided and then refused rests for a while, so that the next best speaks.

A cap's room may be gone in the database though the moment knows nothing of it (just prices and
stock, rows that were deleted), a gate may shut before a message is out, a shopper may stand where
two zones meet. The same would be decided and refused again each second, and nothing else be said.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

# Less than a usual stay at a shelf (30 to 90 s): if the moment comes back, it may still be said.
REST_S: Final = 15.0
# The most: who did not look in one minute hardly does in the next, so what expired unseen rests as
# long. With twice as long each time, an hour of refusals is nine rows of a campaign, not 3,600.
REST_MAX_S: Final = 600.0


class Rest(msgspec.Struct, frozen=True):
    """How long one campaign is left out of a visit's decisions."""

    since_s: float
    for_s: float = REST_S

    def holds(self, now_s: float) -> bool:
        """Whether it still rests; not where the clock was set back, since nobody knows how long."""
        return 0.0 <= now_s - self.since_s < self.for_s


def rest_after(before: Rest | None, now_s: float) -> Rest:
    """The rest after one more refusal: twice as long as the one before."""
    return Rest(now_s) if before is None else Rest(now_s, min(2.0 * before.for_s, REST_MAX_S))


def resting(rests: Mapping[str, Rest], now_s: float) -> tuple[str, ...]:
    """The campaigns that rest now, sorted."""
    return tuple(sorted([name for name, rest in rests.items() if rest.holds(now_s)]))

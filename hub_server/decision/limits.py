"""The numbers of the gates, as a store may set them: section `[limits]` of the hub's settings."""

from typing import Annotated, Final

import msgspec

from hub_server.decision.caps import STORE_CAPS, Cap
from hub_server.decision.time_of_day import Clock, lies_between

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Seconds = Annotated[float, msgspec.Meta(ge=0.0, le=86_400.0)]

# Issue 2: at 0.8 the locator names the right zone four times in five by its own account; below it
# a message would speak of a shelf that the shopper may not see.
ZONE_P_MIN: Final = 0.8
# More likely than all other stages together: below it no model's own gate is heard, so a stage of
# high entropy never speaks (FEATURES 20). Gates for a precision of 0.9 lie at 0.6 to 0.9.
STAGE_P_MIN: Final = 0.5
# A fix comes every second; after 5 s a shopper at walking pace is a zone further on.
STALE_S: Final = 5.0
# A first visit begins with finding one's way: the five minutes in which most shoppers reach their
# first shelf (FEATURES 69); help, guide and service may speak from the first second.
FIRST_VISIT_S: Final = 300.0
# One message in three may be an offer; the other two have to be of use by themselves (FEATURES 9).
OFFER_SHARE_MAX: Final = 1.0 / 3.0


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The numbers of the gates."""

    zone_p_min: Share = ZONE_P_MIN
    stage_p_min: Share = STAGE_P_MIN
    """Under the model's own gate for the stage; the higher of the two counts."""
    stale_s: Seconds = STALE_S
    quiet_from: Clock | None = None
    quiet_to: Clock | None = None
    """Quiet hours on the store's own clock, from (included) to (not included); they may span
    midnight; both or neither, and the map names its time zone."""
    first_visit_s: Seconds = FIRST_VISIT_S
    """So long a first visit hears no promotion."""
    offer_share_max: Share = OFFER_SHARE_MAX
    """Of all messages of the last 30 days; above it no offer is made."""
    caps: tuple[Cap, ...] = STORE_CAPS


LIMITS: Final = Limits()


def is_quiet(limits: Limits, local_minute: int | None) -> bool:
    """Whether `local_minute` lies in the quiet hours."""
    if local_minute is None or limits.quiet_from is None or limits.quiet_to is None:
        return False
    return lies_between(local_minute, limits.quiet_from, limits.quiet_to)

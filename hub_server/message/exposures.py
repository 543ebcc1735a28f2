"""On which side of each comparison an open visit stands, and whether it bought: in memory.

The counts of a comparison name nobody and outlast the rows. Were a purchase told to them by way of
the rows, whoever takes back their yes to messages, and with it all decisions on them, would count
as one who bought nothing; and who has heard something takes it back more often than who has not.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import Row

# All promotion together, as compared between the holdout and everybody else.
ALL: Final = "*"


class Exposure(msgspec.Struct, kw_only=True):
    """One visit on one side of one comparison."""

    side: Literal["treated", "control"]
    campaign: str
    """What was said, or would have been; of all promotion together the first."""
    at_ms: int
    bought: bool = False


Exposures = dict[str, Exposure]
"""By campaign, or ALL."""


def due(found: Exposures, about: Collection[str], at_ms: int) -> list[tuple[str, Exposure]]:
    """In which comparisons a purchase about these campaigns counts: a visit buys once in each."""
    return [
        (key, one)
        for key, one in sorted(found.items())
        if one.campaign in about and one.at_ms <= at_ms and not one.bought
    ]


def restored(
    rows: Sequence[Row[Any]],
    controlled: Collection[str],
    promotional: Collection[str],
    *,
    is_holdout: bool,
) -> Exposures:
    """What the rows of a visit's decisions say once the hub has started again.

    Args:
        rows: said or kept back, oldest first, and what was kept back before what was said instead.
        controlled: the campaigns that have a control.
        promotional: those that the holdout is spared.
        is_holdout: whether the visit is held out.
    """
    found: Exposures = {}
    bought = {row.campaign for row in rows if row.bought_ms is not None}
    for row in rows:
        is_bought = row.campaign in bought
        if row.campaign in controlled and not is_holdout and row.campaign not in found:
            found[row.campaign] = Exposure(
                side="treated" if row.outcome == "send" else "control",
                campaign=row.campaign,
                at_ms=row.at_ms,
                bought=is_bought,
            )
        if row.campaign in promotional and ALL not in found:
            found[ALL] = Exposure(
                side="control" if is_holdout else "treated",
                campaign=row.campaign,
                at_ms=row.at_ms,
                bought=is_bought,
            )
    return found

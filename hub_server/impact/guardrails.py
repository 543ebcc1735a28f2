"""When a campaign is stopped by its own readers: shares of bad answers, tested after each one.

The test is a mixture of likelihood ratios: "the share is at most the limit" against every larger
share. Under the limit it exceeds 1/alpha at any time with a probability of at most alpha (Ville's
inequality; Robbins, "Statistical methods related to the law of the iterated logarithm", Annals of
Mathematical Statistics 41, 1970), so it may be looked at after each answer and with few of them.
"""

from collections.abc import Mapping
from math import exp, log, log1p
from typing import Annotated, Final

import msgspec

# Each guardrail of each campaign stops wrongly once in a hundred, over all its looks together.
ALPHA: Final = 0.01
# So few answers are one family's afternoon, however bad.
ANSWERS_MIN: Final = 10
# The shares above the limit that are tried: closer together finds nothing sooner.
ALTERNATIVES: Final = 20

Share = Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)]


class Guardrails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `[guardrails]` of the settings: above these shares a campaign is paused."""

    # A message is put away once it is read, so that alone is no complaint; by more than two in
    # three who never found it useful, it is.
    dismissed_share_max: Share = 0.67
    """Of those who saw it, how many put it away."""
    bad_share_max: Share = 0.5
    """Of those who judged it, how many wanted less of it or none."""
    unwanted_share_max: Share = 0.1
    """Of those who saw it, how many said "not for me" or "leave me alone today"."""
    optout_share_max: Share = 0.02
    """Of those who saw it, how many took back their yes or had all deleted right after it."""


GUARDRAILS: Final = Guardrails()


class Guardrail(msgspec.Struct, frozen=True):
    """One share that is watched."""

    setting: str
    bad: str
    """What is counted (tallies), and of what."""
    of: str
    text: str


SHOWN: Final = "guard_shown"
RATED: Final = "guard_rated"
WATCHED: Final = (
    Guardrail("dismissed_share_max", "guard_dismissed", SHOWN, "of those who saw it put it away"),
    Guardrail("bad_share_max", "guard_bad", RATED, "of those who judged it wanted less of it"),
    Guardrail("unwanted_share_max", "guard_unwanted", SHOWN, "of those who saw it want none"),
    Guardrail("optout_share_max", "guard_optout", SHOWN, "of those who saw it took back their yes"),
)
COUNTED: Final = (SHOWN, RATED, *(one.bad for one in WATCHED))


def evidence(bad: int, of: int, limit: float) -> float:
    """How many times likelier the answers are under some larger share than under `limit`.

    The mean of the likelihood ratios of ALTERNATIVES shares, evenly between the limit and 1.
    """
    good = max(of - bad, 0)
    step = (1.0 - limit) / ALTERNATIVES
    shares = [limit + step * (n + 0.5) for n in range(ALTERNATIVES)]
    logs = [bad * log(p / limit) + good * (log1p(-p) - log1p(-limit)) for p in shares]
    # Past this the sum is infinite for our purposes and for a float.
    return sum(exp(min(one, 700.0)) for one in logs) / ALTERNATIVES


def tripped(counts: Mapping[str, int], limits: Guardrails = GUARDRAILS) -> str | None:
    """Why the campaign with these counts (COUNTED) is to be paused; None: it may go on."""
    for one in WATCHED:
        limit = getattr(limits, one.setting)
        bad, of = counts.get(one.bad, 0), counts.get(one.of, 0)
        if of >= ANSWERS_MIN and evidence(bad, of, limit) >= 1.0 / ALPHA:
            return f"{bad / of:.0%} {one.text}; the limit is {limit:.0%}."
    return None

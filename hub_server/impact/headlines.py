"""How well the store speaks, in a few shares: nagging, wrong places, too late, serving or selling.

From counts of nobody in particular (tallies), which equal what the rows of decisions say.
"""

from collections.abc import Mapping
from math import floor
from typing import Final

import msgspec

# A share of fewer messages says more about one shopper than about the store.
MESSAGES_MIN: Final = 20
# In what is told to managers fewer than five are "<5" (DESIGN: consent and keeping).
FEW: Final = 5
SERVING: Final = ("guide", "help", "reassure", "service")
SELLING: Final = "offer"
DECILES: Final = 10
# Purchases are told apart one by one up to here, above by tens, and not beyond the last.
ONE_BY_ONE: Final = 50
HISTORY_MAX: Final = 500

Counts = Mapping[str, Mapping[str, int]]
Few = int | str


class Headlines(msgspec.Struct, frozen=True, kw_only=True):
    """The shares on top of the dashboard; None: too little was said."""

    days: int
    said: Few
    shown: Few
    nag_share: float | None
    """Of those shown: put away without having been useful, or answered with less of it."""
    wrong_zone_share: float | None
    """Of those shown: answered with "wrong place"."""
    late_share: float | None
    """Of those said: seen when the shopper was elsewhere, or never."""
    service_count: Few
    """Guide, help, reassure and service; beside offers."""
    offer_count: Few
    kinds: dict[str, Few]


class Decile(msgspec.Struct, frozen=True, kw_only=True):
    """Messages to shoppers with about as much of a past."""

    decile: int
    """1: who has least; where many have none, they are all in 1."""
    purchases_from: int
    purchases_to: int
    shown: Few
    useful_share: float | None
    nag_share: float | None


def few(count: int) -> Few:
    """The count, or that it is small."""
    return f"<{FEW}" if 0 < count < FEW else max(count, 0)


def headlines(counts: Counts, days: int) -> Headlines:
    """From m_* and said_kind, by campaign or kind."""
    total = {what: sum(by_key.values()) for what, by_key in counts.items()}
    said, shown = total.get("m_said", 0), total.get("m_shown", 0)
    kinds = {kind: count for kind, count in counts.get("said_kind", {}).items() if count > 0}
    return Headlines(
        days=days,
        said=few(said),
        shown=few(shown),
        nag_share=_share(total.get("m_nag", 0), shown),
        wrong_zone_share=_share(total.get("m_wrong_place", 0), shown),
        late_share=_share(total.get("m_late", 0) + total.get("m_expired", 0), said),
        service_count=few(sum(kinds.get(kind, 0) for kind in SERVING)),
        offer_count=few(kinds.get(SELLING, 0)),
        kinds={kind: few(count) for kind, count in sorted(kinds.items())},
    )


def history_key(purchases: int) -> str:
    """Under which key messages to a shopper with so many known purchases are counted."""
    if purchases > ONE_BY_ONE:
        purchases = min(purchases, HISTORY_MAX) // DECILES * DECILES
    return f"{purchases:03d}"


def by_history(counts: Counts) -> list[Decile]:
    """Messages in ten groups of one size, from who is least known to who is best."""
    shown = counts.get("q_shown", {})
    everything = sum(shown.values())
    groups: dict[int, list[str]] = {}
    before = 0
    for key in sorted(shown):
        groups.setdefault(floor(before / everything * DECILES) + 1, []).append(key)
        before += shown[key]
    return [_decile(number, keys, counts) for number, keys in groups.items()]


def _decile(number: int, keys: list[str], counts: Counts) -> Decile:
    of = {
        what: sum(counts.get(what, {}).get(key, 0) for key in keys)
        for what in ("q_shown", "q_useful", "q_nag")
    }
    return Decile(
        decile=number,
        purchases_from=int(keys[0]),
        purchases_to=int(keys[-1]),
        shown=few(of["q_shown"]),
        useful_share=_share(of["q_useful"], of["q_shown"]),
        nag_share=_share(of["q_nag"], of["q_shown"]),
    )


def _share(part: int, of: int) -> float | None:
    return round(part / of, 4) if of >= MESSAGES_MIN else None

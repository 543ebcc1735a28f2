"""How well the store speaks, in a few shares: nagging, wrong places, too late, serving or selling.

From counts of nobody in particular (tallies), which equal what the rows of decisions say. Fewer
than five persons are told to nobody: not as a count, not through a share, and not by taking what is
told from a total.
"""

from collections.abc import Iterable, Mapping
from math import floor
from typing import Final, NamedTuple

import msgspec

from hub_server.impact.tallies import ANY, at, by

# A share of fewer messages says more about one shopper than about the store.
MESSAGES_MIN: Final = 20
# In what is told to managers fewer than five persons are "<5" (DESIGN: consent and keeping).
FEW: Final = 5
FEWER: Final = f"<{FEW}"
# What becomes of what was said, apart from what is not yet seen.
FATES: Final = ("m_shown", "m_expired", "m_cancelled")
SERVING: Final = ("guide", "help", "reassure", "service")
SELLING: Final = "offer"
DECILES: Final = 10
# Purchases are told apart one by one up to here, above by tens, and not beyond the last.
ONE_BY_ONE: Final = 50
HISTORY_MAX: Final = 500

Counts = Mapping[str, Mapping[str, int]]
Few = int | str


class Told(NamedTuple):
    """How often, and how many persons that was."""

    times: int
    persons: int


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


def few(count: int, persons: int | None = None) -> Few:
    """The count, or that it is of few persons; each is one where nothing else is known."""
    least = count if persons is None else min(count, persons)
    return FEWER if count > 0 and least < FEW else max(count, 0)


def few_at(counts: Counts, what: str, key: str) -> Few:
    """One number of a table, as it may be told."""
    return few(at(counts, what, key), at(counts, by(what), key))


def told_said(counts: Counts, campaign: str) -> Few:
    """How often a campaign was said, beside what became of it (FATES).

    What became of few persons' is left out, or it could be worked out from the rest.
    """
    said = few_at(counts, "m_said", campaign)
    fates = {fate: few_at(counts, fate, campaign) for fate in FATES}
    hidden = sum(at(counts, fate, campaign) for fate, told in fates.items() if told == FEWER)
    return few(said - hidden) if isinstance(said, int) else said


def summed(parts: Iterable[Few]) -> Few:
    """A total of what is told: what is not told cannot be worked out from it."""
    parts = tuple(parts)
    told = sum(part for part in parts if isinstance(part, int))
    return FEWER if told == 0 and FEWER in parts else told


def headlines(counts: Counts, days: int) -> Headlines:
    """From m_* and said_kind, by campaign or kind, each with its persons."""
    kinds = {
        kind: few_at(counts, "said_kind", kind)
        for kind, count in sorted(counts.get("said_kind", {}).items())
        if count > 0
    }
    said, shown = _of(counts, "m_said"), _of(counts, "m_shown")
    return Headlines(
        days=days,
        said=summed(told_said(counts, one) for one in counts.get("m_said", {})),
        shown=summed(few_at(counts, "m_shown", one) for one in counts.get("m_shown", {})),
        nag_share=_share(_of(counts, "m_nag"), shown),
        wrong_zone_share=_share(_of(counts, "m_wrong_place"), shown),
        late_share=_share(_both(_of(counts, "m_late"), _of(counts, "m_expired")), said),
        service_count=summed(kinds.get(kind, 0) for kind in SERVING),
        offer_count=kinds.get(SELLING, 0),
        kinds=kinds,
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
    shown, useful, nag = (
        Told(*(sum(at(counts, name, key) for key in keys) for name in (what, by(what))))
        for what in ("q_shown", "q_useful", "q_nag")
    )
    return Decile(
        decile=number,
        purchases_from=int(keys[0]),
        purchases_to=int(keys[-1]),
        shown=few(*shown),
        useful_share=_share(useful, shown),
        nag_share=_share(nag, shown),
    )


def _of(counts: Counts, what: str) -> Told:
    """Of all campaigns together."""
    return Told(sum(counts.get(what, {}).values()), at(counts, by(what), ANY))


def _both(one: Told, other: Told) -> Told:
    return Told(one.times + other.times, max(one.persons, other.persons))


def _share(part: Told, of: Told) -> float | None:
    """None of too few, or where few did it often; fewer than five times count as five."""
    is_by_few = part.times >= FEW > part.persons
    if of.times < MESSAGES_MIN or of.persons < FEW or is_by_few:
        return None
    times = max(part.times, FEW) if part.times > 0 else 0
    return round(times / of.times, 4)

"""Which campaigns never have the first word: wherever they fit, another fits and is worth more.

Found by the conditions alone, before anything is said. Only plain conditions (`all` of clauses) are
compared; what cannot be told is not told.
"""

from collections.abc import Sequence
from math import inf, nextafter
from typing import Final

import msgspec

from hub_server.campaign.campaign import Campaign
from hub_server.campaign.draft import values_of
from hub_server.decision.catalogue import FIELDS
from hub_server.decision.conditions import All, Clause, Condition

Subject = tuple[str, str | None]


class Conflict(msgspec.Struct, frozen=True):
    """Wherever `loser` fits, `winner` fits too and is worth more."""

    winner: str
    loser: str

    @property
    def line(self) -> str:
        """As `check` prints it."""
        return (
            f"note: campaign {self.loser} never has the first word: wherever it fits, "
            f"{self.winner} fits too and is worth more; its author narrows one of the two"
        )


def conflicts(campaigns: Sequence[Campaign]) -> tuple[Conflict, ...]:
    """Every pair in which one is always beaten."""
    plain = [(one, clauses) for one in campaigns if (clauses := _plain(one)) is not None]
    return tuple(
        Conflict(winner.id, loser.id)
        for loser, narrow in plain
        for winner, wide in plain
        if winner.usefulness > loser.usefulness and implies(narrow, wide)
    )


def implies(narrow: Sequence[Clause], wide: Sequence[Clause]) -> bool:
    """Whether every moment that meets all of `narrow` meets all of `wide`."""
    return all(_follows(clause, [one for one in narrow if _same(one, clause)]) for clause in wide)


def _plain(campaign: Campaign) -> list[Clause] | None:
    """Its clauses where it is an `all` of them; what it speaks about is one, too."""
    found = _opened(campaign.condition)
    # Words that may lack a value, or a walk that may be too far, do not always speak.
    if found is None or campaign.slots - _SURE or campaign.walk_m_max is not None:
        return None
    about = [Clause(campaign.about, "some", value=True)] if campaign.about else []
    return [*found, *about]


# A message is only decided where the place is known, in a store that has a name.
_SURE: Final = frozenset({"zone_name", "store_name", "for_zone_name", "near_name"})


def _opened(condition: Condition) -> list[Clause] | None:
    match condition:
        case Clause():
            return [condition]
        case All(parts):
            opened = [_opened(part) for part in parts]
            if any(one is None for one in opened):
                return None
            return [clause for one in opened for clause in one or ()]
        case _:
            return None


def _same(one: Clause, other: Clause) -> bool:
    return (one.field, one.of) == (other.field, other.of)


def _follows(wanted: Clause, given: Sequence[Clause]) -> bool:
    """Whether `wanted` holds wherever all of `given`, on the same subject, do."""
    return any(one == wanted for one in given) or _FOLLOWS[FIELDS[wanted.field].kind](wanted, given)


def _text_follows(wanted: Clause, given: Sequence[Clause]) -> bool:
    values = set(values_of(wanted))
    named = [set(values_of(one)) for one in given if one.op in _NAMING]
    refused = [set(values_of(one)) for one in given if one.op not in _NAMING]
    if wanted.op in _NAMING:
        return any(one <= values for one in named)
    return any(one.isdisjoint(values) for one in named) or any(values <= one for one in refused)


def _number_follows(wanted: Clause, given: Sequence[Clause]) -> bool:
    if not given:
        return False
    low = max(_bounds(one)[0] for one in given)
    high = min(_bounds(one)[1] for one in given)
    least, most = _bounds(wanted)
    return least <= low and high <= most


def _bounds(clause: Clause) -> tuple[float, float]:
    first, last = values_of(clause)[0], values_of(clause)[-1]
    bounds = {
        "<": (-inf, nextafter(first, -inf)),
        "<=": (-inf, first),
        ">": (nextafter(first, inf), inf),
        ">=": (first, inf),
        "between": (first, last),
    }
    return bounds[clause.op]


def _set_follows(wanted: Clause, given: Sequence[Clause]) -> bool:
    values = set(values_of(wanted))
    held = [set(values_of(one)) for one in given if one.op in _HOLDING]
    if wanted.op == "some":
        return bool(wanted.value) and bool(held)
    if wanted.op == "has_none":
        return any(values <= set(values_of(one)) for one in given if one.op == "has_none")
    return any(one <= values for one in held)


def _flag_follows(_wanted: Clause, _given: Sequence[Clause]) -> bool:
    return False


_NAMING: Final = frozenset({"is", "in"})
_HOLDING: Final = frozenset({"has", "has_any"})
_FOLLOWS: Final = {
    "text": _text_follows,
    "number": _number_follows,
    "set": _set_follows,
    "flag": _flag_follows,
}

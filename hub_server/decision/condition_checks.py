"""A condition as one closure: whether it holds, and in which stages it might."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Final

from hub_server.decision.catalogue import FIELDS, OPERATORS, STAGE_FIELDS, Check, Get
from hub_server.decision.condition_tree import All, AnyOf, Clause, Condition, Not
from hub_server.decision.snapshot import STAGES, ContextSnapshot, StageP

Might = Callable[[ContextSnapshot], int]

# Bit n: were the shopper surely in STAGES[n]; the bit after them: the stage as it is.
AS_IT_IS: Final = 1 << len(STAGES)
IN_SOME_STAGE: Final = AS_IT_IS - 1
EVERYWHERE: Final = AS_IT_IS | IN_SOME_STAGE
_SURE: Final = [
    ContextSnapshot(at_s=0.0, stage=stage, stage_p=StageP(**{stage: 1.0})) for stage in STAGES
]


def compiled(condition: Condition) -> Check:
    """The tree as one closure."""
    match condition:
        case All(parts):
            return _all(tuple(compiled(part) for part in parts))
        case AnyOf(parts):
            return _any(tuple(compiled(part) for part in parts))
        case Not(part):
            check = compiled(part)
            return lambda s: not check(s)
        case _:
            return _clause(condition)


def _clause(clause: Clause) -> Check:
    operator = OPERATORS[FIELDS[clause.field].kind][clause.op]
    value = frozenset(clause.value) if operator.takes == "many" else clause.value
    return operator.check(_get(clause.field, clause.of), value)


def _get(field: str, of: str | None) -> Get:
    if of is None:
        return attrgetter(field)
    by_name = _BY_NAME.get(field)
    return attrgetter(f"{field}.{of}") if by_name is None else by_name(of)


def _visited(zone: str) -> Get:
    return lambda s: zone in s.zones_visited


def _reading(name: str) -> Get:
    def get(snapshot: ContextSnapshot) -> float | None:
        for one in snapshot.feeds:
            if one.name == name:
                return one.value if one.is_live else None
        return None

    return get


def _walk(target: str) -> Get:
    def get(snapshot: ContextSnapshot) -> float | None:
        for one in snapshot.walks:
            if one.target == target:
                return one.metres
        return None

    return get


_BY_NAME: Final[dict[str, Callable[[str], Get]]] = {
    "visited_zone": _visited,
    "feed": _reading,
    "walk_m": _walk,
}


def _all(checks: Sequence[Check]) -> Check:
    def check(snapshot: ContextSnapshot) -> bool:
        for one in checks:  # noqa: SIM110 - a generator costs three times the loop
            if not one(snapshot):
                return False
        return True

    return check


def _any(checks: Sequence[Check]) -> Check:
    def check(snapshot: ContextSnapshot) -> bool:
        for one in checks:  # noqa: SIM110 - as above
            if one(snapshot):
                return True
        return False

    return check


def might(condition: Condition) -> Might:
    """In which stages the condition would hold, as bits (AS_IT_IS, IN_SOME_STAGE).

    A feed that is silent or too old counts as if it told what the condition asks for, so that a
    rule which only the feed keeps from speaking is known as such.
    """
    return _might(condition, wanted=True)


def _might(condition: Condition, *, wanted: bool) -> Might:
    match condition:
        case All(parts):
            return _both([_might(part, wanted=wanted) for part in parts])
        case AnyOf(parts):
            return _either([_might(part, wanted=wanted) for part in parts])
        case Not(part):
            inner = _might(part, wanted=not wanted)
            return lambda s: EVERYWHERE ^ inner(s)
        case _:
            return _clause_might(condition, wanted=wanted)


def _both(parts: Sequence[Might]) -> Might:
    def bits(snapshot: ContextSnapshot) -> int:
        left = EVERYWHERE
        for part in parts:
            left &= part(snapshot)
            if not left:
                break
        return left

    return bits


def _either(parts: Sequence[Might]) -> Might:
    def bits(snapshot: ContextSnapshot) -> int:
        found = 0
        for part in parts:
            found |= part(snapshot)
        return found

    return bits


def _clause_might(clause: Clause, *, wanted: bool) -> Might:
    check = _clause(clause)
    if clause.field in STAGE_FIELDS:
        fixed = sum(1 << n for n, sure in enumerate(_SURE) if check(sure))
        return lambda s: fixed | AS_IT_IS if check(s) else fixed
    if clause.field == "feed":
        reading: Callable[[ContextSnapshot], Any] = _get(clause.field, clause.of)
        open_ = EVERYWHERE if wanted else 0
        return lambda s: open_ if reading(s) is None else EVERYWHERE * check(s)
    return lambda s: EVERYWHERE if check(s) else 0

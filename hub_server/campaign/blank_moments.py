"""Whether a condition waits for a moment, or holds for somebody wherever they are."""

from collections.abc import Mapping
from itertools import islice, product
from math import inf, nextafter
from typing import Any, Final

from hub_server.decision.catalogue import FIELDS, OPERATORS
from hub_server.decision.condition_tree import All, AnyOf, Clause, Condition, Not, clauses
from hub_server.decision.snapshot import ContextSnapshot

Subject = tuple[str, str | None]

# Another place, stage or word than any that is asked for, an empty list: where nothing is going on.
# Numbers may be anything in their range.
BLANK: Final[Mapping[str, Any]] = {"text": "elsewhere", "set": frozenset(), "flag": False}
# Of a condition that compares so many numbers that there are more cases, the first ones are tried.
CASES_MAX: Final = 10_000
# An operator reads its value from a snapshot; here the value is given.
_ANY: Final = ContextSnapshot(at_s=0.0)


def waits_for_a_moment(condition: Condition, of_the_moment: frozenset[str]) -> bool:
    """Whether in some blank moment the condition holds for nobody, whoever they are.

    `of_the_moment` names the fields that tell of the moment; what else the condition asks of a
    shopper is taken to be so. `dwell_s >= 0`, `zone is_not wine` and `dwell_s < 9 or dwell_s >= 9`
    wait for nothing.
    """
    numbers = _numbers(condition, of_the_moment)
    cases = islice(product(*numbers.values()), CASES_MAX)
    return any(
        not _holds(condition, dict(zip(numbers, case, strict=True)), of_the_moment, wanted=True)
        for case in cases
    )


def _numbers(condition: Condition, fields: frozenset[str]) -> dict[Subject, list[float]]:
    """Each number that is compared, with a value for each way in which it can come out."""
    found: dict[Subject, set[float]] = {}
    for clause in clauses(condition):
        if clause.field in fields and FIELDS[clause.field].kind == "number":
            field = FIELDS[clause.field]
            edges = clause.value if isinstance(clause.value, tuple) else (clause.value,)
            around = {near for edge in edges for near in (edge, _under(edge), _over(edge))}
            inside = {value for value in around if field.low <= value <= field.high}
            found.setdefault((clause.field, clause.of), {field.low, field.high}).update(inside)
    return {subject: sorted(values) for subject, values in found.items()}


def _under(value: float) -> float:
    return nextafter(value, -inf)


def _over(value: float) -> float:
    return nextafter(value, inf)


def _holds(
    condition: Condition, at: dict[Subject, float], fields: frozenset[str], *, wanted: bool
) -> bool:
    match condition:
        case All(parts):
            return all(_holds(part, at, fields, wanted=wanted) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, at, fields, wanted=wanted) for part in parts)
        case Not(part):
            return not _holds(part, at, fields, wanted=not wanted)
        case _:
            return _clause_holds(condition, at) if condition.field in fields else wanted


def _clause_holds(clause: Clause, at: dict[Subject, float]) -> bool:
    kind = FIELDS[clause.field].kind
    operator = OPERATORS[kind][clause.op]
    value = frozenset(clause.value) if operator.takes == "many" else clause.value
    found = at[clause.field, clause.of] if kind == "number" else BLANK[kind]
    return operator.check(lambda _: found, value)(_ANY)

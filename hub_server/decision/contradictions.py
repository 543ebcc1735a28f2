"""Conditions that can never come true: clauses that must hold together and cannot."""

from collections.abc import Sequence
from math import inf, nextafter
from typing import Final

import msgspec

from hub_server.decision.catalogue import FIELDS, Field
from hub_server.decision.condition_tree import All, AnyOf, Clause, Condition, Not

# An error shows a value, not a page of it.
SHOWN_CHARS_MAX: Final = 80


class Problem(msgspec.Struct, frozen=True):
    """One fault of a condition."""

    where: str
    value: str
    expected: str


def json_text(value: object) -> str:
    """`value` as it stands in the file, cut at SHOWN_CHARS_MAX."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= SHOWN_CHARS_MAX else f"{text[:SHOWN_CHARS_MAX]}…"


def impossible(condition: Condition, where: str = "when") -> list[Problem]:
    """Clauses that must hold together and never can, anywhere in the tree."""
    match condition:
        case Clause():
            return _contradictions([condition], where)
        case Not(part):
            return impossible(part, f"{where}.not")
        case AnyOf(parts):
            return _each(parts, f"{where}.any")
        case _:
            opened = _flat(condition)
            together = [part for part in opened if isinstance(part, Clause)]
            others = [part for part in opened if not isinstance(part, Clause)]
            return _contradictions(together, where) + _each(others, f"{where}.all")


def _flat(condition: All) -> list[Condition]:
    """The parts with every `all` inside an `all` opened."""
    opened = [_flat(part) if isinstance(part, All) else [part] for part in condition.parts]
    return [part for parts in opened for part in parts]


def _each(parts: Sequence[Condition], where: str) -> list[Problem]:
    return [problem for part in parts for problem in impossible(part, where)]


def _contradictions(together: Sequence[Clause], where: str) -> list[Problem]:
    subjects = sorted({(clause.field, clause.of or "") for clause in together})
    problems = []
    for field, of in subjects:
        same = [clause for clause in together if (clause.field, clause.of or "") == (field, of)]
        if not _SATISFIABLE[FIELDS[field].kind](FIELDS[field], same):
            text = " and ".join(f"{field} {clause.op} {json_text(clause.value)}" for clause in same)
            problems.append(Problem(where, text, "a range that can come true"))
    return problems


def _number_satisfiable(field: Field, same: Sequence[Clause]) -> bool:
    low, high = field.low, field.high
    for clause in same:
        least, most = _bounds(clause)
        low, high = max(low, least), min(high, most)
    return low <= high


def _bounds(clause: Clause) -> tuple[float, float]:
    value = clause.value
    match clause.op:
        case "<":
            return -inf, nextafter(value, -inf)
        case "<=":
            return -inf, value
        case ">":
            return nextafter(value, inf), inf
        case ">=":
            return value, inf
        case _:
            return value[0], value[1]


def _text_satisfiable(field: Field, same: Sequence[Clause]) -> bool:
    named = [_values(clause) for clause in same if clause.op in {"is", "in"}]
    refused = [_values(clause) for clause in same if clause.op in {"is_not", "not_in"}]
    if not named:
        open_choices = set(field.choices or ()) - set().union(*refused)
        return field.choices is None or field.optional or bool(open_choices)
    return bool(set.intersection(*named) - set().union(*refused))


def _set_satisfiable(_field: Field, same: Sequence[Clause]) -> bool:
    refused = [_values(clause) for clause in same if clause.op == "has_none"]
    wanted = [_values(clause) for clause in same if clause.op in {"has", "has_any"}]
    some = {clause.value for clause in same if clause.op == "some"}
    if False in some and (True in some or wanted):
        return False
    return all(values - set().union(*refused) for values in wanted)


def _values(clause: Clause) -> set[str | None]:
    return set(clause.value) if isinstance(clause.value, tuple) else {clause.value}


def _flag_satisfiable(_field: Field, same: Sequence[Clause]) -> bool:
    return len({clause.value for clause in same}) == 1


_SATISFIABLE: Final = {
    "number": _number_satisfiable,
    "text": _text_satisfiable,
    "set": _set_satisfiable,
    "flag": _flag_satisfiable,
}

"""When a campaign may speak: a typed condition tree, checked whole, compiled to closures once.

A tree is `{"all": [...]}`, `{"any": [...]}`, `{"not": {...}}` or a clause
`{"field", "op", "value"[, "of"]}` over the catalogue.
"""

from collections.abc import Sequence
from math import inf, nextafter
from operator import attrgetter
from typing import Any, Final

import msgspec

from hub_server.catalogue import (
    FIELDS,
    OPERATORS,
    SILENT_ZONE_TYPES,
    Check,
    Field,
    Get,
    Operator,
)
from hub_server.snapshot import STAGES, ContextSnapshot

# Deeper than any rule a person can read aloud; keeps hostile files from the recursion limit.
DEPTH_MAX: Final = 6
# A campaign of more clauses is two campaigns.
CLAUSES_MAX: Final = 40
# An error shows a value, not a page of it.
SHOWN_CHARS_MAX: Final = 80


class Problem(msgspec.Struct, frozen=True):
    """One fault of a condition."""

    where: str
    value: str
    expected: str


class Clause(msgspec.Struct, frozen=True):
    """`field` `op` `value`."""

    field: str
    op: str
    value: Any
    of: str | None = None


class All(msgspec.Struct, frozen=True):
    """Every one holds; an empty one always."""

    parts: tuple["Condition", ...]


class AnyOf(msgspec.Struct, frozen=True):
    """At least one holds."""

    parts: tuple["Condition", ...]


class Not(msgspec.Struct, frozen=True):
    """The part does not hold."""

    part: "Condition"


Condition = All | AnyOf | Not | Clause


class Places(msgspec.Struct, frozen=True):
    """What of a floor map a condition may name."""

    zones: frozenset[str]
    """Leaf zones."""
    sensitive: frozenset[str]
    """Those of them that nobody is spoken to about."""
    levels: frozenset[str]


def parse(node: object, places: Places) -> tuple[Condition, list[Problem]]:
    """The condition that the decoded JSON `node` is, with every problem found in it.

    With problems the condition is an empty `All`, to be thrown away.
    """
    reader = _Reader(places)
    condition = reader.node(node, "when", DEPTH_MAX)
    if reader.clauses_count > CLAUSES_MAX:
        reader.no("when", reader.clauses_count, f"at most {CLAUSES_MAX} clauses")
    if not reader.problems:
        reader.problems += impossible(condition)
    return condition, reader.problems


class _Reader:
    """One walk over one tree, gathering problems."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.problems: list[Problem] = []
        self.clauses_count = 0

    def no(self, where: str, value: object, expected: str) -> All:
        """Note a problem; the empty condition stands in for what could not be read."""
        self.problems.append(Problem(where, json_text(value), expected))
        return All(())

    def node(self, node: object, where: str, depth: int) -> Condition:
        if depth == 0:
            return self.no(where, "…", f"a tree at most {DEPTH_MAX} deep")
        if not isinstance(node, dict):
            return self.no(where, node, "an object: all, any, not, or a clause")
        keys = set(node)
        if keys == {"not"}:
            return Not(self.node(node["not"], f"{where}.not", depth - 1))
        if keys == {"all"}:
            return All(self.parts(node["all"], f"{where}.all", depth))
        if keys == {"any"}:
            return AnyOf(self.parts(node["any"], f"{where}.any", depth))
        self.clauses_count += 1
        return self.clause(node, where)

    def parts(self, nodes: object, where: str, depth: int) -> tuple[Condition, ...]:
        if not isinstance(nodes, list) or not nodes:
            return (self.no(where, nodes, "a list of one or more conditions"),)
        return tuple(
            self.node(node, f"{where}[{index}]", depth - 1) for index, node in enumerate(nodes)
        )

    def clause(self, node: dict[str, object], where: str) -> Condition:
        unknown = sorted(node.keys() - {"field", "op", "value", "of"})
        missing = sorted({"field", "op", "value"} - node.keys())
        if unknown or missing:
            return self.no(where, sorted(node), "exactly field, op, value (and of)")
        field = FIELDS.get(str(node["field"]))
        if field is None:
            names = ", ".join(FIELDS)
            return self.no(
                f"{where}.field",
                node["field"],
                f"one of {names}; who a person is (age, sex, income) is no field",
            )
        operator = OPERATORS[field.kind].get(str(node["op"]))
        if operator is None:
            return self.no(f"{where}.op", node["op"], f"one of {' '.join(OPERATORS[field.kind])}")
        of = self.of(field, node.get("of"), where)
        value = self.value(field, operator, node["value"], f"{where}.value")
        return Clause(field.name, str(node["op"]), value, of)

    def of(self, field: Field, of: object, where: str) -> str | None:
        if field.of is None and of is not None:
            self.no(f"{where}.of", of, f"nothing: {field.name} is one field")
        elif field.of == "stage" and of not in STAGES:
            self.no(f"{where}.of", of, f"one of {', '.join(STAGES)}")
        elif field.of == "zone":
            self.zone(of, f"{where}.of")
        return of if isinstance(of, str) else None

    def value(self, field: Field, operator: Operator, value: object, where: str) -> object:
        if operator.takes == "one":
            self.one(field, value, where)
            return value
        if not isinstance(value, list) or not value:
            self.no(where, value, "a list")
            return value
        for index, one in enumerate(value):
            self.one(field, one, f"{where}[{index}]")
        if operator.takes == "many":
            return tuple(value)
        if len(value) != len(("low", "high")):
            self.no(where, value, "[low, high]")
        return tuple(value)

    def one(self, field: Field, value: object, where: str) -> None:
        if value is None and field.optional and field.kind == "text":
            return
        if field.kind == "flag":
            if not isinstance(value, bool):
                self.no(where, value, "true or false")
        elif field.kind == "number":
            self.number(field, value, where)
        elif not isinstance(value, str):
            self.no(where, value, "a text")
        else:
            self.text(field, value, where)

    def number(self, field: Field, value: object, where: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.no(where, value, "a number")
        elif not field.low <= value <= field.high:
            self.no(where, value, f"{field.low:g} to {field.high:g}, the range of {field.name}")

    def text(self, field: Field, value: str, where: str) -> None:
        if field.zone:
            self.zone(value, where)
        elif field.choices is not None and value not in field.choices:
            self.no(where, value, f"one of {', '.join(field.choices)}")
        elif field.name == "level" and value not in self.places.levels:
            self.no(where, value, f"a level of the map: {', '.join(sorted(self.places.levels))}")
        elif field.name == "zone_type" and value in SILENT_ZONE_TYPES:
            self.no(where, value, "no sensitive place: nobody is spoken to about it")

    def zone(self, value: object, where: str) -> None:
        if not isinstance(value, str) or value not in self.places.zones:
            self.no(where, value, "a leaf zone of the map")
        elif value in self.places.sensitive:
            self.no(where, value, "no sensitive zone: nobody is spoken to about it")


def json_text(value: object) -> str:
    """`value` as it stands in the file, cut at SHOWN_CHARS_MAX."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= SHOWN_CHARS_MAX else f"{text[:SHOWN_CHARS_MAX]}…"


def clauses(condition: Condition) -> list[Clause]:
    """Every clause of the tree, left to right."""
    match condition:
        case All(parts) | AnyOf(parts):
            return [clause for part in parts for clause in clauses(part)]
        case Not(part):
            return clauses(part)
        case _:
            return [condition]


def fields_used(condition: Condition) -> frozenset[str]:
    """Names of the fields that the tree asks about."""
    return frozenset(clause.field for clause in clauses(condition))


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
    if field == "visited_zone":
        return lambda s: of in s.zones_visited
    return attrgetter(field if of is None else f"{field}.{of}")


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
    wanted = [_values(clause) for clause in same if clause.op != "has_none"]
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

"""When a campaign may speak: a typed condition tree, checked whole, compiled to closures once.

A tree is `{"all": [...]}`, `{"any": [...]}`, `{"not": {...}}` or a clause
`{"field", "op", "value"[, "of"]}` over the catalogue.
"""

import re
from typing import Final

import msgspec

from hub_server.decision.catalogue import FIELDS, OPERATORS, SILENT_ZONE_TYPES, Field, Operator
from hub_server.decision.condition_checks import AS_IT_IS, IN_SOME_STAGE, Might, compiled, might
from hub_server.decision.condition_tree import (
    All,
    AnyOf,
    Clause,
    Condition,
    Not,
    clauses,
    feeds_used,
    fields_used,
    zones_needed,
)
from hub_server.decision.contradictions import SHOWN_CHARS_MAX, Problem, impossible, json_text
from hub_server.decision.snapshot import STAGES

__all__ = [
    "AS_IT_IS",
    "IN_SOME_STAGE",
    "SHOWN_CHARS_MAX",
    "All",
    "AnyOf",
    "Clause",
    "Condition",
    "Might",
    "Not",
    "Places",
    "Problem",
    "clauses",
    "compiled",
    "feeds_used",
    "fields_used",
    "impossible",
    "json_text",
    "might",
    "parse",
    "zones_needed",
]

# Deeper than any rule a person can read aloud; keeps hostile files from the recursion limit.
DEPTH_MAX: Final = 6
# A campaign of more clauses is two campaigns.
CLAUSES_MAX: Final = 40
# `feed.key`, as a feed names its readings.
READING: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


class Places(msgspec.Struct, frozen=True):
    """What of a floor map a condition may name."""

    zones: frozenset[str]
    """Leaf zones."""
    sensitive: frozenset[str]
    """Those of them that nobody is spoken to about."""
    levels: frozenset[str]
    feeds: frozenset[str] | None = None
    """The readings that there are; None: any name of the form `feed.key`."""


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
        elif field.of == "feed":
            self.reading(of, f"{where}.of")
        elif field.of == "target" and (not isinstance(of, str) or not of):
            self.no(f"{where}.of", of, "a zone or an item to walk to")
        return of if isinstance(of, str) else None

    def reading(self, name: object, where: str) -> None:
        known = self.places.feeds
        if not isinstance(name, str) or not READING.fullmatch(name):
            self.no(where, name, "a reading as its feed names it, as weather.temperature_c")
        elif known is not None and name not in known:
            self.no(where, name, f"one of {', '.join(sorted(known))}")

    def value(self, field: Field, operator: Operator, value: object, where: str) -> object:
        if operator.takes == "one":
            self.one(field, value, where)
            return value
        if operator.takes == "flag":
            self.flag(value, where)
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
            self.flag(value, where)
        elif field.kind == "number":
            self.number(field, value, where)
        elif not isinstance(value, str):
            self.no(where, value, "a text")
        else:
            self.text(field, value, where)

    def flag(self, value: object, where: str) -> None:
        if not isinstance(value, bool):
            self.no(where, value, "true or false")

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

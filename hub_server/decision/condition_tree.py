"""The tree that a condition is, and what can be read off it without a snapshot."""

from collections.abc import Sequence
from typing import Any

import msgspec


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


def feeds_used(condition: Condition) -> frozenset[str]:
    """Names of the readings that the tree asks about."""
    return frozenset(
        clause.of for clause in clauses(condition) if clause.field == "feed" and clause.of
    )


def zones_needed(condition: Condition) -> frozenset[str | None] | None:
    """The only zones that the condition can hold in; None: perhaps in any."""
    match condition:
        case Clause("zone", "is", value):
            return frozenset({value})
        case Clause("zone", "in", values):
            return frozenset(values)
        case All(parts):
            needed = _needed(parts)
            return frozenset.intersection(*needed) if needed else None
        case AnyOf(parts):
            needed = _needed(parts)
            return frozenset[str | None]().union(*needed) if len(needed) == len(parts) else None
        case _:
            return None


def _needed(parts: Sequence[Condition]) -> list[frozenset[str | None]]:
    return [zones for part in parts if (zones := zones_needed(part)) is not None]


def document(condition: Condition) -> dict[str, Any]:
    """The tree as a campaign file writes it."""
    match condition:
        case All(parts):
            return {"all": _documents(parts)}
        case AnyOf(parts):
            return {"any": _documents(parts)}
        case Not(part):
            return {"not": document(part)}
        case _:
            node = {"field": condition.field, "op": condition.op, "value": condition.value}
            return node if condition.of is None else {**node, "of": condition.of}


def _documents(parts: Sequence[Condition]) -> list[dict[str, Any]]:
    return [document(part) for part in parts]


def read(node: dict[str, Any]) -> Condition:
    """The tree that `document` wrote; for what was checked before."""
    if "all" in node:
        return All(tuple(read(part) for part in node["all"]))
    if "any" in node:
        return AnyOf(tuple(read(part) for part in node["any"]))
    if "not" in node:
        return Not(read(node["not"]))
    value = node["value"]
    value = tuple(value) if isinstance(value, list) else value
    return Clause(node["field"], node["op"], value, node.get("of"))

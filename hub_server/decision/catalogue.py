"""What a condition may ask about, and how: the closed catalogue of fields and operators.

Equality takes null as a value; an order operator on an unknown number is false. A reading that is
older than its feed allows is unknown. Who a person is, what is to stay a surprise and what was said
before are no fields: no rule can aim at them.
"""

import math
from collections.abc import Callable
from typing import Any, Final, Literal, get_args

import msgspec

from hub_server.decision.snapshot import (
    STAGES,
    ContextSnapshot,
    ForWhom,
    Intent,
    Value,
    Waiting,
)
from store_maps.feature import SENSITIVE_ZONE_TYPES, ZONE_TYPES

# A visit of a whole day; more cannot come true, so a larger number is a typing error.
VISIT_S_MAX: Final = 86_400.0
DAY_MIN: Final = 1_440.0
# The longest walk through the largest hall there is, out and back.
WALK_M_MAX: Final = 10_000.0

Check = Callable[[ContextSnapshot], bool]
Get = Callable[[ContextSnapshot], Any]
Kind = Literal["text", "number", "set", "flag"]
# Nobody is spoken to about these, whatever the map says of the single zone; staff are not shoppers.
SILENT_ZONE_TYPES: Final = SENSITIVE_ZONE_TYPES | {"staff"}


class Field(msgspec.Struct, frozen=True):
    """One thing that a condition may ask about."""

    name: str
    kind: Kind
    choices: tuple[str, ...] | None = None
    """Closed vocabulary of a text; None: any text."""
    low: float = 0.0
    high: float = math.inf
    of: Literal["stage", "zone", "feed", "target"] | None = None
    """What the clause's `of` names, where one field stands for many."""
    zone: bool = False
    """The value names a leaf zone of the map."""
    optional: bool = False
    """May be unknown (null)."""


FIELDS: Final = {
    field.name: field
    for field in (
        Field("zone", "text", zone=True, optional=True),
        Field("zone_type", "text", ZONE_TYPES, optional=True),
        Field("level", "text", optional=True),
        Field("stage", "text", STAGES, optional=True),
        Field("intent", "text", get_args(Intent), optional=True),
        Field("for_whom", "text", get_args(ForWhom), optional=True),
        Field("value", "text", get_args(Value), optional=True),
        Field("waiting_for", "text", get_args(Waiting), optional=True),
        Field("zone_p", "number", high=1.0),
        Field("stage_p", "number", high=1.0, of="stage"),
        Field("dwell_s", "number", high=VISIT_S_MAX),
        Field("visit_s", "number", high=VISIT_S_MAX),
        Field("waiting_s", "number", high=VISIT_S_MAX),
        Field("messages_count", "number", high=100.0),
        Field("zones_visited_count", "number", high=1000.0),
        Field("local_minute", "number", high=1439.0, optional=True),
        Field("minutes_left", "number", high=DAY_MIN, optional=True),
        Field("evidence", "number", high=1000.0),
        Field("feed", "number", low=-math.inf, of="feed", optional=True),
        Field("walk_m", "number", high=WALK_M_MAX, of="target", optional=True),
        Field("bought_items", "set"),
        Field("bought_categories", "set"),
        Field("owned_items", "set"),
        Field("owned_categories", "set"),
        Field("due_items", "set"),
        Field("due_categories", "set"),
        Field("returned_items", "set"),
        Field("disliked_items", "set"),
        Field("services_due", "set"),
        Field("wanted_items", "set"),
        Field("passed_items", "set"),
        Field("leaving_without", "set"),
        Field("out_items", "set"),
        Field("visited_zone", "flag", of="zone"),
        Field("first_visit", "flag"),
    )
}
STAGE_FIELDS: Final = frozenset({"stage", "stage_p"})


class Operator(msgspec.Struct, frozen=True):
    """One closed operator: what it takes, and the closure that it becomes."""

    takes: Literal["one", "many", "pair", "flag"]
    check: Callable[[Get, Any], Check]


def _below(get: Get, value: float) -> Check:
    return lambda s: (x := get(s)) is not None and x < value


def _at_most(get: Get, value: float) -> Check:
    return lambda s: (x := get(s)) is not None and x <= value


def _above(get: Get, value: float) -> Check:
    return lambda s: (x := get(s)) is not None and x > value


def _at_least(get: Get, value: float) -> Check:
    return lambda s: (x := get(s)) is not None and x >= value


def _between(get: Get, value: tuple[float, float]) -> Check:
    low, high = value
    return lambda s: (x := get(s)) is not None and low <= x <= high


OPERATORS: Final[dict[Kind, dict[str, Operator]]] = {
    "text": {
        "is": Operator("one", lambda get, value: lambda s: get(s) == value),
        "is_not": Operator("one", lambda get, value: lambda s: get(s) != value),
        "in": Operator("many", lambda get, value: lambda s: get(s) in value),
        "not_in": Operator("many", lambda get, value: lambda s: get(s) not in value),
    },
    "number": {
        "<": Operator("one", _below),
        "<=": Operator("one", _at_most),
        ">": Operator("one", _above),
        ">=": Operator("one", _at_least),
        "between": Operator("pair", _between),
    },
    "set": {
        "has": Operator("one", lambda get, value: lambda s: value in get(s)),
        "has_any": Operator("many", lambda get, value: lambda s: not value.isdisjoint(get(s))),
        "has_none": Operator("many", lambda get, value: lambda s: value.isdisjoint(get(s))),
        "some": Operator("flag", lambda get, value: lambda s: bool(get(s)) is value),
    },
    "flag": {"is": Operator("one", lambda get, value: lambda s: get(s) is value)},
}

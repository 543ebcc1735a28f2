"""A moment that a campaign could have been written for: what `preview` shows its words in."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from hub_server.campaign.campaign import Campaign
from hub_server.campaign.slots import DEGREES
from hub_server.decision.conditions import All, AnyOf, Clause, Condition
from hub_server.decision.snapshot import ContextSnapshot, Reading, StageP, Walk

# A visit as it might be: ten minutes in, half a minute at one place, five metres from the shelf.
VISIT_S: Final = 600.0
DWELL_S: Final = 30.0
METRES: Final = 5.0
TEMPERATURE_C: Final = 31.0
FRESH_S: Final = 3600.0
HOUR_S: Final = 3600.0
# Where a campaign speaks at any shelf.
A_PLACE: Final = {"en": "Tea & coffee", "de": "Tee & Kaffee"}
# A list is shown with two things on it.
ITEMS: Final = 2
# No visit is one of nobody: an example speaks to somebody who was here before.
USUAL: Final = ContextSnapshot(
    at_s=0.0,
    store_name="",
    may_locate=True,
    may_message=True,
    channel="page",
    zone_p=1.0,
    visit_s=VISIT_S,
    dwell_s=DWELL_S,
    first_visit=False,
    feeds=(Reading(DEGREES, TEMPERATURE_C, 0.0, HOUR_S),),
)


def example(
    campaign: Campaign, more: Condition | None, store_name: str, language: str
) -> ContextSnapshot:
    """A moment in which the condition, and `more` of a variant, asks for what it finds.

    It meets every tree of plain `all` and the first branch of each `any`; what is refused in a tree
    (`not`, `not_in`, `has_none`) is left as it usually is.
    """
    conditions = (campaign.condition, *([more] if more is not None else []))
    clauses = [clause for one in conditions for clause in _wanted(one)]
    changes: dict[str, Any] = {
        "language": language,
        "store_name": store_name,
        "minutes_left": METRES,
        "walks": tuple(Walk(target, METRES) for target in _targets(campaign)),
    }
    if campaign.about is not None:
        changes[campaign.about] = _listed(campaign)
    for clause in clauses:
        changes |= _met(clause, changes)
    zone = changes.get("zone") or campaign.for_zone
    changes["zone"] = zone
    changes["zone_name"] = campaign.name_in(zone or "", language) or A_PLACE.get(language, "…")
    return msgspec.structs.replace(USUAL, **changes)


def _wanted(condition: Condition) -> Iterator[Clause]:
    """What has to hold, with the first way of each `any`."""
    match condition:
        case All(parts):
            for part in parts:
                yield from _wanted(part)
        case AnyOf(parts):
            yield from _wanted(parts[0])
        case Clause():
            yield condition


def _targets(campaign: Campaign) -> tuple[str, ...]:
    near = (campaign.near,) if campaign.near else ()
    return (*near, *(_listed(campaign) if campaign.about else campaign.named_items))


def _listed(campaign: Campaign) -> tuple[str, ...]:
    goods = (item for item, good in campaign.goods.items() if not good.sensitive)
    return tuple(item for item, _ in zip(goods, range(ITEMS), strict=False))


def _met(clause: Clause, known: dict[str, Any]) -> dict[str, Any]:
    """The change by which the clause holds; none where it refuses or names a place passed."""
    value, field, op = clause.value, clause.field, clause.op
    first = value[0] if isinstance(value, tuple) and value else value
    if op in _REFUSING or field in _LEFT:
        return {}
    if field == "feed":
        reading = Reading(clause.of or "", float(first), 0.0, FRESH_S)
        others = [one for one in known.get("feeds", USUAL.feeds) if one.name != clause.of]
        return {"feeds": (*others, reading)}
    if field == "stage_p":
        return {field: StageP(**{clause.of or "": float(first)})}
    if op in _SETS:
        return {field: (*known.get(field, ()), first)}
    return {field: float(first) + _PAST.get(op, 0.0)} if op in _NUMBERS else {field: first}


_REFUSING: Final = frozenset({"is_not", "not_in", "has_none", "some"})
_LEFT: Final = frozenset({"visited_zone", "walk_m", "zones_visited_count", "messages_count"})
_SETS: Final = frozenset({"has", "has_any"})
_NUMBERS: Final = frozenset({"<", "<=", ">", ">=", "between"})
# Just past a strict bound.
_PAST: Final = {"<": -1e-6, ">": 1e-6}

"""Which campaign never has the first word: told by the conditions alone."""

from typing import Any

import pytest

from hub_server.campaign.conflicts import conflicts, implies
from hub_server.campaigns import places_of
from hub_server.decision.conditions import All, Clause, parse
from tests.hub_server.test_campaign_demo import demo
from tests.hub_server.written_campaigns import AT_WINE, MARKET, WHEN, campaign, parsed, words

PLACES = places_of(MARKET)


def clauses(*nodes: dict[str, Any]) -> list[Clause]:
    condition, problems = parse({"all": list(nodes)}, PLACES)
    assert not problems
    assert isinstance(condition, All)
    return [part for part in condition.parts if isinstance(part, Clause)]


def clause(field: str, op: str, value: object, of: str | None = None) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value} | ({"of": of} if of else {})


@pytest.mark.parametrize(
    ("narrow", "wide", "holds"),
    [
        (AT_WINE, AT_WINE, True),
        (AT_WINE, clause("zone", "in", ["wine", "bakery"]), True),
        (clause("zone", "in", ["wine", "bakery"]), AT_WINE, False),
        (AT_WINE, clause("zone", "is_not", "bakery"), True),
        (AT_WINE, clause("zone", "not_in", ["wine"]), False),
        (clause("zone", "not_in", ["wine", "bakery"]), clause("zone", "is_not", "wine"), True),
        (clause("zone", "is_not", "wine"), AT_WINE, False),
        (clause("dwell_s", ">=", 30), WHEN, True),
        (clause("dwell_s", ">", 20), WHEN, True),
        (clause("dwell_s", ">=", 10), WHEN, False),
        (clause("dwell_s", "between", [20, 40]), clause("dwell_s", "<", 41), True),
        (clause("dwell_s", "<=", 40), clause("dwell_s", "<", 40), False),
        (AT_WINE, WHEN, False),
        (clause("stage_p", ">=", 0.5, "stuck"), clause("stage_p", ">=", 0.4, "stuck"), True),
        (clause("stage_p", ">=", 0.5, "stuck"), clause("stage_p", ">=", 0.4, "weighing"), False),
        (clause("due_items", "has", "1"), clause("due_items", "has_any", ["1", "2"]), True),
        (clause("due_items", "has_any", ["1", "2"]), clause("due_items", "has", "1"), False),
        (clause("due_items", "has", "1"), clause("due_items", "some", True), True),
        (clause("due_items", "some", True), clause("due_items", "some", False), False),
        (clause("due_items", "has_none", ["1", "2"]), clause("due_items", "has_none", ["1"]), True),
        (clause("due_items", "has", "1"), clause("due_items", "has_none", ["2"]), False),
        (clause("first_visit", "is", True), clause("first_visit", "is", True), True),
        (clause("first_visit", "is", True), clause("first_visit", "is", False), False),
    ],
)
def test_what_follows_from_what(
    narrow: dict[str, Any], wide: dict[str, Any], *, holds: bool
) -> None:
    assert implies(clauses(narrow), clauses(wide)) is holds


def test_several_clauses_together_may_imply_one() -> None:
    given = clauses(clause("dwell_s", ">=", 30), clause("dwell_s", "<=", 50))
    assert implies(given, clauses(clause("dwell_s", "between", [20, 60])))


def test_who_is_always_beaten_is_named() -> None:
    """Row 43: conflicts, before it goes live."""
    found = parsed(
        campaign(id="small", usefulness=0.4, when={"all": [AT_WINE, WHEN]}),
        campaign(id="large", usefulness=0.6, when=AT_WINE),
        campaign(id="other", usefulness=0.7, for_zone="bakery"),
    )
    (one,) = conflicts(found)
    assert (one.winner, one.loser) == ("large", "small")
    assert one.line == (
        "note: campaign small never has the first word: wherever it fits, large fits too and is "
        "worth more; its author narrows one of the two"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"when": {"any": [AT_WINE, WHEN]}},
        {"when": {"all": [AT_WINE, {"not": WHEN}]}},
        {"near": "bakery", "walk_m_max": 5},
        {"near": "bakery", "words": words(text="{metres} m")},
        {"about": "wanted_items"},
    ],
)
def test_what_cannot_be_told_is_not_told(changes: dict[str, Any]) -> None:
    found = parsed(
        campaign(id="small", usefulness=0.4, when=AT_WINE),
        campaign(**({"id": "large", "usefulness": 0.6, "when": AT_WINE} | changes)),
    )
    assert conflicts(found) == ()


def test_what_speaks_of_a_list_may_be_beaten_too() -> None:
    found = parsed(
        campaign(id="small", usefulness=0.4, when=AT_WINE, about="wanted_items"),
        campaign(id="large", usefulness=0.6, when=AT_WINE),
    )
    assert [one.loser for one in conflicts(found)] == ["small"]


def test_the_demo_has_no_such_pair() -> None:
    assert conflicts(demo()) == ()

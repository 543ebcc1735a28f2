"""Conditions by condition_cases.json and condition_refusals.json, which any language could read."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_server.campaigns import places_of
from hub_server.decision import condition_tree, conditions
from hub_server.decision.catalogue import FIELDS, OPERATORS
from hub_server.decision.conditions import All, AnyOf, Clause, Not
from hub_server.decision.snapshot import ContextSnapshot
from store_maps import floor_map

HERE = Path(__file__).parent
PLACES = places_of(floor_map.load(HERE.parent / "small_market.geojson"))
CASES = json.loads((HERE / "condition_cases.json").read_text())
REFUSED = json.loads((HERE / "condition_refusals.json").read_text())


def test_each_condition_of_the_table_holds_or_not() -> None:
    """More than 300 cases that any language could read: each field, operator, null, nesting."""
    assert len(CASES) > 300
    assert [case["name"] for case in CASES if _holds(case) is not case["expect"]] == []


def _holds(case: dict[str, Any]) -> bool:
    condition, problems = conditions.parse(case["when"], PLACES)
    assert not problems, case["name"]
    snapshot = msgspec.convert({"at_s": 0.0, **case["snapshot"]}, ContextSnapshot)
    holds = conditions.compiled(condition)(snapshot)
    assert (
        conditions.compiled(condition_tree.read(condition_tree.document(condition)))(snapshot)
        is holds
    )
    return holds


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: str(case["name"]))
def test_a_condition_is_refused_where_it_is_wrong(case: dict[str, Any]) -> None:
    _, problems = conditions.parse(case["when"], PLACES)
    assert [problem.where for problem in problems] == [case["where"]]
    assert case["expected"] in problems[0].expected
    assert problems[0].value


def test_every_field_and_operator_is_in_the_table() -> None:
    """A catalogue that grows without a case for it fails here."""
    used = {
        (clause.field, clause.op)
        for case in CASES
        for clause in conditions.clauses(conditions.parse(case["when"], PLACES)[0])
    }
    assert used == {(field.name, op) for field in FIELDS.values() for op in OPERATORS[field.kind]}


def test_a_reading_is_one_of_those_that_there_are() -> None:
    places = msgspec.structs.replace(PLACES, feeds=frozenset({"queue.people"}))
    when = {"field": "feed", "of": "queue.humans", "op": ">", "value": 3}
    _, (problem,) = conditions.parse(when, places)
    assert (problem.where, problem.expected) == ("when.of", "one of queue.people")
    assert not conditions.parse({**when, "of": "queue.people"}, places)[1]


def test_every_problem_is_told_at_once() -> None:
    when = {
        "all": [
            {"field": "zone", "op": "is", "value": "nowhere"},
            {"any": [{"field": "gender", "op": "is", "value": "f"}]},
            {"not": {"field": "dwell_s", "op": "between", "value": ["a", -1]}},
        ]
    }
    _, problems = conditions.parse(when, PLACES)
    assert [problem.where for problem in problems] == [
        "when.all[0].value",
        "when.all[1].any[0].field",
        "when.all[2].not.value[0]",
        "when.all[2].not.value[1]",
    ]


def test_clauses_and_fields_of_a_tree() -> None:
    zone = Clause("zone", "is", "wine")
    stage = Clause("stage_p", ">=", 0.5, "stuck")
    tree = All((AnyOf((zone, Not(stage))), zone))
    assert conditions.clauses(tree) == [zone, stage, zone]
    assert conditions.fields_used(tree) == {"zone", "stage_p"}
    warm, many = Clause("feed", ">", 9, "weather.c"), Clause("feed", ">", 9, "queue.people")
    assert conditions.feeds_used(All((warm, Not(many), zone))) == {"weather.c", "queue.people"}


def test_an_empty_all_always_holds_and_an_empty_any_never() -> None:
    assert conditions.compiled(All(()))(ContextSnapshot(at_s=0.0))
    assert not conditions.compiled(AnyOf(()))(ContextSnapshot(at_s=0.0))


def test_a_choice_list_that_is_used_up_cannot_come_true() -> None:
    """Every text of today's catalogue is open or may be null, so it takes a name beside."""
    every = Clause("stage", "not_in", (*(FIELDS["stage"].choices or ()), None))
    named = Clause("stage", "is", "stuck")
    assert conditions.impossible(All((every, named)))
    assert not conditions.impossible(every)


def test_a_long_value_is_shown_cut() -> None:
    _, (problem,) = conditions.parse({"field": "x" * 5000, "op": "is", "value": 1}, PLACES)
    assert len(problem.value) == conditions.SHOWN_CHARS_MAX + 1


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
clause_like = st.fixed_dictionaries(
    {
        "field": st.sampled_from(sorted(FIELDS)) | json_values,
        "op": st.sampled_from(["is", "in", "<", "between", "has", "has_none"]) | json_values,
        "value": json_values
        | st.sampled_from(["wine", "bakery"])
        | st.lists(st.integers(0, 9), max_size=2),
    },
    optional={"of": st.sampled_from(["stuck", "wine"]) | json_values},
)
trees = st.recursive(
    clause_like | json_values,
    lambda inner: (
        st.builds(lambda part: {"not": part}, inner)
        | st.builds(lambda parts: {"all": parts}, st.lists(inner, max_size=3))
        | st.builds(lambda parts: {"any": parts}, st.lists(inner, max_size=3))
    ),
    max_leaves=5,
)


@given(trees)
@settings(max_examples=300, deadline=None)
def test_any_json_is_a_condition_or_a_list_of_problems(tree: object) -> None:
    condition, problems = conditions.parse(tree, PLACES)
    if not problems:
        assert conditions.compiled(condition)(ContextSnapshot(at_s=0.0)) in {True, False}

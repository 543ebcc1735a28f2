"""Stuck by itself says nothing: by tables, and by any condition whatever."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_server.decision import conditions
from hub_server.decision.conditions import CLAUSES_MAX, Condition, Places
from hub_server.decision.snapshot import STAGES, ContextSnapshot, StageP
from hub_server.decision.stuck import has_evidence, met_by_stuck_alone, not_stuck

PLACES = Places(zones=frozenset({"wine"}), sensitive=frozenset(), levels=frozenset())
STUCK = {"field": "stage", "op": "is", "value": "stuck"}
LONG = {"field": "dwell_s", "op": ">=", "value": 30}


def stage(op: str, value: object) -> dict[str, object]:
    return {"field": "stage", "op": op, "value": value}


def stuck_p(op: str, value: object) -> dict[str, object]:
    return {"field": "stage_p", "of": "stuck", "op": op, "value": value}


def parsed(when: object) -> Condition:
    condition, problems = conditions.parse(when, PLACES)
    assert not problems
    return condition


@pytest.mark.parametrize(
    "when",
    [
        STUCK,
        {"all": [STUCK, {"field": "zone", "op": "is", "value": "wine"}]},
        {"all": [STUCK, {"field": "visit_s", "op": ">=", "value": 60}]},
        {"all": [STUCK, {"field": "dwell_s", "op": ">=", "value": 29.9}]},
        {"all": [STUCK, {"not": {"field": "dwell_s", "op": ">=", "value": 30}}]},
        {"all": [STUCK, {"field": "waiting_s", "op": "between", "value": [0, 300]}]},
        {"any": [LONG, STUCK]},
        {"all": [{"any": [STUCK, LONG]}, {"field": "visit_s", "op": ">=", "value": 60}]},
        {"all": [STUCK, {"any": [LONG, {"field": "intent", "op": "is", "value": "gift"}]}]},
        stage("in", ["stuck", "weighing"]),
        stage("is_not", "exploring"),
        stage("not_in", [*(one for one in STAGES if one != "stuck"), None]),
        {"not": stage("in", [*(one for one in STAGES if one != "stuck"), None])},
        stuck_p(">=", 0.2),
        stuck_p(">", 0),
        stuck_p("between", [0.2, 0.4]),
        {"not": stuck_p("<=", 0.6)},
        {"all": [stage("is", "weighing"), stuck_p(">=", 0.2)]},
    ],
    ids=json.dumps,
)
def test_stuck_alone_meets_it(when: object) -> None:
    assert met_by_stuck_alone(parsed(when))


@pytest.mark.parametrize(
    "when",
    [
        {"all": [STUCK, LONG]},
        {"all": [STUCK, {"field": "dwell_s", "op": ">", "value": 29.999999999999996}]},
        {"all": [STUCK, {"field": "waiting_s", "op": "between", "value": [30, 300]}]},
        {"all": [STUCK, {"not": {"field": "dwell_s", "op": "<", "value": 60}}]},
        {"all": [{"any": [STUCK, stuck_p(">=", 0.6)]}, LONG]},
        {"any": [{"all": [STUCK, LONG]}, {"field": "zone", "op": "is", "value": "wine"}]},
        {"field": "zone", "op": "is", "value": "wine"},
        stage("is", "weighing"),
        stage("is_not", "leaving"),
        stage("is_not", "stuck"),
        stage("in", ["stuck", "exploring"]),
        stage("is", None),
        stuck_p("<", 0.3),
        {"field": "stage_p", "of": "weighing", "op": ">=", "value": 0.3},
        {"not": STUCK},
    ],
    ids=json.dumps,
)
def test_stuck_alone_does_not_meet_it(when: object) -> None:
    assert not met_by_stuck_alone(parsed(when))


def test_the_largest_condition_is_told_at_once() -> None:
    parts = [{"any": [STUCK, stuck_p(">=", 0.2)]} for _ in range(CLAUSES_MAX // 2)]
    assert met_by_stuck_alone(parsed({"all": parts}))


@pytest.mark.parametrize(
    ("dwell_s", "waiting_s", "found"),
    [(0.0, 0.0, False), (29.9, 29.9, False), (30.0, 0.0, True), (0.0, 30.0, True)],
)
def test_evidence_is_a_long_stay(dwell_s: float, waiting_s: float, found: bool) -> None:  # noqa: FBT001 - a table
    assert has_evidence(ContextSnapshot(at_s=0.0, dwell_s=dwell_s, waiting_s=waiting_s)) is found


def test_moments_of_other_stages() -> None:
    moment = ContextSnapshot(at_s=1.0, stage="stuck", stage_p=StageP(stuck=0.7, weighing=0.3))
    other = not_stuck(moment)
    assert (other.stage, other.stage_p) == ("exploring", StageP(weighing=0.3))
    assert not_stuck(msgspec.structs.replace(moment, stage=None)).stage is None


clauses = st.one_of(
    st.builds(stage, st.sampled_from(["is", "is_not"]), st.sampled_from([*STAGES, None])),
    st.builds(
        stage,
        st.sampled_from(["in", "not_in"]),
        st.lists(st.sampled_from([*STAGES, None]), min_size=1, max_size=8),
    ),
    st.builds(
        lambda of, op, value: {"field": "stage_p", "of": of, "op": op, "value": value},
        st.sampled_from(["stuck", "weighing"]),
        st.sampled_from(["<", "<=", ">", ">="]),
        st.sampled_from([0, 0.2, 0.5, 1]),
    ),
    st.builds(
        lambda field, op, value: {"field": field, "op": op, "value": value},
        st.sampled_from(["dwell_s", "waiting_s", "visit_s"]),
        st.sampled_from(["<", "<=", ">", ">="]),
        st.sampled_from([0, 10, 29, 30, 31]),
    ),
)
trees = st.recursive(
    clauses,
    lambda parts: st.one_of(
        st.builds(lambda these: {"all": these}, st.lists(parts, min_size=1, max_size=3)),
        st.builds(lambda these: {"any": these}, st.lists(parts, min_size=1, max_size=3)),
        st.builds(lambda one: {"not": one}, parts),
    ),
    max_leaves=6,
)
short_stays = st.builds(
    ContextSnapshot,
    at_s=st.just(0.0),
    stage=st.sampled_from(["stuck", "stuck", *STAGES, None]),
    stage_p=st.builds(
        StageP, stuck=st.sampled_from([0.0, 0.1, 0.3, 0.6]), weighing=st.floats(0, 0.4)
    ),
    dwell_s=st.sampled_from([0.0, 9.0, 10.0, 29.0, 29.9]),
    waiting_s=st.sampled_from([0.0, 10.0, 29.5]),
    visit_s=st.sampled_from([5.0, 10.0, 30.0, 40.0]),
)


@given(trees, short_stays)
@settings(max_examples=500, deadline=None)
def test_no_condition_that_passed_is_met_by_stuck_alone(when: Any, moment: ContextSnapshot) -> None:  # noqa: ANN401 - any JSON
    condition, problems = conditions.parse(when, PLACES)
    check = conditions.compiled(condition)
    if not problems and check(moment) and not check(not_stuck(moment)):
        assert met_by_stuck_alone(condition)

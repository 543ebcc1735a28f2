"""In which stages a condition might hold, against asking it in each stage one by one."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_server.decision.condition_checks import (
    AS_IT_IS,
    EVERYWHERE,
    IN_SOME_STAGE,
    compiled,
    might,
)
from hub_server.decision.condition_tree import (
    All,
    AnyOf,
    Clause,
    Condition,
    Not,
    document,
    read,
    zones_needed,
)
from hub_server.decision.snapshot import STAGES, ContextSnapshot, Reading, StageP

CASES = json.loads(Path(__file__).with_name("condition_cases.json").read_text())
WARM = Clause("feed", ">=", 28.0, "weather.temperature_c")
STUCK = Clause("stage", "is", "stuck")
HERE = Clause("zone", "is", "wine")
THERE = Clause("zone", "in", ("wine", "bakery"))
LIVE = (Reading("weather.temperature_c", 31.0, 10.0, 600.0),)
COLD = (Reading("weather.temperature_c", 3.0, 10.0, 600.0),)
OLD = (Reading("weather.temperature_c", 31.0, 900.0, 600.0),)


def in_stage(moment: ContextSnapshot, stage: str) -> ContextSnapshot:
    """The same moment of a shopper who is surely in `stage`."""
    return msgspec.structs.replace(moment, stage=stage, stage_p=StageP(**{stage: 1.0}))


def bits(condition: Condition, moment: ContextSnapshot) -> int:
    """The same by brute force; no feed is asked about."""
    check = compiled(condition)
    found = sum(1 << n for n, stage in enumerate(STAGES) if check(in_stage(moment, stage)))
    return found | AS_IT_IS if check(moment) else found


clauses = st.sampled_from(
    [
        STUCK,
        HERE,
        THERE,
        Clause("zone", "is_not", "wine"),
        Clause("zone", "is", None),
        Clause("stage", "not_in", ("leaving", "checkout")),
        Clause("stage", "is", None),
        Clause("stage_p", ">=", 0.5, "weighing"),
        Clause("stage_p", "<", 0.2, "stuck"),
        Clause("dwell_s", ">=", 30.0),
    ]
)
trees = st.recursive(
    clauses,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(All, st.lists(inner, max_size=3).map(tuple))
        | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
    ),
    max_leaves=6,
)
moments = st.builds(
    ContextSnapshot,
    at_s=st.just(0.0),
    zone=st.sampled_from(["wine", "bakery", None]),
    dwell_s=st.sampled_from([5.0, 40.0]),
    stage=st.sampled_from([None, *STAGES]),
    stage_p=st.builds(StageP, weighing=st.floats(0, 1), stuck=st.floats(0, 1)),
)


@given(trees, moments)
@settings(max_examples=150, deadline=None)
def test_the_bits_are_what_asking_in_each_stage_gives(
    tree: Condition, moment: ContextSnapshot
) -> None:
    assert might(tree)(moment) == bits(tree, moment)
    assert might(read(document(tree)))(moment) == bits(tree, moment)


@given(trees, moments)
@settings(max_examples=300, deadline=None)
def test_where_a_condition_holds_or_might_is_among_the_zones_that_it_needs(
    tree: Condition, moment: ContextSnapshot
) -> None:
    zones = zones_needed(tree)
    assert zones is None or moment.zone in zones or not might(tree)(moment)


@pytest.mark.parametrize(
    ("condition", "zones"),
    [
        (HERE, {"wine"}),
        (THERE, {"wine", "bakery"}),
        (STUCK, None),
        (Not(HERE), None),
        (Clause("zone", "is_not", "wine"), None),
        (All((STUCK, THERE, HERE)), {"wine"}),
        (All((STUCK, All((HERE,)))), {"wine"}),
        (All(()), None),
        (AnyOf((HERE, Clause("zone", "is", "till"))), {"wine", "till"}),
        (AnyOf((HERE, STUCK)), None),
        (AnyOf(()), set()),
    ],
)
def test_the_zones_that_a_condition_needs(condition: Condition, zones: set[str] | None) -> None:
    assert zones_needed(condition) == zones


@pytest.mark.parametrize(
    ("condition", "feeds", "found"),
    [
        (WARM, LIVE, EVERYWHERE),
        (WARM, COLD, 0),
        (WARM, (), EVERYWHERE),
        (WARM, OLD, EVERYWHERE),
        (Not(WARM), LIVE, 0),
        (Not(WARM), COLD, EVERYWHERE),
        (Not(WARM), (), EVERYWHERE),
        (All((WARM, Not(WARM))), (), EVERYWHERE),
        (All((WARM, HERE)), (), 0),
        (AnyOf((WARM, HERE)), COLD, 0),
        (All((WARM, STUCK)), OLD, 1 << STAGES.index("stuck")),
    ],
)
def test_a_feed_that_is_silent_tells_whatever_the_rule_asks(
    condition: Condition, feeds: tuple[Reading, ...], found: int
) -> None:
    moment = ContextSnapshot(at_s=0.0, zone="bakery", stage="engaged", feeds=feeds)
    assert might(condition)(moment) == found


def test_what_holds_might_hold() -> None:
    """Each case of the table: `might` never rules out what is so, nor allows what is not."""
    for case in CASES:
        condition = read(case["when"])
        moment = msgspec.convert({"at_s": 0.0, **case["snapshot"]}, ContextSnapshot)
        as_it_is = bool(might(condition)(moment) & AS_IT_IS)
        assert as_it_is >= case["expect"], case["name"]
        if "feed" not in case["name"]:
            assert as_it_is == case["expect"], case["name"]
    assert not EVERYWHERE & ~(AS_IT_IS | IN_SOME_STAGE)

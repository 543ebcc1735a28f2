"""The decision as a whole: send, silent or ghost, the explanation, the mask, and replay."""

from typing import Any

import msgspec
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from hub_server.decide import GATES, LIMITS, REASONS, Decision, GateResult, Limits, decide, recheck
from hub_server.decision.caps import Cap
from hub_server.decision.gates import CAMPAIGN_GATES, FITS, SHOPPER_GATES
from hub_server.decision.snapshot import (
    HISTORY_FIELDS,
    STAGES,
    ContextSnapshot,
    Said,
    StageP,
    Walk,
    Weight,
    masked,
)
from tests.hub_server.wine_moment import GOOD, NOW_S, STAGED, but, made, said

ONE = made({})


def test_it_speaks_when_everything_is_right() -> None:
    decision = decide(GOOD, made({"buttons": ["route"], "near": "bakery"}))
    assert decision == Decision(
        outcome="send",
        code="sent",
        gates=(),
        campaign="c1",
        kind="inform",
        topic="wine",
        title="Wine",
        text="A word.",
        lock_title=decision.lock_title,
        lock_text=decision.lock_text,
        why=decision.why,
        items=("riesling",),
        categories=("white-wine",),
        target="bakery",
        buttons=("route",),
        expires_at_s=NOW_S + 60.0,
        worth=0.5,
    )
    assert decision.why[0] == "Because you are here."
    assert "Wine" not in decision.lock_title + decision.lock_text


def test_no_campaigns_is_silence() -> None:
    assert decide(GOOD, ()).code == "nothing_fits"


def test_a_campaign_about_the_moments_own_items_fits_where_there_are_any() -> None:
    (one,) = made({})
    own = msgspec.structs.replace(one, about="passed_items", needs_stage=True)
    assert decide(GOOD, [own]).code == "nothing_fits"
    assert decide(but(stage=None), [own]).code == "nothing_fits"
    assert decide(but(passed_items=("oats",)), [own]).code == "no_words", "nobody sells oats"


def test_limits_are_the_stores() -> None:
    strict = Limits(zone_p_min=0.95, caps=(Cap(per="person", limit=1),))
    assert decide(GOOD, ONE, strict).code == "unsure_where"
    assert decide(but(zone_p=1.0, said=(said(),)), ONE, strict).code == "cap_messages"


def test_row_22_the_same_zone_in_another_stage_hears_something_else_or_nothing() -> None:
    """FEATURES 22."""
    staged = made(
        {"id": "choose", "when": {"field": "stage", "op": "is", "value": "weighing"}},
        {"id": "route", "when": {"field": "stage", "op": "is", "value": "purposeful"}},
    )
    found = {
        stage: decide(but(stage=stage, stage_p=StageP(**{stage: 0.9}), stage_gate=0.6), staged)
        for stage in STAGES
    }
    said = {stage: one.campaign for stage, one in found.items() if one.campaign}
    assert said == {"weighing": "choose", "purposeful": "route"}
    assert {one.code for stage, one in found.items() if stage not in said} == {"nothing_fits"}


@pytest.mark.parametrize(
    ("kind", "code"),
    [("guide", "sent"), ("help", "sent"), ("service", "sent"), ("reassure", "sent"),
     ("offer", "holdout"), ("inform", "holdout"), ("remind", "holdout"), ("delight", "holdout")],
)  # fmt: skip
def test_holdout_spares_promotion_and_help_still_reaches(kind: str, code: str) -> None:
    assert decide(but(holdout=True, surprises=True), made({"kind": kind})).code == code


@pytest.mark.parametrize(("code", "changes"), [("holdout", {"holdout": True}),
                                               ("control", {"controls": ("c1",)})])  # fmt: skip
def test_what_only_a_comparison_keeps_back_is_a_ghost_with_all_it_would_have_said(
    code: str, changes: dict[str, Any]
) -> None:
    ghost, sent = decide(but(**changes), ONE), decide(GOOD, ONE)
    assert (ghost.outcome, ghost.code, ghost.ghost, ghost.ghost_code) == ("ghost", code, "c1", code)
    told = {"outcome": "send", "code": "sent", "gates": (), "ghost": None, "ghost_code": None}
    assert msgspec.structs.replace(ghost, **told) == sent
    muted = decide(but(muted_topics=("wine",), **changes), ONE)
    assert (muted.outcome, muted.code, muted.ghost) == ("silent", "muted", None)


def test_a_ghost_is_one_a_visit_and_makes_room_for_the_next_best() -> None:
    """Help and service still reach who is spared promotion."""
    two = made({"usefulness": 0.9}, {"kind": "help", "topic": "help"})
    first = decide(but(holdout=True), two)
    assert (first.outcome, first.campaign, first.ghost) == ("send", "c2", "c1")
    again = decide(but(holdout=True, ghosted=("c1",)), two)
    assert (again.outcome, again.campaign, again.ghost) == ("send", "c2", None)
    assert decide(but(holdout=True, ghosted=("c1",)), two[:1]).outcome == "silent"
    worse = made({"usefulness": 0.4}, {"kind": "help", "topic": "help"})
    for explain in (False, True):
        assert decide(but(holdout=True), worse, explain=explain).ghost is None
    both = made({"usefulness": 0.9}, {"usefulness": 0.8})
    assert decide(but(holdout=True), both, explain=True).ghost == "c1"


def test_what_stops_the_best_does_not_hide_who_comes_after() -> None:
    """Two that cannot be kept back any more, one that is, and service, which is spared nothing."""
    four = made(
        {"usefulness": 0.9}, {"usefulness": 0.8}, {"usefulness": 0.7}, {"kind": "service"}
    )  # fmt: skip
    found = decide(but(holdout=True, ghosted=("c1", "c2"), controls=("c4",)), four)
    assert (found.outcome, found.campaign, found.code) == ("ghost", "c3", "holdout")
    found = decide(but(holdout=True, ghosted=("c1", "c2")), four)
    assert (found.outcome, found.campaign, found.ghost) == ("send", "c4", "c3")
    assert [one.campaign for one in found.gates] == ["c1"], "only the first no is told"


def test_of_many_that_are_shut_the_best_ones_reason_is_told() -> None:
    far = {"en": {"title": "T", "text": "{metres} m away.", "why": "Because you are here."}}
    four = made(
        {"usefulness": 0.9, "words": far, "near": "till"},
        {"usefulness": 0.8, "topic": "bread"},
        {"usefulness": 0.7, "topic": "bread", "when": {"field": "dwell_s", "op": ">", "value": 99}},
        {"usefulness": 0.6, "words": far, "near": "till"},
    )
    muted = but(muted_topics=("bread",))
    assert decide(muted, four).gates == (_no("no_words", "c1"),)
    assert decide(muted, four[1:]).gates == (_no("muted", "c2"),)
    assert decide(muted, four[2:]).gates == (_no("no_words", "c4"),), "c3 does not fit"


def _no(code: str, campaign: str) -> GateResult:
    return GateResult(code, ok=False, why=REASONS[code], campaign=campaign)


@pytest.mark.parametrize(
    ("moment", "only", "code"),
    [
        (GOOD, None, None),
        (but(bought_items=("riesling",)), None, "bought"),
        (but(may_message=False), None, "consent"),
        (but(fix_age_s=9.0), None, "stale"),
        (but(fix_age_s=9.0), {"bought", "consent"}, None),
        (but(fix_age_s=9.0, bought_items=("riesling",)), {"bought", "consent"}, "bought"),
        # Walked on, or just spoken to: no reason to take it back.
        (but(zone="bakery"), None, None),
        (but(said=(said(ago_s=1.0),)), None, None),
        (but(said=(said(ago_s=1.0),)), {"not_worth_it"}, "not_worth_it"),
        (but(owned_items=("riesling",)), None, "owned"),
        (but(owned_items=("riesling",), plain=True), None, None),
    ],
)
def test_row_47_every_gate_is_asked_again_before_it_goes_out(
    moment: ContextSnapshot, only: set[str] | None, code: str | None
) -> None:
    """FEATURES 47: what was bought between decision and send is not sent."""
    assert recheck(moment, ONE[0], only=only) == code


def test_the_propensity_is_logged_though_nothing_is_drawn() -> None:
    assert {decide(GOOD, ONE).propensity, decide(but(paused=True), ONE).propensity} == {1.0}


def test_explaining_asks_every_gate() -> None:
    two = made({}, {"usefulness": 0.4})
    snapshot = but(paused=True, fix_age_s=99.0, muted_topics=("wine",), holdout=True)
    decision = decide(snapshot, two, explain=True)
    assert (decision.outcome, decision.code) == ("silent", "paused")
    assert len(decision.gates) == len(SHOPPER_GATES) + 1 + 2 * len(CAMPAIGN_GATES)
    assert {(one.campaign, one.gate) for one in decision.gates if not one.ok} == {
        (None, "paused"),
        (None, "stale"),
        ("c1", "muted"),
        ("c1", "holdout"),
        ("c2", "muted"),
        ("c2", "holdout"),
    }
    assert [one.gate for one in decide(but(zone="bakery"), two, explain=True).gates][-1] == FITS


def test_explaining_a_message_shows_what_else_could_have_spoken() -> None:
    decision = decide(GOOD, made({}, {"usefulness": 0.4}), explain=True)
    assert decision.campaign == "c1"
    assert [one.campaign for one in decision.gates].count("c2") == len(CAMPAIGN_GATES)


MANY = made(
    {},
    {"kind": "help", "topic": "help", "usefulness": 0.7} | STAGED,
    {"kind": "offer", "topic": "bread", "usefulness": 0.9, "items": []},
    {"kind": "guide", "cap_per_visit": 3, "when": {"field": "dwell_s", "op": "<", "value": 50}},
    {"usefulness": 0.6, "near": "till", "caps": [{"per": "kind", "limit": 1, "hours": 1}]},
    {"usefulness": 0.8, "words": {"en": {"title": "T", "text": "{metres} m.", "why": "B"}}}
    | {"near": "till"},
)
RULES = MANY + made({"id": "ready", "kind": "service", "topic": "order", "usefulness": 0.3})
times = st.floats(0, 2000)
mostly = st.sampled_from([True] * 7 + [False])
rarely = st.sampled_from([False] * 7 + [True])
snapshots = st.builds(
    ContextSnapshot,
    at_s=times,
    may_locate=mostly,
    may_message=mostly,
    channel=st.sampled_from(["page", "page", "page", "push", None]),
    paused=rarely,
    holdout=st.booleans(),
    zone=st.sampled_from(["wine", "wine", "wine", "bakery", None]),
    zone_name=st.just("Wine"),
    zone_p=st.sampled_from([0.5, 0.79, 0.8, 0.9, 0.9, 1.0]),
    fix_age_s=st.sampled_from([0.0, 1.0, 1.0, 5.0, 9.0]),
    dwell_s=st.floats(0, 100),
    stage=st.sampled_from([None, *STAGES]),
    stage_p=st.builds(StageP, weighing=st.floats(0, 1)),
    stage_gate=st.none() | st.floats(0, 1),
    value=st.sampled_from([None, None, "price", "time", "quality"]),
    plain=st.booleans(),
    walks=st.sampled_from([(), (Walk("till", 12.0),)]),
    said=st.lists(
        st.builds(
            Said,
            campaign=st.sampled_from(["c1", "c2", "x"]),
            kind=st.sampled_from(["help", "guide"]),
            topic=st.just("t"),
            channel=st.sampled_from(["page", "push"]),
            at_s=times,
        ),
        max_size=4,
    ).map(tuple),
    muted_topics=st.sampled_from([(), (), ("wine",), ("help", "bread")]),
    bought_items=st.sampled_from([(), (), ("riesling",)]),
    visit_s=st.sampled_from([10.0, 400.0, 400.0]),
    controls=st.sampled_from([(), (), ("c2", "c4", "c5")]),
    ghosted=st.sampled_from([(), ("c1",), ("c2", "c3")]),
    paused_campaigns=st.sampled_from([(), (), ("c2",)]),
)


@pytest.mark.parametrize("field", ["campaign", "ghost"])
def test_in_the_moments_drawn_above_something_is_said_or_kept_back(field: str) -> None:
    without_shrinking = settings(phases=[Phase.generate], max_examples=2000, database=None)
    assert find(
        snapshots, lambda one: getattr(decide(one, MANY), field), settings=without_shrinking
    )


@given(snapshots)
@settings(max_examples=200, deadline=None)
def test_row_3_fast_and_explaining_agree_and_a_stored_snapshot_decides_the_same(
    snapshot: ContextSnapshot,
) -> None:
    fast, explained = decide(snapshot, RULES), decide(snapshot, RULES, explain=True)
    assert msgspec.structs.replace(explained, gates=fast.gates) == fast
    assert set(fast.gates) <= set(explained.gates)
    stored = msgspec.json.decode(msgspec.json.encode(snapshot), type=ContextSnapshot)
    again = msgspec.json.encode(decide(stored, RULES))
    assert again == msgspec.json.encode(fast)
    if fast.outcome == "silent":
        assert [one.gate for one in fast.gates if not one.ok] == [fast.code]


@given(snapshots)
@settings(max_examples=200, deadline=None)
def test_what_is_said_was_allowed(snapshot: ContextSnapshot) -> None:
    decision = decide(snapshot, MANY, LIMITS)
    if decision.outcome != "send":
        assert decision.code in {*GATES}
        assert (decision.campaign is None) == (decision.outcome == "silent")
        return
    assert snapshot.may_locate
    assert snapshot.may_message
    assert snapshot.channel is not None
    assert snapshot.zone_p >= 0.8
    assert snapshot.fix_age_s <= 5.0
    assert len(snapshot.said) < 3
    assert decision.topic not in snapshot.muted_topics
    assert not (snapshot.holdout and decision.kind in {"inform", "offer"})
    assert decision.worth > 0


names = st.lists(st.sampled_from(["riesling", "rye", "white-wine"]), max_size=2).map(tuple)
histories = st.fixed_dictionaries(
    {
        "first_visit": st.booleans(),
        **dict.fromkeys(
            [
                "owned_items",
                "owned_categories",
                "due_items",
                "due_categories",
                "returned_items",
                "disliked_items",
                "services_due",
            ],
            names,
        ),
        "said_before": st.lists(
            st.builds(
                Said,
                campaign=st.sampled_from(["c1", "x"]),
                kind=st.just("inform"),
                topic=st.just("wine"),
                channel=st.just("page"),
                at_s=times,
                categories=names,
            ),
            max_size=4,
        ).map(tuple),
        "weights": st.lists(st.builds(Weight, st.just("wine"), st.floats(0, 2)), max_size=1).map(
            tuple
        ),
        "evidence": st.integers(0, 9),
    }
)


def at_the_wine(clause: dict[str, Any]) -> dict[str, Any]:
    return {"when": {"all": [{"field": "zone", "op": "is", "value": "wine"}, clause]}}


DUE = made(
    at_the_wine({"field": "due_items", "op": "some", "value": True}) | {"usefulness": 0.9},
    at_the_wine({"field": "evidence", "op": ">=", "value": 3}) | {"kind": "help"},
    {"usefulness": 0.4},
)


@given(snapshots, histories)
@settings(max_examples=100, deadline=None)
def test_row_31_just_prices_and_stock_uses_no_history(
    snapshot: ContextSnapshot, history: dict[str, Any]
) -> None:
    """The decision is the same for any past: every field of it is masked."""
    assert set(history) == HISTORY_FIELDS
    plain = msgspec.structs.replace(snapshot, plain=True)
    told = decide(msgspec.structs.replace(plain, **history), DUE)
    assert told == decide(plain, DUE)
    assert not told.used
    assert masked(msgspec.structs.replace(plain, **history)) == masked(plain)


def test_the_mask_is_not_idle() -> None:
    due = but(due_items=("riesling",))
    assert decide(due, DUE).campaign == "c1"
    assert decide(msgspec.structs.replace(due, plain=True, visit_s=900.0), DUE).campaign == "c3"


def test_row_31_a_rule_that_asks_for_the_past_does_not_take_the_mask_for_an_answer() -> None:
    new = made(at_the_wine({"field": "first_visit", "op": "is", "value": True}))
    assert decide(GOOD, new).outcome == "send"
    assert decide(but(plain=True), new).code == "nothing_fits"

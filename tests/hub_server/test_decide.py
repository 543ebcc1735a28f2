"""The decision by tables: each gate at its edge, the choice, the explanation, and replay."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_server import campaigns
from hub_server.campaigns import Campaign
from hub_server.conditions import Clause, compiled
from hub_server.decide import (
    CAMPAIGN_GATES,
    FITS,
    GATES,
    LIMITS,
    NAG_FADES_S,
    REASONS,
    SHOPPER_GATES,
    Decision,
    GateResult,
    Limits,
    annoyance,
    decide,
    worth,
)
from hub_server.snapshot import STAGES, ContextSnapshot, Said, StageP
from store_maps import floor_map

MARKET = floor_map.load(Path(__file__).parent / "small_market.geojson")
NOW_S = 10_000.0
WORDS = {"en": {"title": "{zone_name}", "text": "A word.", "why": "Because you are here."}}
# Somebody who may be spoken to, about wine.
GOOD = ContextSnapshot(
    at_s=NOW_S,
    may_locate=True,
    may_message=True,
    channel="page",
    zone="wine",
    zone_name="Wine",
    zone_type="aisle",
    zone_p=0.9,
    level="L0",
    fix_age_s=1.0,
    dwell_s=40.0,
    stage="weighing",
    stage_p=StageP(weighing=0.6, engaged=0.4),
    visit_s=300.0,
)


def made(*entries: dict[str, Any]) -> tuple[Campaign, ...]:
    """Campaigns about wine that always fit there, changed by each entry."""
    whole = [
        {
            "id": f"c{index}",
            "kind": "inform",
            "topic": "wine",
            "words": WORDS,
            "when": {"field": "zone", "op": "is", "value": "wine"},
            "usefulness": 0.5,
            "items": ["riesling"],
            "categories": ["white-wine"],
        }
        | entry
        for index, entry in enumerate(entries, start=1)
    ]
    data = json.dumps({"format": "campaigns", "version": 1, "campaigns": whole}).encode()
    return campaigns.parse(data, MARKET)


STAGED = {"when": {"field": "stage_p", "of": "weighing", "op": ">=", "value": 0.1}}
ONE = made({})


def but(**changes: Any) -> ContextSnapshot:  # noqa: ANN401 - any field
    return msgspec.structs.replace(GOOD, **changes)


def said(
    kind: str = "help", campaign: str = "other", channel: str = "page", ago_s: float = 1000.0
) -> Said:
    return msgspec.convert(
        {
            "campaign": campaign,
            "kind": kind,
            "topic": "t",
            "channel": channel,
            "at_s": NOW_S - ago_s,
        },
        Said,
    )


def test_it_speaks_when_everything_is_right() -> None:
    decision = decide(GOOD, ONE)
    assert decision == Decision(
        outcome="send",
        code="sent",
        gates=decision.gates,
        campaign="c1",
        kind="inform",
        topic="wine",
        for_zone=None,
        title="Wine",
        text="A word.",
        why=(
            "Because you are here.",
            "For everyone who is here now.",
            "Not used: past purchases, who you are.",
            "We do not know you yet.",
        ),
        expires_at_s=NOW_S + 60.0,
        worth=0.5,
    )
    assert [result.gate for result in decision.gates] == list(GATES)
    assert all(result.ok and not result.why for result in decision.gates)


@pytest.mark.parametrize(
    ("code", "shut", "open_"),
    [
        ("consent", but(may_locate=False), GOOD),
        ("consent", but(may_message=False), GOOD),
        ("unreachable", but(channel=None), but(channel="push")),
        ("paused", but(paused=True), GOOD),
        ("quiet_zone", but(quiet_zone=True), GOOD),
        ("unsure_where", but(zone_p=0.79), but(zone_p=0.8)),
        ("unsure_where", but(zone=None), GOOD),
        ("wrong_place", but(doubted_zones=("wine",)), but(doubted_zones=("bakery",))),
        ("stale", but(fix_age_s=5.1), but(fix_age_s=5.0)),
        ("cap_push", but(channel="push", said=(said(channel="push"),)), but(channel="push")),
        (
            "cap_push",
            but(channel="push", said=(said(), said(channel="push"))),
            but(channel="page", said=(said(), said(channel="push"))),
        ),
        ("cap_messages", but(said=(said(),) * 3), but(said=(said(),) * 2)),
        ("nothing_fits", but(zone="bakery"), GOOD),
        ("bought", but(bought_items=("rye", "riesling")), but(bought_items=("rye",))),
        ("bought", but(bought_categories=("white-wine",)), but(bought_categories=("bread",))),
        ("muted", but(muted_topics=("wine",)), but(muted_topics=("bread",))),
        ("cap_same", but(said=(said(campaign="c1"),)), but(said=(said(campaign="c2"),))),
        ("holdout", but(holdout=True), GOOD),
        (
            "not_worth_it",
            but(said=(said(ago_s=NAG_FADES_S * 0.5),)),
            but(said=(said(ago_s=NAG_FADES_S),)),
        ),
    ],
)
def test_a_gate_at_its_edge(code: str, shut: ContextSnapshot, open_: ContextSnapshot) -> None:
    silent = decide(shut, ONE)
    assert (silent.outcome, silent.code) == ("silent", code)
    assert silent.gates[-1] == GateResult(
        code, ok=False, why=REASONS[code], campaign=silent.gates[-1].campaign
    )
    assert all(result.ok for result in silent.gates[:-1])
    assert not silent.text
    assert decide(open_, ONE).outcome == "send"


@pytest.mark.parametrize(
    ("stage", "stage_p", "entry", "code"),
    [
        ("weighing", StageP(weighing=0.5, engaged=0.5), STAGED, "sent"),
        ("weighing", StageP(weighing=0.49), STAGED, "unsure_stage"),
        (None, StageP(weighing=0.9), STAGED, "unknown_stage"),
        (None, StageP(), STAGED, "unknown_stage"),
        (None, StageP(), STAGED | {"for_zone": "bakery"}, "nothing_fits"),
        ("engaged", StageP(weighing=0.9), STAGED, "unsure_stage"),
        ("nonsense", StageP(weighing=0.9), STAGED, "unsure_stage"),
        (None, StageP(), {}, "sent"),
    ],
)
def test_only_a_stage_condition_needs_a_sure_stage(
    stage: str | None, stage_p: StageP, entry: dict[str, Any], code: str
) -> None:
    assert decide(but(stage=stage, stage_p=stage_p), made(entry)).code == code


@pytest.mark.parametrize(
    ("gate", "p", "code"),
    [
        (0.7, 0.7, "sent"),
        (0.7, 0.69, "unsure_stage"),
        (1.0, 0.99, "unsure_stage"),
        # No gate of a model goes below the store's own limit.
        (0.2, 0.49, "unsure_stage"),
        (0.2, 0.5, "sent"),
        (None, 0.5, "sent"),
    ],
)
def test_the_gate_is_the_models_for_this_stage(gate: float | None, p: float, code: str) -> None:
    moment = but(stage_p=StageP(weighing=p), stage_gate=gate)
    stored = msgspec.json.decode(msgspec.json.encode(moment), type=ContextSnapshot)
    assert decide(stored, made(STAGED)).code == code
    strict = Limits(stage_p_min=0.995)
    assert decide(moment, made(STAGED), strict).code == "unsure_stage"


@pytest.mark.parametrize(
    ("stages", "stage_p", "code"),
    [
        (["engaged", "weighing"], StageP(engaged=0.5, weighing=0.31), "sent"),
        (["engaged", "weighing"], StageP(engaged=0.5, weighing=0.29), "unsure_stage"),
        (["engaged"], StageP(engaged=0.69, weighing=0.31), "unsure_stage"),
        (["engaged", "checkout"], StageP(engaged=0.5, weighing=0.4), "unsure_stage"),
    ],
)
def test_a_condition_on_several_stages_asks_only_that_it_is_one_of_them(
    stages: list[str], stage_p: StageP, code: str
) -> None:
    """Six stages for messages: which of two that look alike it is need not be sure."""
    moment = but(stage="engaged", stage_p=stage_p, stage_gate=0.7)
    entry = {"when": {"field": "stage", "op": "in", "value": stages}}
    assert decide(moment, made(entry)).code == code


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_of_high_entropy_says_nothing(stage: str) -> None:
    """FEATURES 20: as likely as the next three together is no ground to act on, in any stage."""
    flat = StageP(**(dict.fromkeys(STAGES, 0.18 / 5) | {stage: 0.46, "engaged": 0.18}))
    when = {"field": "stage", "op": "is", "value": stage}
    entry = {"when": {"all": [when, {"field": "dwell_s", "op": ">=", "value": 30}]}}
    moment = but(stage=stage, stage_p=flat, stage_gate=0.1)
    assert decide(moment, made(entry)).code == "unsure_stage"


def test_the_same_zone_in_another_stage_hears_something_else_or_nothing() -> None:
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


STUCK = but(stage="stuck", stage_p=StageP(stuck=0.95), stage_gate=0.8, dwell_s=29.0)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "stuck_alone"),
        ({"channel": "push"}, "stuck_alone"),
        ({"dwell_s": 30.0}, "sent"),
        ({"waiting_s": 30.0}, "sent"),
    ],
)
def test_stuck_alone_never_speaks_even_where_no_file_was_checked(
    changes: dict[str, Any], code: str
) -> None:
    """A campaign that came past the check of its file, as one of an older version might."""
    (checked,) = made({})
    tree = Clause("stage", "is", "stuck")
    fits, staged = compiled(tree), {"condition": tree, "needs_stage": True}
    unchecked = msgspec.structs.replace(checked, fits=fits, **staged)
    assert decide(msgspec.structs.replace(STUCK, **changes), [unchecked]).code == code


def test_what_stuck_does_not_set_off_it_does_not_silence() -> None:
    entry = {"when": {"field": "stage", "op": "is_not", "value": "leaving"}}
    assert decide(STUCK, made(entry)).code == "sent"


def test_an_unknown_stage_is_one_reason_not_three() -> None:
    decision = decide(but(stage=None, dwell_s=0.0), made(STAGED), explain=True)
    assert [one.gate for one in decision.gates if not one.ok] == ["unknown_stage"]


@pytest.mark.parametrize(("kind", "code"), [("guide", "sent"), ("offer", "holdout")])
def test_holdout_spares_promotion_not_service(kind: str, code: str) -> None:
    assert decide(but(holdout=True), made({"kind": kind})).code == code


def test_a_campaign_may_be_said_as_often_as_its_cap() -> None:
    twice = made({"cap_per_visit": 2})
    assert decide(but(said=(said(campaign="c1"),)), twice).code == "sent"
    assert decide(but(said=(said(campaign="c1"),) * 2), twice).code == "cap_same"


def test_no_campaigns_is_silence() -> None:
    assert decide(GOOD, ()).code == "nothing_fits"


def test_limits_are_the_stores() -> None:
    strict = Limits(zone_p_min=0.95, messages_per_visit=1)
    assert decide(GOOD, ONE, strict).code == "unsure_where"
    assert decide(but(zone_p=1.0, said=(said(),)), ONE, strict).code == "cap_messages"


@pytest.mark.parametrize(
    ("entries", "snapshot", "chosen"),
    [
        ([{"usefulness": 0.4}, {"usefulness": 0.6}], GOOD, "c2"),
        # A kind already said annoys more: 0.5 - 0.2 is less than 0.45 - 0.1.
        ([{"kind": "help"}, {"usefulness": 0.45}], but(said=(said("help"),)), "c2"),
        # The same worth: the more useful one, though its kind was said before.
        (
            [{"kind": "inform", "usefulness": 0.5}, {"kind": "help", "usefulness": 0.6}],
            but(said=(said("help"),)),
            "c2",
        ),
        # All the same: the kind that was said longer ago, or never.
        (
            [{"kind": "help"}, {"kind": "inform"}],
            but(said=(said("inform", ago_s=900), said("help", ago_s=500))),
            "c2",
        ),
        (
            [{"kind": "help"}, {"kind": "inform"}],
            but(said=(said("help", ago_s=900), said("inform", ago_s=500))),
            "c1",
        ),
        # Nothing tells them apart: the id.
        ([{"id": "b"}, {"id": "a"}], GOOD, "a"),
        # The best one is shut for itself, the next one speaks.
        ([{"usefulness": 0.9, "topic": "bread"}, {}], but(muted_topics=("bread",)), "c2"),
    ],
)
def test_choosing_among_several(
    entries: list[dict[str, Any]], snapshot: ContextSnapshot, chosen: str
) -> None:
    assert decide(snapshot, made(*entries)).campaign == chosen
    assert decide(snapshot, made(*entries), explain=True).campaign == chosen


def test_silence_tells_the_reason_of_the_best() -> None:
    two = made({"usefulness": 0.9, "topic": "bread"}, {})
    snapshot = but(muted_topics=("bread",), bought_items=("riesling",))
    assert decide(snapshot, two).code == "bought"
    assert decide(but(muted_topics=("bread",), holdout=True), two).code == "muted"


@pytest.mark.parametrize(
    ("said_before", "cost"),
    [
        ((), 0.0),
        ((said(ago_s=0.0),), 1.1),
        ((said(ago_s=-5.0),), 1.1),
        ((said(ago_s=NAG_FADES_S / 2),), 0.6),
        ((said(ago_s=NAG_FADES_S),), 0.1),
        ((said(), said("inform")), 0.3),
        ((said("inform"), said("inform")), 0.4),
    ],
)
def test_annoyance_grows_with_what_was_said(said_before: tuple[Said, ...], cost: float) -> None:
    assert annoyance(but(said=said_before), "inform") == pytest.approx(cost)
    assert worth(but(said=said_before), ONE[0]) == pytest.approx(0.5 - cost)


def test_silence_wins_the_tie() -> None:
    # One inform said long ago costs 0.2, all that this is worth.
    assert decide(but(said=(said("inform"),)), made({"usefulness": 0.2})).code == "not_worth_it"


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


def test_explaining_a_message_shows_what_else_could_have_spoken() -> None:
    decision = decide(GOOD, made({}, {"usefulness": 0.4}), explain=True)
    assert decision.campaign == "c1"
    assert [one.campaign for one in decision.gates].count("c2") == len(CAMPAIGN_GATES)


def test_every_gate_has_a_sentence_and_every_sentence_a_use() -> None:
    assert set(REASONS) == {*GATES, "sent"}
    assert len(set(GATES)) == len(GATES)


def test_the_floor_page_names_every_passed_gate_by_what_was_right() -> None:
    page = Path(campaigns.__file__).with_name("web") / "src" / "floor" / "frame.ts"
    named = page.read_text().partition("const PASSED")[2].partition("};")[0]
    assert [line.strip().partition(":")[0] for line in named.splitlines()[1:]] == list(GATES)
    for sentence in REASONS.values():
        assert sentence.endswith(".")
        assert len(sentence) < 90


STAGE_GATES = {"unknown_stage", "unsure_stage", "stuck_alone"}


def test_every_gate_is_at_its_edge_above() -> None:
    marks = test_a_gate_at_its_edge.pytestmark  # type: ignore[attr-defined]  # parametrize's
    assert {code for code, *_ in marks[0].args[1]} | STAGE_GATES == set(GATES)


MANY = made(
    {},
    {"kind": "help", "topic": "help", "usefulness": 0.7} | STAGED,
    {"kind": "offer", "topic": "bread", "usefulness": 0.9, "items": []},
    {"kind": "guide", "cap_per_visit": 3, "when": {"field": "dwell_s", "op": "<", "value": 50}},
)
times = st.floats(0, 2000)
snapshots = st.builds(
    ContextSnapshot,
    at_s=times,
    may_locate=st.booleans() | st.just(True),
    may_message=st.booleans() | st.just(True),
    channel=st.sampled_from(["page", "page", "push", None]),
    paused=st.sampled_from([False, False, True]),
    holdout=st.booleans(),
    zone=st.sampled_from(["wine", "wine", "bakery", None]),
    zone_p=st.floats(0, 1) | st.just(0.9),
    fix_age_s=st.floats(0, 10),
    dwell_s=st.floats(0, 100),
    stage=st.sampled_from([None, *STAGES]),
    stage_p=st.builds(StageP, weighing=st.floats(0, 1)),
    stage_gate=st.none() | st.floats(0, 1),
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
    muted_topics=st.sampled_from([(), ("wine",), ("help", "bread")]),
    bought_items=st.sampled_from([(), ("riesling",)]),
)


@given(snapshots)
@settings(max_examples=400, deadline=None)
def test_fast_and_explaining_agree_and_a_stored_snapshot_decides_the_same(
    snapshot: ContextSnapshot,
) -> None:
    fast, explained = decide(snapshot, MANY), decide(snapshot, MANY, explain=True)
    assert msgspec.structs.replace(explained, gates=fast.gates) == fast
    assert set(fast.gates) <= set(explained.gates)
    stored = msgspec.json.decode(msgspec.json.encode(snapshot), type=ContextSnapshot)
    again = msgspec.json.encode(decide(stored, MANY))
    assert again == msgspec.json.encode(fast)
    first_no = next((one.gate for one in fast.gates if not one.ok), "sent")
    assert fast.code == first_no or first_no in {gate.code for gate in CAMPAIGN_GATES}


@given(snapshots)
@settings(max_examples=400, deadline=None)
def test_what_is_said_was_allowed(snapshot: ContextSnapshot) -> None:
    decision = decide(snapshot, MANY, LIMITS)
    if decision.outcome == "silent":
        assert decision.code in {*GATES}
        assert decision.campaign is None
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
    assert FITS in {one.gate for one in decision.gates}

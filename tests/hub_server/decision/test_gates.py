"""Each gate at its edge: the one moment that it shuts on, and the one beside that it lets pass."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub_server import campaigns
from hub_server.decide import GATES, REASONS, GateResult, decide
from hub_server.decision.choosing import NAG_FADES_S
from hub_server.decision.conditions import Clause, compiled, might
from hub_server.decision.gates import CAMPAIGN_GATES, EXEMPT
from hub_server.decision.limits import Limits
from hub_server.decision.snapshot import STAGES, ContextSnapshot, Reading, StageP, Walk
from tests.hub_server.wine_moment import GOOD, NOW_S, SALT, STAGED, but, made, said

NIGHT = Limits(quiet_from="21:00", quiet_to="09:30")
NOON = Limits(quiet_from="12:00", quiet_to="13:00")
WARM = {"when": {"field": "feed", "of": "weather.temperature_c", "op": ">=", "value": 28}}
NEAR = {"near": "bakery", "walk_m_max": 40.0}
DAY_BEFORE_S = 20 * 3600.0
CAPPED = {"caps": [{"per": "category", "limit": 1, "hours": 24}]}


def warm(age_s: float, name: str = "weather.temperature_c") -> tuple[Reading, ...]:
    return (Reading(name, 31.0, age_s, 600.0),)


def marks(*names: str) -> tuple[str, ...]:
    return tuple(campaigns.mark(name, SALT) for name in names)


SHOPPER_EDGES: list[tuple[str, ContextSnapshot, ContextSnapshot]] = [
    ("consent", but(may_locate=False), GOOD),
    ("consent", but(may_message=False), GOOD),
    ("killed", but(killed=True), GOOD),
    ("alone_today", but(alone_today=True), GOOD),
    ("paused", but(paused=True), GOOD),
    ("unreachable", but(channel=None), but(channel="push")),
    ("quiet_zone", but(quiet_zone=True), GOOD),
    ("unsure_where", but(zone_p=0.79), but(zone_p=0.8)),
    ("unsure_where", but(zone=None), GOOD),
    ("wrong_place", but(doubted_zones=("wine",)), but(doubted_zones=("bakery",))),
    ("stale", but(fix_age_s=5.1), but(fix_age_s=5.0)),
    ("nothing_fits", but(zone="bakery"), GOOD),
]
CAMPAIGN_EDGES: list[tuple[str, dict[str, Any], ContextSnapshot, ContextSnapshot]] = [
    ("campaign_paused", {}, but(paused_campaigns=("c1",)), but(paused_campaigns=("c2",))),
    ("not_yet", {"starts": "2026-09-21T14:13:21Z"}, GOOD, but(at_s=NOW_S + 1.0)),
    ("over", {"ends": "2026-09-21T14:13:20Z"}, GOOD, but(at_s=NOW_S - 0.1)),
    ("bought", {}, but(bought_items=("rye", "riesling")), but(bought_items=("rye",))),
    ("bought", {}, but(bought_categories=("white-wine",)), but(bought_categories=("bread",))),
    ("owned", {}, but(owned_items=("riesling",)), but(owned_items=("rye",))),
    ("owned", {}, but(owned_categories=("white-wine",)), but(owned_categories=("bread",))),
    ("returned", {}, but(returned_items=("riesling",)), but(returned_items=("rye",))),
    ("disliked", {}, but(disliked_items=("riesling",)), but(disliked_items=("rye",))),
    ("gift", {}, but(gift_marks=marks("riesling")), but(gift_marks=marks("rye"))),
    ("gift", {}, but(gift_marks=marks("white-wine")), but(gift_marks=marks("bread"))),
    ("sensitive", {"sensitive": True}, but(channel="push"), GOOD),
    (
        "sensitive",
        {"sensitive": True},
        but(channel="push"),
        but(channel="push", sensitive_ok=True),
    ),
    ("surprise", {"kind": "delight"}, GOOD, but(surprises=True)),
    ("muted", {}, but(muted_topics=("wine",)), but(muted_topics=("bread",))),
    ("out_of_stock", {}, but(out_items=("riesling",)), but(out_items=("rye",))),
    ("out_of_stock", {}, but(out_categories=("white-wine",)), but(out_categories=("bread",))),
    (
        "out_of_stock",
        {"categories": ["white-wine", "beer"]},
        but(out_categories=("beer", "white-wine")),
        but(out_categories=("white-wine",)),
    ),
    ("out_of_stock", {"kind": "service"}, but(out_categories=("white-wine",)), GOOD),
    (
        "stock_unknown",
        {"needs_stock": True},
        but(stock_unknown_items=("riesling",)),
        but(stock_unknown_items=("rye",)),
    ),
    ("too_far", NEAR, but(walks=(Walk("bakery", 40.1),)), but(walks=(Walk("bakery", 40.0),))),
    ("too_far", NEAR, but(walks=(Walk("till", 1.0),)), but(walks=(Walk("bakery", 40.0),))),
    ("feed_stale", WARM, but(feeds=warm(600.1)), but(feeds=warm(600.0))),
    ("feed_stale", WARM, but(feeds=warm(1.0, "weather.wind")), but(feeds=warm(1.0))),
    ("first_visit", {}, but(visit_s=299.9), but(visit_s=300.0)),
    ("first_visit", {}, but(visit_s=10.0), but(visit_s=10.0, first_visit=False)),
    ("checkout", {}, but(zone_type="checkout"), but(zone_type="service")),
    ("paid", {}, but(paid=True), GOOD),
    ("paid", {"kind": "offer"}, but(paid=True), GOOD),
    ("hurry", {}, but(intent="hurry"), but(intent="browse")),
    ("hurry", {}, but(minutes_left=10.0), but(minutes_left=None)),
    ("cap_messages", {}, but(said=(said(),) * 3), but(said=(said(),) * 2)),
    (
        "cap_messages",
        {},
        but(said_before=(said(ago_s=DAY_BEFORE_S),) * 6),
        but(said_before=(said(ago_s=DAY_BEFORE_S),) * 2),
    ),
    ("cap_push", {}, but(channel="push", said=(said(channel="push"),)), but(channel="push")),
    (
        "cap_push",
        {},
        but(channel="push", said=(said(), said(channel="push"))),
        but(channel="page", said=(said(), said(channel="push"))),
    ),
    (
        "cap_kind",
        {"kind": "offer", "usefulness": 0.9},
        but(said=(said("offer"),) * 2),
        but(said=(said("offer"),)),
    ),
    (
        "cap_category",
        {},
        but(said_before=(said(categories=["white-wine"]),) * 2),
        but(said_before=(said(categories=["white-wine"]),)),
    ),
    (
        "cap_category",
        CAPPED,
        but(said_before=(said(categories=["white-wine"]),)),
        but(said_before=(said(categories=["bread"]),)),
    ),
    ("cap_same", {}, but(said=(said(campaign="c1"),)), but(said=(said(campaign="c2"),))),
    (
        "cap_same",
        {"usefulness": 1.0},
        but(said_before=(said(campaign="c1", ago_s=6 * 86_400.0),) * 3),
        but(said_before=(said(campaign="c1", ago_s=6 * 86_400.0),) * 2),
    ),
    ("cap_same", {}, but(missed_campaigns=("c1",)), but(missed_campaigns=("c2",))),
    ("resting", {}, but(resting_campaigns=("c1",)), but(resting_campaigns=("c2",))),
    ("resting", {"kind": "service"}, but(resting_campaigns=("c1",)), GOOD),
    ("cap_offers", {"kind": "offer"}, but(offers_full=True), GOOD),
    (
        "not_worth_it",
        {},
        but(said=(said(ago_s=NAG_FADES_S * 0.5),)),
        but(said=(said(ago_s=NAG_FADES_S),)),
    ),
    (
        "no_words",
        {"words": {"en": {"title": "{zone_name}", "text": "A", "why": "B"}}},
        but(zone_name=""),
        GOOD,
    ),
]


@pytest.mark.parametrize(("code", "shut", "open_"), SHOPPER_EDGES)
def test_a_gate_on_the_shopper_at_its_edge(
    code: str, shut: ContextSnapshot, open_: ContextSnapshot
) -> None:
    silent = decide(shut, made({}))
    assert (silent.outcome, silent.code) == ("silent", code)
    assert silent.gates == (GateResult(code, ok=False, why=REASONS[code]),)
    assert not silent.text
    assert decide(open_, made({})).outcome == "send"


@pytest.mark.parametrize(("code", "entry", "shut", "open_"), CAMPAIGN_EDGES)
def test_a_gate_on_a_campaign_at_its_edge(
    code: str, entry: dict[str, Any], shut: ContextSnapshot, open_: ContextSnapshot
) -> None:
    silent = decide(shut, made(entry))
    assert (silent.outcome, silent.code) == ("silent", code)
    assert silent.gates == (GateResult(code, ok=False, why=REASONS[code], campaign="c1"),)
    assert decide(open_, made(entry)).outcome == "send"


def test_what_names_no_category_is_not_out_with_one() -> None:
    assert decide(but(out_categories=("beer",)), made({"categories": []})).outcome == "send"


@pytest.mark.parametrize(
    ("limits", "minute", "code"),
    [
        (NIGHT, 21 * 60 - 1, "sent"),
        (NIGHT, 21 * 60, "quiet_hours"),
        (NIGHT, 0, "quiet_hours"),
        (NIGHT, 9 * 60 + 29, "quiet_hours"),
        (NIGHT, 9 * 60 + 30, "sent"),
        (NOON, 12 * 60, "quiet_hours"),
        (NOON, 13 * 60, "sent"),
        (NOON, 11 * 60 + 59, "sent"),
        (NIGHT, None, "sent"),
        (Limits(quiet_from="21:00"), 22 * 60, "sent"),
        (Limits(), 3 * 60, "sent"),
    ],
)
def test_quiet_hours_are_the_stores_own_clock(
    limits: Limits, minute: int | None, code: str
) -> None:
    """A store whose map names no time zone has none."""
    assert decide(but(local_minute=minute), made({}), limits).code == code


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
def test_row_20_a_stage_of_high_entropy_says_nothing(stage: str) -> None:
    """FEATURES 20: as likely as the next three together is no ground to act on, in any stage."""
    flat = StageP(**(dict.fromkeys(STAGES, 0.18 / 5) | {stage: 0.46, "engaged": 0.18}))
    when = {"field": "stage", "op": "is", "value": stage}
    entry = {"when": {"all": [when, {"field": "dwell_s", "op": ">=", "value": 30}]}}
    moment = but(stage=stage, stage_p=flat, stage_gate=0.1)
    assert decide(moment, made(entry)).code == "unsure_stage"


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
    staged = {"condition": tree, "needs_stage": True, "might": might(tree)}
    unchecked = msgspec.structs.replace(checked, fits=compiled(tree), **staged)
    assert decide(msgspec.structs.replace(STUCK, **changes), [unchecked]).code == code


def test_what_stuck_does_not_set_off_it_does_not_silence() -> None:
    entry = {"when": {"field": "stage", "op": "is_not", "value": "leaving"}}
    assert decide(STUCK, made(entry)).code == "sent"


def test_an_unknown_stage_is_one_reason_not_three() -> None:
    decision = decide(but(stage=None, dwell_s=0.0), made(STAGED), explain=True)
    assert [one.gate for one in decision.gates if not one.ok] == ["unknown_stage"]


@pytest.mark.parametrize("changes", [{"intent": "hurry"}, {"minutes_left": 10.0}])
def test_row_15_who_has_ten_minutes_hears_of_list_way_and_help_only(
    changes: dict[str, Any],
) -> None:
    rows = {kind: made({"kind": kind}) for kind in ("guide", "help", "service", "inform", "offer")}
    heard = {kind for kind, one in rows.items() if decide(but(**changes), one).outcome == "send"}
    assert heard == {"guide", "help", "service"}
    (own_list,) = made({"kind": "remind"})
    own_list = msgspec.structs.replace(own_list, about="passed_items")
    told = decide(but(passed_items=("oats",), **changes), [own_list], explain=True)
    assert {one.gate: one.ok for one in told.gates}["hurry"]


def test_row_98_at_the_till_nothing_is_promoted_and_help_still_speaks() -> None:
    till = but(zone_type="checkout")
    found = {kind: decide(till, made({"kind": kind})).code for kind in ("offer", "inform", "help")}
    assert found == {"offer": "checkout", "inform": "checkout", "help": "sent"}


def test_after_the_receipt_nothing_is_promoted_and_help_and_the_list_still_speak() -> None:
    paid = but(paid=True)
    kinds = ("offer", "inform", "help", "service")
    found = {kind: decide(paid, made({"kind": kind})).code for kind in kinds}
    assert found == {"offer": "paid", "inform": "paid", "help": "sent", "service": "sent"}
    (own_list,) = made({"kind": "remind"})
    own_list = msgspec.structs.replace(own_list, about="passed_items")
    told = decide(but(paid=True, passed_items=("oats",)), [own_list], explain=True)
    assert {one.gate: one.ok for one in told.gates}["paid"]


@pytest.mark.parametrize("kind", ["help", "guide", "service"])
def test_row_69_a_first_visit_is_helped_from_its_first_second(kind: str) -> None:
    assert decide(but(visit_s=1.0), made({"kind": kind})).outcome == "send"


def test_service_is_about_what_the_shopper_has_and_exempt_from_caps_which_is_kept() -> None:
    entry = {"kind": "service", "usefulness": 0.9}
    full = but(
        said=(said(),) * 3, owned_items=("riesling",), bought_items=("riesling",),
        returned_items=("riesling",),
    )  # fmt: skip
    decision = decide(full, made(entry))
    passed = GateResult("cap_messages", ok=True, why=EXEMPT, campaign="c1")
    assert (decision.outcome, decision.exempt, decision.gates) == ("send", True, (passed,))
    assert passed in decide(full, made(entry), explain=True).gates


def test_every_gate_has_a_sentence_and_every_sentence_a_use() -> None:
    assert set(REASONS) == {*GATES, "sent", "called"}
    assert len(set(GATES)) == len(GATES)
    for sentence in REASONS.values():
        assert sentence.endswith(".")
        assert len(sentence) < 90


def test_every_gate_is_at_its_edge_above() -> None:
    elsewhere = {"quiet_hours", "unknown_stage", "unsure_stage", "stuck_alone"}
    compared = {"holdout", "control"}
    edges = {code for code, *_ in (*SHOPPER_EDGES, *CAMPAIGN_EDGES)}
    assert edges | elsewhere | compared == set(GATES)
    assert {gate.code for gate in CAMPAIGN_GATES} >= compared


def test_the_floor_page_names_every_passed_gate_by_what_was_right() -> None:
    page = Path(campaigns.__file__).with_name("web") / "src" / "floor" / "frame.ts"
    named = page.read_text().partition("const PASSED")[2].partition("};")[0]
    words = {line.strip().partition(":")[0] for line in named.splitlines()[1:] if ":" in line}
    assert words == set(GATES)

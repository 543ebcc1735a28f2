"""The same shelf and another person, mission or moment: what FEATURES asks of a decision, by row.

The corner market's own campaigns where they have what the row needs, campaigns about wine else.
"""

import functools
from typing import Any

import msgspec
import pytest

from hub_server import campaigns
from hub_server.campaigns import Campaign
from hub_server.decide import Decision, decide
from hub_server.decision.catalogue import FIELDS
from hub_server.decision.snapshot import (
    HISTORY_FIELDS,
    STAGES,
    ContextSnapshot,
    Reading,
    StageP,
    Walk,
    Weight,
)
from tests.hub_server.conftest import CAMPAIGNS, market
from tests.hub_server.wine_moment import GOOD, SALT, WORDS, but, made, said


@functools.cache
def rules() -> tuple[Campaign, ...]:
    floor_map, _, products, _ = market()
    return campaigns.parse(
        CAMPAIGNS.read_bytes(), floor_map, {one.item: one for one in products}, SALT
    )


def shelf(zone: str, **changes: Any) -> ContextSnapshot:  # noqa: ANN401 - any field
    """Somebody who has stood at a shelf of the corner market for half a minute."""
    at = {"zone": zone, "zone_name": zone, "dwell_s": 30.0, "visit_s": 600.0}
    return but(**at | changes)


def heard(decision: Decision) -> tuple[str, ...]:
    return (decision.campaign or "", decision.title, decision.text)


def test_row_1_the_same_path_under_four_missions_is_four_decisions() -> None:
    missions = ("self", "gift", "research", "hurry")
    found = {intent: decide(shelf("body-care", intent=intent), rules()) for intent in missions}
    assert len({heard(one) for one in found.values()}) == 4
    assert found["gift"].outcome == "send"


@pytest.mark.parametrize("zone", ["home-care", "body-care"])
def test_row_6_three_intents_at_one_shelf_and_nothing_about_it_on_the_lock_screen(
    zone: str,
) -> None:
    found = {
        intent: decide(shelf(zone, intent=intent), rules())
        for intent in ("gift", "research", "help")
    }
    assert len({heard(one) for one in found.values()}) == 3
    for one in found.values():
        assert one.outcome == "send"
        assert one.text not in one.lock_text
        assert zone not in one.lock_title + one.lock_text


def test_row_2_and_51_nothing_says_who_a_person_is() -> None:
    """No field of a snapshot or a condition is a demographic one, by name or by meaning."""
    who = ("age_", "sex", "gender", "income", "address", "postcode", "birth", "ethnic", "household")
    fields = [*ContextSnapshot.__struct_fields__, *FIELDS]
    assert not [name for name in fields if name.startswith(who) and name != "ages"]
    assert not [name for name in fields if name in {"age", "name", "phone", "shopper", "visit"}]


def test_row_3_with_context_only_there_is_more_to_say_than_with_history_only() -> None:
    """What an ablation says here: without the moment nothing fits, without the past much does."""
    zones = ("produce", "pasta", "snacks", "home-care", "body-care", "wine", "frozen")
    past = {"due_items": ("1047",), "services_due": ("brush-head",), "first_visit": False}
    context = [decide(shelf(zone), rules()).outcome for zone in zones]
    history = [decide(but(zone=None, stage=None, **past), rules()).outcome for _ in zones]
    assert context.count("send") > len(zones) // 2
    assert set(history) == {"silent"}
    known = decide(shelf("home-care", **past), rules())
    assert known.campaign == "new-brush-head", "both together: the past that fits the moment"
    assert known.used == ("services_due",)


def test_row_4_a_mission_that_changes_on_the_way_changes_the_next_decision() -> None:
    before, after = (
        decide(shelf("snacks", intent=intent), rules()) for intent in ("browse", "gift")
    )
    assert (before.campaign, after.campaign) == ("almonds", "gift-wrap")


def test_row_18_a_dead_feed_turns_its_rules_off_and_says_so() -> None:
    hot = (Reading("weather.temperature_c", 31.0, 10.0, 600.0),)
    dead = (Reading("weather.temperature_c", 31.0, 3_600.0, 600.0),)
    cool = (Reading("weather.temperature_c", 19.0, 10.0, 600.0),)
    (one,) = [rule for rule in rules() if rule.id == "cold-drinks"]
    near = shelf("produce", walks=(Walk(one.near or "", 12.0),))
    codes = [
        decide(msgspec.structs.replace(near, feeds=feeds), [one]).code
        for feeds in (hot, dead, (), cool)
    ]
    assert codes == ["sent", "feed_stale", "feed_stale", "nothing_fits"]


def test_row_20_the_action_may_be_to_call_staff_or_nothing() -> None:
    stuck = {"stage": "stuck", "stage_p": StageP(stuck=0.95), "stage_gate": 0.8}
    entry = {
        "kind": "help",
        "action": "call_staff",
        "when": {
            "all": [
                {"field": "stage", "op": "is", "value": "stuck"},
                {"field": "dwell_s", "op": ">=", "value": 45},
            ]
        },
    }
    decision = decide(but(dwell_s=60.0, **stuck), made(entry))
    assert (decision.outcome, decision.action) == ("send", "call_staff")
    assert decide(but(dwell_s=20.0, **stuck), made(entry)).outcome == "silent"


def test_row_24_what_lasts_is_not_offered_again_nor_anything_of_its_category() -> None:
    other = {"items": ["seat-2"], "categories": ["toilet-seats"]}
    bought = but(owned_items=("seat-1",), owned_categories=("toilet-seats",))
    for kind in ("guide", "help", "inform", "remind", "reassure", "delight", "offer"):
        assert decide(bought, made({**other, "kind": kind})).code == "owned"


def test_row_35_and_91_of_a_new_shopper_nothing_is_guessed() -> None:
    """The order is the store's prior, the decision rests on no past, and the words say so."""
    priors = made({"usefulness": 0.4}, {"usefulness": 0.6}, {"usefulness": 0.5})
    new = decide(but(first_visit=True), priors)
    assert (new.campaign, new.worth, new.used) == ("c2", 0.6, ())
    assert any("know you" in sentence for sentence in new.why)
    known = decide(but(first_visit=False, weights=(Weight("x", 2.0),), evidence=9), priors)
    assert not any("know you" in sentence for sentence in known.why)


def test_row_52_for_everyone_here_or_because_you() -> None:
    """The label is what the rule used: the place alone, or what the shopper said or did."""
    assert decide(GOOD, made({})).for_everyone
    because = {
        "when": {
            "all": [
                {"field": "zone", "op": "is", "value": "wine"},
                {"field": "due_items", "op": "has", "value": "riesling"},
            ]
        },
        "items": [],
        "categories": [],
    }
    known = decide(but(due_items=("riesling",), first_visit=False), made(because))
    assert (known.for_everyone, known.used) == (False, ("due_items",))
    assert not any("everyone" in sentence for sentence in known.why)


def test_row_87_what_is_out_is_never_offered_nor_what_was_counted_too_long_ago() -> None:
    offer = {"kind": "offer", "needs_stock": True}
    assert decide(but(out_items=("riesling",)), made(offer)).code == "out_of_stock"
    assert decide(but(stock_unknown_items=("riesling",)), made(offer)).code == "stock_unknown"
    assert decide(GOOD, made(offer)).outcome == "send"


def test_row_94_a_spread_stage_says_nothing_where_the_stage_counts() -> None:
    flat = StageP(**dict.fromkeys(STAGES, 1.0 / len(STAGES)))
    staged = made({"when": {"field": "stage", "op": "is", "value": "engaged"}})
    silent = [
        decide(but(stage="engaged", stage_p=flat, dwell_s=dwell_s), staged).outcome
        for dwell_s in (5.0, 20.0, 60.0, 300.0)
    ]
    assert set(silent) == {"silent"}


def test_row_95_inspire_then_compare_then_reassure() -> None:
    """The facet follows the stage: one campaign, three texts."""
    facets = {"exploring": "Inspire.", "weighing": "Compare.", "checkout": "Reassure."}
    variants = [
        {
            "when": {"field": "stage", "op": "is", "value": stage},
            "words": {"en": {**WORDS["en"], "text": text}},
        }
        for stage, text in facets.items()
    ]
    one = made({"kind": "help", "variants": variants})
    told = {
        stage: decide(but(stage=stage, stage_p=StageP(**{stage: 0.9})), one).text
        for stage in facets
    }
    assert told == facets
    unsure = but(stage=None, stage_p=StageP())
    assert decide(unsure, one).text == WORDS["en"]["text"]


def test_row_102_who_was_never_seen_before_gets_the_lanes_of_the_moment() -> None:
    """Nine in ten shoppers have no history: they hear what needs none, and never what does."""
    history = {one.id for one in rules() if one.uses_history - {"first_visit"}}
    zones = ("produce", "pasta", "snacks", "home-care", "body-care", "wine", "frozen", "bakery")
    spoken = [decide(shelf(zone), rules()) for zone in zones]
    assert sum(one.outcome == "send" for one in spoken) >= len(zones) - 1
    assert not {one.campaign for one in spoken} & history
    assert not {field for one in spoken for field in one.used} & (HISTORY_FIELDS - {"first_visit"})


def test_row_9_offers_give_way_once_they_have_had_their_share() -> None:
    two = made({"kind": "offer", "usefulness": 0.9}, {"kind": "help", "topic": "help"})
    assert decide(GOOD, two).kind == "offer"
    assert decide(but(offers_full=True), two).kind == "help"


def test_row_14_service_reaches_a_shopper_whose_messages_are_used_up() -> None:
    two = made({"usefulness": 0.9}, {"kind": "service", "topic": "order", "usefulness": 0.6})
    full = but(said=(said(), said(), said()))
    assert decide(full, two).kind == "service"


def test_row_16_a_message_says_until_when_it_is_true() -> None:
    decision = decide(GOOD, made({"expiry_s": 45.0}))
    assert decision.expires_at_s == pytest.approx(GOOD.at_s + 45.0)


def test_row_7_what_is_sensitive_stays_on_the_open_page() -> None:
    entry = {"sensitive": True}
    assert decide(but(channel="push"), made(entry)).code == "sensitive"
    shown = decide(GOOD, made(entry))
    assert shown.outcome == "send"
    assert "Wine" not in shown.lock_title + shown.lock_text
    opted_in = decide(but(channel="push", sensitive_ok=True), made(entry))
    assert opted_in.outcome == "send"
    assert msgspec.structs.asdict(opted_in)["lock_text"] == shown.lock_text

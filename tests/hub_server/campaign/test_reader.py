"""Campaign files: every fault is told at once, what is good is ready as written."""

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_server import campaigns
from hub_server.campaign.document import Document
from hub_server.campaigns import CampaignError
from hub_server.decision.snapshot import ContextSnapshot
from tests.hub_server.written_campaigns import (
    AT_WINE,
    MARKET,
    WHEN,
    WORDS,
    campaign,
    document,
    parsed,
    words,
)


def problems_of(data: bytes) -> list[tuple[str, str, str]]:
    with pytest.raises(CampaignError) as caught:
        campaigns.parse(data, MARKET)
    for problem in caught.value.problems:
        assert problem.line in str(caught.value)
        assert problem.value
        assert problem.who == "campaign author"
    return [(one.campaign, one.where, one.expected) for one in caught.value.problems]


def test_a_good_campaign_is_ready() -> None:
    (one,) = campaigns.parse(
        document(
            campaign(
                for_zone="wine",
                cap_per_visit=2,
                expiry_s=30,
                sponsor="Vineyard Ltd",
                items=["riesling"],
                categories=["white-wine"],
            )
        ),
        MARKET,
    )
    assert (one.id, one.kind, one.topic, one.for_zone_name) == ("wine-1", "inform", "wine", "Wine")
    assert (one.cap_per_visit, one.expiry_s, one.sponsor) == (2, 30.0, "Vineyard Ltd")
    assert one.items == {"riesling"}
    assert one.categories == {"white-wine"}
    assert one.fits(ContextSnapshot(at_s=0.0, zone="wine", dwell_s=20.0))
    assert not one.fits(ContextSnapshot(at_s=0.0, zone="bakery", dwell_s=20.0))
    assert not one.fits(ContextSnapshot(at_s=0.0, zone="wine", dwell_s=19.0))
    assert not one.needs_stage


@pytest.mark.parametrize(
    "when",
    [
        {"field": "stage", "op": "is", "value": "weighing"},
        {"not": {"field": "stage_p", "of": "engaged", "op": "<", "value": 0.5}},
    ],
)
def test_a_condition_on_the_stage_needs_the_stage(when: object) -> None:
    (one,) = campaigns.parse(document(campaign(when=when)), MARKET)
    assert one.needs_stage


def test_stuck_alone_is_refused_with_what_would_do() -> None:
    when = {"field": "stage", "op": "is", "value": "stuck"}
    with pytest.raises(CampaignError) as caught:
        campaigns.parse(document(campaign(when=when, for_zone="wine")), MARKET)
    assert str(caught.value) == (
        'campaign wine-1, when: {"field":"stage","op":"is","value":"stuck"}, expected dwell_s or '
        "waiting_s >= 30 beside the stage stuck, which never speaks by itself: it is too often "
        "wrong\ncampaign author must mend it"
    )
    (one,) = campaigns.parse(document(campaign(when={"all": [when, WHEN | {"value": 30}]})), MARKET)
    assert one.needs_stage


@pytest.mark.parametrize(
    ("kind", "promotional"),
    [
        ("guide", False),
        ("help", False),
        ("reassure", False),
        ("service", False),
        ("inform", True),
        ("remind", True),
        ("delight", True),
        ("offer", True),
    ],
)
def test_who_is_held_out_still_gets_service(kind: str, *, promotional: bool) -> None:
    (one,) = campaigns.parse(document(campaign(kind=kind)), MARKET)
    assert one.promotional is promotional


@pytest.mark.parametrize(
    ("changes", "where", "expected"),
    [
        ({"id": None}, "id", "a value"),
        ({"id": "no spaces"}, "id", "1 to 64 letters, digits"),
        ({"id": 7}, "id", "a text, not a whole number"),
        ({"kind": "nag"}, "kind", "one of delight, guide, help"),
        ({"topic": None}, "topic", "a value"),
        ({"age": 40}, "age", "no such field"),
        ({"usefulness": 0}, "usefulness", "a number, above 0"),
        ({"usefulness": 1.5}, "usefulness", "a number, at most 1"),
        ({"usefulness": "high"}, "usefulness", "a number, not a text"),
        ({"cap_per_visit": 4}, "cap_per_visit", "a whole number, at most 3"),
        ({"cap_per_visit": 0}, "cap_per_visit", "a whole number, at least 1"),
        ({"expiry_s": 121}, "expiry_s", "a number, at most 120"),
        ({"expiry_s": 1}, "expiry_s", "a number, at least 5"),
        ({"items": "riesling"}, "items", "a list, not a text"),
        ({"items": ["a", 1]}, "items[1]", "a text, not a whole number"),
        ({"sponsor": ""}, "sponsor", "a text that is not empty"),
        ({"sponsor": "Vineyard", "kind": "help"}, "sponsor", "no sponsor: paid placements"),
        ({"for_zone": "nowhere"}, "for_zone", "a leaf zone of the map"),
        ({"for_zone": "food"}, "for_zone", "a leaf zone of the map"),
        ({"for_zone": "pharmacy"}, "for_zone", "no sensitive zone"),
        ({"for_zone": "wc"}, "for_zone", "no sensitive zone"),
        ({"words": {}}, "words", "an object in braces that is not empty"),
        ({"words": {"english": WORDS["en"]}}, "words", "a language as two small letters"),
        ({"words": {"en": {"title": "a", "text": "b"}}}, "words[...]", "why in it"),
        ({"words": words(title="")}, "words[...].title", "a text that is not empty"),
        ({"words": words(text="{first_name}")}, "words.en.text", "only the slots {store_name}"),
        ({"words": words(text="{}")}, "words.en.text", "only the slots"),
        ({"words": words(text="{dwell_s!r}")}, "words.en.text", "only the slots"),
        ({"words": words(text="{dwell_s:>999}")}, "words.en.text", "only the slots"),
        ({"words": words(text="{dwell_s.real}")}, "words.en.text", "only the slots"),
        ({"words": words(why="Because {")}, "words.en.why", "paired braces"),
        ({"words": words(title="x" * 49)}, "words.en.title", "at most 48 characters"),
        ({"words": words(title="Right at {zone_name}")}, "words.en.title", "it has 49"),
        ({"rev": 0}, "rev", "a whole number, at least 1"),
        ({"action": "shout"}, "action", "one of call_staff, say"),
        ({"about": "owned_items"}, "about", "one of due_items, leaving_without"),
        ({"privacy": "none"}, "privacy", "one of neutral, open"),
        ({"buttons": ["buy"]}, "buttons[0]", "one of add_to_list, bring_it"),
        ({"buttons": ["call_staff"] * 3}, "buttons", "a list of at most 2 entries"),
        ({"caps": [{"per": "zone", "limit": 1}]}, "caps[0].per", "one of campaign, category"),
        ({"caps": [{"per": "kind", "limit": 0}]}, "caps[0].limit", "a whole number, at least 1"),
        ({"control_share": 0.6}, "control_share", "a number, at most 0.5"),
        ({"near": "wine", "walk_m_max": 0}, "walk_m_max", "a number, above 0"),
        ({"variants": [{"words": WORDS}]}, "variants[0]", "when in it"),
        (
            {"variants": [{"when": WHEN | {"value": -1}, "words": WORDS}]},
            "variants[0].when.value",
            "0 to 86400",
        ),
        ({"words": words(text="x" * 181)}, "words.en.text", "at most 180 characters"),
        ({"words": words(why="x" * 141)}, "words.en.why", "at most 140 characters"),
        ({"when": None}, "when", "a value"),
        ({"when": [WHEN]}, "when", "an object in braces, not a list"),
        ({"when": {**WHEN, "field": "income"}}, "when.field", "who a person is"),
        ({"when": {**WHEN, "value": -1}}, "when.value", "0 to 86400"),
        (
            {"for_zone": "wine", "when": {"field": "zone", "op": "is", "value": "bakery"}},
            "when",
            "a range that can come true",
        ),
    ],
)
def test_a_bad_campaign_is_refused(changes: dict[str, Any], where: str, expected: str) -> None:
    (found,) = problems_of(document(campaign(**changes)))
    assert found[1] == where
    assert expected in found[2]


def test_every_fault_of_every_campaign_is_told() -> None:
    data = document(
        campaign(kind="nag", usefulness=7, words=words(text="{who}")),
        "not a campaign",
        campaign(topic=None),
        campaign(id=None),
        campaign(id="fine"),
    )
    assert [(name, where) for name, where, _ in problems_of(data)] == [
        ("wine-1", "kind"),
        ("wine-1", "usefulness"),
        ("wine-1", "words.en.text"),
        ("#2", "campaign"),
        ("wine-1", "topic"),
        ("wine-1", "id"),
        ("#4", "id"),
    ]


def test_a_bad_field_hides_no_other_fault() -> None:
    """Every fault in one go: the condition is held against its rules though a field is bad."""
    bad = campaign(
        rev=0,
        kind="offer",
        when={"all": [AT_WINE, {"field": "first_visit", "op": "is", "value": True}]},
        items=["9999"],
    )
    with pytest.raises(CampaignError) as caught:
        parsed(bad)
    assert [one.where for one in caught.value.problems] == ["rev", "items", "when"]


def test_version_1_has_the_fields_it_had() -> None:
    with pytest.raises(CampaignError) as caught:
        parsed(campaign(rev=2, near="wine"), version=1)
    assert [(one.where, one.expected) for one in caught.value.problems] == [
        ("control_share", "no such field"),
        ("near", "no such field"),
        ("rev", "no such field"),
    ]


@pytest.mark.parametrize(
    ("changes", "needs_stock"),
    [
        ({"kind": "offer", "items": ["1053"]}, True),
        ({"kind": "offer", "items": ["1053"], "needs_stock": False}, False),
        ({"kind": "offer"}, False),
        ({"items": ["1053"]}, False),
        ({"items": ["1053"], "needs_stock": True}, True),
    ],
)
def test_an_offer_is_of_what_is_there(changes: dict[str, Any], *, needs_stock: bool) -> None:
    """Row 87, the campaign's side."""
    (one,) = parsed(campaign(**changes))
    assert one.needs_stock is needs_stock


def test_what_it_is_about_is_looked_up() -> None:
    (one,) = parsed(
        campaign(
            items=["1054", "1053"],
            categories=["wine"],
            near="1056",
            when={"all": [WHEN, {"field": "bought_items", "op": "has_none", "value": ["1055"]}]},
        )
    )
    assert one.named_items == ("1054", "1053")
    assert one.price == 8.9
    assert (one.near_name, one.names) == ("Grape juice, alcohol-free", {"1055": "Sparkling rosé"})
    assert one.digests == {
        campaigns.mark(text, b"a salt of sixteen")
        for text in ("1054", "1053", "wine", "1056", "juice")
    }
    assert campaigns.mark("wine", b"another salt here") not in one.digests
    (nothing,) = parsed(campaign())
    assert (nothing.price, nothing.near_name) == (None, "")


def test_two_campaigns_of_one_id_are_refused() -> None:
    (found,) = problems_of(document(campaign(), campaign()))
    assert found == ("wine-1", "id", "an id that no other campaign has")


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"{", "file"),
        (b"\xff\xfe", "file"),
        (b"[" * 100_000, "file"),
        (b" " * (campaigns.FILE_BYTES_MAX + 1), "file"),
        (b"[]", "file"),
        (b'{"format": "floor-map", "version": 1}', "file"),
        (b'{"format": "campaigns", "version": 3, "campaigns": []}', "file"),
        (b'{"format": "campaigns", "version": [], "campaigns": []}', "file"),
        (b'{"format": "campaigns", "version": 1, "campaigns": {}}', "campaigns"),
        (b'{"format": "campaigns", "version": 1}', "campaigns"),
    ],
)
def test_another_file_is_refused(data: bytes, where: str) -> None:
    (found,) = problems_of(data)
    assert found[:2] == ("*", where)


def test_an_empty_document_says_nothing() -> None:
    assert campaigns.parse(document(), MARKET) == ()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.integers(-(2**70), 2**70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


FIELDS = sorted(Document.__struct_fields__)


@given(st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=3))
@settings(max_examples=200, deadline=None)
def test_any_json_is_campaigns_or_a_list_of_problems(changes: dict[str, Any]) -> None:
    with contextlib.suppress(CampaignError):
        campaigns.parse(document(campaign() | changes), MARKET)


@given(st.binary())
def test_any_bytes_are_campaigns_or_a_list_of_problems(data: bytes) -> None:
    with pytest.raises(CampaignError):
        campaigns.parse(data, MARKET)

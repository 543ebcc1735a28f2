"""What a campaign may not be, whatever its author meant: each refusal with its rule."""

from typing import Any

import pytest

from hub_server.campaign.checks import CONTEXT_FIELDS, EMPTY_FIELDS, SEGMENT_FIELDS, unix_s
from hub_server.campaigns import notices
from hub_server.decision.catalogue import FIELDS
from tests.hub_server.written_campaigns import (
    AT_WINE,
    WHEN,
    WORDS,
    campaign,
    fault_of,
    one,
    parsed,
    problems_of,
    words,
)

NEW = {"field": "first_visit", "op": "is", "value": True}
GIFT = {"field": "intent", "op": "is", "value": "gift"}
DUE = {"field": "due_items", "op": "has", "value": "1047"}
CHEAP = {"field": "value", "op": "is", "value": "price"}


@pytest.mark.parametrize(
    "when",
    [
        NEW,
        GIFT,
        {"field": "for_whom", "op": "is", "value": "child"},
        {"all": [NEW, GIFT]},
        {"all": [DUE, {"field": "messages_count", "op": "<=", "value": 3}]},
        {"any": [AT_WINE, NEW]},
        {"not": {"all": [AT_WINE, NEW]}},
        {"not": {"any": [AT_WINE, NEW]}},
        {"not": NEW},
    ],
)
def test_a_segment_is_nobody_to_write_to(when: dict[str, Any]) -> None:
    """Row 2: who somebody is, was or says to be, without the moment, is refused."""
    where, expected = fault_of(when=when)
    assert where == "when"
    assert "a segment" in expected


@pytest.mark.parametrize("field", ["age", "sex", "income", "address", "nationality"])
def test_who_a_person_is_is_no_field(field: str) -> None:
    """Rows 2 and 51: the condition that would be demographic cannot be written."""
    where, expected = fault_of(when={"field": field, "op": "is", "value": "x"})
    assert where == "when.field"
    assert "who a person is" in expected


@pytest.mark.parametrize(
    ("when", "more"),
    [
        ({"all": [AT_WINE, NEW]}, {}),
        ({"any": [{"all": [AT_WINE, NEW]}, {"all": [WHEN, GIFT]}]}, {}),
        ({"not": {"not": AT_WINE}}, {}),
        (NEW, {"for_zone": "wine"}),
        (NEW, {"about": "wanted_items"}),
    ],
)
def test_with_the_moment_beside_it_it_may_ask_who(when: Any, more: dict[str, Any]) -> None:  # noqa: ANN401
    assert one(when=when, **more).uses


def test_due_things_are_the_past_and_no_moment() -> None:
    assert fault_of(when=NEW, about="due_items")[0] == "when"


def test_every_field_is_context_segment_or_nothing() -> None:
    assert set(FIELDS) == CONTEXT_FIELDS | (SEGMENT_FIELDS | EMPTY_FIELDS) & set(FIELDS)


@pytest.mark.parametrize("personal", [DUE, CHEAP, NEW])
def test_an_offer_is_for_whoever_stands_there(personal: dict[str, Any]) -> None:
    """DESIGN: no price by person."""
    where, expected = fault_of(kind="offer", when={"all": [AT_WINE, personal]})
    assert where == "when"
    assert "no price by person" in expected


def test_nor_may_a_variant_of_an_offer_ask_who() -> None:
    found = fault_of(kind="offer", variants=[{"when": CHEAP, "words": WORDS}])
    assert "no price by person" in found[1]


@pytest.mark.parametrize(
    "text",
    [
        "Now 1.20.",
        "20 % off.",
        "Half price on Monday.",
        "A voucher is at the till.",
        "Gratis dazu.",
    ],
)
def test_no_amount_stands_beside_a_condition_on_the_past(text: str) -> None:
    found = fault_of(kind="remind", when={"all": [AT_WINE, DUE]}, words=words(text=text))
    assert found[0] == "words.en.text"
    assert "no price by person" in found[1]


def test_the_shelfs_own_price_may() -> None:
    found = one(
        kind="remind",
        when={"all": [AT_WINE, DUE]},
        words=words(text="{price} on the shelf."),
        items=["1047"],
    )
    assert found.uses_history == {"due_items"}


def test_a_variant_is_a_tone_and_never_another_price() -> None:
    base = words(text="5.00 instead of 6.40.")
    same = [{"when": GIFT, "words": words(text="Wrapped, 5,00.")}]
    assert one(kind="offer", words=base, variants=same)
    cheaper = [{"when": GIFT, "words": words(text="Wrapped, 4.00.")}]
    where, expected = fault_of(kind="offer", words=base, variants=cheaper)
    assert (where, expected) == (
        "variants[0].words.en.text",
        "the amounts of `words`: a variant is a tone, never another price",
    )


@pytest.mark.parametrize("kind", ["inform", "remind", "delight", "offer"])
def test_promotion_without_a_control_is_refused(kind: str) -> None:
    """Row 77."""
    for share in (None, 0.0):
        where, expected = fault_of(kind=kind, control_share=share)
        assert where == "control_share"
        assert "no_control_because" in expected


def test_the_override_is_told_at_each_start() -> None:
    """Row 77: override logged."""
    because = "the law asks that everybody is told"
    found = parsed(
        campaign(control_share=None, no_control_because=because),
        campaign(id="fine"),
        campaign(id="way", kind="guide", control_share=None),
    )
    assert notices(found) == (
        f"campaign wine-1 has no control, so no effect of it can be shown: {because}",
    )


def test_version_1_had_no_control_which_is_told_too() -> None:
    (old,) = parsed(campaign(control_share=None), version=1)
    assert "version 1" in notices((old,))[0]
    assert problems_of(campaign(), version=1) == [("control_share", "no such field")]


def test_a_share_and_a_reason_against_it_do_not_go_together() -> None:
    assert fault_of(no_control_because="some reason")[0] == "no_control_because"


@pytest.mark.parametrize("kind", ["guide", "help", "remind", "reassure", "service"])
def test_nobody_pays_for_help(kind: str) -> None:
    where, expected = fault_of(kind=kind, sponsor="Vineyard")
    assert where == "sponsor"
    assert "paid placements never" in expected


@pytest.mark.parametrize(
    ("changes", "where", "expected"),
    [
        ({"near": "pharmacy"}, "near", "no sensitive zone"),
        ({"near": "nowhere"}, "near", "a leaf zone of the map or an item of the products"),
        ({"items": ["1047", "9999"]}, "items", "an item of the products"),
        ({"categories": ["cars"]}, "categories", "a category of the products"),
        (
            {"when": {"all": [WHEN, {"field": "bought_items", "op": "has", "value": "9999"}]}},
            "when, bought_items",
            "an item of the products",
        ),
        (
            {
                "when": {
                    "all": [
                        WHEN,
                        {"field": "bought_categories", "op": "has_none", "value": ["fruit", "x"]},
                    ]
                }
            },
            "when, bought_categories",
            "a category of the products",
        ),
        ({"safety": True}, "safety", "only with kind service"),
        ({"walk_m_max": 10}, "walk_m_max", "a walk leads somewhere"),
        ({"about": "wanted_items", "items": ["1047"]}, "about", "they are the moment's own"),
        ({"needs_stock": True}, "needs_stock", "items, or about, beside it"),
        ({"buttons": ["bring_it"]}, "buttons", "items, or about"),
        ({"buttons": ["add_to_list"]}, "buttons", "items, or about"),
        ({"buttons": ["route"]}, "buttons", "near, for_zone or items beside route"),
        ({"privacy": "open", "sensitive": True}, "privacy", "neutral"),
        ({"privacy": "open", "items": ["1067"]}, "privacy", "neutral"),
        ({"privacy": "open", "categories": ["medicine"]}, "privacy", "neutral"),
        ({"privacy": "open", "near": "1067"}, "privacy", "neutral"),
        ({"starts": "2026-12-01T08:00:00"}, "starts", "RFC 3339 with an offset"),
        ({"ends": "tomorrow"}, "ends", "RFC 3339 with an offset"),
        ({"ends": "9999-12-31T23:59:59-23:59"}, "ends", "RFC 3339 with an offset"),
        (
            {"starts": "2026-12-02T08:00:00+01:00", "ends": "2026-12-02T07:00:00Z"},
            "ends",
            "later than starts",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    changes: dict[str, Any], where: str, expected: str
) -> None:
    found = fault_of(**changes)
    assert found[0] == where
    assert expected in found[1]


def test_without_products_items_are_not_checked() -> None:
    (found,) = parsed(campaign(items=["9999"], categories=["cars"]), sold=None)
    assert found.items == {"9999"}


def test_what_goes_together_is_taken() -> None:
    found = one(
        kind="service",
        safety=True,
        near="wine",
        walk_m_max=30,
        items=["1053"],
        needs_stock=True,
        buttons=["route", "bring_it"],
        starts="2026-12-01T08:00:00+01:00",
        ends="2026-12-02T08:00:00Z",
        control_share=None,
    )
    assert found.exempt
    assert found.safety
    assert found.starts_s == unix_s("2026-12-01T07:00:00Z")
    assert (found.runs(found.starts_s or 0.0), found.runs(0.0)) == (True, False)
    assert not found.runs(found.ends_s or 0.0)
    assert one().runs(0.0)


def test_a_control_is_large_enough_to_show_something() -> None:
    """Row 77: one in ten thousand is no control."""
    where, expected = fault_of(kind="offer", control_share=0.0001)
    assert (where, expected) == ("control_share", "0.01 or more: fewer show nothing")
    assert one(kind="offer", control_share=0.01).control_share == 0.01


@pytest.mark.parametrize("text", ["€{price} here", "{price} € here", "CHF {price}", "{price} Euro"])
def test_a_price_brings_its_currency_along(text: str) -> None:
    """Else it stands there twice."""
    where, expected = fault_of(words=words(text=text), items=["1053"])
    assert (where, expected) == (
        "words.en.text",
        "{price} alone: the hub's `currency` stands in it",
    )
    assert one(words=words(text="{price} a bottle"), items=["1053"])

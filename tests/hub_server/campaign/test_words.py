"""What is said, and what is said of it: language, tone, the lock screen, used and not used."""

from typing import Any

import msgspec
import pytest

from hub_server.campaign.sources import (
    LINES,
    PAST_FIELDS,
    SAID_AS,
    SOURCE_OF,
    is_for_everyone,
    sources,
)
from hub_server.campaigns import can_speak, speak, target_of
from hub_server.decision.catalogue import FIELDS
from hub_server.decision.snapshot import HISTORY_FIELDS, ContextSnapshot, Walk, Weight
from tests.hub_server.written_campaigns import AT_WINE, WHEN, WORDS, one, words

NEW = "We do not know you yet."
NOT_USED = "Not used: past purchases, who you are."
DUE = {"field": "due_items", "op": "has", "value": "1047"}
EVERYONE = "For everyone who stops here, not picked for you."


def here(**changes: Any) -> ContextSnapshot:  # noqa: ANN401 - any field
    usual = ContextSnapshot(at_s=0.0, zone="wine", zone_name="Wine", dwell_s=30.0)
    return msgspec.structs.replace(usual, **changes)


def why(snapshot: ContextSnapshot, **changes: Any) -> tuple[str, ...]:  # noqa: ANN401
    found = speak(one(**changes), snapshot)
    assert found is not None
    assert found.why[0] == "Because you are at Wine."
    return found.why[1:]


def test_every_field_of_a_condition_has_its_source() -> None:
    """A field that was added without saying what it is drawn from would make the why untrue."""
    assert set(SOURCE_OF) == set(FIELDS)
    assert HISTORY_FIELDS & set(FIELDS) == PAST_FIELDS
    for names in SAID_AS.values():
        assert set(names) == set(SOURCE_OF.values())
    assert {frozenset(lines) for lines in LINES.values()} == {frozenset(LINES["en"])}


@pytest.mark.parametrize(
    ("when", "everyone"),
    [
        (AT_WINE, True),
        ({"all": [AT_WINE, WHEN]}, True),
        ({"field": "feed", "of": "weather.temperature_c", "op": ">=", "value": 28}, True),
        ({"field": "out_items", "op": "has", "value": "1053"}, True),
        ({"field": "stage", "op": "is", "value": "weighing"}, False),
        ({"all": [AT_WINE, {"field": "intent", "op": "is", "value": "gift"}]}, False),
        ({"all": [AT_WINE, DUE]}, False),
    ],
)
def test_the_label_is_true_of_what_was_used(when: dict[str, Any], *, everyone: bool) -> None:
    """Row 52: mass customization is called that."""
    campaign = one(when=when)
    assert is_for_everyone(sources(campaign.uses)) is everyone
    found = speak(campaign, here())
    assert found is not None
    assert found.for_everyone is everyone
    assert (EVERYONE in found.why) is everyone
    assert any(line.startswith("Used: ") for line in found.why) is not everyone


def test_of_a_new_shopper_it_says_so() -> None:
    """Row 35."""
    assert why(here()) == (EVERYONE, NOT_USED, NEW)
    assert why(here(first_visit=False)) == (EVERYONE, NOT_USED)
    assert why(here(evidence=3)) == (EVERYONE, NOT_USED)


def test_what_a_gate_looked_at_is_not_called_unused() -> None:
    """Row 52: the past of a known shopper was read to leave out what they have."""
    known = here(first_visit=False)
    checked = (
        EVERYONE,
        "Past purchases: looked at only to leave out what you have.",
        "Not used: who you are.",
    )
    assert why(known, items=["1053"]) == checked
    assert why(known, categories=["wine"]) == checked
    assert why(here(), items=["1053"]) == (EVERYONE, NOT_USED, NEW)


def test_what_was_used_is_named_and_no_more_called_unused() -> None:
    when = {"all": [AT_WINE, DUE, {"field": "stage", "op": "is", "value": "engaged"}]}
    found = speak(one(when=when), here(first_visit=False, due_items=("1047",)))
    assert found is not None
    assert found.used == ("due_items",)
    assert found.why[1:] == (
        "Used: where you are, how this visit is going, past purchases.",
        "Not used: who you are.",
    )


def test_words_that_no_variant_displaced_rest_on_what_the_variants_asked() -> None:
    """Row 52: two at one shelf read different words by their past, so both are because of it."""
    due = {"field": "due_categories", "op": "has", "value": "wine"}
    tone = {"field": "intent", "op": "is", "value": "gift"}
    variants = [{"when": tone, "words": WORDS}, {"when": due, "words": WORDS}]
    campaign = one(kind="inform", variants=variants)
    for snapshot in (here(first_visit=False), here(due_categories=("wine",), first_visit=False)):
        worded = speak(campaign, snapshot)
        assert worded is not None
        assert worded.for_everyone is False
        assert worded.used == ("due_categories",)
    before_it = speak(campaign, here(intent="gift", due_categories=("wine",)))
    assert before_it is not None
    assert before_it.used == ()


def test_just_prices_and_stock_uses_no_past_and_says_so() -> None:
    """Row 31, the words of it."""
    plain = here(plain=True, first_visit=False)
    when = {"all": [AT_WINE, {"not": DUE}]}
    found = speak(one(when=when, items=["1053"]), plain)
    assert found is not None
    assert found.used == ()
    assert found.why[1:] == (
        EVERYONE,
        NOT_USED,
        "You chose just prices and stock: nothing of your past is read.",
    )


def test_answers_that_weighed_are_named() -> None:
    told = why(here(weights=(Weight("wine", 1.3),), evidence=4))
    assert told[0] == "Used: the length of this stop, your answers to earlier messages."
    assert why(here(weights=(Weight("bread", 1.3),), evidence=4))[0] == EVERYONE


def test_who_pays_is_named_in_the_language() -> None:
    assert why(here(), sponsor="Vineyard")[-1] == "Paid for by Vineyard."
    found = speak(one(sponsor="Vineyard"), here(language="de"))
    assert found is not None
    assert found.why[-1] == "Bezahlt von Vineyard."


@pytest.mark.parametrize(
    ("language", "title", "first"),
    [("en", "Wine", "Because"), ("de", "Wein", "Weil"), ("fr", "Wine", "Because")],
)
def test_words_in_the_shoppers_language(language: str, title: str, first: str) -> None:
    found = speak(one(), here(language=language))
    assert found is not None
    assert found.title == title
    assert found.why[0].startswith(first)


def test_a_language_of_which_we_know_no_standing_sentence_has_the_english_ones() -> None:
    found = speak(one(words={"fr": WORDS["en"]}), here(language="fr"))
    assert found is not None
    assert found.why[1] == EVERYONE
    assert found.lock_title == "A note for your visit"


TONES = [
    {
        "when": {"field": "intent", "op": "is", "value": intent},
        "words": {"en": {"title": title, "text": text, "why": "Because you said so."}},
    }
    for intent, title, text in [
        ("research", "The sheet tells more", "Ingredients and origin hang at the shelf's end."),
        ("gift", "Wrapped, with a receipt", "At the counter; the receipt names no price."),
        ("self", "Somebody has time", "Call our pharmacist to this shelf."),
    ]
]


@pytest.mark.parametrize(
    ("intent", "title"),
    [
        ("research", "The sheet tells more"),
        ("gift", "Wrapped, with a receipt"),
        ("self", "Somebody has time"),
        ("browse", "Wine"),
        (None, "Wine"),
    ],
)
def test_three_intents_on_one_shelf(intent: str | None, title: str) -> None:
    """Rows 6 and 66: info sheet, wrap and receipt, support; the lock screen tells nothing."""
    campaign = one(
        words=words(), variants=TONES, items=["1069"], buttons=["call_staff"], sensitive=True
    )
    found = speak(campaign, here(intent=intent))
    assert found is not None
    assert found.title == title
    assert (found.lock_title, found.lock_text) == ("A note for your visit", "Open it to read.")
    told = any(line.startswith("Used: ") and "you told us" in line for line in found.why)
    assert told is (intent is not None)


def test_a_sensitive_item_makes_its_campaign_sensitive() -> None:
    """Row 7: by products.csv, whatever the author forgot."""
    assert one(items=["1067"]).sensitive
    assert one(sensitive=True).sensitive
    assert one(categories=["medicine"]).sensitive
    assert not one(items=["1053"], categories=["wine"]).sensitive


def test_own_words_for_a_locked_phone() -> None:
    own = words(lock_title="A word of the store", lock_text="It can wait.")
    found = speak(one(words=own), here())
    assert found is not None
    assert (found.lock_title, found.lock_text) == ("A word of the store", "It can wait.")
    hidden = speak(one(words=own, sensitive=True), here())
    assert hidden is not None
    assert hidden.lock_title == "A note for your visit"


def test_an_open_text_stands_on_the_lock_screen_but_for_a_gift() -> None:
    campaign = one(privacy="open")
    found, gift = speak(campaign, here()), speak(campaign, here(intent="gift"))
    assert found is not None
    assert gift is not None
    assert (found.lock_title, found.lock_text) == ("Wine", "At Wine.")
    assert (gift.lock_title, gift.lock_text) == ("A note for your visit", "Open it to read.")


def test_where_it_leads() -> None:
    assert target_of(one(near="1053", for_zone="wine"), ()) == "1053"
    assert target_of(one(for_zone="wine"), ()) == "wine"
    assert target_of(one(about="wanted_items"), ("1017",)) == "1017"
    assert target_of(one(about="wanted_items"), ()) is None


def test_what_it_speaks_about_is_the_moments_own() -> None:
    campaign = one(about="wanted_items", walk_m_max=10)
    assert not can_speak(campaign, here())
    assert speak(campaign, here()) is None
    far = here(wanted_items=("1017", "1025"), walks=(Walk("1017", 11.0), Walk("1025", 9.0)))
    found = speak(campaign, far)
    assert found is not None
    assert found.items == ("1025",)
    assert can_speak(campaign, far)


def test_what_needs_nothing_special_can_always_speak() -> None:
    plain = {"title": "Wine", "text": "On the left.", "why": "Because you are here."}
    assert can_speak(one(words={"en": plain}), ContextSnapshot(at_s=0.0))
    assert not can_speak(one(), ContextSnapshot(at_s=0.0))


MILK, OAT_DRINK = "1017", "1018"


@pytest.mark.parametrize(
    ("value", "text", "items"),
    [
        ("price", "{product}", (MILK, OAT_DRINK)),
        ("price", "{price}", (MILK, OAT_DRINK)),
        ("quality", "{product}", (OAT_DRINK, MILK)),
        (None, "{product}", (OAT_DRINK, MILK)),
        # These words were written for the file's first.
        ("price", "Oat drink is here.", (OAT_DRINK, MILK)),
    ],
)
def test_who_goes_by_price_is_told_of_the_cheapest(
    value: Any,  # noqa: ANN401 - a literal of the snapshot's
    text: str,
    items: tuple[str, ...],
) -> None:
    """Row 33."""
    campaign = one(items=[OAT_DRINK, MILK], words=words(text=text))
    found = speak(campaign, here(value=value))
    assert found is not None
    assert found.items == items


def test_what_has_no_price_is_no_bargain() -> None:
    campaign = one(items=[OAT_DRINK, MILK], words=words(text="{product}"))
    goods = {
        **campaign.goods,
        OAT_DRINK: msgspec.structs.replace(campaign.goods[OAT_DRINK], price=None),
    }
    found = speak(msgspec.structs.replace(campaign, goods=goods), here(value="price"))
    assert found is not None
    assert found.items == (MILK, OAT_DRINK)

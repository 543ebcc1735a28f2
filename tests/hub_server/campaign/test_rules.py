"""Row 105: the rules that are in force, in plain words."""

from typing import Any

import pytest

from hub_server.campaign.rule_words import TONGUES
from hub_server.campaigns import SLOTS, rules
from hub_server.decision.catalogue import FIELDS, OPERATORS
from tests.hub_server.conftest import market
from tests.hub_server.written_campaigns import AT_WINE, WHEN, one, words

CASES: list[tuple[dict[str, Any], str, str]] = [
    (
        {"field": "zone", "op": "in", "value": ["wine", None]},
        "you are at Wine or not known",
        "Sie sind bei Wine oder unbekannt",
    ),
    (
        {"field": "zone", "op": "is_not", "value": "wine"},
        "you are not at Wine",
        "Sie sind nicht bei Wine",
    ),
    (
        {"field": "zone_type", "op": "not_in", "value": ["queue", "checkout"]},
        "you are not at the queue or the tills",
        "Sie sind nicht in der Schlange oder an der Kasse",
    ),
    ({"field": "level", "op": "is", "value": "L0"}, "you are on level L0", "Sie sind auf Ebene L0"),
    (
        {"field": "stage", "op": "is", "value": "weighing"},
        "it looks as if you are weighing things up",
        "es sieht so aus, als ob Sie abwägen",
    ),
    (
        {"field": "for_whom", "op": "is", "value": "child"},
        "you said that it is for a child",
        "Sie haben gesagt, es ist für ein Kind",
    ),
    (
        {"field": "value", "op": "is", "value": "price"},
        "you said that the price counts most",
        "Sie haben gesagt, am meisten zählt der Preis",
    ),
    (
        {"field": "waiting_for", "op": "is", "value": "order"},
        "you wait for an order",
        "Sie warten auf eine Bestellung",
    ),
    (
        {"field": "dwell_s", "op": ">", "value": 45},
        "you have been at this place for more than 45 seconds",
        "Sie sind seit mehr als 45 Sekunden an diesem Ort",
    ),
    (
        {"field": "visit_s", "op": "<", "value": 150},
        "you have been in the store for less than 2.5 minutes",
        "Sie sind seit weniger als 2,5 Minuten im Geschäft",
    ),
    (
        {"field": "local_minute", "op": "between", "value": [480, 605]},
        "it is between 08:00 and 10:05",
        "es ist zwischen 08:00 und 10:05 Uhr",
    ),
    (
        {"field": "stage_p", "of": "stuck", "op": "<=", "value": 0.35},
        "how sure it is that you are searching is at most 35 %",
        "wie sicher es ist, dass Sie suchen: höchstens 35 %",
    ),
    (
        {"field": "minutes_left", "op": ">=", "value": 10},
        "of the time you said you have, at least 10 minutes are left",
        "von der Zeit, die Sie genannt haben, bleiben mindestens 10 Minuten",
    ),
    (
        {"field": "feed", "of": "weather.temperature_c", "op": ">=", "value": 28},
        "the temperature outside is at least 28 °C",
        "die Temperatur draußen liegt bei mindestens 28 °C",
    ),
    (
        {"field": "feed", "of": "queue.people", "op": "<=", "value": 3},
        "queue.people is at most 3",
        "queue.people liegt bei höchstens 3",
    ),
    (
        {"field": "walk_m", "of": "bakery", "op": "<=", "value": 30},
        "Bakery is at most 30 m away",
        "bis Bakery sind es höchstens 30 m",
    ),
    (
        {"field": "wanted_items", "op": "has", "value": "1047"},
        "Toothpaste is open on your list",
        "auf Ihrer Liste ist offen: Toothpaste",
    ),
    (
        {"field": "bought_categories", "op": "has_none", "value": ["wine", "juice"]},
        "you have not bought wine or juice today",
        "Sie haben heute nichts davon gekauft: wine oder juice",
    ),
    (
        {"field": "passed_items", "op": "some", "value": False},
        "you walked past nothing on your list",
        "Sie sind an nichts von Ihrer Liste vorbeigegangen",
    ),
    (
        {"field": "visited_zone", "of": "bakery", "op": "is", "value": False},
        "you were not at Bakery in this visit",
        "Sie waren in diesem Besuch nicht bei Bakery",
    ),
    (
        {"not": {"any": [AT_WINE, WHEN]}},
        "it is not so that you are at Wine or you have been at this place for at least 20 seconds",
        "es stimmt nicht: Sie sind bei Wine oder Sie sind seit mindestens 20",
    ),
]


@pytest.mark.parametrize(("when", "english", "german"), CASES)
def test_a_condition_is_read_out(when: dict[str, Any], english: str, german: str) -> None:
    """Row 105."""
    campaign = one(when={"all": [when, AT_WINE]}) if "zone" not in str(when) else one(when=when)
    (in_english,) = rules([campaign], "en")
    (in_german,) = rules([campaign], "de")
    assert english in in_english.text
    assert german in in_german.text


def test_every_field_and_operator_can_be_read_out() -> None:
    """A catalogue that grows without words for it fails here."""
    by_kind = {"text": "choices", "number": "numbers", "set": "sets", "flag": "flags"}
    for tongue in TONGUES.values():
        for field in FIELDS.values():
            assert field.name in getattr(tongue, by_kind[field.kind])
            named = tongue.values.get(field.name, {})
            free = {"zone", "level"}
            silent = {"fitting_room", "restroom", "staff"}
            if field.choices is not None and field.name not in free:
                assert set(named) == set(field.choices) - silent
        assert set(tongue.slots) == set(SLOTS)
        assert {frozenset(one) for one in tongue.numbers.values()} == {
            frozenset(OPERATORS["number"])
        }
        assert {frozenset(one) for one in tongue.sets.values()} == {
            frozenset(OPERATORS["set"]) | {"none"}
        }


def test_parts_with_commas_are_parted_by_semicolons() -> None:
    places = {"field": "zone", "op": "in", "value": ["wine", "bakery", None]}
    (found,) = rules([one(when={"all": [places, WHEN, {"any": [AT_WINE]}]})], "en")
    assert found.text == (
        "When you are at Wine, Bakery or not known; you have been at this place for at least 20 "
        "seconds; and you are at Wine. Once a visit."
    )
    (short,) = rules([one(when={"all": [AT_WINE]})], "en")
    assert short.text == "When you are at Wine. Once a visit."


def test_a_rule_says_what_else_there_is_to_know() -> None:
    (found,) = rules(
        [
            one(
                about="wanted_items",
                words=words(title="{left_count} things"),
                cap_per_visit=2,
                ends="2026-12-24T14:00:00+01:00",
                sponsor="Vineyard",
            )
        ],
        "en",
    )
    assert found.text == (
        "When you have been at this place for at least 20 seconds, and something is open on your "
        "list. At most 2 times a visit. Until 2026-12-24."
    )
    assert found.title == "[how many] things"
    assert (found.kind, found.topic, found.sponsor) == ("inform", "wine", "Vineyard")
    assert not found.for_everyone


def test_in_another_language_it_is_english_with_the_first_title() -> None:
    (found,) = rules([one()], "fr")
    assert found.title == "Wine"
    assert found.text.startswith("When ")
    assert found.for_everyone


BOUGHT = {"field": "bought_items", "op": "has", "value": "1053"}
NOT_BOUGHT = {"field": "bought_categories", "op": "has_none", "value": ["wine"]}
GIFT = {"field": "intent", "op": "is", "value": "gift"}
NO_GIFT = {"field": "intent", "op": "is_not", "value": "gift"}
ON_LIST = {"field": "wanted_items", "op": "some", "value": True}
NO_LIST = {"field": "wanted_items", "op": "some", "value": False}
STUCK = {"field": "stage", "op": "is", "value": "weighing"}


@pytest.mark.parametrize(
    ("clauses", "for_everyone"),
    [
        ([AT_WINE, WHEN], True),
        ([AT_WINE, STUCK], True),
        ([AT_WINE, NOT_BOUGHT], True),
        ([AT_WINE, NO_GIFT], True),
        ([AT_WINE, NO_LIST], True),
        ([AT_WINE, {"not": GIFT}], True),
        ([AT_WINE, GIFT], False),
        ([AT_WINE, ON_LIST], False),
        ([AT_WINE, BOUGHT], False),
        ([AT_WINE, {"any": [GIFT, WHEN]}], False),
        ([AT_WINE, {"not": NO_GIFT}], False),
        ([AT_WINE, {"field": "first_visit", "op": "is", "value": True}], False),
    ],
)
def test_because_of_you_is_who_was_picked_and_not_who_was_left_out(
    clauses: list[dict[str, Any]], *, for_everyone: bool
) -> None:
    (found,) = rules([one(when={"all": clauses})], "en")
    assert found.for_everyone is for_everyone


def test_an_offer_for_everybody_this_week_is_for_everybody() -> None:
    """As the trial read it: only who came for a gift is left out."""
    found = {one.campaign: one for one in rules(market()[1], "en")}
    assert found["almonds"].for_everyone
    assert found["almonds"].text == (
        "When you are at Snacks & sweets or Offers of the week, you have been at this place for at "
        "least 12 seconds, and you did not say that this visit is for a gift. Once a visit."
    )
    because_of_you = {name for name, one in found.items() if not one.for_everyone}
    assert because_of_you == {
        "welcome",
        "somebody-comes",
        "passed-on-your-list",
        "on-the-way-out",
        "running-low",
        "gift-wrap",
        "new-brush-head",
    }

"""Row 105: the rules that are in force, in plain words."""

from typing import Any

import pytest

from hub_server.campaign.rule_words import TONGUES
from hub_server.campaigns import SLOTS, rules
from hub_server.decision.catalogue import FIELDS, OPERATORS
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
        "Sie sind an keinem Ort der Art Warteschlange oder Kasse",
    ),
    ({"field": "level", "op": "is", "value": "L0"}, "you are on level L0", "Sie sind auf Ebene L0"),
    (
        {"field": "stage", "op": "is", "value": "weighing"},
        "your visit looks like weighing things up",
        "Ihr Besuch sieht aus wie Abwägen",
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
        "your stay at this place is over 45 seconds",
        "Ihr Aufenthalt an diesem Ort: über 45 Sekunden",
    ),
    (
        {"field": "visit_s", "op": "<", "value": 150},
        "your visit so far is under 2.5 minutes",
        "Ihr Besuch bis jetzt: unter 2,5 Minuten",
    ),
    (
        {"field": "local_minute", "op": "between", "value": [480, 605]},
        "the time of day is between 08:00 and 10:05",
        "die Uhrzeit: 08:00 bis 10:05",
    ),
    (
        {"field": "stage_p", "of": "stuck", "op": "<=", "value": 0.35},
        "how sure it is that you are searching is at most 35 %",
        "wie sicher es Suchen ist: höchstens 35 %",
    ),
    (
        {"field": "minutes_left", "op": ">=", "value": 10},
        "what is left of the time you said you have is at least 10 minutes",
        "was von der Zeit bleibt, die Sie genannt haben: mindestens 10 Minuten",
    ),
    (
        {"field": "feed", "of": "weather.temperature_c", "op": ">=", "value": 28},
        "the temperature outside is at least 28 °C",
        "die Temperatur draußen: mindestens 28 °C",
    ),
    (
        {"field": "feed", "of": "queue.people", "op": "<=", "value": 3},
        "queue.people is at most 3",
        "queue.people: höchstens 3",
    ),
    (
        {"field": "walk_m", "of": "bakery", "op": "<=", "value": 30},
        "the walk to Bakery is at most 30 m",
        "der Weg zu Bakery: höchstens 30 m",
    ),
    (
        {"field": "wanted_items", "op": "has", "value": "1047"},
        "Toothpaste is among what is open on your list",
        "Toothpaste ist unter dem, was auf Ihrer Liste offen ist",
    ),
    (
        {"field": "bought_categories", "op": "has_none", "value": ["wine", "juice"]},
        "none of wine or juice is among what you bought today",
        "keines von wine oder juice ist unter dem, was Sie heute gekauft haben",
    ),
    (
        {"field": "passed_items", "op": "some", "value": False},
        "there is nothing among what is on your list and you walked past",
        "es gibt nichts unter dem von Ihrer Liste, woran Sie vorbeigegangen sind",
    ),
    (
        {"field": "visited_zone", "of": "bakery", "op": "is", "value": False},
        "you were not at Bakery in this visit",
        "Sie waren in diesem Besuch nicht bei Bakery",
    ),
    (
        {"not": {"any": [AT_WINE, WHEN]}},
        "it is not so that you are at Wine or your stay at this place is at least 20 seconds",
        "es gilt nicht: Sie sind bei Wine oder Ihr Aufenthalt an diesem Ort: mindestens 20",
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
        assert set(tongue.operators) == set(OPERATORS["number"])
        assert set(tongue.slots) == set(SLOTS)
        assert set(tongue.members) == set(OPERATORS["set"]) | {"none"}


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
        "When your stay at this place is at least 20 seconds; and there is something among what "
        "is open on your list. At most 2 times a visit. Until 2026-12-24."
    )
    assert found.title == "[how many] things"
    assert (found.kind, found.topic, found.sponsor) == ("inform", "wine", "Vineyard")
    assert not found.for_everyone


def test_in_another_language_it_is_english_with_the_first_title() -> None:
    (found,) = rules([one()], "fr")
    assert found.title == "Wine"
    assert found.text.startswith("When ")
    assert found.for_everyone

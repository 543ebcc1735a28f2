"""Row 81: the lint knows what creeps people out, and lets good texts be."""

import json
from pathlib import Path

import pytest

from hub_server.campaign.sources import LINES, SAID_AS
from hub_server.campaign.wording import lint
from hub_server.campaign.wording_rules import RULES
from hub_server.campaign.words import NEUTRAL

CREEPY_EN = [
    ("We saw you at the wine shelf.", "watched"),
    ("We noticed that nothing is in the cart yet.", "watched"),
    ("We\u2019ve seen this before.", "watched"),
    ("We know what you like.", "watched"),
    ("Our sensors show a long visit.", "watched"),
    ("Your location tells us the aisle.", "watched"),
    ("It looks like you cannot decide.", "guessing"),
    ("You seem unsure.", "guessing"),
    ("You are tired, so sit down.", "guessing"),
    ("You have been standing here for a while.", "standing"),
    ("You've been looking at the rings.", "standing"),
    ("Here for {dwell_s} seconds already.", "exact time"),
    ("After 45 seconds at the shelf.", "exact time"),
    ("Good for your skin.", "health and body"),
    ("Slim down by spring.", "health and body"),
    ("Made for diabetics.", "health and body"),
    ("Easy on your wallet.", "money"),
    ("If the branded one is more than one can afford.", "money"),
    ("Your wife will like it.", "family and person"),
    ("People like you choose this one.", "family and person"),
    ("Happy anniversary: your birthday is near.", "family and person"),
    ("Because you are rich.", "who somebody is"),
    ("For ladies", "who somebody is"),
    ("Because you are a woman.", "who somebody is"),
    ("You walked past the milk.", "what somebody did"),
    ("You have passed this shelf twice.", "what somebody did"),
    ("You bought this in May.", "the past"),
    ("Your usual coffee is here.", "the past"),
    ("Last chance for almonds.", "false urgency"),
    ("Hurry, the shelf empties.", "false urgency"),
    ("Only 3 left.", "false urgency"),
    ("Don't miss the cheese.", "false urgency"),
    ("You forgot the milk.", "guilt"),
    ("You should try the brie.", "guilt"),
    ("Are you sure you want to leave?", "guilt"),
    ("Picked just for you.", "false intimacy"),
    ("Your personal offer awaits.", "false intimacy"),
    ("FREE coffee.", "shouting"),
    ("Almonds!! At the front.", "shouting"),
]
CREEPY_DE = [
    ("Wir haben Sie am Weinregal gesehen.", "watched"),
    ("Wir haben bemerkt, dass es dauert.", "watched"),
    ("Uns ist aufgefallen, dass der Wagen leer ist.", "watched"),
    ("Wir wissen, was Ihnen schmeckt.", "watched"),
    ("Ihr Standort verrät den Gang.", "watched"),
    ("Sie scheinen unsicher.", "guessing"),
    ("Offenbar suchen Sie etwas Besonderes.", "guessing"),
    ("Es sieht so aus, als fehlte etwas.", "guessing"),
    ("Sie stehen seit einer Weile vor dem Regal.", "standing"),
    ("Weil Sie seit {dwell_s} s bei {zone_name} stehen.", "standing"),
    ("Nach 40 Sekunden am Regal.", "exact time"),
    ("Gut für Ihre Haut.", "health and body"),
    ("Schlank in den Frühling.", "health and body"),
    ("Für Diabetiker geeignet.", "health and body"),
    ("Schont Ihren Geldbeutel.", "money"),
    ("Ihre Frau wird sich freuen.", "family and person"),
    ("Leute wie Sie nehmen diesen.", "family and person"),
    ("Weil Sie arm sind.", "who somebody is"),
    ("Für Damen", "who somebody is"),
    ("Weil Sie eine Frau sind.", "who somebody is"),
    ("Sie sind an der Milch vorbeigelaufen.", "what somebody did"),
    ("Sie haben das im Mai gekauft.", "the past"),
    ("Wie immer der Espresso?", "the past"),
    ("Letzte Chance für Mandeln.", "false urgency"),
    ("Nur noch 3 Stück.", "false urgency"),
    ("Nicht verpassen: Käse.", "false urgency"),
    ("Sie haben die Milch vergessen.", "guilt"),
    ("Sie sollten den Brie probieren.", "guilt"),
    ("Extra für Sie ausgewählt.", "false intimacy"),
    ("GRATIS Kaffee.", "shouting"),
]
GOOD_EN = [
    "You are here: {for_zone_name}. The map shows the way on.",
    "Looking for something? The people at the counter know every shelf.",
    "The shelf labels at {zone_name} say what is vegan, vegetarian or gluten-free.",
    "It stays cold in the cart for half an hour.",
    "Whatever stays unopened can come back within 30 days with the receipt.",
    "Two bags of roasted almonds for €5.00 instead of €6.40, until Saturday.",
    "{product}: {metres} m back",
    "Still on your list: {left_count}",
    "{left_items}. The map shows the shortest way; it can wait until next time, too.",
    "In a hurry? Your list is in walking order.",
    "If you are looking for a gift: paper and ribbon are at the bakery counter.",
    "The wine guide is at the end of this shelf.",
    "Our pharmacist has time for a question.",
    "Allergens are printed on every label.",
    "Penne, whole grain: €1.49, on the same shelf.",
    "Ripe avocados lie on the left, firm ones on the right.",
    "Try a slice of mountain cheese at the counter.",
    "Checkout 4 has just opened.",
    "The seasonal recipe needs three things from this aisle.",
    "Organic, regional and fair: the green, blue and brown labels.",
    "The oak bowl comes with a five-year warranty.",
    "Fresh bread comes out of the oven at 4 pm.",
    "We close at 8 pm; the tills stay open until everybody is done.",
    "Your order is ready at the counter.",
    "Anna is on her way and brings it to {zone_name}.",
    "Chilled water and juice: {metres} m from here, at {near_name}.",
    "It takes a moment: a croissant?",
    "Thanks for waiting. Number 42 is next.",
    "Milk is along the back wall, butter beside it.",
    "For everyone this week: apples by the kilo, €1.99.",
    "A dry white goes with fish, a fruity one with cheese.",
    "Not sure? Take it home first.",
    "Because {product} is on your list and {metres} m away.",
    "Because you are at {zone_name}.",
    "Because you said that this visit is for a gift.",
    "No question is too small at the cheese counter.",
    "The machine for returning bottles is next to the carts.",
    "Toothpaste may be running low. Still enough? Then never mind.",
    "Here is what the label colours mean.",
    "Please use exit B: exit A is closed for cleaning.",
]
GOOD_DE = [
    "Sie sind hier: {for_zone_name}. Die Karte zeigt, wie es weitergeht.",
    "Suchen Sie etwas? An der Käsetheke kennt man jedes Regal.",
    "Die Regalschilder bei {zone_name} sagen, was vegan oder glutenfrei ist.",
    "Im Wagen bleibt sie eine halbe Stunde kalt.",
    "Was ungeöffnet bleibt, nehmen wir 30 Tage lang mit dem Bon zurück.",
    "Zwei Tüten geröstete Mandeln für 5,00 € statt 6,40 €, bis Samstag.",
    "{product}: {metres} m zurück",
    "Noch auf Ihrer Liste: {left_count}",
    "{left_items}. Die Karte zeigt den kürzesten Weg; es hat auch bis zum nächsten Mal Zeit.",
    "In Eile? Ihre Liste ist nach dem Weg sortiert.",
    "Wenn Sie ein Geschenk suchen: Papier und Band liegen an der Bäckertheke.",
    "Der Weinführer liegt am Ende dieses Regals.",
    "Unsere Apothekerin hat Zeit für eine Frage.",
    "Allergene stehen auf jedem Etikett.",
    "Hier finden Sie, was Sie suchen, nach Farben geordnet.",
    "Reife Avocados liegen links, feste rechts.",
    "An der Theke gibt es Bergkäse zum Probieren.",
    "Kasse 4 hat gerade geöffnet.",
    "Für das Rezept der Woche stehen drei Zutaten in diesem Gang.",
    "Bio, regional und fair: das grüne, das blaue und das braune Schild.",
    "Auf die Holzschale gibt es fünf Jahre Garantie.",
    "Um 16 Uhr kommt frisches Brot aus dem Ofen.",
    "Wir schließen um 20 Uhr; die Kassen bleiben so lange besetzt wie nötig.",
    "Ihre Bestellung liegt an der Theke bereit.",
    "Anna ist unterwegs und bringt es zu {zone_name}.",
    "Gekühltes Wasser und Säfte: {metres} m von hier, bei {near_name}.",
    "Es dauert etwas: ein Croissant?",
    "Danke fürs Warten. Nummer 42 ist die nächste.",
    "Milch steht an der Rückwand, Butter daneben.",
    "Diese Woche für alle: Äpfel, das Kilo 1,99 €.",
    "Ein trockener Weißer passt zu Fisch, ein fruchtiger zu Käse.",
    "Unsicher? Erst einmal mitnehmen",
    "Weil {product} auf Ihrer Liste steht, {metres} m von hier.",
    "Weil Sie bei {zone_name} sind.",
    "Weil der Besuch, wie Sie sagten, einem Geschenk gilt.",
    "Keine Frage ist zu klein.",
    "Der Pfandautomat steht neben den Wagen.",
    "Zahnpasta: vielleicht bald leer? Noch genug da, dann einfach weitergehen.",
    "Das WLAN heißt wie der Markt und kostet nichts.",
    "Bitte Ausgang B benutzen: Ausgang A wird gereinigt.",
]


@pytest.mark.parametrize(
    ("text", "language", "rule"),
    [(text, "en", rule) for text, rule in CREEPY_EN]
    + [(text, "de", rule) for text, rule in CREEPY_DE],
)
def test_what_creeps_people_out_is_found(text: str, language: str, rule: str) -> None:
    """Row 81: where, what, why, and what to write instead."""
    found = [one for one in lint(text, language) if one.rule == rule]
    assert found
    plain = text.replace("\u2019", "'")
    assert all(plain[one.at :].lstrip().startswith(one.phrase) for one in found)
    assert all(one.why and one.better for one in found)


MORE = json.loads((Path(__file__).parent / "wordings.json").read_text())


@pytest.mark.parametrize("language", ["en", "de"])
def test_of_many_more_phrasings_nearly_all_are_found_and_no_good_one_is(language: str) -> None:
    """Row 81: five sets, each but the fourth written before the rules grew by it.

    What the rules of the time found at first sight: 35 of 100, 16 of 60, 46 of 50; of 130 good
    texts one was called creepy. Then two sets on who somebody is: the fourth was written along
    with its rule, of the fifth 30 of 50 were found and none of 36 good texts was called creepy.
    """
    creepy, good = MORE["creepy"][language], MORE["good"][language]
    missed = [text for text in creepy if not lint(text, language)]
    assert len(missed) <= 0.02 * len(creepy)
    assert [text for text in good if lint(text, language)] == []


@pytest.mark.parametrize(
    ("text", "language"),
    [(text, "en") for text in GOOD_EN] + [(text, "de") for text in GOOD_DE],
)
def test_a_good_text_is_let_be(text: str, language: str) -> None:
    assert lint(text, language) == ()


def test_there_is_a_phrase_of_every_rule_in_both_languages() -> None:
    names = {rule.name for rule in RULES}
    assert {rule for _, rule in CREEPY_EN} == {rule for _, rule in CREEPY_DE} == names
    assert min(len(GOOD_EN), len(GOOD_DE)) >= 40


def test_the_past_may_stand_in_the_reason_alone() -> None:
    """Row 24: the reason is what somebody asked for by a tap."""
    text = "Because you bought it here six weeks ago."
    assert lint(text, "en", part="why") == ()
    assert [one.rule for one in lint(text, "en", part="lock_text")] == ["the past"]


@pytest.mark.parametrize(
    ("thing", "people", "language"),
    [
        ("Ladies' razors", "For ladies", "en"),
        ("For women's feet: insoles.", "For women: insoles.", "en"),
        ("Children's shampoo", "For mothers: shampoo.", "en"),
        ("For the lady at the counter: the list.", "For the lady.", "en"),
        ("Herrenrasierer", "Für Herren", "de"),
        ("Für Damen-Schuhe in den ersten Stock.", "Für Damen: Schuhe.", "de"),
        ("Kindershampoo", "Für Mütter: Shampoo.", "de"),
        ("Weil sie klein sind, reifen Pflaumen schnell.", "Weil Sie klein sind.", "de"),
    ],
)
@pytest.mark.parametrize("part", ["title", "text", "why", "lock_title"])
def test_a_kind_of_thing_may_be_named_a_kind_of_people_not(
    thing: str, people: str, language: str, part: str
) -> None:
    """Row 51: in every text, the reason too."""
    assert lint(thing, language, part=part) == ()
    assert [one.rule for one in lint(people, language, part=part)] == ["who somebody is"]


def test_a_language_without_rules_of_its_own_is_held_to_what_holds_in_all() -> None:
    assert [one.rule for one in lint("Après {dwell_s} s: VITE", "fr")] == ["exact time", "shouting"]


def test_our_own_standing_sentences_pass() -> None:
    for language in LINES:
        for line in (*LINES[language].values(), *SAID_AS[language].values()):
            assert lint(line, language, part="why") == ()
    for language, (title, text) in NEUTRAL.items():
        assert lint(title, language, part="lock_title") == ()
        assert lint(text, language, part="lock_text") == ()


@pytest.mark.parametrize("gap", ["  ", "\N{NO-BREAK SPACE}", "\n"])
def test_however_it_is_spaced(gap: str) -> None:
    assert [one.phrase for one in lint(f"We{gap}saw{gap}you", "en")] == ["We saw"]
    assert lint(f"Wir haben{gap}Sie{gap}gesehen", "de")

"""The words in which a condition is read out, English and German: one table a language."""

from collections.abc import Mapping
from typing import Final

import msgspec

Phrases = Mapping[str, str]


class Tongue(msgspec.Struct, frozen=True, kw_only=True):
    """How one language reads a condition out."""

    language: str
    comma: str
    """The decimal sign."""
    conjunction: str
    alternative: str
    sentence: str
    """Around the whole, with {what}."""
    negated: str
    """Around a part that must not hold, with {what}."""
    caps: tuple[str, str]
    """Once a visit; {n} times."""
    until: str
    operators: Phrases
    """Number operators, with {value} and, of a pair, {high}."""
    choices: Mapping[str, Phrases]
    """Of text fields: a sentence with {value}, for being it, for not being it, for null."""
    values: Mapping[str, Phrases]
    """Of a field's closed vocabulary."""
    numbers: Phrases
    """What a number counts; with {of} where it stands for many."""
    sets: Phrases
    members: Phrases
    """Set operators, with {names} and {what}."""
    flags: Mapping[str, tuple[str, str]]
    """(true, false) of yes-and-no fields; with {of} where one stands for many."""
    units: Phrases
    readings: Phrases
    slots: Phrases
    """What stands in a slot of a title."""


ENGLISH: Final = Tongue(
    language="en",
    comma=".",
    conjunction="and",
    alternative="or",
    sentence="When {what}.",
    negated="it is not so that {what}",
    caps=("Once a visit.", "At most {n} times a visit."),
    until="Until {date}.",
    operators={
        "<": "{what} is under {value}",
        "<=": "{what} is at most {value}",
        ">": "{what} is over {value}",
        ">=": "{what} is at least {value}",
        "between": "{what} is between {value} and {high}",
    },
    choices={
        "zone": {"is": "you are at {value}", "not": "you are not at {value}"},
        "zone_type": {"is": "you are at {value}", "not": "you are not at {value}"},
        "level": {"is": "you are on level {value}", "not": "you are not on level {value}"},
        "stage": {
            "is": "your visit looks like {value}",
            "not": "your visit does not look like {value}",
        },
        "intent": {
            "is": "you said that this visit is {value}",
            "not": "you did not say that this visit is {value}",
        },
        "for_whom": {
            "is": "you said that it is for {value}",
            "not": "you did not say that it is for {value}",
        },
        "value": {
            "is": "you said that {value} counts most",
            "not": "you did not say that {value} counts most",
        },
        "waiting_for": {"is": "you wait {value}", "not": "you do not wait {value}"},
    },
    values={
        "zone_type": {
            "department": "a department",
            "aisle": "an aisle",
            "bay": "a bay",
            "entrance": "the entrance",
            "checkout": "the tills",
            "service": "a counter",
            "queue": "the queue",
            "cart_bay": "the carts",
        },
        "stage": {
            "arriving": "arriving",
            "exploring": "looking around",
            "purposeful": "heading for something",
            "engaged": "looking closely",
            "weighing": "weighing things up",
            "stuck": "searching",
            "checkout": "paying",
            "leaving": "leaving",
        },
        "intent": {
            "self": "for yourself",
            "gift": "for a gift",
            "research": "for learning about something",
            "browse": "for just looking",
            "hurry": "a quick one",
            "help": "one with help",
        },
        "for_whom": {
            "child": "a child",
            "partner": "a partner",
            "family": "the family",
            "friend": "a friend",
            "colleague": "a colleague",
        },
        "value": {"price": "the price", "time": "time", "quality": "quality"},
        "waiting_for": {
            "service": "at a counter",
            "queue": "in the queue",
            "order": "for an order",
        },
        "null": {"": "not known"},
    },
    numbers={
        "zone_p": "how sure your place is",
        "stage_p": "how sure it is that you are {of}",
        "dwell_s": "your stay at this place",
        "visit_s": "your visit so far",
        "waiting_s": "your wait",
        "messages_count": "the number of messages so far",
        "zones_visited_count": "the number of places you were at",
        "local_minute": "the time of day",
        "minutes_left": "what is left of the time you said you have",
        "evidence": "the number of your answers so far",
        "feed": "{of}",
        "walk_m": "the walk to {of}",
    },
    sets={
        "bought_items": "what you bought today",
        "bought_categories": "what you bought today",
        "owned_items": "the lasting things you have from here",
        "owned_categories": "the lasting things you have from here",
        "due_items": "what you buy regularly and may be running low on",
        "due_categories": "what you buy regularly and may be running low on",
        "returned_items": "what you brought back",
        "disliked_items": "what you said is not for you",
        "services_due": "the service dates that are near",
        "wanted_items": "what is open on your list",
        "passed_items": "what is on your list and you walked past",
        "leaving_without": "what is open on your list on the way out",
        "out_items": "what is sold out",
    },
    members={
        "has": "{names} is among {what}",
        "has_any": "one of {names} is among {what}",
        "has_none": "none of {names} is among {what}",
        "some": "there is something among {what}",
        "none": "there is nothing among {what}",
    },
    flags={
        "visited_zone": ("you were at {of} in this visit", "you were not at {of} in this visit"),
        "first_visit": ("this is the first visit that we know of", "you were here before"),
    },
    units={"": "", "s": "seconds", "min": "minutes", "m": "m", "%": "%", "°C": "°C"},
    readings={"weather.temperature_c": "the temperature outside"},
    slots={
        "store_name": "store",
        "zone_name": "place",
        "for_zone_name": "place",
        "near_name": "place",
        "product": "product",
        "price": "price",
        "metres": "metres",
        "left_items": "products",
        "left_count": "how many",
        "minutes_left": "minutes",
        "degrees": "degrees",
        "dwell_s": "seconds",
        "waiting_s": "seconds",
        "visit_min": "minutes",
    },
)
GERMAN: Final = Tongue(
    language="de",
    comma=",",
    conjunction="und",
    alternative="oder",
    sentence="Wenn gilt: {what}.",
    negated="es gilt nicht: {what}",
    caps=("Einmal je Besuch.", "Höchstens {n}-mal je Besuch."),
    until="Bis {date}.",
    operators={
        "<": "{what}: unter {value}",
        "<=": "{what}: höchstens {value}",
        ">": "{what}: über {value}",
        ">=": "{what}: mindestens {value}",
        "between": "{what}: {value} bis {high}",
    },
    choices={
        "zone": {"is": "Sie sind bei {value}", "not": "Sie sind nicht bei {value}"},
        "zone_type": {
            "is": "Sie sind an einem Ort der Art {value}",
            "not": "Sie sind an keinem Ort der Art {value}",
        },
        "level": {"is": "Sie sind auf Ebene {value}", "not": "Sie sind nicht auf Ebene {value}"},
        "stage": {
            "is": "Ihr Besuch sieht aus wie {value}",
            "not": "Ihr Besuch sieht nicht aus wie {value}",
        },
        "intent": {
            "is": "Sie haben gesagt, der Besuch ist {value}",
            "not": "Sie haben nicht gesagt, der Besuch ist {value}",
        },
        "for_whom": {
            "is": "Sie haben gesagt, es ist für {value}",
            "not": "Sie haben nicht gesagt, es ist für {value}",
        },
        "value": {
            "is": "Sie haben gesagt, am meisten zählt {value}",
            "not": "Sie haben nicht gesagt, am meisten zählt {value}",
        },
        "waiting_for": {"is": "Sie warten {value}", "not": "Sie warten nicht {value}"},
    },
    values={
        "zone_type": {
            "department": "Abteilung",
            "aisle": "Gang",
            "bay": "Nische",
            "entrance": "Eingang",
            "checkout": "Kasse",
            "service": "Theke",
            "queue": "Warteschlange",
            "cart_bay": "Einkaufswagen",
        },
        "stage": {
            "arriving": "Ankommen",
            "exploring": "Umsehen",
            "purposeful": "Zielstrebigkeit",
            "engaged": "genaues Hinsehen",
            "weighing": "Abwägen",
            "stuck": "Suchen",
            "checkout": "Bezahlen",
            "leaving": "Gehen",
        },
        "intent": {
            "self": "für Sie selbst",
            "gift": "für ein Geschenk",
            "research": "zum Informieren",
            "browse": "zum Umsehen",
            "hurry": "ein schneller",
            "help": "einer mit Beratung",
        },
        "for_whom": {
            "child": "ein Kind",
            "partner": "Partnerin oder Partner",
            "family": "die Familie",
            "friend": "Freundin oder Freund",
            "colleague": "eine Kollegin oder einen Kollegen",
        },
        "value": {"price": "der Preis", "time": "die Zeit", "quality": "die Qualität"},
        "waiting_for": {
            "service": "an einer Theke",
            "queue": "in der Schlange",
            "order": "auf eine Bestellung",
        },
        "null": {"": "unbekannt"},
    },
    numbers={
        "zone_p": "wie sicher Ihr Ort ist",
        "stage_p": "wie sicher es {of} ist",
        "dwell_s": "Ihr Aufenthalt an diesem Ort",
        "visit_s": "Ihr Besuch bis jetzt",
        "waiting_s": "Ihre Wartezeit",
        "messages_count": "Hinweise bis jetzt",
        "zones_visited_count": "Orte, an denen Sie waren",
        "local_minute": "die Uhrzeit",
        "minutes_left": "was von der Zeit bleibt, die Sie genannt haben",
        "evidence": "Ihre Antworten bis jetzt",
        "feed": "{of}",
        "walk_m": "der Weg zu {of}",
    },
    sets={
        "bought_items": "dem, was Sie heute gekauft haben",
        "bought_categories": "dem, was Sie heute gekauft haben",
        "owned_items": "den langlebigen Dingen, die Sie von hier haben",
        "owned_categories": "den langlebigen Dingen, die Sie von hier haben",
        "due_items": "dem, was Sie regelmäßig kaufen und was zur Neige gehen könnte",
        "due_categories": "dem, was Sie regelmäßig kaufen und was zur Neige gehen könnte",
        "returned_items": "dem, was Sie zurückgebracht haben",
        "disliked_items": "dem, was nach Ihrer Auskunft nichts für Sie ist",
        "services_due": "den Serviceterminen, die anstehen",
        "wanted_items": "dem, was auf Ihrer Liste offen ist",
        "passed_items": "dem von Ihrer Liste, woran Sie vorbeigegangen sind",
        "leaving_without": "dem, was beim Hinausgehen auf Ihrer Liste offen ist",
        "out_items": "dem, was ausverkauft ist",
    },
    members={
        "has": "{names} ist unter {what}",
        "has_any": "eines von {names} ist unter {what}",
        "has_none": "keines von {names} ist unter {what}",
        "some": "es gibt etwas unter {what}",
        "none": "es gibt nichts unter {what}",
    },
    flags={
        "visited_zone": (
            "Sie waren in diesem Besuch bei {of}",
            "Sie waren in diesem Besuch nicht bei {of}",
        ),
        "first_visit": (
            "das ist der erste Besuch, von dem wir wissen",
            "Sie waren schon einmal hier",
        ),
    },
    units={"": "", "s": "Sekunden", "min": "Minuten", "m": "m", "%": "%", "°C": "°C"},
    readings={"weather.temperature_c": "die Temperatur draußen"},
    slots={
        "store_name": "Markt",
        "zone_name": "Ort",
        "for_zone_name": "Ort",
        "near_name": "Ort",
        "product": "Produkt",
        "price": "Preis",
        "metres": "Meter",
        "left_items": "Produkte",
        "left_count": "wie viele",
        "minutes_left": "Minuten",
        "degrees": "Grad",
        "dwell_s": "Sekunden",
        "waiting_s": "Sekunden",
        "visit_min": "Minuten",
    },
)
TONGUES: Final = {"en": ENGLISH, "de": GERMAN}

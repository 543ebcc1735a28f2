"""The words in which a condition is read out in German."""

from typing import Final

from hub_server.campaign.tongue import Phrases, Tongue, members


def _amount(what: str) -> Phrases:
    """A number that has no verb of its own."""
    return {
        "<": f"{what}: unter {{value}}",
        "<=": f"{what}: höchstens {{value}}",
        ">": f"{what}: über {{value}}",
        ">=": f"{what}: mindestens {{value}}",
        "between": f"{what}: {{value}} bis {{high}}",
    }


def _lasting(phrase: str) -> Phrases:
    """How long something has lasted, or how much is left; {} stands for it."""
    return {
        "<": phrase.format("weniger als {value}"),
        "<=": phrase.format("höchstens {value}"),
        ">": phrase.format("mehr als {value}"),
        ">=": phrase.format("mindestens {value}"),
        "between": phrase.format("{value} bis {high}"),
    }


GERMAN: Final = Tongue(
    language="de",
    comma=",",
    conjunction="und",
    alternative="oder",
    sentence="Wenn das stimmt: {what}.",
    negated="es stimmt nicht: {what}",
    caps=("Einmal je Besuch.", "Höchstens {n}-mal je Besuch."),
    until="Bis {date}.",
    choices={
        "zone": {"is": "Sie sind bei {value}", "not": "Sie sind nicht bei {value}"},
        "zone_type": {
            "is": "Sie sind {value}",
            "not": "Sie sind nicht {value}",
        },
        "level": {"is": "Sie sind auf Ebene {value}", "not": "Sie sind nicht auf Ebene {value}"},
        "stage": {
            "is": "es sieht so aus, als ob Sie {value}",
            "not": "es sieht nicht so aus, als ob Sie {value}",
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
            "department": "in einer Abteilung",
            "aisle": "in einem Gang",
            "bay": "in einer Nische",
            "entrance": "am Eingang",
            "checkout": "an der Kasse",
            "service": "an einer Theke",
            "queue": "in der Schlange",
            "cart_bay": "bei den Einkaufswagen",
        },
        "stage": {
            "arriving": "ankommen",
            "exploring": "sich umsehen",
            "purposeful": "auf etwas zugehen",
            "engaged": "genau hinsehen",
            "weighing": "abwägen",
            "stuck": "suchen",
            "checkout": "bezahlen",
            "leaving": "gehen",
        },
        "intent": {
            "self": "für Sie selbst",
            "gift": "für ein Geschenk",
            "research": "zum Informieren",
            "browse": "zum Umsehen",
            "hurry": "ein schneller",
            "help": "für eine Beratung",
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
        "zone_p": _amount("wie sicher Ihr Ort ist"),
        "stage_p": _amount("wie sicher es ist, dass Sie {of}"),
        "dwell_s": _lasting("Sie sind seit {} an diesem Ort"),
        "visit_s": _lasting("Sie sind seit {} im Geschäft"),
        "waiting_s": _lasting("Sie warten seit {}"),
        "messages_count": _amount("Hinweise bis jetzt"),
        "zones_visited_count": _amount("Orte, an denen Sie waren"),
        "local_minute": {
            "<": "es ist vor {value} Uhr",
            "<=": "es ist {value} Uhr oder früher",
            ">": "es ist nach {value} Uhr",
            ">=": "es ist {value} Uhr oder später",
            "between": "es ist zwischen {value} und {high} Uhr",
        },
        "minutes_left": _lasting("von der Zeit, die Sie genannt haben, bleiben {}"),
        "evidence": _amount("Ihre Antworten bis jetzt"),
        "feed": _lasting("{{of}} liegt bei {}"),
        "walk_m": _lasting("bis {{of}} sind es {}"),
    },
    sets={
        **dict.fromkeys(
            ("bought_items", "bought_categories"),
            members(
                "Sie haben heute {names} gekauft",
                "Sie haben heute nichts davon gekauft: {names}",
                "Sie haben heute etwas gekauft",
                "Sie haben heute noch nichts gekauft",
            ),
        ),
        **dict.fromkeys(
            ("owned_items", "owned_categories"),
            members(
                "Sie haben von hier: {names}",
                "Sie haben von hier nichts davon: {names}",
                "Sie haben etwas Langlebiges von hier",
                "Sie haben nichts Langlebiges von hier",
            ),
        ),
        **dict.fromkeys(
            ("due_items", "due_categories"),
            members(
                "nach Ihren Einkäufen geht wohl zur Neige: {names}",
                "nach Ihren Einkäufen geht nicht zur Neige: {names}",
                "nach Ihren Einkäufen geht wohl etwas zur Neige",
                "nach Ihren Einkäufen geht nichts zur Neige",
            ),
        ),
        "returned_items": members(
            "Sie haben zurückgebracht: {names}",
            "Sie haben nichts davon zurückgebracht: {names}",
            "Sie haben etwas zurückgebracht",
            "Sie haben nichts zurückgebracht",
        ),
        "disliked_items": members(
            "Sie haben gesagt, das ist nichts für Sie: {names}",
            "Sie haben von nichts davon gesagt, es ist nichts für Sie: {names}",
            "Sie haben von etwas gesagt, es ist nichts für Sie",
            "Sie haben von nichts gesagt, es ist nichts für Sie",
        ),
        "services_due": members(
            "{names} steht bald an",
            "{names} steht nicht an",
            "für etwas, das Sie haben, steht ein Service an",
            "für nichts, das Sie haben, steht ein Service an",
        ),
        "wanted_items": members(
            "auf Ihrer Liste ist offen: {names}",
            "auf Ihrer Liste ist nichts davon offen: {names}",
            "auf Ihrer Liste ist etwas offen",
            "auf Ihrer Liste ist nichts offen",
        ),
        "passed_items": members(
            "von Ihrer Liste haben Sie liegen gelassen: {names}",
            "von Ihrer Liste haben Sie nichts davon liegen gelassen: {names}",
            "Sie sind an etwas von Ihrer Liste vorbeigegangen",
            "Sie sind an nichts von Ihrer Liste vorbeigegangen",
        ),
        "leaving_without": members(
            "beim Hinausgehen ist auf Ihrer Liste noch offen: {names}",
            "beim Hinausgehen ist auf Ihrer Liste nichts davon offen: {names}",
            "beim Hinausgehen ist auf Ihrer Liste noch etwas offen",
            "beim Hinausgehen ist auf Ihrer Liste nichts offen",
        ),
        "out_items": members(
            "ausverkauft ist: {names}",
            "nichts davon ist ausverkauft: {names}",
            "etwas ist ausverkauft",
            "nichts ist ausverkauft",
        ),
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

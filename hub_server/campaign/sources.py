"""What a condition's fields are drawn from, in words: what was used, and what was not."""

from collections.abc import Mapping
from typing import Final, Literal

from hub_server.decision.snapshot import ContextSnapshot

Source = Literal[
    "place",
    "stay",
    "time",
    "outside",
    "stock",
    "visit",
    "bought",
    "said",
    "list",
    "before",
    "past",
    "answers",
]

# Every field of the catalogue: a test holds the two together.
SOURCE_OF: Final[Mapping[str, Source]] = {
    "zone": "place",
    "zone_type": "place",
    "zone_p": "place",
    "level": "place",
    "local_minute": "time",
    "walk_m": "place",
    "feed": "outside",
    "out_items": "stock",
    "dwell_s": "stay",
    "visit_s": "stay",
    "stage": "visit",
    "stage_p": "visit",
    "waiting_s": "stay",
    "waiting_for": "stay",
    "visited_zone": "visit",
    "zones_visited_count": "visit",
    "messages_count": "visit",
    "bought_items": "bought",
    "bought_categories": "bought",
    "intent": "said",
    "for_whom": "said",
    "value": "said",
    "minutes_left": "said",
    "wanted_items": "list",
    "passed_items": "list",
    "leaving_without": "list",
    "first_visit": "before",
    "owned_items": "past",
    "owned_categories": "past",
    "due_items": "past",
    "due_categories": "past",
    "returned_items": "past",
    "services_due": "past",
    "disliked_items": "answers",
    "evidence": "answers",
}
# What is the same for whoever stops there at that time.
SHARED: Final[frozenset[Source]] = frozenset({"place", "stay", "time", "outside", "stock"})
# What is somebody's own: said, written down, bought, or of before.
PERSONAL: Final[frozenset[Source]] = frozenset(
    {"said", "list", "bought", "before", "past", "answers"}
)
# What no visit but this one can tell.
OF_BEFORE: Final[frozenset[Source]] = frozenset({"before", "past", "answers"})
PAST_FIELDS: Final = frozenset(field for field, drawn in SOURCE_OF.items() if drawn in OF_BEFORE)

SAID_AS: Final[Mapping[str, Mapping[Source, str]]] = {
    "en": {
        "place": "where you are",
        "stay": "the length of this stop",
        "time": "the time of day",
        "outside": "the weather and other readings",
        "stock": "what is on the shelf",
        "visit": "how this visit is going",
        "bought": "what you bought today",
        "said": "what you told us about this visit",
        "list": "your list",
        "before": "whether you were here before",
        "past": "past purchases",
        "answers": "your answers to earlier messages",
    },
    "de": {
        "place": "wo Sie sind",
        "stay": "die Dauer dieses Halts",
        "time": "die Uhrzeit",
        "outside": "Wetter und andere Messwerte",
        "stock": "was im Regal steht",
        "visit": "wie dieser Besuch verläuft",
        "bought": "was Sie heute gekauft haben",
        "said": "was Sie über diesen Besuch gesagt haben",
        "list": "Ihre Liste",
        "before": "ob Sie schon einmal hier waren",
        "past": "frühere Einkäufe",
        "answers": "Ihre Antworten auf frühere Hinweise",
    },
}
LINES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "everyone": "For everyone who stops here, not picked for you.",
        "used": "Used: {what}.",
        "checked": "Past purchases: looked at only to leave out what you have.",
        "not_used": "Not used: past purchases, who you are.",
        "nobody": "Not used: who you are.",
        "plain": "You chose just prices and stock: nothing of your past is read.",
        "new": "We do not know you yet.",
        "paid": "Paid for by {sponsor}.",
    },
    "de": {
        "everyone": "Für alle, die hier stehen bleiben, nicht für Sie ausgesucht.",
        "used": "Verwendet: {what}.",
        "checked": "Frühere Einkäufe: nur angesehen, um wegzulassen, was Sie schon haben.",
        "not_used": "Nicht verwendet: frühere Einkäufe, wer Sie sind.",
        "nobody": "Nicht verwendet: wer Sie sind.",
        "plain": "Sie wollten nur Preise und Bestand: Nichts Früheres wird gelesen.",
        "new": "Wir kennen Sie noch nicht.",
        "paid": "Bezahlt von {sponsor}.",
    },
}


def sources(fields: frozenset[str]) -> frozenset[Source]:
    """What the fields are drawn from."""
    return frozenset(SOURCE_OF[field] for field in fields)


def is_for_everyone(drawn: frozenset[Source]) -> bool:
    """Whether whoever stands there at that time gets the same."""
    return drawn <= SHARED


def known_before(snapshot: ContextSnapshot) -> bool:
    """Whether a gate had any past to look at."""
    return not (snapshot.plain or snapshot.first_visit)


def standing_lines(
    drawn: frozenset[Source], snapshot: ContextSnapshot, language: str, *, is_about_goods: bool
) -> tuple[str, ...]:
    """What was used and what was not, sentence by sentence, true for this one decision.

    Gates read past purchases of whoever has any, to hold back what is not needed again: then they
    were looked at, even where the condition does not ask for them.
    """
    lines = LINES.get(language, LINES["en"])
    said = [lines["everyone"]] if is_for_everyone(drawn) else [lines["used"].format(
        what=_listed(drawn, language)
    )]  # fmt: skip
    if snapshot.plain:
        return (*said, lines["not_used"], lines["plain"])
    if "past" in drawn:
        return (*said, lines["nobody"])
    if is_about_goods and known_before(snapshot):
        return (*said, lines["checked"], lines["nobody"])
    is_new = snapshot.first_visit and not snapshot.evidence
    return (*said, lines["not_used"], *([lines["new"]] if is_new else []))


def _listed(drawn: frozenset[Source], language: str) -> str:
    names = SAID_AS.get(language, SAID_AS["en"])
    return ", ".join(names[source] for source in names if source in drawn)

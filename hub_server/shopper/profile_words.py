"""The sentences of the shopper's own page, by language."""

from collections.abc import Mapping
from typing import Final

import msgspec

# The parts of `Words.kept`, in the order in which the page lists them.
KEPT: Final = ("place", "stays", "messages", "choices", "purchases", "consent")


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """One language."""

    language: str
    declared: Mapping[str, str]
    """By fact; `{what}` is a topic or a product."""
    inferred: Mapping[str, str]
    because_answers: str
    because_bought: str
    because_lasts: str
    """After `because_bought`, where a forecast says how long one lasts."""
    because_never: str
    because_kept: str
    counts: Mapping[str, tuple[str, str]]
    """One, and any other number {n}."""
    weights: Mapping[str, str]
    summary_nothing: str
    summary_some: str
    summary_plain: str
    kept: Mapping[str, tuple[str, str, str]]
    """What, until when for the remembered, until when for everybody else."""

    def count(self, what: str, number: int) -> str:
        """So many of what."""
        one, many = self.counts[what]
        return one if number == 1 else many.format(n=number)


ENGLISH: Final = Words(
    language="en",
    declared={
        "plain": "Just prices and stock: nothing of before is used.",
        "alone": "Leave me alone today.",
        "push": "No push.",
        "sensitive_ok": "Messages about sensitive products are welcome.",
        "surprises": "Surprises are welcome.",
        "off": "Nothing about {what}.",
        "less": "Less about {what}.",
        "wrong": "Not true, you said: {what}",
        "intent_self": "This visit is for yourself.",
        "intent_gift": "This visit is for a gift.",
        "intent_research": "You came to learn.",
        "intent_browse": "You came to look around.",
        "intent_hurry": "You are in a hurry.",
        "intent_help": "You came for advice.",
        "for_whom_child": "For a child.",
        "for_whom_partner": "For your partner.",
        "for_whom_family": "For the family.",
        "for_whom_friend": "For a friend.",
        "for_whom_colleague": "For a colleague.",
        "value_price": "What counts: the price.",
        "value_time": "What counts: your time.",
        "value_quality": "What counts: quality.",
        "minutes": "Time that you have left: {what} min.",
        "list": "Lines on your list: {what}.",
    },
    inferred={
        "owned": "You have {what}.",
        "due": "You may soon need {what} again.",
        "returned": "You gave back {what}.",
        "disliked": "{what} is not for you.",
        "service": "{what} is due.",
    },
    because_answers="Your answers: {useful} useful, {less} less, last on {day}.",
    because_bought="Bought {count}, last on {day}.",
    because_lasts=" One lasts you about {days}.",
    because_never="You answered 'not for me' to a message about it.",
    because_kept="From what you or the store recorded.",
    counts={
        "times": ("once", "{n} times"),
        "days": ("a day", "{n} days"),
        "conclusions": ("1 conclusion", "{n} conclusions"),
        "answers": ("1 answer", "{n} answers"),
    },
    weights={
        "much_less": "Much less about {what} than others get.",
        "less": "Less about {what} than others get.",
        "as_everybody": "As much about {what} as everybody gets.",
        "more": "More about {what} than others get.",
        "much_more": "Much more about {what} than others get.",
    },
    summary_nothing="Nothing is concluded about you. What you tell us and your list are used.",
    summary_some="{count}, from {answers} of yours and from what you bought.",
    summary_plain="Just prices and stock: nothing of before is used.",
    kept={
        "place": (
            "Where you are, in metres",
            "until this visit ends, in memory only",
            "until this visit ends, in memory only",
        ),
        "stays": ("At which shelves you stopped", "30 days", "a day after this visit"),
        "messages": ("What you were told, and why", "30 days", "a day after this visit"),
        "choices": (
            "Your choices, answers, list and gifts",
            "until you delete them, or a year after your last visit",
            "a day after this visit",
        ),
        "purchases": (
            "What you bought",
            "3 years, or until you delete everything or unlink your number; a receipt stays whole",
            "a day after this visit",
        ),
        "consent": (
            "That a yes was given, without your name",
            "3 years",
            "3 years",
        ),
    },
)
GERMAN: Final = Words(
    language="de",
    declared={
        "plain": "Nur Preise und Bestand: nichts von früher wird benutzt.",
        "alone": "Heute in Ruhe lassen.",
        "push": "Kein Push.",
        "sensitive_ok": "Nachrichten zu sensiblen Produkten sind willkommen.",
        "surprises": "Überraschungen sind willkommen.",
        "off": "Nichts zum Thema {what}.",
        "less": "Weniger zum Thema {what}.",
        "wrong": "Stimmt nicht, sagten Sie: {what}",
        "intent_self": "Dieser Besuch ist für Sie selbst.",
        "intent_gift": "Dieser Besuch ist für ein Geschenk.",
        "intent_research": "Sie wollen sich informieren.",
        "intent_browse": "Sie wollen sich umsehen.",
        "intent_hurry": "Sie haben es eilig.",
        "intent_help": "Sie suchen Rat.",
        "for_whom_child": "Für ein Kind.",
        "for_whom_partner": "Für Partnerin oder Partner.",
        "for_whom_family": "Für die Familie.",
        "for_whom_friend": "Für Freunde.",
        "for_whom_colleague": "Für Kollegen.",
        "value_price": "Was zählt: der Preis.",
        "value_time": "Was zählt: Ihre Zeit.",
        "value_quality": "Was zählt: Qualität.",
        "minutes": "Zeit, die Ihnen bleibt: {what} min.",
        "list": "Zeilen auf Ihrer Liste: {what}.",
    },
    inferred={
        "owned": "Sie haben {what}.",
        "due": "Sie brauchen {what} wohl bald wieder.",
        "returned": "Sie haben {what} zurückgegeben.",
        "disliked": "{what} ist nichts für Sie.",
        "service": "{what} steht an.",
    },
    because_answers="Ihre Antworten: {useful} nützlich, {less} weniger, zuletzt am {day}.",
    because_bought="{count} gekauft, zuletzt am {day}.",
    because_lasts=" Eins reicht Ihnen etwa {days}.",
    because_never="Sie antworteten „nichts für mich“ auf eine Nachricht dazu.",
    because_kept="Aus dem, was Sie oder das Geschäft festgehalten haben.",
    counts={
        "times": ("einmal", "{n}-mal"),
        "days": ("einen Tag", "{n} Tage"),
        "conclusions": ("1 Folgerung", "{n} Folgerungen"),
        "answers": ("1 Antwort", "{n} Antworten"),
    },
    weights={
        "much_less": "Viel weniger zum Thema {what} als andere.",
        "less": "Weniger zum Thema {what} als andere.",
        "as_everybody": "So viel zum Thema {what} wie alle.",
        "more": "Mehr zum Thema {what} als andere.",
        "much_more": "Viel mehr zum Thema {what} als andere.",
    },
    summary_nothing=(
        "Nichts ist über Sie gefolgert. Was Sie uns sagen und Ihre Liste werden genutzt."
    ),
    summary_some="{count}, aus {answers} von Ihnen und aus Ihren Einkäufen.",
    summary_plain="Nur Preise und Bestand: nichts von früher wird benutzt.",
    kept={
        "place": (
            "Wo Sie sind, in Metern",
            "bis dieser Besuch endet, nur im Arbeitsspeicher",
            "bis dieser Besuch endet, nur im Arbeitsspeicher",
        ),
        "stays": ("An welchen Regalen Sie stehen blieben", "30 Tage", "einen Tag nach dem Besuch"),
        "messages": (
            "Was Ihnen gesagt wurde und warum",
            "30 Tage",
            "einen Tag nach dem Besuch",
        ),
        "choices": (
            "Ihre Wünsche, Antworten, Liste und Geschenke",
            "bis Sie sie löschen, oder ein Jahr nach dem letzten Besuch",
            "einen Tag nach dem Besuch",
        ),
        "purchases": (
            "Was Sie gekauft haben",
            "3 Jahre, oder bis Sie alles löschen oder Ihre Nummer trennen; ein Beleg bleibt ganz",
            "einen Tag nach dem Besuch",
        ),
        "consent": ("Dass ein Ja gegeben wurde, ohne Ihren Namen", "3 Jahre", "3 Jahre"),
    },
)
LANGUAGES: Final = {"en": ENGLISH, "de": GERMAN}


def words(language: str) -> Words:
    """The sentences of a language, or else English."""
    return LANGUAGES.get(language, ENGLISH)

"""What not to say, why it hurts, and what to write instead: the wording lint's table."""

import re
from typing import Final

import msgspec

from hub_server.campaign.wording_english import ENGLISH
from hub_server.campaign.wording_german import GERMAN

SPOKEN: Final = frozenset({"title", "text", "lock_title", "lock_text"})
EVERYWHERE: Final = SPOKEN | {"why"}
PATTERNS: Final = {"en": ENGLISH, "de": GERMAN}
# What holds in every language; four capitals in a row, or two such words, shout. Names do not.
ANY_LANGUAGE: Final = {
    "exact time": re.compile(r"\{(?:dwell_s|waiting_s|visit_min)\}(?: ?[\wäöüß]+)?"),
    "shouting": re.compile(
        r"(?<![\w{])(?!(?:WLAN|IBAN|HTTP|HTTPS)(?!\w))[A-ZÄÖÜ]{4,}(?!\w)"
        r"|(?<![\w{])[A-ZÄÖÜ]{2,} [A-ZÄÖÜ]{2,}(?!\w)|!\s*!|[?]!|!.*!"
    ),
}


class Rule(msgspec.Struct, frozen=True):
    """One thing not to say."""

    name: str
    why: str
    better: str
    parts: frozenset[str] = EVERYWHERE

    def patterns(self, language: str) -> tuple[re.Pattern[str], ...]:
        """How it reads in `language`, and in any."""
        found = (ANY_LANGUAGE.get(self.name), PATTERNS.get(language, {}).get(self.name))
        return tuple(pattern for pattern in found if pattern is not None)


RULES: Final = (
    Rule(
        "watched",
        "it tells people that they are watched",
        "say what is at hand: “The wine guide is at the end of this shelf.”",
    ),
    Rule(
        "guessing",
        "it guesses at what goes on in somebody's head",
        "ask, and let them pass: “Looking for something?”",
    ),
    Rule(
        "standing",
        "it tells people how long or how they stand",
        "name the place alone: “Because you are at {zone_name}.”",
    ),
    Rule(
        "exact time",
        "an exact time shows a stopwatch running",
        "leave the time out, or say “a little while” / “eine Weile”",
    ),
    Rule(
        "what somebody did",
        "it recounts what somebody did, which is being followed",
        "say it of the thing: “{product}: {metres} m back”; the reason belongs into `why`",
        SPOKEN,
    ),
    Rule(
        "health and body",
        "it names somebody's health or body",
        "offer a person: “Our pharmacist has time for a question.”",
    ),
    Rule(
        "money",
        "it judges what somebody can pay",
        "name the product and its price: “Penne, 1.49, on the same shelf.”",
    ),
    Rule(
        "family and person",
        "it names somebody's family or who they are",
        "speak of the thing: “For a present: we wrap it at the counter.”",
    ),
    Rule(
        "who somebody is",
        "it says who somebody is, or is taken to be",
        "speak of the thing: “Women's razors, on the left.” / “Damenrasierer, links.”",
    ),
    Rule(
        "the past",
        "it recites somebody's past purchases where others may read along",
        "say it of the thing (“Toothpaste may be running low”); the reason belongs into `why`",
        SPOKEN,
    ),
    Rule(
        "false urgency",
        "it presses people who are in no hurry",
        "say until when it holds: “until Saturday” / “bis Samstag”",
    ),
    Rule(
        "guilt",
        "it scolds or pushes",
        "state it and leave the choice: “Still on your list: …” / “Noch auf Ihrer Liste: …”",
    ),
    Rule(
        "false intimacy",
        "it pretends a closeness, or a price, that nobody has: all get the same",
        "“for everyone this week” / “diese Woche für alle”",
    ),
    Rule(
        "shouting",
        "capitals and rows of exclamation marks shout",
        "sentence case, one full stop",
    ),
)

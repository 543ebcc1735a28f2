"""What a shopper has agreed to: an append-only ledger per purpose, and the words agreed to."""

import hashlib
from bisect import bisect_right, insort
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

Purpose = Literal["locate", "message", "remember", "improve"]
PURPOSES: Final[tuple[Purpose, ...]] = ("locate", "message", "remember", "improve")
How = Literal["yes", "tick", "join", "settings", "pause", "leave", "delete", "expiry", "demo"]
VERSION: Final = 1
DAY_MS: Final = 86_400_000


class ConsentError(ValueError):
    """An entry that cannot stand in the ledger; says what was found and expected."""


class ConsentText(msgspec.Struct, frozen=True, kw_only=True):
    """What the phone shows before the yes, block by block."""

    version: int
    language: str
    title: str
    who: str
    what: str
    why: str
    not_: str = msgspec.field(name="not")
    how_long: str
    yes_label: str
    map_label: str
    remember_label: str
    improve_label: str

    @property
    def sha256(self) -> str:
        """Of the canonical JSON of exactly what was shown."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()


TEXTS: Final = {
    ("en", 1): ConsentText(
        version=1,
        language="en",
        title="May {store} see where this cart is?",
        who="{operator} runs this in {store}. Nobody else gets it.",
        what="While you shop: where this cart or basket is, and for how long it stays there.",
        why="To show you where you are and, now and then, to tell you something useful for that "
        "spot. At most three messages a visit.",
        not_="Not your name, not your phone's number, no camera, no microphone. Not where it "
        "is private: pharmacy, toilets, fitting rooms. Your price is everyone's price.",
        how_long="Your path is gone a day after your visit; where you stopped, after 30 days at "
        "most. Pause, leave or delete at any time.",
        yes_label="Yes, while I shop",
        map_label="Just the map",
        remember_label="Remember me for next time",
        improve_label="Use my visit, without me, to make this better",
    ),
    ("de", 1): ConsentText(
        version=1,
        language="de",
        title="Darf {store} sehen, wo dieser Wagen ist?",
        who="{operator} betreibt das in {store}. Niemand sonst bekommt es.",
        what="Während Sie einkaufen: wo dieser Wagen oder Korb ist und wie lange er dort bleibt.",
        why="Um Ihnen zu zeigen, wo Sie sind, und ab und zu etwas zu sagen, das dort nützlich ist. "
        "Höchstens drei Nachrichten je Besuch.",
        not_="Nicht Ihr Name, nicht Ihre Telefonnummer, keine Kamera, kein Mikrofon. Nicht, "
        "wo es privat ist: Apotheke, Toiletten, Umkleiden. Ihr Preis ist der Preis für alle.",
        how_long="Ihr Weg ist einen Tag nach dem Besuch gelöscht; wo Sie stehen blieben, nach "
        "höchstens 30 Tagen. Pause, Ende oder Löschen geht jederzeit.",
        yes_label="Ja, solange ich einkaufe",
        map_label="Nur die Karte",
        remember_label="Beim nächsten Mal wiedererkennen",
        improve_label="Meinen Besuch, ohne mich, zum Verbessern nutzen",
    ),
}


class Deal(msgspec.Struct, frozen=True):
    """What a shopper gives for one purpose, and what for."""

    give: str
    get: str


DEALS: Final[dict[str, dict[Purpose, Deal]]] = {
    "en": {
        "locate": Deal(
            "Where this cart is while you shop.", "The map shows you where you are, and the way."
        ),
        "message": Deal(
            "What you are told, whether you saw it, and what you answer.",
            "Now and then something useful for the spot where you stand.",
        ),
        "remember": Deal(
            "Your visits, answers, list and linked purchases from one time to the next.",
            "Nothing twice: no topic that you did not want, nothing that you have.",
        ),
        "improve": Deal("Your visits, without you in them.", "A map and messages that fit better."),
    },
    "de": {
        "locate": Deal(
            "Wo dieser Wagen ist, solange Sie einkaufen.",
            "Die Karte zeigt, wo Sie sind und wie Sie hinkommen.",
        ),
        "message": Deal(
            "Was Ihnen gesagt wird, ob Sie es sahen und was Sie antworten.",
            "Ab und zu etwas, das an Ihrem Platz nützlich ist.",
        ),
        "remember": Deal(
            "Besuche, Antworten, Liste und verknüpfte Einkäufe von Mal zu Mal.",
            "Nichts doppelt: kein Thema, das Sie nicht wollten, nichts, das Sie haben.",
        ),
        "improve": Deal("Ihre Besuche, ohne Sie.", "Karte und Nachrichten, die besser passen."),
    },
}


def deals(language: str) -> dict[Purpose, Deal]:
    """What is given and got, by purpose, in `language` or else English."""
    return DEALS.get(language, DEALS["en"])


def shown(language: str, store: str, operator: str, version: int = VERSION) -> ConsentText:
    """The text as the shopper sees it, in `language` or else English; its sha256 goes with it."""
    text = TEXTS.get((language, version), TEXTS["en", version])
    blocks = {
        name: block.replace("{store}", store).replace("{operator}", operator)
        for name, block in msgspec.structs.asdict(text).items()
        if isinstance(block, str)
    }
    return msgspec.structs.replace(text, **blocks)


class ConsentEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger: given or withdrawn, exactly one of the two."""

    subject: str
    """The shopper's random id."""
    purpose: Purpose
    text_version: int
    text_sha256: str
    language: str
    how: How
    given_ms: int | None = None
    withdrawn_ms: int | None = None

    def __post_init__(self) -> None:
        if (self.given_ms is None) == (self.withdrawn_ms is None):
            msg = (
                f"consent to {self.purpose}: given_ms {self.given_ms}, withdrawn_ms "
                f"{self.withdrawn_ms}, expected exactly one; our error"
            )
            raise ConsentError(msg)

    @property
    def order(self) -> tuple[int, bool]:
        """By time; in the same millisecond the withdrawal comes last and wins."""
        if self.given_ms is not None:
            return self.given_ms, False
        return self.withdrawn_ms or 0, True


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What stays after a deletion: that some yes was given and ended, by nobody in particular."""

    purposes: tuple[Purpose, ...]
    text_version: int
    text_sha256: str
    language: str
    given_day: int
    """Days since 1970; the hour could tell whose it was."""


def yes(
    subject: str, text: ConsentText, at_ms: int, *, remember: bool, improve: bool = False
) -> tuple[ConsentEvent, ...]:
    """The events of one tap on yes: locate and message, the others only where ticked."""
    ticked: dict[Purpose, bool] = {"remember": remember, "improve": improve}
    wanted: dict[Purpose, How] = {"locate": "yes", "message": "yes"}
    wanted |= {purpose: "tick" for purpose, on in ticked.items() if on}
    return tuple(given(subject, text, at_ms, purpose, how) for purpose, how in wanted.items())


def given(
    subject: str, text: ConsentText, at_ms: int, purpose: Purpose, how: How = "tick"
) -> ConsentEvent:
    """The event of one consent on its own."""
    return ConsentEvent(
        subject=subject,
        purpose=purpose,
        text_version=text.version,
        text_sha256=text.sha256,
        language=text.language,
        how=how,
        given_ms=at_ms,
    )


class Ledger:
    """The events so far; nothing in it changes, later events say otherwise."""

    def __init__(self, events: Iterable[ConsentEvent] = ()) -> None:
        self._events: dict[tuple[str, Purpose], list[ConsentEvent]] = {}
        self.append(events)

    def append(self, events: Iterable[ConsentEvent]) -> None:
        """Add events, in any order of their times."""
        for event in events:
            line = self._events.setdefault((event.subject, event.purpose), [])
            insort(line, event, key=lambda one: one.order)

    def allowed(self, subject: str, purpose: Purpose, at_ms: int) -> bool:
        """Whether the last word on `purpose` up to and at `at_ms` was a yes."""
        last = self.last(subject, purpose, at_ms)
        return last is not None and last.given_ms is not None

    def withdrawal(
        self, subject: str, purposes: Iterable[Purpose], at_ms: int, how: How
    ) -> tuple[ConsentEvent, ...]:
        """The events that take back what is given of `purposes`; to be appended and stored."""
        return tuple(
            msgspec.structs.replace(last, how=how, given_ms=None, withdrawn_ms=at_ms)
            for purpose in purposes
            if (last := self.last(subject, purpose, at_ms)) is not None
            and last.given_ms is not None
        )

    def forget(self, subject: str) -> Receipt | None:
        """Drop every event of `subject`; the receipt names nobody. None: there was nothing."""
        lines = [self._events.pop((subject, purpose), []) for purpose in PURPOSES]
        given = [event for line in lines for event in line if event.given_ms is not None]
        if not given:
            return None
        first = min(given, key=lambda event: event.order)
        return Receipt(
            purposes=tuple(p for p in PURPOSES if any(event.purpose == p for event in given)),
            text_version=first.text_version,
            text_sha256=first.text_sha256,
            language=first.language,
            given_day=first.order[0] // DAY_MS,
        )

    def last(self, subject: str, purpose: Purpose, at_ms: int) -> ConsentEvent | None:
        """The last word on `purpose` up to and at `at_ms`."""
        line = self._events.get((subject, purpose), [])
        index = bisect_right(line, (at_ms, True), key=lambda event: event.order)
        return line[index - 1] if index else None

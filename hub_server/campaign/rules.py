"""The rules in plain words: each campaign's condition as a sentence that a shopper can read."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from hub_server.campaign.campaign import Campaign
from hub_server.campaign.draft import TERM_FIELDS, values_of
from hub_server.campaign.rule_words import TONGUES
from hub_server.campaign.rule_words_english import ENGLISH
from hub_server.campaign.sources import PERSONAL, SOURCE_OF
from hub_server.campaign.tongue import Tongue
from hub_server.decision.catalogue import FIELDS
from hub_server.decision.conditions import All, AnyOf, Clause, Condition, Not

# Seconds are read out as minutes from here on.
MINUTES_FROM_S: Final = 120.0
MINUTE_S: Final = 60.0
PERCENT: Final = frozenset({"zone_p", "stage_p"})
SECONDS: Final = frozenset({"dwell_s", "visit_s", "waiting_s"})
UNITS: Final = {
    "dwell_s": "s",
    "visit_s": "s",
    "waiting_s": "s",
    "minutes_left": "min",
    "walk_m": "m",
}
REFUSING: Final = frozenset({"is_not", "not_in"})
LEAVES_OUT: Final = REFUSING | {"has_none"}
DEGREES: Final = "_c"
SLOT: Final = re.compile(r"\{(\w+)\}")


class RuleView(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that is in force, as the phone shows it."""

    campaign: str
    kind: str
    title: str
    text: str
    for_everyone: bool
    """It asks for nothing of before, and for nothing that the shopper said."""
    topic: str
    sponsor: str | None


def rules(campaigns: Iterable[Campaign], language: str) -> list[RuleView]:
    """Each campaign's condition as a sentence, in the language or else in English."""
    return [rule(one, language) for one in campaigns]


def rule(campaign: Campaign, language: str) -> RuleView:
    """One campaign's condition as a sentence."""
    words = campaign.words.get(language) or next(iter(campaign.words.values()))
    return RuleView(
        campaign=campaign.id,
        kind=campaign.kind,
        title=named(words.title, TONGUES.get(language, ENGLISH)),
        text=sentence(campaign, TONGUES.get(language, ENGLISH)),
        for_everyone=not is_because_of_you(campaign),
        topic=campaign.topic,
        sponsor=campaign.sponsor,
    )


def is_because_of_you(campaign: Campaign) -> bool:
    """Whether somebody gets it for what they said, wrote down, bought or did before.

    Who is only left out by that (had it already, came for a gift) is not picked by it.
    """
    return campaign.about is not None or _picks(campaign.condition, refuses=False)


def _picks(condition: Condition, *, refuses: bool) -> bool:
    match condition:
        case Clause():
            is_personal = SOURCE_OF[condition.field] in PERSONAL
            return is_personal and _refuses(condition) is refuses
        case Not(part):
            return _picks(part, refuses=not refuses)
        case _:
            return any(_picks(part, refuses=refuses) for part in condition.parts)


def _refuses(clause: Clause) -> bool:
    is_empty = clause.op == "some" and not clause.value
    return is_empty or clause.op in LEAVES_OUT


def named(template: str, tongue: Tongue) -> str:
    """A template with the name of what stands in each slot."""
    return SLOT.sub(lambda slot: f"[{tongue.slots[slot.group(1)]}]", template)


def sentence(campaign: Campaign, tongue: Tongue) -> str:
    """When it speaks, how often, and until when."""
    reader = _Reader(campaign, tongue)
    condition = campaign.condition
    if campaign.about is not None:
        condition = All((condition, Clause(campaign.about, "some", value=True)))
    said = [tongue.sentence.format(what=reader.read(condition))]
    once, often = tongue.caps
    count = campaign.cap_per_visit
    said.append(once if count == 1 else often.format(n=count))
    if campaign.ends_s is not None:
        date = datetime.fromtimestamp(campaign.ends_s, UTC).date().isoformat()
        said.append(tongue.until.format(date=date))
    return " ".join(said)


def unit_of(clause: Clause) -> str:
    """A key of a tongue's units."""
    if clause.field == "feed":
        return "°C" if (clause.of or "").endswith(DEGREES) else ""
    return UNITS.get(clause.field, "")


class _Reader:
    """Reads one campaign's condition out in one tongue."""

    def __init__(self, campaign: Campaign, tongue: Tongue) -> None:
        self.campaign = campaign
        self.tongue = tongue

    def read(self, condition: Condition) -> str:
        """The condition without a full stop."""
        match condition:
            case All(parts):
                return self.joined([self.read(part) for part in parts])
            case AnyOf(parts):
                return self.listed([self.read(part) for part in parts], self.tongue.alternative)
            case Not(part):
                return self.tongue.negated.format(what=self.read(part))
            case _:
                return _READERS[FIELDS[condition.field].kind](self, condition)

    def joined(self, parts: Sequence[str]) -> str:
        """Commas, or semicolons where a part has commas of its own."""
        if len(parts) == 1:
            return parts[0]
        mark = ";" if any("," in part or ":" in part for part in parts) else ","
        before = f"{mark} ".join(parts[:-1])
        return f"{before}{mark} {self.tongue.conjunction} {parts[-1]}"

    def listed(self, parts: Sequence[str], last: str) -> str:
        """Commas, and `last` before the last."""
        if len(parts) == 1:
            return parts[0]
        return f"{', '.join(parts[:-1])} {last} {parts[-1]}"

    def text(self, clause: Clause) -> str:
        """A closed vocabulary, or a place."""
        tongue = self.tongue
        values = values_of(clause)
        own = tongue.values.get(clause.field, {})
        named = [
            tongue.values["null"][""] if value is None else own.get(value) or self.name(value)
            for value in values
        ]
        form = tongue.choices[clause.field]["not" if clause.op in REFUSING else "is"]
        return form.format(value=self.listed(named, tongue.alternative))

    def number(self, clause: Clause) -> str:
        """How much of what."""
        shown = [self.amount(clause, value) for value in values_of(clause)]
        phrase = self.tongue.numbers[clause.field][clause.op]
        return phrase.format(of=self.of(clause), value=shown[0], high=shown[-1])

    def amount(self, clause: Clause, value: float) -> str:
        """A number with its unit."""
        units = self.tongue.units
        if clause.field == "local_minute":
            return f"{int(value) // 60:02d}:{int(value) % 60:02d}"
        if clause.field in PERCENT:
            return f"{value * 100:g} {units['%']}"
        if clause.field in SECONDS and value >= MINUTES_FROM_S:
            return f"{self.plain(value / MINUTE_S)} {units['min']}"
        return f"{self.plain(value)} {units[unit_of(clause)]}".rstrip()

    def plain(self, value: float) -> str:
        """At most one decimal, with the language's sign."""
        return f"{value:.1f}".removesuffix(".0").replace(".", self.tongue.comma)

    def members(self, clause: Clause) -> str:
        """What must be, or must not be, in a set."""
        phrases = self.tongue.sets[clause.field]
        if clause.op == "some":
            return phrases["some" if clause.value else "none"]
        values = [str(value) for value in values_of(clause)]
        is_term = clause.field in TERM_FIELDS
        values = [self.term(value) if is_term else self.name(value) for value in values]
        names = self.listed(values, self.tongue.alternative)
        return phrases[clause.op].format(names=names)

    def flag(self, clause: Clause) -> str:
        """Yes or no."""
        yes, no = self.tongue.flags[clause.field]
        return (yes if clause.value else no).format(of=self.of(clause))

    def of(self, clause: Clause) -> str:
        """What the clause's `of` is called."""
        of = clause.of or ""
        if clause.field == "stage_p":
            return self.tongue.values["stage"][of]
        return self.tongue.readings.get(of) or self.name(of)

    def term(self, key: str) -> str:
        """What a category or service plan is called."""
        return self.campaign.term_in(key, self.tongue.language)

    def name(self, key: str) -> str:
        """What a zone or item is called."""
        return self.campaign.name_in(key, self.tongue.language)


_READERS: Final = {
    "text": _Reader.text,
    "number": _Reader.number,
    "set": _Reader.members,
    "flag": _Reader.flag,
}

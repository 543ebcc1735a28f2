"""The rules in plain words: each campaign's condition as a sentence that a shopper can read."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from hub_server.campaign.campaign import Campaign
from hub_server.campaign.draft import TERM_FIELDS, values_of
from hub_server.campaign.rule_words import ENGLISH, TONGUES, Tongue
from hub_server.campaign.sources import is_for_everyone, sources
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
DEGREES: Final = "_c"
SLOT: Final = re.compile(r"\{(\w+)\}")


class RuleView(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that is in force, as the phone shows it."""

    campaign: str
    kind: str
    title: str
    text: str
    for_everyone: bool
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
        for_everyone=is_for_everyone(sources(campaign.uses)),
        topic=campaign.topic,
        sponsor=campaign.sponsor,
    )


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
        """Semicolons, since a part may have commas of its own."""
        last = self.tongue.conjunction
        return parts[0] if len(parts) == 1 else f"{'; '.join(parts[:-1])}; {last} {parts[-1]}"

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
        what = self.tongue.numbers[clause.field].format(of=self.of(clause))
        values = values_of(clause)
        shown = [self.amount(clause, value) for value in values]
        return self.tongue.operators[clause.op].format(what=what, value=shown[0], high=shown[-1])

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
        what = self.tongue.sets[clause.field]
        if clause.op == "some":
            return self.tongue.members["some" if clause.value else "none"].format(what=what)
        values = [str(value) for value in values_of(clause)]
        is_term = clause.field in TERM_FIELDS
        values = [self.term(value) if is_term else self.name(value) for value in values]
        names = self.listed(values, self.tongue.alternative)
        return self.tongue.members[clause.op].format(names=names, what=what)

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

"""The wording lint: what in a text creeps people out, why, and what to write instead."""

from collections.abc import Iterable

import msgspec

from hub_server.campaign.campaign import Campaign
from hub_server.campaign.document import LIMITS
from hub_server.campaign.wording_rules import RULES


class Finding(msgspec.Struct, frozen=True):
    """One phrase that should not be said."""

    rule: str
    phrase: str
    at: int
    """Where in the text, with single spaces, it begins."""
    why: str
    better: str


def lint(text: str, language: str, *, part: str = "text") -> tuple[Finding, ...]:
    """Every phrase of `text` that a rule knows, in order.

    Rules are written for English and German; of another language only what holds in all.
    """
    found = []
    plain = " ".join(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    for rule in RULES:
        if part not in rule.parts:
            continue
        for pattern in rule.patterns(language):
            for match in pattern.finditer(plain):
                phrase = match.group().strip()
                found.append(Finding(rule.name, phrase, match.start(), rule.why, rule.better))
    return tuple(sorted(found, key=lambda one: one.at))


def remarks(campaigns: Iterable[Campaign]) -> tuple[str, ...]:
    """A line for each phrase; only files of version 1 come so far with any."""
    return tuple(
        f"note: campaign {campaign.id}, words.{language}.{part}: “{one.phrase}”: {one.why}; "
        f"better: {one.better}"
        for campaign in campaigns
        for language, words in campaign.words.items()
        for part in LIMITS
        for one in lint(getattr(words, part) or "", language, part=part)
    )

"""What one language needs to read a condition out."""

from collections.abc import Mapping

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
    choices: Mapping[str, Phrases]
    """Of text fields: a sentence with {value}, for being it, for not being it, for null."""
    values: Mapping[str, Phrases]
    """Of a field's closed vocabulary."""
    numbers: Mapping[str, Phrases]
    """By field and operator, with {value} and, of a pair, {high}; {of} where it stands for many."""
    sets: Mapping[str, Phrases]
    """By field and operator, with {names}; `none` for there being nothing in it."""
    flags: Mapping[str, tuple[str, str]]
    """(true, false) of yes-and-no fields; with {of} where one stands for many."""
    units: Phrases
    readings: Phrases
    slots: Phrases
    """What stands in a slot of a title."""


def members(has: str, has_none: str, some: str, none: str) -> Phrases:
    """What is said of a set: these are in it, none of these, anything, nothing."""
    return {"has": has, "has_any": has, "has_none": has_none, "some": some, "none": none}

"""One campaign, read and checked: what `decide` asks, with everything looked up beforehand."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from hub_server.campaign.document import About, Kind, Words
from hub_server.decision.caps import Cap
from hub_server.decision.catalogue import Check
from hub_server.decision.conditions import Condition, Might, compiled, fields_used
from store_maps.naming import Names, name_in

# 64 bits: of the few thousand items of a store no two share a mark by chance.
MARK_CHARS: Final = 16
SLOT_MARKS: Final = str.maketrans("{}", "[]")


def mark(text: str, salt: bytes) -> str:
    """The digest by which an item or category is compared without being named."""
    return hmac.new(salt, text.encode(), hashlib.sha256).hexdigest()[:MARK_CHARS]


class Good(msgspec.Struct, frozen=True, kw_only=True):
    """What a text may say of one product, and the marks that keep it a surprise."""

    item: str
    name: str
    price: float | None
    category: str
    sensitive: bool
    marks: frozenset[str]
    """Of the item and of its category."""
    names: Names = ()
    """Language and the name in it, where there is one."""

    def name_in(self, language: str) -> str:
        """The name for who reads `language`, else the shelf's."""
        return name_in(self.names, language, self.name)


class ReadyVariant(msgspec.Struct, frozen=True):
    """Words for those of whom `fits` holds."""

    words: dict[str, Words]
    fits: Check
    condition: Condition
    asked: frozenset[str]
    """The fields of its own condition and of the variants before it, which did not fit."""


def ready_variants(
    variants: Iterable[tuple[dict[str, Words], Condition]],
) -> tuple[ReadyVariant, ...]:
    """Variants in the order in which they are tried."""
    asked: frozenset[str] = frozenset()
    ready = []
    for words, condition in variants:
        asked |= fields_used(condition)
        ready.append(ReadyVariant(words, compiled(condition), condition, asked))
    return tuple(ready)


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign, ready to be asked."""

    id: str
    rev: int = 1
    kind: Kind
    topic: str
    words: dict[str, Words]
    variants: tuple[ReadyVariant, ...] = ()
    condition: Condition
    fits: Check
    """The condition (and `for_zone`) as one closure."""
    might: Might
    """In which stages the condition could hold; readings that are too old count as open."""
    zones: frozenset[str | None] | None = None
    """The only ones that the condition can hold in; None: any."""
    usefulness: float
    promotional: bool = False
    """A holdout shopper is spared it."""
    exempt: bool = False
    """No cap holds it back; it is counted all the same."""
    needs_stage: bool
    """Its condition asks for the stage, so an unsure stage silences it."""
    uses: frozenset[str] = frozenset()
    """Fields that condition, variants and `about` ask for."""
    uses_history: frozenset[str] = frozenset()
    """Those of them that are of the past."""
    feeds: frozenset[str] = frozenset()
    """Readings that the condition asks for, as `weather.temperature_c`."""
    slots: frozenset[str] = frozenset()
    """Slots of any of its texts that may have no value; empty: it can always speak."""
    for_zone: str | None = None
    for_zone_name: str = ""
    near: str | None = None
    near_name: str = ""
    walk_m_max: float | None = None
    cap_per_visit: int = 1
    caps: tuple[Cap, ...] = ()
    expiry_s: float = 60.0
    starts_s: float | None = None
    ends_s: float | None = None
    sponsor: str | None = None
    items: frozenset[str] = frozenset()
    named_items: tuple[str, ...] = ()
    """The same in the file's order: the first is what a text names."""
    categories: frozenset[str] = frozenset()
    about: About | None = None
    goods: Mapping[str, Good] = {}
    """What is known of its items; of every product where `about` is set."""
    names: Mapping[str, str] = {}
    """What the zones and items of its conditions are called."""
    names_by: Mapping[str, Names] = {}
    """The same by language, where there is more than one name; and of what it leads to."""
    terms: Mapping[str, Names] = {}
    """What its topic and its conditions' categories and service plans are called."""
    digests: frozenset[str] = frozenset()
    """Marks of its items and categories, and of its items' categories."""
    price: float | None = None
    """The lowest of what it is about."""
    currency: str = ""
    """Of the store's prices (ISO 4217); empty: the store names none."""
    needs_stock: bool = False
    sensitive: bool = False
    privacy: str = "neutral"
    safety: bool = False
    action: str = "say"
    buttons: tuple[str, ...] = ()
    control_share: float = 0.0
    no_control_because: str | None = None

    def name_in(self, key: str, language: str) -> str:
        """What a zone or item of its conditions is called for who reads `language`."""
        return name_in(self.names_by.get(key, ()), language, self.names.get(key, key))

    def term_in(self, term: str, language: str) -> str:
        """What a topic, category or service plan is called; its id, where the file says nothing."""
        return name_in(self.terms.get(term, ()), language, term.replace("-", " "))

    def for_zone_name_in(self, language: str) -> str:
        """The name of the zone that it speaks in."""
        return name_in(self.names_by.get(self.for_zone or "", ()), language, self.for_zone_name)

    def near_name_in(self, language: str) -> str:
        """The name of what it leads to."""
        return name_in(self.names_by.get(self.near or "", ()), language, self.near_name)

    @property
    def headline(self) -> str:
        """The title in the file's first language, for managers: slots stand there by their names.

        What a moment fills into them is the shopper's.
        """
        return next(iter(self.words.values())).title.translate(SLOT_MARKS)

    def runs(self, at_s: float) -> bool:
        """Whether `at_s` lies between its start and its end."""
        if self.starts_s is not None and at_s < self.starts_s:
            return False
        return self.ends_s is None or at_s < self.ends_s

"""A campaign half read: what its checks look at, beside the map and the products."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

import msgspec

from hub_server.campaign.document import LIMITS, Terms, Variant, Words
from hub_server.decision import conditions
from hub_server.decision.conditions import Clause, Condition, Places
from store_maps.feature import Zone
from store_maps.naming import Names

# (where, value, what was expected, and the last two as a sentence where that reads better)
Fault = tuple[str, str, str] | tuple[str, str, str, str]

ITEM_FIELDS: Final = frozenset(
    {
        "bought_items",
        "owned_items",
        "due_items",
        "returned_items",
        "disliked_items",
        "wanted_items",
        "passed_items",
        "leaving_without",
    }
)
# What these name has its words in the file's own table, not in the map or the products.
TERM_FIELDS: Final = frozenset(
    {"bought_categories", "owned_categories", "due_categories", "services_due"}
)
CATEGORY_FIELDS: Final = frozenset({"bought_categories", "owned_categories", "due_categories"})


class Article(Protocol):
    """What of a product a campaign looks up."""

    @property
    def name(self) -> str:
        """As it stands on the shelf."""

    @property
    def names(self) -> Names:
        """Language and the name in it, where there is one."""

    @property
    def price(self) -> float | None:
        """As it stands on the shelf."""

    @property
    def category(self) -> str:
        """What else it is like."""

    @property
    def sensitive(self) -> bool:
        """Whether it tells of health or body."""


class Shop(msgspec.Struct, frozen=True):
    """The store that a file is checked against."""

    places: Places
    zones: Mapping[str, Zone]
    """The leaves, by id."""
    products: Mapping[str, Article]
    """Empty: items and categories are not checked."""
    terms: Terms = {}
    """What topics, categories and service plans are called."""

    @property
    def categories(self) -> frozenset[str]:
        """Of all products."""
        return frozenset(product.category for product in self.products.values())

    def named(self, key: str) -> Zone | Article | None:
        """What shoppers know by a name: a zone, else a product."""
        return self.zones.get(key) or self.products.get(key)


class Draft(msgspec.Struct, frozen=True):
    """One campaign's fields that read well, and its conditions."""

    version: int
    values: dict[str, Any]
    condition: Condition
    variants: tuple[Condition, ...]
    shop: Shop
    unread: frozenset[str] = frozenset()
    """Fields that stand in the file and did not read, which was told."""

    def get(self, name: str) -> Any:  # noqa: ANN401 - any field of the document
        """A field's value, or None where it is absent or did not read."""
        return self.values.get(name)

    @property
    def names_goods(self) -> bool:
        """Whether it speaks of items."""
        return bool(self.get("items") or self.get("about"))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Its own and its variants'."""
        return (self.condition, *self.variants)

    @property
    def clauses(self) -> list[Clause]:
        """Of all its conditions."""
        return [clause for one in self.conditions for clause in conditions.clauses(one)]

    @property
    def fields(self) -> frozenset[str]:
        """That any of its conditions, or `about`, asks for."""
        about = self.get("about")
        return frozenset(clause.field for clause in self.clauses) | ({about} if about else set())

    def all_words(self) -> Iterator[tuple[str, str, Words]]:
        """(place in the file, language, words) of itself and each variant."""
        for language, words in (self.get("words") or {}).items():
            yield f"words.{language}", language, words
        variants: tuple[Variant, ...] = self.get("variants") or ()
        for index, variant in enumerate(variants):
            for language, words in variant.words.items():
                yield f"variants[{index}].words.{language}", language, words

    def templates(self) -> Iterator[tuple[str, str, str, str]]:
        """(place, language, part, template) of every text."""
        for where, language, words in self.all_words():
            for part in LIMITS:
                template = getattr(words, part)
                if template is not None:
                    yield f"{where}.{part}", language, part, template


def values_of(clause: Clause) -> tuple[Any, ...]:
    """What a clause compares with, one or many."""
    return clause.value if isinstance(clause.value, tuple) else (clause.value,)

"""Whether a text names a product: by its id, its name, or a word that only things like it have.

People write "the Plimsa one for Ada", and what they write is cut: a whole name rarely stands there.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from hub_server.goods.name_search import plain
from hub_server.goods.products import Product

# Shorter words are in too many others to tell of one thing.
WORD_CHARS_MIN: Final = 4


class Traces(msgspec.Struct, frozen=True):
    """What of some products would tell of them in a text."""

    whole: frozenset[str]
    """Ids and names in every language, folded."""
    words: tuple[str, ...]
    """Words of their names that nothing of another category has."""

    def are_in(self, text: str) -> bool:
        """Whether the text names one of the products."""
        folded = _folded(text)
        if any(name in folded for name in self.whole):
            return True
        return any(word.startswith(self.words) for word in plain(text))


def traces_of(products: Iterable[Product | None], telling: Mapping[str, frozenset[str]]) -> Traces:
    """Of some products (None has none) and the `telling_words` of all that are sold."""
    sold = [one for one in products if one is not None]
    return Traces(
        frozenset(_folded(name) for one in sold for name in (one.item, *_names(one))),
        tuple(sorted({word for one in sold for word in telling.get(one.item, ())})),
    )


def telling_words(products: Iterable[Product]) -> dict[str, frozenset[str]]:
    """By item, the words of its names that no product of another category has.

    What has no category is one of its own.
    """
    sold = list(products)
    by_item = {
        one.item: {word for name in _names(one) for word in plain(name) if _is_long(word)}
        for one in sold
    }
    groups: dict[str, set[str]] = {}
    for one in sold:
        for word in by_item[one.item]:
            groups.setdefault(word, set()).add(one.category or one.item)
    return {
        item: frozenset(word for word in words if len(groups[word]) == 1)
        for item, words in by_item.items()
    }


def _names(product: Product) -> tuple[str, ...]:
    return (product.name, *(name for _, name in product.names))


def _is_long(word: str) -> bool:
    return len(word) >= WORD_CHARS_MIN and not word.isdigit()


def _folded(text: str) -> str:
    """Without case, and the same for each way to write an accent."""
    return unicodedata.normalize("NFKD", text.casefold())

"""Names found as people type them: any case, no accents, the first letters, one slip a word.

Pure: built from (id, text) pairs, it answers from memory.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

_WORDS: Final = re.compile(r"[^\W_]+")
# German writes ä or ae, ö or oe, ü or ue, and who types in a hurry a, o, u: all become the same.
_DIGRAPHS: Final = re.compile("(?<=[aou])e")
# In shorter words one slip makes another word: "oil" and "oat".
TYPO_CHARS_MIN: Final = 4
# "tomatoes" finds "tomato" and "Nudeln" finds "Nudel": so much may be too many at the end.
ENDING_CHARS_MAX: Final = 2
QUERY_CHARS_MAX: Final = 80
# A name has no more that tell it apart, and each that is misspelt looks at every word there is.
WORDS_MAX: Final = 6
# How well a word fits, best first.
SAME, BEGINS, ENDS, WITHIN, SLIP = range(5)


def plain(text: str) -> tuple[str, ...]:
    """The words of `text` without case and accents."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(one for one in folded if not unicodedata.combining(one))
    return tuple(_DIGRAPHS.sub("", word) for word in _WORDS.findall(bare))


class NameSearch:
    """Finds ids by their texts."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        self._texts = dict(texts)
        self._holders: dict[str, set[str]] = {}
        self._first: dict[str, str] = {}
        for key, text in self._texts.items():
            words = plain(text)
            self._first[key] = words[0] if words else ""
            for word in words:
                self._holders.setdefault(word, set()).add(key)
        self._words = sorted(self._holders)

    def find(self, text: str, limit: int) -> list[str]:
        """Ids whose text has every one of the first words of `text`, the best first."""
        words = tuple(dict.fromkeys(plain(text[:QUERY_CHARS_MAX])))[:WORDS_MAX]
        if not words:
            return []
        ranks = self._of_word(words[0])
        for word in words[1:]:
            if not ranks:
                return []
            more = self._of_word(word)
            ranks = {key: ranks[key] + more[key] for key in ranks.keys() & more.keys()}
        best = sorted(ranks, key=lambda key: self._order(key, ranks[key], words))
        return best[:limit]

    def _order(self, key: str, rank: int, words: tuple[str, ...]) -> tuple[int, bool, int, str]:
        starts = self._first[key].startswith(words[0])
        return rank, not starts, len(self._texts[key]), key

    def _of_word(self, word: str) -> dict[str, int]:
        """Id to the best fit of one word."""
        ranks: dict[str, int] = {}
        for other, rank in self._fitting(word):
            for key in self._holders[other]:
                ranks[key] = min(rank, ranks.get(key, rank))
        return ranks

    def _fitting(self, word: str) -> list[tuple[str, int]]:
        begins = self._beginning(word)
        fits = [(other, SAME if other == word else BEGINS) for other in begins]
        if len(word) < TYPO_CHARS_MIN:
            return fits
        fits += [(other, ENDS) for other in self._shorter(word)]
        # "milch" is in "Hafermilch"; and only who found nothing has slipped.
        return (
            fits
            or [(other, WITHIN) for other in self._words if word in other]
            or [(other, SLIP) for other in self._words if is_one_slip(word, other)]
        )

    def _beginning(self, word: str) -> list[str]:
        found = []
        for other in self._words[bisect_left(self._words, word) :]:
            if not other.startswith(word):
                break
            found.append(other)
        return found

    def _shorter(self, word: str) -> list[str]:
        shortest = max(TYPO_CHARS_MIN, len(word) - ENDING_CHARS_MAX)
        cut = (word[:length] for length in range(shortest, len(word)))
        return [other for other in cut if other in self._holders]


def is_one_slip(word: str, other: str) -> bool:
    """Whether `other` begins with `word` but for one letter: wrong, missing, too many, swapped."""
    at = next(
        (i for i, pair in enumerate(zip(word, other, strict=False)) if pair[0] != pair[1]), -1
    )
    if at < 0:
        # One is the other's beginning: the letter too many is the last.
        return len(word) - len(other) == 1
    rest, tail = word[at:], other[at:]
    return (
        tail[1:].startswith(rest[1:])
        or tail.startswith(rest[1:])
        or tail[1:].startswith(rest)
        or (tail[:2] == rest[1::-1] and tail[2:].startswith(rest[2:]))
    )

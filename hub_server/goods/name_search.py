"""Names found as people type them: any case, no accents, the first letters, one slip a word.

Pure: built from (id, text) pairs, it answers from memory. A word as it is written comes first, then
what sort of thing it is, then its other form, its beginning; only a word that is in nothing of all
that is looked for inside of others, and only then taken for a slip.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from typing import Final, NamedTuple

_WORDS: Final = re.compile(r"[^\W_]+")
# "gluten-free" is written "glutenfree" too.
_HYPHENED: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)+")
# German writes ä or ae, ö or oe, ü or ue, and who types in a hurry a, o, u: all become the same.
_DIGRAPHS: Final = re.compile("(?<=[aou])e")
# In shorter words one slip makes another word: "oil" and "oat".
TYPO_CHARS_MIN: Final = 4
# "tomatoes" is "tomato" and "Nudeln" is "Nudel"; "pear" is not "pea".
ENDINGS: Final = ("s", "es", "n", "en", "e", "er")
# What is shorter has no other form: "i" and "is".
STEM_CHARS_MIN: Final = 3
QUERY_CHARS_MAX: Final = 80
# A name has no more that tell it apart, and each that is misspelt looks at every word there is.
WORDS_MAX: Final = 6
# They tell nothing apart: "some milk" is milk, and so is "where's the milk", with its s.
FILLERS: Final = frozenset(
    (
        *("a", "an", "the", "of", "some", "my"),
        *("der", "die", "das", "den", "ein", "eine", "einen", "etwas"),
        *("where", "s", "is", "are", "can", "could", "do", "does", "i", "we", "you"),
        *("find", "get", "have", "need", "want", "please"),
        *("wo", "ist", "sind", "gibt", "es", "ich", "wir", "sie", "habt", "haben"),
        *("finde", "finden", "brauche", "suche", "bitte"),
    )
)
# How well a word fits a name, best first; two apart, since a sort comes right after a name.
SAME, FORM, BEGINS, ENDS, WITHIN, SLIP = range(0, 12, 2)
KIND: Final = 1
# "cream" is half of the sort "ice cream": no better than a beginning.
HALF_KIND: Final = BEGINS + KIND
SURE_MAX: Final = FORM + KIND

Holders = dict[str, set[str]]
"""Word to the ids that have it."""


class Hit(NamedTuple):
    """What a text may mean."""

    key: str
    is_sure: bool
    """Every word is there as it was written, or in another form; nothing was guessed."""
    fit: int
    """How well it fits, 0 the best: what fits as well as another is not told from it."""


def plain(text: str) -> tuple[str, ...]:
    """The words of `text` without case and accents."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(one for one in folded if not unicodedata.combining(one))
    return tuple(_DIGRAPHS.sub("", word) for word in _WORDS.findall(bare))


class NameSearch:
    """Finds ids by their texts.

    Args:
        names: id and name; several of one id in several languages.
        kinds: id and what sort of thing it is: category, another word for it.
        traits: id and a property, which tells nothing by itself: vegan.
    """

    def __init__(
        self,
        names: Iterable[tuple[str, str]],
        kinds: Iterable[tuple[str, str]] = (),
        traits: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._names: Holders = {}
        self._kinds: Holders = {}
        self._halves: Holders = {}
        self._phrases: dict[str, list[frozenset[str]]] = {}
        self._first: dict[str, set[str]] = {}
        self._length: dict[str, int] = {}
        for key, text in names:
            self._length.setdefault(key, len(text))
            self._first.setdefault(key, set()).update(plain(text)[:1])
            _hold(self._names, key, (*plain(text), *_joined(text)))
        for key, text in kinds:
            words = plain(text)
            _hold(self._halves if len(words) > 1 else self._kinds, key, words)
            self._phrases.setdefault(key, []).append(frozenset(words))
        for key, text in traits:
            _hold(self._halves, key, (*plain(text), *_joined(text)))
        self._place = {key: place for place, key in enumerate(self._length)}
        self._words = sorted({*self._names, *self._kinds, *self._halves})

    def find(self, text: str, limit: int) -> list[str]:
        """Ids whose text has every one of the first words of `text`, the best first."""
        return [hit.key for hit in self.hits(text, limit)]

    def hits(self, text: str, limit: int) -> list[Hit]:
        """The same, each with whether it is meant for sure."""
        words = _telling(text)
        if not words:
            return []
        found: dict[str, tuple[int, ...]] = {
            key: (rank,) for key, rank in self._of_word(words[0]).items()
        }
        for word in words[1:]:
            if not found:
                return []
            more = self._of_word(word)
            found = {key: (*found[key], more[key]) for key in found.keys() & more.keys()}
        best = sorted(found, key=lambda key: self._order(key, found[key], words))
        return [
            Hit(key, self._is_sure(key, found[key], words), sum(found[key])) for key in best[:limit]
        ]

    def _is_sure(self, key: str, ranks: tuple[int, ...], words: tuple[str, ...]) -> bool:
        """Whether each word is a name's or a sort's; of a sort of two words, both were typed."""
        whole = [phrase for phrase in self._phrases.get(key, ()) if phrase <= set(words)]
        pairs = zip(ranks, words, strict=True)
        return all(rank <= SURE_MAX or any(word in one for one in whole) for rank, word in pairs)

    def _order(
        self, key: str, ranks: tuple[int, ...], words: tuple[str, ...]
    ) -> tuple[int, bool, int, int]:
        starts = any(first.startswith(words[0]) for first in self._first[key])
        # A short name is nearer to what was typed; of one sort, the first of the file goes first.
        is_named = any(not rank % 2 for rank in ranks)
        return sum(ranks), not starts, self._length[key] if is_named else 0, self._place[key]

    def _of_word(self, word: str) -> dict[str, int]:
        """Id to the best fit of one word."""
        ranks: dict[str, int] = {}
        layers = ((self._names, 0), (self._kinds, KIND), (self._halves, HALF_KIND))
        for other, fit in self._fitting(word):
            for holders, less in layers:
                for key in holders.get(other, ()):
                    ranks[key] = min(fit + less, ranks.get(key, SLIP + HALF_KIND))
        return ranks

    def _fitting(self, word: str) -> list[tuple[str, int]]:
        begins = self._beginning(word)
        if word.isdigit():
            # "2 milk" is not the milk of 20 bags.
            return [(other, SAME) for other in begins if other == word]
        fits = [(other, _fit(word, other)) for other in begins]
        fits += [(other, FORM) for other in self._stems(word)]
        if fits or len(word) < TYPO_CHARS_MIN:
            return fits
        # "milch" is in "Hafermilch"; and only who found nothing has slipped.
        return [
            (other, ENDS if other.endswith(word) else WITHIN)
            for other in self._words
            if word in other
        ] or [(other, SLIP) for other in self._words if is_one_slip(word, other)]

    def _beginning(self, word: str) -> list[str]:
        found = []
        for other in self._words[bisect_left(self._words, word) :]:
            if not other.startswith(word):
                break
            found.append(other)
        return found

    def _stems(self, word: str) -> list[str]:
        """Words of which `word` is another form."""
        stems = {word.removesuffix(ending) for ending in ENDINGS} - {word}
        at = (bisect_left(self._words, stem) for stem in stems if len(stem) >= STEM_CHARS_MIN)
        return [self._words[i] for i in at if i < len(self._words) and self._words[i] in stems]


def _telling(text: str) -> tuple[str, ...]:
    """The first words that tell one thing from another."""
    words = dict.fromkeys(plain(text[:QUERY_CHARS_MAX]))
    return tuple([word for word in words if word not in FILLERS] or words)[:WORDS_MAX]


def _hold(holders: Holders, key: str, words: Iterable[str]) -> None:
    for word in words:
        holders.setdefault(word, set()).add(key)


def _joined(text: str) -> list[str]:
    return ["".join(plain(words)) for words in _HYPHENED.findall(text)]


def _fit(word: str, other: str) -> int:
    """How well a word fits one that it begins."""
    if other == word:
        return SAME
    is_form = len(word) >= STEM_CHARS_MIN and other[len(word) :] in ENDINGS
    return FORM if is_form else BEGINS


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

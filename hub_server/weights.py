"""What a shopper thinks of a topic, as one number: their own opinions, shrunk to everybody's prior.

Useful or not is a coin with an unknown side: u opinions for, n against, and a Beta prior of mean
1/2 worth PRIOR_COUNT opinions. The weight is the posterior mean over the prior's, so a shopper who
has said nothing has weight 1 everywhere, and one opinion moves it a little.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

Kind = Literal["useful", "less", "not_for_me"]
KINDS: Final[tuple[Kind, ...]] = ("useful", "less", "not_for_me")

# How many opinions the prior is worth. Two: one "less" leaves 2/3, three leave 0.4, so that three
# noes take more than half of a topic's share even where one of them is a month old (row 27).
PRIOR_COUNT: Final = 2.0
# An opinion counts half after this long: tastes change, and a bad week is not for ever. With 90
# days three noes of last month still take half.
HALF_LIFE_S: Final = 90 * 86_400.0
# "Not for me" also mutes the topic; as a number it is worth two times "less".
NO_COUNT: Final[Mapping[Kind, float]] = {"useful": 0.0, "less": 1.0, "not_for_me": 2.0}
# Below this the weight is the prior in all but name, and is not carried about.
NOTICED: Final = 0.005


class Opinion(msgspec.Struct, frozen=True, gc=False):
    """What the shopper said of one message's topic."""

    kind: Kind
    topic: str
    at_s: float


def weight(useful: float, against: float) -> float:
    """Posterior mean over prior mean: (1 + u) / (2 + u + n) / (1/2); 0 to 2, 1 without opinions."""
    return (PRIOR_COUNT / 2 + useful) / (PRIOR_COUNT + useful + against) * 2


def weights(opinions: Iterable[Opinion], at_s: float) -> dict[str, float]:
    """Topic to weight, of the opinions given by `at_s`; topics at the prior are left out."""
    useful: dict[str, float] = {}
    against: dict[str, float] = {}
    for one in opinions:
        if one.at_s > at_s:
            continue
        part = 0.5 ** ((at_s - one.at_s) / HALF_LIFE_S)
        side, count = (useful, 1.0) if one.kind == "useful" else (against, NO_COUNT[one.kind])
        side[one.topic] = side.get(one.topic, 0.0) + part * count
    found = {
        topic: weight(useful.get(topic, 0.0), against.get(topic, 0.0))
        for topic in sorted({*useful, *against})
    }
    return {topic: number for topic, number in found.items() if abs(number - 1.0) >= NOTICED}


def in_words(number: float) -> str:
    """A weight as a shopper reads it: much_less, less, as_everybody, more or much_more."""
    for limit, word in WORDS:
        if number < limit:
            return word
    return "much_more"


# The borders are what one and three opinions do: 0.67 and 0.4 down, 1.33 and 1.6 up.
WORDS: Final = ((0.5, "much_less"), (0.9, "less"), (1.1, "as_everybody"), (1.5, "more"))

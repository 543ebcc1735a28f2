"""What a shopper thinks of a topic, as one number: their own answers, shrunk to everybody's prior.

Useful or not is a coin with an unknown side: u answers for, n against, and a Beta prior of mean
1/2 worth PRIOR_COUNT answers. The weight is the posterior mean over the prior's, so a shopper who
has said nothing has weight 1 everywhere, and one answer moves it a little.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

# How many answers the prior is worth. Two: one "less" leaves 2/3, three leave 0.4, so that three
# noes take more than half of a topic's share even where they are a month old (row 27).
PRIOR_COUNT: Final = 2.0
# Answers count half this long after the last one: tastes change, and a bad week is not for ever.
# With 90 days three noes of last month still take half.
HALF_LIFE_S: Final = 90 * 86_400.0
# Nearer to 1 than this the weight is the prior in all but name, and is not carried about.
NOTICED: Final = 0.005
# A weight as a shopper reads it. The borders lie between what one and what two or three answers do:
# 0.67 and 0.5 down, 1.33 and 1.5 up.
WORDS: Final = (
    (0.55, "much_less"),
    (0.9, "less"),
    (1.1, "as_everybody"),
    (1.45, "more"),
    (float("inf"), "much_more"),
)


class Tally(msgspec.Struct, frozen=True, gc=False):
    """One shopper's answers to messages of one topic."""

    topic: str
    useful: int
    less: int
    """How often less, or never."""
    at_s: float
    """The last of them."""


def weight(useful: float, less: float) -> float:
    """Posterior mean over prior mean: (1 + u) / (2 + u + n) / (1/2); 0 to 2, 1 without answers."""
    return (PRIOR_COUNT / 2 + useful) / (PRIOR_COUNT + useful + less) * 2


def weights(tallies: Iterable[Tally], at_s: float) -> dict[str, float]:
    """Topic to weight at `at_s`; topics at the prior are left out."""
    found = {}
    for one in tallies:
        part = 0.5 ** (max(at_s - one.at_s, 0.0) / HALF_LIFE_S)
        number = weight(one.useful * part, one.less * part)
        if abs(number - 1.0) >= NOTICED:
            found[one.topic] = number
    return found


def in_words(number: float) -> str:
    """A weight by its name in WORDS."""
    return next(word for limit, word in WORDS if number < limit)

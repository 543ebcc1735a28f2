"""The seeded generator of .NET, so that a scenario published from there has the same noise here.

Knuth's subtractive method (The Art of Computer Programming, vol. 2, 3.2.2), with the constants
that `System.Random(int)` has had since .NET Framework.
"""

import hashlib
import math
from typing import Final

LARGEST: Final = 2**31 - 1
KNUTH: Final = 161_803_398
LENGTH: Final = 55
SPACING: Final = 21
"""Where the second place starts; Knuth's is 31, .NET's never was."""
SHUFFLE: Final = 31
ROUNDS: Final = 4


class DotnetRandom:
    """`new Random(seed)`."""

    def __init__(self, seed: int) -> None:
        # Place 0 is never read: the generator counts from 1.
        state = [0] * (LENGTH + 1)
        last = KNUTH - min(abs(seed), LARGEST)
        state[LENGTH] = last
        following = 1
        for step in range(1, LENGTH):
            place = SPACING * step % LENGTH
            state[place] = following
            following = wrapped(last - following)
            last = state[place]
        for _ in range(ROUNDS):
            for place in range(1, LENGTH + 1):
                other = 1 + (place + SHUFFLE - 1) % LENGTH
                state[place] = wrapped(state[place] - state[other])
        self._state = state
        self._one = 0
        self._other = SPACING

    def uniform(self) -> float:
        """The next number in [0, 1): `NextDouble()`."""
        self._one = self._one % LENGTH + 1
        self._other = self._other % LENGTH + 1
        drawn = self._state[self._one] - self._state[self._other]
        drawn -= drawn == LARGEST
        drawn = wrapped(drawn)
        self._state[self._one] = drawn
        return drawn / LARGEST

    def normal(self) -> float:
        """A standard normal number of the next two (Box and Muller)."""
        radius = math.sqrt(-2 * math.log(1 - self.uniform()))
        return radius * math.sin(2 * math.pi * (1 - self.uniform()))


def wrapped(value: int) -> int:
    """Into 32 bits as C# keeps them, then at least 0."""
    value = (value + 2**31) % 2**32 - 2**31
    return value + LARGEST if value < 0 else value


def seed_of(*words: object) -> int:
    """A seed of some words: the first 32 bits of their SHA-256, signed, low byte first."""
    digest = hashlib.sha256("|".join(str(word) for word in words).encode()).digest()
    return int.from_bytes(digest[:4], "little", signed=True)

"""What keeps a body, or whoever measures it, from being a point on a line: sway, wander, jitter."""

from typing import Final, Self

import msgspec
import numpy as np
import numpy.typing as npt

from store_maps.habits import Habits, Person

Floats = npt.NDArray[np.float64]

# Length of the drawn noise; a visit starts anywhere in it. A day's visits seldom meet twice.
NOISE_S: Final = 16_384
# How long someone stays left of the shortest way before drifting right.
WANDER_MEMORY_S: Final = 5.0
# Companions change sides slowly.
SIDE_MEMORY_S: Final = 25.0
# Nobody leans farther than this many spreads: the normal's tail would walk through shelves.
SPREADS_MAX: Final = 2.5
# Memories drawn of each world's range of sway.
MEMORIES: Final = 3


class Noise(msgspec.Struct, frozen=True, eq=False):
    """Noise of spread 1 at 1 Hz, (NOISE_S, 2) each; the end goes on at the beginning."""

    sways: tuple[Floats, ...]
    """By memory, the shortest first."""
    memories_s: tuple[float, ...]
    wander: Floats
    side: Floats
    white: Floats

    @classmethod
    def draw(cls, habits: Habits, rng: np.random.Generator) -> Self:
        """The noise of a crowd."""
        memories_s = tuple(np.linspace(*habits.sway_memory_s, MEMORIES).tolist())
        return cls(
            tuple(drifting(rng, memory_s) for memory_s in memories_s),
            memories_s,
            drifting(rng, WANDER_MEMORY_S),
            drifting(rng, SIDE_MEMORY_S),
            np.clip(rng.normal(size=(NOISE_S, 2)), -SPREADS_MAX, SPREADS_MAX),
        )


def drifting(rng: np.random.Generator, memory_s: float) -> Floats:
    """Ornstein-Uhlenbeck noise (NOISE_S, 2), filtered in the frequency domain: no loop, no ends."""
    keep = float(np.exp(-1.0 / memory_s))
    waves = np.exp(-2j * np.pi * np.fft.rfftfreq(NOISE_S))
    gain = np.sqrt(1 - keep * keep) / (1 - keep * waves)
    white = np.fft.rfft(rng.normal(size=(NOISE_S, 2)), axis=0)
    noise = np.fft.irfft(white * gain[:, None], NOISE_S, axis=0)
    return np.asarray(np.clip(noise, -SPREADS_MAX, SPREADS_MAX))


class Body:
    """How far off the path one person is at any time.

    Args:
        noise: of the crowd.
        person: gives the spreads.
        rng: where in the noise this visit starts.
        side_m: spread of a companion beside the other; 0 for who walks in front.
    """

    def __init__(
        self, noise: Noise, person: Person, rng: np.random.Generator, side_m: float = 0.0
    ) -> None:
        self._noise = noise
        self._person = person
        self._side_m = side_m
        nearest = np.abs(np.array(noise.memories_s) - person.sway_memory_s).argmin()
        self._sway = noise.sways[int(nearest)]
        self._starts = rng.integers(NOISE_S, size=4).tolist()

    def off_m(self, since_s: Floats, walking: Floats) -> Floats:
        """(n, 2) metres off at times (n,) since the start; `walking` (n,) is 0 to 1."""
        second = np.floor(since_s).astype(np.int64)
        share = (since_s - second)[:, None]
        sway, wander, white, side = self._starts
        out = self._person.sway_m * between(self._sway, sway + second, share)
        out += (self._person.wander_m * walking)[:, None] * between(
            self._noise.wander, wander + second, share
        )
        out += self._person.jitter_m * between(self._noise.white, white + second, share)
        if self._side_m:
            out += self._side_m * between(self._noise.side, side + second, share)
        return np.asarray(out)


def between(noise: Floats, second: npt.NDArray[np.int64], share: Floats) -> Floats:
    """The noise at a share (n, 1) of the way from each second to the next."""
    here = noise[second % NOISE_S]
    if not share.any():
        return here
    return np.asarray(here + share * (noise[(second + 1) % NOISE_S] - here))

"""Training visits as a few long streams, cut in chunks: back-propagation through time, truncated.

Whole visits padded to the longest would waste half of the work and give one step of the optimiser
for hundreds of seconds. A stream is visit after visit; the state goes on from chunk to chunk of a
visit and starts at zero with the next visit.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.sequences import Followed

Numbers = NDArray[np.float32]
Ints = NDArray[np.int64]

# Streams side by side, and the seconds of a chunk. 64 x 128 was as good as 128 x 64 and faster.
STREAMS: Final = 64
CHUNK_S: Final = 128
# From the first checkout or leaving on, whether someone buys is no longer the question.
OVER: Final = 6


class Seconds(NamedTuple):
    """The seconds of visits from their opening on, one visit after another."""

    x: Numbers
    stages: NDArray[np.int8]
    before: NDArray[np.bool_]
    """Before the first checkout or leaving of its visit."""
    bought: NDArray[np.bool_]
    """One a visit."""
    first: Ints
    """Where each visit begins; one more, the end."""


def joined(visits: Sequence[Followed]) -> Seconds:
    """The open seconds of `visits` that have any."""
    heard = [visit for visit in visits if visit.opened < len(visit.stages)]
    stages = [visit.stages[visit.opened :].astype(np.int8) for visit in heard]
    return Seconds(
        np.concatenate([visit.x[visit.opened :] for visit in heard]),
        np.concatenate(stages),
        np.concatenate([np.cumsum(one >= OVER) == 0 for one in stages]),
        np.array([visit.bought for visit in heard]),
        np.cumsum([0, *(len(one) for one in stages)]),
    )


class Chunk(NamedTuple):
    """(CHUNK_S, STREAMS) indices into the seconds."""

    at: Ints
    there: NDArray[np.bool_]
    """False where a visit has ended and the next begins with the next chunk."""
    begins: NDArray[np.bool_]
    """(STREAMS,) the state starts at zero."""
    visit: Ints
    """(STREAMS,)"""


def chunk_count(seconds: Seconds) -> int:
    """How many chunks one pass over the seconds has."""
    pieces = -(-np.diff(seconds.first) // CHUNK_S)
    return int(-(-pieces.sum() // STREAMS))


def chunks(seconds: Seconds, rng: np.random.Generator) -> Iterator[Chunk]:
    """One pass over the seconds, the visits in an order drawn from `rng`."""
    long_s = np.diff(seconds.first)
    pieces = -(-long_s // CHUNK_S)
    order = rng.permutation(len(long_s))
    visit = np.repeat(order, pieces[order])
    piece = np.concatenate([np.arange(count) for count in pieces[order]])
    each = chunk_count(seconds)
    # The last stream is filled up from the first.
    fill = np.arange(each * STREAMS) % len(visit)
    whose = visit[fill].reshape(STREAMS, each)
    which = piece[fill].reshape(STREAMS, each)
    for k in range(each):
        now = which[:, k] * CHUNK_S + np.arange(CHUNK_S)[:, None]
        last = long_s[whose[:, k]] - 1
        yield Chunk(
            seconds.first[whose[:, k]] + np.minimum(now, last),
            now <= last,
            (which[:, k] == 0) | (k == 0),
            whose[:, k],
        )

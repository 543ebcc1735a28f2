import numpy as np

from models.sequences import Followed
from models.streams import CHUNK_S, STREAMS, chunk_count, chunks, joined


def visit(n: int, opened: int, stages: list[int]) -> Followed:
    x = np.arange(n, dtype=np.float32)[:, None]
    p = np.zeros((n, 8), np.float32)
    y = np.array(stages)
    return Followed(f"{n}", np.arange(n, dtype=float), x, y, n > 100, p, p[:, 0], y, opened)


def test_seconds_are_the_open_ones() -> None:
    seconds = joined([visit(3, 1, [0, 1, 7]), visit(2, 2, [0, 0]), visit(2, 0, [6, 1])])
    np.testing.assert_array_equal(seconds.x[:, 0], [1, 2, 0, 1])
    np.testing.assert_array_equal(seconds.stages, [1, 7, 6, 1])
    np.testing.assert_array_equal(seconds.before, [True, False, False, False])
    np.testing.assert_array_equal(seconds.first, [0, 2, 4])
    assert len(seconds.bought) == 2


def test_each_second_is_met_once_in_order_but_for_what_fills_up() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 3 * CHUNK_S, 300).tolist()
    seconds = joined([visit(n, 0, [1] * n) for n in lengths])
    met = np.zeros(len(seconds.x), int)
    next_s = np.zeros(STREAMS, int)
    count = 0
    for chunk in chunks(seconds, np.random.default_rng(1)):
        count += 1
        met += np.bincount(chunk.at[chunk.there], minlength=len(met))
        first = seconds.x[chunk.at[0], 0].astype(int)
        next_s[chunk.begins] = first[chunk.begins]
        np.testing.assert_array_equal(first, next_s)
        next_s += chunk.there.sum(axis=0)
    assert count == chunk_count(seconds)
    assert (met >= 1).all()
    assert (met > 1).sum() < STREAMS * CHUNK_S

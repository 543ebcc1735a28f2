import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hub_server.model.memory import MEMORY_TICKS, STEPS_A_SCALE, STRIDE_TICKS, Memory


def rows(*values: float) -> np.ndarray:
    return np.array([[value, -value] for value in values], np.float32)


def test_a_tick_is_seen_again_to_half_a_step() -> None:
    memory = Memory()
    memory.append()
    x = np.linspace(-6, 6, 40, dtype=np.float32)[None]
    memory.keep(x)
    seen = memory.seen(0)
    assert seen.there.all()
    np.testing.assert_allclose(seen.x, x, atol=0.5 / STEPS_A_SCALE + 1e-6)


def test_only_the_last_ticks_are_held_a_row_for_each_few() -> None:
    memory = Memory()
    memory.append()
    assert memory.oldest == 0
    for tick in range(MEMORY_TICKS + STRIDE_TICKS + 2):
        memory.keep(rows(tick // STRIDE_TICKS / 20))
    newest = memory.tick - 1
    assert memory.oldest == 2 * STRIDE_TICKS
    found = [round(float(memory.seen(t).x[0, 0]) * 20) for t in range(memory.oldest, newest + 1)]
    assert found == [t // STRIDE_TICKS for t in range(memory.oldest, newest + 1)]


def test_a_row_holds_the_newest_of_its_ticks() -> None:
    memory = Memory()
    memory.append()
    for tick in range(STRIDE_TICKS + 1):
        memory.keep(rows(tick / 20))
    assert memory.seen(0).x[0, 0] == np.float32((STRIDE_TICKS - 1) / 20)
    assert memory.seen(STRIDE_TICKS).x[0, 0] == np.float32(STRIDE_TICKS / 20)


def test_a_journey_was_not_there_before_it_opened() -> None:
    memory = Memory()
    memory.append()
    memory.keep(rows(1.0))
    memory.append()
    memory.keep(rows(1.0, 2.0))
    assert memory.seen(0).there.tolist() == [True, False]
    assert memory.seen(1).there.tolist() == [True, True]


def test_other_features_begin_a_new_memory() -> None:
    memory = Memory()
    memory.append()
    memory.keep(rows(1.0))
    memory.keep(np.ones((1, 3), np.float32))
    assert not memory.seen(0).there.any()
    assert memory.seen(1).there.all()


@given(st.lists(st.integers(-1, 39), max_size=60))
@settings(max_examples=30, deadline=None)
def test_rows_keep_what_is_theirs(moves: list[int]) -> None:
    """-1 opens a journey, a number closes the one in that row; a tick after each."""
    memory, names, last = Memory(), [], 0
    memory.begin(1)
    for move in moves:
        if move < 0:
            last += 1
            memory.append()
            names.append(last)
            assert memory.state[-1] == 0.0
        elif move < len(names):
            memory.remove(move)
            moved = names.pop()
            if move < len(names):
                names[move] = moved
        memory.keep(rows(*(name / 20 for name in names)).reshape(len(names), 2))
        memory.state = np.array(names, np.float32).reshape(-1, 1)
        seen = memory.seen(memory.tick - 1)
        assert (seen.x[:, 0] * 20).round().tolist() == names
        assert memory.state[:, 0].tolist() == names

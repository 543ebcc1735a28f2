"""What may become of a request."""

import itertools

import msgspec
import pytest

from hub_server.staff.tasks import (
    BECOMES,
    REFUSED,
    SHOWN_S,
    Task,
    TaskRefused,
    escalate,
    finish,
    in_order,
    is_for,
    is_forgotten,
    take,
)

OPEN = Task(task="t1", kind="help", visit="v", at_s=100.0)


def test_open_taken_done() -> None:
    """Rows 42 and 59: by a name, and each step is seen."""
    taken = take(OPEN, "Anna", 2.0, 110.0)
    assert (taken.state, taken.taken_by, taken.minutes, taken.taken_s) == (
        "taken",
        "Anna",
        2.0,
        110.0,
    )
    done = finish(taken, "done", 150.0)
    assert (done.state, done.over_s, done.is_over) == ("done", 150.0, True)
    assert OPEN.waited_s(105.0) == 5.0
    assert done.waited_s(999.0) == 10.0


def test_who_comes_may_say_again_when() -> None:
    taken = take(OPEN, "Anna", None, 110.0)
    again = take(taken, "Anna", 3.0, 130.0)
    assert (again.taken_s, again.minutes) == (110.0, 3.0)


@pytest.mark.parametrize(("state", "code"), [("taken", "taken"), ("done", "over")])
def test_another_comes_too_late(state: str, code: str) -> None:
    task = take(OPEN, "Anna", None, 110.0)
    if state == "done":
        task = finish(task, "done", 120.0)
    with pytest.raises(TaskRefused) as refused:
        take(task, "Ben", None, 130.0)
    assert refused.value.code == code
    assert str(refused.value) == REFUSED[refused.value.code]


@pytest.mark.parametrize("act", ["done", "cancel"])
def test_what_is_over_stays_over(act: str) -> None:
    over = finish(OPEN, "cancel", 120.0)
    assert over.state == "cancelled"
    with pytest.raises(TaskRefused, match="over"):
        finish(over, act, 130.0)  # type: ignore[arg-type]


def test_the_table_names_no_way_out_of_an_end() -> None:
    states = {state for state, _ in BECOMES}
    assert states == {"open", "taken"}
    assert set(BECOMES.values()) == {"taken", "done", "cancelled"}


def test_nobody_within_a_minute_escalates_once() -> None:
    """Row 57."""
    assert escalate(OPEN, 60.0, 159.0) is OPEN
    late = escalate(OPEN, 60.0, 160.0)
    assert late.escalated_s == 160.0
    assert escalate(late, 60.0, 300.0) is late
    taken = take(OPEN, "Anna", None, 110.0)
    assert escalate(taken, 60.0, 300.0) is taken


@pytest.mark.parametrize(("minutes", "late_s"), [(None, 410.0), (2.0, 530.0)])
def test_who_took_it_and_did_not_come_takes_it_no_more(
    minutes: float | None, late_s: float
) -> None:
    """Row 59: so long as they said, and five minutes; then it is everybody's again."""
    taken = take(OPEN, "Anna", minutes, 110.0)
    assert escalate(taken, 60.0, late_s - 1) is taken
    late = escalate(taken, 60.0, late_s)
    assert (late.state, late.taken_by, late.taken_s, late.minutes) == ("open", None, None, None)
    assert (late.escalated_s, late.waited_s(late_s)) == (late_s, late_s - 100.0)
    again = take(late, "Ben", None, late_s + 10.0)
    assert (again.state, again.taken_by) == ("taken", "Ben")
    assert finish(late, "done", late_s + 10.0).state == "done", "Anna was there all the time"


def test_a_call_is_for_who_stands_there_within_five_minutes() -> None:
    call = Task(task="c", kind="call", zone="wine", at_s=100.0)
    assert is_for(call, "wine", 399.0)
    assert not is_for(call, "wine", 400.0)
    assert not is_for(call, "pasta", 101.0)
    assert is_for(take(call, "Anna", None, 300.0), "wine", 599.0)
    assert not is_for(finish(call, "done", 110.0), "wine", 111.0)
    assert not is_for(msgspec.structs.replace(call, kind="help"), "wine", 101.0)


def test_a_call_is_forgotten_after_a_quarter_of_an_hour() -> None:
    """Nobody can call it off; who asked for help themselves waits for it."""
    call = Task(task="c", kind="call", zone="wine", at_s=100.0)
    assert not is_forgotten(call, 999.0)
    assert is_forgotten(call, 1_000.0)
    assert not is_forgotten(take(call, "Anna", None, 900.0), 1_000.0)
    assert not is_forgotten(finish(call, "done", 110.0), 1_000.0)
    assert not is_forgotten(OPEN, 10_000.0)


def test_staff_read_the_most_urgent_first() -> None:
    late = Task(task="late", kind="help", at_s=50.0, escalated_s=111.0)
    young = Task(task="young", kind="bring", at_s=120.0)
    taken = take(Task(task="taken", kind="help", at_s=10.0), "Anna", None, 20.0)
    over = finish(Task(task="over", kind="help", at_s=5.0), "done", 130.0)
    for tasks in itertools.permutations((late, young, taken, over, OPEN)):
        order = [one.task for one in in_order(tasks, 140.0)]
        assert order == ["late", "t1", "young", "taken", "over"]
    assert len(in_order([over], 130.0 + SHOWN_S + 1)) == 0

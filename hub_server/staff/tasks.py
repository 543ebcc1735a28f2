"""A request to staff and what may become of it: a table, walked.

Pure: who, when and how long are arguments; what is not allowed raises `TaskRefused`.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

from hub_server.views.aisle import TaskKind, TaskState

Act = Literal["take", "done", "cancel"]
Code = Literal["taken", "over"]

# Nobody runs farther to a shelf than this, and a page shows no longer time.
MINUTES_MAX: Final = 60.0
# Both pages say for so long how it ended.
SHOWN_S: Final = 60.0
# Across the largest store, and as long again at the shelf: who has not said by then that it is
# done never came, or somebody else must ask them.
TAKEN_MAX_S: Final = 300.0
# A call is for all who need somebody in its zone; after this long it is another's who calls.
CALL_SHARED_S: Final = 300.0
# Nobody can call it off, and nobody stands before a shelf for longer.
CALL_MAX_S: Final = 900.0

# What each act makes of each state; what is not here is refused, by the reason of `REFUSED`.
BECOMES: Final[Mapping[tuple[TaskState, Act], TaskState]] = {
    ("open", "take"): "taken",
    ("open", "done"): "done",
    ("open", "cancel"): "cancelled",
    ("taken", "done"): "done",
    ("taken", "cancel"): "cancelled",
}
REFUSED: Final[Mapping[Code, str]] = {
    "taken": "Somebody else is on the way already.",
    "over": "This request is over.",
}


class TaskRefused(Exception):  # noqa: N818 - an answer, not a fault
    """The act is not allowed; `code` says why."""

    def __init__(self, code: Code) -> None:
        super().__init__(REFUSED[code])
        self.code: Code = code


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    task: str
    kind: TaskKind
    state: TaskState = "open"
    visit: str | None = None
    """Who asked; None: a zone did, by a campaign."""
    about: str | None = None
    item: str | None = None
    zone: str | None = None
    at_s: float
    escalated_s: float | None = None
    taken_s: float | None = None
    taken_by: str | None = None
    minutes: float | None = None
    over_s: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.over_s is not None

    def waited_s(self, now_s: float) -> float:
        """From the request until somebody took it, or it was over."""
        until_s = next((at_s for at_s in (self.taken_s, self.over_s) if at_s is not None), now_s)
        return max(until_s - self.at_s, 0.0)


def take(task: Task, who: str, minutes: float | None, at_s: float) -> Task:
    """`who` goes; the same person may say again in how many minutes.

    Raises:
        TaskRefused: taken by another, or over.
    """
    if task.state == "taken" and task.taken_by == who:
        return msgspec.structs.replace(task, minutes=minutes)
    taken = _become(task, "take")
    return msgspec.structs.replace(taken, taken_s=at_s, taken_by=who, minutes=minutes)


def finish(task: Task, act: Literal["done", "cancel"], at_s: float) -> Task:
    """It is done, or no longer wanted.

    Raises:
        TaskRefused: it is over already.
    """
    return msgspec.structs.replace(_become(task, act), over_s=at_s)


def escalate(task: Task, after_s: float, now_s: float) -> Task:
    """The task, marked where nobody took it in time, or who took it did not come."""
    if task.state == "open" and task.escalated_s is None and now_s - task.at_s >= after_s:
        return msgspec.structs.replace(task, escalated_s=now_s)
    if task.state == "taken" and now_s - _taken_s(task) >= _coming_s(task):
        nobody = msgspec.structs.replace(task, taken_s=None, taken_by=None, minutes=None)
        return msgspec.structs.replace(nobody, state="open", escalated_s=now_s)
    return task


def is_for(call: Task, zone: str, now_s: float) -> bool:
    """Whether who comes for `call` comes for whoever needs somebody in `zone` now, too."""
    is_there = call.kind == "call" and call.zone == zone and not call.is_over
    return is_there and now_s - _taken_s(call) < CALL_SHARED_S


def is_forgotten(task: Task, now_s: float) -> bool:
    """Whether it is a call that nobody waits for any more."""
    return task.kind == "call" and not task.is_over and now_s - _taken_s(task) >= CALL_MAX_S


def in_order(tasks: Iterable[Task], now_s: float) -> list[Task]:
    """As staff read them: waited too long, open, taken, just over; of each the oldest first."""
    shown = [one for one in tasks if one.over_s is None or now_s - one.over_s <= SHOWN_S]
    return sorted(shown, key=lambda one: (_urgency(one), one.at_s, one.task))


def _taken_s(task: Task) -> float:
    """When somebody took it, else when it was asked."""
    return task.at_s if task.taken_s is None else task.taken_s


def _coming_s(task: Task) -> float:
    """How long who took it may take, as they said themselves."""
    return (task.minutes or 0.0) * 60.0 + TAKEN_MAX_S


def _urgency(task: Task) -> int:
    if task.state == "open":
        return 0 if task.escalated_s is not None else 1
    return 3 if task.is_over else 2


def _become(task: Task, act: Act) -> Task:
    state = BECOMES.get((task.state, act))
    if state is None:
        raise TaskRefused("over" if task.is_over else "taken")
    return msgspec.structs.replace(task, state=state)

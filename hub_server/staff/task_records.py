"""Requests to staff in the database: they survive a restart of the hub."""

from typing import Any, Final, cast

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.sql import Executable

from hub_server.database import Database
from hub_server.records.shopper_tables import TASKS
from hub_server.staff.tasks import SHOWN_S, Task
from hub_server.views.aisle import TaskKind, TaskState

_ms: Final = 1000


def left_tasks(database: Database, store: str, now_s: float) -> list[Task]:
    """The requests that pages showed or whose words were kept as the hub stopped, oldest first."""
    columns = TASKS.c
    is_shown = columns.over_ms.is_(None) | (columns.over_ms >= round((now_s - SHOWN_S) * _ms))
    has_words = columns.about.is_not(None) | columns.item.is_not(None)
    left = select(TASKS).where(columns.store == store, is_shown | has_words)
    return [_task(row) for row in database.read(left.order_by(columns.at_ms, text("rowid")))]


def added(store: str, task: Task) -> Executable:
    """Somebody asked."""
    return insert(TASKS).values(
        task=task.task,
        store=store,
        visit=task.visit,
        kind=task.kind,
        about=task.about,
        item=task.item,
        zone=task.zone,
        at_ms=round(task.at_s * _ms),
    )


def changed(task: Task) -> Executable:
    """Taken, escalated, done or cancelled, or less of it is to be known."""
    return (
        update(TASKS)
        .where(TASKS.c.task == task.task)
        .values(
            about=task.about,
            item=task.item,
            zone=task.zone,
            escalated_ms=_stamp(task.escalated_s),
            taken_ms=_stamp(task.taken_s),
            taken_by=task.taken_by,
            minutes=task.minutes,
            over_ms=_stamp(task.over_s),
            outcome=task.state if task.is_over else None,
        )
    )


def _stamp(at_s: float | None) -> int | None:
    return None if at_s is None else round(at_s * _ms)


def _seconds(at_ms: int | None) -> float | None:
    return None if at_ms is None else at_ms / _ms


def _task(row: Row[Any]) -> Task:
    state = row.outcome or ("open" if row.taken_ms is None else "taken")
    return Task(
        task=row.task,
        kind=cast("TaskKind", row.kind),
        state=cast("TaskState", state),
        visit=row.visit,
        about=row.about,
        item=row.item,
        zone=row.zone,
        at_s=row.at_ms / _ms,
        escalated_s=_seconds(row.escalated_ms),
        taken_s=_seconds(row.taken_ms),
        taken_by=row.taken_by,
        minutes=row.minutes,
        over_s=_seconds(row.over_ms),
    )

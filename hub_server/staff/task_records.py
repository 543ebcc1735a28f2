"""Requests to staff in the database: they survive a restart of the hub."""

from typing import Any, Final, cast

from sqlalchemy import Row, insert, select, update
from sqlalchemy.sql import Executable

from hub_server.database import Database
from hub_server.records.shopper_tables import TASKS
from hub_server.staff.tasks import Task
from hub_server.views.aisle import TaskKind, TaskState

_ms: Final = 1000


def open_tasks(database: Database, store: str) -> list[Task]:
    """The requests that were not over when the hub stopped, the oldest first."""
    left = select(TASKS).where(TASKS.c.store == store, TASKS.c.over_ms.is_(None))
    return [_task(row) for row in database.read(left.order_by(TASKS.c.at_ms))]


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
    state: TaskState = "open" if row.taken_ms is None else "taken"
    return Task(
        task=row.task,
        kind=cast("TaskKind", row.kind),
        state=state,
        visit=row.visit,
        about=row.about,
        item=row.item,
        zone=row.zone,
        at_s=row.at_ms / _ms,
        escalated_s=_seconds(row.escalated_ms),
        taken_s=_seconds(row.taken_ms),
        taken_by=row.taken_by,
        minutes=row.minutes,
    )

"""Requests of shoppers to staff: asked with a tap, taken by a name, seen by both until done."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

import msgspec

from hub_server.database import Database
from hub_server.desk import Desk
from hub_server.goods.typed_text import one_line
from hub_server.journey.whereabouts import Whereabouts
from hub_server.journeys import Journey, Journeys
from hub_server.message.live import Feed
from hub_server.sessions import random_id
from hub_server.staff import task_records
from hub_server.staff import tasks as staff_tasks
from hub_server.staff.tasks import SHOWN_S, Task, TaskRefused
from hub_server.views.aisle import HelpView, StaffFrame, StaffStore, TaskKind, TaskView
from hub_server.views.hub import Refused
from hub_server.views.products import ProductViews
from hub_server.visit.visits import Visit
from store_maps.floor_map import FloorMap

# One shopper's requests at once: help, and a few things to be brought.
ACTIVE_MAX: Final = 5
# Two sentences.
ABOUT_CHARS_MAX: Final = 200
# And in one visit: who asks more often plays with the button.
ASKED_MAX: Final = 30

_encode: Final = msgspec.json.Encoder().encode


class HelpDesk:
    """The requests of one store.

    Args:
        database: keeps them.
        floor_map: names store and zones.
        desk: knows whose phone asks.
        parts: what the store sells, and where shoppers are.
        journeys: are told of each request.
        clock: wall time in seconds.
    """

    def __init__(
        self,
        database: Database,
        floor_map: FloorMap,
        desk: Desk,
        parts: tuple[ProductViews, Whereabouts],
        journeys: Journeys,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._store = StaffStore(id=floor_map.store_id, name=floor_map.name)
        self._desk = desk
        self._products, self._whereabouts = parts
        self._journeys = journeys
        self._clock = clock
        self._feed = Feed()
        self._visits: dict[str, Visit] = {}
        self._asked_count: Counter[str] = Counter()
        self.escalate_s = 60.0
        """After so long without anybody taking it, a request is everybody's."""
        self._tasks: dict[str, Task] = {
            one.task: one for one in task_records.left_tasks(database, self._store.id, clock())
        }

    # A phone's side

    def ask(self, cookie: str | None, about: str | None) -> tuple[HelpView, Visit]:
        """A request for help, and whose; who asks again says more about the same one."""
        visit = self._desk.own(cookie)
        told = one_line(about, ABOUT_CHARS_MAX) or None
        known = next((one for one in self._active(visit) if one.kind == "help"), None)
        if known is None:
            return self._help(self._asked(visit, "help", about=told), visit), visit
        if told is not None and told != known.about:
            known = self._keep(msgspec.structs.replace(known, about=told))
        return self._help(known, visit), visit

    def bring(self, cookie: str | None, item: str) -> tuple[HelpView, Visit]:
        """Something is to be brought to where the shopper is: one tap, one request; and whose.

        Raises:
            Refused: 404 no such item, 409 too many requests.
        """
        visit = self._desk.own(cookie)
        if self._products.shelves.assortment.product(item) is None:
            raise Refused(404, "unknown", "This store sells nothing of that number.")
        known = next((one for one in self._active(visit) if one.item == item), None)
        return self._help(known or self._asked(visit, "bring", item=item), visit), visit

    def shown(self, cookie: str | None) -> HelpView | None:
        """The request that the phone shows."""
        return self._of(self._desk.own(cookie))

    def cancel(self, cookie: str | None) -> Visit:
        """The shopper needs nobody any more for what the phone shows; other requests stay.

        Raises:
            Refused: 404, nothing is asked.
        """
        visit = self._desk.own(cookie)
        shown = self._newest(visit)
        if shown is None or shown.is_over:
            raise Refused(404, "unknown", "There is no open request.")
        self._keep(staff_tasks.finish(shown, "cancel", self._clock()))
        return visit

    def fields(self, visit: Visit) -> dict[str, object]:
        """What the phone's frame says of it."""
        return {"help": self._of(visit)}

    # The store's side

    def call(self, zone: str, about: str | None, now_s: float) -> Task:
        """Somebody of the staff is needed in a zone; of whom there stands is nothing said."""
        for one in self._tasks.values():
            if staff_tasks.is_for(one, zone, now_s):
                return one
        task = Task(task=random_id(), kind="call", zone=zone, about=about, at_s=now_s)
        return self._added(task)

    def take(self, task: str, who: str, minutes: float | None) -> tuple[TaskView, Visit | None]:
        """Somebody goes, and says so by name.

        Raises:
            Refused: 404 no such request, 409 taken by another or over.
        """
        found = self._found(task)
        taken = self._try(lambda: staff_tasks.take(found, who, minutes, self._clock()))
        visit = self._visits.get(taken.visit or "")
        self._note(visit, "staff_help")
        return self._view(taken, self._clock()), visit

    def done(self, task: str) -> tuple[TaskView, Visit | None]:
        """It is done.

        Raises:
            Refused: 404 no such request, 409 it is over.
        """
        found = self._found(task)
        done = self._try(lambda: staff_tasks.finish(found, "done", self._clock()))
        return self._view(done, self._clock()), self._visits.get(done.visit or "")

    def frames(self) -> AsyncIterator[bytes]:
        """The staff page's frames, the newest at once."""
        self._feed.put(self.frame(self._clock()))
        return self._feed.frames()

    def close(self) -> None:
        """End every stream: the hub stops."""
        self._feed.close()

    def frame(self, now_s: float) -> bytes:
        """The staff page now, encoded."""
        tasks = staff_tasks.in_order(self._tasks.values(), now_s)
        views = [self._view(one, now_s) for one in tasks]
        return _encode(StaffFrame(at_ms=round(now_s * 1000), store=self._store, tasks=views))

    def alarms(self, now_s: float) -> list[str]:
        """A sentence for each request that nobody took in time."""
        late = [one for one in self._tasks.values() if one.state == "open" and one.escalated_s]
        return [
            f"a request in {self._products.zone_name(self._zone(one)) or 'the store'} waits "
            f"{one.waited_s(now_s):.0f} s; staff takes it on the page /staff"
            for one in sorted(late, key=lambda one: one.at_s)
        ]

    def step(self, visits: dict[str, Visit], now_s: float) -> list[Visit]:
        """Once a second: escalate, forget what is over; whose phone must be told."""
        self._visits = dict(visits)
        self._asked_count = Counter({k: n for k, n in self._asked_count.items() if k in visits})
        before = self._tasks
        after = {name: self._by_now(task, visits, now_s) for name, task in before.items()}
        changed = [one for name, one in after.items() if one != before[name]]
        if changed:
            self._database.write(*(task_records.changed(one) for one in changed))
        self._tasks = {name: one for name, one in after.items() if not _is_past(one, now_s)}
        if self._feed.listeners_count:
            self._feed.put(self.frame(now_s))
        late = [one for one in changed if one.escalated_s != before[one.task].escalated_s]
        return [visits[one.visit] for one in late if one.visit is not None]

    # Inside

    def _asked(
        self, visit: Visit, kind: TaskKind, *, about: str | None = None, item: str | None = None
    ) -> Task:
        if len(self._active(visit)) >= ACTIVE_MAX:
            raise Refused(409, "too_many", "Staff have several of your requests already.")
        self._asked_count[visit.visit] += 1
        if self._asked_count[visit.visit] > ASKED_MAX:
            raise Refused(429, "too_many", "Please speak to somebody at the tills.")
        journey = self._whereabouts.journey(visit)
        task = Task(
            task=random_id(),
            kind=kind,
            visit=visit.visit,
            about=about,
            item=item,
            zone=journey.zone if journey else None,
            at_s=self._clock(),
        )
        self._visits[visit.visit] = visit
        self._added(task)
        self._note(visit, "help_tap")
        return task

    def _note(self, visit: Visit | None, kind: str) -> None:
        for handle in visit.handles if visit else ():
            self._journeys.event(handle, kind, self._clock())

    def _active(self, visit: Visit) -> list[Task]:
        return [one for one in self._tasks.values() if one.visit == visit.visit and not one.is_over]

    def _of(self, visit: Visit) -> HelpView | None:
        found = self._newest(visit)
        return None if found is None else self._help(found, visit)

    def _newest(self, visit: Visit) -> Task | None:
        """The newest that is active, else the newest that is just over."""
        now_s = self._clock()
        mine = [
            one
            for one in self._tasks.values()
            if one.visit == visit.visit and (one.over_s is None or now_s - one.over_s <= SHOWN_S)
        ]
        newest = reversed(mine)
        return max(newest, key=lambda one: (not one.is_over, one.at_s), default=None)

    def _found(self, task: str) -> Task:
        if task not in self._tasks:
            raise Refused(404, "unknown", "There is no such request.")
        return self._tasks[task]

    def _try(self, act: Callable[[], Task]) -> Task:
        try:
            return self._keep(act())
        except TaskRefused as refused:
            raise Refused(409, refused.code, str(refused)) from None

    def _added(self, task: Task) -> Task:
        self._database.write(task_records.added(self._store.id, task))
        return self._shown_anew(task)

    def _keep(self, task: Task) -> Task:
        self._database.write(task_records.changed(task))
        return self._shown_anew(task)

    def _by_now(self, task: Task, visits: Mapping[str, Visit], now_s: float) -> Task:
        """What a request has become: called off, without words or place, or everybody's."""
        visit = visits.get(task.visit or "")
        if visit is not None and not visit.may_locate and task.zone is not None:
            task = msgspec.structs.replace(task, zone=None)
        is_gone = task.visit is not None and visit is None
        is_needless = is_gone or staff_tasks.is_forgotten(task, now_s)
        if not (is_needless or _is_past(task, now_s)):
            return staff_tasks.escalate(task, self.escalate_s, now_s)
        # Who has left needs nobody, and what they wrote goes with them.
        over = task if task.is_over else staff_tasks.finish(task, "cancel", now_s)
        return msgspec.structs.replace(over, about=None, item=None)

    def _shown_anew(self, task: Task) -> Task:
        self._tasks[task.task] = task
        if self._feed.listeners_count:
            self._feed.put(self.frame(self._clock()))
        return task

    def _name(self, item: str | None) -> str | None:
        product = self._products.shelves.assortment.product(item) if item else None
        return product.name if product else None

    def _help(self, task: Task, visit: Visit) -> HelpView:
        hidden = task.item is not None and self._products.hides(visit, task.item)
        return HelpView(
            task=task.task,
            kind=task.kind,
            state=task.state,
            about=None if self._products.tells(visit, task.about) else task.about,
            item=None if hidden else task.item,
            item_name=None if hidden else self._name(task.item),
            at_ms=round(task.at_s * 1000),
            who=task.taken_by,
            taken_ms=None if task.taken_s is None else round(task.taken_s * 1000),
            minutes=task.minutes,
            escalated=task.escalated_s is not None,
        )

    def _journey(self, task: Task) -> Journey | None:
        """Of who asked, while the request is not over."""
        visit = None if task.is_over else self._visits.get(task.visit or "")
        return self._whereabouts.journey(visit) if visit else None

    def _zone(self, task: Task) -> str | None:
        """Where who asked is now, else where it was asked: the same on every page and alarm."""
        journey = self._journey(task)
        return task.zone if journey is None or journey.zone is None else journey.zone

    def _view(self, task: Task, now_s: float) -> TaskView:
        journey = self._journey(task)
        product = self._products.shelves.assortment.product(task.item) if task.item else None
        shelf = self._products.of(product, -1, now_s) if product else None
        zone = self._zone(task)
        return TaskView(
            task=task.task,
            kind=task.kind,
            state=task.state,
            about=task.about,
            item=task.item,
            item_name=product.name if product else None,
            item_zone_name=shelf.zone_name if shelf else None,
            item_x_m=shelf.x_m if shelf else None,
            item_y_m=shelf.y_m if shelf else None,
            item_level=shelf.level if shelf else None,
            zone=zone,
            zone_name=self._products.zone_name(zone),
            level=journey.level if journey else None,
            x_m=journey.x_m if journey else None,
            y_m=journey.y_m if journey else None,
            age_s=journey.last_fix_age_s if journey else None,
            opened_ms=round(task.at_s * 1000),
            waiting_s=round(task.waited_s(now_s), 1),
            who=task.taken_by,
            taken_ms=None if task.taken_s is None else round(task.taken_s * 1000),
            minutes=task.minutes,
            escalated=task.escalated_s is not None,
        )


def _is_past(task: Task, now_s: float) -> bool:
    """Whether both pages have said for long enough how it ended."""
    return task.over_s is not None and now_s - task.over_s > SHOWN_S

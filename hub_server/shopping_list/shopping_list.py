"""Shopping lists: kept with the shopper, walked in the shortest order, watched on the way."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from hub_server.database import Database
from hub_server.desk import Desk
from hub_server.goods.name_search import plain
from hub_server.goods.typed_text import one_line
from hub_server.journey.whereabouts import Whereabouts
from hub_server.journeys import Journey
from hub_server.sessions import random_id
from hub_server.shopping_list import lines as list_lines
from hub_server.shopping_list.lines import LINES_MAX, TEXT_CHARS_MAX, Line
from hub_server.shopping_list.meaning import meant
from hub_server.shopping_list.route import ListPlan, ListRoutes
from hub_server.shopping_list.view import ListViews, OnList
from hub_server.shopping_list.watch import ListWatch
from hub_server.views.aisle import ListView
from hub_server.views.hub import Refused
from hub_server.views.products import ProductViews
from hub_server.visit.visits import Visit, Wanted

# Where one pays, whoever does it.
TILL_ZONES: Final = frozenset({"checkout", "queue"})
LAST_STAGES: Final = ("checkout", "leaving")
# So likely one of the two it is sure: at 0.7 every sixth list was told too early by this alone, at
# 0.9 every tenth.
LAST_STAGES_P: Final = 0.9


class ShoppingLists:
    """The lists of one store's open visits.

    Args:
        database: keeps the lines.
        desk: knows whose phone asks.
        products: what the store sells, and where.
        whereabouts: where shoppers are.
        clock: wall time in seconds.
    """

    def __init__(
        self,
        database: Database,
        desk: Desk,
        products: ProductViews,
        whereabouts: Whereabouts,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._desk = desk
        self._products = products
        self._shelves = products.shelves
        self._whereabouts = whereabouts
        self._clock = clock
        self._lines: dict[str, list[Line]] = {}
        self._watches: dict[str, ListWatch] = {}
        self._routes = ListRoutes(self._shelves)
        self._views = ListViews(products)
        self._revs: dict[str, int] = {}
        self._passed: list[str] = []
        """Lines that were passed and are not noted yet."""
        self._visited: list[str] = []
        """The same of those that were stopped at."""
        self._ticked: dict[str, frozenset[str]] = {}
        """What each visit's shopper has bought that ticks no line off any more."""
        self.bought_ms: Callable[[Visit], Mapping[str, int]] = _nothing
        """When a shopper bought each item last, as far as their past may be read."""

    # A phone's side

    def view(self, cookie: str | None, minutes: float | None = None) -> ListView:
        """The list of a phone's visit; what fits, where a time is said here or in the mission."""
        return self._view(self._desk.own(cookie), minutes)

    def add(self, cookie: str | None, text: str | None, item: str | None) -> ListView:
        """Write a line; what is on the list already, as words or as an item, is open again.

        Raises:
            Refused: 400 nothing written, 404 no such item, 409 the list is full.
        """
        visit = self._desk.own(cookie)
        lines = self._of(visit)
        written, named = self._read(visit, text, item)
        known = next((one for one in lines if _is_same(one, written, named)), None)
        if known is not None:
            return self.change(cookie, known.line, done=False)
        if len(lines) >= LINES_MAX:
            raise Refused(409, "list_full", f"A list has at most {LINES_MAX} lines.")
        position = max((line.position for line in lines), default=0) + 1
        line = Line(
            line=random_id(),
            position=position,
            text=written,
            item=named,
            opened_ms=self._now_ms(),
        )
        self._database.write(list_lines.added(visit.shopper, line, self._now_ms()))
        self._open(visit, line)
        return self._changed(visit, [*lines, line])

    def change(
        self,
        cookie: str | None,
        line: str,
        *,
        done: bool | None = None,
        text: str | None = None,
        item: str | None = None,
    ) -> ListView:
        """Tick a line off (or not after all), or write it anew.

        Raises:
            Refused: 404 no such line or item, 400 nothing written.
        """
        visit = self._desk.own(cookie)
        old = self._line(visit, line)
        new = old if done is None else msgspec.structs.replace(old, done=done)
        if text is not None or item is not None:
            written, named = self._read(visit, text, item)
            new = msgspec.structs.replace(new, text=written, item=named)
        if not new.done and (old.done or new.item != old.item):
            new = msgspec.structs.replace(new, opened_ms=self._now_ms())
            self._open(visit, new)
        twins = {one.line for one in self._of(visit) if _is_twin(one, new, old)}
        gone = (list_lines.removed(one) for one in twins)
        self._database.write(list_lines.changed(new, self._now_ms()), *gone)
        left = [one for one in self._of(visit) if one.line not in twins]
        return self._changed(visit, [new if one.line == line else one for one in left])

    def remove(self, cookie: str | None, line: str) -> ListView:
        """Take a line off.

        Raises:
            Refused: 404, no such line.
        """
        visit = self._desk.own(cookie)
        old = self._line(visit, line)
        self._database.write(list_lines.removed(old.line))
        return self._changed(visit, [one for one in self._of(visit) if one.line != line])

    def fields(self, visit: Visit) -> dict[str, object]:
        """What the phone's frame says of the list."""
        count = sum(not line.done for line in self._shown(visit))
        return {"list_count": count, "list_rev": self._revs.get(visit.visit, 0)}

    # The hub's side

    def recall(self, visit: Visit) -> None:
        """Take up the list of a shopper who has come (back)."""
        lines = list_lines.lines_of(self._database, visit.shopper)
        self._lines[visit.shopper] = lines
        if visit.bought_items and visit.visit not in self._ticked:
            # Bought between two visits, or just before the hub was started again.
            last_ms = self.bought_ms(visit)
            new = {x.item for x in lines if last_ms.get(x.item or "", 0) > x.opened_ms}
            self._ticked[visit.visit] = frozenset(visit.bought_items - new)
        here_ms = visit.opened_s * 1000
        visited = [one.line for one in lines if (one.visited_ms or 0) >= here_ms]
        if visited and visit.visit not in self._watches:
            self._watches[visit.visit] = ListWatch(visited)
        self._want(visit)

    def step(self, visits: Iterable[Visit], now_s: float) -> list[Visit]:
        """Once a second: tick off what was bought, see what was passed; whose list has changed."""
        here = {visit.visit: visit for visit in visits}
        shoppers = {visit.shopper for visit in here.values()}
        self._lines = {who: lines for who, lines in self._lines.items() if who in shoppers}
        self._watches = {name: one for name, one in self._watches.items() if name in here}
        self._revs = {name: rev for name, rev in self._revs.items() if name in here}
        self._ticked = {name: one for name, one in self._ticked.items() if name in here}
        self._routes.forget(set(here))
        changed = [visit for visit in here.values() if self._step(visit, now_s)]
        if self._passed:
            self._database.write(list_lines.passed(self._passed, round(now_s * 1000)))
            self._passed = []
        if self._visited:
            self._database.write(list_lines.visited(self._visited, round(now_s * 1000)))
            self._visited = []
        return changed

    def _step(self, visit: Visit, now_s: float) -> bool:
        rev = self._revs.get(visit.visit, 0)
        self._tick_off(visit, now_s)
        if not self._of(visit):
            return False
        journey = self._whereabouts.journey(visit)
        if journey is not None:
            self._watch(visit, journey, now_s)
        self._want(visit)
        return self._revs.get(visit.visit, 0) != rev

    def _open(self, visit: Visit, line: Line) -> None:
        """A line is wanted: what was bought of it, or seen, up to now is not what it means."""
        watch = self._watches.get(visit.visit)
        if watch is not None and watch.visited(line.line):
            self._database.write(list_lines.visited([line.line], None))
            watch.forget(line.line)
        ticked = self._ticked.get(visit.visit, frozenset())
        self._ticked[visit.visit] = ticked | visit.bought_items.intersection({line.item or ""})

    def _tick_off(self, visit: Visit, now_s: float) -> None:
        """What the till or the web shop has sold need not be fetched: each purchase says so once.

        Never a line that was written or opened again after it: that one is wanted anew.
        """
        ticked_before = self._ticked.get(visit.visit, frozenset())
        if ticked_before == visit.bought_items:
            return
        self._ticked[visit.visit] = frozenset(visit.bought_items)
        new = visit.bought_items - ticked_before
        lines = self._of(visit)
        done = [one for one in lines if not one.done and one.item in new]
        if not done:
            return
        ticked = {one.line: msgspec.structs.replace(one, done=True) for one in done}
        now_ms = round(now_s * 1000)
        self._database.write(*(list_lines.changed(one, now_ms) for one in ticked.values()))
        self._keep(visit, [ticked.get(one.line, one) for one in lines])

    def _watch(self, visit: Visit, journey: Journey, now_s: float) -> None:
        cell = self._whereabouts.cell_of(journey)
        lines = self._placed(visit)
        if cell < 0 or not lines:
            return
        watch = self._watches.setdefault(visit.visit, ListWatch())
        routes = self._shelves.routes
        metres = {one.line: self._shelves.metres(one.item, cell) or 0.0 for one in lines}
        rev = watch.rev
        self._passed += watch.see(
            now_s,
            metres,
            float(routes.end_m[cell]),
            float(routes.exit_m[cell]),
            at_tills=journey.zone_type in TILL_ZONES,
            leaves=_leaves(journey),
        )
        self._visited += watch.stopped_at
        order = self._routes.kept(visit.visit)
        plan = self._plan(visit, cell, None)
        if rev != watch.rev or order != plan.lines:
            self._revs[visit.visit] = self._revs.get(visit.visit, 0) + 1

    def _want(self, visit: Visit) -> None:
        """Tell the decision which items are wanted (nearest first), passed, nearly forgotten."""
        watch = self._watches.get(visit.visit, ListWatch())
        lines = [one for one in self._shown(visit) if one.item is not None and not one.done]
        listed = set(watch.leaving_without())
        if listed and _was_shown(visit, {x.item or "" for x in lines if x.line in listed}, watch):
            watch.nudge()
        leaving = self._in_time(visit, watch)
        wanted = tuple(
            Wanted(
                line=one.line,
                item=one.item or "",
                passed=watch.just_passed(one.line),
                leaving=one.line in leaving,
            )
            for one in sorted(lines, key=lambda one: watch.metres(one.line))
        )
        if set(wanted) != set(visit.wanted):
            visit.asked = ()
        visit.wanted = wanted

    def _in_time(self, visit: Visit, watch: ListWatch) -> set[str]:
        """What a word on the way out may name: nothing is paid yet, and there is time for it."""
        if visit.paid_s is not None:
            return set()
        word = set(watch.word())
        is_hurry = visit.mission.minutes is not None
        return word & set(self._routes.kept(visit.visit) or ()) if is_hurry else word

    # Lines

    def _of(self, visit: Visit) -> list[Line]:
        return self._lines.get(visit.shopper, [])

    def _shown(self, visit: Visit) -> list[Line]:
        """Without what is to stay a surprise: a second phone looks on too."""
        hides, tells = self._products.hides, self._products.tells
        return [
            one
            for one in self._of(visit)
            if not tells(visit, one.text) and (one.item is None or not hides(visit, one.item))
        ]

    def _placed(self, visit: Visit) -> list[Line]:
        """Open lines whose place is known."""
        return [
            one for one in self._shown(visit) if not one.done and self._shelves.cell(one.item) >= 0
        ]

    def _line(self, visit: Visit, line: str) -> Line:
        for one in self._of(visit):
            if one.line == line:
                return one
        raise Refused(404, "unknown", "This list has no such line.")

    def _read(self, visit: Visit, text: str | None, item: str | None) -> tuple[str, str | None]:
        """(what is written, the item that is meant for sure)."""
        written = one_line(text, TEXT_CHARS_MAX)
        if item is not None:
            product = self._shelves.assortment.product(item)
            if product is None:
                raise Refused(404, "unknown", "This store sells nothing of that number.")
            return written or product.name_in(visit.language), product.item
        if not written:
            raise Refused(400, "empty", "Write what you need.")
        # What had to be guessed is suggested, not taken.
        sure = meant(written, self._views.meanings(written), self._shelves.assortment)
        return written, None if sure is None else sure.item

    def _changed(self, visit: Visit, lines: list[Line]) -> ListView:
        self._keep(visit, lines)
        self._want(visit)
        return self._view(visit, None)

    def _keep(self, visit: Visit, lines: list[Line]) -> None:
        self._lines[visit.shopper] = lines
        self._revs[visit.visit] = self._revs.get(visit.visit, 0) + 1

    def _view(self, visit: Visit, minutes: float | None) -> ListView:
        start = self._whereabouts.cell(visit)
        watch = self._watches.get(visit.visit, ListWatch())
        listed = OnList(
            visit=visit,
            lines=self._shown(visit),
            watch=watch,
            start=start,
            plan=self._plan(visit, start, minutes),
        )
        return self._views.of(listed, self._clock())

    def _plan(self, visit: Visit, start: int, minutes: float | None) -> ListPlan:
        entrance = self._shelves.routes.entrance
        watch = self._watches.get(visit.visit, ListWatch())
        lines = [one for one in self._placed(visit) if not watch.visited(one.line)]
        begin = start if start >= 0 else entrance
        if minutes is not None:
            return self._routes.planned(lines, begin, minutes)
        left = visit.mission.minutes_left(self._clock())
        return self._routes.plan(visit.visit, lines, begin, left)

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)


def _is_same(line: Line, written: str, item: str | None) -> bool:
    """Whether a line says the same: the item, or the words in any case and with any accents."""
    if item is not None and line.item == item:
        return True
    return plain(line.text) == plain(written) != ()


def _is_twin(line: Line, new: Line, old: Line) -> bool:
    """Whether a line says what another one has just been made to say."""
    if line.line == new.line or new.item is None or new.item == old.item:
        return False
    return line.item == new.item


def _leaves(journey: Journey) -> bool:
    """Whether the stage is surely that of one who pays or leaves."""
    return sum(journey.stage_p.get(stage, 0.0) for stage in LAST_STAGES) >= LAST_STAGES_P


def _was_shown(visit: Visit, items: set[str], watch: ListWatch) -> bool:
    """Whether the shopper has seen a message of since then about one of these."""
    left_s = watch.left_s
    return left_s is not None and any(
        one.shown and one.at_s >= left_s and items & set(one.items) for one in visit.sent
    )


def _nothing(_visit: Visit) -> Mapping[str, int]:
    """Without a past."""
    return {}

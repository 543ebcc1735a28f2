"""The order in which a list is walked: kept while the shopper follows it, planned anew if not."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec

from hub_server.place.routes import STOP_M, WALK_MPS
from hub_server.place.shelves import Shelves
from hub_server.shopping_list.lines import Line

# So much longer than at its best and the shopper has left the way: two aisles' width, more than
# the error of a fix.
DEVIATION_M: Final = 8.0
MINUTE_S: Final = 60.0
# Paying takes this and 4 s a thing (store_maps/habits.py); how long the queue is, nobody knows yet.
PAY_S: Final = 20.0


class ListPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The open lines in walking order, from where the shopper is to the tills."""

    asked: tuple[str, ...]
    """The lines that were planned, in the order of the list."""
    lines: tuple[str, ...]
    """Those for which there is time, in walking order."""
    cells: tuple[int, ...]
    given_cells: tuple[int, ...]
    """The same in the order of the list."""
    minutes_said: float | None
    metres: float
    given_m: float
    """The same lines in the order of the list."""
    rest_m: float
    """From the first stop on."""
    given_rest_m: float
    best_m: float
    """The shortest way that was left since it was planned."""
    pay_s: float
    """At the till; 0 where there is none."""

    @property
    def seconds(self) -> float:
        """With the looks at the shelves and the till."""
        return (self.metres + STOP_M * len(self.lines)) / WALK_MPS + self.pay_s


class ListRoutes:
    """The plans of one store's visits."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self._plans: dict[str, ListPlan] = {}
        self._pay_s = PAY_S if shelves.routes.tills else 0.0

    def plan(
        self, visit: str, lines: Sequence[Line], start: int, minutes: float | None
    ) -> ListPlan:
        """The plan of a visit from the cell where its shopper is.

        Args:
            visit: whose.
            lines: open, and each with a place.
            start: a cell.
            minutes: how much time there is.
        """
        kept = self._plans.get(visit)
        asked = tuple([line.line for line in lines])
        found = None if kept is None else self._followed(kept, asked, start, minutes)
        if found is None:
            found = self.planned(lines, start, minutes)
        self._plans[visit] = found
        return found

    def kept(self, visit: str) -> tuple[str, ...] | None:
        """The order that was planned last; None: there is no plan."""
        found = self._plans.get(visit)
        return None if found is None else found.lines

    def forget(self, visits: set[str]) -> None:
        """Keep only the plans of these visits."""
        self._plans = {visit: plan for visit, plan in self._plans.items() if visit in visits}

    def planned(self, lines: Sequence[Line], start: int, minutes: float | None) -> ListPlan:
        """A plan of its own, not kept: what would fit into so many minutes?"""
        asked = tuple([line.line for line in lines])
        cells = [self._shelves.cell(line.item) for line in lines]
        max_m = None if minutes is None else (minutes * MINUTE_S - self._pay_s) * WALK_MPS
        order = self._shelves.routes.plan(start, cells, max_m).order if cells else []
        return self._laid(asked, [(asked[at], cells[at]) for at in order], start, minutes)

    def _followed(
        self, kept: ListPlan, asked: tuple[str, ...], start: int, minutes: float | None
    ) -> ListPlan | None:
        """The kept order from here on; None where a line is new or the shopper left the way."""
        if not _is_of(kept, asked, minutes):
            return None
        if asked == kept.asked:
            found = self._from_here(kept, start, minutes)
        else:
            stops = zip(kept.lines, kept.cells, strict=True)
            left = [(line, cell) for line, cell in stops if line in asked]
            found = self._laid(asked, left, start, minutes)
        is_off = found.metres > found.best_m + DEVIATION_M
        # Where nothing is left to leave out, planning anew each second finds nothing new.
        is_late = minutes is not None and bool(found.lines) and found.seconds > minutes * MINUTE_S
        return None if is_off or is_late else found

    def _from_here(self, kept: ListPlan, start: int, minutes: float | None) -> ListPlan:
        """The same order; only the way to the first stop has changed."""
        metres = self._first_m(kept.cells, start) + kept.rest_m
        return msgspec.structs.replace(
            kept,
            minutes_said=minutes,
            metres=metres,
            given_m=self._first_m(kept.given_cells, start) + kept.given_rest_m,
            best_m=min(kept.best_m, metres),
        )

    def _laid(
        self,
        asked: tuple[str, ...],
        stops: Sequence[tuple[str, int]],
        start: int,
        minutes: float | None,
    ) -> ListPlan:
        """A plan that visits `stops` in this order."""
        place = {line: at for at, line in enumerate(asked)}
        cells = tuple([cell for _, cell in stops])
        given = tuple([cell for _, cell in sorted(stops, key=lambda stop: place[stop[0]])])
        rest_m, given_rest_m = self._rest_m(cells), self._rest_m(given)
        metres = self._first_m(cells, start) + rest_m
        return ListPlan(
            asked=asked,
            lines=tuple([line for line, _ in stops]),
            cells=cells,
            given_cells=given,
            minutes_said=minutes,
            metres=metres,
            given_m=self._first_m(given, start) + given_rest_m,
            rest_m=rest_m,
            given_rest_m=given_rest_m,
            best_m=metres,
            pay_s=self._pay_s,
        )

    def _first_m(self, cells: Sequence[int], start: int) -> float:
        return float(self._shelves.routes.field(cells[0])[start]) if cells else 0.0

    def _rest_m(self, cells: Sequence[int]) -> float:
        """From the first of these by all others to the tills."""
        routes = self._shelves.routes
        steps_m = [float(routes.field(there)[here]) for here, there in pairwise(cells)]
        return sum(steps_m) + (float(routes.end_m[cells[-1]]) if cells else 0.0)


def _is_of(kept: ListPlan, asked: tuple[str, ...], minutes: float | None) -> bool:
    """Whether a plan may still be of these lines: none is new, and no time was won or lost."""
    if minutes is None or kept.minutes_said is None:
        return minutes is kept.minutes_said and set(asked) <= set(kept.asked)
    # A line ticked off may make time for another, and so does a longer time that was said.
    return asked == kept.asked and minutes <= kept.minutes_said

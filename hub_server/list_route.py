"""The order in which a list is walked: kept while the shopper follows it, planned anew if not."""

from collections.abc import Sequence
from typing import Final

import msgspec

from hub_server.list_lines import Line
from hub_server.routes import WALK_MPS, Plan
from hub_server.shelves import Shelves

# So much longer than at its best and the shopper has left the way: two aisles' width, more than
# the error of a fix.
DEVIATION_M: Final = 8.0
MINUTE_S: Final = 60.0
EMPTY: Final = Plan([], 0.0, 0.0)


class ListPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The open lines in walking order."""

    asked: tuple[str, ...] = ()
    """The lines that were planned, in the order of the list."""
    lines: tuple[str, ...] = ()
    """Those for which there is time, in walking order."""
    cells: tuple[int, ...] = ()
    minutes_said: float | None = None
    metres: float = 0.0
    given_m: float = 0.0
    """The same lines in the order of the list."""
    seconds: float = 0.0
    best_m: float = 0.0
    """The shortest way that was left since it was planned."""


class ListRoutes:
    """The plans of one store's visits."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self._plans: dict[str, ListPlan] = {}

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
        asked = tuple(line.line for line in lines)
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
        asked = tuple(line.line for line in lines)
        cells = [self._shelves.cell(line.item) for line in lines]
        max_m = None if minutes is None else minutes * MINUTE_S * WALK_MPS
        plan = self._shelves.routes.plan(start, cells, max_m) if cells else EMPTY
        return ListPlan(
            asked=asked,
            lines=tuple(asked[place] for place in plan.order),
            cells=tuple(cells[place] for place in plan.order),
            minutes_said=minutes,
            metres=plan.metres,
            given_m=plan.given_m,
            seconds=plan.seconds,
            best_m=plan.metres,
        )

    def _followed(
        self, kept: ListPlan, asked: tuple[str, ...], start: int, minutes: float | None
    ) -> ListPlan | None:
        """The kept order from here on; None where a line is new or the shopper left the way."""
        if not _is_of(kept, asked, minutes):
            return None
        left = [place for place, line in enumerate(kept.lines) if line in asked]
        cells = [kept.cells[place] for place in left]
        metres = self._metres(start, cells)
        # A line ticked off makes the way shorter, however far it was.
        best_m = min(kept.best_m, metres) if asked == kept.asked else metres
        if metres > best_m + DEVIATION_M:
            return None
        seconds = Plan(left, metres, 0.0).seconds
        if minutes is not None and seconds > minutes * MINUTE_S:
            return None
        order = {line: place for place, line in enumerate(asked)}
        lines = tuple(kept.lines[place] for place in left)
        given = sorted(range(len(lines)), key=lambda place: order[lines[place]])
        return ListPlan(
            asked=asked,
            lines=lines,
            cells=tuple(cells),
            minutes_said=minutes,
            metres=metres,
            given_m=self._metres(start, [cells[place] for place in given]),
            seconds=seconds,
            best_m=best_m,
        )

    def _metres(self, start: int, cells: Sequence[int]) -> float:
        """From a cell by all of these to the tills."""
        routes = self._shelves.routes
        here, total_m = start, 0.0
        for cell in cells:
            total_m += float(routes.field(cell)[here])
            here = cell
        return total_m + (float(routes.end_m[here]) if cells else 0.0)


def _is_of(kept: ListPlan, asked: tuple[str, ...], minutes: float | None) -> bool:
    """Whether a plan may still be of these lines: none is new, and no time was won or lost."""
    if (minutes is None) != (kept.minutes_said is None):
        return False
    # A line ticked off may make time for another.
    return asked == kept.asked if minutes is not None else set(asked) <= set(kept.asked)

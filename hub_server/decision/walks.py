"""How far it is on foot to what campaigns lead to: one look-up for all of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_server.decision.snapshot import Walk
from hub_server.place.routes import Routes

# Answers kept: every cell of a supermarket; a mall's shoppers fill it in an hour, then it starts
# anew. One of ten targets takes 1 kB.
KNOWN_MAX: Final = 8_192


class Walks:
    """The walking distances from everywhere to a few targets.

    Args:
        routes: of the store.
        fields_m: (cells,) metres to each target by its name.
        cell_of: where one stands to take an item; -1: nobody knows.
    """

    def __init__(
        self,
        routes: Routes,
        fields_m: Mapping[str, NDArray[np.float64]] | None = None,
        cell_of: Callable[[str], int] | None = None,
    ) -> None:
        self._routes = routes
        self._cell_of = cell_of or _nowhere
        self._targets = tuple(fields_m or ())
        stacked = [field.round(1) for field in (fields_m or {}).values()]
        self._metres = np.stack(stacked, 1) if stacked else np.empty((0, 0))
        self._known: dict[int, tuple[Walk, ...]] = {}

    def of(self, x_m: float, y_m: float, level: str, items: Sequence[str] = ()) -> tuple[Walk, ...]:
        """The walk to each target, and to `items`, that a way leads to; none from off the floor."""
        if not (self._targets or items):
            return ()
        cell = self._routes.cell(x_m, y_m, level)
        found = self._known.get(cell)
        if found is None:
            found = self._known_now(cell)
        if not items or cell < 0:
            return found
        return (*found, *self._to(items, cell))

    def _to(self, items: Sequence[str], cell: int) -> list[Walk]:
        routes, cell_of = self._routes, self._cell_of
        return [
            Walk(item, round(float(routes.field(there)[cell]), 1))
            for item in items
            if item not in self._targets and (there := cell_of(item)) >= 0
        ]

    def _known_now(self, cell: int) -> tuple[Walk, ...]:
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        row = self._metres[cell].tolist() if cell >= 0 and self._targets else []
        found = tuple(
            Walk(target, metres)
            for target, metres in zip(self._targets, row, strict=False)
            if metres < np.inf
        )
        self._known[cell] = found
        return found


def walks_to(routes: Routes, targets: Iterable[str], cell_of: Callable[[str], int]) -> Walks:
    """The walks to these targets, each once.

    Args:
        routes: of the store.
        targets: zones or items; one that is neither is left out.
        cell_of: where one stands to take an item; -1: nobody knows.
    """
    fields: dict[str, NDArray[np.float64]] = {}
    for target in dict.fromkeys(targets):
        if routes.has_zone(target):
            fields[target] = routes.zone_field(target)
        elif (cell := cell_of(target)) >= 0:
            fields[target] = routes.field(cell)
    return Walks(routes, fields, cell_of)


def _nowhere(_item: str) -> int:
    return -1

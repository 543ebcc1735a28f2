"""How far it is on foot to what campaigns lead to: one look-up for all of them."""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_server.routes import Routes
from hub_server.snapshot import Walk

# Answers kept: every cell of a supermarket; a mall's shoppers fill it in an hour, then it starts
# anew. One of ten targets takes 1 kB.
KNOWN_MAX: Final = 8_192


class Walks:
    """The walking distances from everywhere to a few targets.

    Args:
        routes: of the store.
        fields_m: (cells,) metres to each target by its name.
    """

    def __init__(
        self, routes: Routes, fields_m: Mapping[str, NDArray[np.float64]] | None = None
    ) -> None:
        self._routes = routes
        self._targets = tuple(fields_m or ())
        stacked = [field.round(1) for field in (fields_m or {}).values()]
        self._metres = np.stack(stacked, 1) if stacked else np.empty((0, 0))
        self._known: dict[int, tuple[Walk, ...]] = {}

    def of(self, x_m: float, y_m: float, level: str) -> tuple[Walk, ...]:
        """The walk to each target that a way leads to; none from off the floor."""
        if not self._targets:
            return ()
        cell = self._routes.cell(x_m, y_m, level)
        found = self._known.get(cell)
        if found is None:
            found = self._known_now(cell)
        return found

    def _known_now(self, cell: int) -> tuple[Walk, ...]:
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        row = [] if cell < 0 else self._metres[cell].tolist()
        found = tuple(
            Walk(target, metres)
            for target, metres in zip(self._targets, row, strict=False)
            if metres < np.inf
        )
        self._known[cell] = found
        return found


def walks_to(routes: Routes, targets: Iterable[str], cells: Mapping[str, int]) -> Walks:
    """The walks to these targets, each once.

    Args:
        routes: of the store.
        targets: zones or items; one that is neither is left out.
        cells: where one stands to take each item; -1: nobody knows.
    """
    fields: dict[str, NDArray[np.float64]] = {}
    for target in dict.fromkeys(targets):
        if routes.has_zone(target):
            fields[target] = routes.zone_field(target)
        elif cells.get(target, -1) >= 0:
            fields[target] = routes.field(cells[target])
    return Walks(routes, fields)

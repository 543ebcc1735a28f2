"""Where each simulated cart is: a tag hangs on a cart, and carts pass from hand to hand."""

from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from typing import Final, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.lead_shopper import LeadShopper
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]

# Where carts wait, by preference; a map without any of these has them on its first cell.
BAY_ZONE_TYPES: Final = ("cart_bay", "entrance", "checkout")


class Crowd(Protocol):
    """Shoppers that walk the map: `store_maps.shoppers.Crowd`."""

    @property
    def positions(self) -> Iterable[tuple[Hashable, float, float, str, str, bool]]:
        """(shopper, x_m, y_m, level, intent, is in the store) of each."""

    @property
    def till_events(self) -> Iterable[tuple[Hashable, float, Sequence[str]]]:
        """(shopper, time, items) of each who paid in the last step."""

    def step(self, dt_s: float) -> None:
        """Live for `dt_s`."""


class Spot(msgspec.Struct, frozen=True):
    """The truth about one cart."""

    x_m: float
    y_m: float
    level: str
    is_taken: bool
    """Somebody pushes it; else it waits in the bay."""


class Purchase(msgspec.Struct, frozen=True):
    """What went over the till from one cart."""

    tag: str
    items: tuple[str, ...]


class Carts:
    """The carts of one store, each with a tag, in the order of `tags`.

    A shopper who comes in takes the cart that waited longest, or none where all are out; who leaves
    brings it back, and the next may take it: a tag is not a shopper.

    Args:
        floor_map: its cart bay is where carts wait.
        grid: where one can walk.
        crowd: who pushes them.
        tags: identities; the lead's, if any, among them.
        lead: (tag, shopper) of the cart that nobody else takes.
    """

    def __init__(
        self,
        floor_map: FloorMap,
        grid: FloorGrid,
        crowd: Crowd,
        tags: Sequence[str],
        lead: tuple[str, LeadShopper] | None = None,
    ) -> None:
        self.tags = tuple(tags)
        self._grid = grid
        self._crowd = crowd
        self._lead = lead
        self._row = {tag: row for row, tag in enumerate(self.tags)}
        self._cart_of: dict[Hashable, int] = {}
        free = [row for tag, row in self._row.items() if lead is None or tag != lead[0]]
        self._waiting = deque(free)
        bay = bay_cells(floor_map, grid)
        self._parked = np.array([bay[row % len(bay)] for row in range(len(self.tags))], np.int32)
        self.xy_m: Floats = grid.xy_m[self._parked].copy()
        self.cells: Integers = self._parked.copy()
        self.purchases: tuple[Purchase, ...] = ()
        """Of the last step."""

    @property
    def levels(self) -> Integers:
        """(tags,) positions in the map's `levels`."""
        levels: Integers = self._grid.level_index[self.cells]
        return levels

    def step(self, dt_s: float) -> None:
        """Let everyone live for `dt_s`; the carts go with them."""
        self._crowd.step(dt_s)
        self.purchases = tuple(self._over_the_till())
        present = {
            who: (x, y, level) for who, x, y, level, _, here in self._crowd.positions if here
        }
        self._bring_back(present.keys())
        for shopper, (x_m, y_m, level) in present.items():
            if shopper not in self._cart_of and self._waiting:
                self._cart_of[shopper] = self._waiting.popleft()
            if shopper in self._cart_of:
                self._move(self._cart_of[shopper], x_m, y_m, self._grid.level_ids.index(level))
        if self._lead is not None:
            tag, shopper = self._lead
            shopper.step(dt_s)
            x_m, y_m = shopper.xy_m
            self._move(self._row[tag], float(x_m), float(y_m), shopper.level_index)

    def truth(self) -> dict[str, Spot]:
        """Where each tag really is."""
        taken = set(self._cart_of.values())
        return {
            tag: Spot(
                float(self.xy_m[row, 0]),
                float(self.xy_m[row, 1]),
                self._grid.level_ids[self.levels[row]],
                row in taken,
            )
            for tag, row in self._row.items()
        }

    def _over_the_till(self) -> Iterable[Purchase]:
        for shopper, _, items in self._crowd.till_events:
            row = self._cart_of.get(shopper)
            if row is not None:
                yield Purchase(self.tags[row], tuple(items))

    def _bring_back(self, present: Iterable[Hashable]) -> None:
        for shopper in set(self._cart_of) - set(present):
            row = self._cart_of.pop(shopper)
            self._waiting.append(row)
            self.cells[row] = self._parked[row]
            self.xy_m[row] = self._grid.xy_m[self._parked[row]]

    def _move(self, row: int, x_m: float, y_m: float, level: int) -> None:
        """A cart beside the floor (truth may cut corners) keeps the cell that it was on."""
        self.xy_m[row] = x_m, y_m
        cell = int(self._grid.cell_at(x_m, y_m, level)[0])
        if cell >= 0:
            self.cells[row] = cell


def bay_cells(floor_map: FloorMap, grid: FloorGrid) -> list[int]:
    """The cells where carts wait; at least one."""
    for zone_type in BAY_ZONE_TYPES:
        rows = [i for i, zone in enumerate(floor_map.leaf_zones) if zone.zone_type == zone_type]
        cells = np.flatnonzero(grid.zone_mask[rows].any(axis=0))
        if len(cells):
            return [int(cell) for cell in cells]
    return [0]

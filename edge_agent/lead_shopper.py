"""The shopper whom the demo's phone page stands for: goes to a shelf, lingers, goes on."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap, Zone

Floats = npt.NDArray[np.float64]

# A shopper with a cart; the first shelf is reached well within 20 s of the pairing.
WALK_M_PER_S: Final = 1.1
# Long enough for every dwell condition of the demo's campaigns and for a person to read.
LINGER_S: Final = 60.0
# Someone who looks at a shelf shifts their weight; a still radio would show an unreal calm.
SWAY_SD_M: Final = 0.15
SWAY_TAU_S: Final = 2.0
# Where shelves are: no queue, no till, no entrance.
SHELF_ZONE_TYPES: Final = frozenset({"department", "aisle", "bay", "service"})


class LeadShopper:
    """Stands at home until led; then tours shelves until home is called.

    Args:
        floor_map: its zones.
        grid: where one can walk.
        home: cell where the cart waits, e.g. in the cart bay.
        zones: ids to visit in this order, round and round; empty: every shelf zone that is not
            sensitive, each time the nearest that was not visited yet.
        rng: sways the shopper.
    """

    def __init__(
        self,
        floor_map: FloorMap,
        grid: FloorGrid,
        home: int,
        zones: Sequence[str],
        rng: np.random.Generator,
    ) -> None:
        self._grid = grid
        self._rng = rng
        self._home = home
        self._spots = reachable(grid, home, spots(floor_map, grid, zones))
        self._is_ordered = bool(zones)
        self._unvisited: list[int] = []
        self._route: Floats = np.empty((0, 2))
        self._linger_s = 0.0
        self._is_touring = False
        self._on_floor_m: Floats = grid.xy_m[home].copy()
        self._sway_m: Floats = np.zeros(2)
        self._cell = home

    @property
    def xy_m(self) -> Floats:
        """Where they are, (2,)."""
        return self._on_floor_m + self._sway_m

    @property
    def level_index(self) -> int:
        """The position of their level in the map's `levels`."""
        return int(self._grid.level_index[self._cell])

    def begin(self) -> None:
        """Set out for the first shelf of a new tour."""
        self._is_touring = bool(self._spots)
        self._unvisited = list(self._spots)
        if self._is_touring:
            self._go_on()

    def go_home(self) -> None:
        """Bring the cart back and stay there."""
        if self._is_touring:
            self._is_touring = False
            self._set_out(self._home)

    def step(self, dt_s: float) -> None:
        """Live for `dt_s`."""
        kept = np.exp(-dt_s / SWAY_TAU_S)
        fresh = self._rng.normal(0, SWAY_SD_M, 2)
        self._sway_m = kept * self._sway_m + np.sqrt(1 - kept**2) * fresh
        if len(self._route):
            self._walk(WALK_M_PER_S * dt_s)
        elif self._is_touring:
            self._linger_s -= dt_s
            if self._linger_s <= 0:
                self._go_on()

    def _go_on(self) -> None:
        self._unvisited = self._unvisited or [s for s in self._spots if s != self._cell]
        if not self._unvisited:
            self._linger_s = LINGER_S
            return
        spot = self._unvisited[0] if self._is_ordered else self._nearest(self._unvisited)
        self._unvisited.remove(spot)
        self._set_out(spot)
        self._linger_s = LINGER_S

    def _nearest(self, cells: Sequence[int]) -> int:
        distance_m = self._grid.distance_from(self._cell)
        return min(cells, key=lambda cell: float(distance_m[cell]))

    def _set_out(self, cell: int) -> None:
        """From where they are, which may be half way to elsewhere."""
        x_m, y_m = self._on_floor_m
        here = int(self._grid.cell_at(x_m, y_m, self.level_index)[0])
        self._route = self._grid.route(here, cell)
        self._cell = cell

    def _walk(self, left_m: float) -> None:
        """Along the route, over as many corners as `left_m` reaches."""
        while len(self._route) and left_m > 0:
            way = self._route[0] - self._on_floor_m
            length_m = float(np.hypot(*way))
            if length_m > left_m:
                self._on_floor_m = self._on_floor_m + way * (left_m / length_m)
                return
            self._on_floor_m = self._route[0].copy()
            self._route = self._route[1:]
            left_m -= length_m


def spots(floor_map: FloorMap, grid: FloorGrid, zones: Sequence[str]) -> list[int]:
    """A cell to stand on in each zone, as far from its border as can be; zones without are left."""
    named = [floor_map.zone(zone_id) for zone_id in zones]
    chosen = named or [zone for zone in floor_map.leaf_zones if is_shelf(zone)]
    found = [innermost(floor_map, grid, zone) for zone in chosen]
    return [cell for cell in found if cell is not None]


def reachable(grid: FloorGrid, home: int, cells: Sequence[int]) -> list[int]:
    """Those of `cells` to which one can walk from `home` without changing the level."""
    distance_m = grid.distance_from(home)
    level = grid.level_index[home]
    return [c for c in cells if np.isfinite(distance_m[c]) and grid.level_index[c] == level]


def is_shelf(zone: Zone) -> bool:
    """Whether one shops there and may be spoken to."""
    return zone.zone_type in SHELF_ZONE_TYPES and zone.messages_allowed and not zone.sensitive


def innermost(floor_map: FloorMap, grid: FloorGrid, zone: Zone) -> int | None:
    """The walkable cell of `zone` farthest from its border; None where it has none."""
    on_level = grid.level_index == floor_map.level_index(zone.level)
    inside = shapely.intersects_xy(zone.polygon, grid.xy_m[:, 0], grid.xy_m[:, 1])
    cells = np.flatnonzero(inside & on_level)
    if not len(cells):
        return None
    border = shapely.boundary(zone.polygon)
    depth_m = shapely.distance(shapely.points(grid.xy_m[cells]), border)
    return int(cells[np.argmax(depth_m)])

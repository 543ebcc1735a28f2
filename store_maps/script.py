"""One visit while it is written: where the shopper goes and stands, what the store notices."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from store_maps.habits import Person
from store_maps.path import Gait, Path
from store_maps.shop import Shop
from store_maps.trip import Stop
from store_maps.way import PIECE_M

Floats = npt.NDArray[np.float64]
Rng = np.random.Generator
Range = tuple[float, float]

# From one look to the next people stand nearer or farther: spread, and how near or far at most.
STAND_SD_M: Final = 0.25
STAND_M: Final = (0.2, 1.5)
# Of those who look things up, the share of stops at which they do: rather what they then take.
SCAN_TAKEN_P: Final = 0.5
SCAN_LEFT_P: Final = 0.15
SCAN_AT: Final = (0.2, 0.8)


class VisitEvent(NamedTuple):
    """Something that a store's systems notice.

    door_in, door_out, pos, help_tap, staff_help, scan or app_open.
    """

    t_s: float
    """Since the door."""
    kind: str


class Script:
    """What one shopper does, second by second, until now.

    Args:
        shop: where.
        person: how.
        path: begun at the entrance.
        rng: of this visit's chance.
        pace: divides all times of standing.
    """

    def __init__(self, shop: Shop, person: Person, path: Path, rng: Rng, pace: float = 1.0) -> None:
        self.shop: Final = shop
        self.person: Final = person
        self.path: Final = path
        self.rng: Final = rng
        self.cell = shop.entrance
        """Where the last walk ended."""
        self.events: list[VisitEvent] = []
        self.stops: list[Stop] = []
        """Looks at shelves so far."""
        self.scans = False
        self.speed_share = 1.0
        """Of the person's speed: a group keeps together."""
        self.is_put_off = False
        """They go without buying."""
        self._pace = pace

    @property
    def basket(self) -> tuple[str, ...]:
        """What is carried, each thing once."""
        return tuple(dict.fromkeys(item for stop in self.stops for item in stop.items))

    def note(self, kind: str, after_s: float = 0.0) -> None:
        """Let the store notice something at the end of the path so far, or later."""
        at_s = self.path.end_s + after_s - self.path.start_s
        self.events.append(VisitEvent(round(at_s, 3), kind))

    def gait(self, share: float, *, slow: bool) -> Gait:
        """How they walk now."""
        speed_mps = self.person.speed_mps * share * self.speed_share
        if not slow:
            return Gait(speed_mps, self.person.pace_sd)
        speed_mps *= self.person.browse_share
        glance_p = self.person.glances_per_min / 60 * PIECE_M / speed_mps
        return Gait(speed_mps, self.person.pace_sd, glance_p)

    def go(self, cell: int, share: float = 1.0, *, slow: bool = False) -> None:
        """Walk to a cell, at a share of the usual speed."""
        self.path.walk(self.shop.ways.between(self.cell, cell), self.gait(share, slow=slow))
        self.cell = cell

    def turn_back(self, cell: int, part: float, wait_s: float) -> None:
        """Walk a part of the way to a cell, stop there, and come back."""
        gone, _ = self.shop.ways.between(self.cell, cell).cut(part)
        self.path.walk(gone, self.gait(1.0, slow=False))
        self.wait(wait_s)
        self.path.walk(gone.back(), self.gait(1.0, slow=False))

    def stop_on_the_way(self, cell: int, part: float, wait_s: float, share: float) -> None:
        """Walk to a cell with a stop on the way, from there on at a share of the speed."""
        gone, left = self.shop.ways.between(self.cell, cell).cut(part)
        self.path.walk(gone, self.gait(1.0, slow=False))
        self.wait(wait_s)
        self.path.walk(left, self.gait(share, slow=False))
        self.cell = cell

    def wait(self, seconds: float) -> None:
        """Stand where they are."""
        self.path.stand(seconds / self._pace, NOWHERE, 0.0)

    def linger(self, seconds: float) -> None:
        """Stand at the cell, with steps to the side."""
        reach = self.shop.reach(self.cell)
        self.path.stand(seconds / self._pace, reach, self.person.shifts_per_min)

    def look(self, stop: Stop, *, slow: bool = False) -> None:
        """Walk to a shelf and look at it."""
        self.go(stop.cell, slow=slow)
        far_m = min(max(self.rng.normal(self.person.stand_m, STAND_SD_M), STAND_M[0]), STAND_M[1])
        x_m, y_m = self.shop.stand(stop.cell, far_m, self.rng)
        self.path.step_to(x_m, y_m, self.gait(1.0, slow=True))
        scan_p = SCAN_TAKEN_P if stop.items else SCAN_LEFT_P
        if self.scans and self.rng.random() < scan_p:
            self.note("scan", self.between(SCAN_AT) * stop.dwell_s / self._pace)
        self.linger(stop.dwell_s)
        self.stops.append(stop)

    def spot_within(self, walk_m: float) -> int:
        """A shelf not farther than a walk, or any."""
        cells = self.shop.spot_cells
        near = cells[self.shop.ways.field(self.cell)[cells] <= walk_m]
        return self.any_of(near if len(near) else cells)

    def any_of(self, cells: npt.NDArray[np.int64]) -> int:
        """One of some cells."""
        return int(cells[int(self.rng.integers(len(cells)))])

    def between(self, span: Range) -> float:
        """A number in a range."""
        return span[0] + (span[1] - span[0]) * float(self.rng.random())


NOWHERE: Final[Floats] = np.empty((0, 2))

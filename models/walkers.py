"""Shoppers that walk a store from door to door: where they truly are, once a second.

A visit is a script: legs along shortest ways and stands. Scripts hold the ways people behave
(lists, browsing, returns to a shelf, standing aside with the phone, being lost, queues, leaving
with nothing). No crowd: shoppers do not see each other, queues are drawn waiting times.
"""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.labels import Marks
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Floats = NDArray[np.float64]
Rng = np.random.Generator
Range = tuple[float, float]

LEVEL: Final = "L0"
# Standing at a shelf: an arm's length from it.
SHELF_FROM_M: Final = 0.2
SHELF_TO_M: Final = 1.1
# A shelf may stand close to a till: what lies nearer is the till's own.
SHELF_TILL_M: Final = 2.0
# Gondola ends face the tills: some of the stops are so close that an error can swap the two.
BY_TILL_M: Final = 5.0
# Standing aside: away from every shelf and till.
ASIDE_SHELF_M: Final = 2.0
ASIDE_TILL_M: Final = 4.5
# People in a queue stand so far apart, one behind the other into the store.
QUEUE_STEP_M: Final = 1.1
TILL_M: Final = 1.0
# Sway of someone standing: OU noise with this spread and memory.
SWAY_M: Final = 0.12
SWAY_S: Final = 4.0
# Chance a second of a step to the side while standing: one in 25 s.
STEP_ASIDE_P: Final = 0.04
# Chance a second that a browser begins to slow down for a look of 2-6 s.
GLANCE_P: Final = 0.05


class Habits(msgspec.Struct, frozen=True):
    """Ranges that each visit's parameters are drawn from; training and test do not overlap."""

    speed_mps: Range
    """Of walking with a goal."""
    browse_share: Range
    """Speed while browsing, as a share of it."""
    dwell_median_s: Range
    """At a shelf; a visit's dwells are log-normal around it."""
    wander_m: Range
    """Spread of the way around the shortest one."""


TRAIN_HABITS: Final = Habits((0.75, 1.05), (0.45, 0.75), (14.0, 26.0), (0.1, 0.3))
TEST_HABITS: Final = Habits((1.06, 1.25), (0.35, 0.44), (27.0, 38.0), (0.31, 0.45))


class Trip(msgspec.Struct, frozen=True):
    """What kind of trip: how many stops, how it goes on, how likely it ends at the till."""

    share: float
    stops: tuple[int, int]
    browse: float
    """Share of legs walked slowly with detours."""
    back: float
    """Chance after each stop to return to an earlier one later."""
    dwell: float
    """Dwells are this many times the visit's median."""
    buys: float


TRIPS: Final = {
    "list": Trip(0.45, (3, 9), 0.15, 0.08, 0.7, 0.95),
    "browse": Trip(0.3, (1, 7), 0.8, 0.15, 1.0, 0.45),
    "gift": Trip(0.13, (2, 6), 0.5, 0.45, 1.6, 0.6),
    "research": Trip(0.12, (1, 4), 0.3, 0.4, 2.2, 0.15),
}
# Chances a visit: standing aside (the phone, a call), being lost, dropping the basket.
ASIDE_P: Final = 0.3
LOST_P: Final = 0.22
ABANDON_P: Final = 0.06


class Walk(msgspec.Struct, frozen=True):
    """The truth of one visit."""

    track: Floats
    """(n, 3): t_s, x_m, y_m at each whole second from 0."""
    intent: str
    bought: bool
    till_s: float | None
    """When it paid."""


class Town:
    """Where one can stand in a store, and the way from anywhere to there.

    Args:
        floor_map: the store; shoppers walk its first level.
        seed: draws the places.
    """

    def __init__(self, floor_map: FloorMap, seed: int) -> None:
        rng = np.random.default_rng([seed, 1])
        self.grid: Final = FloorGrid.build(floor_map)
        self._fields: dict[int, Floats] = {}
        marks, xy_m = Marks(floor_map), self.grid.xy_m
        shelf_m, till_m = marks.shelf_m(xy_m), marks.till_m(xy_m)
        door = next(o.line.centroid for o in floor_map.openings)
        self.door: Final = int(np.hypot(*(xy_m - [door.x, door.y]).T).argmin())
        reach = np.isfinite(self.field(self.door))
        at_shelf = (
            reach & (till_m > SHELF_TILL_M) & (shelf_m > SHELF_FROM_M) & (shelf_m < SHELF_TO_M)
        )
        by_till = self._some(rng, at_shelf & (till_m < BY_TILL_M), 5)
        self.shelf_spots: Final = np.r_[self._some(rng, at_shelf, 25), by_till]
        aside = self._some(rng, reach & (till_m > ASIDE_TILL_M) & (shelf_m > ASIDE_SHELF_M), 8)
        self.aside_spots: Final = aside if len(aside) else self.shelf_spots
        self.queues: Final = [self._queue(c.geometry.centroid) for c in floor_map.checkouts]

    @staticmethod
    def _some(rng: Rng, mask: NDArray[np.bool_], count: int) -> NDArray[np.int64]:
        cells = np.flatnonzero(mask)
        return np.sort(rng.permutation(cells)[:count])

    def _queue(self, till: object) -> list[int]:
        """Cells of a queue, its head first."""
        x_m, y_m = till.x, till.y  # type: ignore[attr-defined]  # a shapely Point
        steps = np.arange(6) * QUEUE_STEP_M
        cells = self.grid.cell_at(np.full(6, x_m + TILL_M), y_m + steps, LEVEL, within_m=1.5)
        return [int(c) for c in cells if c >= 0 and np.isfinite(self.field(self.door)[c])]

    def field(self, cell: int) -> Floats:
        """Walking metres from every cell to `cell`."""
        if cell not in self._fields:
            self._fields[cell] = self.grid.distance_from(cell)
        return self._fields[cell]

    def way(self, start: int, end: int) -> Floats:
        """(k, 2) the places of the shortest way."""
        return self.grid.xy_m[self.grid.descend(start, self.field(end))]


class _Script:
    """One visit while it is being written."""

    def __init__(self, town: Town, habits: Habits, rng: Rng) -> None:
        self.town, self.rng = town, rng
        self.here = town.door
        self.speed_mps = float(rng.uniform(*habits.speed_mps))
        self.browse_share = float(rng.uniform(*habits.browse_share))
        self.dwell_s = float(rng.uniform(*habits.dwell_median_s))
        self.wander_m = float(rng.uniform(*habits.wander_m))
        self.parts: list[Floats] = [town.grid.xy_m[[town.door]]]

    @property
    def now_s(self) -> int:
        return sum(len(part) for part in self.parts)

    def walk(self, to: int, *, slow: bool = False) -> None:
        """Along the shortest way, the pace changing as it goes."""
        way = self.town.way(self.here, to)
        self.here = to
        along_m = np.r_[0.0, np.cumsum(np.hypot(*np.diff(way, axis=0).T))]
        if along_m[-1] <= 0:
            return
        pace = self.speed_mps * (self.browse_share if slow else 1.0)
        ticks = int(along_m[-1] / pace * 3) + 10
        paces = pace * np.clip(1 + 0.25 * _ou(self.rng, ticks, 5.0), 0.2, 1.6)
        if slow:
            paces[self._glances(ticks)] *= 0.1
        at_m = np.cumsum(paces)
        at_m = np.r_[at_m[at_m < along_m[-1]], along_m[-1]]
        xy = np.stack([np.interp(at_m, along_m, way[:, k]) for k in (0, 1)], axis=1)
        off_m = np.stack([_ou(self.rng, len(xy), 4.0) for _ in (0, 1)], axis=1)
        self.parts.append(xy + self.wander_m * off_m)

    def _glances(self, ticks: int) -> NDArray[np.bool_]:
        """Seconds in which a browser slows to look."""
        starts = np.flatnonzero(self.rng.random(ticks) < GLANCE_P)
        out = np.zeros(ticks, bool)
        for start in starts:
            out[start : start + int(self.rng.integers(2, 7))] = True
        return out

    def stand(self, for_s: float) -> None:
        """Sway on the spot, and now and then a step to the side."""
        ticks = max(int(for_s), 1)
        sway = np.stack([_ou(self.rng, ticks, SWAY_S) for _ in (0, 1)], axis=1) * SWAY_M
        steps = (self.rng.random(ticks) < STEP_ASIDE_P)[:, None] * self.rng.normal(
            0, 0.4, (ticks, 2)
        )
        aside = np.clip(np.cumsum(steps, axis=0), -0.8, 0.8)
        self.parts.append(self.town.grid.xy_m[self.here] + sway + aside)

    def pick(self, spots: NDArray[np.int64]) -> int:
        return int(self.rng.choice(spots))

    def near(self, spots: NDArray[np.int64], reach_m: float) -> int:
        """One of the spots within `reach_m` of walking, else any."""
        close = spots[self.town.field(self.here)[spots] < reach_m]
        return self.pick(close if len(close) else spots)


def _ou(rng: Rng, ticks: int, memory_s: float) -> Floats:
    """Ornstein-Uhlenbeck noise of spread 1 at 1 Hz."""
    keep = np.exp(-1.0 / memory_s)
    noise = rng.normal(0, np.sqrt(1 - keep * keep), ticks)
    out = np.empty(ticks)
    last = 0.0
    for i, value in enumerate(noise.tolist()):
        last = keep * last + value
        out[i] = last
    return out


def _shop(script: _Script, trip: Trip) -> int:
    """The stops of a trip; returns how many there were."""
    rng, town = script.rng, script.town
    stops = int(rng.integers(trip.stops[0], trip.stops[1] + 1))
    lost_at = int(rng.integers(stops)) if rng.random() < LOST_P else -1
    aside_at = int(rng.integers(stops)) if rng.random() < ASIDE_P else -1
    been: list[int] = []
    for k in range(stops):
        if k == lost_at:
            _lose_the_way(script)
        if k == aside_at:
            script.walk(script.near(town.aside_spots, 15.0))
            script.stand(rng.uniform(15, 70))
        slow = rng.random() < trip.browse
        if slow:
            script.walk(script.pick(town.shelf_spots), slow=True)
        back = len(been) > 1 and rng.random() < trip.back
        script.walk(int(rng.choice(been)) if back else script.pick(town.shelf_spots), slow=slow)
        script.stand(script.dwell_s * trip.dwell * rng.lognormal(0, 0.7))
        been.append(script.here)
    return stops


def _lose_the_way(script: _Script) -> None:
    """To and fro between a few places without a stop at any."""
    places = [script.near(script.town.shelf_spots, 14.0) for _ in range(3)]
    for _ in range(int(script.rng.integers(5, 10))):
        script.walk(int(script.rng.choice(places)), slow=script.rng.random() < 0.5)  # noqa: PLR2004


def _pay(script: _Script) -> float:
    """Queue at a till and pay; returns when."""
    rng = script.rng
    queue = script.town.queues[int(rng.integers(len(script.town.queues)))]
    for place in reversed(queue[: int(rng.integers(1, len(queue) + 1))]):
        script.walk(place)
        script.stand(rng.uniform(8, 45))
    script.stand(rng.uniform(15, 60))
    return float(script.now_s)


def walk(town: Town, habits: Habits, rng: Rng) -> Walk:
    """One visit."""
    names = list(TRIPS)
    intent = names[int(rng.choice(len(names), p=[trip.share for trip in TRIPS.values()]))]
    trip = TRIPS[intent]
    script = _Script(town, habits, rng)
    stops = _shop(script, trip)
    # Who looked longer buys rather: the one thing about buying that positions can show.
    odds = trip.buys + 0.03 * (stops - sum(trip.stops) / 2)
    buys = rng.random() < odds and rng.random() >= ABANDON_P
    till_s = _pay(script) if buys and all(town.queues) else None
    script.walk(town.door)
    xy = np.concatenate(script.parts)
    track = np.column_stack([np.arange(len(xy), dtype=float), xy])
    return Walk(track, intent, till_s is not None, till_s)

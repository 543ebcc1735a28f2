"""Seeded shoppers that walk a map: where everyone is, who pays for what. Truth, no radio."""

import heapq
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.intent import Plan, Word, draw_plan
from store_maps.product import Product
from store_maps.shop import Shop, Till
from store_maps.track import Track

Floats = npt.NDArray[np.float64]

# A till takes this and then for each item; a quick one, three items, is half a minute.
SERVICE_S: Final = 20.0
SERVICE_PER_ITEM_S: Final = 4.0
# From the end of one customer to the beginning of the next.
TURNOVER_S: Final = 3.0
# Mean seconds between a shopper's leaving and the next one's taking their place.
GAP_S: Final = 8.0
# What a visit lasts, about; the first shoppers are spread over one, so that none start together.
VISIT_S: Final = 720.0


class Position(NamedTuple):
    """Where a shopper is."""

    shopper_id: str
    x_m: float
    y_m: float
    level: str
    intent: Word
    present: bool
    """False between this shopper's leaving and the next one's arrival in the same slot."""


class TillEvent(NamedTuple):
    """A payment."""

    shopper_id: str
    t_s: float
    items: tuple[str, ...]


class VisitEvent(NamedTuple):
    """Something that a store's systems notice: door_in, pos, door_out."""

    t_s: float
    kind: str


class Visit(msgspec.Struct, frozen=True):
    """A whole visit, from door to door."""

    shopper_id: str
    intent: Word
    track: Floats
    """(n, 3) t_s, x_m, y_m at 1 Hz, from 0."""
    levels: npt.NDArray[np.int32]
    """(n,) positions in the map's `levels`."""
    events: tuple[VisitEvent, ...]
    items: tuple[str, ...]
    """What was paid for."""

    @property
    def bought(self) -> bool:
        """Whether anything was paid for."""
        return bool(self.items)


class Shopper:
    """One visit in the making."""

    def __init__(self, number: int, plan: Plan, track: Track) -> None:
        self.shopper_id: Final = f"s{number}"
        self.plan: Final = plan
        self.track: Final = track
        self.stops_done = 0
        self.cell = -1
        """Where the track ends."""
        self.paid_s: float | None = None
        self.is_gone = False

    @property
    def items(self) -> tuple[str, ...]:
        """What lies in the cart at the end of all stops, each thing once."""
        return tuple(dict.fromkeys(item for stop in self.plan.stops for item in stop.items))


# What happens next in a slot, at the given time.
Action = Callable[[int, float], None]


class Crowd:
    """The shoppers of a store, from second to second.

    The same arguments give the same crowd, whatever the steps. There are always `population`
    slots: `positions[i]` is the shopper who has, or last had, slot i, as one cart is used by one
    shopper after the other. Shoppers are called s1, s2, …; at time 0 the store is already busy.

    Args:
        floor_map: any map.
        grid: of that map.
        seed: of all chance.
        arrivals_per_min: thins the crowd; None keeps nearly `population` shoppers present.
        population: how many at once, at most.
        pace: 2 halves the times at shelves and tills; people walk no faster.
        products: what stands on the shelves, as `corner_market.products()`.
        on_gone: is told of each shopper who has left.
    """

    def __init__(  # noqa: PLR0913 - what a crowd is made of; all but three have a default
        self,
        floor_map: FloorMap,
        grid: FloorGrid,
        seed: int,
        *,
        arrivals_per_min: float | None = None,
        population: int = 20,
        pace: float = 1.0,
        products: Sequence[Product] = (),
        on_gone: Callable[[Shopper], None] | None = None,
    ) -> None:
        self.t_s = 0.0
        self.till_events: list[TillEvent] = []
        """The payments of the last step."""
        self._shop = Shop(floor_map, grid, products)
        self._level_ids = grid.level_ids
        self._seed = seed
        self._pace = pace
        self._gap_s = gap_s(arrivals_per_min, population, pace)
        self._on_gone = on_gone
        self._count = 0
        self._slots: list[Shopper] = []
        self._ends_s: dict[Till, list[float]] = {till: [] for till in self._shop.tills}
        self._future: list[tuple[float, int, int, Action]] = []
        self._serial = 0
        starts_s = np.sort(np.random.default_rng([seed, 0]).uniform(-VISIT_S / pace, 0, population))
        for slot, start_s in enumerate(starts_s.tolist()):
            self._slots.append(self._new(start_s))
            self._later(start_s, slot, self._go_on)
        self._live_until(0.0)
        self.till_events = []

    def step(self, dt_s: float) -> None:
        """Live for `dt_s`."""
        self.till_events = []
        self.t_s += dt_s
        self._live_until(self.t_s)

    @property
    def positions(self) -> list[Position]:
        """Where the shopper of each slot is now."""
        return [self._position(shopper) for shopper in self._slots]

    def _position(self, shopper: Shopper) -> Position:
        x_m, y_m, level = shopper.track.at(self.t_s)
        return Position(
            shopper.shopper_id,
            x_m,
            y_m,
            self._level_ids[level],
            shopper.plan.intent,
            not shopper.is_gone,
        )

    def _live_until(self, t_s: float) -> None:
        """Let everything happen that is due, in its order."""
        while self._future[0][0] <= t_s:
            at_s, _, slot, action = heapq.heappop(self._future)
            action(slot, at_s)

    def _later(self, t_s: float, slot: int, action: Action) -> None:
        """Let something happen at a time; of two at once, the first that was asked for."""
        self._serial += 1
        heapq.heappush(self._future, (t_s, self._serial, slot, action))

    def _new(self, start_s: float) -> Shopper:
        """The next shopper, at the entrance."""
        self._count += 1
        rng = np.random.default_rng([self._seed, self._count])
        plan = draw_plan(self._shop, rng, self._pace)
        shopper = Shopper(
            self._count, plan, Track(start_s, self._shop.place(self._shop.entrance), rng)
        )
        shopper.cell = self._shop.entrance
        return shopper

    def _arrive(self, slot: int, t_s: float) -> None:
        """Someone takes a slot that was left."""
        self._slots[slot] = self._new(t_s)
        self._go_on(slot, t_s)

    def _go_on(self, slot: int, _: float) -> None:
        """To the next shelf, or to the tills, or out."""
        shopper = self._slots[slot]
        stops = shopper.plan.stops
        if shopper.stops_done < len(stops):
            stop = stops[shopper.stops_done]
            shopper.stops_done += 1
            self._walk(shopper, stop.cell)
            shopper.track.stay(stop.dwell_s, self._shop.reach(stop.cell))
            self._later(shopper.track.end_s, slot, self._go_on)
        elif shopper.plan.buys and self._ends_s:
            self._walk(shopper, self._shop.mouth)
            self._later(shopper.track.end_s, slot, self._join)
        else:
            self._walk(shopper, self._shop.exit)
            self._later(shopper.track.end_s, slot, self._go)

    def _walk(self, shopper: Shopper, cell: int) -> None:
        """Send a shopper to a cell."""
        if cell != shopper.cell:
            shopper.track.walk(self._shop.way(shopper.cell, cell))
            shopper.cell = cell

    def _join(self, slot: int, t_s: float) -> None:
        """Queue at the till that will be free first, move up as others are done, pay, go.

        Who joined first is served first, so all times are known on joining.
        """
        shopper = self._slots[slot]
        till = min(self._ends_s, key=lambda each: max([t_s, *self._ends_s[each]]))
        ahead_s = [end_s for end_s in self._ends_s[till] if end_s > t_s]
        self._walk(shopper, till.line[min(len(ahead_s), len(till.line) - 1)])
        for place, end_s in zip(range(len(ahead_s) - 1, -1, -1), ahead_s, strict=True):
            shopper.track.wait_until(end_s + TURNOVER_S)
            self._walk(shopper, till.line[min(place, len(till.line) - 1)])
        service_s = SERVICE_S + SERVICE_PER_ITEM_S * len(shopper.items)
        shopper.track.wait_until(shopper.track.end_s + service_s / self._pace)
        self._ends_s[till] = [*ahead_s, shopper.track.end_s]
        self._later(shopper.track.end_s, slot, self._pay)

    def _pay(self, slot: int, t_s: float) -> None:
        """The till says what was bought."""
        shopper = self._slots[slot]
        shopper.paid_s = t_s
        self.till_events.append(TillEvent(shopper.shopper_id, t_s, shopper.items))
        self._walk(shopper, self._shop.exit)
        self._later(shopper.track.end_s, slot, self._go)

    def _go(self, slot: int, t_s: float) -> None:
        """Someone has left; the next one comes after a while."""
        shopper = self._slots[slot]
        shopper.is_gone = True
        if self._on_gone is not None:
            self._on_gone(shopper)
        rng = np.random.default_rng([self._seed, self._count, slot])
        self._later(t_s + float(rng.exponential(self._gap_s)), slot, self._arrive)


def gap_s(arrivals_per_min: float | None, population: int, pace: float) -> float:
    """Mean seconds that a slot stays empty."""
    if arrivals_per_min is None:
        return GAP_S / pace
    return max(GAP_S / pace, 60 * population / arrivals_per_min - VISIT_S / pace)


def visits(
    floor_map: FloorMap,
    grid: FloorGrid,
    seed: int,
    count: int,
    *,
    products: Sequence[Product] = (),
) -> list[Visit]:
    """The first `count` visits of a crowd at full length, for training; s1 first."""
    gone: dict[str, Shopper] = {}

    def keep(shopper: Shopper) -> None:
        gone[shopper.shopper_id] = shopper

    crowd = Crowd(floor_map, grid, seed, products=products, on_gone=keep)
    names = [f"s{number}" for number in range(1, count + 1)]
    while not all(name in gone for name in names):
        crowd.step(VISIT_S)
    return [visit_of(gone[name]) for name in names]


def visit_of(shopper: Shopper) -> Visit:
    """A finished visit with its clock at the door."""
    track = shopper.track
    seconds = np.arange(np.floor(track.end_s - track.start_s) + 1)
    xy_m, levels = track.sampled(track.start_s + seconds)
    events = [VisitEvent(0.0, "door_in")]
    if shopper.paid_s is not None:
        events.append(VisitEvent(round(shopper.paid_s - track.start_s, 3), "pos"))
    events.append(VisitEvent(float(seconds[-1]), "door_out"))
    return Visit(
        shopper_id=shopper.shopper_id,
        intent=shopper.plan.intent,
        track=np.column_stack([seconds, xy_m]),
        levels=levels,
        events=tuple(events),
        items=shopper.items if shopper.paid_s is not None else (),
    )

"""Seeded shoppers that walk a map: where everyone is, who pays for what. Truth, no radio."""

import heapq
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from store_maps.body import Body, Noise
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.habits import EVERYDAY, Habits, draw_person
from store_maps.parting import EMPTY, PAID, Parting, part
from store_maps.path import Path
from store_maps.product import Product
from store_maps.round import shop_round
from store_maps.script import Script
from store_maps.shop import Shop
from store_maps.till_queue import TillQueue
from store_maps.trip import Word, draw_trip
from store_maps.visit import GROUP_SPEED_SHARE, Shopper, Visit, draw_party, visits_of

# Mean seconds between a shopper's leaving and the next one's taking their place.
GAP_S: Final = 8.0
# What a visit lasts, about; the first shoppers are spread over one, so that none start together.
VISIT_S: Final = 720.0
# `visits` come from a store with this many shoppers at least, and live on by this.
POPULATION_MIN: Final = 4
STEP_S: Final = 60.0


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
        habits: how people are here.
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
        habits: Habits = EVERYDAY,
        on_gone: Callable[[Shopper], None] | None = None,
    ) -> None:
        self.t_s = 0.0
        self.till_events: list[TillEvent] = []
        """The payments of the last step."""
        self._shop = Shop(floor_map, grid, products)
        self._level_ids = grid.level_ids
        self._seed = seed
        self._habits = habits
        self.noise: Final = Noise.draw(habits, np.random.default_rng([seed, 0, 0]))
        self._pace = pace
        self._gap_s = gap_s(arrivals_per_min, population, pace)
        self._on_gone = on_gone
        self._count = 0
        self._slots: list[Shopper] = []
        self._queues = [TillQueue(till, pace) for till in self._shop.tills]
        self._future: list[tuple[float, int, int, Action]] = []
        self._serial = 0
        starts_s = np.sort(np.random.default_rng([seed, 0]).uniform(-VISIT_S / pace, 0, population))
        for slot, start_s in enumerate(starts_s.tolist()):
            self._slots.append(self._new(start_s))
            self._later(start_s, slot, self._go_round)
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
        x_m, y_m, level = shopper.path.at(self.t_s)
        return Position(
            shopper.shopper_id,
            x_m,
            y_m,
            self._level_ids[level],
            shopper.trip.word,
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
        shop, person = self._shop, draw_person(self._habits, rng)
        body = Body(self.noise, person, rng)
        path = Path(start_s, shop.place(shop.entrance), body, shop.is_floor, rng)
        party = draw_party(person.group_p, rng)
        script = Script(shop, person, path, rng, self._pace)
        script.speed_share = GROUP_SPEED_SHARE if party > 1 else 1.0
        return Shopper(self._count, draw_trip(rng), script, party)

    def _arrive(self, slot: int, t_s: float) -> None:
        """Someone takes a slot that was left."""
        self._slots[slot] = self._new(t_s)
        self._go_round(slot, t_s)

    def _go_round(self, slot: int, _: float) -> None:
        """To the shelves, then to the tills or out."""
        shopper = self._slots[slot]
        buys = shop_round(shopper.script, shopper.trip, talks=shopper.party > 1)
        if buys and self._queues:
            shopper.script.go(self._shop.mouth)
            self._later(shopper.path.end_s, slot, self._join)
        else:
            self._leave(slot, EMPTY)

    def _join(self, slot: int, t_s: float) -> None:
        """Queue at the till that will be free first."""
        shopper = self._slots[slot]
        queue = min(self._queues, key=lambda each: each.free_s(t_s))
        if queue.join(shopper.script):
            self._later(shopper.path.end_s, slot, self._pay)
        else:
            self._leave(slot, EMPTY)

    def _pay(self, slot: int, t_s: float) -> None:
        """The till says what was bought."""
        shopper = self._slots[slot]
        shopper.paid_s = t_s
        self.till_events.append(TillEvent(shopper.shopper_id, t_s, shopper.items))
        self._leave(slot, PAID)

    def _leave(self, slot: int, parting: Parting) -> None:
        """To the door."""
        path = self._slots[slot].path
        part(self._slots[slot].script, parting)
        self._later(path.end_s, slot, self._go)

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
    habits: Habits = EVERYDAY,
    products: Sequence[Product] = (),
) -> list[Visit]:
    """The first `count` visits of a crowd at full length, for training; s1 first.

    Companions with a tag of their own come after who they are with: s1, s2, s2.1, s3, ...
    """
    gone: dict[int, Shopper] = {}

    def keep(shopper: Shopper) -> None:
        gone[shopper.number] = shopper

    busy = np.random.default_rng([seed, 0, 1]).uniform(*habits.shoppers_per_till)
    population = max(POPULATION_MIN, round(busy * len(floor_map.checkouts)))
    crowd = Crowd(
        floor_map,
        grid,
        seed,
        population=population,
        products=products,
        habits=habits,
        on_gone=keep,
    )
    made: list[Visit] = []
    number = 1
    while len(made) < count:
        if number in gone:
            made += visits_of(gone.pop(number), crowd.noise)
            number += 1
        else:
            crowd.step(STEP_S)
    return made[:count]

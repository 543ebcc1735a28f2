"""What shoppers came for, and what they therefore do."""

from typing import Final, Literal

import msgspec
import numpy as np

from store_maps.shop import Shop, Spot

Word = Literal["list", "browse", "gift", "research"]

# How many of the nearest unvisited shelves a shopper without a list chooses from.
CHOICE_COUNT: Final = 4
# Lost people hop between two zones; three returns within 90 s are what the stage labels call stuck.
LOST_HOPS: Final = 7
# Someone who reads their phone in the aisle.
PAUSE_S: Final = (15.0, 45.0)
# Nobody stands longer than this at one shelf; the log-normal's tail would.
DWELL_MAX_S: Final = 300.0


class Intent(msgspec.Struct, frozen=True):
    """A kind of visit. Tuned so that `visits()` has a median near 12 minutes (Crowd docstring)."""

    word: Word
    share: float
    """Of all visits."""
    stops: tuple[int, int]
    zones_max: int
    """In how many zones the stops lie; 99: anywhere."""
    dwell_median_s: float
    dwell_sigma: float
    """Of the log-normal; its mean is the median times exp(sigma^2 / 2)."""
    pick_p: float
    """Something goes into the cart at a stop."""
    return_p: float
    """A stop is visited again: someone compares."""
    lost_p: float
    """Once in the visit, they wander or stand about."""
    buy_p: float
    in_order: bool
    """They walk the shortest way; else by whim."""


INTENTS: Final = (
    Intent("list", 0.45, (8, 15), 99, 27.0, 0.7, 0.9, 0.08, 0.12, 0.97, True),
    Intent("browse", 0.30, (9, 18), 99, 28.0, 0.9, 0.35, 0.12, 0.25, 0.6, False),
    Intent("gift", 0.10, (6, 11), 3, 46.0, 0.8, 0.4, 0.4, 0.3, 0.75, False),
    Intent("research", 0.15, (4, 8), 2, 80.0, 0.7, 0.15, 0.5, 0.3, 0.25, False),
)


class Stop(msgspec.Struct, frozen=True):
    """A place to stand, for how long, and what is taken from it."""

    cell: int
    dwell_s: float
    items: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """A visit as intended at the door; the queue decides the rest."""

    intent: Word
    stops: tuple[Stop, ...]
    buys: bool


def draw_plan(shop: Shop, rng: np.random.Generator, pace: float) -> Plan:
    """A visit to a shop; `pace` divides the times at shelves."""
    intent = INTENTS[int(rng.choice(len(INTENTS), p=[entry.share for entry in INTENTS]))]
    spots = in_order(shop, chosen(shop, intent, rng), rng, 1 if intent.in_order else CHOICE_COUNT)
    stops: list[Stop] = []
    for spot in spots:
        stops.append(draw_stop(spot, intent, rng, pace))
        if rng.random() < intent.return_p and len(stops) > 1:
            back = stops[int(rng.integers(len(stops) - 1))]
            again = draw_stop(Spot(back.cell, -1, ()), intent, rng, pace)
            stops.append(again)
    if rng.random() < intent.lost_p:
        place = int(rng.integers(len(stops) + 1))
        stops[place:place] = draw_lost(shop, rng)
    takes = any(stop.items for stop in stops)
    return Plan(intent.word, tuple(stops), bool(takes and rng.random() < intent.buy_p))


def chosen(shop: Shop, intent: Intent, rng: np.random.Generator) -> list[Spot]:
    """The shelves of a visit."""
    zones = np.unique([spot.zone for spot in shop.spots])
    wanted = rng.permutation(zones)[: intent.zones_max]
    spots = [spot for spot in shop.spots if spot.zone in wanted]
    count = min(len(spots), int(rng.integers(*intent.stops, endpoint=True)))
    return [spots[i] for i in rng.permutation(len(spots))[:count]]


def in_order(
    shop: Shop, spots: list[Spot], rng: np.random.Generator, choice_count: int
) -> list[Spot]:
    """The shelves by nearness from the entrance on, each time one of the nearest few."""
    here = shop.entrance
    left = list(spots)
    result: list[Spot] = []
    while left:
        far_m = shop.field(here)
        left.sort(key=lambda spot: float(far_m[spot.cell]))
        spot = left.pop(int(rng.integers(min(choice_count, len(left)))))
        result.append(spot)
        here = spot.cell
    return result


def draw_stop(spot: Spot, intent: Intent, rng: np.random.Generator, pace: float) -> Stop:
    """How long someone stands at a shelf, and whether they take something."""
    dwell_s = intent.dwell_median_s * float(np.exp(intent.dwell_sigma * rng.normal()))
    takes = bool(spot.items) and rng.random() < intent.pick_p
    items = (spot.items[int(rng.integers(len(spot.items)))],) if takes else ()
    return Stop(spot.cell, min(dwell_s, DWELL_MAX_S) / pace, items)


def draw_lost(shop: Shop, rng: np.random.Generator) -> list[Stop]:
    """Wandering between two places, or standing about in the middle of the way."""
    one, other = (shop.spots[int(i)].cell for i in rng.integers(len(shop.spots), size=2))
    if rng.random() < 0.5:  # noqa: PLR2004 - a coin
        return [Stop((one, other)[hop % 2], 0.0) for hop in range(LOST_HOPS)]
    return [Stop(shop.open_cell(one), float(rng.uniform(*PAUSE_S)))]

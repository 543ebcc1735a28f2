"""What shoppers came for, and what they therefore do."""

from typing import Final, Literal

import msgspec
import numpy as np

from store_maps.habits import Person
from store_maps.shop import Shop, Spot

Word = Literal["list", "browse", "gift", "research"]

# How many of the nearest unvisited shelves the next is chosen from: who has a list goes nearly the
# shortest way, who has none by whim.
LIST_CHOICES: Final = 2
WHIM_CHOICES: Final = 7
# Nobody looks longer than this at one shelf; the log-normal's tail would.
DWELL_MAX_S: Final = 300.0


class Trip(msgspec.Struct, frozen=True):
    """A kind of visit."""

    word: Word
    share: float
    """Of all visits."""
    stops: tuple[int, int]
    zones_max: int
    """In how many zones the stops lie; 99: anywhere."""
    dwell: float
    """Looks are this many times the person's median."""
    dwell_sigma: float
    """Of the log-normal; its mean is the median times exp(sigma^2 / 2)."""
    pick_p: float
    """Something goes into the cart at a stop."""
    return_p: float
    """After a stop, one before it is visited again: someone compares."""
    browse_p: float
    """A walk is slow, with looks in passing."""
    buy_p: float
    """Of those who do what most do on this trip."""
    in_order: bool
    """They walk nearly the shortest way; else by whim."""


# Numbers of stops and looks are set for a median visit near 12 minutes, half of it at shelves.
TRIPS: Final = (
    Trip("list", 0.45, (9, 17), 99, 1.0, 0.6, 0.9, 0.08, 0.15, 0.95, in_order=True),
    Trip("browse", 0.30, (8, 18), 99, 1.0, 0.8, 0.4, 0.12, 0.75, 0.6, in_order=False),
    Trip("gift", 0.12, (6, 11), 4, 1.5, 0.7, 0.45, 0.35, 0.5, 0.65, in_order=False),
    Trip("research", 0.13, (4, 8), 3, 2.2, 0.7, 0.25, 0.4, 0.3, 0.2, in_order=False),
)


class Stop(msgspec.Struct, frozen=True):
    """A shelf to look at, for how long, and what is taken from it."""

    cell: int
    dwell_s: float
    items: tuple[str, ...] = ()


def draw_trip(rng: np.random.Generator) -> Trip:
    """What the next shopper came for."""
    shares = np.cumsum([trip.share for trip in TRIPS])
    return TRIPS[int(np.searchsorted(shares, rng.random() * shares[-1]))]


def draw_stops(shop: Shop, trip: Trip, person: Person, rng: np.random.Generator) -> list[Stop]:
    """The shelves of a visit in the order in which they are to be visited."""
    spots = in_order(
        shop, chosen(shop, trip, person, rng), rng, LIST_CHOICES if trip.in_order else WHIM_CHOICES
    )
    return [draw_stop(spot, trip, person, rng) for spot in spots]


def chosen(shop: Shop, trip: Trip, person: Person, rng: np.random.Generator) -> list[Spot]:
    """The shelves of a visit."""
    spots: list[Spot] = list(shop.spots)
    if trip.zones_max < len(shop.spot_zones):
        wanted = set(rng.permutation(shop.spot_zones)[: trip.zones_max].tolist())
        spots = [spot for spot in spots if spot.zone in wanted]
    count = round(int(rng.integers(*trip.stops, endpoint=True)) * person.stops_share)
    return [spots[i] for i in rng.permutation(len(spots))[: max(1, count)].tolist()]


def in_order(
    shop: Shop, spots: list[Spot], rng: np.random.Generator, choice_count: int
) -> list[Spot]:
    """The shelves by nearness from the entrance on, each time one of the nearest few."""
    cells = np.array([spot.cell for spot in spots])
    left = np.arange(len(spots))
    here = shop.entrance
    result: list[Spot] = []
    while len(left):
        nearest = shop.ways.field(here)[cells[left]].argsort(kind="stable")
        which = nearest[int(rng.integers(min(choice_count, len(left))))]
        result.append(spots[int(left[which])])
        here = result[-1].cell
        left = np.delete(left, which)
    return result


def draw_stop(spot: Spot, trip: Trip, person: Person, rng: np.random.Generator) -> Stop:
    """How long someone looks at a shelf, and whether they take something."""
    takes = bool(spot.items) and rng.random() < trip.pick_p
    items = (spot.items[int(rng.integers(len(spot.items)))],) if takes else ()
    return Stop(spot.cell, draw_dwell_s(trip, person, rng), items)


def draw_dwell_s(trip: Trip, person: Person, rng: np.random.Generator) -> float:
    """How long one look takes."""
    factor = float(np.exp(trip.dwell_sigma * rng.normal()))
    return min(person.dwell_s * trip.dwell * factor, DWELL_MAX_S)


# Log-odds of buying: for twice the usual stops, looks longer by a factor of e, one thing more in
# the cart than usual, the store's page open, and products looked up on it. What someone came for
# decides most; what positions show is weak, what the page shows a little less so.
BUY_STOPS: Final = 0.8
BUY_DWELL: Final = 0.5
BUY_THINGS: Final = 0.25
BUY_APP: Final = 0.6
BUY_SCANS: Final = 1.6


class Deeds(msgspec.Struct, frozen=True):
    """What someone did before the tills."""

    stops: int
    dwell_share: float
    """The mean look, against the usual one of such a person on such a trip."""
    things: int
    """Carried."""
    opened: bool
    """The store's page."""
    scanned: bool
    """Products looked up on it."""


def buy_p(trip: Trip, did: Deeds) -> float:
    """How likely one who carries something goes to the tills."""
    usual = sum(trip.stops) / 2
    odds = np.log(trip.buy_p / (1 - trip.buy_p))
    odds += BUY_STOPS * (did.stops / usual - 1)
    odds += BUY_DWELL * np.log(max(did.dwell_share, DWELL_SHARE_MIN))
    odds += BUY_THINGS * (did.things - trip.pick_p * did.stops)
    odds += BUY_APP * did.opened + BUY_SCANS * did.scanned
    return float(1 / (1 + np.exp(-odds)))


# Quicker looks than this make nobody less likely to buy.
DWELL_SHARE_MIN: Final = 0.1

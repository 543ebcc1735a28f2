from collections.abc import Callable
from itertools import pairwise

import msgspec
import numpy as np
import pytest

from store_maps.habits import TRAIN_HABITS, draw_person
from store_maps.script import Script
from store_maps.shop import Shop
from store_maps.trip import DWELL_MAX_S, TRIPS, Deeds, Trip, buy_p, draw_stops, draw_trip

DEEDS = Deeds(stops=10, dwell_share=1.0, things=5, opened=False, scanned=False)


def test_trips_are_drawn_by_their_shares() -> None:
    rng = np.random.default_rng(1)
    drawn = [draw_trip(rng).word for _ in range(4_000)]
    for trip in TRIPS:
        assert np.mean([word == trip.word for word in drawn]) == pytest.approx(trip.share, abs=0.03)


@pytest.mark.parametrize("trip", TRIPS, ids=lambda trip: trip.word)
def test_stops_are_as_many_and_in_as_many_zones_as_the_trip_says(
    market_shop: Shop, trip: Trip
) -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        person = draw_person(TRAIN_HABITS, rng)
        stops = draw_stops(market_shop, trip, person, rng)
        low, high = (round(number * person.stops_share) for number in trip.stops)
        zones = {spot.zone for spot in market_shop.spots if spot.cell in {s.cell for s in stops}}
        assert len(zones) <= trip.zones_max
        assert 1 <= len(stops) <= high
        assert trip.zones_max < 99 or len(stops) >= low
        assert all(0 < stop.dwell_s <= DWELL_MAX_S for stop in stops)


def test_who_has_a_list_walks_less(market_shop: Shop, script_of: Callable[[int], Script]) -> None:
    def walked_m(*, in_order: bool) -> float:
        trip = msgspec.structs.replace(TRIPS[0], in_order=in_order)
        total_m = 0.0
        for seed in range(20):
            script = script_of(seed)
            stops = draw_stops(market_shop, trip, script.person, script.rng)
            cells = [market_shop.entrance, *(stop.cell for stop in stops)]
            total_m += sum(market_shop.ways.field(there)[here] for here, there in pairwise(cells))
        return total_m

    assert walked_m(in_order=True) < 0.8 * walked_m(in_order=False)


@pytest.mark.parametrize(
    "more",
    [
        {"stops": 15, "things": 7},
        {"dwell_share": 2.0},
        {"things": 9},
        {"opened": True},
        {"scanned": True},
    ],
)
def test_what_someone_does_makes_buying_a_little_likelier(more: dict[str, float]) -> None:
    browse = TRIPS[1]
    before, after = buy_p(browse, DEEDS), buy_p(browse, msgspec.structs.replace(DEEDS, **more))
    assert before < after < before + 0.35


def test_what_someone_came_for_decides_most() -> None:
    chances = {trip.word: buy_p(trip, DEEDS) for trip in TRIPS}
    assert chances["list"] > 0.85
    assert chances["research"] < 0.5
    assert 0 < buy_p(TRIPS[1], msgspec.structs.replace(DEEDS, dwell_share=0.0)) < 1

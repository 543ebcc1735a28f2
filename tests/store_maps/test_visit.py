from collections.abc import Callable

import numpy as np
import pytest

from store_maps.body import Noise
from store_maps.parting import PAID, part
from store_maps.script import Script
from store_maps.shop import Shop
from store_maps.trip import TRIPS, Stop
from store_maps.visit import LAG_S, PAIR_P, SIDE_M, Shopper, draw_party, visits_of

Make = Callable[[int], Script]


def done(script: Script, shop: Shop, party: int) -> Shopper:
    """A finished visit with one thing paid for."""
    shopper = Shopper(7, TRIPS[0], script, party)
    script.note("app_open")
    script.look(Stop(shop.spots[5].cell, 40.0, shop.spots[5].items[:1]))
    script.note("staff_help")
    script.note("scan", 10_000.0)
    script.go(shop.tills[0].line[0])
    script.wait(30.0)
    shopper.paid_s = script.path.end_s
    part(script, PAID)
    return shopper


def test_a_visit_has_its_clock_at_the_door(
    market_shop: Shop, script_of: Make, noise: Noise
) -> None:
    (visit,) = visits_of(done(script_of(1), market_shop, 1), noise)
    assert (visit.shopper_id, visit.intent, visit.group) == ("s7", "list", None)
    assert visit.track[:, 0].tolist() == list(range(len(visit.track)))
    kinds = [event.kind for event in visit.events]
    assert kinds == ["door_in", "app_open", "staff_help", "pos", "door_out"], "what came too late"
    assert visit.items == market_shop.spots[5].items[:1]
    assert visit.bought


def test_who_paid_nothing_has_no_items(market_shop: Shop, script_of: Make, noise: Noise) -> None:
    shopper = done(script_of(1), market_shop, 1)
    shopper.paid_s = None
    (visit,) = visits_of(shopper, noise)
    assert not visit.bought
    assert "pos" not in [event.kind for event in visit.events]


def test_companions_walk_together_and_some_carry_tags(
    market_shop: Shop, script_of: Make, noise: Noise
) -> None:
    names: set[str] = set()
    for seed in range(12):
        made = visits_of(done(script_of(seed), market_shop, 3), noise)
        first = made[0]
        names |= {visit.shopper_id for visit in made}
        for other in made[1:]:
            assert other.group == first.group == 7
            assert (other.items, other.intent) == (first.items, first.intent)
            assert [event.kind for event in other.events] == [
                "door_in",
                "staff_help",
                "pos",
                "door_out",
            ]
            ticks = min(len(first.track), len(other.track))
            apart_m = np.hypot(*(first.track[:ticks, 1:] - other.track[:ticks, 1:]).T)
            assert 0.1 < np.median(apart_m) < 2 * SIDE_M + LAG_S[1]
            assert 0 <= len(other.track) - len(first.track) <= LAG_S[1] + 1
    assert names == {"s7", "s7.1", "s7.2"}


def test_most_come_alone_and_groups_are_small() -> None:
    rng = np.random.default_rng(1)
    drawn = [draw_party(0.4, rng) for _ in range(2_000)]
    assert set(drawn) == {1, 2, 3}
    assert np.mean([party > 1 for party in drawn]) == pytest.approx(0.4, abs=0.04)
    pairs = drawn.count(2) / (drawn.count(2) + drawn.count(3))
    assert pairs == pytest.approx(PAIR_P, abs=0.05)

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from store_maps.script import Script
from store_maps.shop import Shop
from store_maps.till_queue import TURNOVER_S, TillQueue
from store_maps.trip import Stop

Make = Callable[[int], Script]


def at_the_mouth(make: Make, shop: Shop, seed: int) -> Script:
    script = make(seed)
    script.go(shop.mouth)
    script.stops = [Stop(shop.mouth, 1.0, ("a", "b", "c"))]
    return script


def test_who_comes_first_is_served_first_and_one_at_a_time(
    market_shop: Shop, script_of: Make
) -> None:
    queue = TillQueue(market_shop.tills[0], 1.0)
    paid: list[tuple[float, float]] = []
    for seed in range(5):
        script = at_the_mouth(script_of, market_shop, seed)
        least_s = script.person.service_s + 3 * script.person.item_s
        if queue.join(script):
            paid.append((script.path.end_s, least_s))
    assert len(paid) > 2
    for (before_s, _), (after_s, least_s) in pairwise(paid):
        assert after_s - before_s >= least_s + TURNOVER_S - 1e-6
    assert queue.free_s(0.0) == paid[-1][0]
    assert queue.free_s(1e6) == 1e6


def test_who_waits_stands_behind_and_moves_up(market_shop: Shop, script_of: Make) -> None:
    till = market_shop.tills[0]
    queue = TillQueue(till, 1.0)
    scripts = [at_the_mouth(script_of, market_shop, seed) for seed in range(3)]
    assert [queue.join(script) for script in scripts] == [True] * 3
    first, _, last = scripts
    soon_s = first.path.end_s - 1
    here, there = (np.array(script.path.at(soon_s)[:2]) for script in (first, last))
    assert np.hypot(*(here - there)) > 1.2
    paying = np.array(last.path.at(last.path.end_s - 1)[:2])
    assert np.hypot(*(paying - market_shop.grid.xy_m[till.line[0]])) < 1


def test_who_would_wait_too_long_gives_up_and_holds_nobody_up(
    market_shop: Shop, script_of: Make
) -> None:
    queue = TillQueue(market_shop.tills[0], 1.0)
    left: list[Script] = []
    for seed in range(14):
        free_s = queue.free_s(0.0)
        script = at_the_mouth(script_of, market_shop, seed)
        came_s = script.path.end_s
        if not queue.join(script):
            left.append(script)
            assert queue.free_s(0.0) == pytest.approx(free_s)
            assert script.path.end_s - came_s < script.person.patience_s + 20
    assert len(left) > 3


def test_pace_serves_faster(market_shop: Shop, script_of: Make) -> None:
    def took_s(pace: float) -> float:
        script = at_the_mouth(script_of, market_shop, 1)
        script = Script(market_shop, script.person, script.path, script.rng, pace)
        script.cell = market_shop.mouth
        came_s = script.path.end_s
        assert TillQueue(market_shop.tills[0], pace).join(script)
        return script.path.end_s - came_s

    assert took_s(4.0) < took_s(1.0) - 8

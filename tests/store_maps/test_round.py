from collections.abc import Callable

import msgspec
import numpy as np

from store_maps.round import buys_p, in_vain, open_app, shop_round
from store_maps.script import Script
from store_maps.shop import Shop
from store_maps.trip import TRIPS, Stop, draw_trip

Make = Callable[[int], Script]


def with_quirks(script: Script, share: float, shop: Shop) -> Script:
    person = msgspec.structs.replace(script.person, quirks_share=share)
    return Script(shop, person, script.path, script.rng)


def test_rounds_end_at_the_tills_or_with_nothing_to_pay(market_shop: Shop, script_of: Make) -> None:
    buys: list[bool] = []
    for seed in range(80):
        script = with_quirks(script_of(seed), 3.0, market_shop)
        buys.append(shop_round(script, draw_trip(script.rng), talks=seed % 4 == 0))
        assert script.stops
        assert not buys[-1] or script.basket
        assert not buys[-1] or not script.is_put_off
    assert 0.1 < np.mean(buys) < 0.9


def test_quirks_make_a_visit_longer_and_buying_rarer(market_shop: Shop, script_of: Make) -> None:
    def of(share: float) -> tuple[float, float]:
        scripts = [with_quirks(script_of(seed), share, market_shop) for seed in range(40)]
        bought = [shop_round(script, TRIPS[0], talks=False) for script in scripts]
        rest_s = [
            script.path.end_s - sum(stop.dwell_s for stop in script.stops) for script in scripts
        ]
        return float(np.mean(bought)), float(np.median(rest_s))

    calm, odd = of(0.0), of(2.0)
    assert odd[0] < calm[0] - 0.1
    assert odd[1] > calm[1]


def test_who_looks_in_vain_takes_little(script_of: Make) -> None:
    script = script_of(1)
    seen = [in_vain(script, Stop(0, 100.0, ("a",))) for _ in range(200)]
    assert all(20 <= stop.dwell_s <= 50 for stop in seen)
    assert 0 < sum(bool(stop.items) for stop in seen) < 40


def test_some_open_the_page_and_some_of_them_look_things_up(script_of: Make) -> None:
    opened, early, scanning = 0, 0, 0
    for seed in range(300):
        script = script_of(seed)
        open_app(script)
        opened += bool(script.events)
        early += any(event.t_s < 40 for event in script.events)
        scanning += script.scans
        assert script.events or not script.scans
    assert 150 < opened < 220
    assert early < opened
    assert 0 < scanning < early


def test_who_scanned_is_likelier_to_buy(market_shop: Shop, script_of: Make) -> None:
    script = script_of(3)
    script.look(Stop(market_shop.spots[3].cell, 20.0, market_shop.spots[3].items[:1]))
    before = buys_p(script, TRIPS[1])
    script.note("scan")
    assert buys_p(script, TRIPS[1]) > before + 0.1

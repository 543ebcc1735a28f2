"""Each way people really behave, seen in the truth that it leaves."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from store_maps.quirks import (
    FORGOT_S,
    PHONE_S,
    aside,
    forgot,
    guilt,
    lost,
    phone,
    put_off,
)
from store_maps.script import Script
from store_maps.shop import Shop
from store_maps.trip import Stop

Make = Callable[[int], Script]


def begun(script: Script, shop: Shop) -> float:
    """Shop at one shelf; returns when that is done."""
    script.look(Stop(shop.spots[20].cell, 20.0, shop.spots[20].items[:1]))
    return script.path.end_s


def truth(script: Script, from_s: float) -> npt.NDArray[np.float64]:
    """(n, 2) each second since."""
    return script.path.sampled(np.arange(from_s, script.path.end_s))[0]


def standing_s(xy_m: npt.NDArray[np.float64]) -> int:
    """Seconds of hardly a step."""
    smooth = np.stack([np.convolve(axis, np.ones(5) / 5, "valid") for axis in xy_m.T], 1)
    return int((np.hypot(*np.diff(smooth, axis=0).T) < 0.2).sum())


def test_the_phone_stops_people_in_aisles_and_before_any_shelf(
    market_shop: Shop, script_of: Make
) -> None:
    far = market_shop.spots[-1].cell
    ends: list[bool] = []
    for seed in range(12):
        script = script_of(seed)
        from_s = begun(script, market_shop)
        phone(script, far)
        ends.append(script.cell == far)
        assert script.path.end_s - from_s > PHONE_S[0]
        assert script.basket == market_shop.spots[20].items[:1], "nothing is taken"
    assert {True, False} == set(ends), "on the way there, or aside of it"


def test_who_forgot_what_for_turns_round(market_shop: Shop, script_of: Make) -> None:
    script = script_of(1)
    from_s = begun(script, market_shop)
    forgot(script, market_shop.spots[-1].cell)
    went = truth(script, from_s)
    far_m = np.hypot(*(went - went[0]).T)
    assert script.cell == market_shop.spots[20].cell
    assert far_m.max() > 4
    assert far_m[-1] < 2.5
    assert standing_s(went) >= FORGOT_S[0]


def test_the_lost_go_to_and_fro_and_some_ask(market_shop: Shop, script_of: Make) -> None:
    asked = 0
    for seed in range(12):
        script = script_of(seed)
        from_s = begun(script, market_shop)
        lost(script, 0)
        went = truth(script, from_s)
        walked_m = np.hypot(*np.diff(went, axis=0).T).sum()
        assert walked_m > 2.5 * np.hypot(*np.ptp(went, axis=0)), "over the same ground"
        kinds = [event.kind for event in script.events]
        assert kinds in ([], ["help_tap", "staff_help"])
        asked += bool(kinds)
    assert 0 < asked < 12


def test_standing_aside_is_away_from_the_shelves(market_shop: Shop, script_of: Make) -> None:
    script = script_of(2)
    from_s = begun(script, market_shop)
    aside(script, 0)
    assert script.cell == market_shop.open_cell(market_shop.spots[20].cell)
    assert standing_s(truth(script, from_s)) > 10


def test_what_is_dear_is_looked_at_long_and_left(market_shop: Shop, script_of: Make) -> None:
    gone = 0
    for seed in range(20):
        script = script_of(seed)
        from_s = begun(script, market_shop)
        put_off(script, Stop(market_shop.spots[21].cell, 30.0, market_shop.spots[21].items[:1]))
        assert script.path.end_s - from_s > 30 * 1.3
        assert script.basket == market_shop.spots[20].items[:1]
        gone += script.is_put_off
    assert 4 < gone < 18


def test_before_paying_some_put_a_thing_back_and_some_think_again(
    market_shop: Shop, script_of: Make
) -> None:
    emptied, at_the_mouth, gone = 0, 0, 0
    for seed in range(30):
        script = script_of(seed)
        begun(script, market_shop)
        guilt(script)
        emptied += not script.basket
        at_the_mouth += script.cell == market_shop.mouth
        gone += script.is_put_off
    assert emptied + at_the_mouth == 30
    assert min(emptied, at_the_mouth) > 5
    assert 0 < gone < 20

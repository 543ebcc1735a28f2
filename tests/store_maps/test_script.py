from collections.abc import Callable

import numpy as np

from store_maps.script import Script, VisitEvent
from store_maps.shop import Shop
from store_maps.trip import Stop


def test_a_look_ends_before_the_shelf_after_its_time(
    market_shop: Shop, script_of: Callable[[int], Script]
) -> None:
    script = script_of(1)
    spot = market_shop.spots[10]
    script.go(spot.cell)
    there_s = script.path.end_s
    script.look(Stop(spot.cell, 30.0, spot.items[:1]))
    script.look(Stop(spot.cell, 5.0, spot.items[:1]))
    assert there_s + 35 <= script.path.end_s < there_s + 45
    assert script.basket == spot.items[:1], "each thing once"
    x_m, y_m, _ = script.path.at(there_s + 20)
    assert np.hypot(*(market_shop.grid.xy_m[spot.cell] - [x_m, y_m])) < 2
    assert not script.events


def test_who_looks_things_up_rather_does_so_at_what_they_take(
    market_shop: Shop, script_of: Callable[[int], Script]
) -> None:
    seen: dict[bool, int] = {}
    for takes in (True, False):
        script = script_of(2)
        script.scans = True
        for spot in market_shop.spots[:40]:
            script.look(Stop(spot.cell, 10.0, spot.items[:1] if takes else ()))
        assert {event.kind for event in script.events} == {"scan"}
        assert all(event.t_s < script.path.end_s for event in script.events)
        seen[takes] = len(script.events)
    assert seen[True] > 1.5 * seen[False] > 0


def test_browsing_is_slow_and_a_share_of_the_speed_is_slower(
    market_shop: Shop, script_of: Callable[[int], Script]
) -> None:
    far = market_shop.spots[-1].cell

    def took_s(share: float = 1.0, *, slow: bool = False) -> float:
        script = script_of(3)
        script.go(far, share, slow=slow)
        return script.path.end_s

    assert took_s() < 0.8 * took_s(slow=True)
    assert took_s() < 0.7 * took_s(0.5)


def test_turning_back_ends_where_it_began(
    market_shop: Shop, script_of: Callable[[int], Script]
) -> None:
    script = script_of(4)
    script.turn_back(market_shop.spots[-1].cell, 0.6, 5.0)
    x_m, y_m, _ = script.path.at(script.path.end_s)
    assert script.cell == market_shop.entrance
    assert np.hypot(*(market_shop.grid.xy_m[script.cell] - [x_m, y_m])) < 1.5
    assert script.path.end_s > 15


def test_a_spot_within_a_walk_is_within_it_or_any(
    market_shop: Shop, script_of: Callable[[int], Script]
) -> None:
    script = script_of(5)
    script.go(market_shop.spots[0].cell)
    field = market_shop.ways.field(script.cell)
    assert all(field[script.spot_within(6.0)] <= 6 for _ in range(20))
    assert script.spot_within(-1.0) in market_shop.spot_cells


def test_what_is_noted_has_the_visit_s_clock(script_of: Callable[[int], Script]) -> None:
    script = script_of(6)
    script.wait(12.0)
    script.note("help_tap")
    script.note("staff_help", 8.0)
    assert script.events == [VisitEvent(12.0, "help_tap"), VisitEvent(20.0, "staff_help")]

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.parting import EMPTY, PAID, Parting, last_look, part
from store_maps.script import Script
from store_maps.shop import Shop


@pytest.mark.parametrize("ways", [PAID, EMPTY], ids=["paid", "empty"])
def test_everyone_ends_at_the_exit_some_later(
    market_shop: Shop, script_of: Callable[[int], Script], ways: Parting
) -> None:
    took_s = []
    for seed in range(40):
        script = script_of(seed)
        script.cell = market_shop.tills[0].line[0]
        x_m, y_m, _ = market_shop.place(script.cell).tolist()
        script.path.step_to(x_m, y_m, script.gait(1, slow=False))
        from_s = script.path.end_s
        part(script, ways)
        assert script.cell == market_shop.exit
        took_s.append(script.path.end_s - from_s)
    direct_s = np.median(took_s)
    assert direct_s < 30
    assert max(took_s) > direct_s + 20


def test_where_no_shelf_is_near_the_exit_nobody_looks_at_one(
    parsed: Callable[..., FloorMap], market_shop: Shop, script_of: Callable[[int], Script]
) -> None:
    def hall(document: dict[str, Any]) -> None:
        kept = {"ground", "food", "shelf", "door"}
        document["features"] = [f for f in document["features"] if f["id"] in kept]
        for feature in document["features"]:
            if feature["id"] != "door":
                ring = feature["geometry"]["coordinates"][0]
                ring[:] = [[x_m * 4, y_m] for x_m, y_m in ring]
        shelf = next(f for f in document["features"] if f["id"] == "shelf")
        shelf["geometry"]["coordinates"] = [[[20, 1], [22, 1], [22, 2], [20, 2], [20, 1]]]

    floor_map = parsed(hall)
    shop = Shop(floor_map, FloorGrid.build(floor_map))
    in_market = script_of(1)
    script = Script(shop, in_market.person, in_market.path, in_market.rng)
    last_look(script)
    assert script.path.end_s == 0.0
    other = script_of(1)
    last_look(other)
    assert other.cell in market_shop.last_looks

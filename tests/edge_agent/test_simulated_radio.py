"""Simulated sightings: who is heard, when, how loud; carts that change hands; till events."""

import asyncio
import contextlib
import json
from collections.abc import Hashable, Sequence
from pathlib import Path

import numpy as np
import pytest

import store_maps
from edge_agent.sighting import Sighting
from edge_agent.simulated_radio import (
    CATCH_UP_S,
    TICK_S,
    SimulatedSource,
    SimulationSettings,
    identities,
)
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap, load, parse
from store_maps.shoppers import Crowd

Position = tuple[Hashable, float, float, str, str, bool]


class ScriptedCrowd:
    """Stands where the test says."""

    def __init__(self, positions: Sequence[Position] = ()) -> None:
        self.positions: list[Position] = list(positions)
        self.till_events: list[tuple[Hashable, float, Sequence[str]]] = []
        self.lived_s = 0.0

    def step(self, dt_s: float) -> None:
        self.lived_s += dt_s


@pytest.fixture(scope="module")
def floor_map() -> FloorMap:
    return load(Path(store_maps.__file__).parent / "corner_market" / "map.geojson")


@pytest.fixture(scope="module")
def grid(floor_map: FloorMap) -> FloorGrid:
    return FloorGrid.build(floor_map)


def by_name(identity: str) -> str | None:
    return f"h-{identity}"


def source_of(
    floor_map: FloorMap,
    grid: FloorGrid,
    crowd: ScriptedCrowd,
    settings: SimulationSettings,
    *,
    strangers: bool = False,
) -> SimulatedSource:
    def admit(identity: str) -> str | None:
        return None if strangers else by_name(identity)

    return SimulatedSource(floor_map, grid, crowd, admit, settings)


def still(seed: int = 1, carts_count: int = 3) -> SimulationSettings:
    return SimulationSettings(seed=seed, carts_count=carts_count, clock_s=lambda: 0.0)


def test_identities_are_numbered_from_one() -> None:
    assert identities(3) == ["sim-01", "sim-02", "sim-03"]


def test_a_tag_in_the_store_is_heard_twice_a_second_by_each_anchor_near(
    floor_map: FloorMap, grid: FloorGrid
) -> None:
    source = source_of(
        floor_map, grid, ScriptedCrowd([(7, 15.0, 7.3, "L0", "list", True)]), still()
    )
    heard = [s for n in range(1, 61) for s in source.advance(float(n)) if s.tag == "h-sim-01"]
    anchors = {s.anchor for s in heard}
    assert {"a2", "a3", "a6", "a7"} <= anchors
    assert 60 * 2 * 4 * 0.7 < len(heard) < 60 * 2 * 8 * 1.1
    assert all(-110 <= s.rssi_dbm <= -20 and s.rssi_dbm == round(s.rssi_dbm) for s in heard)
    assert [s.t_s for s in heard] == sorted(s.t_s for s in heard)
    assert heard[0].t_s >= 0.0
    assert heard[-1].t_s < 60.0


def test_the_nearer_anchor_hears_more(floor_map: FloorMap, grid: FloorGrid) -> None:
    crowd = ScriptedCrowd([(7, 26.0, 6.0, "L0", "list", True)])
    source = source_of(floor_map, grid, crowd, still())
    heard: list[Sighting] = []
    for n in range(1, 121):
        heard += [s for s in source.advance(float(n)) if s.tag == "h-sim-01"]
    mean_dbm = {
        anchor: np.mean([s.rssi_dbm for s in heard if s.anchor == anchor])
        for anchor in {s.anchor for s in heard}
    }
    assert max(mean_dbm, key=lambda anchor: mean_dbm[anchor]) == "a4"


def test_the_same_seed_gives_the_same_sightings(floor_map: FloorMap, grid: FloorGrid) -> None:
    def run(seed: int) -> list[Sighting]:
        crowd = ScriptedCrowd([(7, 15.0, 7.3, "L0", "list", True)])
        source = source_of(floor_map, grid, crowd, still(seed))
        return [s for n in range(1, 11) for s in source.advance(float(n))]

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_who_is_not_admitted_leaves_a_count(floor_map: FloorMap, grid: FloorGrid) -> None:
    source = source_of(floor_map, grid, ScriptedCrowd(), still(), strangers=True)
    assert source.advance(5.0) == []
    assert source.strangers_count > 20


def test_a_cart_passes_from_one_shopper_to_the_next(floor_map: FloorMap, grid: FloorGrid) -> None:
    crowd = ScriptedCrowd([("ann", 15.0, 7.3, "L0", "list", True)])
    source = source_of(floor_map, grid, crowd, still(carts_count=1))
    source.advance(TICK_S)
    assert source.truth["sim-01"].is_taken
    assert (source.truth["sim-01"].x_m, source.truth["sim-01"].y_m) == (15.0, 7.3)
    crowd.positions = [("ann", 15.0, 7.3, "L0", "list", False), ("bob", 8.0, 7.3, "L0", "x", True)]
    source.advance(2 * TICK_S)
    assert (source.truth["sim-01"].x_m, source.truth["sim-01"].is_taken) == (8.0, True)
    crowd.positions = []
    source.advance(3 * TICK_S)
    waiting = source.truth["sim-01"]
    zone = floor_map.zone_at([waiting.x_m], [waiting.y_m], "L0")[0]
    assert not waiting.is_taken
    assert floor_map.leaf_zones[zone].zone_type == "cart_bay"


def test_without_a_free_cart_a_shopper_walks_without(floor_map: FloorMap, grid: FloorGrid) -> None:
    two = [(n, 15.0, 7.3 + n / 10, "L0", "list", True) for n in range(2)]
    source = source_of(floor_map, grid, ScriptedCrowd(two), still(carts_count=1))
    source.advance(TICK_S)
    assert list(source.truth) == ["sim-01"]


def test_a_purchase_is_told_by_the_cart(floor_map: FloorMap, grid: FloorGrid) -> None:
    told: list[tuple[str, float, tuple[str, ...]]] = []
    crowd = ScriptedCrowd([("ann", 15.0, 7.3, "L0", "list", True)])
    settings = SimulationSettings(
        carts_count=1, clock_s=lambda: 0.0, on_till=lambda *event: told.append(event)
    )
    source = source_of(floor_map, grid, crowd, settings)
    source.advance(TICK_S)
    crowd.till_events = [("ann", 99.0, ["pasta"]), ("bob", 99.0, ["wine"])]
    source.advance(2 * TICK_S)
    assert told == [("sim-01", TICK_S, ("pasta",))]


def test_a_clock_that_jumped_is_made_up_for_only_so_far(
    floor_map: FloorMap, grid: FloorGrid
) -> None:
    crowd = ScriptedCrowd()
    source = source_of(floor_map, grid, crowd, still())
    heard = source.advance(3600.0)
    assert crowd.lived_s == CATCH_UP_S
    assert all(3600 - CATCH_UP_S <= s.t_s <= 3600 for s in heard)


def test_tags_differ_by_their_offset(floor_map: FloorMap, grid: FloorGrid) -> None:
    here = [(n, 15.0, 7.3, "L0", "list", True) for n in range(12)]
    source = source_of(floor_map, grid, ScriptedCrowd(here), still(carts_count=12))
    heard = [s for n in range(1, 61) for s in source.advance(float(n)) if s.anchor == "a3"]
    means_dbm = [
        np.mean([s.rssi_dbm for s in heard if s.tag == by_name(tag)]) for tag in identities(12)
    ]
    assert np.std(means_dbm) > 1.5


def test_beside_the_floor_a_cart_is_heard_as_from_its_last_cell(
    floor_map: FloorMap, grid: FloorGrid
) -> None:
    crowd = ScriptedCrowd([("ann", 500.0, 500.0, "L0", "list", True)])
    source = source_of(floor_map, grid, crowd, still(carts_count=1))
    assert source.advance(5.0) == []
    assert source.truth["sim-01"].x_m == 500.0


def test_an_anchor_hears_its_own_level_only(floor_map: FloorMap) -> None:
    document = json.loads(json.dumps(floor_map.document))
    level = next(f for f in document["features"] if f["properties"]["kind"] == "level")
    upper = json.loads(json.dumps(level))
    upper["id"] = "upper"
    upper["properties"] |= {"level": "L1", "ordinal": 1}
    document["features"].append(upper)
    two = parse(json.dumps(document).encode())
    crowd = ScriptedCrowd([("ann", 15.0, 7.3, "L1", "list", True)])
    source = source_of(two, FloorGrid.build(two), crowd, still(carts_count=1))
    assert source.advance(5.0) == []
    assert source.truth["sim-01"].level == "L1"


def test_the_demo_s_crowd_is_heard_and_pays(floor_map: FloorMap, grid: FloorGrid) -> None:
    paid: list[str] = []
    settings = SimulationSettings(
        clock_s=lambda: 0.0, on_till=lambda tag, _t_s, _items: paid.append(tag)
    )
    crowd = Crowd(floor_map, grid, 1, population=20, pace=2.0)
    source = SimulatedSource(floor_map, grid, crowd, by_name, settings)
    tags: set[str] = set()
    for second in range(1, 91):
        tags |= {s.tag for s in source.advance(float(second))}
    assert tags == {f"h-{tag}" for tag in identities(20)}
    assert paid
    assert set(paid) <= set(identities(20))
    assert sum(spot.is_taken for spot in source.truth.values()) > 10


async def test_it_runs_by_the_clock(floor_map: FloorMap, grid: FloorGrid) -> None:
    loop = asyncio.get_running_loop()
    settings = SimulationSettings(carts_count=2, clock_s=lambda: loop.time() * 50)
    source = SimulatedSource(floor_map, grid, ScriptedCrowd(), by_name, settings, speed=50.0)
    heard: list[Sighting] = []
    async with asyncio.timeout(20), contextlib.aclosing(aiter(source)) as batches:
        async for batch in batches:
            heard += batch
            if len(heard) > 20:
                break
    assert source.radio == "ok"
    assert {s.tag for s in heard} <= {"h-sim-01", "h-sim-02"}

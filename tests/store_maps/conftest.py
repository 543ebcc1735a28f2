"""A small good map with every kind of feature, to be made bad in one place."""

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from store_maps import corner_market, floor_map
from store_maps.body import Body, Noise
from store_maps.floor_grid import FloorGrid
from store_maps.habits import TRAIN_HABITS, draw_person
from store_maps.path import Path
from store_maps.script import Script
from store_maps.shop import Shop

Document = dict[str, Any]
Change = Callable[[Document], object]


def rect(x_0: float, y_0: float, x_1: float, y_1: float) -> list[list[list[float]]]:
    return [[[x_0, y_0], [x_1, y_0], [x_1, y_1], [x_0, y_1], [x_0, y_0]]]


def feature(
    feature_id: str, kind: str, geometry_type: str, coordinates: object, **properties: object
) -> Document:
    level = {} if kind == "connector" else {"level": "L0"}
    return {
        "type": "Feature",
        "id": feature_id,
        "geometry": {"type": geometry_type, "coordinates": coordinates},
        "properties": {"kind": kind, **level, **properties},
    }


def zone(zone_id: str, box: tuple[float, float, float, float], **properties: object) -> Document:
    fixed = {"name": zone_id.title(), "zone_type": "department", "parent": None}
    return feature(zone_id, "zone", "Polygon", rect(*box), **fixed | properties)


GOOD: Document = {
    "type": "FeatureCollection",
    "format": "floor-map",
    "version": 1,
    "store_id": "test-store",
    "name": "Test store",
    "revision": 3,
    "timezone": "Europe/Berlin",
    "frame": {"units": "m", "origin": None, "y_axis_bearing_deg": None},
    "features": [
        feature("ground", "level", "Polygon", rect(0, 0, 10, 8), ordinal=0, ceiling_m=3),
        feature("upper", "level", "Polygon", rect(0, 0, 10, 8), ordinal=1, level="L1", name="Up"),
        zone("food", (0, 0, 6, 8)),
        zone("fruit", (0, 0, 6, 4), parent="food", categories=["fruit"], capacity=12),
        zone("bread", (0, 4, 6, 8), parent="food", messages_allowed=False, dwell_min_s=5),
        zone("care", (6, 0, 10, 8), sensitive=True),
        zone("attic", (0, 0, 10, 8), level="L1", zone_type="restroom"),
        feature(
            "shelf", "fixture", "Polygon", rect(1, 1, 3, 2), category="shelf", attenuation_db=3
        ),
        feature("rug", "fixture", "Polygon", rect(4, 5, 5, 6), blocks_walking=False),
        feature("wall", "wall", "LineString", [[6, 0], [6, 8]]),
        feature("gap", "opening", "LineString", [[6, 3], [6, 5]]),
        feature("door", "opening", "LineString", [[1, 0], [2, 0]], category="entrance_exit"),
        feature("till", "checkout", "Polygon", rect(4, 1, 4.5, 2), category="staffed"),
        feature("till-2", "checkout", "Point", [5.5, 1.5], category="self"),
        feature("a1", "anchor", "Point", [1, 7], height_m=2.5, agent_id="test-store.pi-1"),
        feature("b1", "beacon", "Point", [9, 7], height_m=1.5, beacon="ib-00-1-1"),
        feature("stairs", "connector", "LineString", [[9, 1], [9, 2]], category="stairs")
        | {"properties": {"kind": "connector", "category": "stairs", "from": "L0", "to": "L1"}},
        feature("info", "poi", "Point", [3, 3], name="Information"),
        feature("plan", "underlay", "Polygon", rect(0, 0, 10, 8), href="plans/ground.png"),
    ],
}


def encoded(document: object) -> bytes:
    return json.dumps(document).encode()


@pytest.fixture
def good() -> Document:
    """The good map, to be changed at will."""
    return copy.deepcopy(GOOD)


@pytest.fixture
def good_map(good: Document) -> floor_map.FloorMap:
    return floor_map.parse(encoded(good))


@pytest.fixture
def parsed() -> Callable[..., floor_map.FloorMap]:
    """The good map after a change: `parsed(lambda document: …)`."""

    def parse(change: Change, *, uploaded: bool = False) -> floor_map.FloorMap:
        document = copy.deepcopy(GOOD)
        change(document)
        return floor_map.parse(encoded(document), uploaded=uploaded)

    return parse


@pytest.fixture(scope="session")
def good_text() -> str:
    """The good map as JSON."""
    return json.dumps(GOOD)


@pytest.fixture(scope="session")
def good_session_map(good_text: str) -> floor_map.FloorMap:
    """The good map, for tests by Hypothesis."""
    return floor_map.parse(good_text.encode())


@pytest.fixture(scope="session")
def market_shop() -> Shop:
    """The corner market as shoppers use it; its cells and ways are worked out once."""
    market = corner_market.load()
    return Shop(market, FloorGrid.build(market), corner_market.products())


@pytest.fixture(scope="session")
def noise() -> Noise:
    return Noise.draw(TRAIN_HABITS, np.random.default_rng(0))


@pytest.fixture
def script_of(market_shop: Shop, noise: Noise) -> Callable[[int], Script]:
    """A shopper at the market's entrance: `script_of(seed)`."""

    def script(seed: int) -> Script:
        rng = np.random.default_rng(seed)
        person = draw_person(TRAIN_HABITS, rng)
        place = market_shop.place(market_shop.entrance)
        path = Path(0.0, place, Body(noise, person, rng), market_shop.is_floor, rng)
        return Script(market_shop, person, path, rng)

    return script

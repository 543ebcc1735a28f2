"""Small floors for the locator's tests, and the air over them."""

import json
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from edge_agent.path_loss import nominal, place_ids, rays
from edge_agent.sighting import Sighting
from store_maps.floor_map import FloorMap, parse

Feature = dict[str, Any]

WIDE_M = 16.0
LONG_M = 8.0
FADING_SD_DB = 4.0
SHADOW_SD_DB = 3.0
WAVES = 40


def rectangle(x_m: float, y_m: float, wide_m: float, long_m: float) -> Feature:
    right, top = x_m + wide_m, y_m + long_m
    corners = [[x_m, y_m], [right, y_m], [right, top], [x_m, top], [x_m, y_m]]
    return {"type": "Polygon", "coordinates": [corners]}


def feature(id_: str, geometry: Feature, level: str = "L0", **properties: object) -> Feature:
    return {
        "type": "Feature",
        "id": id_,
        "geometry": geometry,
        "properties": {"level": level, **properties},
    }


def level(name: str, x_m: float = 0.0, ordinal: int = 0) -> Feature:
    outline = rectangle(x_m, x_m, WIDE_M, LONG_M)
    return feature(name, outline, name, kind="level", ordinal=ordinal, floor_z_m=4.0 * ordinal)


def zone(name: str, geometry: Feature, on: str = "L0", **properties: object) -> Feature:
    words = {"kind": "zone", "name": name, "zone_type": "aisle", "parent": None}
    return feature(name, geometry, on, **{**words, **properties})


def anchor(name: str, x_m: float, y_m: float, on: str = "L0") -> Feature:
    point = {"type": "Point", "coordinates": [x_m, y_m]}
    return feature(name, point, on, kind="anchor", height_m=2.5)


def beacon(name: str, x_m: float, y_m: float, on: str = "L0") -> Feature:
    point = {"type": "Point", "coordinates": [x_m, y_m]}
    return feature(name, point, on, kind="beacon", beacon=f"ab-{name}", height_m=1.5)


def stairs(name: str, low_m: tuple[float, float], high_m: tuple[float, float]) -> Feature:
    line = {"type": "LineString", "coordinates": [list(low_m), list(high_m)]}
    words = {"kind": "connector", "category": "stairs", "from": "L0", "to": "L1"}
    return {"type": "Feature", "id": name, "geometry": line, "properties": words}


def wall(name: str, *ends_m: tuple[float, float]) -> Feature:
    line = {"type": "LineString", "coordinates": [list(end) for end in ends_m]}
    return feature(name, line, kind="wall")


def store(features: list[Feature], store_id: str = "small") -> FloorMap:
    document = {
        "type": "FeatureCollection",
        "format": "floor-map",
        "version": 1,
        "store_id": store_id,
        "name": store_id,
        "revision": 1,
        "timezone": None,
        "frame": {"units": "m", "origin": None, "y_axis_bearing_deg": None},
        "features": features,
    }
    return parse(json.dumps(document).encode())


def two_zones(
    *more: Feature, x_m: float = 0.0, store_id: str = "small", **right: object
) -> FloorMap:
    """16 x 8 m, zone `a` left of 8 m and `b` right of it, six anchors; shifted by `x_m` twice."""
    places = [(1, 1), (1, 7), (8, 1), (8, 7), (15, 1), (15, 7)]
    return store(
        [
            level("L0", x_m),
            zone("a", rectangle(x_m, x_m, 8, LONG_M)),
            zone("b", rectangle(x_m + 8, x_m, 8, LONG_M), "L0", **right),
            *(anchor(f"p{i}", x_m + x, x_m + y) for i, (x, y) in enumerate(places)),
            *more,
        ],
        store_id,
    )


class Air:
    """What anchors hear: the default law, shadows as waves, fading, a fifth of packets lost."""

    def __init__(self, floor_map: FloorMap, seed: int, least_dbm: float = -math.inf) -> None:
        """Nothing below `least_dbm` is heard."""
        self._map = floor_map
        self._least_dbm = least_dbm
        self._random = np.random.default_rng(seed)
        count = len(place_ids(floor_map))
        self._wave = self._random.normal(0, 1 / 3, (count, WAVES, 2))
        self._phase = self._random.uniform(0, 2 * np.pi, (count, WAVES))
        self._offset_db = self._random.normal(0, 5)

    def second(
        self, x_m: float, y_m: float, t_s: float, tag: str = "t", level: int = 0
    ) -> list[Sighting]:
        """What is heard of a tag in the second before `t_s`."""
        rssi_dbm = self._mean_dbm(np.array([x_m, y_m]), level)
        return [
            Sighting(tag, name, float(mean + self._random.normal(0, FADING_SD_DB)), t_s - before_s)
            for name, mean in zip(place_ids(self._map), rssi_dbm, strict=True)
            for before_s in (0.3, 0.8)
            if self._random.random() < 0.8 and mean > self._least_dbm
        ]

    def _mean_dbm(self, xy_m: npt.NDArray[np.float64], level: int) -> npt.NDArray[np.float64]:
        seen = rays(self._map, xy_m[None], np.full(1, level), 1.0)
        waves = np.cos((self._wave * xy_m).sum(2) + self._phase).sum(1)
        shadow_db = SHADOW_SD_DB * np.sqrt(2 / WAVES) * waves
        mean_dbm = nominal(self._map).expected_dbm(seen)[:, 0] + shadow_db + self._offset_db
        return np.asarray(mean_dbm, np.float64)

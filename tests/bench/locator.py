"""How long a step of the locator takes: 100 tags on 20 x 50 m at 0.5 m, one thread.

Run it with OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1: `python tests/bench/locator.py`.
"""

import json
import os
import statistics
import sys
import time

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402 - the threads are counted when NumPy is imported

from edge_agent.locator import Locator  # noqa: E402
from edge_agent.path_loss import rays  # noqa: E402
from edge_agent.radio_map import RadioMap  # noqa: E402
from edge_agent.sighting import Sighting  # noqa: E402
from store_maps.floor_grid import FloorGrid  # noqa: E402
from store_maps.floor_map import FloorMap, parse  # noqa: E402

TAGS = 100
SECONDS = 40
WIDE_M, LONG_M = 20.0, 50.0
ANCHORS_HEARD = 8
AIM_MS = 30.0


def rectangle(x_m: float, y_m: float, wide_m: float, long_m: float) -> dict[str, object]:
    """A GeoJSON polygon."""
    right, top = x_m + wide_m, y_m + long_m
    return {
        "type": "Polygon",
        "coordinates": [[[x_m, y_m], [right, y_m], [right, top], [x_m, top], [x_m, y_m]]],
    }


def store() -> FloorMap:
    """An open floor with 10 zones and 15 anchors."""
    level = {"kind": "level", "level": "L0", "ordinal": 0}
    features = [{"id": "L0", "geometry": rectangle(0, 0, WIDE_M, LONG_M), "properties": level}]
    for row in range(10):
        zone = {
            "kind": "zone",
            "level": "L0",
            "name": f"Row {row}",
            "zone_type": "aisle",
            "parent": None,
        }
        features.append(
            {"id": f"z{row}", "geometry": rectangle(0, 5 * row, WIDE_M, 5), "properties": zone}
        )
    for place in range(15):
        point = {"type": "Point", "coordinates": [2.0 + 8 * (place % 3), 5.0 + 10 * (place // 3)]}
        anchor = {"kind": "anchor", "level": "L0", "height_m": 2.5}
        features.append({"id": f"a{place}", "geometry": point, "properties": anchor})
    document = {
        "type": "FeatureCollection",
        "format": "floor-map",
        "version": 1,
        "store_id": "bench",
        "name": "Bench",
        "revision": 1,
        "timezone": None,
        "frame": {"units": "m", "origin": None, "y_axis_bearing_deg": None},
        "features": [{"type": "Feature", **feature} for feature in features],
    }
    return parse(json.dumps(document).encode())


def walk(floor_map: FloorMap, radio_map: RadioMap, seed: int) -> list[list[Sighting]]:
    """One list of sightings a second: the 8 nearest anchors of each walker, two packets each."""
    rng = np.random.default_rng(seed)
    xy_m = rng.uniform((1, 1), (WIDE_M - 1, LONG_M - 1), (TAGS, 2))
    offset_db = rng.normal(0, 5, TAGS)
    seconds: list[list[Sighting]] = []
    for second in range(SECONDS):
        xy_m = np.clip(xy_m + rng.normal(0, 0.6, xy_m.shape), 0.5, (WIDE_M - 0.5, LONG_M - 0.5))
        distance_m = rays(floor_map, xy_m, np.zeros(TAGS, int), 1.0).distance_m
        heard = []
        for tag in range(TAGS):
            for anchor in np.argsort(distance_m[:, tag])[:ANCHORS_HEARD]:
                mean_dbm = -59 - 25 * np.log10(distance_m[anchor, tag]) + offset_db[tag]
                for packet in (0.25, 0.75):
                    rssi_dbm = float(mean_dbm + rng.normal(0, 5))
                    name = radio_map.anchor_ids[anchor]
                    heard.append(Sighting(f"tag-{tag}", name, rssi_dbm, second + packet))
        seconds.append(heard)
    return seconds


def steps_ms(locator: Locator, seconds: list[list[Sighting]]) -> list[float]:
    """How much of one core each second took, observation included."""
    took_ms = []
    for second, heard in enumerate(seconds, 1):
        begin_s = time.process_time()
        locator.observe(heard)
        locator.step(float(second))
        took_ms.append((time.process_time() - begin_s) * 1000)
    return took_ms


def main() -> int:
    """Print the figures."""
    floor_map = store()
    grid = FloorGrid.build(floor_map)
    radio_map = RadioMap.defaults(floor_map, grid)
    seconds = walk(floor_map, radio_map, seed=1)
    took_ms = steps_ms(Locator(floor_map, grid, radio_map), seconds)
    half = SECONDS // 2
    print(f"locator, {TAGS} tags on {grid.cells_count} cells, {ANCHORS_HEARD} anchors each:")
    print(f"  the first second  {took_ms[0]:6.1f} ms")
    print(
        f"  after {half} seconds  {statistics.median(took_ms[half:]):6.1f} ms a step (aim {AIM_MS})"
    )
    lagged = steps_ms(Locator(floor_map, grid, radio_map, lag_s=3), seconds)
    print(f"  and 3 s lagged    {statistics.median(lagged[half:]):6.1f} ms a step")
    return 0


if __name__ == "__main__":
    sys.exit(main())

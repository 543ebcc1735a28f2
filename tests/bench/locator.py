"""How long a step of the locator takes, and what it holds: 20 x 50 m at 0.5 m, one thread.

Run it with OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1: `python tests/bench/locator.py`.
"""

import json
import os
import resource
import statistics
import sys
import time

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402 - the threads are counted when NumPy is imported

from edge_agent.locator import Locator  # noqa: E402
from edge_agent.path_loss import place_ids, rays  # noqa: E402
from edge_agent.radio_map import RadioMap  # noqa: E402
from edge_agent.sighting import Sighting  # noqa: E402
from store_maps.floor_grid import FloorGrid  # noqa: E402
from store_maps.floor_map import FloorMap, parse  # noqa: E402

TAGS = 100
SECONDS = 40
FEW_SECONDS = 12
WIDE_M, LONG_M = 20.0, 50.0
HALL_M = 100.0
"""The side of 10,000 m2."""
ANCHORS_HEARD = 8
LAG_S = 3
AIM_MS = 30.0
MANY_TAGS = 1000
RSS_AIM_MB = 200
HALL_TAGS = 200
HALL_AIM_MS = 1000.0


def rectangle(x_m: float, y_m: float, wide_m: float, long_m: float) -> dict[str, object]:
    """A GeoJSON polygon."""
    right, top = x_m + wide_m, y_m + long_m
    return {
        "type": "Polygon",
        "coordinates": [[[x_m, y_m], [right, y_m], [right, top], [x_m, top], [x_m, y_m]]],
    }


def store(wide_m: float = WIDE_M, long_m: float = LONG_M) -> FloorMap:
    """An open floor with 10 zones and 15 anchors."""
    level = {"kind": "level", "level": "L0", "ordinal": 0}
    features = [{"id": "L0", "geometry": rectangle(0, 0, wide_m, long_m), "properties": level}]
    for row in range(10):
        zone = {
            "kind": "zone",
            "level": "L0",
            "name": f"Row {row}",
            "zone_type": "aisle",
            "parent": None,
        }
        area = rectangle(0, long_m / 10 * row, wide_m, long_m / 10)
        features.append({"id": f"z{row}", "geometry": area, "properties": zone})
    for place in range(15):
        x_m, y_m = wide_m * (0.1 + 0.4 * (place % 3)), long_m * (0.1 + 0.2 * (place // 3))
        point = {"type": "Point", "coordinates": [x_m, y_m]}
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


def walk(floor_map: FloorMap, tags_count: int, seconds_count: int) -> list[list[Sighting]]:
    """One list of sightings a second: the 8 nearest anchors of each walker, two packets each."""
    rng = np.random.default_rng(1)
    corner_m = np.array(floor_map.levels[0].polygon.bounds[2:])
    names = place_ids(floor_map)
    xy_m = rng.uniform((1, 1), corner_m - 1, (tags_count, 2))
    offset_db = rng.normal(0, 5, tags_count)
    seconds: list[list[Sighting]] = []
    for second in range(seconds_count):
        xy_m = np.clip(xy_m + rng.normal(0, 0.6, xy_m.shape), 0.5, corner_m - 0.5)
        distance_m = rays(floor_map, xy_m, np.zeros(tags_count, int), 1.0).distance_m
        heard = []
        for tag in range(tags_count):
            for anchor in np.argsort(distance_m[:, tag])[:ANCHORS_HEARD]:
                mean_dbm = -59 - 25 * np.log10(distance_m[anchor, tag]) + offset_db[tag]
                for packet in (0.25, 0.75):
                    rssi_dbm = float(mean_dbm + rng.normal(0, 5))
                    heard.append(Sighting(f"tag-{tag}", names[anchor], rssi_dbm, second + packet))
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


class Floor:
    """A store, ready to be located in."""

    def __init__(self, floor_map: FloorMap, cell_m: float) -> None:
        self._map = floor_map
        self.grid = FloorGrid.build(floor_map, cell_m=cell_m)
        self._radio_map = RadioMap.defaults(floor_map, self.grid)

    def took_ms(self, tags_count: int, seconds_count: int, lag_s: int = 0) -> list[float]:
        """What each second of so many walkers took."""
        locator = Locator(self._map, self.grid, self._radio_map, lag_s=lag_s)
        return steps_ms(locator, walk(self._map, tags_count, seconds_count))


def settled_ms(took_ms: list[float]) -> float:
    """The median of the second half."""
    return statistics.median(took_ms[len(took_ms) // 2 :])


def main() -> int:
    """Print the figures."""
    floor = Floor(store(), cell_m=0.5)
    # First, as the most that the process ever held is what is told.
    floor.took_ms(MANY_TAGS, FEW_SECONDS, LAG_S)
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took_ms = floor.took_ms(TAGS, SECONDS)
    lagged_ms = floor.took_ms(TAGS, SECONDS, LAG_S)
    print(f"locator, {TAGS} tags on {floor.grid.cells_count} cells, {ANCHORS_HEARD} anchors each:")
    print(f"  the first second  {took_ms[0]:7.1f} ms")
    print(f"  after 20 seconds  {settled_ms(took_ms):7.1f} ms a step (aim {AIM_MS})")
    print(f"  and {LAG_S} s lagged    {settled_ms(lagged_ms):7.1f} ms a step")
    for tags_count in (TAGS, 2 * TAGS, 4 * TAGS):
        few_ms = settled_ms(floor.took_ms(tags_count, FEW_SECONDS))
        print(f"  {tags_count} tags, early   {few_ms:7.1f} ms a step")
    hall = Floor(store(HALL_M, HALL_M), cell_m=1.0)
    hall_ms = hall.took_ms(HALL_TAGS, FEW_SECONDS)
    print(f"  {HALL_TAGS} tags on {HALL_M**2:.0f} m2 at 1 m, first {hall_ms[0]:.1f}, then", end="")
    print(f" {settled_ms(hall_ms):.1f} ms a step (aim {HALL_AIM_MS})")
    print(f"  {MANY_TAGS} tags, {LAG_S} s lagged: {rss_mb:.0f} MB at most (aim {RSS_AIM_MB})")
    return 0


if __name__ == "__main__":
    sys.exit(main())

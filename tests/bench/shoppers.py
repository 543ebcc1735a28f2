"""Shopper-seconds a second that `store_maps.shoppers.visits` makes, one core.

python tests/bench/shoppers.py [visits a store]
"""

import sys
import time

from store_maps.floor_grid import FloorGrid
from store_maps.habits import TRAIN_HABITS
from store_maps.layouts import FAMILIES, store
from store_maps.shoppers import visits

VISITS = 150


def rate(family: str, count: int) -> float:
    """Of visits to one new store: ways and distances are not known before."""
    floor_map = store(family, 1)
    grid = FloorGrid.build(floor_map)
    begin_s = time.process_time()
    made = visits(floor_map, grid, 1, count, habits=TRAIN_HABITS)
    took_s = time.process_time() - begin_s
    return sum(len(visit.track) for visit in made) / took_s


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else VISITS
    rate("grid", 10)
    rates = {family: rate(family, count) for family in FAMILIES}
    for family, found in rates.items():
        print(f"{family}: {found:,.0f} shopper-seconds a second of CPU, {count} visits to a store")
    print(f"all: {len(rates) / sum(1 / found for found in rates.values()):,.0f}")


if __name__ == "__main__":
    main()

"""How much walking a list in walking order saves, beside the shortest way there is, and its cost.

    python tests/bench/lists.py

Lists of products drawn at random, from the entrance to the tills, on the corner market and on
stores drawn from four families. "As written" is the list's own order; "by oneself" is how the
simulator's shoppers with a list walk (always on to one of the two nearest, store_maps/trip.py).
"""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from hub_server.place.routes import WALK_MPS, Routes
from hub_server.place.tour import Floats, length_m, tour
from store_maps import corner_market, layouts
from store_maps.floor_map import FloorMap
from store_maps.product import read_products
from store_maps.shop import Shop
from store_maps.trip import LIST_CHOICES

LISTS: Final = 40
SIZES: Final = (5, 9, 15, 30)
# Held and Karp's table holds 2^n rows: up to here it takes a moment.
OPTIMUM_MAX: Final = 9
SEED: Final = 7
DRAWN: Final = (3, 4)
# The aim for 30 lines on a core of a Pi 5, which is about a third as fast as this one.
PLAN_AIM_MS: Final = 50.0


def best_m(between_m: Floats, start_m: Floats, end_m: Floats) -> float:
    """The length of the shortest way (Held and Karp, 1962)."""
    count = len(start_m)
    known = {(1 << place, place): float(start_m[place]) for place in range(count)}
    for visited in range(1, 1 << count):
        for last in range(count):
            here_m = known.get((visited, last))
            if here_m is None:
                continue
            for place in range(count):
                if not visited >> place & 1:
                    key = visited | 1 << place, place
                    there_m = here_m + float(between_m[last, place])
                    known[key] = min(known.get(key, np.inf), there_m)
    full = (1 << count) - 1
    return min(known[full, last] + float(end_m[last]) for last in range(count))


def by_oneself(between_m: Floats, start_m: Floats, rng: np.random.Generator) -> list[int]:
    """On to one of the nearest two, as the simulator's shoppers go."""
    left, far_m, order = list(range(len(start_m))), start_m, []
    while left:
        nearest = sorted(left, key=lambda place: far_m[place])[:LIST_CHOICES]
        here = nearest[int(rng.integers(len(nearest)))]
        left.remove(here)
        order.append(here)
        far_m = between_m[here]
    return order


def timed_ms(call: Callable[[], object]) -> float:
    """How long a call takes."""
    begun_s = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - begun_s)


def lists_of(routes: Routes, cells: Sequence[int], size: int) -> None:
    """One line of the table."""
    rng = np.random.default_rng([SEED, size])
    written, walked, alone, ratios, cold_ms, warm_ms = [], [], [], [], [], []
    for _ in range(LISTS):
        chosen = [int(cell) for cell in rng.permutation(cells)[:size]]
        cold_ms.append(timed_ms(lambda: routes.plan(routes.entrance, chosen)))  # noqa: B023
        warm_ms.append(timed_ms(lambda: routes.plan(routes.entrance, chosen)))  # noqa: B023
        plan = routes.plan(routes.entrance, chosen)
        fields = np.array([routes.field(cell) for cell in chosen])
        ways_m = fields[:, chosen], fields[:, routes.entrance], routes.end_m[chosen]
        written.append(plan.given_m)
        walked.append(plan.metres)
        alone.append(length_m(by_oneself(*ways_m[:2], rng), *ways_m))
        if len(chosen) <= OPTIMUM_MAX:
            ratios.append(plan.metres / best_m(*ways_m))
    saved_m = statistics.mean(written) - statistics.mean(walked)
    alone_m = statistics.mean(alone) - statistics.mean(walked)
    part = 100 * saved_m / statistics.mean(written)
    optimum = f"{statistics.mean(ratios):.4f} {max(ratios):.3f}" if ratios else "     -     -"
    print(
        f"{size:>5} {statistics.mean(written):>9.1f} {statistics.mean(alone):>10.1f} "
        f"{statistics.mean(walked):>8.1f} {saved_m:>8.1f} {part:>4.0f} % "
        f"{saved_m / WALK_MPS / 60:>6.1f} {alone_m / WALK_MPS / 60:>9.1f} {optimum:>14} "
        f"{statistics.median(cold_ms):>7.2f} {statistics.median(warm_ms):>6.2f}"
    )


def store(floor_map: FloorMap, products: str = "") -> None:
    """The table of one store."""
    routes = Routes(floor_map)
    shop = Shop(floor_map, routes.grid, read_products(products) if products else ())
    cells = [spot.cell for spot in shop.spots if routes.reachable[spot.cell]]
    area = sum(level.polygon.area for level in floor_map.levels)
    print(f"\n{floor_map.name}: {area:.0f} m2, {len(cells)} places to stop, metres and minutes")
    print(
        "lines as written by oneself in order    saved        min   min past  over optimum  "
        "plan ms  again"
    )
    for size in SIZES:
        if size <= len(cells):
            lists_of(routes, cells, size)


def main() -> None:
    """Print all."""
    print(f"Mean of {LISTS} lists a line; from the entrance by all places to the nearest till.")
    store(corner_market.load(), corner_market.products_path().read_text(encoding="utf-8"))
    for family in layouts.FAMILIES:
        for seed in DRAWN:
            store(layouts.store(family, seed))
    rng = np.random.default_rng(SEED)
    xy_m = rng.uniform(0, 60, (32, 2))
    far_m = np.abs(xy_m[:, None] - xy_m[None]).sum(2)
    took_ms = statistics.median(
        timed_ms(lambda: tour(far_m[:30, :30], far_m[30, :30], far_m[31, :30])) for _ in range(50)
    )
    print(f"\nordering 30 lines alone: {took_ms:.2f} ms (aim, on a Pi: {PLAN_AIM_MS:.0f} ms)")


if __name__ == "__main__":
    main()

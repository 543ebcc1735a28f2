"""Do the simulated shoppers behave as real ones are published to?

    python -m models.realism [--visits N] [--stores N] [--families NAME ...]

Published of supermarkets (Sorensen and others, "Fundamental patterns of in-store shopper behavior",
Journal of Retailing and Consumer Services 37, 2017): a median visit of 12 minutes, about half of
the time shopping, under 20 % navigating, and who leaves empty-handed navigates 80 % more.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hub_server.journeys import STAGES
from models.labels import ARRIVING, ENGAGED, LEAVING, PURPOSEFUL, SLOW_MPS, WEIGHING, Marks, label
from store_maps import corner_market
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.habits import EVERYDAY, TEST_HABITS, TRAIN_HABITS, Habits
from store_maps.layouts import FAMILIES, store
from store_maps.shoppers import visits
from store_maps.visit import Visit

HABITS: Final = {"training": TRAIN_HABITS, "test": TEST_HABITS, "everyday": EVERYDAY}
# Numbers of stores that no split uses.
FIRST_STORE: Final = 9_000
# Places are averaged over this before their speed is taken, as the labels do.
SMOOTH_S: Final = 5


class Lived(msgspec.Struct, frozen=True):
    """What one visit was spent on."""

    minutes: float
    bought: bool
    shopping: float
    """Share of the time standing at shelves."""
    navigating: float
    """Share of the time walking with a goal: purposeful, or walking in or out."""
    stages: NDArray[np.float64]
    """(8,) shares."""


def lived(marks: Marks, visit: Visit) -> Lived:
    """What a visit was spent on, by its labels."""
    xy_m = visit.track[:, 1:]
    stages = label(marks, xy_m)
    shares = np.bincount(stages, minlength=len(STAGES)) / len(stages)
    ends = np.isin(stages, [ARRIVING, LEAVING]) & (speeds(xy_m) >= SLOW_MPS)
    return Lived(
        minutes=float(visit.track[-1, 0] / 60),
        bought=visit.bought,
        shopping=float(shares[ENGAGED] + shares[WEIGHING]),
        navigating=float(shares[PURPOSEFUL] + ends.mean()),
        stages=shares,
    )


def speeds(xy_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres a second (n,) of a smoothed track (n, 2)."""
    half = SMOOTH_S // 2
    padded = np.pad(xy_m, ((half + 1, half), (0, 0)), "edge")
    kernel = np.ones(SMOOTH_S) / SMOOTH_S
    smooth = np.stack([np.convolve(axis, kernel, "valid") for axis in padded.T], axis=1)
    return np.asarray(np.hypot(*np.diff(smooth, axis=0).T))


def row(name: str, seen: Sequence[Lived]) -> str:
    """A line of the table."""
    full = [one.navigating for one in seen if one.bought]
    empty = [one.navigating for one in seen if not one.bought]
    more = float(np.mean(empty) / np.mean(full) - 1) if full and empty else float("nan")
    figures = [
        f"{len(seen)}",
        f"{np.median([one.minutes for one in seen]):.1f}",
        f"{np.percentile([one.minutes for one in seen], 90):.1f}",
        f"{np.mean([one.shopping for one in seen]):.2f}",
        f"{np.mean([one.navigating for one in seen]):.2f}",
        f"{more:+.0%}",
        f"{np.mean([one.bought for one in seen]):.2f}",
        *[f"{share:.3f}" for share in shares(seen)],
    ]
    return f"| {name} | " + " | ".join(figures) + " |"


def shares(seen: Sequence[Lived]) -> NDArray[np.float64]:
    """(8,) of all seconds."""
    weights = np.array([one.minutes for one in seen])
    return np.asarray(np.stack([one.stages for one in seen]).T @ weights / weights.sum())


def stores(family: str, count: int) -> Iterable[FloorMap]:
    """Drawn stores that no split uses."""
    return (store(family, FIRST_STORE + number) for number in range(count))


def survey(floor_maps: Iterable[FloorMap], habits: Habits, count: int) -> list[Lived]:
    """`count` visits to each store."""
    seen: list[Lived] = []
    for seed, floor_map in enumerate(floor_maps):
        grid, marks = FloorGrid.build(floor_map), Marks(floor_map)
        made = visits(floor_map, grid, FIRST_STORE + seed, count, habits=habits)
        seen += [lived(marks, visit) for visit in made]
    return seen


def table(families: Sequence[str], stores_count: int, count: int) -> list[str]:
    """The figures of each world and family, line by line."""
    names = "visits | median min | p90 min | shopping | navigating | empty-handed | bought"
    head = f"| habits, stores | {names} | {' | '.join(STAGES)} |"
    lines = [head, "|---" * (head.count("|") - 1) + "|"]
    lines.append("| published | | 12 | | about .50 | under .20 | +80% | |" + " |" * len(STAGES))
    for name, habits in HABITS.items():
        every: list[Lived] = []
        for family in families:
            seen = survey(stores(family, stores_count), habits, count)
            lines.append(row(f"{name}, {family}", seen))
            every += seen
        lines.append(row(f"{name}, all", every))
    market = survey([corner_market.load()], EVERYDAY, stores_count * count)
    return [*lines, row("everyday, corner market", market)]


def count_of(word: str) -> int:
    """A number from the command line, 1 or more."""
    if not word.isdecimal() or int(word) < 1:
        msg = f"{word!r}, expected a number of 1 or more"
        raise argparse.ArgumentTypeError(msg)
    return int(word)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m models.realism", description=__doc__)
    parser.add_argument("--visits", type=count_of, default=40, help="in each store")
    parser.add_argument("--stores", type=count_of, default=4, help="of each family")
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=FAMILIES)
    told = parser.parse_args(arguments)
    sys.stdout.write("\n".join(table(told.families, told.stores, told.visits)) + "\n")


if __name__ == "__main__":
    main()

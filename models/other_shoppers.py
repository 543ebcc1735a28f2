"""A second simulator of shoppers, by another author: for judging only.

    python -m models.other_shoppers --out DIR --seed N --count N

Written without sight of `store_maps.shoppers` and the training data, so that a model trained there
can be judged on people it does not know. It must not be used for training, for choosing between
models, or for tuning any threshold: from then on it would judge nothing.

Here nobody follows a plan of stops along shortest ways. Bodies with inertia are drawn by
potentials and pushed by shelves and people (`other_steering`), minds are pulled by competing
drives (`other_minds`), all shoppers of a store share it and its queue (`other_day`), the locator
errs by place and by drift (`other_fixes`), and the stores are drawn by hand (`other_stores`).
Writes DIR/visits.jsonl.gz and the maps beside it, as FORMATS has them.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from models.other_day import Days, jittered
from models.other_fixes import habits, observed
from models.other_ground import ground
from models.other_minds import Mind
from models.other_stores import stores
from models.visits import Visit, write_visits
from store_maps.floor_map import FloorMap

# At most so many shoppers come to a store on one simulated day; more visits, more days.
A_DAY: Final = 22
# With few visits, fewer stores: so many share one at least, or there is nobody to queue with.
TOGETHER: Final = 4
# Some tills and door counters are not connected: shares of stores, and of receipts lost.
NO_DOORS: Final = 0.3
DOORS: Final = frozenset({"door_in", "door_out"})
POS_LOST: Final = 0.04
# The track's clock is the store's: its first day starts at some time of the day.
CLOCK_S: Final = (0, 40_000)

__all__ = ["stores", "visits"]


def visits(
    seed: int, count: int, maps: Sequence[FloorMap] | None = None
) -> list[tuple[FloorMap, list[Visit]]]:
    """`count` visits to the seed's stores, grouped by map; the same for the same arguments.

    Args:
        seed: of the stores, the people and the radio.
        count: how many visits in all, 1 or more.
        maps: other stores than the seed's own.
    """
    rng = np.random.default_rng([seed, count])
    floor_maps = list(maps or stores(seed))
    days = max(min(len(floor_maps), -(-count // TOGETHER)), -(-count // A_DAY))
    used = floor_maps[:days]
    grounds = [ground(one, rng) for one in used]
    worlds = [list(range(number, count, days)) for number in range(days)]
    run = Days([grounds[number % len(used)] for number in range(days)], worlds, rng)
    run.run()
    zoned = rng.permutation(len(used)) % 2 == 0
    out = []
    for k, floor_map in enumerate(used):
        radio = habits(rng, zones=bool(zoned[k]))
        lost = DOORS if rng.random() < NO_DOORS else frozenset()
        found = []
        for i in sorted(i for number in range(k, days, len(used)) for i in worlds[number]):
            track = _track(run, i, rng)
            track[:, 0] += int(rng.integers(*CLOCK_S))
            late_s = track[0, 0] - run.tracks[i][0][0]
            found.append(
                Visit(
                    visit=f"other-{seed}-{i}",
                    map=f"{floor_map.store_id}.geojson",
                    track=[tuple(row) for row in track.round(3).tolist()],
                    fixes=observed(floor_map, track, radio, rng),
                    bought=run.minds[i].bought,
                    events=_events(run.minds[i], late_s, lost, rng),
                )
            )
        out.append((floor_map, found))
    return out


def _track(run: Days, i: int, rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.float64]]:
    track = np.array(run.tracks[i])
    ground_of_i = run.grounds[run.world[i]]
    track[:, 1:] = jittered(ground_of_i, track[:, 1:], run.minds[i].who.jitter_m, rng)
    return track


def _events(
    mind: Mind, late_s: float, lost: frozenset[str], rng: np.random.Generator
) -> list[dict[str, Any]]:
    """What the store's devices recorded, on the track's clock."""
    out = []
    for event in sorted(mind.events, key=lambda one: float(one["t_s"])):
        if event["kind"] in lost:
            continue
        if event["kind"] == "pos" and rng.random() < POS_LOST:
            continue
        out.append({"t_s": round(float(event["t_s"] + late_s), 1), "kind": event["kind"]})
    return out


def write(out: Path, grouped: Sequence[tuple[FloorMap, list[Visit]]]) -> None:
    """Write visits.jsonl.gz and the maps beside it."""
    out.mkdir(parents=True, exist_ok=True)
    for floor_map, found in grouped:
        (out / found[0].map).write_bytes(msgspec.json.encode(floor_map.document))
    write_visits(out / "visits.jsonl.gz", [visit for _, found in grouped for visit in found])


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Visits by another author, for judging only.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    given = parser.parse_args(arguments)
    if given.count < 1:
        parser.error(f"--count {given.count}: expected 1 or more visits")
    write(given.out, visits(given.seed, given.count))


if __name__ == "__main__":
    main()

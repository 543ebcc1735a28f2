"""Gift leaks over random histories: every output of a running hub searched again and again.

`python tests/bench/gifts.py [HISTORIES]`; 10,000 by default, on every core.
"""

import logging
import multiprocessing
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.hub_server.gift_histories import GiftHub, Heard, run  # noqa: E402

HISTORIES = 10_000
STEPS = 14
# A database that grew for ever would make the later histories slower, and find nothing more.
PER_HUB = 250
# Durability is measured elsewhere: where there is memory to write to, no commit waits for a disk.
MEMORY = Path("/dev/shm")  # noqa: S108 - a temporary directory of one's own is made in it


def searched(first: int, count: int) -> tuple[list[str], int]:
    """(leaks, marked gifts that were searched for) of the histories from `first` on."""
    heard = Heard()
    logging.getLogger().addHandler(heard)
    leaks: list[str] = []
    total = 0
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        hub = GiftHub(Path(folder))
        for seed in range(first, min(first + PER_HUB, count)):
            found, marks = run(hub, seed, STEPS, heard.lines)
            leaks += found
            total += marks
            heard.lines.clear()
        hub.close()
    logging.getLogger().removeHandler(heard)
    return leaks, total


def main(count: int) -> int:
    """Run `count` histories; 1 when anything leaked."""
    started_s = time.perf_counter()
    leaks: list[str] = []
    total = 0
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        firsts = range(0, count, PER_HUB)
        for found, marks in pool.imap_unordered(partial(searched, count=count), firsts):
            leaks += found
            total += marks
    for leak in leaks[:20]:
        print("leak:", leak)
    print(
        f"gift leaks: {len(leaks)} in {count} random histories of {STEPS} steps; every output "
        f"searched for {total} marked gifts ({time.perf_counter() - started_s:.0f} s)"
    )
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else HISTORIES))

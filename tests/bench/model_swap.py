"""What another stage model costs a running hub: its checks, its memory, and the swap."""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from edge_agent.messages import FixRow
from hub_server import stage
from hub_server.journeys import Journeys
from hub_server.model import file as model_file
from hub_server.model import trial as model_trial
from hub_server.model.file import MANIFEST_PATH, MODEL_PATH
from hub_server.model.folder import ModelFolder
from hub_server.model.memory import MEMORY_TICKS
from hub_server.model.seat import ModelSeat
from hub_server.stage import StageModel
from store_maps.layouts import store

REPEATS = 20
SHOPPERS = (100, 1_024)


def resident_mb() -> float:
    """What this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def median_ms(act: Callable[[], object]) -> float:
    """Of REPEATS calls."""
    took = []
    for _ in range(REPEATS):
        begun_s = time.perf_counter()
        act()
        took.append(time.perf_counter() - begun_s)
    return float(np.median(took) * 1e3)


def checks() -> None:
    """Print what it takes to take or refuse a file."""
    files = model_file.read(MODEL_PATH, MANIFEST_PATH)
    parts = b"\x42\x00" * (model_file.MODEL_BYTES_MAX // 2)
    reading = median_ms(lambda: model_file.read(MODEL_PATH, MANIFEST_PATH))
    running = median_ms(lambda: StageModel.proven(files.data, files.promised))
    begun_s = time.perf_counter()
    model_file.refuse_strange(parts)
    worst_s = time.perf_counter() - begun_s
    begun_s = time.perf_counter()
    model_trial.stand(files.data, files.manifest)
    trial_s = time.perf_counter() - begun_s
    print(
        f"model checks: bytes {reading:.1f} ms (worst file {worst_s * 1e3:.0f} ms), loading and "
        f"running {running:.1f} ms, in a process of its own {trial_s:.2f} s"
    )


def parts_ms(steps: Iterator[None]) -> list[float]:
    """How long the loop waits for each part."""
    marks = [time.perf_counter()]
    marks += [time.perf_counter() for _ in steps]
    return [float(ms) for ms in np.diff([*marks, time.perf_counter()]) * 1e3]


def swap(shoppers: int, folder: ModelFolder) -> None:
    """Print memory and time of a swap under so many journeys."""
    seat, journeys = ModelSeat.opened(folder), Journeys(store("grid", 1))
    rng, now_s = np.random.default_rng(0), 0.0
    names = [f"h{k}" for k in range(shoppers)]
    before_mb = resident_mb()
    for name in names:
        journeys.open(name, now_s)

    def tick() -> list[float]:
        nonlocal now_s
        now_s += 1.0
        places = rng.uniform(0, 20, (shoppers, 2)).tolist()
        rows = zip(names, places, strict=True)
        journeys.fix([FixRow(n, 0, x, y, 2.0, None, 0.0, "L0") for n, (x, y) in rows], now_s)
        stage.step(journeys, seat.model, now_s)
        return parts_ms(seat.steps(journeys))

    for _ in range(MEMORY_TICKS):
        tick()
    held_mb = resident_mb() - before_mb
    files = model_file.read(MODEL_PATH, MANIFEST_PATH)
    folder.use(folder.add(files, f"bench-{shoppers}"), round(time.time() * 1000))
    running, ticks = seat.model, []
    while seat.model is running:
        ticks.append(tick())
        time.sleep(0.02)
    warming = [parts for parts in ticks if len(parts) > 1]
    print(
        f"model swap, {shoppers} shoppers: journeys hold {held_mb:.1f} MB; warm in {len(warming)} "
        f"ticks of {np.mean([sum(parts) for parts in warming]):.0f} ms, the loop waits "
        f"{max(max(parts) for parts in ticks):.0f} ms at most"
    )


def main() -> None:
    """Print all."""
    checks()
    with tempfile.TemporaryDirectory() as scratch:
        for shoppers in SHOPPERS:
            swap(shoppers, ModelFolder(Path(scratch) / f"models-{shoppers}"))


if __name__ == "__main__":
    main()

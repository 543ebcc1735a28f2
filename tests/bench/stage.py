"""Milliseconds a tick of the journey stage: sampling, features and model, one thread."""

import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from edge_agent.messages import FixRow
from hub_server import features
from hub_server.journeys import Journeys
from hub_server.stage import StageModel
from store_maps.layouts import store

TICKS = 60


def tick_ms(shoppers: int) -> list[float]:
    """Median ms of taking fixes in, sampling, features, model and keeping, for each tick."""
    journeys, model = Journeys(store("grid", 1)), StageModel.load()
    rng = np.random.default_rng(0)
    names = [f"h{k}" for k in range(shoppers)]
    for name in names:
        journeys.open(name, 0.0)
    rows = []
    for tick in range(1, TICKS + 1):
        places = rng.uniform(0, 20, (shoppers, 2)).tolist()
        heard = [
            FixRow(n, 0, x, y, 2.0, None, 0.0, "L0")
            for n, (x, y) in zip(names, places, strict=True)
        ]
        marks = [time.perf_counter()]
        journeys.fix(heard, float(tick))
        marks.append(time.perf_counter())
        journeys.sample(float(tick))
        marks.append(time.perf_counter())
        x = features.read(journeys)
        marks.append(time.perf_counter())
        answer = model.predict(x, journeys.tracks["state"])
        marks.append(time.perf_counter())
        journeys.follow(*answer)
        marks.append(time.perf_counter())
        rows.append(np.diff(marks) * 1e3)
    return [float(v) for v in np.median(rows, axis=0)]


def main() -> None:
    """Print for a store and for a chain's largest."""
    for shoppers in (20, 1024, 10_000):
        took = tick_ms(shoppers)
        parts = ("fixes", "sample", "features", "model", "keep")
        each = ", ".join(f"{part} {ms:.2f}" for part, ms in zip(parts, took, strict=True))
        print(f"stage, {shoppers} shoppers: {sum(took):.2f} ms a tick ({each})")


if __name__ == "__main__":
    main()

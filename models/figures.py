"""Measure every figure of the model card: three seeds, every split, the baselines and the oracle.

    python -m models.figures [--seeds 1 2 3] [--models DIR] [--scale S] [--write]

Needs the extra `train`. DIR keeps seed-N.onnx and oracle-N.onnx (their manifests beside them): what
is there is judged, what is missing is trained and left there; without it all but the shipped model
is trained anew. Prints the card's tables; `--write` puts them into models/README.md and
models/figures.json.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from edge_agent.messages import FixRow
from hub_server import features
from hub_server.journeys import Journeys
from hub_server.stage import MODEL_PATH, StageModel
from models import oracle, realism
from models.answers import by_answers, by_model
from models.baselines import Baselines
from models.card import (
    MODEL,
    ORACLE,
    RULES,
    Pace,
    Record,
    Row,
    Shipped,
    markdown,
    quick,
    write,
)
from models.data import FROZEN, followed
from models.observation import observe_plain
from models.scores import Figures, gates, score
from models.sequences import Followed
from models.train_stage import train
from store_maps.layouts import FAMILIES, store

SEEDS: Final = (1, 2, 3)
# The oracle is a ceiling to compare with, not a product: one training of it is enough.
ORACLE_SEED: Final = 1
# The first split as an estimator without our locator's ways would see it: AR(1) errors, no zones.
PLAIN: Final = "unseen, plain errors"
# Share of stores and of visits to each that the baselines learn from: they take 60,000 seconds, and
# a third of the visits has thirty times that.
LEARNT_SCALE: Final = 0.6
SHOPPERS: Final = 1024
TICKS: Final = 60
# Other programs on the box only ever add time: a quantile near the quickest is ours.
QUIET: Final = 0.25
# As `python -m models.realism` has it.
REALISM_STORES: Final = 4
REALISM_VISITS: Final = 40


class Estimators:
    """What was trained on one seed.

    Args:
        seed: of the training.
        folder: where models are kept.
        scale: share of the training data.
    """

    def __init__(self, seed: int, folder: Path, scale: float) -> None:
        self.seed: Final = seed
        self.model: Final = _model(seed, folder, scale)
        learnt = followed("train", seed, LEARNT_SCALE * scale)
        self.baselines: Final = Baselines(learnt, followed("validation", seed, scale))

    def rows(self, split: str, seen: Sequence[Followed]) -> Iterator[Row]:
        """How they do on a split."""
        for name, answers in self.baselines.answers(seen).items():
            yield Row(split, name, self.seed, score(by_answers(seen, answers)))
        yield Row(split, MODEL, self.seed, _score(seen, self.model))


def _score(seen: Sequence[Followed], model: StageModel) -> Figures:
    found = score(by_model(seen, model), gates(model))
    if model.alarm:
        sys.exit(model.alarm)
    return found


def _loaded(path: Path) -> StageModel:
    model = StageModel.load(path, path.with_suffix(".json"))
    if model.alarm:
        sys.exit(model.alarm)
    return model


def _model(seed: int, folder: Path, scale: float) -> StageModel:
    """The shipped model where it has this seed, else that of the folder, trained when missing."""
    shipped = _loaded(MODEL_PATH)
    if shipped.manifest and shipped.manifest.seed == seed:
        return shipped
    path = folder / f"seed-{seed}.onnx"
    if not path.exists():
        train(seed, scale=scale).package.write(path)
    return _loaded(path)


def _oracle(folder: Path, scale: float) -> StageModel:
    path = folder / f"oracle-{ORACLE_SEED}.onnx"
    if not path.exists():
        train(ORACLE_SEED, scale=scale, observe=oracle.observe).package.write(path)
    return _loaded(path)


def measure(seeds: Sequence[int], folder: Path, scale: float) -> Iterator[Row]:
    """Every row, split by split; says on the error stream where it is."""
    trained = [Estimators(seed, folder, scale) for seed in seeds]
    ceiling = _oracle(folder, scale)
    for split in FROZEN:
        _say(f"{split} …")
        yield from lines(split, followed(split, 0, scale), trained)
    plain = followed(FROZEN[0], 0, scale, observe_plain)
    yield from lines(PLAIN, plain, trained)
    true = followed(FROZEN[0], 0, scale, oracle.observe)
    yield Row(FROZEN[0], ORACLE, ORACLE_SEED, _score(true, ceiling))


def lines(split: str, seen: Sequence[Followed], trained: Sequence[Estimators]) -> Iterator[Row]:
    """The rows of one split."""
    yield Row(split, RULES, 0, _score(seen, StageModel(None)))
    for estimators in trained:
        yield from estimators.rows(split, seen)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def pace(model: StageModel, shoppers: int = SHOPPERS) -> Pace:
    """Milliseconds of a tick, the quickest of several as everything else on the box adds to it."""
    floor_map = store("grid", 1)
    journeys, rng = Journeys(floor_map), np.random.default_rng(0)
    names = [f"h{k}" for k in range(shoppers)]
    for name in names:
        journeys.open(name, 0.0)
    took = []
    for tick in range(1, TICKS + 1):
        places = rng.uniform(0, 20, (shoppers, 2)).tolist()
        level = floor_map.levels[0].id
        heard = [
            FixRow(name, 0, x_m, y_m, 2.0, None, 0.0, level)
            for name, (x_m, y_m) in zip(names, places, strict=True)
        ]
        journeys.fix(heard, float(tick))
        begin_s = time.perf_counter()
        journeys.sample(float(tick))
        x = features.read(journeys)
        middle_s = time.perf_counter()
        answer = model.predict(x, journeys.tracks["state"])
        took.append((time.perf_counter() - middle_s, time.perf_counter() - begin_s))
        journeys.follow(*answer)
    model_s, both_s = np.quantile(took, QUIET, axis=0).tolist()
    return Pace(1e3 * model_s, 1e3 * both_s)


def record(rows: Iterable[Row]) -> Record:
    """Everything on record: the rows, and what is measured of the shipped model."""
    model = _loaded(MODEL_PATH)
    promised = model.manifest
    if promised is None:  # pragma: no cover - a model that loads has one
        raise AssertionError
    size_bytes = MODEL_PATH.stat().st_size
    shipped = Shipped(
        promised.seed, promised.sha256, size_bytes, promised.temperatures, gates(model)
    )
    shown = realism.table(FAMILIES, REALISM_STORES, REALISM_VISITS)
    return Record(FROZEN[0], FROZEN[1], list(rows), shipped, pace(model), shown, quick(model))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m models.figures", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--models", type=Path, help="where models of other seeds are kept")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the data, for a trial")
    parser.add_argument("--write", action="store_true", help="put them on record")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as nowhere:
        folder = chosen.models or Path(nowhere)
        folder.mkdir(parents=True, exist_ok=True)
        found = record(measure(chosen.seeds, folder, chosen.scale))
    if chosen.write:
        write(found)
    sys.stdout.write(markdown(found))


if __name__ == "__main__":
    main()

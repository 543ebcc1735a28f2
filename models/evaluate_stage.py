"""Judge a stage model on any visits in the layout of FORMATS.

    python -m models.evaluate_stage VISITS.jsonl.gz --model M [--labels-out F] [--predictions-out F]

`M` is an .onnx with its manifest (.json) beside it, or the word `rules`. Prints one JSON object:
what `score_stage.py` prints, with the gates of the manifest, and the confusion of the stages.
Labels and predictions are written as JSON Lines, for any other scorer. Exit code 2: the visits or
a map of theirs are wrong; 3: the model is.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from hub_server.journeys import STAGES
from hub_server.stage import StageModel
from models import side_by_side
from models.answers import by_model
from models.scores import Figures, Judged, Tally, gates
from models.visits import BadVisits, Visit, each_visit
from store_maps.floor_map import FloorMap, MapError, load

# Exit codes: the input is wrong; the model is.
BAD_INPUT: Final = 2
BAD_MODEL: Final = 3
# Visits are followed together until they hold so many seconds: about 250 MB. Fewer cost time, as a
# map is read and measured anew for each part; more cost memory only.
SECONDS_AT_ONCE: Final = 300_000
# A file has its visits map by map, or some maps mixed.
MAPS_KEPT: Final = 64


def parts(path: Path, seconds_at_once: float = SECONDS_AT_ONCE) -> Iterator[list[Visit]]:
    """The visits in `path`, as many at a time as hold about `seconds_at_once`."""
    some: list[Visit] = []
    seconds = 0.0
    for visit in each_visit(path):
        some.append(visit)
        seconds += visit.track[-1][0] - visit.track[0][0]
        if seconds >= seconds_at_once:
            yield some
            some, seconds = [], 0.0
    if some:
        yield some


def follow(path: Path, model: StageModel) -> Iterator[Judged]:
    """Every visit in `path` as `model` judges it.

    Raises:
        BadVisits, OSError: the visits or a map of theirs cannot be used.
    """
    read = lru_cache(MAPS_KEPT)(load)
    for some in parts(path):
        by_map: dict[str, list[Visit]] = {}
        for visit in some:
            by_map.setdefault(visit.map, []).append(visit)
        stores = [(_map(path, visits[0], read), visits) for visits in by_map.values()]
        yield from by_model(side_by_side.follow(stores), model)


def _map(path: Path, visit: Visit, read: Callable[[Path], FloorMap]) -> FloorMap:
    try:
        return read(path.parent / visit.map)
    except (MapError, OSError, ValueError) as error:
        msg = (
            f"{path.name}: visit {visit.visit!r}: map {visit.map!r}: {error}; "
            f"expected a floor map at this path, seen from the visits"
        )
        raise BadVisits(msg) from None


def label_lines(visit: Judged) -> bytes:
    """A visit's labels as JSON Lines."""
    rows = (
        {"visit": visit.visit, "t_s": t_s, "stage": STAGES[stage]}
        for t_s, stage in zip(visit.t_s.tolist(), visit.stages.tolist(), strict=True)
    )
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def prediction_lines(visit: Judged) -> bytes:
    """A visit's predictions as JSON Lines; `stage` is what would be served, null = unknown."""
    there = np.isfinite(visit.p).all(axis=1)
    columns = (visit.t_s, visit.p, visit.served, visit.p_buy)
    rows = (
        {
            "visit": visit.visit,
            "t_s": t_s,
            "p": p,
            "stage": STAGES[served] if served >= 0 else None,
            "p_buy": p_buy,
        }
        for t_s, p, served, p_buy in zip(
            *(column[there].tolist() for column in columns), strict=True
        )
    )
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def rounded(value: object) -> object:
    """The same with floats of four digits."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return value


def main(arguments: Sequence[str] | None = None) -> None:
    """Follow, write, print."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluate_stage", description=__doc__)
    parser.add_argument("visits", type=Path)
    parser.add_argument("--model", required=True, help="an .onnx, or `rules`")
    parser.add_argument("--labels-out", type=Path)
    parser.add_argument("--predictions-out", type=Path)
    chosen = parser.parse_args(arguments)
    model = _model(chosen.model)
    try:
        figures = _judge(chosen, model)
    except (BadVisits, OSError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(BAD_INPUT)
    _told(model)
    shown = msgspec.json.encode(rounded(msgspec.to_builtins(figures)))
    sys.stdout.write(msgspec.json.format(shown).decode() + "\n")


def _model(name: str) -> StageModel:
    if name == "rules":
        return StageModel(None)
    path = Path(name)
    model = StageModel.load(path, path.with_suffix(".json"))
    _told(model)
    return model


def _told(model: StageModel) -> None:
    """End where something is wrong with the model: the rules would answer in its place."""
    if model.alarm:
        sys.stderr.write(model.alarm + "\n")
        sys.exit(BAD_MODEL)


def _judge(chosen: argparse.Namespace, model: StageModel) -> Figures:
    """The figures, with labels and predictions written on the way."""
    tally = Tally(gates(model))
    asked = (
        (chosen.labels_out, label_lines),
        (chosen.predictions_out, prediction_lines),
    )
    with ExitStack() as stack:
        files = [(stack.enter_context(path.open("wb")), lines) for path, lines in asked if path]
        for visit in follow(chosen.visits, model):
            tally.add(visit)
            for file, lines in files:
                file.write(lines(visit))
    if not tally.visits:
        msg = f"{chosen.visits.name}: no visits"
        raise BadVisits(msg)
    return tally.figures()


if __name__ == "__main__":
    main()

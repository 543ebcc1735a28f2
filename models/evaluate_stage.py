"""Judge a stage model on any visits in the layout of FORMATS.

    python -m models.evaluate_stage VISITS.jsonl.gz --model M [--labels-out F] [--predictions-out F]

`M` is an .onnx with its manifest (.json) beside it, or the word `rules`. Prints one JSON object.
Labels and predictions are written as JSON Lines, for any other scorer.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from hub_server.journeys import STAGES
from hub_server.stage import StageModel
from models.scores import buy_auc, scores
from models.sequences import Followed, run
from models.visits import BadVisits, Visit, read_visits
from store_maps.floor_map import MapError, load

# Exit codes: the input is wrong; the model is.
BAD_INPUT: Final = 2
BAD_MODEL: Final = 3


def follow(path: Path, model: StageModel) -> list[Followed]:
    """Every visit in `path` followed by `model`, map by map.

    Raises:
        BadVisits, MapError, OSError: the visits or a map of theirs cannot be used.
    """
    by_map: dict[str, list[Visit]] = {}
    for visit in read_visits(path):
        by_map.setdefault(visit.map, []).append(visit)
    out: list[Followed] = []
    for name, visits in by_map.items():
        out += run(load(path.parent / name), visits, model)
    return out


def label_lines(visits: Sequence[Followed]) -> bytes:
    """The labels as JSON Lines."""
    rows = (
        {"visit": one.visit, "t_s": float(t_s), "stage": STAGES[stage]}
        for one in visits
        for t_s, stage in zip(one.t_s, one.stages, strict=True)
    )
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def prediction_lines(visits: Sequence[Followed]) -> bytes:
    """The predictions as JSON Lines; `stage` is what would be served, null = unknown."""
    rows = (
        {
            "visit": one.visit,
            "t_s": float(t_s),
            "p": one.p[k].tolist(),
            "stage": STAGES[one.served[k]] if one.served[k] >= 0 else None,
            "p_buy": float(one.p_buy[k]),
        }
        for one in visits
        for k, t_s in enumerate(one.t_s)
        if k >= one.opened
    )
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def figures(visits: Sequence[Followed]) -> dict[str, float]:
    """What the command prints."""
    p = np.concatenate([one.p for one in visits])
    p[np.concatenate([np.arange(len(one.t_s)) < one.opened for one in visits])] = np.nan
    truth = [one.stages for one in visits]
    found = scores(p, np.concatenate(truth))
    buys = buy_auc([one.p_buy for one in visits], truth, [one.bought for one in visits])
    return {"visits": len(visits), "seconds": len(p), **found, **buys}


def _model(name: str) -> StageModel:
    if name == "rules":
        return StageModel(None)
    path = Path(name)
    model = StageModel.load(path, path.with_suffix(".json"))
    if model.alarm:
        sys.stderr.write(model.alarm + "\n")
        sys.exit(BAD_MODEL)
    return model


def main(arguments: Sequence[str] | None = None) -> None:
    """Follow, print, write."""
    parser = argparse.ArgumentParser(prog="python -m models.evaluate_stage", description=__doc__)
    parser.add_argument("visits", type=Path)
    parser.add_argument("--model", required=True, help="an .onnx, or `rules`")
    parser.add_argument("--labels-out", type=Path)
    parser.add_argument("--predictions-out", type=Path)
    chosen = parser.parse_args(arguments)
    model = _model(chosen.model)
    try:
        visits = follow(chosen.visits, model)
    except (BadVisits, MapError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(BAD_INPUT)
    if not visits:
        sys.stderr.write(f"{chosen.visits.name}: no visits\n")
        sys.exit(BAD_INPUT)
    for path, lines in (
        (chosen.labels_out, label_lines),
        (chosen.predictions_out, prediction_lines),
    ):
        if path is not None:
            path.write_bytes(lines(visits))
    rounded = {name: round(value, 4) for name, value in figures(visits).items()}
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(rounded)).decode() + "\n")


if __name__ == "__main__":
    main()

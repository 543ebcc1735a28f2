"""Judge a stage model on any visits in the layout of FORMATS.

    python -m models.evaluate_stage VISITS.jsonl.gz --model M [--labels-out F] [--predictions-out F]

`M` is an .onnx with its manifest (.json) beside it, or the word `rules`. Prints one JSON object:
what `score_stage.py` prints, with the gates of the manifest (1.0: that stage never counts as sure;
a precision of null: its gate was never reached), and
  served      the share of the seconds whose served stage is not null; answered: those with a p
  together    two stages that are one to a message, where p says 0.8 of both (engaged: or weighing)
  at_share    precision among a stage's likeliest seconds that hold this share of its own
  confusion   seconds; a row a label, a column a guess, both in the order arriving, exploring,
              purposeful, engaged, weighing, stuck, checkout, leaving; the ninth column: no answer
One line on the error stream where nothing was answered or served. Exit code 2: the visits, a map of
theirs or a place to write to are wrong; 3: the model is, and nothing was judged.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

import msgspec
import numpy as np

from hub_server.journeys import STAGES
from hub_server.model import file as model_file
from hub_server.stage import ModelRefused, StageModel
from models import side_by_side
from models.answers import by_model
from models.scores import Figures, Judged, Tally, gates
from models.visits import BadVisits, Visit, each_visit
from store_maps.floor_map import FloorMap, MapError, load

# Exit codes: the input is wrong; the model is.
BAD_INPUT: Final = 2
BAD_MODEL: Final = 3
RULES: Final = "rules"
MODEL_REMEDY: Final = (
    "nothing was judged; expected `rules`, or an .onnx as train_stage writes it with its .json "
    "beside it; give both files, or train the model again"
)
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
            f"{path.name}: visit {visit.visit!r}: map {visit.map!r}: {error}; expected a floor map "
            f"at this path, seen from the visits; put it there, or mend the visit"
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


class Report(NamedTuple):
    """What was judged."""

    figures: Figures
    served: float
    """Share of the seconds in which a stage was served."""

    def shown(self) -> bytes:
        """As JSON, what is served beside what is answered."""
        out: dict[str, object] = {}
        for name, value in msgspec.structs.asdict(self.figures).items():
            out[name] = value
            if name == "answered":
                out["served"] = self.served
        text = msgspec.json.encode(rounded(msgspec.to_builtins(out)))
        return msgspec.json.format(text) + b"\n"

    def notice(self) -> str | None:
        """What the visits' writer should know before the figures are believed."""
        if not self.figures.answered:
            return (
                "no fix up to the end of any track, so nothing is answered; expected fixes in the "
                "seconds of their track; whoever wrote the visits mends their times"
            )
        if not self.served:
            return (
                "no stage is served in any second; expected maps with shelves and tills, and fixes "
                "in the seconds of their track; whoever wrote maps and visits looks at both"
            )
        return None


def main(arguments: Sequence[str] | None = None) -> None:
    """Follow, write, print."""
    chosen = _parser().parse_args(arguments)
    model = _model(chosen.model)
    try:
        report = _judge(chosen, model)
    except BadVisits as error:
        _end(BAD_INPUT, str(error))
    except OSError as error:
        _end(BAD_INPUT, _named(error, chosen.visits))
    why = broken(chosen.model, model)
    if why:
        _end(BAD_MODEL, why)
    notice = report.notice()
    if notice:
        sys.stderr.write(f"{chosen.visits.name}: {notice}\n")
    sys.stdout.write(report.shown().decode())


def broken(name: str, model: StageModel) -> str | None:
    """Why a model that was judged has no figures: it failed on the way, and rules answered."""
    if not model.alarm:
        return None
    # The alarm is the hub's, which goes on by its rules; here nothing does.
    why, _, _ = model.alarm.partition("; rules answer")
    return f"{name}: {why}; {MODEL_REMEDY}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m models.evaluate_stage",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("visits", type=Path, help="JSON Lines, gzipped or not; maps beside it")
    parser.add_argument("--model", required=True, help="an .onnx, or `rules`")
    parser.add_argument("--labels-out", type=Path, help="JSON Lines, for any other scorer")
    parser.add_argument(
        "--predictions-out",
        type=Path,
        help="the same of what is answered; stage null = nothing served",
    )
    return parser


def _end(code: int, why: str) -> NoReturn:
    sys.stderr.write(f"{why}\n")
    sys.exit(code)


def _named(error: OSError, visits: Path) -> str:
    """What the system says of a path, what was expected and who acts."""
    expected = "a visits file" if error.filename == str(visits) else "a file that can be written"
    what = error.filename or visits
    return f"{what}: {error.strerror or error}; expected {expected}; give another path"


def _model(name: str) -> StageModel:
    """The rules, or a model that passes every check: without it there is nothing to judge."""
    if name == RULES:
        return StageModel(None)
    path = Path(name)
    try:
        found = model_file.read(path, path.with_suffix(".json"))
        return StageModel.proven(found.data, found.promised)
    except ModelRefused as error:
        _end(BAD_MODEL, f"{name}: {error}; {MODEL_REMEDY}")


def _judge(chosen: argparse.Namespace, model: StageModel) -> Report:
    """The figures, with labels and predictions written on the way."""
    tally = Tally(gates(model))
    served = 0
    asked = (
        (chosen.labels_out, label_lines),
        (chosen.predictions_out, prediction_lines),
    )
    with ExitStack() as stack:
        files = [(stack.enter_context(path.open("wb")), lines) for path, lines in asked if path]
        for visit in follow(chosen.visits, model):
            tally.add(visit)
            served += int(np.count_nonzero(visit.served >= 0))
            for file, lines in files:
                file.write(lines(visit))
    if not tally.visits:
        msg = f"{chosen.visits.name}: no visits, expected one a line as in FORMATS; give others"
        raise BadVisits(msg)
    figures = tally.figures()
    return Report(figures, served / figures.seconds)


if __name__ == "__main__":
    main()

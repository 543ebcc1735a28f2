"""`edge-agent calibrate`: a radio map from what was measured, and whether it may replace another.

Nothing is written where anything is refused.
"""

import argparse
import contextlib
import functools
import hashlib
import math
import sys
from collections.abc import Generator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, TextIO

import msgspec
import numpy as np

from edge_agent import calibration_table, radio_map_file
from edge_agent.checkpoints import Checkpoints, Walk, both, known_ways, of_survey, of_walks
from edge_agent.climb import Climb, Climber, TooLittle
from edge_agent.exit import Exit, Stop
from edge_agent.mixups import Names, clock_mixup, names_of
from edge_agent.option import OptionError, refuse_height, refuse_overwriting, unwritable
from edge_agent.other_store import refuse_other_store
from edge_agent.path_loss import place_ids
from edge_agent.progress import Progress, say
from edge_agent.proof import Ground
from edge_agent.radio_map_file import RadioMapError
from edge_agent.recording import (
    RecordingError,
    read_recording,
    read_survey,
    refuse_strange_anchors,
)
from edge_agent.refusals import map_refusals, refusals
from edge_agent.sighting import Sighting
from edge_agent.survey import SurveyError, SurveyRow, refuse_misfits
from edge_agent.truth import Truth, TruthError, TruthRow
from edge_agent.truth_file import read_truth
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap, load

# The cells on which rungs are compared. A shop has the locator's own; in a hall of 10,000 m² half
# a metre costs minutes, and the order of the rungs is the same.
CELL_M: Final = 0.5
CELLS_MAX: Final = 10_000
# Rungs that were measured at known places.
LABELLED: Final = ("survey", "walks")
# With one anchor a tag is anywhere on a ring, whatever is known of the radio.
ANCHORS_MIN: Final = 2
# Who is back at a point after longer than this went elsewhere in between.
STAND_MAX_S: Final = 300.0
# Below `truth.APART_MAX_S`, from which on nothing is known of the time between two rows.
STAND_STEP_S: Final = 2.0


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    map: Path
    out: Path
    surveys: tuple[Path, ...] = ()
    walks: tuple[tuple[Path, Path], ...] = ()
    """Recordings with their truths."""
    unlabelled: tuple[Path, ...] = ()
    tag_height_m: float = 1.0
    is_forced: bool = False

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Every file that is read."""
        walks = [path for pair in self.walks for path in pair]
        return (self.map, *self.surveys, *walks, *self.unlabelled)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--map", type=Path, required=True, help="floor map v1")
    add_files(parser, "--survey", "survey CSV; more than one may be given")
    add_files(parser, "--walk", "recording v1 of a labelled walk, with its --truth")
    add_files(parser, "--truth", "where the tags of the --walk before it were")
    add_files(parser, "--unlabelled", "recording v1 of whoever walked there")
    parser.add_argument("--tag-height-m", type=float, default=1.0, help="0 to 20; default: 1")
    parser.add_argument("--out", type=Path, required=True, help="radio map, JSON")
    parser.add_argument("--force", action="store_true", help="write also what is refused")


def add_files(parser: argparse.ArgumentParser, name: str, text: str) -> None:
    """An option that may be given several times."""
    parser.add_argument(name, type=Path, action="append", default=[], metavar="FILE", help=text)


def main(options: argparse.Namespace) -> int:
    """Run the command; Stop where it is refused."""
    with refusals():
        request = request_of(options)
        calibrate(request, sys.stdout, sys.stderr)
    return Exit.OK


def request_of(options: argparse.Namespace) -> Request:
    """The command line, checked; Stop or OptionError where it cannot be."""
    if len(options.walk) != len(options.truth):
        msg = (
            f"{len(options.walk)} --walk and {len(options.truth)} --truth: expected a truth for "
            "each walk, in the same order; you: name where the tags were, or use --unlabelled"
        )
        raise Stop(Exit.USAGE, msg)
    refuse_height(options.tag_height_m)
    request = Request(
        map=options.map,
        out=options.out,
        surveys=tuple(options.survey),
        walks=tuple(zip(options.walk, options.truth, strict=True)),
        unlabelled=tuple(options.unlabelled),
        tag_height_m=options.tag_height_m,
        is_forced=options.force,
    )
    if request.inputs == (request.map,):
        msg = "nothing to learn from, expected --survey, --walk or --unlabelled; you: add one"
        raise Stop(Exit.USAGE, msg)
    if not is_writable(request.out):
        msg = f"--out {request.out}: expected a file in a folder that is there; you: correct it"
        raise Stop(Exit.USAGE, msg)
    return request


def is_writable(path: Path) -> bool:
    """Whether a file may come there: no folder and no device, which a file would replace."""
    try:
        return path.parent.is_dir() and (path.is_file() or not path.exists())
    except OSError:  # a name that no file can have
        return False


def calibrate(request: Request, out: TextIO, progress: TextIO) -> None:
    """Print what the files teach, and write it where it is not refused, or forced.

    Raises:
        Stop: the map cannot be used, or the radio map is refused.
        RecordingError, TruthError, SurveyError, OptionError: an input or `--out` is not as needed.
    """
    refuse_overwriting(request.out, request.inputs)
    refuse_twice([*request.unlabelled, *(recording for recording, _ in request.walks)])
    floor_map = map_of(request.map)
    checkpoints = checkpoints_of(request, floor_map)
    names = names_in(request, floor_map, checkpoints)
    recordings = [recording_of(path, floor_map) for path in request.unlabelled]
    refuse_less(request, floor_map, checkpoints)
    ground = Ground(floor_map, FloorGrid.build(floor_map, cell_m(floor_map)))
    say(out, calibration_table.head(floor_map.store_id, request.tag_height_m))
    tell = Progress(progress, "edge-agent calibrate").tell
    climber = Climber(ground, checkpoints, request.tag_height_m, tell)
    try:
        found = climber.climb(recordings)
    except TooLittle as error:
        msg = f"--unlabelled: {error}"
        raise Stop(Exit.RECORDING, msg) from None
    for line in calibration_table.lines(found, checkpoints, is_forced=request.is_forced):
        say(out, line)
    for line in calibration_table.swapped_lines(names.swapped, place_ids(floor_map)):
        say(out, line)
    refuse_worse(found, is_forced=request.is_forced)
    write(request.out, found, floor_map)
    say(out, f"radio map written to {request.out} ({found.top.calibration.rung})")


def refuse_twice(recordings: Sequence[Path]) -> None:
    """Raise RecordingError where one is given twice: it is no more evidence than once."""
    seen: dict[str, Path] = {}
    for path in recordings:
        with contextlib.suppress(OSError):  # who reads it says so
            known = seen.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), path)
            if known is not path:
                what = "given twice" if known == path else f"the same as {known}"
                msg = f"{path}: {what}, expected each recording once; you: leave one out"
                raise RecordingError(msg)


def map_of(path: Path) -> FloorMap:
    """The floor map; Stop where it cannot be read, or has no anchors."""
    with map_refusals(path):
        floor_map = load(path)
    places = place_ids(floor_map)
    if len(places) < ANCHORS_MIN:
        named = f"only {places[0]!r}" if places else "no anchor or beacon"
        msg = (
            f"map {path}: {named}, expected at least {ANCHORS_MIN} anchors or beacons: one alone "
            "says how far a tag is, never where; the map's author: add the others"
        )
        raise Stop(Exit.MAP, msg)
    return floor_map


def cell_m(floor_map: FloorMap) -> float:
    """The side of the cells on which rungs are compared."""
    area_m2: float = sum(floor_map.walkable_area(level.id).area for level in floor_map.levels)
    doublings = math.ceil(math.log2(area_m2 / CELL_M**2 / CELLS_MAX) / 2)
    return CELL_M * 2.0 ** max(doublings, 0)


def checkpoints_of(request: Request, floor_map: FloorMap) -> Checkpoints | None:
    """Everything labelled that was measured; None without."""
    found: list[Checkpoints] = []
    if request.surveys:
        found.append(surveys_of(request.surveys, floor_map))
    if request.walks:
        walks = [walk_of(*pair, floor_map) for pair in request.walks]
        refuse_clock_mixup(request, floor_map, walks)
        found.append(of_walks(floor_map, walks))
    if not found:
        return None
    checkpoints = functools.reduce(both, found)
    refuse_too_many(checkpoints, floor_map)
    return checkpoints


def refuse_clock_mixup(request: Request, floor_map: FloorMap, walks: Sequence[Walk]) -> None:
    """Stop where a truth fits far better at another time, or another walk's; unless forced."""
    if request.is_forced:
        return
    problem = clock_mixup(floor_map, walks, request.tag_height_m)
    if problem:
        msg = (
            f"--truth: {problem}; nothing written; you: compare the files and clocks, or write it "
            "still with --force"
        )
        raise Stop(Exit.WORSE, msg)


def names_in(request: Request, floor_map: FloorMap, checkpoints: Checkpoints | None) -> Names:
    """Whether anchors' names seem mixed up; Stop where most are, unless forced."""
    if checkpoints is None:
        return Names()
    names = names_of(floor_map, checkpoints.points, request.tag_height_m)
    if names.is_rotated and not request.is_forced:
        msg = (
            "most anchors read as if they hung where others do: anchors' names, or x and y, are "
            "mixed up; nothing written; you: compare the names with the map, or write it still "
            "with --force"
        )
        raise Stop(Exit.WORSE, msg)
    return names


def refuse_less(request: Request, floor_map: FloorMap, checkpoints: Checkpoints | None) -> None:
    """OptionError where `--out` holds a radio map of this store that knows more, unless forced."""
    if request.is_forced or not request.out.exists():
        return
    try:
        there, _ = radio_map_file.read(request.out, floor_map)
    except RadioMapError:
        return
    before = sum(len(anchor.left) for anchor in there.anchors)
    after = 0 if checkpoints is None else len(checkpoints.points.anchor)
    is_less = before > after or (there.rung in LABELLED and checkpoints is None)
    if is_less:
        coming = "unlabelled walking" if checkpoints is None else f"{after:,} measurements"
        msg = (
            f"--out {request.out} holds a radio map of this store of more ({there.rung}, "
            f"{before:,} measurements) than would come ({coming}); you: choose another file, "
            "measure more, or write over it with --force"
        )
        raise OptionError(msg)


def refuse_too_many(checkpoints: Checkpoints, floor_map: FloorMap) -> None:
    """Stop where one anchor has more places than a radio map can hold."""
    counts = np.bincount(checkpoints.points.anchor)
    anchor, count = int(counts.argmax()), int(counts.max())
    if count > radio_map_file.LEFT_MAX:
        msg = (
            f"anchor {place_ids(floor_map)[anchor]!r} was measured in {count:,} places, expected "
            f"at most {radio_map_file.LEFT_MAX:,}; you: give fewer --walk or --survey"
        )
        raise Stop(Exit.RECORDING, msg)


def surveys_of(paths: Sequence[Path], floor_map: FloorMap) -> Checkpoints:
    """Surveys that fit the map and each other; SurveyError where one does not."""
    rows: list[SurveyRow] = []
    for path in paths:
        read = read_survey(path)
        with named(str(path)):
            refuse_other_store(floor_map, read)
            refuse_misfits(floor_map, read)
        rows += read
    with named(f"{' and '.join(map(str, paths))} together"):
        return of_survey(floor_map, rows)


@contextlib.contextmanager
def named(name: str) -> Generator[None]:
    """Puts the name of what is looked at before what is wrong with it."""
    try:
        yield
    except SurveyError as error:
        msg = f"{name}:\n{error}"
        raise SurveyError(msg) from None
    except TruthError as error:
        msg = f"{name}:\n{error}"
        raise TruthError(msg) from None


def walk_of(recording: Path, truth: Path, floor_map: FloorMap) -> Walk:
    """A recording and its truth, which fit each other and the map.

    Raises:
        RecordingError: the recording cannot be used, or has anchors that the map has not.
        TruthError: the truth cannot be used, or says of no sighting where its tag was.
    """
    sightings = recording_of(recording, floor_map)
    rows = stood(read_truth(truth))
    with named(f"{truth} of {recording}"):
        known_ways(floor_map, sightings, Truth(floor_map, rows))
    return sightings, rows


def stood(rows: Sequence[TruthRow]) -> list[TruthRow]:
    """A truth in which whoever is twice at one place has stood there in between.

    So that a person can write it: when the tag came to each point, and when it left.
    """
    found = list(rows)
    for before, after in pairwise(sorted(rows, key=lambda row: (row.tag, row.t_s))):
        is_same = msgspec.structs.replace(before, t_s=after.t_s) == after
        if is_same and after.t_s - before.t_s <= STAND_MAX_S:
            between_s = np.arange(before.t_s + STAND_STEP_S, after.t_s, STAND_STEP_S)
            found += [msgspec.structs.replace(before, t_s=float(t_s)) for t_s in between_s]
    return found


def recording_of(path: Path, floor_map: FloorMap) -> list[Sighting]:
    """A recording of this map; RecordingError where it is none."""
    sightings = read_recording(path)
    refuse_strange_anchors(path, sightings, floor_map)
    return sightings


def refuse_worse(found: Climb, *, is_forced: bool) -> None:
    """Stop where the last rung was refused, unless it is forced."""
    if found.is_better or is_forced:
        return
    msg = (
        f"{calibration_table.verdict(found.top)}; nothing written; you: "
        f"{calibration_table.advice(found.top)}, or write it still with --force"
    )
    raise Stop(Exit.WORSE, msg)


def write(path: Path, found: Climb, floor_map: FloorMap) -> None:
    """Put the last rung into a file; Stop or OptionError where it cannot be."""
    try:
        radio_map_file.write(path, found.top.calibration, floor_map)
    except OSError as error:
        raise unwritable(path, error) from None
    except RadioMapError as error:
        msg = f"--out {path}: what was measured makes no radio map: {error}"
        raise Stop(Exit.MAP, msg) from None

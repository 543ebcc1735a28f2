"""`edge-agent coverage`: before a hole is drilled, what a store may expect of its anchors."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TextIO

from edge_agent import coverage_table
from edge_agent.calibration import Calibration
from edge_agent.carrier import (
    CARRIERS,
    PLACES_MIN,
    Carrier,
    hearing,
    located_carriers,
    of_carrier,
    places,
)
from edge_agent.coverage import CoverageSettings, Prediction, gained, open_cells, predict
from edge_agent.coverage_plan import Store
from edge_agent.coverage_sheet import Sheet
from edge_agent.coverage_table import BASIS, PLANNED, Proposal, store_line
from edge_agent.exit import Exit, Stop
from edge_agent.next_anchor import OneMore
from edge_agent.option import refuse_height, refuse_overwriting, unwritable
from edge_agent.planned_survey import as_surveyed
from edge_agent.possible_air import PACKETS_PER_S
from edge_agent.radio_map_file import read
from edge_agent.refusals import map_refusals, refusals
from store_maps.floor_grid import CELL_M, FloorGrid
from store_maps.floor_map import FloorMap, MapError, load

# Above, cells of a metre: four times fewer; the office's mean error stays within 1 %.
CELLS_MAX: Final = 12_000
COARSE_CELL_M: Final = 1.0
# Places for one more anchor that are simulated, each as long as the store itself takes.
PROPOSALS: Final = 2
PACKETS_PER_S_MIN: Final = 0.1
PACKETS_PER_S_MAX: Final = 20.0
# Lines of progress for each simulation.
PROGRESS_STEPS: Final = 4
TAG_HEIGHT_M: Final = 1.0

Options = argparse.Namespace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--map", type=Path, required=True, help="floor map v1, with its anchors")
    parser.add_argument("--radio-map", type=Path, help="of edge-agent calibrate; default: none yet")
    parser.add_argument(
        "--tag-height-m", type=float, help="0 to 20; default: the radio map's, else 1"
    )
    parser.add_argument(
        "--packets-per-s",
        type=float,
        default=PACKETS_PER_S,
        help="what an anchor gets of a tag near by; default: %(default)g",
    )
    parser.add_argument(
        "--carriers",
        choices=CARRIERS,
        help="tags, heard by the anchors, or carts, which hear the beacons; default: the picture "
        "is of tags where there are anchors, and a line says of carts",
    )
    parser.add_argument("--out", type=Path, required=True, help="the picture, SVG")


def main(options: Options) -> int:
    """Run the command; 0, or Stop with what is wrong."""
    with refusals():
        refuse_options(options)
        return run(options, CoverageSettings(packets_per_s=options.packets_per_s), sys.stdout)


def run(options: Options, settings: CoverageSettings, tell: TextIO) -> int:
    """Simulate, print the table to `tell`, draw the sheet.

    Raises:
        Stop: the map cannot be used.
        RadioMapError, OptionError: nor the radio map, or `--out` not be written.
    """
    with map_refusals(options.map):
        whole = load(options.map)
    carrier, others = chosen(options, whole)
    known, warnings = calibrated(options, whole)
    grid = grid_of(whole)
    floor_map, calibration = of_carrier(whole, known, carrier)
    work = Work(grid, settings, sys.stderr)
    prediction = work.predict("now", floor_map, calibration)
    basis, below = BASIS[calibration.rung], coverage_table.stores(prediction)
    say([f"{whole.name}: {hearing(whole, carrier)}", store_line(basis, prediction)], tell)
    if known.rung == "defaults":
        # Nobody drills against what an hour with a phone mends.
        basis, below = PLANNED, store_line(basis, prediction)
        known = as_surveyed(known, grid)
        floor_map, calibration = of_carrier(whole, known, carrier)
        prediction = work.predict("a survey", floor_map, calibration)
        say([store_line(basis, prediction)], tell)
    say([coverage_table.stores(prediction), ""], tell)
    beside = [work.line(whole, known, other, basis) for other in others]
    say([*beside, ""] if beside else [], tell)
    zones = list(coverage_table.zone_lines(floor_map, prediction))
    say([*zones, ""] if zones else [], tell)
    more = OneMore(floor_map, grid, calibration)
    proposals = work.proposals(more, prediction)
    say(coverage_table.proposal_lines(floor_map, more.kind, proposals, prediction), tell)
    sheet = Sheet(
        store=Store(floor_map, grid, prediction, coverage_table.worth(proposals, prediction)),
        verdict=coverage_table.verdict(proposals, prediction),
        basis=basis,
        below=below,
        kind=more.kind,
        who=hearing(whole, carrier),
        footer=(footing(whole, calibration, settings, options.radio_map), *beside, *warnings),
    )
    save(options.out, sheet.svg())
    say(["", f"{options.out} written"], tell)
    return Exit.OK


def chosen(options: Options, floor_map: FloorMap) -> tuple[Carrier, list[Carrier]]:
    """Who the picture is of, and who only gets a line; Stop where too little is hung for them."""
    located = located_carriers(floor_map)
    if options.carriers is None and located:
        return located[0], located[1:]
    carrier: Carrier = options.carriers or "tags"
    if carrier in located:
        return carrier, []
    word = "anchors" if carrier == "tags" else "beacons"
    count = len(places(floor_map, carrier))
    msg = (
        f"map {options.map}: has {count} {word}, expected at least {PLACES_MIN} to locate "
        f"{carrier} by: one tells a distance and no place; the map's author: add those that are "
        "planned"
    )
    raise Stop(Exit.MAP, msg)


class Work:
    """The simulations of one store, and how far they are."""

    def __init__(self, grid: FloorGrid, settings: CoverageSettings, tell: TextIO) -> None:
        self._grid = grid
        self._settings = settings
        self._tell = tell

    def predict(self, what: str, floor_map: FloorMap, calibration: Calibration) -> Prediction:
        """One simulation, with its progress."""
        shown = -1

        def tell(share: float) -> None:
            nonlocal shown
            step = int(share * PROGRESS_STEPS)
            if step > shown:
                shown = step
                percent = 100 * step // PROGRESS_STEPS
                print(f"simulating {what}: {percent} %", file=self._tell, flush=True)

        return predict(floor_map, self._grid, calibration, self._settings, tell)

    def line(self, whole: FloorMap, known: Calibration, carrier: Carrier, basis: str) -> str:
        """What such a one may expect, in a line."""
        prediction = self.predict(carrier, *of_carrier(whole, known, carrier))
        return store_line(f"{hearing(whole, carrier)}, {basis}", prediction)

    def proposals(self, more: OneMore, prediction: Prediction) -> list[Proposal]:
        """The places where one more helps most, simulated; the best first."""
        found = []
        for number, spot in enumerate(more.best(PROPOSALS), start=1):
            grown = more.with_one(spot)
            after = self.predict(f"one more {more.kind}, place {number}", *grown)
            gain_m, gain_accuracy = gained(prediction, after)
            found.append(Proposal(spot=spot, gain_m=gain_m, gain_accuracy=gain_accuracy))
        return sorted(found, key=lambda proposal: -proposal.gain_m.mean)


def refuse_options(options: Options) -> None:
    """Raise Stop or OptionError on options without sense."""
    rate = options.packets_per_s
    if options.tag_height_m is not None:
        refuse_height(options.tag_height_m)
    if not PACKETS_PER_S_MIN <= rate <= PACKETS_PER_S_MAX:
        msg = (
            f"--packets-per-s {rate}: expected {PACKETS_PER_S_MIN:g} to {PACKETS_PER_S_MAX:g}; "
            "you: correct it"
        )
        raise Stop(Exit.USAGE, msg)
    if not options.out.parent.is_dir():
        msg = f"--out {options.out}: its folder is not there; you: make it or choose another"
        raise Stop(Exit.USAGE, msg)
    refuse_overwriting(options.out, (options.map, options.radio_map))


def footing(
    floor_map: FloorMap,
    calibration: Calibration,
    settings: CoverageSettings,
    radio_map: Path | None,
) -> str:
    """What the figures stand on, for the foot of the sheet."""
    known = f"none yet, figures {PLANNED}" if radio_map is None else BASIS[calibration.rung]
    height_m = calibration.tag_height_m
    return (
        f"Map {floor_map.store_id}, revision {floor_map.revision}; tag height {height_m:g} m; "
        f"{settings.packets_per_s:g} packets a second; radio map: {known}."
    )


def calibrated(options: Options, floor_map: FloorMap) -> tuple[Calibration, list[str]]:
    """What is known of the radio, and what no longer holds; RadioMapError of another map's."""
    height_m = options.tag_height_m
    if options.radio_map is None:
        return Calibration.defaults(floor_map, TAG_HEIGHT_M if height_m is None else height_m), []
    if height_m is not None:
        msg = (
            f"--tag-height-m {height_m}: the radio map holds for the height that it was made at; "
            "you: leave one of them out"
        )
        raise Stop(Exit.USAGE, msg)
    calibration, warnings = read(options.radio_map, floor_map)
    say(warnings, sys.stderr)
    return calibration, warnings


def grid_of(floor_map: FloorMap) -> FloorGrid:
    """Cells as the locator has them, or larger ones on a large floor; Stop where there are none."""
    try:
        grid = FloorGrid.build(floor_map, CELL_M)
        if grid.cells_count > CELLS_MAX:
            grid = FloorGrid.build(floor_map, COARSE_CELL_M)
    except MapError as error:
        raise Stop(Exit.MAP, str(error)) from None
    if not open_cells(floor_map, grid).any():
        msg = (
            "the map has no place where people may walk and be located, expected some outside of "
            "sensitive zones; the map's author: draw it"
        )
        raise Stop(Exit.MAP, msg)
    return grid


def save(path: Path, text: str) -> None:
    """Write the picture; OptionError where that cannot be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(path, error) from None


def say(lines: Iterable[str], out: TextIO) -> None:
    """Print, at once: the next simulation takes its time."""
    for line in lines:
        print(line, file=out, flush=True)

"""A recording becomes a file of fixes, as fast as it goes and always with the same bytes."""

import logging
import math
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec

from edge_agent.explain import MAP_ALONE
from edge_agent.fix import Fix
from edge_agent.ladder import Ladder
from edge_agent.locator import TRACK_SILENCE_S, Locator
from edge_agent.option import OptionError, refuse_height, refuse_overwriting, unwritable
from edge_agent.recording import read_recording, refuse_strange_anchors
from edge_agent.sighting import Sighting
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import load

# Beyond, nothing more is learnt of a second, and every second of lag costs memory and time.
LAG_MAX_S: Final = 10

log = logging.getLogger(__name__)


def replay(  # noqa: PLR0913 - three files, and what the command may be told beside them
    recording: Path,
    map_path: Path,
    out: Path,
    *,
    survey: Path | None = None,
    radio_map: Path | None = None,
    tag_height_m: float = 1.0,
    lag_s: int = 0,
) -> int:
    """Write the fixes of `recording` to `out`, JSON Lines; returns how many.

    Nothing is written where anything is refused. A recording cut at T gives the same bytes for all
    fixes up to T (T less `lag_s` with a lag).

    Raises:
        OptionError: a height or lag without sense, a survey beside a radio map, an `out` that is
            an input or cannot be written.
        RecordingError: a recording that cannot be used, an anchor not on the map.
        SurveyError: a survey that cannot be read, or does not fit the map.
        RadioMapError: a radio map that cannot be read, or of another site.
        MapError: a map that is refused.
        OSError: the map cannot be read.
    """
    ladder = Ladder(survey=survey, radio_map=radio_map, tag_height_m=tag_height_m)
    refuse_options(ladder, lag_s)
    refuse_overwriting(out, (recording, map_path, survey, radio_map))
    sightings = read_recording(recording)
    floor_map = load(map_path)
    refuse_strange_anchors(recording, sightings, floor_map)
    grid = FloorGrid.build(floor_map)
    locator = Locator(floor_map, grid, ladder.radio_map_of(floor_map, grid), lag_s=lag_s)
    if survey is None and radio_map is None:
        log.warning(MAP_ALONE)
    try:
        return write(out, fixes(locator, sightings, lag_s))
    except OSError as error:
        raise unwritable(out, error) from None


def fixes(locator: Locator, sightings: Iterable[Sighting], lag_s: int = 0) -> Iterator[Fix]:
    """The fixes of sorted sightings, each second's as soon as the second is over.

    With a lag, the lagged ones of a locator that was made with it.
    """
    for second, heard in seconds(sightings, TRACK_SILENCE_S + lag_s + 1):
        locator.observe(heard)
        found = locator.step(second)
        yield from locator.settled() if lag_s else found


def seconds(
    sightings: Iterable[Sighting], silence_s: int
) -> Iterator[tuple[int, Iterable[Sighting]]]:
    """Each whole second with what was heard in it; of a silence, the first `silence_s`."""
    silent: Iterable[int] = ()
    for second, heard in groupby(sightings, key=lambda sighting: math.ceil(sighting.t_s)):
        yield from ((one, ()) for one in silent if one < second)
        yield second, heard
        silent = range(second + 1, second + silence_s + 1)
    yield from ((one, ()) for one in silent)


def write(out: Path, found: Iterable[Fix]) -> int:
    """Write a fixes file; how many lines it has. OSError where it cannot be written."""
    count = 0
    with out.open("wb") as file:
        for fix in found:
            file.write(line(fix))
            count += 1
    return count


def line(fix: Fix) -> bytes:
    """One line of a fixes file."""
    return msgspec.json.encode(fix) + b"\n"


def refuse_options(ladder: Ladder, lag_s: int) -> None:
    """Raise OptionError on what has no sense."""
    refuse_height(ladder.tag_height_m)
    if ladder.survey is not None and ladder.radio_map is not None:
        msg = "--survey and --radio-map: expected one of them; you: leave one out"
        raise OptionError(msg)
    if not 0 <= lag_s <= LAG_MAX_S:
        msg = f"--lag-s {lag_s}: expected 0 to {LAG_MAX_S}; you: correct it"
        raise OptionError(msg)

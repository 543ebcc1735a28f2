"""A recording becomes a file of fixes, as fast as it goes and always with the same bytes."""

import math
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec

from edge_agent.fix import Fix
from edge_agent.locator import TRACK_SILENCE_S, Locator
from edge_agent.radio_map import RadioMap
from edge_agent.recording import (
    RecordingError,
    read_recording,
    read_survey,
    refuse_strange_anchors,
)
from edge_agent.sighting import Sighting
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import load

# Beyond, nothing more is learnt of a second, and every second of lag costs memory and time.
LAG_MAX_S: Final = 10


def replay(
    recording: Path,
    map_path: Path,
    out: Path,
    *,
    survey: Path | None = None,
    tag_height_m: float = 1.0,
    lag_s: int = 0,
) -> int:
    """Write the fixes of `recording` to `out`, JSON Lines; returns how many.

    Nothing is written where anything is refused. A recording cut at T gives the same bytes for all
    fixes up to T (T less `lag_s` with a lag).

    Raises:
        RecordingError: a recording, survey or lag that cannot be used, an anchor not on the map.
        SurveyError: a survey that does not fit the map.
        MapError: a map that is refused.
        OSError: the map cannot be read, or `out` not be written.
    """
    if not 0 <= lag_s <= LAG_MAX_S:
        msg = f"lag {lag_s} s, expected 0 to {LAG_MAX_S}; ops: choose another"
        raise RecordingError(msg)
    sightings = read_recording(recording)
    floor_map = load(map_path)
    refuse_strange_anchors(recording, sightings, floor_map)
    grid = FloorGrid.build(floor_map)
    radio_map = (
        RadioMap.defaults(floor_map, grid, tag_height_m)
        if survey is None
        else RadioMap.from_survey(floor_map, grid, read_survey(survey), tag_height_m)
    )
    locator = Locator(floor_map, grid, radio_map, lag_s=lag_s)
    count = 0
    with out.open("wb") as file:
        for fix in fixes(locator, sightings, lag_s):
            file.write(line(fix))
            count += 1
    return count


def fixes(locator: Locator, sightings: Iterable[Sighting], lag_s: int = 0) -> Iterator[Fix]:
    """The fixes of sorted sightings, each second's as soon as the second is over."""
    second = 0
    for second, heard in groupby(sightings, key=lambda sighting: math.ceil(sighting.t_s)):
        yield from locator.step(second - 1)
        locator.observe(heard)
    yield from locator.step(second + TRACK_SILENCE_S + lag_s)


def line(fix: Fix) -> bytes:
    """One line of a fixes file."""
    return msgspec.json.encode(fix) + b"\n"

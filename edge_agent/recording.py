"""A recording file as a source of sightings, and the survey file beside it (FORMATS.md)."""

import asyncio
import csv
import gzip
import io
import math
import re
import time
import zlib
from bisect import bisect_right
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from edge_agent.listed import listed
from edge_agent.messages import ID_PATTERN
from edge_agent.path_loss import place_ids
from edge_agent.radio_map import RadioMap
from edge_agent.sighting import Sighting
from edge_agent.survey import RSSI_MAX_DBM, RSSI_MIN_DBM, SurveyError, SurveyRow
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Admit = Callable[[str], str | None]
"""The recording's name of a tag -> its handle; None for a stranger."""

RECORDING_COLUMNS: Final = ("t_s", "tag", "anchor", "rssi_dbm")
SURVEY_COLUMNS: Final = ("point", "x_m", "y_m", "anchor", "n", "rssi_mean_dbm", "rssi_sd_db")

# Sources give what was heard at least this often (the agents' contract).
BATCH_S: Final = 0.25
# A recording played at once still comes in pieces, so that its reader can do something else.
BATCH_ROWS_MAX: Final = 1_000
# An hour of 100 tags and 10 anchors fits; a file far beyond it is not a recording.
FILE_BYTES_MAX: Final = 1024 * 1024 * 1024
# Longer values are cut in an error: it is read, not scrolled.
SHOWN_CHARACTERS_MAX: Final = 40
# Years of packets at one point, and more than the whole range of what a radio reports: beyond these
# a survey's numbers are no measurement, and their squares no numbers.
PACKETS_MAX: Final = 1_000_000_000
SD_MAX_DB: Final = RSSI_MAX_DBM - RSSI_MIN_DBM

_ID: Final = re.compile(ID_PATTERN)


class RecordingError(ValueError):
    """A recording that cannot be used: file, line, value, what was expected, who acts."""


class RecordingSource:
    """A source of sightings; iterate it inside one event loop.

    It stands for every Pi of the store, and begins when the iteration does.
    """

    def __init__(
        self,
        path: Path,
        admit: Admit,
        speed: float = 1.0,
        *,
        loop: bool = False,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the file.

        Args:
            path: a recording v1, gzipped where its name ends with .gz.
            admit: asked for each row as it is heard.
            speed: recorded seconds in one of `clock_s`: at 2, tags walk twice as fast. With
                infinity nothing waits for the clock, and `t_s` keeps the recorded distances.
            loop: begin again at the end, for a demo that goes on.
            clock_s: the sightings' clock.

        Raises:
            RecordingError: what `read_recording` raises, or a speed of 0 or less.
        """
        if not speed > 0:
            msg = f"speed {speed}, expected more than 0; ops: correct the settings"
            raise RecordingError(msg)
        self.radio: Literal["ok", "missing", "off", "silent", "none"] = "none"
        self.strangers_count = 0
        """Rows of tags on nobody's list."""
        self._path = path
        self._rows = read_recording(path)
        self._admit = admit
        self._speed = speed
        self._is_loop = loop
        self._clock_s = clock_s

    @property
    def tags(self) -> tuple[str, ...]:
        """The recording's own names of its tags, sorted."""
        return tuple(sorted({row.tag for row in self._rows}))

    def refuse_strange_anchors(self, floor_map: FloorMap) -> None:
        """Raise RecordingError where the map does not know an anchor of the recording."""
        refuse_strange_anchors(self._path, self._rows, floor_map)

    async def __aiter__(self) -> AsyncGenerator[list[Sighting], None]:
        while True:
            async for batch in self._once():
                yield batch
            if not self._is_loop:
                return

    async def _once(self) -> AsyncGenerator[list[Sighting], None]:
        begin_s = self._clock_s()
        first_s = self._rows[0].t_s
        is_paced = math.isfinite(self._speed)
        speed = self._speed if is_paced else 1.0
        place = 0
        while place < len(self._rows):
            await asyncio.sleep(BATCH_S if is_paced else 0.0)
            until_s = first_s + (self._clock_s() - begin_s) * speed if is_paced else math.inf
            last = min(place + BATCH_ROWS_MAX, len(self._rows))
            end = bisect_right(self._rows, until_s, place, last, key=lambda row: row.t_s)
            rows = self._rows[place:end]
            yield [
                msgspec.structs.replace(row, t_s=begin_s + (row.t_s - first_s) / speed)
                for row in self._admitted(rows)
            ]
            place = end

    def _admitted(self, rows: Sequence[Sighting]) -> Iterator[Sighting]:
        for row in rows:
            handle = self._admit(row.tag)
            if handle is None:
                self.strangers_count += 1
            else:
                yield msgspec.structs.replace(row, tag=handle)


def read_recording(path: Path) -> list[Sighting]:
    """Every row of a recording v1, in order.

    Raises:
        RecordingError: unreadable, empty, a column missing, a value that is no time, id or RSSI,
            rows not sorted by time.
    """
    sightings: list[Sighting] = []
    latest_s = -math.inf
    for row in table(path, RECORDING_COLUMNS):
        sighting = Sighting(
            tag=row.name("tag"),
            anchor=row.name("anchor"),
            rssi_dbm=row.rssi_dbm("rssi_dbm"),
            t_s=row.number("t_s"),
        )
        if sighting.t_s < latest_s:
            expected = f"at least {latest_s}, as rows are sorted by time"
            raise row.refusal(column="t_s", expected=expected)
        latest_s = sighting.t_s
        sightings.append(sighting)
    if not sightings:
        msg = f"{path}: no rows, expected at least one advertisement; who recorded: record again"
        raise RecordingError(msg)
    return sightings


def refuse_strange_anchors(
    recording: Path, sightings: Iterable[Sighting], floor_map: FloorMap
) -> None:
    """Raise RecordingError where the map does not know an anchor of the recording."""
    strange = sorted({sighting.anchor for sighting in sightings} - set(place_ids(floor_map)))
    if strange:
        msg = (
            f"{recording}: anchors {listed(strange)} are not on the map of {floor_map.store_id!r}, "
            "expected its anchors and beacons; the map's author: add them, or ops: take this "
            "store's map"
        )
        raise RecordingError(msg)


def read_survey(path: Path) -> list[SurveyRow]:
    """Every row of a survey; whether it fits a map is for `RadioMap.from_survey` to say.

    Raises:
        SurveyError: unreadable, a column missing, a value that is no number, id or RSSI.
    """
    try:
        return [survey_row(row) for row in table(path, SURVEY_COLUMNS)]
    except RecordingError as error:
        raise SurveyError(str(error)) from None


def survey_row(row: "Row") -> SurveyRow:
    """One line of a survey; RecordingError where a value is none."""
    return SurveyRow(
        point=row.text("point"),
        x_m=row.number("x_m"),
        y_m=row.number("y_m"),
        anchor=row.name("anchor"),
        n=int(row.at_most("n", PACKETS_MAX)),
        rssi_mean_dbm=row.rssi_dbm("rssi_mean_dbm"),
        rssi_sd_db=row.at_most("rssi_sd_db", SD_MAX_DB),
    )


def surveyed(path: Path, floor_map: FloorMap, grid: FloorGrid, tag_height_m: float) -> RadioMap:
    """The radio map fitted on the survey in `path`.

    Raises:
        SurveyError: what `read_survey` raises, or a survey that does not fit the map.
    """
    rows = read_survey(path)
    try:
        return RadioMap.from_survey(floor_map, grid, rows, tag_height_m)
    except SurveyError as error:
        msg = f"{path}:\n{error}"
        raise SurveyError(msg) from None


class Row:
    """One line of a CSV file, which names itself in errors."""

    def __init__(self, path: Path, line: int, values: dict[str, str]) -> None:
        self._path = path
        self._line = line
        self._values = values

    def text(self, column: str) -> str:
        """The value as it stands."""
        return self._values[column]

    def name(self, column: str) -> str:
        """An id; RecordingError where it is none."""
        value = self._values[column]
        if not _ID.match(value):
            raise self.refusal(column, f"an id: {ID_PATTERN}")
        return value

    def number(self, column: str) -> float:
        """A finite number; RecordingError where it is none."""
        try:
            value = float(self._values[column])
        except ValueError:
            raise self.refusal(column, "a number") from None
        if not math.isfinite(value):
            raise self.refusal(column, "a finite number")
        return value

    def at_most(self, column: str, most: float) -> float:
        """A number that is no larger; RecordingError where it is."""
        value = self.number(column)
        if value > most:
            raise self.refusal(column, f"at most {most:.0f}")
        return value

    def rssi_dbm(self, column: str) -> float:
        """A signal strength that a radio can report; RecordingError where it is none."""
        value = self.number(column)
        if not RSSI_MIN_DBM <= value <= RSSI_MAX_DBM:
            raise self.refusal(column, f"{RSSI_MIN_DBM:.0f} to {RSSI_MAX_DBM:.0f} dBm")
        return value

    def refusal(self, column: str, expected: str) -> RecordingError:
        """What to raise about one value."""
        value = self._values[column][:SHOWN_CHARACTERS_MAX]
        return RecordingError(
            f"{self._path}:{self._line}: {column} is {value!r}, expected {expected}; "
            "who recorded: correct the file"
        )


def table(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The lines of a CSV file with at least these columns; others are ignored."""
    reader = csv.reader(io.StringIO(content(path), newline=""))
    try:
        header = next(reader, [])
        missing = [column for column in columns if column not in header]
        if missing:
            msg = (
                f"{path}: the first line lacks {', '.join(missing)}, expected "
                f"{','.join(columns)}; who recorded: name the columns"
            )
            raise RecordingError(msg)
        places = [(column, header.index(column)) for column in columns]
        for values in reader:
            if not values:
                continue
            if len(values) < len(header):
                msg = (
                    f"{path}:{reader.line_num}: {len(values)} values, expected {len(header)}; "
                    "who recorded: complete or drop the line"
                )
                raise RecordingError(msg)
            yield Row(path, reader.line_num, {name: values[place] for name, place in places})
    except csv.Error as error:
        msg = f"{path}:{reader.line_num}: not CSV: {error}; who recorded: correct the file"
        raise RecordingError(msg) from None


def content(path: Path) -> str:
    """The text of a file, gzipped or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        msg = f"{path}: cannot be read: {reason}; ops: name a readable file"
        raise RecordingError(msg) from None
    except (EOFError, zlib.error, UnicodeDecodeError) as error:
        msg = f"{path}: damaged: {error}; who recorded: copy the file again"
        raise RecordingError(msg) from None
    if len(data) > FILE_BYTES_MAX:
        msg = f"{path}: more than {FILE_BYTES_MAX} bytes, expected less; who recorded: split it"
        raise RecordingError(msg)
    return text

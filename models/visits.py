"""Whole visits, as a file of FORMATS (Visits) holds them."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

MAGIC_GZIP: Final = b"\x1f\x8b"

# A way has two ends.
POINTS_MIN: Final = 2
# No visit lasts longer: a wrong unit of time would otherwise ask for a row a millisecond.
VISIT_S_MAX: Final = 24 * 3600.0
# As far from the origin as a floor map may reach.
FAR_M: Final = 10_000.0


class BadVisits(ValueError):  # noqa: N818 - "visits file: ..." reads on in its text
    """A visits file outside FORMATS; names file, line, value and what was expected."""


class ObservedFix(msgspec.Struct, array_like=True, frozen=True):
    """[t_s, x_m, y_m, radius_m or null(, zone, zone_p)]."""

    t_s: float
    x_m: float
    y_m: float
    radius_m: float | None = None
    zone: str | None = None
    zone_p: float | None = None


class Visit(msgspec.Struct, frozen=True):
    """One shopper, door to door."""

    visit: str
    map: str
    """Path of the floor map, relative to the visits file."""
    track: list[tuple[float, float, float]]
    """Truth, (t_s, x_m, y_m): for labels only."""
    fixes: list[ObservedFix]
    """In the order of time, one a moment."""
    bought: bool
    events: list[dict[str, Any]] = []
    """In the order of time: `t_s`, `kind` and what else the kind has."""


class _Point(msgspec.Struct, array_like=True, frozen=True):
    """Of a track; further columns are ignored, as everywhere."""

    t_s: float
    x_m: float
    y_m: float


class _Line(msgspec.Struct, frozen=True):
    """A visit as it stands in the file."""

    visit: str
    map: str
    track: list[_Point]
    fixes: list[ObservedFix]
    bought: bool | int | None
    events: list[dict[str, Any]] = []


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        zipped = file.read(len(MAGIC_GZIP)) == MAGIC_GZIP
    with gzip.open(path) if zipped else path.open("rb") as lines:
        try:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, line
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            msg = f"{path.name}: {error}; expected a whole gzip file; copy it again"
            raise BadVisits(msg) from None


def _track_fault(track: Sequence[_Point]) -> str | None:
    """What is wrong with a track, None where nothing is."""
    times_s = np.array([point.t_s for point in track])
    if len(times_s) < POINTS_MIN:
        return f"track of {len(times_s)} points, expected {POINTS_MIN} or more"
    back = np.flatnonzero(np.diff(times_s) <= 0)
    if len(back):
        at, then = times_s[back[0]], times_s[back[0] + 1]
        return f"track goes from {at:g} s to {then:g} s, expected growing time"
    span_s = times_s[-1] - times_s[0]
    if span_s > VISIT_S_MAX:
        return f"track of {span_s:.0f} s, expected at most {VISIT_S_MAX:.0f} (in seconds)"
    if np.ceil(times_s[0]) >= times_s[-1] + 0.5:
        return f"track from {times_s[0]} s to {times_s[-1]} s, expected a whole second in it"
    return None


def _fix_fault(fixes: Sequence[ObservedFix]) -> str | None:
    for fix in fixes:
        if (fix.radius_m or 0.0) < 0:
            return f"fix at {fix.t_s:g} s with a radius of {fix.radius_m:g} m, expected 0 or more"
        if not 0 <= (fix.zone_p or 0.0) <= 1:
            return f"fix at {fix.t_s:g} s with zone_p {fix.zone_p:g}, expected 0 to 1"
    return None


def _far_fault(line: _Line) -> str | None:
    for what, points in (("track", line.track), ("fix", line.fixes)):
        for point in points:
            if max(abs(point.x_m), abs(point.y_m)) > FAR_M:
                place = f"({point.x_m:g}, {point.y_m:g})"
                return f"{what} at {place} m, expected at most {FAR_M:.0f} m from the origin"
    return None


def _event_fault(events: Sequence[dict[str, Any]]) -> str | None:
    for event in events:
        if isinstance(event.get("t_s"), bool) or not isinstance(event.get("t_s"), int | float):
            return f"event with t_s {event.get('t_s')!r}, expected a number of seconds"
        if not isinstance(event.get("kind"), str):
            return f"event with kind {event.get('kind')!r}, expected a word"
    return None


def _visit(line: _Line) -> Visit:
    """The visit with fixes and events in the order of time; of fixes of one moment the last."""
    by_time = {fix.t_s: fix for fix in line.fixes}
    return Visit(
        line.visit,
        line.map,
        [(point.t_s, point.x_m, point.y_m) for point in line.track],
        [by_time[t_s] for t_s in sorted(by_time)],
        bool(line.bought),
        sorted(line.events, key=lambda event: float(event["t_s"])),
    )


def each_visit(path: Path) -> Iterator[Visit]:
    """The visits in `path`, gzipped or not, one after the other.

    Raises:
        BadVisits: a line is not a visit as FORMATS has it, or stands twice.
        OSError: the file cannot be read.
    """
    decoder = msgspec.json.Decoder(_Line)
    seen: set[str] = set()
    for number, text in _lines(path):
        try:
            line = decoder.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            msg = f"{path.name}:{number}: {error}; expected a visit as in FORMATS"
            raise BadVisits(msg) from None
        fault = (
            _track_fault(line.track)
            or _far_fault(line)
            or _fix_fault(line.fixes)
            or _event_fault(line.events)
            or ("a second visit of this name, expected one" if line.visit in seen else None)
        )
        if fault:
            msg = f"{path.name}:{number}: visit {line.visit!r}: {fault}; mend the file"
            raise BadVisits(msg)
        seen.add(line.visit)
        yield _visit(line)


def write_visits(path: Path, visits: Sequence[Visit]) -> None:
    """Write `visits` gzipped, the same bytes each time."""
    lines = b"".join(msgspec.json.encode(visit) + b"\n" for visit in visits)
    path.write_bytes(gzip.compress(lines, mtime=0))

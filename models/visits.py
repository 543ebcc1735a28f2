"""Whole visits, as a file of FORMATS (Visits) holds them."""

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

MAGIC_GZIP: Final = b"\x1f\x8b"

# A way has two ends.
POINTS_MIN: Final = 2


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
    bought: bool
    events: list[dict[str, Any]] = []


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    data = path.read_bytes()
    if data.startswith(MAGIC_GZIP):
        data = gzip.decompress(data)
    for number, line in enumerate(data.splitlines(), 1):
        if line.strip():
            yield number, line


def read_visits(path: Path) -> list[Visit]:
    """The visits in `path`, gzipped or not.

    Raises:
        BadVisits: a line is not a visit, or its track has no two seconds.
        OSError: the file cannot be read.
    """
    decoder = msgspec.json.Decoder(Visit)
    out = []
    for number, line in _lines(path):
        try:
            visit = decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            msg = f"{path.name}:{number}: {error}; expected a visit as in FORMATS"
            raise BadVisits(msg) from None
        times_s = [point[0] for point in visit.track]
        if len(times_s) < POINTS_MIN or sorted(set(times_s)) != times_s:
            msg = (
                f"{path.name}:{number}: visit {visit.visit!r}: track of {len(times_s)} points, "
                f"expected {POINTS_MIN} or more in growing time; mend the file"
            )
            raise BadVisits(msg)
        out.append(visit)
    return out


def write_visits(path: Path, visits: Sequence[Visit]) -> None:
    """Write `visits` gzipped, the same bytes each time."""
    lines = b"".join(msgspec.json.encode(visit) + b"\n" for visit in visits)
    path.write_bytes(gzip.compress(lines, mtime=0))

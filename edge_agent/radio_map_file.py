"""`radio_map.json`: one rung of the ladder on disk, bound to the floor it was measured on."""

import os
import stat
import statistics
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec

from edge_agent.calibration import AnchorCalibration, Calibration
from edge_agent.radio_binding import Binding, Place, changes, levels_sha
from store_maps.document import ID_FORM, is_id
from store_maps.floor_map import FloorMap
from store_maps.problem import shown

FORMAT: Final = "radio-map"
VERSION: Final = 1
# 160 beacons with 500 measured places each are 8 MB; a file far beyond is no radio map.
FILE_BYTES_MAX: Final = 32 * 1024 * 1024
# One anchor's places are one matrix to invert: 2,000 take a Pi some seconds and 32 MB.
LEFT_MAX: Final = 2_000
# A millionth of a dB: the same table, and the same bytes whatever the machine's last digits.
DECIMALS: Final = 6
# Who mends a broken file.
AGAIN: Final = "ops: calibrate again"

Range = tuple[float, float]
# What each number may be: beyond, it is the law of no radio, but a broken file.
CALIBRATION_RANGES: Final[Mapping[str, Range]] = {
    "tag_height_m": (0.0, 20.0),
    "loss_share": (-5.0, 5.0),
    "fading_sd_db": (0.1, 50.0),
    "place_sd_m": (0.0, 100.0),
}
ANCHOR_RANGES: Final[Mapping[str, Range]] = {
    "power_dbm_1m": (-200.0, 100.0),
    "exponent": (0.0, 10.0),
    "map_sd_db": (0.1, 50.0),
}
# The map's own bounds on places and powers.
PLACE_RANGES: Final[Mapping[str, Range]] = {
    "x_m": (-10_000.0, 10_000.0),
    "y_m": (-10_000.0, 10_000.0),
    "height_m": (-10_000.0, 10_000.0),
    "nominal_dbm_1m": (-10_000.0, 10_000.0),
}
LEFT_RANGES: Final[Mapping[str, Range]] = {
    "x_m": (-10_000.0, 10_000.0),
    "y_m": (-10_000.0, 10_000.0),
    "left_db": (-200.0, 200.0),
    "variance_db": (0.0, 100_000_000.0),
}


class RadioMapError(ValueError):
    """A radio map that cannot be used: where, value, what was expected, who acts."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What tells a radio map from any other JSON."""

    format: str = ""
    version: int = 0


class AnchorRow(AnchorCalibration, frozen=True, kw_only=True):
    """An anchor's law with the place that it holds for."""

    at: Place


class Document(Calibration, frozen=True, kw_only=True):
    """The file: a calibration, and what it is bound to."""

    store_id: str
    levels_sha: str
    obstacles_sha: str
    format: Literal["radio-map"] = FORMAT
    version: Literal[1] = VERSION
    anchors: tuple[AnchorRow, ...]

    @property
    def binding(self) -> Binding:
        """The places it was made for."""
        return Binding(
            store_id=self.store_id,
            levels_sha=self.levels_sha,
            obstacles_sha=self.obstacles_sha,
            places={row.anchor: row.at for row in self.anchors},
        )


# Every field of the file but the anchors, those first that say what it is.
HEAD_FIELDS: Final = (
    "format",
    "version",
    "store_id",
    "levels_sha",
    "obstacles_sha",
    *(name for name in Calibration.__struct_fields__ if name != "anchors"),
)


def write(path: Path, calibration: Calibration, floor_map: FloorMap) -> None:
    """Put a calibration of `floor_map` into `path`, whole or not at all.

    Raises:
        RadioMapError: it could not be read again.
        OSError: it cannot be written.
    """
    data = encode(calibration, floor_map)
    draft = path.with_name(path.name + ".new")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def read(path: Path, floor_map: FloorMap) -> tuple[Calibration, list[str]]:
    """The calibration in `path` for `floor_map` as it is today, and what is no more as it was.

    An anchor that was moved falls back alone to the default law (`typical`), and so does a new one;
    one that is gone is dropped. Zones may change freely.

    Raises:
        RadioMapError: unreadable, no radio map, or the radio map of other levels.
    """
    try:
        return decode(content(path), floor_map)
    except RadioMapError as error:
        msg = f"radio map {path}: {error}"
        raise RadioMapError(msg) from None
    except OSError as error:
        msg = f"radio map {path}: cannot be read: {error.strerror}; ops: name a readable file"
        raise RadioMapError(msg) from None


def content(path: Path) -> bytes:
    """The bytes of a file, never more than a radio map may have."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        msg = "no regular file, expected the path of a file; ops: name the file"
        raise RadioMapError(msg)
    with path.open("rb") as file:
        data = file.read(FILE_BYTES_MAX + 1)
    if len(data) > FILE_BYTES_MAX:
        msg = f"more than {FILE_BYTES_MAX:,} bytes, expected at most these; {AGAIN}"
        raise RadioMapError(msg)
    return data


def encode(calibration: Calibration, floor_map: FloorMap) -> bytes:
    """The bytes of a file: the same for the same calibration.

    Raises:
        RadioMapError: a number beyond its range.
    """
    binding = Binding.of(floor_map)
    rows = tuple(
        AnchorRow(**msgspec.structs.asdict(anchor), at=binding.places[anchor.anchor])
        for anchor in calibration.anchors
    )
    document = Document(
        **{**msgspec.structs.asdict(calibration), "anchors": rows},
        store_id=binding.store_id,
        levels_sha=binding.levels_sha,
        obstacles_sha=binding.obstacles_sha,
    )
    refuse_nonsense(document)
    head = [f" {text(name)}: {text(getattr(document, name))}," for name in HEAD_FIELDS]
    anchors = ",\n".join(lines(row) for row in rows)
    return "\n".join(["{", *head, ' "anchors": [', anchors, " ]", "}", ""]).encode()


def decode(data: bytes, floor_map: FloorMap) -> tuple[Calibration, list[str]]:
    """What `read` gives, of a file's bytes."""
    document = parsed(data)
    refuse_nonsense(document)
    refuse_other_site(document, floor_map)
    found = changes(document.binding, Binding.of(floor_map))
    warnings = [change.warning for change in found]
    fallen = {change.anchor for change in found}
    defaults = Calibration.defaults(floor_map, document.tag_height_m)
    kept = {row.anchor: row for row in document.anchors if row.anchor not in fallen}
    if not kept:
        return defaults, warnings
    anchors = tuple(
        law(kept[anchor.anchor]) if anchor.anchor in kept else typical(anchor, kept.values())
        for anchor in defaults.anchors
    )
    told = {name: getattr(document, name) for name in Calibration.__struct_fields__}
    return Calibration(**{**told, "anchors": anchors}), warnings


def parsed(data: bytes) -> Document:
    """The document in these bytes; RadioMapError where they hold none."""
    try:
        head = msgspec.json.decode(data, type=Head)
        if head.format != FORMAT:
            msg = f"format is {head.format[:60]!r}, expected {FORMAT!r}; ops: name a radio map"
            raise RadioMapError(msg)
        if head.version != VERSION:
            msg = f"version is {head.version}, expected {VERSION}; {AGAIN}"
            raise RadioMapError(msg)
        return msgspec.json.decode(data, type=Document)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        msg = f"damaged: {error}; ops: copy the file again, or calibrate again"
        raise RadioMapError(msg) from None
    except RecursionError:
        msg = f"damaged: nested too deep, expected a radio map; {AGAIN}"
        raise RadioMapError(msg) from None


def refuse_nonsense(document: Document) -> None:
    """Raise RadioMapError on what no calibration can say."""
    counts = Counter(row.anchor for row in document.anchors)
    twice = [anchor for anchor, count in counts.items() if count > 1]
    if twice:
        msg = f"anchor {shown(twice[0])} stands twice, expected once; {AGAIN}"
        raise RadioMapError(msg)
    for row in document.anchors:
        strange = [name for name in (row.anchor, row.at.level) if not is_id(name)]
        if strange:
            msg = f"{shown(strange[0])} names no anchor or level, expected {ID_FORM}; {AGAIN}"
            raise RadioMapError(msg)
        if len(row.left) > LEFT_MAX:
            msg = (
                f"anchor {shown(row.anchor)}: {len(row.left):,} measured places, expected at most "
                f"{LEFT_MAX:,}; {AGAIN}, with fewer"
            )
            raise RadioMapError(msg)
    for where, name, value, (low, high) in numbers(document):
        if not low <= value <= high:
            msg = f"{where}{name} is {value}, expected {low:g} to {high:g}; {AGAIN}"
            raise RadioMapError(msg)


def numbers(document: Document) -> Iterator[tuple[str, str, float, Range]]:
    """Every number with where it stands, its name and what it may be."""
    parts: list[tuple[str, msgspec.Struct, Mapping[str, Range]]] = [
        ("", document, CALIBRATION_RANGES)
    ]
    for row in document.anchors:
        where = f"anchor {shown(row.anchor)}: "
        parts += [(where, row, ANCHOR_RANGES), (where, row.at, PLACE_RANGES)]
        parts += [(where, left, LEFT_RANGES) for left in row.left]
    for where, part, ranges in parts:
        for name, bounds in ranges.items():
            yield where, name, getattr(part, name), bounds


def refuse_other_site(document: Document, floor_map: FloorMap) -> None:
    """Raise RadioMapError where the radio map is of another store, or of other levels."""
    if document.store_id != floor_map.store_id:
        msg = (
            f"is of the store {shown(document.store_id)}, expected {floor_map.store_id!r} of the "
            "map; ops: take this store's radio map, or calibrate here"
        )
        raise RadioMapError(msg)
    levels = {level.id for level in floor_map.levels}
    strange = {left.level for row in document.anchors for left in row.left} - levels
    if strange or document.levels_sha != levels_sha(floor_map):
        msg = (
            f"is of other levels than the map of {floor_map.store_id!r} has, expected the same "
            "outlines, heights and ids; ops: take this map's radio map, or calibrate here"
        )
        raise RadioMapError(msg)


def typical(default: AnchorCalibration, kept: Collection[AnchorRow]) -> AnchorCalibration:
    """The default law of an anchor, made like those that still hold, with the default noise.

    A tag that sends 12 dB less than the map says, or a hall that carries far, is so for all
    anchors: on the office, three that fell back to the bare defaults cost up to 2.7 m of error,
    like this 0.3 m.
    """
    beside_db = statistics.median(row.power_dbm_1m - row.at.nominal_dbm_1m for row in kept)
    exponent = statistics.median(row.exponent for row in kept)
    power_dbm_1m = default.power_dbm_1m + beside_db
    return msgspec.structs.replace(default, power_dbm_1m=power_dbm_1m, exponent=exponent)


def law(row: AnchorRow) -> AnchorCalibration:
    """An anchor's row without its place."""
    return AnchorCalibration(
        **{name: getattr(row, name) for name in AnchorCalibration.__struct_fields__}
    )


def lines(row: AnchorRow) -> str:
    """An anchor in JSON: a line for its law, one for each place measured."""
    told = text({name: getattr(row, name) for name in row.__struct_fields__ if name != "left"})
    left = ",".join(f"\n    {text(left)}" for left in row.left)
    return f'  {told[:-1]},"left":[{left}]}}'


def text(value: object) -> str:
    """JSON on one line, numbers rounded."""
    return msgspec.json.encode(rounded(msgspec.to_builtins(value))).decode()


def rounded(value: object) -> object:
    """The value with every number at `DECIMALS`."""
    if isinstance(value, dict):
        return {key: rounded(child) for key, child in value.items()}
    return round(value, DECIMALS) if isinstance(value, float) else value

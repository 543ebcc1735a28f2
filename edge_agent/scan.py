"""`edge-agent scan`: what this radio hears of the map's beacons and of chosen tags, live.

What is neither on the map, nor named by `--tag`, nor active by the hub's list is one count: no
stranger's id is shown, recorded or kept.
"""

import argparse
import asyncio
import contextlib
import csv
import gzip
import re
import signal
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Final, TextIO

import msgspec

from edge_agent import settings as agent_settings
from edge_agent.active_tags import ActiveTags
from edge_agent.exit import Exit, Stop
from edge_agent.messages import ID_PATTERN
from edge_agent.mqtt_connection import Endpoint, Refused
from edge_agent.recording import RECORDING_COLUMNS
from edge_agent.scan_table import Kind, ScanTable
from edge_agent.scanner import Admit, BleakSource
from edge_agent.settings import Settings, SettingsError
from edge_agent.sighting import Sighting
from store_maps.floor_map import MapError, load

REDRAW_S: Final = 1.0
# ECMA-48: cursor home, erase to the end of the screen. Only to a terminal.
CLEAR: Final = "\x1b[H\x1b[J"


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The role of a radio that only looks: whose packets have a name here (`scanner.Role`)."""

    beacons: Mapping[str, str] = {}
    """Identity -> feature id on the map."""
    tags: tuple[str, ...] = ()
    """Identities given by `--tag`."""
    here: str = "here"
    """This radio as an anchor, and as the tag that hears beacons."""

    def pair(self, identity: str, admit: Admit) -> tuple[str, str] | None:
        """(this radio, beacon), (tag, this radio), or None for a stranger."""
        beacon = self.beacons.get(identity)
        if beacon is not None:
            return self.here, beacon
        is_known = identity in self.tags or admit(identity) is not None
        return (identity, self.here) if is_known else None

    def name(self, sighting: Sighting) -> str:
        """What is at the other end of the air: a beacon's feature id or a tag's identity."""
        return sighting.anchor if sighting.tag == self.here else sighting.tag

    def kinds(self) -> dict[str, Kind]:
        """The names that have a row from the start."""
        beacons: dict[str, Kind] = dict.fromkeys(self.beacons.values(), "beacon")
        return beacons | dict.fromkeys(self.tags, "tag")

    def is_recorded(self, sighting: Sighting) -> bool:
        """Active tags are shoppers': only what the command line named goes into a file."""
        return sighting.tag == self.here or sighting.tag in self.tags


class RecordingFile:
    """Writes a recording v1 as it is heard; times count from the scan's beginning."""

    def __init__(self, file: TextIO, began_s: float) -> None:
        self._rows = csv.writer(file, lineterminator="\n")
        self._rows.writerow(RECORDING_COLUMNS)
        self._began_s = began_s

    def write(self, sighting: Sighting) -> None:
        """One row."""
        t_s = f"{sighting.t_s - self._began_s:.3f}"
        self._rows.writerow((t_s, sighting.tag, sighting.anchor, f"{sighting.rssi_dbm:.0f}"))


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """Where a scan's results go, and how long it takes."""

    out: TextIO
    seconds: float | None = None
    record: TextIO | None = None
    admit: Admit = lambda _identity: None
    clock_s: Callable[[], float] = time.monotonic
    """The source's clock."""
    is_stopped: Callable[[], bool] = lambda: False
    """Asked a few times a second: whether Ctrl-C was pressed."""


async def scan(source: BleakSource, listing: Listing, look: Look) -> Exit:
    """Draw until `look.seconds` are over; RADIO where the radio does not work at the end."""
    began_s = drawn_s = look.clock_s()
    table = ScanTable(listing.kinds(), began_s)
    recording = None if look.record is None else RecordingFile(look.record, began_s)
    async with contextlib.aclosing(aiter(source)) as batches:
        async for batch in batches:
            for sighting in batch:
                table.hear(listing.name(sighting), sighting.rssi_dbm, sighting.t_s)
                if recording is not None and listing.is_recorded(sighting):
                    recording.write(sighting)
            now_s = look.clock_s()
            is_over = look.seconds is not None and now_s - began_s >= look.seconds
            if is_over or now_s - drawn_s >= REDRAW_S:
                drawn_s = now_s
                table.keep_active(name for name in table.active() if look.admit(name) is not None)
                draw(look.out, source, table.lines(now_s), now_s - began_s)
            if look.is_stopped():
                return Exit.OK
            if is_over:
                break
    return Exit.OK if source.radio in {"ok", "silent"} else Exit.RADIO


def draw(out: TextIO, source: BleakSource, lines: list[str], for_s: float) -> None:
    """Print the picture of this second; over the last one where `out` is a terminal."""
    head = f"edge-agent scan  {for_s:.0f} s  radio {source.radio}: {source.reason}"
    others = f"others: {source.strangers_count} packets, not shown, not kept"
    start = CLEAR if out.isatty() else ""
    out.write(start + "\n".join([head, "", *lines, "", others, ""]) + "\n")
    out.flush()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--map", type=Path, help="floor map: show its beacons")
    parser.add_argument("--tag", action="append", default=[], metavar="IDENTITY", help="show it")
    parser.add_argument("--config", type=Path, help="an agent's settings: show its active tags too")
    parser.add_argument("--adapter", help="e.g. hci1; default: the first that is on")
    parser.add_argument("--seconds", type=float, help="stop by itself; default: at Ctrl-C")
    parser.add_argument("--record", type=Path, metavar="FILE", help="write a recording v1 (.csv)")
    parser.add_argument(
        "--here", default=None, metavar="ID", help="this radio's name in the recording"
    )


def main(args: argparse.Namespace) -> int:
    """Run the command; 0, or the code of what is wrong, which is said on stderr.

    Raises:
        OSError: the screen or the recording cannot be written.
    """
    try:
        with contextlib.suppress(KeyboardInterrupt):
            return asyncio.run(run(args, sys.stdout))
    except Stop as error:
        print(f"edge-agent scan: {error}", file=sys.stderr)  # noqa: T201 - a command's own word
        return error.code
    return Exit.OK


async def run(args: argparse.Namespace, out: TextIO) -> Exit:
    """Check `args`, then scan.

    Raises:
        Stop: the arguments do not go together, a file or the broker is not as needed.
    """
    refuse_misfits(args)
    config = None if args.config is None else settings_of(args.config)
    listing = listing_of(args, config)
    async with contextlib.AsyncExitStack() as stack:
        record = None if args.record is None else stack.enter_context(created(args.record))
        admit: Admit = lambda _identity: None  # noqa: E731 - nobody is active without a hub
        if config is not None:
            admit = (await stack.enter_async_context(active_tags(config))).admit
        source = BleakSource(listing, admit, args.adapter or adapter_of(config))
        look = Look(
            out=out,
            seconds=args.seconds,
            record=record,
            admit=admit,
            is_stopped=interrupted(),
        )
        return await scan(source, listing, look)


def interrupted() -> Callable[[], bool]:
    """Whether Ctrl-C was pressed once, which D-Bus may swallow; the second ends us as it comes."""
    loop = asyncio.get_running_loop()
    pressed = asyncio.Event()

    def press() -> None:
        pressed.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, press)
    return pressed.is_set


def refuse_misfits(args: argparse.Namespace) -> None:
    """Raise Stop on arguments that cannot be."""
    if args.record is not None and args.map is None and not args.tag:
        msg = "--record needs --map or --tag: it writes down nobody who was not named; you: add one"
        raise Stop(Exit.USAGE, msg)
    if args.seconds is not None and not args.seconds > 0:
        msg = f"--seconds {args.seconds}: expected more than 0; you: correct it"
        raise Stop(Exit.USAGE, msg)
    for option, value in [("--here", args.here), *(("--tag", tag) for tag in args.tag)]:
        if value is not None and not re.match(ID_PATTERN, value):
            msg = f"{option} {value!r}: expected {ID_PATTERN}; you: correct it"
            raise Stop(Exit.USAGE, msg)


def settings_of(path: Path) -> Settings:
    """The agent's settings; Stop where they cannot be used."""
    try:
        return agent_settings.load(path)
    except SettingsError as error:
        raise Stop(Exit.USAGE, str(error)) from None


def listing_of(args: argparse.Namespace, config: Settings | None) -> Listing:
    """Who has a name: the map's beacons, `--tag`, and what the agent is called."""
    path = args.map
    here = args.here
    if config is not None:
        path = path or (None if config.map is None else Path(config.map))
        here = here or config.anchor or config.tag
    beacons = {} if path is None else beacons_of(path)
    return Listing(
        beacons=beacons, tags=tuple(tag.lower() for tag in args.tag), here=here or "here"
    )


def adapter_of(config: Settings | None) -> str | None:
    """The adapter that the agent's settings name."""
    source = None if config is None else config.source
    return source.adapter if isinstance(source, agent_settings.Bleak) else None


def beacons_of(path: Path) -> dict[str, str]:
    """Identity -> feature id of the map's beacons; Stop where there is no such map."""
    try:
        floor_map = load(path)
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}; you: give the path of a floor map"
        raise Stop(Exit.MAP, msg) from None
    except MapError as error:
        msg = f"{path}: {error}"
        raise Stop(Exit.MAP, msg) from None
    return {beacon.beacon.lower(): beacon.id for beacon in floor_map.beacons}


def created(path: Path) -> TextIO:
    """A new text file, gzipped where its name ends with .gz; Stop where it cannot be."""
    try:
        if path.suffix == ".gz":
            return gzip.open(path, "xt", encoding="utf-8", newline="")
        return path.open("x", encoding="utf-8", newline="")
    except OSError as error:
        msg = f"{path}: cannot be created: {error.strerror}; you: choose another name"
        raise Stop(Exit.RECORDING, msg) from None


@contextlib.asynccontextmanager
async def active_tags(config: Settings) -> AsyncGenerator[ActiveTags, None]:
    """The list of the agent in `config`; Stop where its broker does not let us listen."""
    broker = config.broker
    try:
        endpoint = Endpoint(
            host=broker.host,
            port=broker.port,
            client_id=f"{config.agent}.scan",
            username=broker.username or config.agent,
            password=agent_settings.password(broker),
            tls_ca=broker.tls_ca,
        )
        tags = await ActiveTags(endpoint, config.store, config.agent).__aenter__()
    except SettingsError as error:
        raise Stop(Exit.USAGE, str(error)) from None
    except Refused as error:
        raise Stop(Exit.BROKER, str(error)) from None
    try:
        yield tags
    finally:
        await tags.__aexit__(None, None, None)

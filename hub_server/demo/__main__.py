"""The store on one machine: broker, hub and agent as separate processes, as in production.

    python -m hub_server.demo [--recording CSV --map GEOJSON [--survey CSV] [--tag-height-m H]]

Simulated shoppers walk the corner market, or the tags of a real recording move once more. Their
phones are played by `phones`, through the same pages that a person would open.
"""

import argparse
import csv
import gzip
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
import zlib
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from hub_server.demo.files import TILL_LOG, Ports, Scene, new_codes, write_files
from hub_server.demo.phones import Phones
from hub_server.demo.processes import (
    Child,
    DemoError,
    free_port,
    knows,
    program,
    run_once,
    taken,
    wait_for,
    wait_for_agent,
)
from hub_server.demo.tills import Tills
from store_maps import corner_market, floor_map

HTTP_PORT: Final = 8400
HTTP_PORTS_TRIED: Final = 20
USER: Final = "demo"
# The carts of the corner market; one waits for the person who looks at the demo.
CARTS: Final = 20
ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EXIT_USAGE: Final = 2
EXIT_CHILD: Final = 1


def http_port() -> int:
    """The usual port, or the next free one.

    Raises:
        DemoError: a row of ports is taken.
    """
    for port in range(HTTP_PORT, HTTP_PORT + HTTP_PORTS_TRIED):
        if not taken(port):
            if port != HTTP_PORT:
                print(f"Port {HTTP_PORT} is taken; using {port}.")
            return port
    text = f"Ports {HTTP_PORT} to {port} are all taken. Stop what uses them and try again."
    raise DemoError(text)


def broker_command(folder: Path) -> list[str]:
    """Mosquitto where it is installed, else amqtt; both read the file that lies in `folder`."""
    mosquitto = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if mosquitto:
        return [mosquitto, "-c", str(folder / "mosquitto.conf")]
    return [program("amqtt"), "-c", str(folder / "amqtt.yaml")]


def recorded_tags(path: Path) -> list[str]:
    """The tags of a recording, in the order in which they are first heard.

    Raises:
        DemoError: not a recording.
    """
    try:
        with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
            tags = dict.fromkeys(row["tag"] for row in csv.DictReader(file))
    except OSError as error:
        text = f"RECORDING={path}: {error.strerror or error}."
        raise DemoError(text) from None
    except (KeyError, EOFError, UnicodeDecodeError, csv.Error, zlib.error):
        text = f"RECORDING={path} is no CSV with the columns t_s,tag,anchor,rssi_dbm."
        raise DemoError(text) from None
    if not tags:
        text = f"RECORDING={path} has no rows."
        raise DemoError(text)
    return list(tags)


def scene(options: argparse.Namespace) -> Scene:
    """What is to be shown, from the command line.

    Raises:
        DemoError: files are missing, or a recording comes without its map.
    """
    if options.recording is None and options.map is not None:
        text = "A map comes with its recording: make demo RECORDING=… MAP=…"
        raise DemoError(text)
    if options.recording is None:
        tags = [f"sim-{number:02d}" for number in range(1, CARTS + 1)]
        return Scene(map_path=corner_market.path(), tags=tags)
    if options.map is None:
        text = "A recording needs its map: make demo RECORDING=… MAP=…"
        raise DemoError(text)
    for path in filter(None, (options.recording, options.map, options.survey)):
        if not path.is_file():
            text = f"{path} is not a file."
            raise DemoError(text)
    return Scene(
        map_path=options.map.resolve(),
        tags=recorded_tags(options.recording),
        recording=options.recording.resolve(),
        survey=options.survey.resolve() if options.survey else None,
        tag_height_m=options.tag_height_m,
    )


class Demo:
    """The processes, from start to stop; the pages on `port`, else on the usual or the next."""

    def __init__(self, scene: Scene, folder: Path, port: int | None = None) -> None:
        self._scene = scene
        self._folder = folder
        self._ports = Ports(http=port or http_port(), mqtt=free_port())
        self._children: list[Child] = []
        self._phones: Phones | None = None
        self._tills: Tills | None = None
        # No salt of its own: a command typed in another shell would write with another one.
        self._env = dict(os.environ)

    def start(self) -> Phones:
        """Bring up broker, hub and agent; returns the phones that the demo plays."""
        codes = new_codes(self._scene)
        write_files(self._scene, self._folder, self._ports, codes)
        self._launch("broker", broker_command(self._folder), self._ports.mqtt)
        hub_config = str(self._folder / "hub.toml")
        hub = program("hub-server")
        run_once([hub, "tags", "import", hub_config, str(self._folder / "tags.csv")], self._env)
        password = secrets.token_urlsafe(9)
        run_once([hub, "user", "add", hub_config, USER], self._env, f"{password}\n")
        token = run_once([hub, "token", "add", hub_config, "till"], self._env).split()[-1]
        self._start_hub([hub, "run", hub_config], codes)
        self._tills = Tills(self._ports.http, token, self._folder / TILL_LOG)
        agent = [program("edge-agent"), "run", str(self._folder / "agent.toml")]
        wait_for_agent(self._launch("agent", agent, None), self._ports.http)
        self._tell(password, codes)
        self._phones = Phones(self._ports.http, self._played(codes))
        return self._phones

    def _start_hub(self, command: list[str], codes: dict[str, str]) -> None:
        """Launch the hub; where somebody took its port meanwhile, on the next."""
        while not knows(self._launch("hub", command, None), self._ports.http, codes):
            self._children.pop().stop()
            self._ports = Ports(http=http_port(), mqtt=self._ports.mqtt)
            write_files(self._scene, self._folder, self._ports, codes)

    def _played(self, codes: dict[str, str]) -> list[str]:
        """All carts but the first, which waits for a person; of a recording, every tag."""
        played = list(codes.values())
        return played if self._scene.recording else played[1:]

    def _launch(self, name: str, command: list[str], port: int | None) -> Child:
        child = Child(name, command, self._folder, self._env)
        self._children.append(child)
        if port is not None:
            wait_for(port, child)
        return child

    def _tell(self, password: str, codes: dict[str, str]) -> None:
        origin = f"http://127.0.0.1:{self._ports.http}"
        tag, code = next(iter(codes.items()))
        print(f"\n  Floor page   {origin}/         log in as {USER} / {password}")
        print(f"  Phone page   {origin}/t/{code}   the cart {tag}")
        if self._scene.recording:
            print(
                "  The demo has paired every tag of the recording; take one over on its phone page."
            )
        else:
            print(
                "  Say yes on the phone page; your simulated self lingers at a shelf in a moment."
            )
        print(f"  Logs         {self._folder}\n  Ctrl-C stops everything.", flush=True)

    def check(self) -> None:
        """Raise where a process has ended."""
        for child in self._children:
            child.check()

    def tick(self, now_s: float) -> None:
        """Let phones and tills do what is due.

        Raises:
            DemoError: a process has ended.
        """
        self.check()
        if self._phones is not None and self._tills is not None:
            self._phones.tick(now_s)
            self._tills.tick()

    def stop(self) -> None:
        """End every process, the last started first."""
        if self._phones is not None:
            self._phones.close()
        for child in reversed(self._children):
            child.stop()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """End in peace; a second signal changes nothing."""
    del number, frame
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    raise KeyboardInterrupt


def play(demo: Demo) -> int:
    """Run until Ctrl-C, SIGTERM, SIGHUP, or the end of a process; returns the exit code."""
    for ending in ENDINGS:
        signal.signal(ending, _interrupt)
    try:
        demo.start()
        while True:
            demo.tick(time.monotonic())
            time.sleep(0.2)
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
        return 0
    except DemoError as error:
        print(error, file=sys.stderr)
        return EXIT_CHILD
    finally:
        demo.stop()


def main(arguments: list[str] | None = None) -> int:
    """The command line of the demo."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--recording", type=Path)
    parser.add_argument("--map", type=Path)
    parser.add_argument("--survey", type=Path)
    parser.add_argument("--tag-height-m", type=float, default=1.0)
    parser.add_argument("--keep", action="store_true", help="keep the folder with logs and data")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="instep-demo-"))
    code = EXIT_USAGE
    try:
        code = play(Demo(scene(options), folder))
    except floor_map.MapError as error:
        print(f"MAP={options.map}:\n{error}", file=sys.stderr)
    except DemoError as error:
        print(error, file=sys.stderr)
    if code == EXIT_CHILD:
        print(f"The logs are kept in {folder}", file=sys.stderr)
    elif not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    raise SystemExit(main())

"""A whole store of real processes that a test may kill: Mosquitto, `hub-server run`, an agent.

The agent is `stay_producer`: it walks every tag that the hub has paired from zone to zone.
"""

import contextlib
import csv
import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

import httpx
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge_agent.messages import StayRow, Stays, decode
from store_maps import corner_market

ROOT: Final = Path(__file__).parents[2]
STORE: Final = "corner-market"
AGENT: Final = "corner-market.pi-1"
CARTS: Final = 20
# A hub starts in two seconds on a quiet machine and stops in one.
HANG_S: Final = 60.0
# Below Linux's range for clients, which begins at 32768.
PORTS: Final = range(20_000, 32_000)
# Persistence off, as in the demo: a killed broker forgets all that it had acknowledged.
BROKER: Final = (
    "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\npersistence false\nlog_type all\n"
)
HUB: Final = """\
store = "{store}"
map = "{map}"
campaigns = "{campaigns}"
database = "hub.sqlite3"
public_url = "http://127.0.0.1:{http}"
operator = {{ name = "The durability test", contact = "nobody" }}
broker = {{ port = {mqtt} }}
http = {{ port = {http} }}
"""
EDGE: Final = """\
store = "{store}"
agent = "{agent}"
map = "{map}"
state_dir = "state"
broker = {{ port = {mqtt} }}
locate = {{ enabled = true }}
"""


def free_port() -> int:
    """A port on loopback that nobody uses, nor will while its program is dead.

    Not one of those that the system gives to clients: one of these would take it meanwhile.
    """
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until(is_true: Callable[[], bool], what: str, seconds: float = HANG_S) -> None:
    """Return once `is_true`; raise, naming `what`, after `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            msg = f"{what}: not within {seconds:.0f} s"
            raise TimeoutError(msg)
        time.sleep(0.05)


def hasty_map() -> dict[str, Any]:
    """The corner market, where a second in a zone makes a stay."""
    document: dict[str, Any] = json.loads(corner_market.path().read_bytes())
    for feature in document["features"]:
        feature["properties"].pop("dwell_min_s", None)
    return document


class Program:
    """One process that dies and comes back."""

    def __init__(self, name: str, command: list[str], folder: Path) -> None:
        folder.mkdir()
        self.name = name
        self.command = command
        self.log_path = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; nobody waits until it is ready."""
        environ = {**os.environ, "INSTEP_SALT": "of-the-durability-test"}
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, stdout=log, stderr=log, cwd=ROOT, env=environ
            )

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in peace."""
        self._end(signal.SIGTERM)

    def check(self) -> None:
        """Raise where it has ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            msg = f"the {self.name} ended with {self._process.returncode}:\n{self.log()[-3000:]}"
            raise RuntimeError(msg)

    def log(self) -> str:
        """What it printed."""
        return self.log_path.read_text(errors="replace")

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(HANG_S)
            self._process = None


class Spy:
    """Reads along what agents send of stays; back before them when the broker comes back."""

    def __init__(self, port: int) -> None:
        self.rows: list[StayRow] = []
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="spy", protocol=MQTTProtocolVersion.MQTTv5
        )
        # An agent waits at least 0.25 s.
        self._client.reconnect_delay_set(0.05, 0.05)  # type: ignore[arg-type]
        self._client.on_connect = lambda client, *_: client.subscribe("instep/v1/+/+/stays", 1)
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        stays = decode("stays", message.payload)
        assert isinstance(stays, Stays)
        self.rows += stays.rows


class RunningStore:
    """Broker, hub and agent under `folder`; each in a folder of its own, with its log."""

    def __init__(
        self, folder: Path, mosquitto: str, *, carts: int = CARTS, pages: int = 4096
    ) -> None:
        self.folder = folder
        self.journal_path = folder / "journal"
        self._mqtt, self._http = free_port(), free_port()
        self._codes = [secrets.token_hex(16) for _ in range(carts)]
        self.phones: list[httpx.Client] = []
        python = [sys.executable, "-m"]
        self.hub_config = folder / "hub" / "hub.toml"
        edge_config = folder / "agent" / "edge.toml"
        producer = [str(edge_config), str(self.journal_path), "--pages", str(pages)]
        self.broker = Program(
            "broker", [mosquitto, "-c", str(folder / "broker" / "conf")], folder / "broker"
        )
        self.hub = Program(
            "hub", [*python, "hub_server", "run", str(self.hub_config)], folder / "hub"
        )
        self.agent = Program(
            "agent", [*python, "tests.e2e.stay_producer", *producer], folder / "agent"
        )
        self.programs = (self.broker, self.hub, self.agent)
        self._write_files(edge_config)

    def __enter__(self) -> Self:
        """Start everything and say yes on a phone a cart."""
        try:
            self.hub_command("tags", "import", str(self.hub_config), str(self.folder / "tags.csv"))
            for program in self.programs:
                program.start()
            wait_until(self.is_ready, "the hub is ready")
            self.phones = [self.say_yes(code) for code in self._codes]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for phone in self.phones:
            phone.close()
        for program in self.programs:
            program.kill()

    def check(self) -> None:
        """Raise where a process has ended by itself."""
        for program in self.programs:
            program.check()

    def hub_command(self, *words: str) -> str:
        """Run a short command of `hub-server`; what it said."""
        done = subprocess.run(
            [sys.executable, "-m", "hub_server", *words],
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            env={**os.environ, "INSTEP_SALT": "of-the-durability-test"},
        )
        return done.stdout.decode()

    def say_yes(self, code: str) -> httpx.Client:
        """A phone that has scanned the cart's code and said yes."""
        phone = httpx.Client(
            base_url=f"http://127.0.0.1:{self._http}", headers={"X-Instep": "1"}, timeout=HANG_S
        )
        phone.post("/api/phone/yes", json={"code": code}).raise_for_status()
        return phone

    def spy(self) -> Spy:
        """Someone who reads along; the caller stops it."""
        return Spy(self._mqtt)

    def bytes_with(self, word: str) -> list[str]:
        """The files of the three programs in which `word` stands."""
        return [
            str(path.relative_to(self.folder))
            for program in self.programs
            for path in program.log_path.parent.rglob("*")
            if path.is_file() and word.encode() in path.read_bytes()
        ]

    def is_ready(self) -> bool:
        """Whether the hub answers and has its broker."""
        self.check()
        try:
            return httpx.get(f"http://127.0.0.1:{self._http}/readyz", timeout=5).is_success
        except httpx.TransportError:
            return False

    def alarms(self) -> list[str]:
        """What the hub's /healthz complains of."""
        found = httpx.get(f"http://127.0.0.1:{self._http}/healthz", timeout=HANG_S).json()
        alarms: list[str] = found["alarms"]
        return alarms

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the hub's database, read beside the hub or after its death."""
        path = self.folder / "hub" / "hub.sqlite3"
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=HANG_S)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def marks(self) -> dict[str, int]:
        """The last row that the hub has of each outbox."""
        rows = self.query("SELECT outbox, next_seq - 1 FROM watermarks WHERE agent = ?", AGENT)
        return dict(rows)

    def handles(self) -> dict[str, str]:
        """Visit to handle, of every pairing."""
        return dict(self.query("SELECT visit, handle FROM pairings"))

    def _write_files(self, edge_config: Path) -> None:
        names = {
            "store": STORE,
            "agent": AGENT,
            "map": self.folder / "map.geojson",
            "campaigns": ROOT / "hub_server" / "demo" / "corner_market_campaigns.json",
            "mqtt": self._mqtt,
            "http": self._http,
        }
        (self.folder / "map.geojson").write_text(json.dumps(hasty_map()))
        (self.folder / "broker" / "conf").write_text(BROKER.format(port=self._mqtt))
        self.hub_config.write_text(HUB.format(**names))
        edge_config.write_text(EDGE.format(**names))
        with (self.folder / "tags.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["tag", "identity", "carrier", "code"])
            writer.writerows(
                (f"cart-{n}", f"tag-{n}", "cart", code) for n, code in enumerate(self._codes, 1)
            )


class Entry:
    """One row that the outbox was given."""

    def __init__(self, handle: str, stay: str, kind: str, zone: str) -> None:
        self.handle = handle
        self.key = (stay, kind, zone)
        self.is_kept = False
        """`append` had returned before any kill."""


class Journal:
    """What the agents of one store have put down, read on as it grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_bytes = 0
        self._pending: list[Entry] = []
        self.entries: list[Entry] = []
        self.outboxes: list[str] = []
        """In the order of their first opening."""
        self.kept_seq = 0
        """The last row of which the agent knows that it is on its disk."""
        self.acked_seq = 0
        """The last row of which the agent knows that the hub has it."""
        self.is_working = False
        """Whether the newest agent has appended."""

    def read(self) -> Self:
        """Take in what is new."""
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._read_bytes)
                data = file.read()
            whole = data[: data.rfind(b"\n") + 1]
            self._read_bytes += len(whole)
            for line in whole.splitlines():
                name, *values = json.loads(line)
                getattr(self, f"_{name}")(*values)
        return self

    def kept(self) -> list[Entry]:
        """The rows that must not be lost."""
        return [entry for entry in self.entries if entry.is_kept]

    def _open(self, outbox: str) -> None:
        self._pending = []
        self.is_working = False
        if outbox not in self.outboxes:
            self.outboxes.append(outbox)
            self.kept_seq = self.acked_seq = 0

    def _try(self, handle: str, stay: str, kind: str, zone: str) -> None:
        entry = Entry(handle, stay, kind, zone)
        self.entries.append(entry)
        self._pending.append(entry)

    def _kept(self, seq: int) -> None:
        self.kept_seq = seq
        self.is_working = True
        for entry in self._pending:
            entry.is_kept = True
        self._pending = []

    def _ack(self, seq: int) -> None:
        self.acked_seq = max(self.acked_seq, seq)

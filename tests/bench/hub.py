"""The hub under load: real Mosquitto, one publisher process, the hub in its own process.

Prints, for each rate, p50 and p99 from the scheduled publish of a stay to the acknowledgement that
follows the COMMIT of the stay and its decision (so one trip back through the broker is included),
what was lost, and the hub's memory and processor time.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge_agent import messages
from edge_agent.messages import Fixes, FixRow, Status, StayRow, Stays
from hub_server.database import Database
from hub_server.engine import Engine
from hub_server.model.seat import ModelSeat
from hub_server.stage import StageModel
from hub_server.store import load
from hub_server.visit.tags import Row
from store_maps import corner_market

STORE: Final = "corner-market"
AGENT: Final = "corner-market.bench"
SHOPPERS: Final = 2_000
BATCH: Final = 10
WARM_S: Final = 3.0
ZONES: Final = (("produce", 25.0, 9.0), ("pasta", 12.0, 12.0))
ROOT: Final = Path(__file__).parents[2]
BROKER: Final = (
    "listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\n"
)
CONFIG: Final = """\
store = "corner-market"
map = "{map}"
campaigns = "{campaigns}"
database = "hub.db"
public_url = "http://127.0.0.1"
demo = true
operator = {{name = "Bench", contact = "nobody"}}
broker = {{port = {broker}}}
http = {{port = {http}}}
"""


class Load(msgspec.Struct, frozen=True):
    """One run."""

    fixes_hz: int
    stay_every: int
    """A stay for every so many fixes."""
    seconds: float


AIM: Final = "p50 3 ms, p99 25 ms"
# A stay for every sixth batch is a store of 20,000 shoppers; one for every sixth fix is past any.
LOADS: Final = (
    Load(fixes_hz=2_000, stay_every=60, seconds=10.0),
    Load(fixes_hz=60_000, stay_every=60, seconds=10.0),
    Load(fixes_hz=60_000, stay_every=6, seconds=10.0),
)


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def prepare(folder: Path, ports: tuple[int, int]) -> list[str]:
    """Write the hub's files and pair every shopper; returns the handles."""
    config = folder / "hub.toml"
    config.write_text(
        CONFIG.format(
            map=corner_market.path(),
            campaigns=ROOT / "hub_server" / "demo" / "corner_market_campaigns.json",
            broker=ports[0],
            http=ports[1],
        )
    )
    database = Database(folder / "hub.db")
    database.run("PRAGMA synchronous=OFF", [()])
    engine = Engine(load(config, {}), database, ModelSeat(StageModel.load()))
    rows = [
        Row(f"cart-{n}", f"ib-{n}", "cart", f"code-of-the-bench-{n:012d}") for n in range(SHOPPERS)
    ]
    engine.tags.replace(rows, simulated=lambda _: True)
    for row in rows:
        engine.say_yes(row.code, None, remember=False, takeover=False, language="en")
    handles = list(engine.roll.live)
    database.close()
    return handles


class Publisher:
    """Sends fixes and stays on a schedule and times the acknowledgements."""

    def __init__(self, port: int, handles: list[str], outbox: str) -> None:
        self._handles = handles
        self._outbox = outbox
        self._map_sha = corner_market.load().map_sha
        self._fixes = [self._fix_payload(n) for n in range(len(handles) // BATCH)]
        self._topic = {leaf: f"instep/v1/{STORE}/{AGENT}/{leaf}" for leaf in messages.UP_LEAVES}
        self._scheduled_s: dict[int, float] = {}
        self._acked = 0
        self._turn = [0] * len(handles)
        self.latencies_s: list[float] = []
        self.seq = 0
        self.fixes_count = 0
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=AGENT, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.max_inflight_messages_set(0)
        self._client.on_message = self._on_message
        self._client.on_socket_open = without_delay
        self._client.connect("127.0.0.1", port)
        self._client.subscribe(f"instep/v1/{STORE}/{AGENT}/down/ack")
        self._client.loop_start()

    def come_up(self) -> None:
        """Say that the agent is there."""
        status = Status(
            up=True, boot="b", locate=True, term=1, map_sha=self._map_sha, version="bench"
        )
        self._client.publish(self._topic["status"], messages.encode(status), qos=1, retain=True)

    def run(self, load: Load) -> float:
        """Publish on schedule; returns how late the last publish was."""
        every_s = BATCH / load.fixes_hz
        count = round((load.seconds + WARM_S) / every_s)
        start_s = time.perf_counter() + 0.05
        owed = 0.0
        late_s = 0.0
        for n in range(count):
            due_s = start_s + n * every_s
            while (wait_s := due_s - time.perf_counter()) > 0:
                time.sleep(wait_s)
            late_s = -wait_s
            payload = self._fixes[n % len(self._fixes)]
            self._client.publish(self._topic["fixes"], payload)
            self.fixes_count += BATCH
            owed += BATCH / load.stay_every
            if owed >= min(BATCH, max(1.0, 60 / load.stay_every)):
                rows = int(owed)
                owed -= rows
                self._publish_stays(rows, due_s)
        return late_s

    def drain(self, limit_s: float) -> None:
        """Wait until everything is acknowledged."""
        until_s = time.perf_counter() + limit_s
        while self._acked < self.seq and time.perf_counter() < until_s:
            time.sleep(0.05)

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def _publish_stays(self, count: int, due_s: float) -> None:
        rows = []
        for _ in range(count):
            self.seq += 1
            who = self.seq % len(self._handles)
            self._turn[who] ^= 1
            handle = self._handles[who]
            row = StayRow(
                seq=self.seq,
                kind="enter",
                stay=f"{handle}.1.{self.seq}",
                handle=handle,
                zone=ZONES[self._turn[who]][0],
                at_ms=round(time.time() * 1000),
                boot="b",
                synced=True,
                zone_p=0.95,
                map_sha=self._map_sha,
                term=1,
            )
            rows.append(row)
            self._scheduled_s[self.seq] = due_s
        stays = Stays(outbox=self._outbox, oldest_seq=1, rows=rows)
        self._client.publish(self._topic["stays"], messages.encode(stays), qos=1)

    def _fix_payload(self, n: int) -> bytes:
        zone, x_m, y_m = ZONES[n % len(ZONES)]
        handles = self._handles[n * BATCH : (n + 1) * BATCH]
        rows = [FixRow(handle, 15.0, x_m, y_m, 1.5, zone, 0.95, "L0") for handle in handles]
        return messages.encode(Fixes(term=1, map_sha=self._map_sha, rows=rows))

    def _on_message(self, _client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        now_s = time.perf_counter()
        ack = messages.decode("down/ack", message.payload)
        if isinstance(ack, messages.Ack):
            for seq in range(self._acked + 1, ack.seq + 1):
                self.latencies_s.append(now_s - self._scheduled_s.pop(seq))
            self._acked = max(self._acked, ack.seq)


def without_delay(_client: object, _userdata: object, sock: object) -> None:
    """Send each message at once, as the agent's link does."""
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def publish(port: int, handles: Path, load: Load, outbox: str) -> None:
    """The publisher's process: one load, its figures as JSON on stdout."""
    publisher = Publisher(port, json.loads(handles.read_text()), outbox)
    publisher.come_up()
    time.sleep(0.5)
    late_s = publisher.run(load)
    publisher.drain(20.0)
    publisher.stop()
    stays_hz = load.fixes_hz / load.stay_every
    measured = np.array(publisher.latencies_s[round(WARM_S * stays_hz) :]) * 1000
    figures = {
        "p50_ms": float(np.percentile(measured, 50)),
        "p99_ms": float(np.percentile(measured, 99)),
        "max_ms": float(measured.max()),
        "late_s": late_s,
        "stays": publisher.seq,
        "unacknowledged": publisher.seq - len(publisher.latencies_s),
        "fixes": publisher.fixes_count,
    }
    sys.stdout.write(json.dumps(figures))


def metric(port: int, name: str) -> float:
    """One figure of the hub's /metrics."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def wait_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until the hub has its broker."""
    for _ in range(600):
        if process.poll() is not None:
            msg = f"the hub ended with {process.returncode}"
            raise RuntimeError(msg)
        try:
            if metric(port, "instep_ready") == 1:
                return
        except OSError:
            pass
        time.sleep(0.1)
    msg = "the hub is not ready after 60 s"
    raise RuntimeError(msg)


def usage(pid: int) -> tuple[float, float]:
    """(processor seconds, resident MB) of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    pages = int(fields[21])
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(ports: tuple[int, int], folder: Path, hub: int, number: int, load: Load) -> None:
    """One load, and its line."""
    before_s, _ = usage(hub)
    fixes = metric(ports[1], "instep_fixes_total")
    started_s = time.perf_counter()
    done = subprocess.run(
        [
            *(sys.executable, __file__, "--publish", str(ports[0]), str(folder / "handles.json")),
            *(msgspec.json.encode(load).decode(), f"box-{number}"),
        ],
        check=True,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    took_s = time.perf_counter() - started_s
    figures = json.loads(done.stdout)
    after_s, rss_mb = usage(hub)
    heard = metric(ports[1], "instep_fixes_total") - fixes
    with sqlite3.connect(folder / "hub.db") as connection:
        sql = "SELECT count(*), count(DISTINCT seq) FROM stays WHERE outbox = ?"
        kept, distinct = connection.execute(sql, (f"box-{number}",)).fetchone()
        decisions = connection.execute("SELECT count(*) FROM decisions").fetchone()[0]
    print(
        f"hub {load.fixes_hz:>6} fixes/s in batches of {BATCH}, "
        f"{load.fixes_hz / load.stay_every:.0f} stays/s (aim {AIM}): "
        f"p50 {figures['p50_ms']:.1f} ms, p99 {figures['p99_ms']:.1f} ms, "
        f"max {figures['max_ms']:.0f} ms; stays {figures['stays']}, lost "
        f"{figures['stays'] - distinct}, doubled {kept - distinct}; fixes {figures['fixes']}, "
        f"lost {figures['fixes'] - heard:.0f}; publisher late {figures['late_s'] * 1000:.0f} ms; "
        f"decisions kept {decisions}; hub {100 * (after_s - before_s) / took_s:.0f} % of a core, "
        f"RSS {rss_mb:.0f} MB",
        flush=True,
    )


@contextlib.contextmanager
def running(folder: Path, ports: tuple[int, int]) -> Iterator[subprocess.Popen[bytes]]:
    """The hub of `hub.toml` in `folder`, ready, with a broker of its own; both end with it."""
    broker = mosquitto()
    assert broker is not None, "a bench asks for mosquitto first"
    (folder / "mosquitto.conf").write_text(BROKER.format(port=ports[0]))
    processes = [
        subprocess.Popen([broker, "-c", str(folder / "mosquitto.conf")], stderr=subprocess.DEVNULL)
    ]
    try:
        command = [sys.executable, "-m", "hub_server", "run", str(folder / "hub.toml")]
        hub = subprocess.Popen(command, cwd=ROOT)
        processes.append(hub)
        wait_ready(ports[1], hub)
        yield hub
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def mosquitto() -> str | None:
    """The broker's program, where it is installed."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


def bench(loads: tuple[Load, ...]) -> None:
    """Every load on one hub."""
    if mosquitto() is None:
        print("hub: skipped, mosquitto is absent")
        return
    ports = (free_port(), free_port())
    with tempfile.TemporaryDirectory(prefix="instep-bench-") as name:
        folder = Path(name)
        handles = prepare(folder, ports)
        (folder / "handles.json").write_text(json.dumps(handles))
        with running(folder, ports) as hub:
            for number, load in enumerate(loads):
                measure(ports, folder, hub.pid, number, load)


def main() -> None:
    """The bench, or with --publish its second process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publish", nargs=4, metavar=("PORT", "HANDLES", "LOAD", "OUTBOX"))
    options = parser.parse_args()
    if options.publish:
        port, handles, load, outbox = options.publish
        publish(int(port), Path(handles), msgspec.json.decode(load, type=Load), outbox)
    else:
        bench(LOADS)


if __name__ == "__main__":
    main()

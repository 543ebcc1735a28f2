"""From a zone's enter to the message on the phone with 500 shoppers in the store: p50, p95, p99.

    python tests/bench/entry.py

Real Mosquitto and `hub-server run` in processes of their own; this process plays the agent (a fix
a second of every shopper, walking; an enter for each in turn) and all 500 phones, each with its
stream open and a heartbeat every 4 s. The clock starts when the enter is published, so the radio's
own window is not in it, and stops when the phone's stream brings the message.
"""

import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Final

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
from tests.bench.hub import (
    AGENT,
    CONFIG,
    STORE,
    free_port,
    mosquitto,
    running,
    usage,
    without_delay,
)

SHOPPERS: Final = 500
ENTERS_HZ: Final = 12.5
HEARTBEAT_S: Final = 4.0
# Everybody stands at the door first, where no campaign speaks.
BEFORE: Final = ("entrance", 3.0, 2.0)
INSIDE: Final = ("produce", 25.0, 9.0)
PATIENCE_S: Final = 20.0
CAMPAIGNS_COUNT: Final = 50
CAMPAIGNS: Final = {
    "format": "campaigns",
    "version": 1,
    "campaigns": [
        {
            "id": f"arrived-{number}",
            "kind": "guide",
            "topic": f"bench-{number}",
            "usefulness": 0.5 + number / 200,
            "when": {
                "all": [
                    {"field": "zone", "op": "is", "value": INSIDE[0]},
                    {"field": "dwell_s", "op": ">=", "value": 0 if number == 0 else 600},
                ]
            },
            "words": {"en": {"title": "Fruit", "text": "Fruit is here.", "why": "You are here."}},
        }
        for number in range(CAMPAIGNS_COUNT)
    ],
}


class Phone:
    """One open page: a stream that is read, and a heartbeat that is heard."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port = port
        self._cookie = cookie
        self.told_s: float | None = None

    async def live(self) -> None:
        """Read the stream until the message is there."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(self._head("GET", "/api/phone/live"))
        while self.told_s is None:
            line = await reader.readline()
            if b'"messages":[{' in line:
                self.told_s = time.perf_counter()
            if not line:
                break
        writer.close()

    async def beat(self) -> None:
        """Say that the page is visible, over one connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        body = b'{"visible":true}'
        while True:
            writer.write(self._head("POST", "/api/phone/heartbeat", len(body)) + body)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1])
                for line in head.lower().splitlines()
                if line.startswith(b"content-length")
            )
            await reader.readexactly(length)
            await asyncio.sleep(HEARTBEAT_S)

    def _head(self, method: str, path: str, length: int = 0) -> bytes:
        lines = [
            f"{method} {path} HTTP/1.1",
            "host: bench",
            f"cookie: instep={self._cookie}",
            "x-instep: 1",
            "content-type: application/json",
            f"content-length: {length}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Store:
    """The agent of the bench: everybody's fixes, and one enter after the other."""

    def __init__(self, port: int, handles: list[str]) -> None:
        self._handles = handles
        self._inside: set[str] = set()
        self._map_sha = corner_market.load().map_sha
        self._random = np.random.default_rng(0)
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=AGENT, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.on_socket_open = without_delay
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        up = Status(up=True, boot="b", locate=True, term=1, map_sha=self._map_sha, version="bench")
        self._client.publish(self._topic("status"), messages.encode(up), qos=1, retain=True)

    def fixes(self) -> None:
        """Where everybody is; they walk about their place."""
        steps = self._random.normal(0.0, 0.4, (len(self._handles), 2)).tolist()
        rows = []
        for handle, (dx, dy) in zip(self._handles, steps, strict=True):
            zone, x_m, y_m = INSIDE if handle in self._inside else BEFORE
            rows.append(FixRow(handle, 15.0, x_m + dx, y_m + dy, 1.5, zone, 0.95, "L0"))
        fixes = Fixes(term=1, map_sha=self._map_sha, rows=rows)
        self._client.publish(self._topic("fixes"), messages.encode(fixes))

    def enter(self, number: int) -> float:
        """Bring one shopper in; returns when the enter was published."""
        handle = self._handles[number]
        self._inside.add(handle)
        zone, x_m, y_m = INSIDE
        fix = FixRow(handle, 15.0, x_m, y_m, 1.5, zone, 0.95, "L0")
        row = StayRow(
            seq=number + 1,
            kind="enter",
            stay=f"{handle}.1.{number}",
            handle=handle,
            zone=zone,
            at_ms=round(time.time() * 1000),
            boot="b",
            synced=True,
            zone_p=0.95,
            map_sha=self._map_sha,
            term=1,
        )
        started_s = time.perf_counter()
        fixes = Fixes(term=1, map_sha=self._map_sha, rows=[fix])
        self._client.publish(self._topic("fixes"), messages.encode(fixes))
        stays = Stays(outbox="box", oldest_seq=1, rows=[row])
        self._client.publish(self._topic("stays"), messages.encode(stays), qos=1)
        return started_s

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def _topic(self, leaf: str) -> str:
        return f"instep/v1/{STORE}/{AGENT}/{leaf}"


def prepare(folder: Path, ports: tuple[int, int]) -> list[tuple[str, str]]:
    """Write the hub's files and pair everybody; (handle, cookie) of each."""
    (folder / "campaigns.json").write_text(json.dumps(CAMPAIGNS))
    config = folder / "hub.toml"
    config.write_text(
        CONFIG.format(
            map=corner_market.path(),
            campaigns=folder / "campaigns.json",
            broker=ports[0],
            http=ports[1],
        )
    )
    database = Database(folder / "hub.db")
    engine = Engine(load(config, {}), database, ModelSeat(StageModel.load()))
    rows = [
        Row(f"cart-{n}", f"ib-{n}", "cart", f"code-of-the-bench-{n:012d}") for n in range(SHOPPERS)
    ]
    engine.tags.replace(rows, simulated=lambda _: True)
    made = []
    for row in rows:
        session = engine.say_yes(row.code, None, remember=False, takeover=False, language="en")
        made.append((list(engine.roll.live)[-1], session.cookie))
    database.close()
    return made


async def measure(store: Store, phones: list[Phone]) -> list[float]:
    """Seconds from each enter to its message; infinite where none came."""
    streams = [asyncio.create_task(phone.live()) for phone in phones]
    beats = []
    for phone in phones:
        beats.append(asyncio.create_task(phone.beat()))
        await asyncio.sleep(HEARTBEAT_S / len(phones))
    started: list[float] = []
    next_fixes_s = time.perf_counter()
    first_s = next_fixes_s + 3.0
    while len(started) < len(phones):
        now_s = time.perf_counter()
        if now_s >= next_fixes_s:
            next_fixes_s += 1.0
            store.fixes()
        if now_s >= first_s + len(started) / ENTERS_HZ:
            started.append(store.enter(len(started)))
        await asyncio.sleep(0.002)
    await asyncio.wait(streams, timeout=PATIENCE_S)
    for task in (*streams, *beats):
        task.cancel()
    return [
        (phone.told_s or float("inf")) - at_s for phone, at_s in zip(phones, started, strict=True)
    ]


def bench() -> None:
    """One store, 500 enters."""
    if mosquitto() is None:
        print("entry: skipped, mosquitto is absent")
        return
    ports = (free_port(), free_port())
    with tempfile.TemporaryDirectory(prefix="instep-bench-") as name:
        folder = Path(name)
        people = prepare(folder, ports)
        with running(folder, ports) as hub:
            store = Store(ports[0], [handle for handle, _ in people])
            before_s, _ = usage(hub.pid)
            started_s = time.perf_counter()
            phones = [Phone(ports[1], cookie) for _, cookie in people]
            waited = np.array(asyncio.run(measure(store, phones))) * 1000
            took_s = time.perf_counter() - started_s
            after_s, rss_mb = usage(hub.pid)
            store.stop()
    told = waited[np.isfinite(waited)]
    p50, p95, p99 = np.percentile(told, (50, 95, 99))
    print(
        f"entry to page, {SHOPPERS} shoppers, {CAMPAIGNS_COUNT} campaigns: "
        f"p50 {p50:.0f} ms, p95 {p95:.0f} ms (aim 150), p99 {p99:.0f} ms, max {told.max():.0f} ms; "
        f"told {len(told)} of {len(waited)}; hub {100 * (after_s - before_s) / took_s:.0f} % of a "
        f"core, RSS {rss_mb:.0f} MB"
    )


if __name__ == "__main__":
    bench()

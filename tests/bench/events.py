"""Receipts imported, and from an event that is posted to the message that is gone: p50, p95, p99.

    python tests/bench/events.py

First `hub-server import purchases` of the real receipts, twice; their days are moved so that the
last is yesterday, since what is older than three years is not kept. Then Mosquitto and `hub-server
run` in processes of their own, and 300 remembered shoppers whose linked numbers hold those
receipts: each has a message on the open page that nobody has looked at yet, when till or web shop
post over HTTP that what it is about was bought. The clock stops when the phone's stream brings a
frame without it.
"""

import asyncio
import csv
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import numpy as np

from hub_server.database import Database
from hub_server.engine import Engine
from hub_server.model.seat import ModelSeat
from hub_server.sessions import Logins
from hub_server.stage import StageModel
from hub_server.store import load
from hub_server.visit.tags import Row
from store_maps import corner_market
from tests.bench.entry import HEARTBEAT_S, INSIDE, Phone, Store
from tests.bench.hub import CONFIG, ROOT, free_port, mosquitto, running, usage

SHOPPERS: Final = 300
EVENTS_HZ: Final = 20.0
PATIENCE_S: Final = 20.0
RECEIPTS: Final = ROOT.parent / "shared" / "retail" / "purchases.csv.gz"
LAST_DAY: Final = date(2011, 12, 9)
ITEM: Final = "1001"
KINDS: Final = (("payment", "till"), ("order", "web"))
CAMPAIGNS: Final = {
    "format": "campaigns",
    "version": 1,
    "campaigns": [
        {
            "id": "bananas",
            "kind": "guide",
            "topic": "fruit",
            "items": [ITEM],
            "usefulness": 1.0,
            "expiry_s": 120,
            "when": {"field": "zone", "op": "is", "value": INSIDE[0]},
            "words": {"en": {"title": "Bananas", "text": "They are here.", "why": "You are."}},
        }
    ],
}


class Watcher(Phone):
    """A page that notes when its message comes, and when it goes."""

    def __init__(self, port: int, cookie: str) -> None:
        super().__init__(port, cookie)
        self.gone_s: float | None = None

    async def watch(self) -> None:
        """Read the stream until the message has come and gone."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(self._head("GET", "/api/phone/live"))
        while self.gone_s is None:
            line = await reader.readline()
            if b'"messages":[{' in line:
                self.told_s = self.told_s or time.perf_counter()
            elif b'"messages":[]' in line and self.told_s is not None:
                self.gone_s = time.perf_counter()
            if not line:
                break
        writer.close()


def recent_receipts(folder: Path) -> Path:
    """The real receipts, the last of them yesterday."""
    moved = datetime.now(UTC).date().toordinal() - 1 - LAST_DAY.toordinal()
    days: dict[str, str] = {}
    path = folder / "purchases.csv.gz"
    with gzip.open(RECEIPTS, "rt") as old, gzip.open(path, "wt", compresslevel=1) as new:
        new.write(next(old))
        for line in old:
            day = line[:10]
            if day not in days:
                days[day] = date.fromordinal(
                    date.fromisoformat(day).toordinal() + moved
                ).isoformat()
            new.write(days[day] + line[10:])
    return path


def import_receipts(config: Path, receipts: Path) -> None:
    """The receipts by the real command, twice."""
    command = [sys.executable, "-m", "hub_server", "import", "purchases", str(config)]
    for turn in ("imported", "again"):
        started_s = time.perf_counter()
        done = subprocess.run(
            [*command, str(receipts)], cwd=ROOT, check=True, capture_output=True, text=True
        )
        took_s = time.perf_counter() - started_s
        peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        line = done.stdout.splitlines()[0]
        print(f"{turn}: {line}; {took_s:.1f} s, peak RSS {peak_mb:.0f} MB")


def numbers() -> list[str]:
    """Customers of the receipts, as many as there are shoppers."""
    found: dict[str, None] = {}
    with gzip.open(RECEIPTS, "rt") as file:
        for row in csv.DictReader(file):
            if row["shopper"]:
                found.setdefault(row["shopper"])
            if len(found) == SHOPPERS:
                break
    return list(found)


def prepare(folder: Path, ports: tuple[int, int]) -> tuple[str, list[tuple[str, str]]]:
    """Write the hub's files, pair and link everybody; the token, and (handle, cookie) of each."""
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
    known: Sequence[str] = ()
    if RECEIPTS.is_file():
        import_receipts(config, recent_receipts(folder))
        known = numbers()
    database = Database(folder / "hub.db")
    engine = Engine(load(config, dict(os.environ)), database, ModelSeat(StageModel.load()))
    rows = [
        Row(f"cart-{n}", f"ib-{n}", "cart", f"code-of-the-bench-{n:012d}") for n in range(SHOPPERS)
    ]
    engine.tags.replace(rows, simulated=lambda _: True)
    made: list[tuple[str, str]] = []
    for row in rows:
        session = engine.say_yes(row.code, None, remember=True, takeover=False, language="en")
        if known:
            engine.rooms.loyalty.link(session.cookie, known[len(made)])
        made.append((list(engine.roll.live)[-1], session.cookie))
    token = Logins(database).add_source("bench", 0)
    database.close()
    return token, made


async def post(port: int, token: str, number: int) -> float:
    """One event over a connection of its own; returns when it was begun."""
    kind, channel = KINDS[number % len(KINDS)]
    body = json.dumps(
        {
            "id": f"e-{number}",
            "ts": datetime.now(UTC).isoformat(),
            "channel": channel,
            "type": kind,
            "subject": {"tag": f"cart-{number}"},
            "items": [{"item": ITEM}],
        }
    ).encode()
    head = (
        f"POST /api/events HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    started_s = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + body)
    answer = await reader.read()
    writer.close()
    if b" 202 " not in answer[:20]:
        raise RuntimeError(answer[:200].decode())
    return started_s


async def measure(
    store: Store, phones: list[Watcher], port: int, token: str
) -> tuple[list[float], int]:
    """(seconds from each event to the frame without the message, how many had none to lose)."""
    tasks = [asyncio.create_task(phone.watch()) for phone in phones]
    for phone in phones:
        tasks.append(asyncio.create_task(phone.beat()))
        await asyncio.sleep(HEARTBEAT_S / len(phones))
    fixes = asyncio.create_task(keep_fixing(store))
    for number in range(len(phones)):
        store.enter(number)
        await asyncio.sleep(0.005)
    for _ in range(round(PATIENCE_S)):
        if all(phone.told_s for phone in phones):
            break
        await asyncio.sleep(1.0)
    started = []
    first_s = time.perf_counter()
    for number in range(len(phones)):
        await asyncio.sleep(max(first_s + number / EVENTS_HZ - time.perf_counter(), 0))
        started.append(await post(port, token, number))
    await asyncio.wait(tasks[: len(phones)], timeout=PATIENCE_S)
    for task in (*tasks, fixes):
        task.cancel()
    told = [(phone, at_s) for phone, at_s in zip(phones, started, strict=True) if phone.told_s]
    return [(phone.gone_s or float("inf")) - at_s for phone, at_s in told], len(phones) - len(told)


async def keep_fixing(store: Store) -> None:
    """Where everybody is, each second."""
    while True:
        store.fixes()
        await asyncio.sleep(1.0)


def bench() -> None:
    """One store, 300 events."""
    if mosquitto() is None:
        print("events: skipped, mosquitto is absent")
        return
    os.environ.setdefault("INSTEP_SALT", "a salt of the bench, no secret")
    ports = (free_port(), free_port())
    with tempfile.TemporaryDirectory(prefix="instep-bench-") as name:
        folder = Path(name)
        token, people = prepare(folder, ports)
        with running(folder, ports) as hub:
            store = Store(ports[0], [handle for handle, _ in people])
            phones = [Watcher(ports[1], cookie) for _, cookie in people]
            waited_s, untold = asyncio.run(measure(store, phones, ports[1], token))
            _, rss_mb = usage(hub.pid)
            store.stop()
    waited = np.array(waited_s) * 1000
    gone = waited[np.isfinite(waited)]
    p50, p95, p99 = np.percentile(gone, (50, 95, 99))
    print(
        f"event to suppression, {SHOPPERS} shoppers, {EVENTS_HZ:g} events a second: p50 {p50:.0f} "
        f"ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms (aim 5000), max {gone.max():.0f} ms; gone "
        f"{len(gone)} of {len(waited)}, {untold} had no message; hub RSS {rss_mb:.0f} MB"
    )


if __name__ == "__main__":
    bench()

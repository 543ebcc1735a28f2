"""Shoppers walk through the pharmacy: nothing that the hub receives, keeps or shows tells it."""

import csv
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import shapely

from edge_agent.messages import FixRow
from hub_server.demo import __main__ as demo
from hub_server.demo import processes as demo_processes
from hub_server.demo.files import Scene
from store_maps import corner_market
from tests.e2e.conftest import RunningStore
from tests.e2e.shopper import Shopper
from tests.e2e.walks import record, round_trip
from tests.e2e.wiretap import Wiretap, broker_port

pytestmark = pytest.mark.timeout(240)

MARKET = corner_market.load()
PHARMACY = MARKET.zone("pharmacy")
# Offers, the pharmacy's counter, frozen food: each for some seconds.
STOPS = [((10.0, 7.5), 8.0), ((3.0, 3.0), 12.0), ((3.5, 9.0), 12.0)]
TAGS = ["cart-1", "cart-2", "cart-3", "cart-4"]
# Whoever is where when the walk begins: one of the four is at the counter in every second.
WATCH_S = 25.0
# A stream begins with the newest frame, which may be of the second before the last yes.
FRAME_S = 2.5
# What is withheld is the whole level: its centre, and half its diagonal.
ANYWHERE = (15.0, 10.0)


@pytest.fixture
def walked_store(
    mosquitto: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[RunningStore]:
    """Broker, hub and agent; four carts go round through the pharmacy."""
    assert mosquitto
    recording = tmp_path / "round.csv"
    record(recording, MARKET, round_trip(MARKET, STOPS), TAGS)
    folder = tmp_path / "store"
    folder.mkdir()
    scene = Scene(map_path=corner_market.path(), tags=TAGS, recording=recording)
    running = demo.Demo(scene, folder, demo_processes.free_port())
    try:
        phones = running.start()
        yield RunningStore(folder, running, phones, capsys.readouterr().out)
        running.check()
    finally:
        running.stop()


class Stream:
    """A page's live frames, read in a thread of its own."""

    def __init__(self, http: httpx.Client, path: str) -> None:
        self.frames: list[dict[str, Any]] = []
        self._http = http
        self._path = path
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def close(self) -> None:
        """A frame comes every second; the next one ends it."""
        self._is_over.set()
        self._thread.join()

    def _read(self) -> None:
        with self._http.stream("GET", self._path) as answer:
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    self.frames.append(json.loads(line.removeprefix("data:")))
                if self._is_over.is_set():
                    return


def codes(folder: Path) -> list[str]:
    with (folder / "tags.csv").open() as file:
        return [row["code"] for row in csv.DictReader(file)]


@contextmanager
def manager(store: RunningStore) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=store.origin, headers={"X-Instep": "1"}, timeout=30) as http:
        body = {"user": store.user, "password": store.password}
        http.post("/api/login", json=body).raise_for_status()
        yield http


def is_quiet(x_m: float, y_m: float) -> bool:
    return bool(shapely.contains_xy(PHARMACY.polygon, x_m, y_m))


def rows_of(tap: Wiretap) -> list[FixRow]:
    return [row for fixes in tap.of("fixes") for row in fixes.rows]


def names_it(text: bytes) -> bool:
    return any(name.lower().encode() in text.lower() for name in (PHARMACY.id, PHARMACY.name))


def test_a_walk_through_the_pharmacy_is_told_nowhere(walked_store: RunningStore) -> None:
    store = walked_store
    shoppers = [Shopper(store.origin) for _ in TAGS]
    with Wiretap(broker_port(store.folder)) as tap, manager(store) as http:
        for shopper, code in zip(shoppers, codes(store.folder), strict=True):
            shopper.yes(code).raise_for_status()
        time.sleep(FRAME_S)
        floor = Stream(http, "/api/floor/live")
        phones = [Stream(shopper.http, "/api/phone/live") for shopper in shoppers]
        for _ in range(round(WATCH_S / 5)):
            for shopper in shoppers:
                shopper.post("heartbeat", visible=True).raise_for_status()
            time.sleep(5)
        for stream in (floor, *phones):
            stream.close()
    for shopper in shoppers:
        shopper.close()
    nothing_on_the_wire(tap)
    nothing_on_the_floor(floor.frames)
    nothing_on_the_phones([frame for phone in phones for frame in phone.frames])
    nothing_on_disk(store.folder)


def nothing_on_the_wire(tap: Wiretap) -> None:
    """Of what the hub is subscribed to, and of what it answers."""
    rows = rows_of(tap)
    zones = {row.zone for row in rows}
    assert len(zones - {None}) >= 2
    withheld = [row for row in rows if (row.x_m, row.y_m) == ANYWHERE]
    print(f"\n{len(withheld)} of {len(rows)} fixes were withheld")
    assert len(withheld) >= WATCH_S / 5
    assert {(row.zone, row.zone_p, row.radius_m) for row in withheld} == {(None, 0.0, 18.03)}
    assert [row for row in rows if is_quiet(row.x_m, row.y_m)] == []
    assert any(told.rows for told in tap.of("stays"))
    assert not names_it(tap.bytes())


def nothing_on_the_floor(frames: list[dict[str, Any]]) -> None:
    assert len(frames) >= WATCH_S / 5
    assert not names_it(json.dumps(frames).encode())
    for frame in frames:
        assert frame["shoppers_count"] == len(TAGS)
        known = sum(zone["count"] for zone in frame["zones"])
        assert known + frame["unknown_count"] == len(TAGS)
        assert [zone for zone in frame["zones"] if zone["dwell_s"] and not zone["count"]] == []
        for dot in frame["dots"]:
            assert not is_quiet(dot["x_m"], dot["y_m"])
            assert (dot["x_m"], dot["y_m"]) != ANYWHERE
    assert max(frame["unknown_count"] for frame in frames) > 0


def nothing_on_the_phones(frames: list[dict[str, Any]]) -> None:
    """The shopper's own page says that the place is not known, and draws no dot for it."""
    assert not names_it(json.dumps(frames).encode())
    assert {frame["state"] for frame in frames} == {"located", "unknown"}
    for frame in frames:
        place = frame["place"]
        assert (place is None) == (frame["state"] == "unknown")
        if place is not None:
            assert not is_quiet(place["x_m"], place["y_m"])
            assert (place["x_m"], place["y_m"]) != ANYWHERE


def nothing_on_disk(folder: Path) -> None:
    """Database, write-ahead log, outbox and logs."""
    files = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {"hub.sqlite3", "hub.sqlite3-wal", "outbox.db", "hub.log", "agent.log"} <= files.keys()
    assert re.search(
        rb"frozen|offers|dairy|queue|snacks", files["hub.sqlite3"] + files["hub.sqlite3-wal"]
    )
    assert [name for name, content in files.items() if names_it(content)] == []

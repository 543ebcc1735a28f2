"""From a BLE advertisement to a message on the phone, p50 and p99: every part real but the air.

    python tests/bench/journey.py

Real Mosquitto, `hub-server run`, an agent of the real parts (roster, locator, stays, outbox, link)
and phones over SSE. Tags follow a script through simulated air. The clock starts when the first
packet is heard of a tag that is in the zone, and stops when the phone has the frame with the
message. Included: the packets that it takes until the zone is believed (0.8), the locator's step
of 1 s and its wait for other Pis, the broker, the decision and its COMMIT, HTTP. Not included: a
campaign's own dwell (here `dwell_s >= 0`), and a browser's drawing.
"""

import asyncio
import contextlib
import csv
import json
import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, Literal, NamedTuple

import httpx
import msgspec
import numpy as np

from edge_agent import settings
from edge_agent.assembly import assemble
from edge_agent.messages import Fixes, decode
from edge_agent.roster import Roster
from edge_agent.sighting import Sighting
from edge_agent.simulated_air import Air
from edge_agent.simulated_radio import TICK_S
from hub_server.decision.limits import ZONE_P_MIN
from hub_server.demo import __main__ as demo
from hub_server.demo import files as demo_files
from hub_server.demo import processes as demo_processes
from store_maps import corner_market
from store_maps.floor_grid import FloorGrid
from tests.e2e.wiretap import Wiretap

STORE: Final = "corner-market"
ZONE: Final = "produce"
TAGS: Final = 50
ROUNDS: Final = 3
# Up to two seconds apart, so that the locator's seconds are met at every phase.
SPREAD_S: Final = 2.0
# A walker stands before the zone's border, crosses it, and stands in the zone.
WAIT_S: Final = 8.0
WALK_M_PER_S: Final = 1.1
BEFORE_M: Final = (26.0, 2.5)
INSIDE_M: Final = (26.0, 9.0)
BORDER_Y_M: Final = 5.0
# Far above what is measured; who gets no message by then is counted as such.
PATIENCE_S: Final = 45.0
HEARTBEAT_S: Final = 4.0
CAMPAIGN: Final = {
    "id": "arrived",
    "kind": "guide",
    "topic": "bench",
    "usefulness": 0.9,
    "expiry_s": 60,
    "when": {
        "all": [
            {"field": "zone", "op": "is", "value": ZONE},
            {"field": "dwell_s", "op": ">=", "value": 0},
        ]
    },
    "words": {
        language: {"title": "Here", "text": "You are here.", "why": "Because you are here."}
        for language in ("en", "de")
    },
}

How = Literal["walks in", "appears"]


class Taken(NamedTuple):
    """One message that came, in seconds."""

    how: How
    all_s: float
    """First packet in the zone to the frame on the phone."""
    sure_s: float
    """The end of the second whose packets made the zone sure to the frame on the phone."""
    said_s: float
    """The hub's decision to the frame on the phone."""


def how(tag: str) -> How:
    """Every other tag walks."""
    return "walks in" if int(tag.rpartition("-")[2]) % 2 else "appears"


class Scripted:
    """A source: each tag plays its script from the moment that it is paired."""

    def __init__(self, tags: list[str], roster: Roster, journal: Path) -> None:
        self.strangers_count = 0
        self.radio: Literal["ok", "missing", "off", "silent", "none"] = "ok"
        self._tags = tags
        self._roster = roster
        self._journal = journal.open("a", buffering=1)
        floor_map = corner_market.load()
        self._grid = FloorGrid.build(floor_map)
        self._rng = np.random.default_rng(5)
        self._air = Air(floor_map, self._grid, len(tags), 1.0, self._rng)
        self._began: dict[str, tuple[str, float]] = {}
        """Tag -> (handle, when its script begins)."""
        self._noted: set[str] = set()

    async def __aiter__(self) -> AsyncIterator[list[Sighting]]:
        while True:
            await asyncio.sleep(TICK_S)
            yield self._tick(time.monotonic())

    def _tick(self, now_s: float) -> list[Sighting]:
        spots = [self._spot(tag, now_s) for tag in self._tags]
        xy_m = np.array([spot or BEFORE_M for spot in spots])
        cells = self._grid.cell_at(xy_m[:, 0], xy_m[:, 1], 0).astype(np.int32)
        heard = self._air.packets(xy_m, cells, np.zeros(len(cells), np.int32), TICK_S)
        found = []
        for tag, anchor, rssi_dbm in zip(heard.tag, heard.anchor, heard.rssi_dbm, strict=True):
            spot, name = spots[tag], self._tags[tag]
            if spot is None:
                continue
            handle = self._began[name][0]
            # Stamped as on a radio: when the packet reaches the program.
            found.append(Sighting(handle, self._air.anchor_ids[anchor], float(rssi_dbm), now_s))
            if spot[1] >= BORDER_Y_M and handle not in self._noted:
                self._noted.add(handle)
                self._journal.write(f"{name} {handle} {now_s}\n")
        return found

    def _spot(self, tag: str, now_s: float) -> tuple[float, float] | None:
        """Where the tag is; None while it is silent or nobody's."""
        handle = self._roster.admit(tag, now_s)
        if handle is None:
            return None
        if self._began.get(tag, ("", 0.0))[0] != handle:
            self._began[tag] = (handle, now_s + float(self._rng.uniform(0, SPREAD_S)))
        since_s = now_s - self._began[tag][1]
        if since_s < 0:
            return None
        if how(tag) == "appears":
            return INSIDE_M
        y_m = BEFORE_M[1] + WALK_M_PER_S * max(0.0, since_s - WAIT_S)
        return INSIDE_M[0], min(y_m, INSIDE_M[1])


def run_agent(config: Path, journal: Path) -> None:
    """`edge-agent run` with the script in the place of the radio."""
    agent = assemble(settings.load(config), None)
    roster = agent._parts.roster
    source = Scripted(names(), roster, journal)
    agent._parts = msgspec.structs.replace(agent._parts, source=source, plays_all=False)
    asyncio.run(agent.run(asyncio.Event()))


def names() -> list[str]:
    """The tags."""
    return [f"tag-{number}" for number in range(TAGS)]


class Store:
    """Broker, hub and agent in a folder, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = demo_files.Ports(
            http=demo_processes.free_port(), mqtt=demo_processes.free_port()
        )
        self._env = {**os.environ, "INSTEP_SALT": "of-the-journey-bench"}
        self._children: list[demo_processes.Child] = []
        self.origin = f"http://127.0.0.1:{self._ports.http}"
        self.journal = folder / "journal"
        self.journal.touch()

    def start(self) -> None:
        """Write the files and start everything."""
        scene = demo_files.Scene(map_path=corner_market.path(), tags=names())
        codes = demo_files.new_codes(scene)
        demo_files.write_files(scene, self._folder, self._ports, codes)
        document = {"format": "campaigns", "version": 1, "campaigns": [CAMPAIGN]}
        campaigns = self._folder / "campaigns.json"
        campaigns.write_text(json.dumps(document))
        config = self._folder / "hub.toml"
        usual = demo_files.toml(demo_files.OWN_CAMPAIGNS)
        config.write_text(config.read_text().replace(usual, demo_files.toml(campaigns)))
        hub = demo_processes.program("hub-server")
        tags = str(self._folder / "tags.csv")
        demo_processes.run_once([hub, "tags", "import", str(config), tags], self._env)
        self._launch("broker", demo.broker_command(self._folder), self._ports.mqtt)
        self._launch("hub", [hub, "run", str(config)], self._ports.http)
        edge = str(self._folder / "agent.toml")
        # The demo's pace is for a coffee break; here a second is one.
        edge_text = Path(edge).read_text()
        Path(edge).write_text(edge_text.replace(f"pace = {demo_files.PACE}", "pace = 1.0"))
        self._launch("agent", [sys.executable, __file__, edge, str(self.journal)], None)

    def codes(self) -> dict[str, str]:
        """The code of each tag."""
        with (self._folder / "tags.csv").open() as file:
            return {row["tag"]: row["code"] for row in csv.DictReader(file)}

    def packets(self) -> dict[str, tuple[str, float]]:
        """Each tag's newest handle, and when its first packet in the zone was heard."""
        lines = [line.split() for line in self.journal.read_text().splitlines()]
        return {tag: (handle, float(at_s)) for tag, handle, at_s in lines}

    def wiretap(self) -> Wiretap:
        """What agents and hub say to each other."""
        return Wiretap(self._ports.mqtt)

    def stop(self) -> None:
        """End everything."""
        for child in reversed(self._children):
            child.stop()

    def _launch(self, name: str, command: list[str], port: int | None) -> None:
        child = demo_processes.Child(name, command, self._folder, self._env)
        self._children.append(child)
        if port is not None:
            demo_processes.wait_for(port, child)


def sure_at_s(tap: Wiretap, handle: str) -> float:
    """The end of the second after which the handle's zone was sure enough for a message."""
    for (topic, payload), came_s in zip(tap.heard, tap.came_s, strict=False):
        if topic.endswith("/fixes") and handle.encode() in payload:
            fixes = decode("fixes", payload)
            for row in fixes.rows if isinstance(fixes, Fixes) else ():
                if row.handle == handle and row.zone == ZONE and row.zone_p >= ZONE_P_MIN:
                    return came_s - row.age_ms / 1000
    return math.nan


async def take(store: Store, tap: Wiretap, tag: str, code: str) -> Taken | None:
    """One visit, to its first message; None where none came."""
    headers = {"X-Instep": "1"}
    async with httpx.AsyncClient(base_url=store.origin, headers=headers, timeout=60) as phone:
        (await phone.post("/api/phone/yes", json={"code": code})).raise_for_status()
        visible = asyncio.create_task(stay_visible(phone))
        try:
            async with asyncio.timeout(PATIENCE_S):
                at_s, said_ms = await first_message(phone)
        except TimeoutError:
            return None
        finally:
            visible.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await visible
            await phone.post("/api/phone/leave")
        # Both processes read the machine's one monotonic clock; the hub's decision is on the wall.
        said_s = time.time() - (time.monotonic() - at_s) - said_ms / 1000
        handle, heard_s = store.packets()[tag]
        return Taken(how(tag), at_s - heard_s, at_s - sure_at_s(tap, handle), said_s)


async def stay_visible(phone: httpx.AsyncClient) -> None:
    """The page is open and says so."""
    while True:
        await phone.post("/api/phone/heartbeat", json={"visible": True})
        await asyncio.sleep(HEARTBEAT_S)


async def first_message(phone: httpx.AsyncClient) -> tuple[float, int]:
    """When the first frame with a message came, and when the hub says that it decided."""
    async with phone.stream("GET", "/api/phone/live") as live:
        async for line in live.aiter_lines():
            if line.startswith("data:") and '"decision"' in line:
                at_s = time.monotonic()
                message = json.loads(line.removeprefix("data:"))["messages"][0]
                return at_s, int(message["at_ms"])
    text = "the hub closed the stream"
    raise RuntimeError(text)


async def measure(store: Store) -> list[Taken | None]:
    """All visits, a round of every tag at a time."""
    taken: list[Taken | None] = []
    with store.wiretap() as tap:
        for _ in range(ROUNDS):
            visits = [take(store, tap, tag, code) for tag, code in store.codes().items()]
            taken += await asyncio.gather(*visits)
    return taken


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp(prefix="instep-bench-"))
    store = Store(folder)
    try:
        store.start()
        taken = asyncio.run(measure(store))
    finally:
        store.stop()
        shutil.rmtree(folder, ignore_errors=True)
    came = [one for one in taken if one is not None]
    print(f"advertisement to message on the phone, {TAGS} tags, {len(came)} messages:")
    for kind, told in (
        ("walks in", "first packet beyond the border that one walks over -> phone"),
        ("appears", "first packet of a tag that begins inside the zone -> phone"),
    ):
        show(told, [one.all_s for one in came if one.how == kind])
    show(
        "  of that, the second whose packets made it sure (0.8) -> phone", [t.sure_s for t in came]
    )
    show("  of that, the hub's decision -> phone", [one.said_s for one in came])
    print(f"  no message within {PATIENCE_S:.0f} s: {len(taken) - len(came)} of {len(taken)}")


def show(what: str, seconds: list[float]) -> None:
    """A line of percentiles."""
    p50, p99 = np.nanpercentile(seconds, [50, 99])
    print(f"  {what:<66} p50 {p50:6.3f} s   p99 {p99:6.3f} s   ({len(seconds)})")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        run_agent(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        main()

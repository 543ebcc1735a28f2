"""An agent with everything real around it but the radio and the broker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np

from edge_agent.agent import Agent, Parts
from edge_agent.locator import Locator
from edge_agent.messages import (
    Fixes,
    Identity,
    Leaf,
    Message,
    Sightings,
    Status,
    TagRow,
    Tags,
    encode,
)
from edge_agent.mqtt_link import Inbox
from edge_agent.outbox import Outbox
from edge_agent.radio_map import RadioMap
from edge_agent.roster import Roster
from edge_agent.sighting import Sighting
from edge_agent.stays import STAY_LAG_S, StayTracker
from store_maps import corner_market
from store_maps.floor_grid import FloorGrid

STATUS: Final = Status(up=True, boot="boot", locate=True, term=7, map_sha="a" * 64, version="0")
NOW_S: Final = 1000.5


class Hearing:
    """A source that yields what the test puts in."""

    def __init__(self) -> None:
        self.strangers_count = 0
        self.radio: Literal["ok", "missing", "off", "silent", "none"] = "ok"
        self.batches: asyncio.Queue[list[Sighting] | None] = asyncio.Queue()

    async def __aiter__(self) -> AsyncIterator[list[Sighting]]:
        while (batch := await self.batches.get()) is not None:
            yield batch


class Wire:
    """An uplink that keeps what goes up."""

    def __init__(self, on_flush: Callable[[], object] = lambda: None) -> None:
        self.on_flush = on_flush
        self.sent: list[tuple[Leaf, Message]] = []
        self.flushes = 0
        self.work: Callable[[Inbox], Awaitable[object]] = lambda _: asyncio.Event().wait()

    def publish(self, leaf: Leaf, message: Message) -> bool:
        # What cannot be encoded would fail here as on the real link.
        encode(message)
        self.sent.append((leaf, message))
        return True

    def flush(self, now_s: float) -> None:
        assert now_s > 0
        self.flushes += 1
        self.on_flush()

    async def run(self, inbox: Inbox) -> None:
        await self.work(inbox)

    def rows(self, leaf: Leaf) -> list[list[object]]:
        """All rows of one kind, as lists."""
        messages = [message for name, message in self.sent if name == leaf]
        return [
            list(msgspec.structs.astuple(row))
            for message in messages
            if isinstance(message, Fixes | Sightings)
            for row in message.rows
        ]


class Clock:
    """The sightings' clock, by hand."""

    def __init__(self) -> None:
        self.now_s = NOW_S

    def __call__(self) -> float:
        return self.now_s


class Rig:
    """An agent in the corner market and all its surroundings."""

    def __init__(self, folder: Path, *, locates: bool = True, plays_all: bool = True) -> None:
        store = corner_market.load()
        grid = FloorGrid.build(store, 1.0)
        radio_map = RadioMap.defaults(store, grid)
        self.anchors = list(radio_map.anchor_ids)
        self.rssi_dbm: dict[str, list[int]] = {}
        """What the anchors hear of a tag in the middle of a zone."""
        for zone in ("dairy", "produce"):
            middle = store.zone(zone).polygon.centroid
            here = int(np.hypot(*(grid.xy_m - (middle.x, middle.y)).T).argmin())
            self.rssi_dbm[zone] = [round(float(one)) for one in radio_map.expected_dbm[:, here]]
        self.clock = Clock()
        self.source = Hearing()
        self.wire = Wire()
        self.roster = Roster()
        self.outbox = Outbox(folder / "outbox.db", 4096, "boot")
        self.parts = Parts(
            status=STATUS,
            roster=self.roster,
            source=self.source,
            plays_all=plays_all,
            locator=Locator(store, grid, radio_map, lag_s=STAY_LAG_S) if locates else None,
            stays=StayTracker(store, term=7) if locates else None,
            outbox=self.outbox if locates else None,
            clock_s=self.clock,
        )
        self.agent = Agent(self.parts, self.wire)

    def pair(self, *handles: str, withdrawn: tuple[str, ...] = (), ttl_s: float = 60.0) -> None:
        rows = [
            TagRow(handle=one, identities=[Identity(identity=f"id-{one}")], ttl_s=ttl_s)
            for one in handles
        ]
        self.agent.on_tags(Tags(rows=rows, withdrawn=list(withdrawn)))

    def hear(self, handle: str, anchor: int = 0, rssi_dbm: float = -55.0) -> Sighting:
        return Sighting(handle, self.anchors[anchor], rssi_dbm, self.clock.now_s - 0.1)

    def live(self, seconds: int, *handles: str, zone: str = "dairy", add_db: float = 0.0) -> None:
        """Hear `handles` in the middle of a zone for some seconds."""
        for _ in range(seconds):
            self.clock.now_s += 1.0
            for one in handles:
                spots = enumerate(self.rssi_dbm[zone])
                self.agent.take([self.hear(one, anchor, dbm + add_db) for anchor, dbm in spots])
            self.agent.second()

    def stays(self) -> list[tuple[str, str, str]]:
        """(kind, handle, zone) of the rows that wait in the outbox."""
        return [(one.kind, one.handle, one.zone) for one in self.outbox.unacknowledged(99)[1]]

    def walk_over(self, *handles: str) -> None:
        """From the dairy to the produce, as long as fixes know and no stay does yet."""
        self.live(12, *handles)
        # The map wants 6 s there, and the first of these may be too strange to be believed.
        self.live(8, *handles, zone="produce")
        assert {row[5] for row in self.wire.rows("fixes")[-len(handles) :]} == {"produce"}
        assert {zone for _, _, zone in self.stays()} == {"dairy"}

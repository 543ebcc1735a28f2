"""The agent's process of the durability tests: all of it real, but for where its fixes come from.

Roster, stays, outbox, link and loop are the product's; `Wanderers` stands for radio and locator.
What the outbox is given and what it has kept goes to a journal, plain lines of its own file, which
the test compares with the hub.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from edge_agent import clock, settings
from edge_agent.agent import Agent, Parts
from edge_agent.fix import Fix
from edge_agent.messages import Status, StayRow
from edge_agent.mqtt_link import Link
from edge_agent.outbox import Outbox
from edge_agent.roster import Roster
from edge_agent.stays import StayTracker
from edge_agent.term import begin_term
from store_maps import floor_map
from store_maps.floor_map import FloorMap

if TYPE_CHECKING:
    from edge_agent.locator import Locator

# Seconds of the shoppers in a real one: 20 of them change zones some 100 times a second.
SPEED: Final = 20.0
# Two fixes make a change of zone sure; then a shopper stays so often for another second.
STAY_P: Final = 0.5
SURE_P: Final = 0.99


class JournaledOutbox(Outbox):
    """An outbox that tells the journal what it was given, has kept, and was confirmed.

    Lines: ["open", id], ["try", handle, stay, kind, zone], ["kept", last_seq], ["ack", seq].
    """

    def __init__(self, path: Path, max_pages: int, journal: Path) -> None:
        super().__init__(path, max_pages, clock.boot())
        self._journal = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._write(["open", self.id])

    def append(self, rows: Sequence[StayRow]) -> int:  # type: ignore[explicit-override]
        self._write(*(("try", row.handle, row.stay, row.kind, row.zone) for row in rows))
        last_seq = super().append(rows)
        self._write(["kept", last_seq])
        return last_seq

    def acknowledge(self, seq: int) -> None:  # type: ignore[explicit-override]
        name = self.id
        super().acknowledge(seq)
        if self.id == name:
            self._write(["ack", seq])
        else:
            self._write(["open", self.id], ["kept", self.last_seq])

    def _write(self, *lines: Sequence[str | int]) -> None:
        # One write, so that a kill leaves all of the lines or none.
        os.write(self._journal, "".join(f"{json.dumps(line)}\n" for line in lines).encode())


class Wanderers:
    """In the locator's place: every tag of the roster, in one zone of the map after another."""

    unknown_anchors_count = 0

    def __init__(self, store: FloorMap, roster: Roster, enough: Path) -> None:
        self._roster = roster
        self._enough = enough
        self._places = [
            (zone.id, zone.level, zone.polygon.representative_point())
            for zone in store.leaf_zones
            if not zone.sensitive
        ]
        self._random = random.Random()  # noqa: S311 - a walk
        self._at: dict[str, int] = {}
        self._since_s: dict[str, float] = {}
        self._told: list[Fix] = []

    def observe(self, sightings: object) -> None:
        """There are none."""

    def forget(self, tag: str) -> None:
        """As a locator does."""
        self._at.pop(tag, None)

    def step(self, now_s: float) -> list[Fix]:
        """Where everyone is; nobody moves any more once the file `enough` is there."""
        is_enough = self._enough.exists()
        live = sorted(self._roster.live(now_s))
        self._told = [self._fix(tag, now_s, is_enough) for tag in live]
        return self._told

    def settled(self) -> list[Fix]:
        """The same: nothing more is ever learnt."""
        return self._told

    def _fix(self, tag: str, now_s: float, is_enough: bool) -> Fix:  # noqa: FBT001
        is_sure = now_s - self._since_s.get(tag, 0.0) >= 2.0
        if tag not in self._at or (is_sure and not is_enough and self._random.random() > STAY_P):
            self._at[tag] = self._random.randrange(len(self._places))
            self._since_s[tag] = now_s
        zone, level, place = self._places[self._at[tag]]
        return Fix(
            t_s=now_s,
            tag=tag,
            x_m=place.x,
            y_m=place.y,
            radius_m=1.0,
            zone=zone,
            zone_p=SURE_P,
            level=level,
            map_sha="",
            source="radio",
        )


def build(options: argparse.Namespace) -> Agent:
    """The agent, as `assembly` would build it."""
    told = settings.load(options.config)
    store = floor_map.load(Path(told.map or ""))
    folder = Path(told.state_dir)
    folder.mkdir(mode=0o700, exist_ok=True)
    outbox = JournaledOutbox(folder / "outbox.db", options.pages, options.journal)
    term = begin_term(folder / "term", time.time())
    status = Status(
        up=True,
        boot=clock.boot(),
        locate=True,
        term=term,
        map_sha=store.map_sha,
        version="durability",
    )
    began_s = time.monotonic()
    roster = Roster()
    wanderers = Wanderers(store, roster, options.journal.with_name("enough"))
    parts = Parts(
        status=status,
        roster=roster,
        plays_all=True,
        locator=cast("Locator", wanderers),
        stays=StayTracker(store, term=term),
        outbox=outbox,
        clock_s=lambda: began_s + (time.monotonic() - began_s) * SPEED,
        speed=SPEED,
    )
    return Agent(parts, Link(told, None, status, outbox))


async def run(agent: Agent) -> None:
    """Until SIGTERM; a test's SIGKILL asks nobody."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await agent.run(stop)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("journal", type=Path)
    parser.add_argument("--pages", type=int, default=4096)
    asyncio.run(run(build(parser.parse_args())))

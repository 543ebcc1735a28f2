"""Sightings of simulated carts: stands in for every Pi of a store, so that a demo needs none."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from typing import Final, Literal

import msgspec
import numpy as np

from edge_agent.lead_shopper import LeadShopper
from edge_agent.sighting import Sighting
from edge_agent.simulated_air import Air
from edge_agent.simulated_carts import Carts, Crowd, Spot, bay_cells
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

# A batch, and how finely people move: at 1.4 m/s a step of 0.35 m, under a cell.
TICK_S: Final = 0.25
# A clock that jumped (a suspended machine) is made up for this far; older sightings are no news.
CATCH_UP_S: Final = 5.0

Admit = Callable[[str], str | None]
OnTill = Callable[[str, float, tuple[str, ...]], None]
"""Tag's identity, time on the sightings' clock, items."""


class SimulationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulated radio is told."""

    seed: int = 1
    carts_count: int = 20
    lead_tag: str | None = None
    """A tag that waits in the bay until it is paired, then tours the shelves (`LeadShopper`)."""
    lead_zones: tuple[str, ...] = ()
    """Where the lead goes, in this order; empty: every shelf, the nearest first."""
    tag_height_m: float = 1.0
    clock_s: Callable[[], float] = time.monotonic
    """The sightings' clock."""
    on_till: OnTill | None = None


class SimulatedSource:
    """A source of sightings of the tags sim-01, sim-02, … by every anchor of the map.

    The same seed and the same ticks give the same sightings.

    Args:
        floor_map: the store.
        grid: its walkable cells.
        crowd: who walks there.
        admit: identity -> handle; what it does not admit is counted and dropped.
        settings: the rest.
        speed: seconds of `settings.clock_s` in a real one.
    """

    def __init__(
        self,
        floor_map: FloorMap,
        grid: FloorGrid,
        crowd: Crowd,
        admit: Admit,
        settings: SimulationSettings | None = None,
        speed: float = 1.0,
    ) -> None:
        self.radio: Literal["ok", "missing", "off", "silent", "none"] = "ok"
        self.strangers_count = 0
        self._settings = SimulationSettings() if settings is None else settings
        self._admit = admit
        self._speed = speed
        self._now_s = self._settings.clock_s()
        rng = np.random.default_rng(self._settings.seed)
        tags = identities(self._settings.carts_count)
        self._lead = self._lead_shopper(floor_map, grid, rng)
        self._lead_handle: str | None = None
        lead_tag = self._settings.lead_tag
        lead = None if lead_tag is None or self._lead is None else (lead_tag, self._lead)
        extra = [lead_tag] if lead_tag is not None and lead_tag not in tags else []
        self._carts = Carts(floor_map, grid, crowd, [*tags, *extra], lead)
        self._air = Air(floor_map, grid, len(self._carts.tags), self._settings.tag_height_m, rng)

    async def __aiter__(self) -> AsyncGenerator[list[Sighting], None]:
        while True:
            await asyncio.sleep(TICK_S / self._speed)
            yield self.advance(self._settings.clock_s())

    @property
    def truth(self) -> dict[str, Spot]:
        """Where each tag really is; for tests and scores, never for the locator."""
        return self._carts.truth()

    def advance(self, until_s: float) -> list[Sighting]:
        """Live tick by tick up to `until_s` on the sightings' clock; what was heard, by time."""
        self._now_s = max(self._now_s, until_s - CATCH_UP_S)
        heard: list[Sighting] = []
        while self._now_s + TICK_S <= until_s:
            heard += self._tick()
            self._now_s += TICK_S
        return heard

    def _tick(self) -> list[Sighting]:
        handles = [self._admit(tag) for tag in self._carts.tags]
        self._guide_lead(handles)
        self._carts.step(TICK_S)
        self._report_tills()
        packets = self._air.packets(self._carts.xy_m, self._carts.cells, self._carts.levels, TICK_S)
        heard: list[Sighting] = []
        columns = zip(packets.tag, packets.anchor, packets.rssi_dbm, packets.after_s, strict=True)
        for tag, anchor, rssi_dbm, after_s in columns:
            handle = handles[tag]
            if handle is None:
                self.strangers_count += 1
                continue
            at_s = self._now_s + float(after_s)
            heard.append(Sighting(handle, self._air.anchor_ids[anchor], float(rssi_dbm), at_s))
        return heard

    def _guide_lead(self, handles: list[str | None]) -> None:
        """A new pairing sends the lead out, its end brings the cart home."""
        if self._lead is None or self._settings.lead_tag is None:
            return
        handle = handles[self._carts.tags.index(self._settings.lead_tag)]
        if handle == self._lead_handle:
            return
        self._lead_handle = handle
        if handle is None:
            self._lead.go_home()
        else:
            self._lead.begin()

    def _report_tills(self) -> None:
        if self._settings.on_till is not None:
            for purchase in self._carts.purchases:
                self._settings.on_till(purchase.tag, self._now_s, purchase.items)

    def _lead_shopper(
        self, floor_map: FloorMap, grid: FloorGrid, rng: np.random.Generator
    ) -> LeadShopper | None:
        if self._settings.lead_tag is None:
            return None
        bay = bay_cells(floor_map, grid)
        off_centre_m = np.hypot(*(grid.xy_m[bay] - grid.xy_m[bay].mean(axis=0)).T)
        home = bay[int(np.argmin(off_centre_m))]
        return LeadShopper(floor_map, grid, home, self._settings.lead_zones, rng)


def identities(count: int) -> list[str]:
    """What `count` simulated tags advertise: sim-01, sim-02 and so on."""
    return [f"sim-{number:02d}" for number in range(1, count + 1)]

"""Simulated shoppers with a list of which they forget something: truth, fixes, and what a hub says.

The path is the real one: `store_maps` shoppers, the real locator on simulated air, a real hub with
its stage model, one campaign about what is left, a page that is open and read.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge_agent.messages import Fixes, FixRow
from hub_server.campaigns import parse
from hub_server.engine import Session
from hub_server.goods.assortment import Assortment
from hub_server.goods.products import Product
from hub_server.place.routes import Routes
from hub_server.visit.visits import Visit
from models.fix_errors import AROUND_S, STANDING_MPS
from models.located import by_radio
from models.visits import ObservedFix
from store_maps import shoppers
from store_maps.floor_map import FloorMap
from store_maps.habits import Habits
from store_maps.product import Product as Shelved
from store_maps.shop import Shop
from store_maps.visit import Visit as SimulatedVisit
from tests.hub_server.conftest import SALT, Hub

Cells = NDArray[np.int64]

# Of all visits, not half are with a list.
VISITS_PER_LIST: Final = 3
ITEMS_MIN: Final = 4
# How many of the list's things somebody forgets, and how often.
FORGOTTEN: Final = (1, 2, 3, 5)
FORGOTTEN_P: Final = (0.35, 0.35, 0.2, 0.1)
# Nobody came near the shelf of what was forgotten; before that of what was bought, they stood.
FAR_M: Final = 3.5
BEFORE_M: Final = 2.0
TILL_ZONES: Final = frozenset({"checkout", "queue"})
CAMPAIGN: Final = "left"
DOCUMENT: Final = {
    "format": "campaigns",
    "version": 2,
    "campaigns": [
        {
            "id": CAMPAIGN,
            "kind": "guide",
            "topic": "list",
            "usefulness": 0.85,
            "expiry_s": 60,
            "about": "leaving_without",
            "when": {"field": "visit_s", "op": ">=", "value": 60},
            "words": {
                "en": {"title": "Open: {left_count}", "text": "{left_items}", "why": "List."}
            },
        }
    ],
}


class Walk(msgspec.Struct, frozen=True):
    """One visit with a list: the truth."""

    track: NDArray[np.float64]
    """(n, 3) t_s, x_m, y_m at 1 Hz."""
    fixes: Mapping[int, ObservedFix]
    bought: tuple[str, ...]
    forgotten: tuple[str, ...]
    last_s: int
    """When the shopper last stood before the shelf of something bought."""
    tills_s: int
    """When they came to the zone of the tills after that."""


class Told(msgspec.Struct):
    """When a hub said what, in seconds of the visit; None: never."""

    listed_s: int | None = None
    """The list: "on your way out"."""
    meant_s: int | None = None
    """A message is due, whatever other gates say."""
    said_s: int | None = None
    """A message is on the page."""
    named: tuple[str, ...] = ()
    """What it named first."""


class ListHub(Hub):
    """A hub of any map, which says one thing."""

    def __init__(self, folder: Path, floor_map: FloorMap, products: Sequence[Product]) -> None:
        self._floor_map = floor_map
        self._sold = Assortment(products)
        super().__init__(folder)
        self.agent_up()

    def open(self) -> None:  # type: ignore[explicit-override] # typing has it from 3.12 on
        """Start with this map, these products and the campaign."""
        document = msgspec.json.encode(DOCUMENT)
        self.store = msgspec.structs.replace(
            self.store,
            floor_map=self._floor_map,
            assortment=self._sold,
            campaigns=parse(document, self._floor_map, self._sold.products, SALT),
        )
        super().open()


class Stocked:
    """A store whose shelves' things a hub sells.

    Args:
        floor_map: any map with anchors and tills.
        routes: of that map.
        shelved: its products; none: what the simulator puts there.
    """

    def __init__(
        self, floor_map: FloorMap, routes: Routes, shelved: Sequence[Shelved] = ()
    ) -> None:
        self.floor_map = floor_map
        self.routes = routes
        self._shelved = shelved
        grid = routes.grid
        shop = Shop(floor_map, grid, shelved)
        spots = {item: spot for spot in shop.spots for item in spot.items}
        zones = [zone.id for zone in floor_map.leaf_zones]
        self.cells = {item: spot.cell for item, spot in spots.items()}
        self.products = [
            Product(
                item=item,
                name=item,
                category=f"c{spot.cell}",
                # Else the hub may take a thin shelf's other side for where one stands.
                zone=zones[spot.zone] if spot.zone >= 0 else None,
                x_m=float(grid.xy_m[spot.cell][0]),
                y_m=float(grid.xy_m[spot.cell][1]),
                level=grid.level_ids[int(grid.level_index[spot.cell])],
            )
            for item, spot in spots.items()
            if routes.reachable[spot.cell]
        ]
        at_tills = [zone.zone_type in TILL_ZONES for zone in floor_map.leaf_zones]
        self._is_till = np.asarray(grid.zone_mask[at_tills].any(0))

    def walks(self, seed: int, count: int, habits: Habits) -> list[Walk]:
        """Up to `count` visits with a list."""
        made = shoppers.visits(
            self.floor_map,
            self.routes.grid,
            seed,
            VISITS_PER_LIST * count,
            habits=habits,
            products=self._shelved,
        )
        rng = np.random.default_rng([seed, len(made)])
        mine = [one for one in made if one.intent == "list" and len(one.items) >= ITEMS_MIN]
        alone = [one for one in mine if "." not in one.shopper_id][:count]
        if not alone:
            return []
        fixes = by_radio(self.floor_map, [one.track for one in alone], seed)
        pairs = zip(alone, fixes, strict=True)
        walks = [self._walk(one, seen, rng) for one, seen in pairs]
        return [walk for walk in walks if walk is not None]

    def _walk(
        self, visit: SimulatedVisit, fixes: Sequence[ObservedFix], rng: np.random.Generator
    ) -> Walk | None:
        """None where nothing can be forgotten, or nothing was looked at on foot."""
        track = visit.track
        level = self.routes.grid.level_ids[0]
        cells = np.array([self.routes.cell(x_m, y_m, level) for x_m, y_m in track[:, 1:3]])
        bought = [item for item in dict.fromkeys(visit.items) if self._is_sold(item)]
        far = [
            item
            for item in sorted(self.cells)
            if item not in bought
            and self._is_sold(item)
            and self._field_m(item)[cells[cells >= 0]].min() > FAR_M
        ]
        count = min(int(rng.choice(FORGOTTEN, p=FORGOTTEN_P)), len(far))
        before = np.min([self._field_m(item)[cells] for item in bought], axis=0) <= BEFORE_M
        at_tills = (cells >= 0) & self._is_till[cells]
        paid_s = next((one.t_s for one in visit.events if one.kind == "pos"), np.inf)
        is_shopping = (cells >= 0) & ~at_tills & (track[:, 0] < paid_s)
        stood = np.flatnonzero(before & is_shopping & _stands(track))
        if not count or not len(stood):
            return None
        last_s = int(stood[-1])
        came = np.flatnonzero(at_tills[last_s:])
        return Walk(
            track,
            {round(fix.t_s): fix for fix in fixes},
            tuple(bought),
            tuple([far[at] for at in rng.permutation(len(far))[:count]]),
            last_s,
            last_s + int(came[0]) if len(came) else len(track),
        )

    def _is_sold(self, item: str) -> bool:
        return bool(self.routes.reachable[self.cells[item]])

    def _field_m(self, item: str) -> NDArray[np.float64]:
        return self.routes.field(self.cells[item])

    def told(self, walks: Sequence[Walk], *, forgetful: bool = True) -> list[Told]:
        """What a hub says to them.

        Args:
            walks: side by side in one store.
            forgetful: else the list is only what was bought.
        """
        with tempfile.TemporaryDirectory() as folder:
            hub = ListHub(Path(folder), self.floor_map, self.products)
            codes = hub.carts(*(f"cart-{number}" for number in range(len(walks))))
            pairs = zip(codes, walks, strict=True)
            listed = [_Listed(hub, code, walk, forgetful=forgetful) for code, walk in pairs]
            for second in range(max(len(walk.track) for walk in walks)):
                hub.now_s += 1
                rows = [row for one in listed if (row := one.row(second)) is not None]
                sha = self.floor_map.map_sha
                hub.send("fixes", Fixes(term=1, map_sha=sha, rows=rows))
                for one in listed:
                    one.look()
                hub.engine.tick()
                for one in listed:
                    one.hear(second)
            hub.close()
        return [one.told for one in listed]


class _Listed:
    """One shopper of a hub, whose phone is open."""

    def __init__(self, hub: Hub, code: str, walk: Walk, *, forgetful: bool) -> None:
        self._hub = hub
        self._walk = walk
        self._session: Session = hub.yes(code)
        self._handle = hub.handle(self._session)
        self._visit: Visit = hub.engine._desk.own(self._session.cookie)
        self.told = Told()
        rng = np.random.default_rng(len(walk.track))
        items = [*walk.bought, *(walk.forgotten if forgetful else ())]
        for at in rng.permutation(len(items)):
            hub.engine.rooms.aisle.lists.add(self._session.cookie, None, items[at])

    def row(self, second: int) -> FixRow | None:
        """The fix of a second of the visit."""
        fix = self._walk.fixes.get(second)
        if fix is None:
            return None
        radius_m, zone_p = fix.radius_m or 0.0, fix.zone_p or 0.0
        return FixRow(self._handle, 20.0, fix.x_m, fix.y_m, radius_m, fix.zone, zone_p, "L0")

    @property
    def _is_open(self) -> bool:
        """Not once the hub has ended the visit: who paid, or went out and came back."""
        return self._visit.visit in self._hub.engine.roll.visits

    def look(self) -> None:
        """The page is open and seen."""
        if not self._is_open:
            return
        self._hub.engine.heartbeat(self._session.cookie, visible=True)
        for one in self._visit.sent:
            if not one.shown:
                self._hub.engine.receipt(self._session.cookie, one.decision, "shown")

    def hear(self, second: int) -> None:
        """What is said now."""
        if not self._is_open or second >= len(self._walk.track):
            return
        if self.told.meant_s is None and any(one.leaving for one in self._visit.wanted):
            self.told.meant_s = second
        if self.told.said_s is None and self._visit.sent:
            self.told.said_s = second
            self.told.named = self._visit.sent[0].items
        if self.told.listed_s is None:
            view = self._hub.engine.rooms.aisle.lists.view(self._session.cookie)
            self.told.listed_s = second if view.leaving_without else None


def _stands(track: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) whether somebody stands, by the seconds before and after."""
    at = np.arange(len(track))
    ahead, behind = np.minimum(at + AROUND_S, at[-1]), np.maximum(at - AROUND_S, 0)
    moved_m = np.hypot(*(track[ahead, 1:3] - track[behind, 1:3]).T)
    return np.asarray(moved_m / (ahead - behind) < STANDING_MPS)

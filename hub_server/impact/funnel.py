"""Where shoppers drop off, zone by zone: entered, stopped, engaged, bought.

Of each visit that is over, once, so that the counts outlast the persons. A shopper who came in the
month before is no further person.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Row, func, select

from hub_server.database import Database
from hub_server.house import House
from hub_server.impact.headlines import Few, few_at
from hub_server.impact.tallies import Tallies, at, by, with_persons
from hub_server.records.tables import STAYS, VISITS
from hub_server.visit.endings import STILL_S, UNHEARD_S
from hub_server.visit.records import Bought

# Half the shortest time in which a label is read; who walks through a bay of 3 m needs 3 s.
STOPPED_S: Final = 8
# The shorter end of a mean dwell at a shelf (30 to 90 s).
ENGAGED_S: Final = 30
STEPS: Final = ("entered", "stopped", "engaged", "bought")
# The stays of an agent that was cut off come within minutes; later ones miss the funnel.
LATE_MS: Final = 120_000
EVERY_S: Final = 60.0
VISITS_A_PASS: Final = 200
# No manager's figure reaches further back.
WINDOW_MS: Final = 30 * 86_400_000
# The last visit that was counted, as a count of milliseconds; under a day (9999-12-31) that never
# grows old, so that it is not forgotten with the counts of long ago.
MARK: Final = "funnel_mark"
NEVER_S: Final = 253_402_214_400.0
# So long a visit goes on with a cart that is gone, or that nobody moves.
UNSEEN_S: Final[Mapping[str, float]] = {"unheard": UNHEARD_S, "still": STILL_S}

_bought: Final = msgspec.json.Decoder(Bought)


class ZoneSteps(msgspec.Struct, frozen=True, kw_only=True):
    """How many visits came how far in one zone."""

    zone: str
    name: str
    entered: Few
    stopped: Few
    engaged: Few
    bought: Few


class Funnel:
    """Counts the visits of one store."""

    def __init__(
        self,
        database: Database,
        store: str,
        tallies: Tallies,
        zone_of: Callable[[str], str | None],
        names: Mapping[str, str],
    ) -> None:
        self._database = database
        self._store = store
        self._tallies = tallies
        self._zone_of = zone_of
        """In which zone each item stands."""
        self._names = names
        """Of the zones that may be shown."""
        self._next_s = float("-inf")

    def step(self, now_s: float) -> None:
        """Now and then: count the visits that are over."""
        if now_s < self._next_s:
            return
        self._next_s = now_s + EVERY_S
        mark = at(self._tallies.table((MARK,)), MARK, "ended_ms")
        ended = VISITS.c.ended_ms
        fresh = (VISITS.c.store == self._store) & (ended > mark)
        # A store that closes ends all its visits in one millisecond, which a pass must not part.
        passed = (
            select(ended)
            .where(fresh, ended <= round(now_s * 1000) - LATE_MS)
            .order_by(ended)
            .limit(VISITS_A_PASS)
            .subquery()
        )
        last_ms = select(func.max(passed.c.ended_ms)).scalar_subquery()
        over = self._database.read(
            select(
                *(VISITS.c.visit, ended, VISITS.c.reason, VISITS.c.paused_ms, VISITS.c.bought),
                _came_before().label("came_before"),
            )
            .where(fresh, ended <= last_ms)
            .order_by(ended)
        )
        if not over:
            return
        dwells = [self._dwells(row.visit, _seen_until_ms(row)) for row in over]
        with self._tallies.keeping():
            for row, dwell in zip(over, dwells, strict=True):
                bought = {self._zone_of(item) for item in _bought.decode(row.bought).items}
                for what, zone in _steps(dwell, bought):
                    self._tallies.add(what, zone, row.ended_ms / 1000)
                    if not row.came_before:
                        self._tallies.add(by(what), zone, row.ended_ms / 1000)
            self._tallies.add(MARK, "ended_ms", NEVER_S, over[-1].ended_ms - mark)

    def zones(self, since_s: float) -> list[ZoneSteps]:
        """Each zone that anybody entered since, the most visited first."""
        counts = self._tallies.table(with_persons(f"funnel_{step}" for step in STEPS), since_s)
        entered = counts.get("funnel_entered", {})
        shown = [zone for zone in entered if zone in self._names]
        return [
            ZoneSteps(
                zone=zone,
                name=self._names[zone],
                **{step: few_at(counts, f"funnel_{step}", zone) for step in STEPS},
            )
            for zone in sorted(shown, key=lambda one: (-entered[one], one))
        ]

    def _dwells(self, visit: str, until_ms: int) -> dict[str, int]:
        """The longest dwell in each zone that was entered.

        Nobody sees a shopper leave the zone in which the visit ends: they are there until then.
        """
        rows = self._database.read(
            select(STAYS.c.zone, STAYS.c.kind, STAYS.c.at_ms, STAYS.c.dwell_s)
            .where(STAYS.c.visit == visit)
            .order_by(STAYS.c.at_ms, STAYS.c.seq)
        )
        found: dict[str, int] = {}
        for row in rows:
            found[row.zone] = max(found.get(row.zone, 0), row.dwell_s)
        for last in rows[-1:]:
            if last.kind == "enter":
                found[last.zone] = max(found[last.zone], (until_ms - last.at_ms) // 1000)
        return found


def _seen_until_ms(visit: Row[Any]) -> int:
    """Until when the shopper of a visit that is over was where they had last been seen."""
    unseen_ms = round(UNSEEN_S.get(visit.reason, 0.0) * 1000)
    ended_ms = int(visit.ended_ms) - unseen_ms
    return ended_ms if visit.paused_ms is None else min(ended_ms, int(visit.paused_ms))


def _steps(dwells: Mapping[str, int], bought: Collection[str | None]) -> Iterator[tuple[str, str]]:
    """How far a visit came in each zone."""
    for zone, dwell_s in dwells.items():
        reached = (True, dwell_s >= STOPPED_S, dwell_s >= ENGAGED_S, zone in bought)
        for step, is_reached in zip(STEPS, reached, strict=True):
            if is_reached:
                yield f"funnel_{step}", zone


def _came_before() -> ColumnElement[bool]:
    """Whether the shopper of a visit ended another one within the 30 days before it."""
    other = VISITS.alias()
    same = (other.c.shopper == VISITS.c.shopper) & (other.c.visit != VISITS.c.visit)
    since = (other.c.ended_ms > VISITS.c.ended_ms - WINDOW_MS) & (
        other.c.ended_ms <= VISITS.c.ended_ms
    )
    return select(other.c.visit).where(same, since).exists()


def funnel_of(house: House, tallies: Tallies) -> Funnel:
    """The funnel of a store; sensitive zones have none."""
    store = house.store

    def zone_of(item: str) -> str | None:
        product = store.assortment.product(item)
        return product.zone if product else None

    names = {zone.id: zone.name for zone in store.floor_map.leaf_zones if not zone.sensitive}
    return Funnel(house.database, store.settings.store, tallies, zone_of, names)

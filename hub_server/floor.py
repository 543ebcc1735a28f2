"""What the manager sees: counts and heat a zone, stages, agents; never one person's path."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from hub_server.journey.tracks import RADIUS_MAX_M
from hub_server.journeys import Journeys
from hub_server.ops.fleet import Fleet
from hub_server.ops.journey_watch import JourneyWatch
from hub_server.settings import Settings
from hub_server.speaker import Speaker
from hub_server.views.hub import Badge, Dot, FloorFrame, StageView, StoreView, ZoneView
from hub_server.visit.roll import Roll
from hub_server.visit.tags import TagTable
from store_maps.floor_map import FloorMap

# A place that was not measured for this long is unknown.
PLACED_S: Final = 30.0
# Heat is the occupancy of the last two minutes or so: it shows a crowd, not a passer-by.
HEAT_KEEP: Final = 0.99
# More dots than these say nothing and cost the browser.
DOTS_MAX: Final = 200

_encode: Final = msgspec.json.Encoder().encode


class Floor:
    """Builds the floor page's frame."""

    def __init__(
        self,
        settings: Settings,
        floor_map: FloorMap,
        journeys: Journeys,
        tags: TagTable,
        roll: Roll,
        watch: JourneyWatch,
    ) -> None:
        self._settings = settings
        self._store = StoreView(id=floor_map.store_id, name=floor_map.name)
        self._journeys = journeys
        self._tags = tags
        self._roll = roll
        self._watch = watch
        names = {zone.id: zone.name for zone in floor_map.leaf_zones}
        hidden = {zone.id for zone in floor_map.leaf_zones if zone.sensitive}
        ids = journeys.ground.zone_ids
        self._zones = [(i, zone, names[zone]) for i, zone in enumerate(ids) if zone not in hidden]
        self._occupancy = np.zeros(len(ids))

    def frame(
        self,
        fleet: Fleet,
        speaker: Speaker,
        badge: tuple[Badge, float],
        alarms: list[str],
        now_s: float,
    ) -> bytes:
        """The frame at `now_s`, encoded; call it once a second."""
        zone = self._zones_now(now_s)
        counts = self._counts(zone)
        return _encode(
            FloorFrame(
                at_ms=round(now_s * 1000),
                store=self._store,
                simulated=any(tag.simulated for tag in self._tags) and not self._settings.replayed,
                replayed=self._settings.replayed,
                badge=badge[0],
                late_s=round(badge[1], 1),
                shoppers_count=len(self._roll.visits),
                zones=self._zone_views(counts, self._dwells(zone, now_s)),
                unknown_count=len(zone) - sum(counts),
                stages=[
                    StageView(stage=stage, count=count)
                    for stage, count in self._journeys.stage_counts().items()
                ],
                journey=self._watch.view(),
                agents=fleet.views(now_s),
                dots=self._dots(now_s),
                decisions=speaker.counts(),
                messages=speaker.latest(),
                alarms=alarms,
            )
        )

    def _zones_now(self, now_s: float) -> NDArray[np.int64]:
        """The zone of each journey, -1 where it is not known now."""
        zone, _, _ = self._journeys.zones()
        placed = now_s - self._journeys.tracks["placed_s"] <= PLACED_S
        return np.where(placed, zone, -1)

    def _counts(self, zone: NDArray[np.int64]) -> list[int]:
        counts = np.bincount(zone[zone >= 0], minlength=len(self._occupancy))
        self._occupancy = HEAT_KEEP * self._occupancy + (1 - HEAT_KEEP) * counts
        found: list[int] = counts.tolist()
        return found

    def _dwells(self, zone: NDArray[np.int64], now_s: float) -> dict[int, list[float]]:
        """By zone, how long those who are counted there have stayed."""
        dwells: dict[int, list[float]] = {}
        index = self._journeys.ground.zone_index
        for handle, here in zip(self._journeys.handles, zone.tolist(), strict=True):
            stay = self._journeys.open_stays.get(handle)
            # A stay goes on where the place is unknown, e.g. withheld; nobody is shown there.
            if stay is not None and index.get(stay.zone) == here:
                dwells.setdefault(here, []).append(max(now_s - stay.since_s, 0.0))
        return dwells

    def _zone_views(self, counts: list[int], dwells: dict[int, list[float]]) -> list[ZoneView]:
        hottest = max(float(self._occupancy.max(initial=0.0)), 1e-9)
        return [
            ZoneView(
                zone=zone,
                name=name,
                count=counts[i],
                dwell_s=round(float(np.mean(dwells.get(i, [0.0]))), 1),
                heat=round(float(self._occupancy[i]) / hottest, 3),
            )
            for i, zone, name in self._zones
        ]

    def _dots(self, now_s: float) -> list[Dot]:
        dots: list[Dot] = []
        for handle, visit in self._roll.live.items():
            tag = self._tags.by_tag(visit.handles.get(handle, ""))
            if tag is None or not tag.simulated or len(dots) >= DOTS_MAX:
                continue
            journey = self._journeys.at(handle, now_s)
            if journey is None or journey.x_m is None or (journey.last_fix_age_s or 0) > PLACED_S:
                continue
            if journey.zone is None and (journey.radius_m or 0.0) > RADIUS_MAX_M:
                continue
            dots.append(
                Dot(
                    x_m=journey.x_m,
                    y_m=journey.y_m or 0.0,
                    radius_m=journey.radius_m or 0.0,
                    level=journey.level or "",
                )
            )
        return dots

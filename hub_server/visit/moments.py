"""What is known of a visit at one moment: its snapshot, built without the database."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import msgspec

from hub_server.campaigns import Campaign
from hub_server.decision.conditions import clauses
from hub_server.decision.snapshot import (
    ContextSnapshot,
    Reading,
    StageP,
    Waiting,
    Walk,
    Weight,
    heed,
)
from hub_server.goods.assortment import Assortment, Shelf
from hub_server.journeys import Journey
from hub_server.settings import Hours
from hub_server.visit.visits import Past, Visit, Wanted
from store_maps.floor_map import FloorMap, Zone

# Before the first fix nothing is known; a day is older than any limit.
NEVER_S: Final = 86_400.0
_UNKNOWN: Final = StageP()
_EMPTY: Final = Shelf()
_At = tuple[float, int]
"""A second, and the version of what was asked in it."""
_NEVER: Final = (-1.0, -1)
NO_PAST: Final = Past()
# A list is ordered by the walk, and a message speaks of its first: further ones are not measured.
NEAREST: Final = 8


class Feeds(Protocol):
    """What the world tells."""

    @property
    def version(self) -> int:
        """Grows with each change."""
        ...

    def readings(self, now_s: float) -> tuple[Reading, ...]:
        """Every number, with its age."""
        ...


class Walks(Protocol):
    """How far it is to what campaigns lead to."""

    def of(self, x_m: float, y_m: float, level: str, items: Sequence[str]) -> tuple[Walk, ...]:
        """The walk to each target, and to `items`."""
        ...


class Switches(msgspec.Struct, frozen=True):
    """What the store has switched off."""

    killed: bool = False
    """All messages."""
    paused: tuple[str, ...] = ()
    """Campaigns."""
    offers_full: bool = False
    """Offers have had their share."""


class Moments:
    """Builds the snapshot of a visit on one store's map."""

    def __init__(
        self,
        floor_map: FloorMap,
        hours: Hours | None = None,
        campaigns: Sequence[Campaign] = (),
        assortment: Assortment | None = None,
    ) -> None:
        self._hours = hours
        self._zones = {zone.id: zone for zone in floor_map.leaf_zones}
        self.store_name = floor_map.name
        self._timezone = ZoneInfo(floor_map.timezone) if floor_map.timezone else None
        self._minute: tuple[float, int] = (-1.0, 0)
        self._assortment = assortment
        self._named = tuple(sorted({item for one in campaigns for item in _named(one)}))
        self._named_set = frozenset(self._named)
        self._categories = tuple(sorted({name for one in campaigns for name in one.categories}))
        self._shelf: tuple[_At, Shelf] = (_NEVER, _EMPTY)
        self._sold_out: tuple[str, ...] = ()
        """The categories of campaigns of which nothing is left, as old as the shelf."""
        self._read: tuple[_At, tuple[Reading, ...]] = (_NEVER, ())
        self._about = any(one.about for one in campaigns)
        self._measured = {one.about for one in campaigns if one.about and _measures(one)}
        self.switches = Switches()
        """Replaced whole by whoever turns one."""
        self.feeds: Feeds | None = None
        self.walks: Walks | None = None

    def zone_name(self, zone: str | None, language: str) -> str | None:
        """The name of a leaf zone for who reads `language`."""
        found = self._zones.get(zone or "")
        return found.name_in(language) if found else None

    def local_minute(self, now_s: float) -> int | None:
        """Minutes since midnight on the store's clock."""
        if self._timezone is None:
            return None
        # Every change of every clock falls on a whole minute, so one look-up a minute will do.
        begun_s = now_s // 60.0
        if self._minute[0] != begun_s:
            local = datetime.fromtimestamp(begun_s * 60.0, self._timezone)
            self._minute = (begun_s, local.hour * 60 + local.minute)
        return self._minute[1]

    def is_open(self, now_s: float) -> bool:
        """Whether the store is open; always, where nothing says when."""
        minute = self.local_minute(now_s)
        return self._hours is None or minute is None or self._hours.are_open(minute)

    def snapshot(self, visit: Visit, journey: Journey, now_s: float) -> ContextSnapshot:
        """All that a decision on `visit` may rest on.

        What is to stay a surprise is named nowhere in it; who wants just prices and stock has no
        past in it.
        """
        zone = self._zones.get(journey.zone or "")
        mission, choices = visit.mission, visit.choices
        past = NO_PAST if choices.plain else visit.past
        muted, doubted = heed(visit.feedback, now_s) if visit.feedback else ((), ())
        gifts = visit.gift_names
        wanted = [one for one in visit.wanted if one.item not in gifts]
        own = [*[one.item for one in wanted], *past.due_items] if self._about else []
        shelf = self._shelf_of(own, now_s)
        waiting_for, waiting_s = _waiting(visit, journey, now_s)
        switches = self.switches
        return ContextSnapshot(
            at_s=now_s,
            language=visit.language,
            store_name=self.store_name,
            local_minute=self.local_minute(now_s),
            may_locate=visit.may_locate,
            may_message=visit.may_message,
            channel=visit.channel(now_s),
            staff=True,
            paused=visit.paused_s is not None,
            holdout=visit.holdout,
            zone=zone.id if zone else None,
            zone_name=zone.name_in(visit.language) if zone else "",
            zone_type=zone.zone_type if zone else None,
            zone_p=journey.zone_p if zone else 0.0,
            level=journey.level,
            quiet_zone=_is_quiet(zone),
            fix_age_s=NEVER_S if journey.last_fix_age_s is None else journey.last_fix_age_s,
            dwell_s=journey.dwell_s,
            stage=journey.stage,
            stage_p=StageP(**journey.stage_p) if journey.stage_p else _UNKNOWN,
            stage_gate=journey.stage_gate,
            visit_s=max(now_s - visit.opened_s, 0.0),
            waiting_s=waiting_s,
            waiting_for=waiting_for,
            intent=mission.intent,
            for_whom=mission.for_whom,
            value=mission.value,
            minutes_left=mission.minutes_left(now_s),
            plain=choices.plain,
            alone_today=choices.alone_until_s is not None and now_s < choices.alone_until_s,
            zones_visited=tuple(visit.zones),
            bought_items=_open(sorted(visit.bought_items), gifts),
            bought_categories=_open(sorted(visit.bought_categories), gifts),
            paid=visit.paid_s is not None,
            first_visit=past.first_visit,
            owned_items=_open(past.owned_items, gifts),
            owned_categories=_open(past.owned_categories, gifts),
            due_items=_open(past.due_items, gifts),
            due_categories=_open(past.due_categories, gifts),
            returned_items=_open(past.returned_items, gifts),
            disliked_items=_open(past.disliked_items, gifts),
            services_due=past.services_due,
            wanted_items=tuple([one.item for one in wanted]),
            passed_items=tuple([one.item for one in wanted if one.passed]),
            leaving_without=tuple([one.item for one in wanted if one.leaving]),
            gift_marks=tuple(sorted(visit.gift_marks)),
            out_items=_open(shelf.out, gifts),
            out_categories=_open(self._sold_out, gifts),
            stock_unknown_items=_open(shelf.unknown, gifts),
            walks=self._walks_of(journey, wanted, past),
            feeds=self._readings(now_s),
            said=visit.said(),
            said_before=() if choices.plain else visit.said_before,
            muted_topics=_union(muted, choices.muted_topics),
            less_topics=choices.less_topics,
            weights=() if choices.plain else _weights(visit),
            evidence=0 if choices.plain else visit.evidence,
            doubted_zones=doubted,
            sensitive_ok=choices.sensitive_ok,
            surprises=choices.surprises,
            controls=visit.controls,
            ghosted=tuple(visit.ghosts),
            offers_full=switches.offers_full,
            killed=switches.killed,
            paused_campaigns=switches.paused,
            missed_campaigns=visit.missed(now_s),
            resting_campaigns=visit.resting(now_s),
        )

    def _shelf_of(self, others: Iterable[str], now_s: float) -> Shelf:
        """What is out of what campaigns name and of `others`."""
        assortment = self._assortment
        if assortment is None:
            return _EMPTY
        # Counts come by events, and grow too old in a day: once a second is enough.
        at = (now_s // 1.0, assortment.version)
        if self._shelf[0] != at:
            self._shelf = (at, assortment.shelf(self._named, now_s))
            self._sold_out = assortment.sold_out(self._categories, now_s)
        named = self._shelf[1]
        more = [item for item in others if item not in self._named_set]
        if not more:
            return named
        found = assortment.shelf(more, now_s)
        return Shelf(_union(named.out, found.out), _union(named.unknown, found.unknown))

    def _readings(self, now_s: float) -> tuple[Reading, ...]:
        if self.feeds is None:
            return ()
        at = (now_s // 1.0, self.feeds.version)
        if self._read[0] != at:
            self._read = (at, self.feeds.readings(now_s))
        return self._read[1]

    def _walks_of(self, journey: Journey, wanted: list[Wanted], past: Past) -> tuple[Walk, ...]:
        if self.walks is None or journey.level is None:
            return ()
        if journey.x_m is None or journey.y_m is None:
            return ()
        items = self._items_to_walk_to(wanted, past) if self._measured else ()
        return self.walks.of(journey.x_m, journey.y_m, journey.level, items)

    def _items_to_walk_to(self, wanted: list[Wanted], past: Past) -> list[str]:
        """Of the moment's own items, those that some campaign asks the way to."""
        on_list = {
            "wanted_items": wanted[:NEAREST],
            "passed_items": [one for one in wanted if one.passed],
            "leaving_without": [one for one in wanted if one.leaving],
        }
        asked = [one.item for about in self._measured for one in on_list.get(about, ())]
        due = past.due_items[:NEAREST] if "due_items" in self._measured else ()
        return sorted({*asked, *due})


def _named(campaign: Campaign) -> set[str]:
    """Items whose stock its gates or its condition ask for."""
    asked = [one.value for one in clauses(campaign.condition) if one.field == "out_items"]
    return {
        *campaign.items,
        *[one for one in asked if isinstance(one, str)],
        *[item for one in asked if isinstance(one, tuple) for item in one],
    }


def _measures(campaign: Campaign) -> bool:
    return campaign.walk_m_max is not None or "metres" in campaign.slots


def _open(names: Sequence[str], gifts: Collection[str]) -> tuple[str, ...]:
    """`names` without what is to stay a surprise."""
    if not gifts:
        return tuple(names)
    return tuple([name for name in names if name not in gifts])


def _union(some: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    if not more:
        return some
    return tuple(sorted({*some, *more}))


def _weights(visit: Visit) -> tuple[Weight, ...]:
    if not visit.weights:
        return ()
    return tuple([Weight(topic, w) for topic, w in sorted(visit.weights.items()) if w != 1.0])


def _waiting(visit: Visit, journey: Journey, now_s: float) -> tuple[Waiting | None, float]:
    """(for what, for how long) the shopper waits."""
    if journey.waiting_s > 0.0:
        return "service" if journey.zone_type == "service" else "queue", journey.waiting_s
    if visit.order_since_s is not None:
        return "order", max(now_s - visit.order_since_s, 0.0)
    return None, 0.0


def _is_quiet(zone: Zone | None) -> bool:
    return zone is not None and (zone.sensitive or not zone.messages_allowed)

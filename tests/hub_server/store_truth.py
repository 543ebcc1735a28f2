"""What is true of a store whose hub is tested: its settings, its campaigns, each person in it."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from hub_server.decision.caps import Cap
from hub_server.decision.limits import Limits

TAGS: Final = ("cart-1", "cart-2", "cart-3")
PHONES: Final = ("ann", "bob", "cy", "dee")
# The map says of its queue that nobody is spoken to there.
QUIET_ZONE: Final = "queue"
ZONES: Final = ("entrance", "produce", "pasta", QUIET_ZONE)
EXPIRY_S: Final = 12.0
# The locator names the zone anew each second, and a decision is carried out within the next one.
SETTLED_S: Final = 2.0
# README: a zone that is called the wrong place is left alone for ten minutes.
DOUBTED_S: Final = 600.0
HOUR_S: Final = 3600.0
# A browser's keys, of a point on the curve.
P256DH: Final = (
    "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
)
AUTH: Final = "AAAAAAAAAAAAAAAAAAAAAA"
BERLIN: Final = ZoneInfo("Europe/Berlin")
PROMOTION: Final = frozenset({"offer", "inform", "remind", "delight"})


class Good(msgspec.Struct, frozen=True):
    """An item that a campaign is about."""

    name: str
    category: str
    zone: str
    """Where it is spoken of."""


# Two of one category, so that a cap on it can be met.
GOODS: Final = {
    "1001": Good("Bananas", "fruit", "entrance"),
    "1002": Good("Apples Elstar 1 kg", "fruit", "produce"),
    "1028": Good("Spaghetti, 500 g", "pasta", "pasta"),
}


class Said(msgspec.Struct, frozen=True):
    """What one campaign of the store is."""

    kind: str
    topic: str
    zone: str | None
    """Where alone it speaks; None: anywhere."""
    item: str | None = None
    cap_per_visit: int = 3


# Two topics, so that what is not wanted any more is soon said elsewhere.
CAMPAIGNS: Final = {
    "guide.entrance": Said("guide", "ways", "entrance"),
    "offer.entrance": Said("offer", "goods", "entrance", "1001"),
    "remind.produce": Said("remind", "goods", "produce", "1002", cap_per_visit=1),
    "help.produce": Said("help", "ways", "produce"),
    "service.produce": Said("service", "ways", "produce"),
    "inform.pasta": Said("inform", "ways", "pasta"),
    "offer.pasta": Said("offer", "goods", "pasta", "1028"),
    "reassure.pasta": Said("reassure", "goods", "pasta"),
    "help.queue": Said("help", "ways", QUIET_ZONE),
    "help.anywhere": Said("help", "goods", None, cap_per_visit=1),
}


class World(msgspec.Struct, frozen=True):
    """How one store is set: in each, another gate is the one that binds."""

    caps: tuple[Cap, ...] = ()
    quiet: tuple[str, str] = ("16:28", "16:36")
    """Visits begin at 16:13 by the store's clock."""

    @property
    def limits(self) -> Limits:
        """Offers from the first second on, since a visit here lasts minutes."""
        from_, to = self.quiet
        return Limits(
            first_visit_s=0.0, offer_share_max=1.0, caps=self.caps, quiet_from=from_, quiet_to=to
        )


# Issue 2 and DESIGN: what a visit may get at most.
STANDARD: Final = World(
    caps=(Cap(per="person", limit=3), Cap(per="channel", limit=1, of="push")),
)
WORLDS: Final = {
    "no caps": World(),
    "standard": STANDARD,
    "person": World(
        caps=(Cap(per="person", limit=1), Cap(per="person", limit=2, hours=24.0)),
    ),
    "channel": World(caps=(Cap(per="channel", limit=1, of="push"),)),
    "kind": World(caps=(Cap(per="kind", limit=1), Cap(per="kind", limit=2, hours=24.0))),
    "category": World(caps=(Cap(per="category", limit=1, hours=24.0),)),
    "campaign": World(caps=(Cap(per="campaign", limit=1, hours=168.0),)),
    "quiet": World(quiet=("16:16", "16:31")),
    "quiet nights": World(quiet=("16:20", "02:00")),
}


def document() -> bytes:
    """Campaigns that speak as often as they may; what is about an item is the most useful."""
    entries = []
    for name, said in CAMPAIGNS.items():
        text = "Something is here." if said.item is None else f"{GOODS[said.item].name} are here."
        entry = {
            "id": name,
            "kind": said.kind,
            "topic": said.topic,
            "usefulness": 0.9 if said.item is None else 1.0,
            "expiry_s": EXPIRY_S,
            "cap_per_visit": said.cap_per_visit,
            "when": {"field": "dwell_s", "op": ">=", "value": 1},
            "words": {"en": {"title": "Here", "text": text, "why": "You are."}},
        }
        if said.zone is not None:
            entry["for_zone"] = said.zone
        if said.item is not None:
            entry["items"] = [said.item]
            # The cap per category counts what a campaign says it is about.
            entry["categories"] = [GOODS[said.item].category]
        if said.kind in PROMOTION:
            entry["control_share"] = 0.1
        entries.append(entry)
    return msgspec.json.encode({"format": "campaigns", "version": 2, "campaigns": entries})


class Reached(msgspec.Struct):
    """A message that somebody saw, or whose push was taken."""

    visit: str
    campaign: str
    at_s: float
    """When it was said."""
    by_push: bool = False

    def keys(self, cap: Cap) -> set[str]:
        """Under what `cap` counts it; nothing: not at all."""
        said = CAMPAIGNS[self.campaign]
        if said.kind == "service":
            return set()
        found = {
            "person": "",
            "channel": "push" if self.by_push else "page",
            "kind": said.kind,
            "category": GOODS[said.item].category if said.item else None,
            "campaign": self.campaign,
        }[cap.per]
        return {found} if found is not None and cap.of in {None, found} else set()


class Person(msgspec.Struct):
    """The truth about whoever holds a phone: the next visit too, where it is remembered."""

    remembered_s: float | None = None
    """Since when; None: each visit is somebody new."""
    muted: set[str] = set()
    gifts: set[str] = set()
    alone_on: str | None = None
    """The day on which nothing more is to be said."""
    diary: list[Reached] = []
    """What reached them while they were remembered."""


class Party(msgspec.Struct):
    """The truth about one visit."""

    name: str
    """The visit's code."""
    owner: str
    """The phone that said yes first."""
    person: Person
    """Whose phone that is."""
    is_spared: bool
    """Holdout, as it was drawn when the visit began."""
    phones: set[str]
    carts: set[str]
    paused: bool = False
    withdrawn: set[str] = set()
    bought: set[str] = set()
    doubted: dict[str, tuple[str, float]] = {}
    """By decision that was in the wrong place: where, and when it was said."""
    reached: dict[str, Reached] = {}
    """By decision."""

    def over(self, fresh: Reached, caps: tuple[Cap, ...]) -> str | None:
        """Per what `fresh`, which is among what reached the visit, is one too many; None: fits."""
        own = Cap(per="campaign", limit=CAMPAIGNS[fresh.campaign].cap_per_visit)
        for cap in (own, *caps):
            counted = [
                one for one in self._within(cap, fresh.at_s) if fresh.keys(cap) & one.keys(cap)
            ]
            if len(counted) > cap.limit:
                return cap.per
        return None

    def _within(self, cap: Cap, at_s: float) -> list[Reached]:
        if cap.hours is None:
            return list(self.reached.values())
        person = self.person
        known = person.diary if person.remembered_s is not None else []
        others = [one for one in known if one.visit != self.name]
        since_s = at_s - cap.hours * HOUR_S
        return [one for one in (*others, *self.reached.values()) if one.at_s > since_s]


def at(now_s: float) -> str:
    """RFC 3339."""
    return datetime.fromtimestamp(now_s, UTC).isoformat()


def day(now_s: float) -> str:
    """The day on the store's clock."""
    return datetime.fromtimestamp(now_s, BERLIN).strftime("%Y-%m-%d")


def is_quiet(world: World, now_s: float) -> bool:
    """Whether these are quiet hours on the store's clock."""
    clock = datetime.fromtimestamp(now_s, BERLIN).strftime("%H:%M")
    from_, to = world.quiet
    return from_ <= clock < to if from_ <= to else clock >= from_ or clock < to

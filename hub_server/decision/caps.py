"""How often is enough: caps by person, category, campaign, channel and kind, in rolling windows.

Every rule that applies must have room, so the strictest wins. What counts is a campaign's id, which
an edit keeps; rules are looked up anew at each decision, so that a changed cap counts what was said
under the old one. `reservations` holds the same rules against the database.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Annotated, Final, Literal, Protocol

import msgspec

from hub_server.decision.snapshot import ContextSnapshot, Said

Per = Literal["person", "campaign", "category", "channel", "kind"]
PERS: Final[tuple[Per, ...]] = ("person", "channel", "kind", "category", "campaign")
# Decisions are kept by person for 30 days (tables.MONTH): no window can look further back.
HOURS_MAX: Final = 720.0
# More than this many in any window is no cap.
LIMIT_MAX: Final = 100
DAY_H: Final = 24.0
WEEK_H: Final = 168.0
HOUR_S: Final = 3600.0
# Issue 5: service (an order is ready, a queue has moved) and safety are exempt. Safety is a mark
# that only a campaign of kind service can carry.
EXEMPT_KIND: Final = "service"
CAP_CODES: Final[dict[Per, str]] = {
    "person": "cap_messages",
    "channel": "cap_push",
    "kind": "cap_kind",
    "category": "cap_category",
    "campaign": "cap_same",
}


class Cap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most `limit` messages within a window."""

    per: Per
    limit: Annotated[int, msgspec.Meta(ge=1, le=LIMIT_MAX)]
    hours: Annotated[float, msgspec.Meta(gt=0.0, le=HOURS_MAX)] | None = None
    """The rolling window; None: this visit."""
    of: str | None = None
    """The one channel, kind or category that it is about; None: whichever the message has."""


# Issue 2: three messages on the open page and one push a visit. Two visits' worth a day, so that
# coming back for the milk begins no new day; two of three may sell; one category is pressed twice a
# day at most; the same words three times a week, after which they are wallpaper.
STORE_CAPS: Final = (
    Cap(per="person", limit=3),
    Cap(per="person", limit=6, hours=DAY_H),
    Cap(per="channel", limit=1, of="push"),
    Cap(per="kind", limit=2, of="offer"),
    Cap(per="kind", limit=1, of="delight"),
    Cap(per="category", limit=2, hours=DAY_H),
    Cap(per="campaign", limit=3, hours=WEEK_H),
)


class Capped(Protocol):
    """What of a campaign its caps rest on."""

    @property
    def id(self) -> str:
        """Stable over edits."""

    @property
    def kind(self) -> str:
        """Service is exempt."""

    @property
    def categories(self) -> Collection[str]:
        """Of what it is about."""

    @property
    def cap_per_visit(self) -> int:
        """How often in one visit."""

    @property
    def caps(self) -> Sequence[Cap]:
        """Its own, beside the store's."""


class Rule(msgspec.Struct, frozen=True):
    """A cap as it meets one message."""

    cap: Cap
    key: str
    """The campaign, category, channel or kind that is counted; of a person: empty."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Which of the store's caps are full at one moment; worked out once for all campaigns."""

    person: bool = False
    channels: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    campaigns: frozenset[str] = frozenset()


ROOM_EVERYWHERE: Final = Tally()


def exempt(kind: str) -> bool:
    """Whether no cap stands in the way of this kind; it uses none up either."""
    return kind == EXEMPT_KIND


def rules_for(campaign: Capped, channel: str, caps: Sequence[Cap] = STORE_CAPS) -> list[Rule]:
    """Every rule that a message of `campaign` on `channel` must have room under."""
    return list(_rules(campaign, channel, (*_own(campaign), *caps)))


def tally(snapshot: ContextSnapshot, caps: Sequence[Cap] = STORE_CAPS) -> Tally:
    """What of the store's caps is full, each counted once for all campaigns."""
    if not (snapshot.said or snapshot.said_before):
        return ROOM_EVERYWHERE
    filled: dict[Per, set[str]] = {per: set() for per in PERS}
    for cap in caps:
        heard = _within(snapshot, cap)
        if len(heard) < cap.limit:
            continue
        counts: dict[str, int] = {}
        for one in heard:
            for key in _keys(one, cap.per):
                counts[key] = counts.get(key, 0) + 1
                if counts[key] >= cap.limit and cap.of in {None, key}:
                    filled[cap.per].add(key)
    return Tally(
        person=bool(filled["person"]),
        channels=frozenset(filled["channel"]),
        kinds=frozenset(filled["kind"]),
        categories=frozenset(filled["category"]),
        campaigns=frozenset(filled["campaign"]),
    )


def own_full(snapshot: ContextSnapshot, campaign: Capped) -> Per | None:
    """Which of the campaign's own caps is full, the first; None: room under all, or exempt."""
    if not (snapshot.said or snapshot.said_before) or exempt(campaign.kind):
        return None
    rules = _rules(campaign, snapshot.channel or "", _own(campaign))
    return next((rule.cap.per for rule in rules if _is_full(snapshot, rule)), None)


def longest_hours(campaigns: Iterable[Capped], caps: Sequence[Cap] = STORE_CAPS) -> float:
    """How far back any window of these caps looks."""
    own = [cap for campaign in campaigns for cap in campaign.caps]
    return max((cap.hours or 0.0 for cap in (*own, *caps)), default=0.0)


def _own(campaign: Capped) -> tuple[Cap, ...]:
    return (Cap(per="campaign", limit=campaign.cap_per_visit), *campaign.caps)


def _rules(campaign: Capped, channel: str, caps: Sequence[Cap]) -> Iterator[Rule]:
    keys: dict[Per, Sequence[str]] = {
        "person": ("",),
        "campaign": (campaign.id,),
        "category": sorted(campaign.categories),
        "channel": (channel,),
        "kind": (campaign.kind,),
    }
    for cap in caps:
        for key in keys[cap.per]:
            if cap.of is None or cap.of == key:
                yield Rule(cap, key)


def _is_full(snapshot: ContextSnapshot, rule: Rule) -> bool:
    per = rule.cap.per
    counted = [one for one in _within(snapshot, rule.cap) if rule.key in _keys(one, per)]
    return len(counted) >= rule.cap.limit


def _within(snapshot: ContextSnapshot, cap: Cap) -> list[Said]:
    """What counts and lies in the cap's window; what is dated in the future does too."""
    if cap.hours is None:
        return [one for one in snapshot.said if not one.exempt]
    since_s = snapshot.at_s - cap.hours * HOUR_S
    before = [one for one in snapshot.said_before if one.at_s > since_s and not one.exempt]
    return before + [one for one in snapshot.said if one.at_s > since_s and not one.exempt]


def _keys(one: Said, per: Per) -> tuple[str, ...]:
    """Under which keys a message is counted."""
    if per == "category":
        return one.categories
    return ("",) if per == "person" else (getattr(one, per),)

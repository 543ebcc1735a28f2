"""What is true of a store whose hub is tested: its chatty campaigns, and each party in it."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from hub_server.decision.limits import Limits

TAGS: Final = ("cart-1", "cart-2", "cart-3")
PHONES: Final = ("ann", "bob", "cy", "dee")
ZONES: Final = ("entrance", "produce", "pasta")
# Of produce and pasta; each is what one campaign is about.
ITEMS: Final = {"1001": "Bananas", "1002": "Apples Elstar 1 kg"}
EXPIRY_S: Final = 12.0
# Issue 2 and DESIGN: what a visit may get at most, help and the rest of service apart.
MESSAGES_A_VISIT: Final = 3
PUSHES_A_VISIT: Final = 1
# The locator names the zone anew each second, and a decision is carried out within the next one.
SETTLED_S: Final = 2.0
# A browser's keys, of a point on the curve.
P256DH: Final = (
    "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
)
AUTH: Final = "AAAAAAAAAAAAAAAAAAAAAA"
# Offers from the first second on: a visit here lasts a minute.
LIMITS: Final = Limits(first_visit_s=0.0)
PROMOTION: Final = frozenset({"offer", "inform", "remind", "delight"})
KINDS: Final = {
    "entrance": ("guide", "offer"),
    "produce": ("remind", "help", "service"),
    "pasta": ("inform", "offer", "reassure"),
}
# Which item an offer or a reminder is about.
ABOUT: Final = {"offer": "1001", "remind": "1002"}


def document() -> bytes:
    """Campaigns that speak as often as they may; offers and reminders are about an item."""
    entries = []
    for zone in ZONES:
        for number, kind in enumerate(KINDS[zone]):
            entry = {
                "id": f"{kind}.{zone}",
                "kind": kind,
                "topic": f"{kind}-{number % 2}",
                "usefulness": 1.0,
                "for_zone": zone,
                "expiry_s": EXPIRY_S,
                "cap_per_visit": 3,
                "when": {"field": "dwell_s", "op": ">=", "value": 1},
                "words": {"en": {"title": "Here", "text": "Something is here.", "why": "You are."}},
            }
            if kind in ABOUT:
                item = ABOUT[kind]
                entry["items"] = [item]
                entry["words"] = {
                    "en": {"title": "Here", "text": f"{ITEMS[item]} are here.", "why": "You are."}
                }
            if kind in PROMOTION:
                entry["control_share"] = 0.1
            entries.append(entry)
    return msgspec.json.encode({"format": "campaigns", "version": 2, "campaigns": entries})


class Party(msgspec.Struct):
    """The truth about one visit."""

    name: str
    """The visit's code."""
    owner: str
    """The phone that said yes first."""
    phones: set[str]
    carts: set[str]
    paused: bool = False
    alone: bool = False
    withdrawn: bool = False
    bought: set[str] = set()
    gifts: set[str] = set()
    muted: set[str] = set()
    doubted: dict[str, float] = {}
    counted: dict[str, str] = {}
    """Messages that reached a phone and count against caps: decision to kind."""
    pushed: set[str] = set()


def at(now_s: float) -> str:
    """RFC 3339."""
    return datetime.fromtimestamp(now_s, UTC).isoformat()

"""Why a pairing ends: a table of rules, each with its limit, and what the page then says."""

from collections.abc import Callable
from math import inf
from typing import Final, Literal

import msgspec

Reason = Literal[
    "leave",
    "exit",
    "payment",
    "unheard",
    "still",
    "page_silent",
    "takeover",
    "closing",
    "withdrawn",
    "deleted",
]
# DESIGN, Identity: a cart out of every Pi's reach for a quarter of an hour is out of the store.
UNHEARD_S: Final = 900.0
# DESIGN: ten minutes without a step is a cart left behind; the longest stop at a shelf is shorter.
STILL_S: Final = 600.0
# DESIGN: a page that nobody has opened for twenty minutes is a shopper who is gone, or another
# person behind the same cart.
PAGE_SILENT_S: Final = 1200.0
# Long enough for a trolley's turn at the door, short enough for the next to find the cart free.
EXIT_S: Final = 20.0
# Carts and their codes stand by the door: whoever has just scanned one there is not going out.
EXIT_NOT_BEFORE_S: Final = 120.0
# From the till to packed bags, with the page still saying thank you.
PAYMENT_S: Final = 120.0


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """Signs of life of one open pairing; None: none since it opened."""

    heard_s: float | None = None
    """Last time that any anchor heard the tag."""
    moved_s: float | None = None
    """Last time that it was seen to move."""
    page_s: float | None = None
    """Last heartbeat of any of the visit's pages."""
    exit_since_s: float | None = None
    """Since when it stands in the exit; None: it does not."""
    paid_s: float | None = None
    """When the till said that this visit has paid."""


class Ending(msgspec.Struct, frozen=True):
    """A rule by which a pairing ends without anybody saying so."""

    reason: Reason
    due: Callable[[Signs, float, float], bool]
    """(signs, since_s = opening, restart or end of a pause, now_s) -> whether it ends."""
    whole_visit: bool
    """Ends every pairing of the visit, not this tag's only."""
    while_paused: bool
    """Holds in a pause too, in which nobody listens to the tag."""


def _silent(sign_s: float | None, since_s: float, now_s: float) -> float:
    return now_s - max(since_s, -inf if sign_s is None else sign_s)


def _lasted(sign_s: float | None, since_s: float, now_s: float) -> float:
    return -inf if sign_s is None else now_s - max(since_s, sign_s)


def _gone_out(signs: Signs, since_s: float, now_s: float) -> bool:
    lasted_s = _lasted(signs.exit_since_s, since_s, now_s)
    return lasted_s >= EXIT_S and now_s - since_s >= EXIT_NOT_BEFORE_S


ENDINGS: Final = (
    Ending("payment", lambda s, since, now: _lasted(s.paid_s, since, now) >= PAYMENT_S, True, True),
    Ending("exit", _gone_out, False, False),
    Ending(
        "unheard", lambda s, since, now: _silent(s.heard_s, since, now) >= UNHEARD_S, False, False
    ),
    Ending("still", lambda s, since, now: _silent(s.moved_s, since, now) >= STILL_S, False, False),
    Ending(
        "page_silent",
        lambda s, since, now: _silent(s.page_s, since, now) >= PAGE_SILENT_S,
        True,
        True,
    ),
)

# What an ended page says.
ENDED_TEXTS: Final[dict[Reason, str]] = {
    "leave": "You have left.",
    "exit": "You went out, so this has ended.",
    "payment": "You have paid, so this has ended.",
    "unheard": "Your cart has not been heard for 15 minutes, so this has ended.",
    "still": "Your cart has stood still for 10 minutes, so this has ended.",
    "page_silent": "This page was closed for 20 minutes, so this has ended.",
    "takeover": "Somebody else has taken over this cart.",
    "closing": "The store is closing.",
    "withdrawn": "You took back your yes.",
    "deleted": "Everything about this visit has been deleted.",
}

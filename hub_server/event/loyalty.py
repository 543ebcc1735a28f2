"""A loyalty number and the shopper who linked it: theirs while linked, and apart again after.

Only a salted digest of a number is kept. What was bought under it stays under it: a link adds
nothing to the shopper and takes nothing from the number, so that unlinking restores both.
"""

import hashlib
import hmac
from typing import Final

from sqlalchemy import ColumnElement, delete, insert, or_, select
from sqlalchemy.sql import Executable

from hub_server.house import House
from hub_server.records.shopper_tables import LINKS, PURCHASES
from hub_server.records.tables import EVENTS, SHOPPERS
from hub_server.throttle import Throttle
from hub_server.views.hub import Refused

NUMBER_CHARS: Final = range(4, 65)
# A number is no secret: whoever guesses them is stopped as at the codes (erasure).
TRIES_MAX: Final = 5
TRIES_OF_ALL: Final = 120
SLOW_MS: Final = 1_000
# A household has a few cards; who tries more reads other people's receipts.
LINKS_A_DAY: Final = 4
DAY_MS: Final = 86_400_000


def digest_of(what: str, text: str, salt: bytes) -> str:
    """What is kept of a number: `what` keeps two kinds apart; spaces, dashes and case do not."""
    return hmac.new(salt, f"{what} {bare(text)}".encode(), hashlib.sha256).hexdigest()


def bare(text: str) -> str:
    """A number as all ways of writing it have it; empty: it is none."""
    return "".join(text.split()).replace("-", "").upper()


def is_number(text: str) -> bool:
    """Whether a phone can link it: the one rule for phones, events and imports."""
    return len(bare(text)) in NUMBER_CHARS and text.isprintable()


class Loyalty:
    """Links loyalty numbers to the shoppers of one store."""

    def __init__(self, house: House) -> None:
        self._database = house.database
        self._desk = house.desk
        self._roll = house.roll
        self._salt = house.store.salt
        self._clock = house.clock
        self.throttle: Final = Throttle(TRIES_MAX, TRIES_OF_ALL, SLOW_MS)
        self._linked_ms: dict[str, list[int]] = {}
        """When each shopper linked another number, of the last day."""

    def external(self, number: str) -> str:
        """The digest by which a number is known here."""
        return digest_of("number", number, self._salt)

    def link(self, cookie: str | None, number: str, client: str = "") -> None:
        """Let what is bought under `number` count for this phone's shopper.

        Raises:
            Refused: 400 no number; 404 nothing is known of this phone; 409 the shopper did not
                ask to be remembered, or the number is linked already; 429 too many tries.
        """
        shopper, visit = self._desk.myself(cookie)
        if not is_number(number):
            raise Refused(400, "number", "A customer number has 4 to 64 letters or digits.")
        if not self._remembered(shopper):
            text = "A customer number needs your tick at 'remember me' first."
            raise Refused(409, "remember", text)
        now_ms = round(self._clock() * 1000)
        self.throttle.check(client, now_ms)
        external = self.external(number)
        holder = self._database.read(select(LINKS.c.shopper).where(LINKS.c.external == external))
        if holder and holder[0][0] != shopper:
            self.throttle.failed(client, now_ms)
            text = "This number is linked to another phone; please ask at the desk."
            raise Refused(409, "number_taken", text)
        if not holder:
            self._count(shopper, now_ms)
        self._database.write(
            delete(LINKS).where(LINKS.c.shopper == shopper),
            insert(LINKS).values(external=external, shopper=shopper, at_ms=now_ms),
        )
        if visit is not None:
            self._roll.remind(visit)
            visit.asked = ()

    def unlink(self, cookie: str | None) -> None:
        """Part them again; both are as they were.

        Raises:
            Refused: 404, nothing is known of this phone.
        """
        shopper, visit = self._desk.myself(cookie)
        self._database.write(delete(LINKS).where(LINKS.c.shopper == shopper))
        if visit is not None:
            self._roll.remind(visit)
            visit.asked = ()

    def is_linked(self, shopper: str) -> bool:
        """Whether this shopper has linked a number."""
        return bool(self._database.read(select(LINKS.c.at_ms).where(LINKS.c.shopper == shopper)))

    def deletion(self, shopper: str) -> list[Executable]:
        """What forgets all under the shopper's number; run it before the shopper goes."""
        theirs = linked(shopper)
        own_orders = select(EVENTS.c.order_digest).where(
            or_(EVENTS.c.shopper == shopper, EVENTS.c.external.in_(theirs)),
            EVENTS.c.order_digest.is_not(None),
        )
        return [
            delete(PURCHASES).where(PURCHASES.c.external.in_(theirs)),
            # Of another shopper's order with the same number nothing goes.
            delete(EVENTS).where(
                EVENTS.c.order_digest.in_(own_orders),
                EVENTS.c.visit.is_(None),
                EVENTS.c.shopper.is_(None),
                EVENTS.c.external.is_(None),
            ),
            delete(EVENTS).where(EVENTS.c.external.in_(theirs)),
            delete(LINKS).where(LINKS.c.shopper == shopper),
        ]

    def _count(self, shopper: str, now_ms: int) -> None:
        """Refuse one number too many."""
        lately = {
            who: [at_ms for at_ms in times if at_ms > now_ms - DAY_MS]
            for who, times in self._linked_ms.items()
        }
        self._linked_ms = {who: times for who, times in lately.items() if times}
        own = self._linked_ms.setdefault(shopper, [])
        if len(own) >= LINKS_A_DAY:
            raise Refused(429, "too_many", "Too many numbers for one day; please ask at the desk.")
        own.append(now_ms)

    def _remembered(self, shopper: str) -> bool:
        ticked = (SHOPPERS.c.shopper == shopper) & SHOPPERS.c.remembered.is_(True)
        return bool(self._database.read(select(SHOPPERS.c.shopper).where(ticked)))


def linked(shopper: str) -> "ColumnElement[str]":
    """The numbers of a shopper, as a subquery."""
    return select(LINKS.c.external).where(LINKS.c.shopper == shopper).scalar_subquery()

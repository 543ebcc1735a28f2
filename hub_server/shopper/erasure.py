"""Delete: whoever asks is forgotten in one transaction, and the log is emptied after it."""

from collections.abc import Callable
from typing import Final

from sqlalchemy.sql import Executable

from hub_server.database import Database
from hub_server.pairing import Event, code_read
from hub_server.sessions import digest
from hub_server.throttle import Throttle
from hub_server.views.hub import Refused
from hub_server.visit.roll import Roll
from hub_server.visit.visits import Visit

# Wrong codes a minute: thirty from one address (a store's guests may share one), and from 600 of
# everybody's on ten a second. Of 28^6 codes some thousand are alive: one address finds one in ten
# days or so, twenty together in one.
CODE_TRIES_MAX: Final = 30
CODE_TRIES_OF_ALL: Final = 600
SLOW_MS: Final = 100


class Erasure:
    """Forgets shoppers of one store."""

    def __init__(self, database: Database, roll: Roll, clock: Callable[[], float]) -> None:
        self._database = database
        self._roll = roll
        self._clock = clock
        self.throttle: Final = Throttle(CODE_TRIES_MAX, CODE_TRIES_OF_ALL, SLOW_MS)
        self.checkpoint_due = False
        """A deletion's bytes are still in the log: something else was reading it."""
        self._beforehand: Callable[[str], list[Executable]] = lambda _: []
        self._on_delete: Callable[[Visit, float], None] = _nothing

    def attach(
        self,
        beforehand: Callable[[str], list[Executable]],
        on_delete: Callable[[Visit, float], None],
    ) -> None:
        """Also run `beforehand` for a shopper's number, and tell `on_delete` of an open visit."""
        self._beforehand = beforehand
        self._on_delete = on_delete

    def delete(self, cookie: str | None) -> tuple[Event, ...]:
        """Forget the shopper of this phone.

        Raises:
            Refused: 404, nothing is known of this phone.
        """
        known = self._roll.records.phone(digest(cookie)) if cookie else None
        if known is None:
            raise Refused(404, "no_visit", "Nothing is known of this phone.")
        return self._forget(known.shopper)

    def delete_by_code(self, visit_code: str, client: str = "") -> tuple[Event, ...] | None:
        """Forget the shopper of a visit; None where no visit has this code.

        Raises:
            Refused: 429, too many wrong codes.
        """
        now_ms = round(self._clock() * 1000)
        self.throttle.check(client, now_ms)
        code = code_read(visit_code)
        shopper = self._roll.records.shopper_by_code(code) if code else None
        if shopper is None:
            self.throttle.failed(client, now_ms)
            return None
        return self._forget(shopper)

    def checkpoint(self) -> None:
        """Empty the log of what was deleted; tried again each tick while something reads it."""
        self.checkpoint_due = not self._database.checkpoint()

    def _forget(self, shopper: str) -> tuple[Event, ...]:
        now_s = self._clock()
        roll = self._roll
        own = [one for one in roll.visits.values() if one.shopper == shopper]
        for visit in own:
            self._on_delete(visit, now_s)
        with roll.changing() as change:
            for visit in own:
                change.add(roll.book.end_visit(visit.visit, "deleted", now_s))
            # As a guest of somebody's visit their phone looks on no longer; that visit goes on.
            for phone in roll.records.phones_of(shopper):
                if roll.book.visit_of(phone) is not None:
                    change.add(roll.book.leave(phone, now_s, "deleted"))
            handles = roll.records.handles_of(shopper)
            change.statements += self._beforehand(shopper)
            change.statements += roll.records.deletion(shopper, round(now_s * 1000))
        roll.ledger.forget(shopper)
        roll.withdraw(handles, now_s)
        self.checkpoint()
        return tuple(change.events)


def _nothing(*_told: object) -> None:
    return None

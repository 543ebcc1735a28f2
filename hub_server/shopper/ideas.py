"""Ideas and complaints: kept for the store's managers, with the day and without the person."""

from typing import Any, Final

from sqlalchemy import Row, delete, func, insert, select

from hub_server.house import House
from hub_server.instants import day_of
from hub_server.records.shopper_tables import IDEAS
from hub_server.records.tables import DECISIONS, VISITS
from hub_server.shopper.gifts import Gifts
from hub_server.shopper.preferences import Preferences
from hub_server.throttle import Throttle
from hub_server.views.hub import Refused
from hub_server.views.profile import IdeaView
from hub_server.visit import records
from hub_server.visit.visits import Visit

CHARS_MAX: Final = 500
# Nobody has more than five ideas a minute; two hundred of everybody's are a machine's.
PER_MINUTE: Final = 5
OF_ALL_PER_MINUTE: Final = 200
SLOW_MS: Final = 100
# What a manager may still read through; beyond it the oldest go.
KEPT_MAX: Final = 10_000
SHOWN_MAX: Final = 200


class Ideas:
    """Keeps what shoppers of one store write."""

    def __init__(self, house: House, preferences: Preferences, gifts: Gifts) -> None:
        self._database = house.database
        self._desk = house.desk
        self._store = house.store.settings.store
        self._clock = house.clock
        self._timezone = house.store.timezone
        self._preferences = preferences
        self._gifts = gifts
        self.throttle: Final = Throttle(PER_MINUTE, OF_ALL_PER_MINUTE, SLOW_MS)

    def take(self, cookie: str | None, text: str, about: str | None = None) -> Visit | None:
        """Keep a text; where it is about a message, nothing more is said of its topic.

        Returns the open visit that changed, if any.

        Raises:
            Refused: 404 nothing is known of this phone, or it had no such message; 400 no text;
                429 too many at once.
        """
        shopper, own = self._desk.myself(cookie)
        visit = self._desk.visit_of(cookie) or own
        now_ms = round(self._clock() * 1000)
        words = " ".join(text.split())[:CHARS_MAX]
        if not words:
            raise Refused(400, "text", "text: expected some words.")
        self.throttle.check(shopper, now_ms)
        message = self._message(shopper, visit, about) if about else None
        self.throttle.failed(shopper, now_ms)
        hidden = self._gifts.names(shopper) | (visit.gift_names if visit else frozenset())
        kept = insert(IDEAS).values(
            store=self._store,
            day=day_of(now_ms / 1000, self._timezone),
            campaign=message.campaign if message else None,
            text=self._gifts.cleaned(hidden, words),
        )
        newest = select(func.max(IDEAS.c.id)).scalar_subquery()
        muted = [records.mute_added(shopper, message.topic, now_ms)] if message else []
        self._database.write(kept, delete(IDEAS).where(IDEAS.c.id <= newest - KEPT_MAX), *muted)
        if visit is None or message is None:
            return None
        self._preferences.mute(visit, message.topic)
        return visit

    def newest(self) -> list[IdeaView]:
        """What managers read, the newest first."""
        mine = IDEAS.c.store == self._store
        rows = self._database.read(
            select(IDEAS).where(mine).order_by(IDEAS.c.id.desc()).limit(SHOWN_MAX)
        )
        return [
            IdeaView(idea=row.id, day=row.day, campaign=row.campaign, text=row.text) for row in rows
        ]

    def _message(self, shopper: str, visit: Visit | None, decision: str) -> Row[Any]:
        theirs = VISITS.c.shopper == shopper
        if visit is not None:
            theirs |= VISITS.c.visit == visit.visit
        found = self._database.read(
            select(DECISIONS.c.campaign, DECISIONS.c.topic)
            .join(VISITS, VISITS.c.visit == DECISIONS.c.visit)
            .where(theirs, DECISIONS.c.decision == decision, DECISIONS.c.outcome == "send")
        )
        if not found:
            raise Refused(404, "unknown", "This phone had no such message.")
        return found[0]

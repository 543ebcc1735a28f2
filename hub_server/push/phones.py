"""The phones that ask to be woken, or no longer."""

from collections.abc import Callable

from hub_server.database import Database
from hub_server.desk import Desk
from hub_server.push.subscriptions import KeysRefused, Subscriptions, subscription
from hub_server.sessions import digest
from hub_server.views.hub import Refused
from hub_server.visit.roll import Roll
from hub_server.visit.visits import Visit


class Phones:
    """Subscribes phones of open visits, and tells each visit whether one of its own listens."""

    def __init__(
        self,
        database: Database,
        roll: Roll,
        desk: Desk,
        clock: Callable[[], float],
    ) -> None:
        self.subscriptions = Subscriptions(database)
        self._roll = roll
        self._desk = desk
        self._clock = clock

    def recall(self, visit: Visit) -> None:
        """See whether a phone of a visit's shopper may be woken."""
        visit.push = self.subscriptions.has_any(visit.shopper)

    def may(self, cookie: str | None) -> Visit:
        """The visit for which this phone may be woken.

        Raises:
            Refused: 404 no visit, 403 a guest's phone or no consent.
        """
        visit = self._desk.own(cookie)
        known = self._roll.records.phone(digest(cookie or ""))
        if known is None or known.shopper != visit.shopper:
            text = "Only the phone that this visit began on can be notified."
            raise Refused(403, "guest", text)
        if not visit.may_message:
            raise Refused(403, "consent", "Messages are switched off for this visit.")
        return visit

    def subscribe(self, cookie: str | None, endpoint: str, p256dh: str, auth: str) -> Visit:
        """Take this phone's subscription, in the place of its former one.

        The room has checked the endpoint, and checks it again at each message.

        Raises:
            Refused: 404 no visit, 403 a guest's phone or no consent, 400 not a browser's keys.
        """
        visit = self.may(cookie)
        phone = digest(cookie or "")
        try:
            fresh = subscription(visit.shopper, endpoint, p256dh, auth)
        except KeysRefused as error:
            raise Refused(400, "keys", f"Not a browser's keys: {error}.") from None
        others = {*self.subscriptions.shoppers_of(endpoint), visit.shopper}
        self.subscriptions.add(fresh, phone, round(self._clock() * 1000))
        self._tell(others)
        visit.asked = ()
        return visit

    def unsubscribe(self, cookie: str | None) -> None:
        """Wake this phone no more; nothing happens where it was never to be woken."""
        if cookie is None:
            return
        phone = digest(cookie)
        known = self._roll.records.phone(phone)
        self.subscriptions.remove_phone(phone)
        if known is not None:
            self._tell({known.shopper})

    def is_on(self, cookie: str | None) -> bool:
        """Whether this phone may be woken."""
        return cookie is not None and self.subscriptions.on_phone(digest(cookie))

    def lost(self, visit: Visit, gone: str) -> None:
        """A push service says that a subscription of the visit's shopper is gone."""
        self.subscriptions.remove(gone)
        self._tell({visit.shopper})

    def prune(self, now_s: float) -> None:
        """Drop what was not used for 60 days."""
        if self.subscriptions.prune(round(now_s * 1000)):
            self._tell({visit.shopper for visit in self._roll.visits.values()})

    def _tell(self, shoppers: set[str]) -> None:
        for visit in self._roll.visits.values():
            if visit.shopper in shoppers:
                self.recall(visit)

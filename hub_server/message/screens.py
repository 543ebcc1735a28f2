"""Every open page: frames are encoded once and go to whoever looks; each phone has its own feed."""

from collections.abc import AsyncIterator, Callable, Iterable

import msgspec

from hub_server.desk import Desk
from hub_server.message.live import Feed
from hub_server.pairing import Ended, Event, Left
from hub_server.sessions import digest
from hub_server.visit.roll import Roll
from hub_server.visit.visits import Visit


class Screens:
    """The feeds of one store; `floor` builds the floor page's frame."""

    def __init__(self, roll: Roll, desk: Desk, floor: Callable[[], bytes]) -> None:
        self._roll = roll
        self._desk = desk
        self._build_floor = floor
        self._floor = Feed()
        self._phones: dict[str, Feed] = {}

    def floor_frame(self) -> bytes:
        """The newest floor frame."""
        if self._floor.newest is None:
            self._floor.put(self._build_floor())
        return self._floor.newest or b""

    def floor_frames(self) -> AsyncIterator[bytes]:
        """Floor frames, the newest at once."""
        self.floor_frame()
        return self._floor.frames()

    def phone_frames(self, cookie: str | None) -> AsyncIterator[bytes]:
        """The phone's frames, the newest at once; ends with the visit.

        Raises:
            Refused: 404, this phone has no visit.
        """
        state = msgspec.json.encode(self._desk.page(cookie))
        feed = Feed()
        if cookie is not None and self._desk.visit_of(cookie) is not None:
            feed = self._phones.setdefault(digest(cookie).hex(), feed)
            feed.put(state)
        else:
            feed.put(state)
            feed.close()
        return feed.frames()

    def close(self) -> None:
        """End every stream: the hub stops, and pages come back to the next one by themselves."""
        for feed in (self._floor, *self._phones.values()):
            feed.close()

    def refresh(self) -> None:
        """New frames for every page; once a second."""
        self._floor.put(self._build_floor())
        for visit in self._roll.visits.values():
            self.show(visit)

    def show(self, visit: Visit) -> None:
        """A new frame for the phones of one visit."""
        booked = self._roll.book.visit(visit.visit)
        phones = booked.phones if booked else ()
        feeds = [self._phones[one] for one in phones if one in self._phones]
        if any(feed.listeners_count for feed in feeds):
            frame = msgspec.json.encode(self._desk.state(visit))
            for feed in feeds:
                feed.put(frame)

    def tell(self, events: Iterable[Event]) -> None:
        """Phones whose visit is over get a last frame."""
        for event in events:
            if isinstance(event, Left):
                self._end(event.phone, "leave")
            elif isinstance(event, Ended) and event.visit_ended:
                for phone in event.phones:
                    self._end(phone, event.reason)

    def _end(self, phone: str, reason: str) -> None:
        feed = self._phones.pop(phone, None)
        if feed is not None:
            feed.put(msgspec.json.encode(self._desk.ended(reason)))
            feed.close()

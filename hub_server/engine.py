"""Load, core, save, send: the hub's one orchestrator, in one thread.

`receive` takes what the broker brought, `tick` runs once a second, the rest is what pages call.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Final

from sqlalchemy import select

from hub_server import stage
from hub_server.database import Database
from hub_server.deciding import Deciding
from hub_server.desk import Desk
from hub_server.floor import Floor
from hub_server.house import House
from hub_server.impact.tallies import Tallies
from hub_server.intake import Intake
from hub_server.journeys import Journeys
from hub_server.message.safekeeping import Safekeeping
from hub_server.message.screens import Screens
from hub_server.model.seat import ModelSeat
from hub_server.ops.alarms import Alarms
from hub_server.ops.fleet import Fleet
from hub_server.ops.journey_watch import JourneyWatch
from hub_server.ops.metrics import text as metrics_text
from hub_server.ops.tag_lists import Downlink, TagLists
from hub_server.pairing import Event as BookEvent
from hub_server.records.stays_log import StaysLog
from hub_server.records.tables import AGENTS
from hub_server.retention import Retention
from hub_server.rooms import Rooms
from hub_server.sessions import Logins
from hub_server.shopper.erasure import Erasure
from hub_server.speaker import Speaker
from hub_server.store import Store
from hub_server.views.events import Event, Item, Subject
from hub_server.views.hub import (
    Feedback,
    Health,
    PhoneState,
    Receipt,
    Refused,
    Session,
    TagView,
    WhyView,
)
from hub_server.visit.moments import Moments
from hub_server.visit.roll import Roll
from hub_server.visit.signs import SignsOf
from hub_server.visit.tags import TagTable
from hub_server.visit.visits import Visit

__all__ = ["Engine", "Event", "Item", "PhoneState", "Refused", "Session", "Subject", "TagView"]

# Endings are minutes long; looking every fifth tick costs a fifth.
ENDINGS_EVERY: Final = 5
RETENTION_EVERY_S: Final = 60.0


class Engine:
    """One store's hub.

    Args:
        store: what it serves.
        database: open, and this engine's alone.
        models: the stage model that answers, and the one that may take its place.
        clock: wall time in seconds.
    """

    def __init__(
        self,
        store: Store,
        database: Database,
        models: ModelSeat,
        clock: Callable[[], float] = time.time,
    ) -> None:
        settings = store.settings
        self.settings: Final = settings
        self.floor_map: Final = store.floor_map
        self.database: Final = database
        self.clock: Final = clock
        self.models: Final = models
        self.agents: Final = Fleet(store.floor_map.map_sha)
        self.journeys: Final = Journeys(store.floor_map)
        self.tags: Final = TagTable(database, settings.store)
        self.logins: Final = Logins(database)
        self.roll: Final = Roll(database, settings, store.salt)
        self.watch: Final = JourneyWatch(self.journeys, models)
        self.roll.on_open = self.journeys.open
        self.roll.on_close = self._close
        self.log: Final = StaysLog(database, settings.store)
        self._moments: Final = Moments(
            store.floor_map, settings.hours, store.campaigns, store.assortment
        )
        self.speaker: Final = Speaker(
            database,
            Tallies(database, settings.store, store.timezone),
            store.campaigns,
            self._moments,
            settings.limits,
        )
        self.intake: Final = self._new_intake()
        self.lists: Final = TagLists(settings.store, self.roll, self.tags, self.agents)
        self.alarms: Final = Alarms(models, self.agents, self.log, self.intake, self.lists)
        parts = (self._moments, self.journeys)
        self._safe: Final = Safekeeping(database, self.intake, self.speaker, self.alarms)
        self._desk: Final = Desk(settings, self.roll, self.tags, parts, clock)
        self._erasure: Final = Erasure(database, self.roll, clock)
        self.speaker.unseen.attach(self._desk.journey, clock)
        shown = (self.journeys, self.tags, self.roll, self.watch)
        self._floor: Final = Floor(settings, store.floor_map, *shown)
        self._screens: Final = Screens(self.roll, self._desk, self._build_floor)
        self._deciding: Final = Deciding(
            self.roll,
            self._desk,
            self.speaker,
            (self._safe, self.intake),
            self._screens,
        )
        house = House(store, database, self.roll, self._desk, self.journeys, clock)
        self.rooms: Final = Rooms(house, self.speaker, self.show)
        self.alarms.of_rooms = self.rooms.alarms
        self._desk.adds.append(lambda _visit: {"late": self.alarms.is_radio_away(clock())})
        self._erasure.attach(self.rooms.loyalty.deletion, self.speaker.answers.opted_out)
        self.rooms.events.on_payment.append(self._paid)
        self._signs: Final = SignsOf(self.journeys, self.intake, self.roll)
        self._retention: Final = Retention(database, self.roll.records, store.timezone)
        self._ticks = 0
        self._retained_s = float("-inf")
        self._restore()

    def _restore(self) -> None:
        ours = AGENTS.c.store == self.settings.store
        for row in self.database.read(select(AGENTS).where(ours)):
            self.agents.remember(row.agent, row.seen_ms / 1000, row.version, row.term)
        self.roll.restore(self.clock())

    def _new_intake(self) -> Intake:
        return Intake(
            self.database,
            self.settings.store,
            (self.agents, self.log, self.journeys),
            self.roll.live,
            self.roll.owner,
            frozenset(zone.id for zone in self.floor_map.leaf_zones if zone.sensitive),
        )

    def attach(self, link: Downlink) -> None:
        """Give the engine its way to the agents."""
        self.lists.link = link

    # The broker's side

    def receive(self, batch: list[tuple[str, bytes]]) -> None:
        """Take (topic, payload) pairs: keep stays and decisions in one transaction, then answer."""
        now_s = self.clock()
        fresh = self.intake.take(batch, now_s)
        self._deciding.entered(fresh.entered, now_s)
        has_news = self.intake.has_news(fresh) or self.speaker.waiting
        if has_news and not self._safe.keep(fresh):
            return
        self.intake.saved()
        for agent, outbox in fresh.outboxes:
            self.lists.acknowledge(agent, outbox, self.log.mark((agent, outbox)))
        self._deciding.speak()
        if fresh.up:
            self.lists.send_to(fresh.up)

    # The clock's side

    def tick(self) -> None:
        """One second's work at once; the service walks `steps` instead."""
        for _ in self.steps():
            pass

    def steps(self) -> Iterator[None]:
        """One second's work in bounded parts; the loop may take a batch between two of them."""
        now_s = self.clock()
        self._ticks += 1
        self._safe.probe()
        if stage.step(self.journeys, self.models.model, now_s):
            self.watch.see()
        yield
        with self._safe.retrying():
            self.rooms.step(now_s)
        for _ in self._deciding.everybody(now_s):
            yield
        if self._ticks % ENDINGS_EVERY == 0:
            self._end_due(now_s)
            guesses = (self._desk.throttle, self._erasure.throttle, self.logins.throttle)
            for throttle in (*guesses, *self.rooms.throttles):
                throttle.expire(round(now_s * 1000))
            yield
        self.lists.send_due(now_s)
        self._screens.refresh()
        yield
        if self._erasure.checkpoint_due:
            self._erasure.checkpoint()
        if now_s - self._retained_s >= RETENTION_EVERY_S:
            self._retained_s = now_s
            self._housekeep(now_s)
        yield from self.models.steps(self.journeys)

    def _end_due(self, now_s: float) -> None:
        closing = not self._moments.is_open(now_s)
        signs = self._signs.read(now_s)
        with self._safe.retrying():
            with self.roll.changing() as change:
                change.add(self.roll.book.tick(now_s, signs, closing=closing))
            self._tell(change.events)

    def _housekeep(self, now_s: float) -> None:
        self.roll.forget_old(now_s)
        with self._safe.retrying():
            self.tags.reload()
            self._retention.run(round(now_s * 1000))
        self.alarms.look_at_disk(self.database.path.parent)

    # What the rooms use

    def answering(self) -> AbstractContextManager[None]:
        """Around whatever a page asks of a room: a database that fails is said in words."""
        return self._safe.answering()

    def show(self, visit: Visit) -> None:
        """A new frame for the phones of a visit, without what is no longer right."""
        self.speaker.unseen.review(visit)
        self._screens.show(visit)

    def close(self) -> None:
        """The hub stops: no stream is left for the web server to cut off."""
        self._screens.close()
        self.rooms.close()

    # Frames

    def _build_floor(self) -> bytes:
        now_s = self.clock()
        badge = self.alarms.badge(tags_out=bool(self.roll.live), now_s=now_s)
        sentences = self.alarms.sentences(now_s)
        return self._floor.frame(self.agents, self.speaker, badge, sentences, now_s)

    def _tell(self, events: Iterable[BookEvent]) -> None:
        self._screens.tell(events)
        if self.roll.list_changed:
            self.lists.send_due(self.clock())

    def _close(self, handle: str) -> None:
        self.journeys.close(handle)
        self.watch.checkouts.close(handle)
        self.intake.heard_s.pop(handle, None)
        self._signs.forget(handle)

    def _paid(self, visit: Visit) -> None:
        self.watch.pay(visit.handles, self.clock())

    def floor_frame(self) -> bytes:
        """The newest floor frame, JSON."""
        return self._screens.floor_frame()

    def floor_frames(self) -> AsyncIterator[bytes]:
        """Floor frames, the newest at once; latest wins."""
        return self._screens.floor_frames()

    def phone_frames(self, cookie: str | None) -> AsyncIterator[bytes]:
        """The phone's frames, the newest at once; ends with the visit.

        Raises:
            Refused: 404, this phone has no visit.
        """
        with self._safe.answering():
            return self._screens.phone_frames(cookie)

    # The shopper's side

    def look(self, code: str, cookie: str | None) -> TagView:
        """What a scan of a QR code finds. Writes nothing."""
        return self._desk.look(code, cookie)

    def say_yes(
        self, code: str, cookie: str | None, *, remember: bool, takeover: bool, language: str
    ) -> Session:
        """Pair the tag with this phone's visit, or a new one."""
        with self._safe.answering():
            session, events = self._desk.say_yes(
                code, cookie, remember=remember, takeover=takeover, language=language
            )
        self._tell(events)
        return session

    def join(self, join_code: str, cookie: str | None, *, client: str = "") -> Session:
        """Let a second phone see a visit. `client` is the address that asks, here and below."""
        with self._safe.answering():
            session, events = self._desk.join(join_code, cookie, client)
        self._tell(events)
        return session

    def page(self, cookie: str | None) -> PhoneState:
        """Everything the phone shows."""
        with self._safe.answering():
            return self._desk.page(cookie)

    def heartbeat(self, cookie: str | None, *, visible: bool) -> None:
        """A sign of life from a page; only a visible one can be written to."""
        self._desk.heartbeat(cookie, visible=visible)

    def receipt(self, cookie: str | None, decision: str, kind: Receipt) -> None:
        """What became of a message."""
        visit = self._desk.own(cookie)
        with self._safe.answering():
            self.speaker.answers.receipt(visit, decision, kind, round(self.clock() * 1000))
        self._screens.show(visit)

    def feedback(self, cookie: str | None, decision: str, kind: Feedback) -> None:
        """The shopper's opinion of a message; "not for me" ends its topic."""
        visit = self._desk.own(cookie)
        with self._safe.answering():
            self.speaker.answers.feedback(visit, decision, kind, self.clock())
        self.show(visit)

    def pause(self, cookie: str | None, *, paused: bool) -> None:
        """Stop looking, or begin again."""
        with self._safe.answering():
            events = self._desk.pause(cookie, paused=paused)
        self._tell(events)
        self.show(self._desk.own(cookie))

    def leave(self, cookie: str | None) -> None:
        """End the visit, or a joined phone's part in it."""
        with self._safe.answering():
            events = self._desk.leave(cookie)
        self._tell(events)

    def delete(self, cookie: str | None) -> None:
        """Forget the shopper of this phone: no row and no byte stays."""
        with self._safe.answering():
            self._tell(self._erasure.delete(cookie))
            self.speaker.forget_deleted()

    def delete_by_code(self, visit_code: str, *, client: str = "") -> bool:
        """Forget a visit's shopper from any browser; False where no visit has this code."""
        with self._safe.answering():
            events = self._erasure.delete_by_code(visit_code, client)
            if events is not None:
                self._tell(events)
                self.speaker.forget_deleted()
        return events is not None

    # The manager's and the machines' side

    def event(self, source: str, event: Event) -> str:
        """Take an event; "accepted" or "duplicate"."""
        with self._safe.answering():
            answer, visits = self.rooms.events.event(source, event)
        for visit in visits:
            self.show(visit)
        return answer

    def why(self, decision: str) -> WhyView:
        """Every gate of a decision."""
        with self._safe.answering():
            return self.speaker.whys.why(decision)

    def check_login(self, user: str, password: str, *, client: str = "") -> str | None:
        """A session token, or None."""
        with self._safe.answering():
            return self.logins.login(user, password, round(self.clock() * 1000), client)

    def session(self, token: str) -> str | None:
        """Whose session a token is."""
        with self._safe.answering():
            return self.logins.user(token, round(self.clock() * 1000))

    def logout(self, token: str) -> None:
        """End a session."""
        with self._safe.answering():
            self.logins.logout(token)

    def token_source(self, bearer: str) -> str | None:
        """Which source a bearer token belongs to."""
        with self._safe.answering():
            return self.logins.source(bearer)

    def health(self) -> Health:
        """How the hub is."""
        self._safe.look()
        return self.alarms.health(tags_out=bool(self.roll.live), now_s=self.clock())

    def metrics(self) -> str:
        """Prometheus text."""
        return metrics_text(self)

"""A store in which people do everything that a message must not miss, in any order.

The truth is kept apart from the code under test: who holds which cart and where it stands, what
each party has agreed to, said, bought and marked as a gift. Whatever a phone shows anew, or a push
carries, is held against that truth at that moment.
"""

import contextlib
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import rule

from hub_server.engine import Event, Item, Refused, Subject
from tests.hub_server.store_truth import (
    AUTH,
    ITEMS,
    KINDS,
    P256DH,
    PHONES,
    PUSHES_A_VISIT,
    TAGS,
    ZONES,
    at,
)
from tests.hub_server.watched_store import WatchedStore

# One in ten tries of what ends or hushes a visit; else no visit would last.
RARE: Final = 7
LUCK: Final = st.integers(0, 9)


class DecisionStore(WatchedStore):
    """People scan, walk, buy, mark gifts, say no, hand carts over and leave, in any order."""

    # What people do

    @rule(
        tag=st.sampled_from(TAGS),
        phone=st.sampled_from(PHONES),
        takeover=st.booleans(),
        remember=st.booleans(),
    )
    def scan(self, tag: str, phone: str, *, takeover: bool, remember: bool) -> None:
        """Yes at a cart: a new visit, or another cart of the same one."""
        cookie = self.cookies.get(phone)
        try:
            session = self.hub.yes(self.codes[tag], cookie, takeover=takeover, remember=remember)
        except Refused:
            return
        self.sit(phone, session)
        self.zones.pop(tag, None)
        self.look()

    @rule(phone=st.sampled_from(PHONES), other=st.sampled_from(PHONES))
    def join(self, phone: str, other: str) -> None:
        """A second phone looks on."""
        party = self.party_of(other)
        if party is None or phone == other or self.party_of(phone) is not None:
            return
        code = self.hub.engine.page(self.cookies[other]).join_code
        try:
            session = self.hub.engine.join(code, self.cookies.get(phone))
        except Refused:
            return
        self.sit(phone, session)
        # What the first phone has is shown to the second: it is of the same visit.
        self.seen[phone] |= self.seen[other]
        self.look()

    @rule()
    def dawdle(self) -> None:
        """A minute and a half in one step: what was said is forgotten, and more may be."""
        self.hub.now_s += 90.0
        self.second()

    @rule(phone=st.sampled_from(PHONES), is_open=st.booleans())
    def screen(self, phone: str, *, is_open: bool) -> None:
        """The page is opened or put away."""
        (self.visible.add if is_open else self.visible.discard)(phone)

    @rule(phone=st.sampled_from(PHONES))
    def pocket(self, phone: str) -> None:
        """The phone may be woken, and goes into the pocket: the page is gone after a while."""
        self.subscribe(phone)
        self.visible.discard(phone)
        self.wait(11)

    @rule(
        tag=st.sampled_from(TAGS),
        zone=st.sampled_from(ZONES),
        seconds=st.integers(1, 40),
        posts=st.booleans(),
    )
    def stand(self, tag: str, zone: str, seconds: int, *, posts: bool) -> None:
        """A cart stands in a zone; everybody else's page lives on."""
        handle = self.handle_of(tag)
        if handle is not None and self.zones.get(tag, ("", 0.0))[0] != zone:
            self.zones[tag] = (zone, self.hub.now_s)
            self.hub.enter(handle, zone)
            self.look()
        for _ in range(seconds):
            if handle is not None and handle in self.hub.engine.roll.live:
                self.hub.fix(handle, zone)
            self.second()
            if posts:
                self.post()

    @rule(seconds=st.integers(1, 25))
    def wait(self, seconds: int) -> None:
        """Nobody is heard."""
        for _ in range(seconds):
            self.second()

    @rule(phone=st.sampled_from(PHONES), paused=st.booleans(), luck=LUCK)
    def pause(self, phone: str, luck: int, *, paused: bool) -> None:
        """Stop looking, or begin again."""
        if luck != RARE:
            return
        party = self.party_of(phone)
        if party is None:
            return
        self.hub.engine.pause(self.cookies[phone], paused=paused)
        party.paused = paused
        self.tally["paused"] += paused
        self.look()

    @rule(phone=st.sampled_from(PHONES), luck=LUCK)
    def leave(self, phone: str, luck: int) -> None:
        """Go, or stop looking on."""
        if luck != RARE:
            return
        party = self.party_of(phone)
        if party is None:
            return
        self.hub.engine.leave(self.cookies[phone])
        party.phones.discard(phone)
        self.tally["left"] += 1
        self.look()

    @rule(phone=st.sampled_from(PHONES), luck=LUCK)
    def forget(self, phone: str, luck: int) -> None:
        """Delete all that is known of this phone's shopper."""
        if luck != RARE:
            return
        cookie = self.cookies.pop(phone, None)
        if cookie is None:
            return
        for party in self.parties.values():
            party.phones.discard(phone)
        try:
            self.hub.engine.delete(cookie)
        except Refused:
            return
        self.tally["forgotten"] += 1
        self.look()

    @rule(tag=st.sampled_from(TAGS), item=st.sampled_from(list(ITEMS)))
    def buy(self, tag: str, item: str) -> None:
        """The till tells of an item; the visit goes on."""
        self.events_count += 1
        event = Event(
            id=f"e{self.events_count}",
            ts=at(self.hub.now_s),
            channel="till",
            type="order",
            subject=Subject(tag=tag),
            items=[Item(item=item)],
        )
        self.hub.engine.event("till", event)
        for party in self.parties.values():
            if tag in party.carts:
                party.bought.add(item)
                self.tally["bought"] += 1
        self.look()

    @rule(
        phone=st.sampled_from(PHONES),
        kind=st.sampled_from(["useful", "not_for_me", "wrong_place", "less", "stop_today"]),
    )
    def answer(self, phone: str, kind: str) -> None:
        """What the shopper thinks of the newest message."""
        phones = [one for one in PHONES if self.listed(one)]
        phone = phone if phone in phones or not phones else phones[0]
        party = self.party_of(phone)
        messages = self.listed(phone)
        if party is None or not messages:
            return
        newest = messages[0].decision
        sent = self.sent(party, newest)
        self.hub.engine.feedback(self.cookies[phone], newest, kind)  # type: ignore[arg-type]
        self.tally[kind] += 1
        if sent is not None and kind == "not_for_me":
            party.muted.add(sent.topic)
        if sent is not None and kind == "wrong_place" and sent.zone is not None:
            party.doubted[sent.zone] = self.hub.now_s
        party.alone |= kind == "stop_today"
        self.look()

    @rule(phone=st.sampled_from(PHONES), kind=st.sampled_from(["shown", "dismissed", "tapped"]))
    def receipt(self, phone: str, kind: str) -> None:
        """What became of the newest message."""
        party = self.party_of(phone)
        messages = self.listed(phone) if party else []
        if messages:
            self.hub.engine.receipt(self.cookies[phone], messages[0].decision, kind)  # type: ignore[arg-type]
            self.tally[kind] += 1

    @rule(phone=st.sampled_from(PHONES), item=st.sampled_from(list(ITEMS)))
    def mark(self, phone: str, item: str) -> None:
        """An item is to be a surprise."""
        party = self.party_of(phone)
        if party is None:
            return
        self.hub.engine.rooms.gifts.say(self.cookies[phone], item, gift=True)
        party.gifts.add(item)
        self.tally["gift"] += 1
        self.look()

    @rule(phone=st.sampled_from(PHONES), intent=st.sampled_from([None, "gift", "hurry", "help"]))
    def mission(self, phone: str, intent: str | None) -> None:
        """What the visit is for."""
        if self.party_of(phone) is not None:
            self.hub.engine.rooms.mission.say(self.cookies[phone], {"intent": intent})
            self.look()

    @rule(phone=st.sampled_from(PHONES), purpose=st.sampled_from(["locate", "message"]), luck=LUCK)
    def withdraw(self, phone: str, purpose: str, luck: int) -> None:
        """A purpose is taken back; from now on nothing may come."""
        if luck != RARE:
            return
        party = self.party_of(phone)
        if party is None:
            return
        try:
            self.hub.engine.rooms.purposes.change(self.cookies[phone], purpose, on=False)  # type: ignore[arg-type]
        except Refused:
            return
        party.withdrawn = True
        self.tally["withdrawn"] += 1
        self.look()

    def subscribe(self, phone: str) -> None:
        """The phone may be woken."""
        if self.party_of(phone) is not None:
            room = self.hub.engine.rooms.push.phones
            endpoint = f"https://fcm.googleapis.com/fcm/send/{phone}"
            with contextlib.suppress(Refused):
                room.subscribe(self.cookies[phone], endpoint, P256DH, AUTH)
                self.tally["subscribed"] += 1

    @rule()
    def post(self) -> None:
        """The push service's turn: what is still right goes out, and must be."""
        self.still()
        waiting, self.waiting = self.waiting, []
        for code, sent in waiting:
            party = self.parties.get(code)
            visits = self.hub.engine.roll.visits.values()
            visit = next((one for one in visits if one.visit_code == code), None)
            if party is None or visit is None:
                continue
            unseen = self.hub.engine.speaker.unseen
            against = unseen.still_right(visit, sent)
            if against is not None:
                unseen.push_settled(visit, sent, "cancelled", against)
                self.tally["push held back"] += 1
                continue
            self.allowed(party, sent)
            unseen.push_settled(visit, sent, "accepted", "")
            self.tally["pushed"] += 1
            if sent.kind != "service":
                party.pushed.add(sent.decision)
            assert len(party.pushed) <= PUSHES_A_VISIT, "cap of pushes"

    @rule(on=st.booleans(), luck=LUCK)
    def kill(self, luck: int, *, on: bool) -> None:
        """The store's switch for everything."""
        if luck != RARE:
            return
        self.hub.engine.rooms.states.kill(on=on, by="manager", now_s=self.hub.now_s)
        self.is_killed = on
        self.tally["killed"] += on
        self.look()

    @rule(
        campaign=st.sampled_from([f"{k}.{z}" for z in ZONES for k in KINDS[z]]),
        on=st.booleans(),
        luck=LUCK,
    )
    def pause_campaign(self, campaign: str, luck: int, *, on: bool) -> None:
        """A manager pauses a campaign, or lets it speak again."""
        if luck != RARE:
            return
        states = self.hub.engine.rooms.states
        if on and campaign not in self.off:
            states.pause(campaign, "a test", "manager", self.hub.now_s)
            self.off.add(campaign)
        elif campaign in self.off:
            states.resume(campaign)
            self.off.discard(campaign)
        self.look()

    @rule(luck=LUCK)
    def restart(self, luck: int) -> None:
        """The hub is stopped and started."""
        if luck != RARE:
            return
        self.hub.restart()
        self.hook()
        self.hub.agent_up(boot="b2", term=2)
        self.tally["restarted"] += 1
        self.zones.clear()
        self.look()

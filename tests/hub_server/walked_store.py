"""People in that store: they come, walk, stand, look at the phone or put it away, and go."""

import contextlib
from typing import Final

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import rule

from hub_server.engine import Refused
from hub_server.push.claims import Claims
from tests.hub_server.store_truth import (
    AUTH,
    P256DH,
    PHONES,
    QUIET_ZONE,
    TAGS,
    ZONES,
    Party,
    Person,
)
from tests.hub_server.watched_store import WatchedStore

# One in ten times what hushes a store stays so; else nothing more would be said.
RARE: Final = 7
LUCK: Final = st.integers(0, 9)
# After this long a page that gives no sign is a closed one.
POCKET_S: Final = 11.0
STAND_S: Final = 3
DAY_S: Final = 86_400.0


class Moment(msgspec.Struct, frozen=True):
    """A moment at which the store would like to speak to somebody."""

    phone: str
    zone: str
    gap_s: float
    """So long nothing was said before: after one and a half minutes a message weighs as nothing."""
    is_pocketed: bool
    """The phone is in the pocket, and may be woken."""


SPOKEN_OF: Final = tuple(zone for zone in ZONES if zone != QUIET_ZONE)
MOMENTS: Final = st.builds(
    Moment,
    phone=st.sampled_from(PHONES),
    zone=st.sampled_from((*SPOKEN_OF, *SPOKEN_OF, *ZONES)),
    gap_s=st.sampled_from([0.0, *[95.0] * 5]),
    is_pocketed=st.booleans(),
)


def elsewhere(moment: Moment, zone: str) -> Moment:
    """The same in another zone."""
    return msgspec.structs.replace(moment, zone=zone)


class WalkedStore(WatchedStore):
    """The rules of coming, walking and going."""

    @rule(moment=MOMENTS)
    def tempt(self, moment: Moment) -> None:
        """Somebody stands where the store has something to say, and is reached."""
        party = self.party_of(moment.phone) or self.come_in(moment.phone)
        if party is None:
            return
        self.tally["tempted"] += 1
        if moment.is_pocketed:
            self.visible -= party.phones
            self.subscribe(party.owner)
        else:
            self.visible |= party.phones
        gap_s = max(moment.gap_s, POCKET_S) if moment.is_pocketed else moment.gap_s
        if gap_s:
            self.second(gap_s)
        carts = sorted(party.carts)
        if not carts:
            return
        self.walk(carts[0], moment.zone, STAND_S)
        if moment.is_pocketed:
            self.post()

    def insist(self, moment: Moment) -> None:
        """On the open page and by a push: whoever has said no is not to be met by either."""
        self.tempt(moment)
        self.tempt(msgspec.structs.replace(moment, is_pocketed=not moment.is_pocketed))

    @rule(
        moment=MOMENTS,
        zones=st.lists(st.sampled_from(ZONES), min_size=2, max_size=3),
        remember=st.booleans(),
    )
    def stroll(self, moment: Moment, zones: list[str], *, remember: bool) -> None:
        """Somebody comes, if not here yet, and goes from zone to zone: the store may say much."""
        if self.party_of(moment.phone) is None:
            self.come_in(moment.phone, remember=remember)
        for zone in zones:
            self.tempt(elsewhere(moment, zone))

    # Coming and going

    def come_in(self, phone: str, *, remember: bool = False) -> Party | None:
        """With a cart that nobody has; without one, somebody else is met."""
        held = {cart for party in self.parties.values() for cart in party.carts}
        free = [tag for tag in TAGS if tag not in held]
        if free:
            self.say_yes(phone, free[0], takeover=False, remember=remember)
        return self.party_of(phone) or next(iter(self.parties.values()), None)

    def say_yes(self, phone: str, tag: str, *, takeover: bool, remember: bool) -> None:
        """Yes at a cart: a new visit, or another cart of the same one."""
        known = self.people.get(phone)
        party = self.party_of(phone)
        is_inside = party is not None
        try:
            session = self.hub.yes(
                self.codes[tag], self.cookies.get(phone), takeover=takeover, remember=remember
            )
        except Refused:
            return
        if known is None or not (is_inside or known.remembered_s is not None):
            known = self.people[phone] = Person()
        if not is_inside or remember:
            # A yes without the tick is the last one by which a shopper is known again.
            since_s = self.hub.now_s if known.remembered_s is None else known.remembered_s
            known.remembered_s = since_s if remember else None
        if party is None or tag not in party.carts:
            # In other hands it is followed anew; a second yes at one's own cart changes nothing.
            self.zones.pop(tag, None)
        self.sit(phone, session)
        self.look()

    @rule(
        tag=st.sampled_from(TAGS),
        phone=st.sampled_from(PHONES),
        takeover=st.booleans(),
        remember=st.booleans(),
    )
    def scan(self, tag: str, phone: str, *, takeover: bool, remember: bool) -> None:
        """Somebody says yes at some cart."""
        self.say_yes(phone, tag, takeover=takeover, remember=remember)

    @rule(moment=MOMENTS, remember=st.booleans())
    def come_back(self, moment: Moment, *, remember: bool) -> None:
        """The visit ends, and the same phone begins another one at once."""
        party = self.party_of(moment.phone)
        if party is not None and party.owner == moment.phone:
            self.hub.engine.leave(self.cookies[moment.phone])
            self.look()
        if self.party_of(moment.phone) is None:
            self.come_in(moment.phone, remember=remember)
            self.tally["came back"] += 1
        self.tempt(moment)

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
        self.people.setdefault(phone, Person())
        # What the first phone has is shown to the second: it is of the same visit.
        self.seen[phone] |= self.seen[other]
        self.sit(phone, session)
        self.look()

    @rule(phone=st.sampled_from(PHONES), what=st.sampled_from(["leave", "forget", "sleep"]))
    def end(self, phone: str, what: str) -> None:
        """Go, have all deleted that is known, or come no more before the next day."""
        {"leave": self.leave, "forget": self.forget, "sleep": self.sleep}[what](phone)
        self.tally[what] += 1
        self.look()

    def leave(self, phone: str) -> None:
        """Go, or stop looking on."""
        party = self.party_of(phone)
        if party is not None:
            self.hub.engine.leave(self.cookies[phone])
            party.phones.discard(phone)

    def forget(self, phone: str) -> None:
        """Delete all that is known of this phone's shopper."""
        cookie = self.cookies.pop(phone, None)
        self.people.pop(phone, None)
        for party in self.parties.values():
            party.phones.discard(phone)
        with contextlib.suppress(Refused):
            self.hub.engine.delete(cookie)

    def sleep(self, _phone: str) -> None:
        """A day passes; a hub looks every fifth second whose visit is over."""
        self.second(DAY_S)
        for _ in range(5):
            self.second()

    # Walking, and time

    def walk(self, tag: str, zone: str, seconds: int) -> None:
        """A cart stands in a zone for so long."""
        handle = self.handle_of(tag)
        if handle is not None and (tag in self.lost or self.zones.get(tag, ("", 0.0))[0] != zone):
            self.zones[tag] = (zone, self.hub.now_s)
            self.lost.discard(tag)
            self.hub.enter(handle, zone)
            self.look()
        for _ in range(seconds):
            if handle is not None and handle in self.hub.engine.roll.live:
                self.hub.fix(handle, zone)
            self.second()

    @rule(
        tag=st.sampled_from(TAGS),
        zone=st.sampled_from(ZONES),
        seconds=st.integers(1, 12),
        posts=st.booleans(),
    )
    def stand(self, tag: str, zone: str, seconds: int, *, posts: bool) -> None:
        """Some cart, and what was to be pushed goes out sooner or later."""
        self.walk(tag, zone, seconds)
        if posts:
            self.post()

    @rule(seconds=st.integers(1, 14))
    def wait(self, seconds: int) -> None:
        """Nobody is heard."""
        for _ in range(seconds):
            self.second()

    # The phone

    @rule(phone=st.sampled_from(PHONES), is_open=st.booleans())
    def screen(self, phone: str, *, is_open: bool) -> None:
        """The page is opened or put away."""
        (self.visible.add if is_open else self.visible.discard)(phone)
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
            if sent.shown or visit.channel(self.hub.now_s) == "page":
                # It stands on the open page; a room of pushes lets it be.
                self.tally["push needed no more"] += 1
                continue
            unseen = self.hub.engine.speaker.unseen
            against = unseen.still_right(visit, sent)
            if against is not None:
                unseen.push_settled(visit, sent, "cancelled", against)
                self.tally["push held back"] += 1
                continue
            self.allowed(party, sent, by_push=True)
            claims = Claims(self.hub.database)
            claims.take([sent.decision], round(self.hub.now_s * 1000))
            claims.settle([(sent.decision, "accepted", 1)])
            unseen.push_settled(visit, sent, "accepted", "")
            self.tally[f"pushed {sent.kind}"] += 1
            self.reach(party, sent, by_push=True)

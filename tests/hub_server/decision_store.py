"""A store in which people do everything that a message must not miss, in any order.

The truth is kept apart from the code under test: who holds which cart and where it stands, what
each person has agreed to, said, bought and marked as a gift. Whatever a phone shows anew, or a push
carries, is held against that truth at that moment. Whoever says no is tempted at once: a store that
did not heed it would speak there and then.
"""

import contextlib

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import rule

from hub_server.engine import Event, Item, Refused, Subject
from hub_server.shopper.preferences import Wish
from hub_server.views.hub import MessageView
from hub_server.visit.visits import Visit
from tests.hub_server.store_truth import CAMPAIGNS, GOODS, PHONES, TAGS, Party, at, day
from tests.hub_server.walked_store import (
    LUCK,
    MOMENTS,
    RARE,
    SPOKEN_OF,
    Moment,
    WalkedStore,
    elsewhere,
)

ANSWERS = ("useful", "not_for_me", "wrong_place", "less", "stop_today")


class DecisionStore(WalkedStore):
    """People scan, walk, buy, mark gifts, say no, hand carts over and leave, in any order."""

    # What the shopper says

    @rule(moment=MOMENTS, kind=st.sampled_from(ANSWERS))
    def answer(self, moment: Moment, kind: str) -> None:
        """What the shopper thinks of the newest message, and what the store would say next."""
        phone = self.reader(moment)
        party = self.party_of(phone)
        messages = self.opened(phone)
        if party is not None and messages:
            newest = messages[0].decision
            sent = self.sent(party, newest)
            self.hub.engine.feedback(self.cookies[phone], newest, kind)  # type: ignore[arg-type]
            self.tally[kind] += 1
            if sent is not None and kind == "not_for_me":
                party.person.muted.add(CAMPAIGNS[sent.campaign].topic)
            party.doubted.pop(newest, None)
            if sent is not None and kind == "wrong_place" and sent.zone is not None:
                party.doubted[newest] = (sent.zone, sent.at_s)
            if kind == "stop_today":
                party.person.alone_on = day(self.hub.now_s)
            self.look()
        self.insist(msgspec.structs.replace(moment, phone=phone))

    def reader(self, moment: Moment) -> str:
        """Who has something to answer to, if need be because it is said now."""
        for zone in SPOKEN_OF:
            if any(self.listed(one) for one in PHONES):
                break
            self.tempt(elsewhere(moment, zone))
        phones = [one for one in PHONES if self.listed(one)]
        return moment.phone if moment.phone in phones or not phones else phones[0]

    @rule(phone=st.sampled_from(PHONES), kind=st.sampled_from(["shown", "dismissed", "tapped"]))
    def receipt(self, phone: str, kind: str) -> None:
        """What became of the newest message."""
        messages = self.opened(phone)
        if messages:
            newest = messages[0].decision
            self.hub.engine.receipt(self.cookies[phone], newest, kind)  # type: ignore[arg-type]
            self.tally[kind] += 1

    def opened(self, phone: str) -> list[MessageView]:
        """What a phone lists on which it is read now: nobody answers to a page that is away."""
        if self.listed(phone):
            self.visible.add(phone)
            self.look()
        return self.listed(phone)

    @rule(moment=MOMENTS, item=st.sampled_from(list(GOODS)), luck=LUCK)
    def mark(self, moment: Moment, item: str, luck: int) -> None:
        """An item is to be a surprise; the store would like to speak of it."""
        party = self.party_of(moment.phone) or self.come_in(moment.phone)
        mine = self.people.get(moment.phone)
        if party is None or mine is None or moment.phone not in party.phones:
            return
        is_gift = luck != RARE
        gifts = self.hub.engine.rooms.gifts
        self.show(gifts.say(self.cookies[moment.phone], item, gift=is_gift))
        if is_gift:
            # A guest's mark is the owner's, too; only one's own is taken back.
            party.person.gifts.add(item)
            mine.gifts.add(item)
            self.tally["gift"] += 1
        else:
            mine.gifts.discard(item)
        self.look()
        self.insist(elsewhere(moment, GOODS[item].zone))

    @rule(moment=MOMENTS, item=st.sampled_from(list(GOODS)))
    def buy(self, moment: Moment, item: str) -> None:
        """The till tells of an item; the visit goes on, past where it is spoken of."""
        party = self.party_of(moment.phone) or self.come_in(moment.phone)
        if party is None or not party.carts:
            return
        self.events_count += 1
        event = Event(
            id=f"e{self.events_count}",
            ts=at(self.hub.now_s),
            channel="till",
            type="order",
            subject=Subject(tag=max(party.carts)),
            items=[Item(item=item)],
        )
        self.hub.engine.event("till", event)
        party.bought.add(item)
        self.tally["bought"] += 1
        self.look()
        self.insist(msgspec.structs.replace(moment, phone=party.owner, zone=GOODS[item].zone))

    @rule(
        phone=st.sampled_from(PHONES),
        intent=st.sampled_from([None, "gift", "hurry", "help"]),
        luck=LUCK,
    )
    def mission(self, phone: str, intent: str | None, luck: int) -> None:
        """What the visit is for."""
        if self.party_of(phone) is not None and (intent is None or luck == RARE):
            mission = self.hub.engine.rooms.mission
            self.show(mission.say(self.cookies[phone], {"intent": intent}))
            self.look()

    @rule(moment=MOMENTS, lasts=LUCK)
    def pause(self, moment: Moment, lasts: int) -> None:
        """Stop looking, and mostly begin again soon."""
        party = self.party_of(moment.phone) or self.come_in(moment.phone)
        if party is None or moment.phone not in party.phones:
            return
        self.hush(party, moment.phone, paused=True)
        self.insist(moment)
        if lasts != RARE and moment.phone in party.phones:
            self.hush(party, moment.phone, paused=False)

    def hush(self, party: Party, phone: str, *, paused: bool) -> None:
        """This phone stops the looking of its visit, or lets it begin again."""
        self.hub.engine.pause(self.cookies[phone], paused=paused)
        party.paused = paused
        self.tally["paused"] += paused
        self.look()

    @rule(moment=MOMENTS, purpose=st.sampled_from(["locate", "message"]), lasts=LUCK)
    def withdraw(self, moment: Moment, purpose: str, lasts: int) -> None:
        """A purpose is taken back; from now on nothing may come."""
        party = self.party_of(moment.phone) or self.come_in(moment.phone)
        if party is None or party.owner != moment.phone:
            return
        self.purpose(moment.phone, purpose, on=False)
        party.withdrawn.add(purpose)
        if purpose == "message":
            # With the messages goes what was answered to them.
            party.doubted.clear()
        self.tally["withdrawn"] += 1
        self.look()
        self.insist(moment)
        if lasts != RARE:
            self.relent(moment.phone)

    def purpose(self, phone: str, purpose: str, *, on: bool) -> None:
        """Give or take back."""
        purposes = self.hub.engine.rooms.purposes
        self.show(purposes.change(self.cookies[phone], purpose, on=on))  # type: ignore[arg-type]

    @rule(phone=st.sampled_from(PHONES))
    def relent(self, phone: str) -> None:
        """All may be said again, as far as the store and this phone's shopper may say so."""
        self.switch(on=False)
        party, mine = self.party_of(phone), self.people.get(phone)
        if party is None or mine is None:
            return
        with contextlib.suppress(Refused):
            wish = Wish(alone_today=False, topics_off=())
            self.show(self.hub.engine.rooms.preferences.change(self.cookies[phone], wish))
            mine.alone_on = None
            mine.muted.clear()
        if party.person is mine:
            for purpose in sorted(party.withdrawn):
                self.purpose(phone, purpose, on=True)
            party.withdrawn.clear()
        self.look()

    def show(self, visit: Visit | None) -> None:
        """As the routes of the page do after each change."""
        if visit is not None:
            self.hub.engine.show(visit)

    # What the store's people do

    @rule(moment=MOMENTS, lasts=LUCK)
    def kill(self, moment: Moment, lasts: int) -> None:
        """The store's switch for everything, seldom for long."""
        self.switch(on=True)
        self.insist(moment)
        if lasts != RARE:
            self.switch(on=False)

    def switch(self, *, on: bool) -> None:
        """Turn it, where it is not so already."""
        if on != self.is_killed:
            self.hub.engine.rooms.states.kill(on=on, by="manager", now_s=self.hub.now_s)
            self.is_killed = on
            self.tally["killed"] += on
            # Each second the hub takes back what nobody has seen; a manager's tap is heard then.
            self.second()

    @rule(moment=MOMENTS, campaign=st.sampled_from(list(CAMPAIGNS)), lasts=LUCK)
    def pause_campaign(self, moment: Moment, campaign: str, lasts: int) -> None:
        """A manager pauses a campaign, mostly not for long."""
        states = self.hub.engine.rooms.states
        states.pause(campaign, "a test", "manager", self.hub.now_s)
        self.off.add(campaign)
        self.second()
        self.insist(elsewhere(moment, CAMPAIGNS[campaign].zone or moment.zone))
        if lasts != RARE:
            states.resume(campaign)
            self.off.discard(campaign)

    @rule()
    def restart(self) -> None:
        """The hub is stopped and started."""
        self.hub.restart()
        self.hook()
        self.hub.agent_up()
        self.tally["restarted"] += 1
        self.lost = set(TAGS)
        self.look()

"""A store whose phones and pushes are watched: what reaches them is held against the truth."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import ClassVar

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from hub_server import campaigns
from hub_server.engine import Refused, Session
from hub_server.views.hub import MessageView
from hub_server.visit.visits import Sent, Visit
from tests.hub_server.conftest import SALT, Hub, market
from tests.hub_server.store_truth import (
    CAMPAIGNS,
    DOUBTED_S,
    EXPIRY_S,
    GOODS,
    PHONES,
    PROMOTION,
    QUIET_ZONE,
    SETTLED_S,
    TAGS,
    WORLDS,
    Party,
    Person,
    Reached,
    day,
    document,
    is_quiet,
)


class WatchedStore(RuleBasedStateMachine):
    """One hub, four phones, three carts; what they come to see is held against the truth."""

    tally: ClassVar[Counter[str]] = Counter()
    """What the runs so far have come across: a machine that meets no message proves nothing."""
    # Without caps most is said, so every other gate has most to do there.
    worlds: ClassVar[tuple[str, ...]] = (*WORLDS, "no caps", "no caps")
    found: ClassVar[list[tuple[int, str]]] = []
    """What should not have been, and after how many steps."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="instep-store-")

    @initialize(number=st.integers(0, 999))
    def opens(self, number: int) -> None:
        """A hub of the corner market whose campaigns and caps are those of the truth."""
        world = self.worlds[number % len(self.worlds)]
        self.world = WORLDS[world]
        self.tally[f"in {world}"] += 1
        settings = {"demo": False, "holdout_share": 0.2, "limits": self.world.limits}
        self.hub = Hub(Path(self._folder.name), **settings)
        self.hub.close()
        floor_map, _, products, _ = market()
        sold = {one.item: one for one in products}
        # Without the salt no campaign would know that what it is about is a gift.
        said = campaigns.parse(document(), floor_map, sold, SALT)
        self.hub.store = msgspec.structs.replace(self.hub.store, campaigns=said)
        self.hub.open()
        self.hub.agent_up()
        self.codes = dict(zip(TAGS, self.hub.carts(*TAGS), strict=True))
        self.cookies: dict[str, str] = {}
        self.people: dict[str, Person] = {}
        """Of each phone: who it is to the hub."""
        self.parties: dict[str, Party] = {}
        self.zones: dict[str, tuple[str, float]] = {}
        """Of each cart: where it stands, since when."""
        self.lost: set[str] = set()
        """Carts of which a hub that has just begun knows no place."""
        self.seen: dict[str, set[str]] = {phone: set() for phone in PHONES}
        self.visible = set(PHONES)
        self.events_count = 0
        self.is_killed = False
        self.off: set[str] = set()
        self.waiting: list[tuple[str, Sent]] = []
        """Pushes on their way: of whose visit, and what."""
        self.hook()

    def hook(self) -> None:
        """Stand where the push service would: what the hub hands over waits until it is sent."""
        self.hub.engine.speaker.on_push = self.handed_over

    def handed_over(self, visit: Visit, sent: Sent) -> None:
        """The hub has said it, on push."""
        self.waiting.append((visit.visit_code, sent))

    def teardown(self) -> None:  # type: ignore[explicit-override] # typing has it from 3.12 on
        """Close the hub."""
        if hasattr(self, "hub"):
            self.hub.close()
        self._folder.cleanup()

    @invariant()
    def counts(self) -> None:
        """How far the machine has come."""
        self.tally["steps"] += 1

    def must(self, what: str, *, hold: bool) -> None:
        """Stop where `what` is broken."""
        if not hold:
            self.found.append((self.tally["steps"], what))
        assert hold, what

    # The truth

    def party_of(self, phone: str) -> Party | None:
        """Whose visit the phone looks on."""
        return next((one for one in self.parties.values() if phone in one.phones), None)

    def visit_of(self, party: Party) -> Visit:
        """The hub's own record, to find handles by."""
        return next(
            visit
            for visit in self.hub.engine.roll.visits.values()
            if visit.visit_code == party.name
        )

    def still(self) -> None:
        """Drop the parties that the hub has ended (15 minutes unheard and the like)."""
        open_codes = {visit.visit_code: visit for visit in self.hub.engine.roll.visits.values()}
        for code in list(self.parties):
            if code not in open_codes:
                del self.parties[code]
            else:
                self.parties[code].carts = set(open_codes[code].handles.values())

    def sit(self, phone: str, session: Session) -> None:
        """The phone is part of this visit now."""
        self.cookies[phone] = session.cookie
        for party in self.parties.values():
            party.phones.discard(phone)
        if session.visit_code not in self.parties:
            party = Party(
                name=session.visit_code,
                owner=phone,
                person=self.people[phone],
                is_spared=False,
                phones=set(),
                carts=set(),
            )
            party.is_spared = self.visit_of(party).holdout
            self.parties[session.visit_code] = party
        self.parties[session.visit_code].phones.add(phone)
        self.still()

    # What is held against it

    def look(self) -> None:
        """Every phone's page: what is new on it must be right now, what stays must be allowed."""
        self.still()
        for phone, cookie in self.cookies.items():
            try:
                page = self.hub.engine.page(cookie)
            except Refused:
                continue
            party = self.party_of(phone)
            for message in page.messages:
                self.hold(phone, party, message)

    def listed(self, phone: str) -> list[MessageView]:
        """The messages of the visit that a phone looks on, newest first."""
        if self.party_of(phone) is None:
            return []
        return self.hub.engine.page(self.cookies[phone]).messages

    def hold(self, phone: str, party: Party | None, message: MessageView) -> None:
        """One message on one phone."""
        is_new = message.decision not in self.seen[phone]
        if party is None:
            # What was seen may be read again on the ended page; nothing new comes there.
            self.must("a message after the visit", hold=not is_new)
            return
        words = f"{message.title} {message.text}"
        named = [item for item in party.person.gifts if GOODS[item].name in words]
        self.must("gift: named on a page", hold=not named)
        is_glance = phone in self.visible and message.decision not in party.reached
        if not (is_new or is_glance):
            return
        self.seen[phone].add(message.decision)
        sent = self.sent(party, message.decision)
        self.must("a message of another pairing", hold=sent is not None)
        assert sent is not None
        self.allowed(party, sent)
        if phone not in self.visible:
            return
        self.hub.engine.receipt(self.cookies[phone], message.decision, "shown")
        if is_glance:
            self.tally[f"shown {sent.kind}"] += 1
            self.reach(party, sent)

    def sent(self, party: Party, decision: str) -> Sent | None:
        """The hub's record of a message of this party."""
        found = [one for one in self.visit_of(party).sent if one.decision == decision]
        return found[0] if found else None

    def reach(self, party: Party, sent: Sent, *, by_push: bool = False) -> None:
        """Somebody saw it, or a push service took it: it counts."""
        known = party.reached.get(sent.decision)
        reached = known or Reached(party.name, sent.campaign, sent.at_s)
        reached.by_push |= by_push
        if known is None:
            party.reached[sent.decision] = reached
            since_s = party.person.remembered_s
            if since_s is not None and sent.at_s >= since_s:
                party.person.diary.append(reached)
        over = party.over(reached, self.world.caps)
        self.must(f"over the cap of a {over}", hold=over is None)

    def allowed(self, party: Party, sent: Sent, *, by_push: bool = False) -> None:
        """What must hold for a message that reaches a phone at this moment."""
        now_s, person, said = self.hub.now_s, party.person, CAMPAIGNS[sent.campaign]
        visit = self.visit_of(party)
        self.must("consent", hold=visit.may_locate and visit.may_message)
        self.must("withdrawn", hold=not party.withdrawn)
        self.must("paused", hold=not party.paused)
        self.must("alone today", hold=person.alone_on != day(now_s))
        self.must("killed", hold=not self.is_killed)
        self.must("expired", hold=now_s <= sent.at_s + EXPIRY_S)
        self.must("holdout", hold=not (party.is_spared and said.kind in PROMOTION))
        self.must("muted", hold=said.topic not in person.muted)
        self.must("campaign paused", hold=sent.campaign not in self.off)
        self.must("bought", hold=said.item not in party.bought)
        self.must("gift", hold=said.item not in person.gifts)
        # What was said on an open page a moment before may be read to its end; nobody is woken.
        said_s = now_s if by_push else sent.at_s
        self.must("quiet hours", hold=not is_quiet(self.world, said_s))
        self._placed(party, said.zone)

    def _placed(self, party: Party, zone: str | None) -> None:
        """A message bound to `zone`, or to none, reaches a party that stands where it may."""
        now_s = self.hub.now_s
        stands = {cart: self.zones[cart] for cart in party.carts if cart in self.zones}
        here = {name for name, _ in stands.values()}
        is_fresh = any(now_s - since_s < SETTLED_S for _, since_s in stands.values())
        self.must("quiet zone", hold=zone != QUIET_ZONE and (is_fresh or bool(here - {QUIET_ZONE})))
        self.must("another pairing's zone", hold=zone is None or zone in here or is_fresh)
        doubts = party.doubted.values()
        doubted = [one for one, at_s in doubts if now_s - at_s < DOUBTED_S]
        self.must("wrong place", hold=zone not in doubted)
        # Bound to none, it must not be said to who stands in none but a doubted one.
        self.must("wrong place", hold=is_fresh or bool(here - set(doubted)))

    # What the store does by itself

    def second(self, seconds: float = 1.0) -> None:
        """So much later, with the signs of life of the pages that are open."""
        self.hub.now_s += seconds
        for phone in sorted(self.visible):
            if self.party_of(phone) is not None:
                self.hub.engine.heartbeat(self.cookies[phone], visible=True)
        self.hub.engine.tick()
        self.look()

    def handle_of(self, tag: str) -> str | None:
        """The name under which the cart is followed."""
        for visit in self.hub.engine.roll.visits.values():
            for handle, held in visit.handles.items():
                if held == tag:
                    return handle
        return None

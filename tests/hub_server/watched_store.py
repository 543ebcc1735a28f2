"""A store whose phones and pushes are watched: what reaches them is held against the truth."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import ClassVar

import msgspec
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from hub_server import campaigns
from hub_server.decision.snapshot import WRONG_PLACE_S
from hub_server.engine import Refused, Session
from hub_server.views.hub import MessageView
from hub_server.visit.visits import Sent, Visit
from tests.hub_server.conftest import Hub, market
from tests.hub_server.store_truth import (
    ABOUT,
    EXPIRY_S,
    LIMITS,
    MESSAGES_A_VISIT,
    PHONES,
    PROMOTION,
    SETTLED_S,
    TAGS,
    Party,
    document,
)


class WatchedStore(RuleBasedStateMachine):
    """One hub, four phones, three carts; what they come to see is held against the truth."""

    tally: ClassVar[Counter[str]] = Counter()
    """What the runs so far have come across: a machine that meets no message proves nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="instep-store-")

    @initialize()
    def opens(self) -> None:
        """A hub of the corner market whose campaigns are those above."""
        self.hub = Hub(Path(self._folder.name), demo=False, holdout_share=0.2, limits=LIMITS)
        self.hub.close()
        floor_map, _, _, _ = market()
        said = campaigns.parse(document(), floor_map)
        self.hub.store = msgspec.structs.replace(self.hub.store, campaigns=said)
        self.hub.open()
        self.hub.agent_up()
        self.codes = dict(zip(TAGS, self.hub.carts(*TAGS), strict=True))
        self.cookies: dict[str, str] = {}
        self.parties: dict[str, Party] = {}
        self.zones: dict[str, tuple[str, float]] = {}
        """Of each cart: where it stands, since when."""
        self.seen: dict[str, set[str]] = {phone: set() for phone in PHONES}
        self.visible = set(PHONES)
        self.events_count = 0
        self.is_killed = False
        self.off: set[str] = set()
        self.waiting: list[tuple[str, Sent]] = []
        """Pushes on their way: of whose visit, and what."""
        self.hook()
        for tag, phone in zip(TAGS, PHONES, strict=False):
            self.sit(phone, self.hub.yes(self.codes[tag]))

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
        if party is None or message.decision in self.seen[phone]:
            # What was seen may be read again on the ended page; nothing new comes there.
            assert message.decision in self.seen[phone], "a message after the visit"
            return
        self.seen[phone].add(message.decision)
        sent = self.sent(party, message.decision)
        assert sent is not None, "a message of another pairing"
        self.allowed(party, sent)
        if phone not in self.visible:
            return
        self.hub.engine.receipt(self.cookies[phone], message.decision, "shown")
        if message.decision not in party.counted:
            party.counted[message.decision] = sent.kind
            self.tally[f"shown {sent.kind}"] += 1
        counted = [kind for kind in party.counted.values() if kind != "service"]
        assert len(counted) <= MESSAGES_A_VISIT, f"cap of a visit: {counted}"

    def sent(self, party: Party, decision: str) -> Sent | None:
        """The hub's record of a message of this party."""
        found = [one for one in self.visit_of(party).sent if one.decision == decision]
        return found[0] if found else None

    def allowed(self, party: Party, sent: Sent) -> None:
        """What must hold for a message that reaches a phone at this moment."""
        now_s = self.hub.now_s
        visit = self.visit_of(party)
        assert visit.may_locate, "consent"
        assert visit.may_message, "consent"
        assert not party.withdrawn, "withdrawn"
        assert not party.paused, "paused"
        assert not party.alone, "alone today"
        assert not self.is_killed, "killed"
        assert now_s <= sent.at_s + EXPIRY_S, "expired"
        assert not (visit.holdout and sent.kind in PROMOTION), "holdout"
        kind, _, zone = sent.campaign.partition(".")
        assert sent.topic not in party.muted, "muted"
        assert sent.campaign not in self.off, "campaign paused"
        here = {self.zones[cart][0] for cart in party.carts if cart in self.zones}
        fresh = {
            cart for cart in party.carts if now_s - self.zones.get(cart, ("", 0.0))[1] < SETTLED_S
        }
        assert zone in here or fresh, "another pairing's zone"
        assert now_s - party.doubted.get(zone, -WRONG_PLACE_S) >= WRONG_PLACE_S, "wrong place"
        assert ABOUT.get(kind) not in party.bought, "bought"
        assert ABOUT.get(kind) not in party.gifts, "gift"

    # What the store does by itself

    def sit(self, phone: str, session: Session) -> None:
        """The phone is part of this visit now."""
        self.cookies[phone] = session.cookie
        for party in self.parties.values():
            party.phones.discard(phone)
        if session.visit_code not in self.parties:
            party = Party(name=session.visit_code, owner=phone, phones=set(), carts=set())
            self.parties[session.visit_code] = party
        self.parties[session.visit_code].phones.add(phone)
        self.still()

    def second(self) -> None:
        """One second, with the signs of life of the pages that are open."""
        self.hub.now_s += 1.0
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

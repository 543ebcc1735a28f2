"""Pairing and consent together, with a toy store of fixes, stays and messages around them.

The truth is kept apart from the code under test: which party holds which cart, and to what it has
agreed. What the hub would keep or show is compared with that truth after every step.
"""

from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hub_server.consent import PURPOSES, Ledger, Purpose, shown, yes
from hub_server.pairing import Ended, Event, Names, PairingBook, PairingRefused, code_from
from hub_server.visit.endings import Reason, Signs

TAGS = ("cart-1", "cart-2", "basket-1")
PHONES = ("ann", "bob", "cy", "dee")
TEXT = shown("en", "Market", "Market Ltd")
tags = st.sampled_from(TAGS)
phones = st.sampled_from(PHONES)


class Row(msgspec.Struct):
    """A fix or stay that the toy hub keeps, with the party that truly held the cart."""

    handle: str
    truth: str | None
    """The party that held the cart when the radio heard it."""
    kept_at_s: float


class Party(msgspec.Struct):
    """The truth about one visit: who is in it, what they hold and agreed to."""

    name: str
    shopper: str
    phones: list[str]
    carts: set[str]
    agreed: set[Purpose]
    paused: bool = False


class Store(RuleBasedStateMachine):
    """A store in which phones scan, join, hand over, forget and leave carts in any order."""

    @initialize()
    def opens(self) -> None:
        self.book = PairingBook()
        self.ledger = Ledger()
        self.now_s = 0.0
        self.names_count = 0
        self.parties: dict[str, Party] = {}
        self.heard: list[Row] = []
        """Sightings on their way: heard, named by handle, not yet at the hub."""
        self.kept: list[Row] = []
        self.shown: dict[str, list[Row]] = {phone: [] for phone in PHONES}
        self.ended_s: dict[str, float] = {}

    # The truth

    def party_of(self, phone: str) -> Party | None:
        return next((p for p in self.parties.values() if phone in p.phones), None)

    def holder_of(self, tag: str) -> Party | None:
        return next((p for p in self.parties.values() if tag in p.carts), None)

    def gone(self, events: Iterable[Event]) -> None:
        """The truth after endings; the hub drops what it was about to say to those phones."""
        for event in events:
            if not isinstance(event, Ended):
                continue
            party = self.holder_of(event.pairing.tag)
            assert party is not None
            assert sorted(event.phones) == sorted(party.phones)
            party.carts.remove(event.pairing.tag)
            assert event.visit_ended is (not party.carts)
            if event.visit_ended:
                del self.parties[party.name]
            self.ended_s[event.pairing.handle] = self.now_s
            for phone in event.phones:
                self.shown[phone].clear()

    def fresh(self) -> Names:
        self.names_count += 1
        n = self.names_count
        return Names(
            handle=f"h{n}",
            visit=f"v{n}",
            shopper=f"s{n}",
            visit_code=code_from(2 * n),
            join_code=code_from(2 * n + 1),
        )

    # What people do

    @rule(tag=tags, phone=phones, takeover=st.booleans(), remember=st.booleans())
    def scan_and_yes(self, tag: str, phone: str, *, takeover: bool, remember: bool) -> None:
        names = self.fresh()
        holder, party = self.holder_of(tag), self.party_of(phone)
        if holder is not None and holder is not party and not takeover:
            with pytest.raises(PairingRefused, match="is it yours now"):
                self.book.open(tag, phone, names, self.now_s)
            return
        self.gone(self.book.open(tag, phone, names, self.now_s, takeover=takeover))
        if party is None:
            party = Party(names.visit, names.shopper, [phone], set(), {"locate", "message"})
            party.agreed |= {"remember"} if remember else set()
            self.parties[party.name] = party
            consents = yes(names.shopper, TEXT, int(self.now_s * 1000), remember=remember)
            self.ledger.append(consents)
        party.carts.add(tag)

    @rule(first=phones, second=phones)
    def join(self, first: str, second: str) -> None:
        visit = self.book.visit_of(first)
        code = visit.join_code if visit is not None else "no code"
        party, other = self.party_of(first), self.party_of(second)
        if party is None or other is not None:
            with pytest.raises(PairingRefused):
                self.book.join(code, second, self.fresh().join_code)
            return
        self.book.join(code, second, self.fresh().join_code)
        party.phones.append(second)

    @rule(phone=phones, paused=st.booleans())
    def pause(self, phone: str, *, paused: bool) -> None:
        party = self.party_of(phone)
        if party is not None:
            self.book.pause(phone, self.now_s, paused=paused)
            party.paused = paused

    @rule(phone=phones, reason=st.sampled_from(["leave", "withdrawn", "deleted"]))
    def leave(self, phone: str, reason: Reason) -> None:
        party = self.party_of(phone)
        if party is None:
            return
        first = party.phones[0] == phone
        events = self.book.leave(phone, self.now_s, reason)
        if not first:
            party.phones.remove(phone)
            self.shown[phone].clear()
            return
        self.gone(events)
        assert party.name not in self.parties
        at_ms = int(self.now_s * 1000)
        self.ledger.append(self.ledger.withdrawal(party.shopper, PURPOSES, at_ms, "leave"))
        if reason == "deleted":
            self.ledger.forget(party.shopper)
            self.kept = [row for row in self.kept if row.truth != party.name]

    @rule(phone=phones, purpose=st.sampled_from(PURPOSES))
    def take_back(self, phone: str, purpose: Purpose) -> None:
        party = self.party_of(phone)
        if party is not None:
            at_ms = int(self.now_s * 1000)
            self.ledger.append(self.ledger.withdrawal(party.shopper, [purpose], at_ms, "settings"))
            party.agreed.discard(purpose)

    # What time and the radio do

    @rule(seconds=st.sampled_from([1.0, 30.0, 300.0, 700.0]), closing=st.integers(0, 19))
    def time_passes(self, seconds: float, closing: int) -> None:
        self.now_s += seconds
        signs = {
            pairing.handle: Signs(heard_s=self.now_s, page_s=self.now_s - seconds)
            for pairing in self.book.listened()
        }
        self.gone(self.book.tick(self.now_s, signs, closing=closing == 0))

    @rule(tag=tags)
    def radio_hears(self, tag: str) -> None:
        """Pis know tags by the list only; what they hear is named by its handle at that moment."""
        holder = self.holder_of(tag)
        listened = [pairing for pairing in self.book.listened() if pairing.tag == tag]
        assert len(listened) == (1 if holder is not None and not holder.paused else 0)
        name = holder.name if holder is not None else None
        self.heard += [Row(pairing.handle, name, -1.0) for pairing in listened]

    @precondition(lambda self: self.heard)
    @rule(count=st.integers(1, 5))
    def fixes_arrive(self, count: int) -> None:
        """Late, after anything that may have happened since."""
        arrived, self.heard = self.heard[:count], self.heard[count:]
        for row in arrived:
            pairing = self.book.pairing(row.handle)
            visit = self.book.visit(pairing.visit) if pairing is not None else None
            if visit is None:
                continue
            if self.ledger.allowed(visit.shopper, "locate", int(self.now_s * 1000)):
                truth = self.parties[visit.visit]
                assert "locate" in truth.agreed
                assert row.truth == truth.name
                self.kept.append(Row(row.handle, row.truth, self.now_s))

    @rule()
    def hub_speaks(self) -> None:
        """To every visit that has a fix and agreed to messages, about its own last fix."""
        last = {row.handle: row for row in self.kept}
        for visit in self.book.open_visits():
            may = self.ledger.allowed(visit.shopper, "message", int(self.now_s * 1000))
            assert may is ("message" in self.parties[visit.visit].agreed)
            rows = [last[handle] for handle in visit.handles if handle in last]
            for phone in visit.phones if may else ():
                self.shown[phone] += rows

    # What must hold

    @invariant()
    def every_phone_sees_its_own_party_only(self) -> None:
        for phone in PHONES:
            party, visit = self.party_of(phone), self.book.visit_of(phone)
            assert (visit.visit if visit else None) == (party.name if party else None)
            readable = [r for r in self.kept if visit is not None and r.handle in visit.handles]
            for row in (*readable, *self.shown[phone]):
                assert party is not None
                assert row.truth == party.name

    @invariant()
    def a_scan_never_says_whose(self) -> None:
        for tag in TAGS:
            holder = self.holder_of(tag)
            for phone in (None, *PHONES):
                mine = phone is not None and holder is not None and phone in holder.phones
                state = "free" if holder is None else "mine" if mine else "in_use"
                assert self.book.look(tag, phone) == state

    @invariant()
    def no_fix_is_kept_after_the_pairing_ended(self) -> None:
        for row in self.kept:
            ended_s = self.ended_s.get(row.handle)
            assert ended_s is None or row.kept_at_s <= ended_s
            assert (self.book.pairing(row.handle) is None) is (ended_s is not None)

    @invariant()
    def consent_is_what_was_agreed(self) -> None:
        for party in self.parties.values():
            for purpose in PURPOSES:
                allowed = self.ledger.allowed(party.shopper, purpose, int(self.now_s * 1000))
                assert allowed is (purpose in party.agreed)


TestStore = Store.TestCase
TestStore.settings = settings(max_examples=250, stateful_step_count=50, deadline=None)

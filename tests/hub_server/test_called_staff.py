"""Row 93: whom no phone reaches, staff may be called to; nothing else is said to them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub_server.decide import REASONS, GateResult, decide, recheck
from hub_server.decision.snapshot import ContextSnapshot
from tests.hub_server.speaking_hub import Build, message, stores
from tests.hub_server.wine_moment import but, made

CLOSED = but(channel=None, staff=True)
CALL = {"kind": "help", "topic": "help", "action": "call_staff", "usefulness": 0.4}
UNREACHABLE = GateResult("unreachable", ok=False, why=REASONS["unreachable"])


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


def test_a_closed_phone_keeps_nobody_from_being_helped() -> None:
    decision = decide(CLOSED, made({"usefulness": 0.9}, CALL))
    assert (decision.outcome, decision.code, decision.campaign) == ("send", "called", "c2")
    assert decision.gates == (), "what only a phone could show is not asked"
    explained = decide(CLOSED, made({"usefulness": 0.9}, CALL), explain=True)
    assert (explained.code, explained.campaign) == ("called", "c2")
    assert {one.campaign for one in explained.gates} == {None, "c2"}
    assert all(one.ok for one in explained.gates)


def test_an_open_page_is_told_as_well_and_hears_the_best() -> None:
    both = made({"usefulness": 0.9}, CALL)
    assert [decide(but(staff=True), one).code for one in (both, both[1:])] == ["sent", "sent"]
    assert decide(but(staff=True), both).campaign == "c1"


@pytest.mark.parametrize(
    ("moment", "entry"),
    [
        (CLOSED, {}),
        (CLOSED, CALL | {"when": {"field": "zone", "op": "is", "value": "bakery"}}),
        (CLOSED, CALL | {"when": {"field": "dwell_s", "op": ">=", "value": 300}}),
        # Decided before staff were asked for: stored, it comes out the same.
        (but(channel=None), CALL),
    ],
)
def test_where_nothing_calls_staff_a_closed_phone_is_silence(
    moment: ContextSnapshot, entry: dict[str, Any]
) -> None:
    decision = decide(moment, made(entry))
    assert (decision.outcome, decision.code) == ("silent", "unreachable")
    assert decision.gates == (UNREACHABLE,)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("consent", {"may_message": False}),
        ("alone_today", {"alone_today": True}),
        ("quiet_zone", {"quiet_zone": True}),
        ("unsure_where", {"zone_p": 0.5}),
        ("muted", {"muted_topics": ("help",)}),
        ("cap_same", {"missed_campaigns": ("c1",)}),
    ],
)
def test_every_other_gate_holds(code: str, changes: dict[str, Any]) -> None:
    moment = msgspec.structs.replace(CLOSED, **changes)
    decision = decide(moment, made(CALL))
    assert (decision.outcome, decision.code) == ("silent", code)
    assert recheck(moment, made(CALL)[0]) == code


def test_what_is_asked_once_more_before_it_goes_out() -> None:
    assert recheck(CLOSED, made(CALL)[0]) is None
    assert recheck(CLOSED, made({})[0]) == "unreachable"


def test_a_stored_moment_of_before_has_neither_staff_nor_receipt() -> None:
    kept = msgspec.json.decode(b'{"at_s":1.0}', type=ContextSnapshot)
    assert (kept.staff, kept.paid) == (False, False)


def test_staff_are_told_and_nothing_claims_that_the_shopper_was(new_store: Build) -> None:
    store = new_store(message("hello"), message("come", action="call_staff", usefulness=0.5))
    hub = store.hub
    session = store.shopper(zone=None)
    store.visit(session).visible.clear()
    hub.enter(hub.handle(session))
    hub.pass_s(2)
    (task,) = msgspec.json.decode(hub.engine.rooms.aisle.help.frame(hub.now_s))["tasks"]
    assert (task["kind"], task["zone"], task["about"]) == ("call", "produce", "come")
    rows = hub.query(
        "SELECT outcome, code, channel, shown_ms FROM decisions WHERE outcome = 'send'"
    )
    assert rows == [("send", "called", None, None)]
    for _ in range(60):
        hub.now_s += 1
        hub.fix(hub.handle(session))
        hub.engine.tick()
    ended = hub.query("SELECT expired_ms IS NULL, shown_ms FROM decisions WHERE code = 'called'")
    assert ended == [(0, None)], "nobody saw it, and its room under the caps is given back"
    assert hub.query("SELECT released_ms IS NULL FROM reservations") == [(0,)]


def test_after_the_receipt_an_offer_that_nobody_saw_is_taken_back(new_store: Build) -> None:
    """Rows 76 and 98: two minutes are left until the visit ends."""
    offer = message("promo", "offer")
    store = new_store(offer, message("again", "offer", zone="pasta"), message("way", zone="pasta"))
    session = store.shopper()
    assert store.titles(session) == ["promo"]
    store.buy(session, "1017")
    store.hub.pass_s(1)
    assert store.titles(session) == []
    assert store.hub.query("SELECT cancelled FROM decisions WHERE campaign = 'promo'") == [
        ("paid",)
    ]
    store.hub.linger(session, "pasta", 30)
    assert store.titles(session) == ["way"]

"""Decide, reserve, keep, look once more, speak: what is said, what is not, and its trace."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert

from edge_agent import messages
from hub_server.campaign.states import GUARDRAIL
from hub_server.decision.caps import Cap
from hub_server.decision.limits import Limits
from hub_server.goods.assortment import Range
from hub_server.records.message_tables import RESERVATIONS
from hub_server.views.hub import Refused
from hub_server.visit.visits import Sent, Visit
from tests.hub_server.conftest import AGENT, STORE
from tests.hub_server.speaking_hub import LIMITS, Build, message, stores

BANANAS = "1001"
WINE = "offer-bananas"


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


def bananas(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a campaign
    return message(WINE, "offer", items=[BANANAS], **more)


def test_a_message_is_reserved_kept_and_said(new_store: Build) -> None:
    store = new_store(message("hello"))
    session = store.shopper()
    assert store.titles(session) == ["hello"]
    assert store.rows("outcome, code, channel, propensity") == [("send", "sent", "page", 1.0)]
    kept = store.hub.query("SELECT decision, campaign, released_ms FROM reservations")
    assert kept == [(store.sent(session)[0].decision, "hello", None)]
    assert store.hub.engine.speaker.counts().sent == 1
    (listed,) = store.hub.engine.speaker.latest()
    assert (listed.campaign, listed.decision) == ("hello", kept[0][0])


def test_the_floor_says_of_a_message_that_nobody_saw_in_time_that_it_is_over(
    new_store: Build,
) -> None:
    store = new_store(message("hello"))
    session = store.shopper()
    decision = store.sent(session)[0].decision

    def listed() -> list[tuple[bool, bool]]:
        return [(one.shown, one.over) for one in store.hub.engine.speaker.latest()]

    assert listed() == [(False, False)]
    store.hub.pass_s(62)
    assert listed() == [(False, True)]
    store.hub.engine.receipt(session.cookie, decision, "shown")
    assert listed() == [(True, False)]


def test_no_manager_asks_why_of_a_person_unless_the_person_shows_the_code(new_store: Build) -> None:
    store = new_store(message("hello"), demo=False)
    decision = store.sent(store.shopper())[0].decision
    (listed,) = store.hub.engine.speaker.latest()
    assert (listed.campaign, listed.decision) == ("hello", None)
    assert store.hub.engine.why(decision).campaign == "hello"


def test_a_cap_that_another_hub_filled_first_is_silence_with_its_code_row_41(
    new_store: Build,
) -> None:
    store = new_store(message("hello"))
    session = store.shopper(zone=None)
    visit = store.visit(session)
    store.hub.database.write(
        *(
            insert(RESERVATIONS).values(
                decision=f"other-{n}",
                subject=f"visit:{visit.visit}",
                visit=visit.visit,
                campaign="other",
                kind="help",
                topic="other",
                channel="page",
                categories=b"[]",
                exempt=False,
                at_ms=round(store.hub.now_s * 1000),
            )
            for n in range(3)
        )
    )
    store.hub.linger(session, "produce", 2)
    assert store.sent(session) == []
    assert ("silent", "cap_messages", None, None) in store.rows("outcome, code, title, rule_set")
    assert store.hub.engine.speaker.counts().silent[0].code == "cap_messages"
    ((code,),) = store.rows("decision", "code = 'cap_messages' AND campaign IS NOT NULL")
    why = store.hub.engine.why(str(code))
    assert [(gate.gate, gate.ok) for gate in why.gates] == [("cap_messages", False)]


def test_service_passes_a_full_cap_and_leaves_it_as_it_was(new_store: Build) -> None:
    ready = message("ready", "service", "pasta")
    limits = msgspec.structs.replace(LIMITS, caps=(Cap(per="person", limit=1),))
    two = message("two", zone="pasta", usefulness=0.95)
    store = new_store(message("one"), two, ready, limits=limits)
    session = store.shopper()
    store.see(session)
    store.hub.pass_s(120)
    store.hub.linger(session, "pasta", 3)
    assert store.titles(session) == ["ready", "one"]
    gates = store.rows("gates", "campaign = 'ready'")[0][0]
    assert "cap_messages" in str(gates)
    exempt = store.hub.query("SELECT campaign FROM reservations WHERE exempt")
    assert exempt == [("ready",)]


def test_who_leaves_the_zone_before_it_goes_out_gets_nothing_row_16(new_store: Build) -> None:
    """Row 16: decided in produce, walked on before it was sent."""
    store = new_store(message("hello"))
    session = store.shopper(zone=None)
    speaker, hub = store.hub.engine.speaker, store.hub
    hub.engine.heartbeat(session.cookie, visible=True)
    handle = hub.handle(session)
    hub.fix(handle, "produce")
    journey = hub.engine.journeys.at(handle, hub.now_s)
    assert journey is not None
    assert speaker.consider(store.visit(session), journey, hub.now_s).outcome == "send"
    hub.now_s += 1
    moved = messages.topic(STORE, AGENT, "fixes"), messages.encode(hub.fixes(handle, "pasta"))
    hub.engine.intake.take([moved], hub.now_s)
    with hub.database.begin():
        speaker.save()
    assert speaker.commit() == []
    assert store.titles(session) == []
    hub.now_s += 1
    hub.engine.tick()
    assert store.rows("cancelled, shown_ms", "outcome = 'send'") == [("left_zone", None)]
    assert hub.query("SELECT count(*) FROM reservations WHERE released_ms IS NULL") == [(0,)]


@pytest.mark.parametrize("is_decided_only", [True, False])
def test_an_item_that_is_bought_before_it_is_seen_cancels_its_message_rows_47_and_76(
    new_store: Build,
    is_decided_only: bool,  # noqa: FBT001 - of a parametrised test
) -> None:
    """Rows 47 and 76: bought between decide and send, or sent and unseen: gone at once."""
    store = new_store(bananas())
    session = store.shopper(zone=None if is_decided_only else "produce")
    if is_decided_only:
        hub, speaker = store.hub, store.hub.engine.speaker
        hub.engine.heartbeat(session.cookie, visible=True)
        handle = hub.handle(session)
        hub.fix(handle, "produce")
        journey = hub.engine.journeys.at(handle, hub.now_s)
        assert journey is not None
        assert speaker.consider(store.visit(session), journey, hub.now_s).outcome == "send"
        store.buy(session, BANANAS)
        with hub.database.begin():
            speaker.save()
        assert speaker.commit() == []
    else:
        assert store.titles(session) == [WINE]
        store.buy(session, BANANAS)
    assert store.titles(session) == []
    store.hub.pass_s(1)
    assert store.rows("cancelled", "outcome = 'send'") == [("bought",)]
    assert store.hub.query("SELECT released_ms IS NULL FROM reservations") == [(0,)]


def test_feedback_moves_the_next_decision_within_a_second_row_19(new_store: Build) -> None:
    """Row 19: "not for me" ends the topic, and what is decided a second later is another."""
    first = message("first", topic="fruit", usefulness=0.95, cap_per_visit=3, expiry_s=5)
    store = new_store(first, message("second", usefulness=0.9, cap_per_visit=3))
    session = store.shopper()
    assert store.sent(session)[-1].campaign == "first"
    store.see(session)
    store.answer(session, "not_for_me")
    assert store.visit(session).asked == ()
    store.hub.linger(session, "produce", 1)
    snapshot = store.hub.engine.speaker.moments.snapshot(
        store.visit(session),
        store.hub.engine.journeys.at(store.hub.handle(session), store.hub.now_s),  # type: ignore[arg-type]
        store.hub.now_s,
    )
    assert "fruit" in snapshot.muted_topics
    store.hub.linger(session, "produce", 120)
    assert [one.campaign for one in store.sent(session)].count("first") == 1
    assert store.sent(session)[-1].campaign == "second"


def test_every_decision_is_traceable_to_its_outcome_row_25(new_store: Build) -> None:
    """Row 25: eligible, sent, received, shown, tapped, dismissed, muted, bought: one row."""
    store = new_store(bananas())
    session = store.shopper()
    for kind in ("received", "shown", "tapped", "dismissed"):
        store.see(session, kind)
    store.answer(session, "not_for_me")
    store.buy(session, BANANAS)
    (row,) = store.rows(
        "sent_ms, received_ms, shown_ms, tapped_ms, dismissed_ms, feedback, bought_ms, expired_ms",
        "outcome = 'send'",
    )
    assert None not in row[:7]
    assert row[5] == "not_for_me"
    assert row[7] is None


def test_a_closed_page_gets_a_push_and_an_open_one_the_page_row_93(new_store: Build) -> None:
    """Row 93: the page first; else push where it is allowed; else silence."""
    store = new_store(message("hello"), message("bye", zone="pasta"))
    pushed: list[tuple[Visit, Sent]] = []
    store.hub.engine.speaker.on_push = lambda visit, sent: pushed.append((visit, sent))
    session = store.shopper()
    assert store.sent(session)[0].channel == "page"
    assert pushed == []
    store.hub.pass_s(60)
    visit = store.visit(session)
    store.hub.enter(store.hub.handle(session), "pasta")
    assert len(visit.sent) == 1
    visit.push = True
    visit.asked = ()
    store.hub.now_s += 60
    store.hub.fix(store.hub.handle(session), "pasta")
    store.hub.pass_s(1)
    assert [(one.visit, sent.campaign, sent.channel) for one, sent in pushed] == [
        (visit.visit, "bye", "push")
    ]


def test_a_message_may_call_staff(new_store: Build) -> None:
    store = new_store(message("come", action="call_staff"))
    called: list[str] = []
    store.hub.engine.speaker.on_staff = lambda _, sent: called.append(sent.campaign)
    store.shopper()
    assert called == ["come"]


def test_a_transaction_that_fails_says_nothing_and_counts_nothing(new_store: Build) -> None:
    store = new_store(bananas(), demo=False)
    session = store.shopper(zone=None)
    hub, speaker, visit = store.hub, store.hub.engine.speaker, store.visit(session)
    visit.holdout = True
    hub.engine.heartbeat(session.cookie, visible=True)
    handle = hub.handle(session)
    hub.fix(handle, "produce")
    journey = hub.engine.journeys.at(handle, hub.now_s)
    assert journey is not None
    assert speaker.consider(visit, journey, hub.now_s).outcome == "ghost"
    assert visit.ghosts
    speaker.rollback()
    assert visit.ghosts == {}
    hub.pass_s(1)
    assert store.counted("m_ghost") == {WINE: 1}


def test_offers_never_take_more_than_their_share_row_9(new_store: Build) -> None:
    """Row 9, in a day: of what is said at most a third are offers, at every moment."""
    limits = Limits(first_visit_s=0.0)
    offer = message("offer", "offer", usefulness=0.95)
    store = new_store(offer, message("help", usefulness=0.8), limits=limits)
    kinds: list[str] = []
    for _ in range(9):
        session = store.shopper()
        store.hub.linger(session, "produce", 1)
        kinds += [one.kind for one in store.sent(session)]
        assert kinds.count("offer") <= len(kinds) / 3
    assert kinds.count("offer") >= 2


def test_a_paused_campaign_is_silent_from_the_next_second_and_after_a_restart(
    new_store: Build,
) -> None:
    store = new_store(message("hello"), message("other", usefulness=0.5))
    states = store.hub.engine.rooms.states
    states.pause("hello", "too loud", GUARDRAIL, store.hub.now_s)
    store.hub.restart()
    session = store.shopper()
    assert store.titles(session) == ["other"]


def test_what_is_no_longer_kept_is_no_longer_listed(new_store: Build) -> None:
    store = new_store(message("hello"))
    session = store.shopper()
    store.hub.engine.delete(session.cookie)
    assert store.hub.engine.speaker.latest() == []


def test_why_is_asked_with_the_code_that_a_shopper_shows(new_store: Build) -> None:
    store = new_store(message("hello"), message("other", usefulness=0.5))
    session = store.shopper()
    why = store.hub.engine.why(store.sent(session)[0].decision)
    assert (why.campaign, why.outcome, why.asked_again, why.cancelled) == (
        "hello",
        "send",
        True,
        None,
    )
    assert {gate.campaign for gate in why.gates if gate.gate == "bought"} == {"hello", "other"}
    with pytest.raises(Refused, match="no decision"):
        store.hub.engine.why("nothing")
    # The rules of then explain it, whatever is said today.
    decision = store.sent(session)[0].decision
    store.hub.engine.speaker.whys.campaigns = ()
    assert store.hub.engine.why(decision).gates == why.gates
    store.hub.run("DELETE FROM rule_sets")
    assert not store.hub.engine.why(decision).asked_again


def test_two_offers_of_one_moment_share_the_room_that_is_left(new_store: Build) -> None:
    limits = msgspec.structs.replace(LIMITS, offer_share_max=0.5)
    store = new_store(message("offer", "offer"), limits=limits)
    hub, speaker = store.hub, store.hub.engine.speaker
    with speaker.tallies.keeping():
        speaker.tallies.add("said_kind", "help", hub.now_s)
    hub.pass_s(1)
    visits = [store.visit(store.shopper(zone=None)) for _ in range(2)]
    for visit in visits:
        (handle,) = visit.handles
        visit.visible["phone"] = hub.now_s
        hub.engine.intake.take(
            [
                (
                    messages.topic(STORE, AGENT, "fixes"),
                    messages.encode(hub.fixes(handle, "produce")),
                )
            ],
            hub.now_s,
        )
        journey = hub.engine.journeys.at(handle, hub.now_s)
        assert journey is not None
        assert speaker.consider(visit, journey, hub.now_s).outcome == "send"
    with hub.database.begin():
        speaker.save()
    assert speaker.commit() == visits[:1]
    assert ("silent", "cap_offers") in store.rows("outcome, code")


def test_a_price_that_a_message_tells_is_the_shelfs_of_this_moment(new_store: Build) -> None:
    """Row 3's sibling: what everybody pays is what the message says, without a restart."""
    words = {"en": {"title": "{product}", "text": "{product}: {price}.", "why": "Because of it."}}
    store = new_store(bananas(words=words), message("pasta", zone="pasta"))
    assert "1.79" in store.sent(store.shopper())[0].text
    sold, first = store.hub.store.assortment, store.hub.engine.speaker.rule_set
    renewed = [
        msgspec.structs.replace(one, price=2.49) if one.item == BANANAS else one
        for one in sold.products.values()
    ]
    sold.put(Range(renewed))
    store.hub.engine.rooms._reprice(sold.products)()
    assert "2.49" in store.sent(store.shopper())[0].text
    assert store.hub.engine.speaker.rule_set != first
    assert store.hub.query("SELECT count(*) FROM rule_sets") == [(2,)]

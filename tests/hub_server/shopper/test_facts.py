"""Conclusions: counted within the second, shown with their reason, deleted for good."""

import pytest

from hub_server.decision.snapshot import Feedback
from hub_server.engine import Session
from hub_server.shopper.facts import FACTS_MAX, NEVER_MS, forgotten
from hub_server.shopper.preferences import Wish
from hub_server.views.hub import Refused
from hub_server.visit.visits import Sent, Visit
from tests.hub_server.conftest import Hub
from tests.hub_server.shopper.test_mission import only_visit, snapshot


def sent_of(topic: str, number: int = 0) -> Sent:
    return Sent(
        decision=f"{topic}-{number}",
        campaign=topic,
        kind="inform",
        topic=topic,
        title="Title",
        text="Text",
        why=("Because.",),
        for_zone=None,
        zone="produce",
        at_s=0.0,
        expires_at_s=1.0,
    )


def answer(hub: Hub, visit: Visit, topic: str, *kinds: str) -> None:
    """Each to another message of the topic."""
    for number, kind in enumerate(kinds):
        hub.engine.rooms.profile.opinion(visit, sent_of(topic, number), kind, hub.now_s)


def opened(hub: Hub, cart: str = "cart-1", *, remember: bool = True) -> tuple[Session, Visit]:
    (code,) = hub.carts(cart)
    session = hub.yes(code, remember=remember)
    (visit,) = [
        one for one in hub.engine.roll.visits.values() if one.visit_code == session.visit_code
    ]
    return session, visit


def test_an_answer_moves_the_next_snapshot(hub: Hub) -> None:
    """Row 19: within the same second the posterior is another, and the visit is asked anew."""
    _, visit = opened(hub)
    visit.asked = ("produce", None)
    answer(hub, visit, "wine", "less")
    assert not visit.asked
    (weight,) = snapshot(hub).weights
    assert weight.topic == "wine"
    assert weight.weight == pytest.approx(2 / 3)
    assert snapshot(hub).evidence == 1


def test_two_shoppers_diverge_after_five_answers(hub: Hub) -> None:
    """Row 10: opposite answers, opposite order; neither moves the other."""
    one = opened(hub, "cart-1")[1]
    other = opened(hub, "cart-2")[1]
    answer(hub, one, "wine", "useful", "useful", "useful")
    answer(hub, one, "bread", "less", "less")
    answer(hub, other, "wine", "less", "less", "less")
    answer(hub, other, "bread", "useful", "useful")
    assert one.weights["wine"] > 3 * one.weights["bread"]
    assert other.weights["bread"] > 3 * other.weights["wine"]
    assert (one.evidence, other.evidence) == (5, 5)


def test_three_times_less_halves_and_more_and_the_next_visit_knows(hub: Hub) -> None:
    """Row 27: three noes to a topic take at least half of its weight; kept for the remembered."""
    session, visit = opened(hub)
    answer(hub, visit, "wine", "less", "less", "less")
    assert visit.weights["wine"] <= 0.5
    hub.engine.leave(session.cookie)
    hub.now_s += 7 * 86_400
    (code,) = hub.carts("cart-2")
    hub.yes(code, session.cookie, remember=True)
    assert only_visit(hub).weights["wine"] <= 0.5


def test_another_answer_to_the_same_message_takes_the_place_of_the_first(hub: Hub) -> None:
    _, visit = opened(hub)
    sent = sent_of("wine")
    for kind in ("less", "less", "useful", "wrong_place"):
        hub.engine.rooms.profile.opinion(visit, sent, kind, hub.now_s)
    assert hub.query("SELECT useful, less FROM opinions") == [(1, 0)]
    assert visit.evidence == 1


def test_never_mutes_and_enough_for_today_is_silence_until_midnight(hub: Hub) -> None:
    _, visit = opened(hub)
    answer(hub, visit, "wine", "not_for_me")
    assert visit.choices.muted_topics == ("wine",)
    assert hub.query("SELECT useful, less FROM opinions") == [(0, 1)]
    answer(hub, visit, "bread", "stop_today")
    assert snapshot(hub).alone_today
    assert hub.query("SELECT count(*) FROM opinions") == [(1,)]


def test_declared_beats_inferred(hub: Hub) -> None:
    """Row 49: where the shopper has said what they want, nothing is concluded."""
    session, visit = opened(hub)
    answer(hub, visit, "wine", "useful", "useful", "useful")
    hub.engine.rooms.preferences.change(session.cookie, Wish(topics_less=("wine",)))
    hub.engine.roll.remind(visit)
    assert visit.weights == {}
    assert snapshot(hub).less_topics == ("wine",)


def test_a_deleted_conclusion_is_gone_and_its_evidence_with_it(hub: Hub) -> None:
    """Row 49: gone from the next snapshot; not even a restart brings it back."""
    hub.agent_up()
    session, visit = opened(hub)
    hub.enter(hub.handle(session), "produce")
    hub.linger(session, "produce", 10)
    message = hub.engine.page(session.cookie).messages[0]
    topic = visit.sent[-1].topic
    hub.engine.feedback(session.cookie, message.decision, "less")
    visit.feedback.append(Feedback("wrong_place", topic, "pasta", hub.now_s))
    assert visit.weights[topic] < 1
    (fact,) = hub.engine.rooms.profile.of(session.cookie, "en").inferred
    assert fact.fact == f"topic:{topic}"
    assert "0 useful, 1 less" in fact.why
    hub.engine.rooms.profile.forget(session.cookie, fact.fact)
    assert snapshot(hub).weights == ()
    assert [one.kind for one in visit.feedback] == ["wrong_place"]
    assert hub.query("SELECT count(*) FROM opinions") == [(0,)]
    hub.restart()
    assert snapshot(hub).weights == ()
    assert hub.engine.rooms.profile.of(session.cookie, "en").inferred == []
    assert only_visit(hub).sent[-1].feedback is None


def test_a_deleted_finding_does_not_come_back_from_the_same_purchases(hub: Hub) -> None:
    """Row 49: later evidence may say it again, unless the shopper said that it is not so."""
    session, visit = opened(hub)
    hub.now_s += 10
    hub.engine.rooms.profile.forget(session.cookie, "owned:8001")
    at_ms = round(hub.now_s * 1000)
    assert forgotten(hub.database, visit.shopper) == {"owned:8001": at_ms}
    hub.engine.rooms.facts.contradict(session.cookie, "owned:8001")
    assert forgotten(hub.database, visit.shopper) == {"owned:8001": NEVER_MS}
    assert hub.engine.rooms.facts.contradicted(visit.shopper) == ["owned:8001"]


def test_between_visits_a_conclusion_can_be_deleted_too(hub: Hub) -> None:
    session, visit = opened(hub)
    answer(hub, visit, "wine", "less")
    hub.engine.leave(session.cookie)
    assert hub.engine.rooms.profile.forget(session.cookie, "topic:wine") is None
    assert hub.engine.rooms.facts.tallies(visit.shopper) == []


@pytest.mark.parametrize(
    "fact", ["", "topic:", "owned:", "age:40", "owned", f"owned:{'x' * 65}", "owned:\x00"]
)
def test_what_is_no_fact_is_refused(hub: Hub, fact: str) -> None:
    session, _ = opened(hub)
    for call in (hub.engine.rooms.facts.delete, hub.engine.rooms.facts.contradict):
        with pytest.raises(Refused) as refused:
            call(session.cookie, fact)
        assert refused.value.code == "unknown_fact"


def test_not_for_me_is_about_the_item_too(hub: Hub) -> None:
    """Whatever topic a message is of: what the shopper said is not for them is offered no more."""
    session, visit = opened(hub)
    sent = sent_of("wine")
    sent.items = ("1001",)
    hub.engine.rooms.profile.opinion(visit, sent, "not_for_me", hub.now_s)
    many = sent_of("bread")
    many.items = ("1002", "1003", "1004", "1005")
    hub.engine.rooms.profile.opinion(visit, many, "not_for_me", hub.now_s)
    assert snapshot(hub).disliked_items == ("1001",)
    assert forgotten(hub.database, visit.shopper) == {}
    (fact,) = hub.engine.rooms.profile.of(session.cookie, "en").inferred
    assert (fact.fact, fact.text) == ("disliked:1001", "Bananas is not for you.")
    assert "not for me" in fact.why
    hub.restart()
    assert snapshot(hub).disliked_items == ("1001",)
    hub.engine.rooms.profile.forget(session.cookie, "disliked:1001")
    assert snapshot(hub).disliked_items == ()


def test_nobody_fills_the_database_with_facts(hub: Hub) -> None:
    session, visit = opened(hub)
    hub.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "  # noqa: S608 - its own id
        f"{FACTS_MAX}) INSERT INTO facts (shopper, fact, at_ms) "
        f"SELECT '{visit.shopper}', 'owned:' || i, 1 FROM n"
    )
    facts = hub.engine.rooms.facts
    for call in (facts.delete, facts.contradict):
        with pytest.raises(Refused) as refused:
            call(session.cookie, "owned:one more")
        assert refused.value.status == 409
        call(session.cookie, "owned:1")

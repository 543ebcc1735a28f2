"""Standing choices: each counts at the next decision, and outlasts the visit of the remembered."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hub_server.decision.snapshot import Feedback
from hub_server.shopper.preferences import Wish, view
from hub_server.visit.visits import Choices, Past
from tests.hub_server.conftest import Hub
from tests.hub_server.shopper.test_facts import answer, opened
from tests.hub_server.shopper.test_mission import only_visit, snapshot


def choose(hub: Hub, cookie: str, **wish: object) -> None:
    hub.engine.rooms.preferences.change(cookie, Wish(**wish))  # type: ignore[arg-type]


def test_each_toggle_is_in_the_next_snapshot(hub: Hub) -> None:
    """Row 29: topics, channels, silence; the next decision is another."""
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    only_visit(hub).asked = ("produce", None)
    choose(hub, session.cookie, topics_off=("wine",), topics_less=("bread",), sensitive_ok=True)
    assert only_visit(hub).asked == ()
    known = snapshot(hub)
    assert known.muted_topics == ("wine",)
    assert known.less_topics == ("bread",)
    assert known.sensitive_ok
    assert not known.alone_today
    choose(hub, session.cookie, alone_today=True, push=False, plain=True)
    known = snapshot(hub)
    assert (known.alone_today, known.plain) == (True, True)
    assert only_visit(hub).choices.push is False


@pytest.mark.parametrize("said", ["topics_off", "topics_less"])
def test_what_is_said_takes_the_place_of_what_was_concluded_at_once(hub: Hub, said: str) -> None:
    """Row 49: declared beats inferred from the next decision on, not from the next visit on."""
    session, visit = opened(hub)
    answer(hub, visit, "wine", "useful")
    answer(hub, visit, "bread", "useful")
    assert set(visit.weights) == {"bread", "wine"}
    choose(hub, session.cookie, **{said: ("wine",)})
    assert set(visit.weights) == {"bread"}


def test_choices_of_the_remembered_are_there_the_next_time(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code, remember=True)
    choose(hub, session.cookie, topics_off=("wine",), topics_less=("bread",), push=False)
    hub.engine.leave(session.cookie)
    choose(hub, session.cookie, plain=True)
    hub.now_s += 1
    hub.yes(code, session.cookie, remember=True)
    assert only_visit(hub).choices == Choices(
        plain=True, push=False, muted_topics=("wine",), less_topics=("bread",)
    )


def test_the_next_shopper_of_the_same_cart_has_chosen_nothing(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    choose(hub, session.cookie, plain=True, topics_off=("wine",))
    hub.engine.leave(session.cookie)
    hub.yes(code)
    assert only_visit(hub).choices == Choices()


def test_leave_me_alone_lasts_until_the_stores_midnight(hub: Hub) -> None:
    """The store's clock counts, whatever the hub's machine thinks; the next day it is over."""
    (code,) = hub.carts("cart-1")
    session = hub.yes(code, remember=True)
    choose(hub, session.cookie, alone_today=True)
    until_s = only_visit(hub).choices.alone_until_s
    assert until_s is not None
    local = datetime.fromtimestamp(until_s, ZoneInfo("Europe/Berlin"))
    assert (local.hour, local.minute) == (0, 0)
    assert 0 < until_s - hub.now_s <= 86_400
    hub.now_s = until_s - 1
    assert view(only_visit(hub).choices, hub.now_s).alone_today
    hub.now_s = until_s
    assert not snapshot(hub).alone_today
    choose(hub, session.cookie, alone_today=True)
    choose(hub, session.cookie, alone_today=False)
    assert only_visit(hub).choices.alone_until_s is None


@pytest.mark.parametrize(
    ("at", "hours"),
    [("2026-03-29T00:00:00+01:00", 23.0), ("2026-10-25T00:00:00+02:00", 25.0)],
)
def test_the_day_is_as_long_as_the_stores_clock_says(hub: Hub, at: str, hours: float) -> None:
    now_s = datetime.fromisoformat(at).timestamp()
    assert hub.engine.rooms.preferences.midnight_s(now_s) - now_s == hours * 3600


def test_plain_reads_no_history_and_forgets_what_was_read(hub: Hub) -> None:
    """Row 31: just prices and stock; no field of the past is filled, until it is taken back."""
    (code,) = hub.carts("cart-1")
    session = hub.yes(code, remember=True)
    shopper = only_visit(hub).shopper
    hub.run(
        "INSERT INTO opinions (shopper, topic, useful, less, at_ms) "  # noqa: S608 - its own id
        f"VALUES ('{shopper}', 'wine', 0, 3, {round(hub.now_s * 1000)})"
    )
    hub.engine.leave(session.cookie)
    hub.now_s += 1
    hub.yes(code, session.cookie, remember=True)
    assert only_visit(hub).weights == {"wine": pytest.approx(0.4)}
    only_visit(hub).past = Past(owned_items=("1001",))
    choose(hub, session.cookie, plain=True)
    visit = only_visit(hub)
    assert (visit.weights, visit.evidence, visit.past) == ({}, 0, Past())
    known = snapshot(hub)
    assert (known.weights, known.evidence, known.owned_items) == ((), 0, ())
    hub.restart()
    assert (only_visit(hub).weights, only_visit(hub).evidence) == ({}, 0)
    choose(hub, session.cookie, plain=False)
    assert only_visit(hub).weights == {"wine": pytest.approx(0.4)}


def test_a_topic_that_is_wanted_again_stays_wanted(hub: Hub) -> None:
    """Neither the mute nor the answer that made it comes back with a restart."""
    (code,) = hub.carts("cart-1")
    hub.agent_up()
    session = hub.yes(code, remember=True)
    hub.enter(hub.handle(session), "produce")
    hub.linger(session, "produce", 10)
    message = hub.engine.page(session.cookie).messages[0]
    topic = only_visit(hub).sent[-1].topic
    hub.engine.feedback(session.cookie, message.decision, "not_for_me")
    assert only_visit(hub).choices.muted_topics == (topic,)
    only_visit(hub).feedback.append(Feedback("wrong_place", topic, "pasta", hub.now_s))
    choose(hub, session.cookie, topics_off=())
    assert snapshot(hub).muted_topics == ()
    assert [one.kind for one in only_visit(hub).feedback] == ["wrong_place"]
    assert hub.engine.page(session.cookie).messages[0].feedback is None
    hub.engine.feedback(session.cookie, message.decision, "useful")
    (tally,) = hub.engine.rooms.facts.tallies(only_visit(hub).shopper)
    assert (tally.useful, tally.less) == (1, 0), "the answer of before is not counted any more"
    hub.restart()
    assert snapshot(hub).muted_topics == ()


def test_a_store_without_a_time_zone_counts_days_by_utc(hub: Hub) -> None:
    rooms = hub.engine.rooms
    rooms.preferences._timezone = ZoneInfo("UTC")  # type: ignore[misc]
    assert rooms.preferences.midnight_s(86_400.0 + 5) == 2 * 86_400.0

"""Ideas and complaints: a ticket without the person, and silence about what was wrong."""

import pytest

from hub_server.shopper.ideas import CHARS_MAX, KEPT_MAX, PER_MINUTE, SHOWN_MAX
from hub_server.views.hub import Refused
from tests.hub_server.conftest import Hub
from tests.hub_server.shopper.test_facts import opened
from tests.hub_server.shopper.test_mission import only_visit


def told(hub: Hub) -> tuple[str, str]:
    """A phone that was told something: its cookie, and the message."""
    hub.agent_up()
    session, _ = opened(hub)
    hub.enter(hub.handle(session), "produce")
    hub.linger(session, "produce", 10)
    return session.cookie, hub.engine.page(session.cookie).messages[0].decision


def test_you_got_this_wrong_is_a_ticket_and_mutes(hub: Hub) -> None:
    """Row 38: the complaint is kept for managers with its campaign, the topic says no more."""
    cookie, decision = told(hub)
    sent = only_visit(hub).sent[-1]
    assert hub.engine.rooms.ideas.take(cookie, "This is  wrong.", decision) is only_visit(hub)
    assert only_visit(hub).choices.muted_topics == (sent.topic,)
    assert only_visit(hub).asked == ()
    (idea,) = hub.engine.rooms.ideas.newest()
    assert (idea.campaign, idea.text, idea.day) == (sent.campaign, "This is wrong.", "2026-09-21")


def test_a_ticket_names_nobody_and_outlives_the_person(hub: Hub) -> None:
    """Row 105: an idea is the store's; who had it is not kept."""
    session, visit = opened(hub)
    hub.engine.rooms.ideas.take(session.cookie, "Open on Sunday")
    (row,) = hub.query("SELECT * FROM ideas")
    assert not {visit.shopper, visit.visit, session.visit_code} & {str(cell) for cell in row}
    hub.engine.delete(session.cookie)
    assert [one.text for one in hub.engine.rooms.ideas.newest()] == ["Open on Sunday"]


def test_after_the_visit_a_complaint_still_mutes(hub: Hub) -> None:
    cookie, decision = told(hub)
    topic = only_visit(hub).sent[-1].topic
    hub.engine.leave(cookie)
    assert hub.engine.rooms.ideas.take(cookie, "wrong", decision) is None
    assert hub.query("SELECT topic FROM mutes") == [(topic,)]


def test_nobody_complains_about_anothers_message(hub: Hub) -> None:
    _, decision = told(hub)
    (code,) = hub.carts("cart-2")
    other = hub.yes(code)
    with pytest.raises(Refused) as refused:
        hub.engine.rooms.ideas.take(other.cookie, "wrong", decision)
    assert refused.value.status == 404
    assert hub.engine.rooms.ideas.newest() == []


def test_a_guest_may_complain_of_what_the_visit_was_told(hub: Hub) -> None:
    cookie, decision = told(hub)
    guest = hub.engine.join(hub.engine.page(cookie).join_code, None)
    hub.engine.rooms.ideas.take(guest.cookie, "wrong", decision)
    assert only_visit(hub).choices.muted_topics == (only_visit(hub).sent[-1].topic,)


def test_what_is_written_is_bounded_and_slow(hub: Hub) -> None:
    session, _ = opened(hub)
    take = hub.engine.rooms.ideas.take
    with pytest.raises(Refused) as refused:
        take(session.cookie, " \n\t ")
    assert refused.value.status == 400
    for _ in range(PER_MINUTE):
        take(session.cookie, "x" * (CHARS_MAX + 9))
    with pytest.raises(Refused) as refused:
        take(session.cookie, "one more")
    assert refused.value.status == 429
    assert {len(one.text) for one in hub.engine.rooms.ideas.newest()} == {CHARS_MAX}


def test_the_oldest_give_way(hub: Hub) -> None:
    session, _ = opened(hub)
    hub.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "  # noqa: S608 - a number
        f"{KEPT_MAX + 5}) INSERT INTO ideas (store, day, text) "
        "SELECT 'corner-market', '2026-09-21', i FROM n"
    )
    hub.engine.rooms.ideas.take(session.cookie, "newest")
    assert hub.query("SELECT count(*) FROM ideas") == [(KEPT_MAX,)]
    newest = hub.engine.rooms.ideas.newest()
    assert (newest[0].text, len(newest)) == ("newest", SHOWN_MAX)

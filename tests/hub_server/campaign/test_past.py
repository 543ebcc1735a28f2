"""The stored moments of visits, as a backtest reads them."""

from sqlalchemy import update

from hub_server.campaign.backtest import backtest
from hub_server.campaign.past import past
from hub_server.records.tables import DECISIONS
from tests.hub_server.conftest import START_S, STORE, Hub


def visits(hub: Hub, count: int) -> None:
    """Shoppers who stop at the pasta for a minute."""
    hub.agent_up()
    for code in hub.carts(*(f"cart-{number}" for number in range(count))):
        session = hub.yes(code)
        hub.enter(hub.handle(session), "pasta")
        hub.linger(session, "pasta", 60)


def test_moments_come_visit_by_visit_in_order(hub: Hub) -> None:
    visits(hub, 2)
    found = list(past(hub.database, STORE, 0))
    assert len({one.visit for one in found}) == 2
    begun = [str(visit) for (visit,) in hub.query("SELECT visit FROM visits ORDER BY opened_ms")]
    keys = [(begun.index(one.visit), one.snapshot.at_s) for one in found]
    assert keys == sorted(keys)
    assert not any(one.refused for one in found)
    assert list(past(hub.database, "another-store", 0)) == []
    assert list(past(hub.database, STORE, round(START_S * 1000) * 2)) == []


def test_what_was_turned_down_is_known_from_then_on(hub: Hub) -> None:
    visits(hub, 1)
    before = list(past(hub.database, STORE, 0))
    hub.database.write(update(DECISIONS).values(feedback="not_for_me", topic="labels"))
    after = list(past(hub.database, STORE, 0))
    assert [one.refused for one in after[:1]] == [frozenset()]
    assert all(one.refused == {"labels"} for one in after[1:])
    assert len(before) == len(after) > 1


def test_who_asked_to_be_remembered_is_the_same_one_in_each_visit(hub: Hub) -> None:
    """Row 43: caps over days count the replay's own messages of the visits before."""
    hub.agent_up()
    cookie = None
    for code in hub.carts(*(f"cart-{number}" for number in range(4))):
        session = hub.yes(code, cookie, remember=True)
        cookie = session.cookie
        hub.enter(hub.handle(session), "pasta")
        for _ in range(60):
            hub.linger(session, "pasta", 1)
            for one in hub.engine.page(cookie).messages:
                hub.engine.receipt(cookie, one.decision, "shown")
        hub.engine.leave(cookie)
        hub.now_s += 1
    said = hub.query("select campaign, count(*) from decisions where outcome = 'send' group by 1")
    report = backtest(past(hub.database, STORE, 0), hub.store.campaigns)
    again = [(name, tally.messages) for name, tally in report.tallies.items() if tally.messages]
    assert sorted(again) == sorted(said)
    assert again
    visits(hub, 1)
    moments = list(past(hub.database, STORE, 0))
    people = {one.visit: one.person for one in moments}
    regular = people[moments[0].visit]
    assert regular
    assert list(people.values()) == [*[regular] * 4, ""]


def test_a_moment_of_another_version_is_left_out(hub: Hub) -> None:
    visits(hub, 1)
    hub.database.write(update(DECISIONS).values(snapshot=b'{"zone": 4}'))
    assert list(past(hub.database, STORE, 0)) == []


def test_the_campaigns_that_ran_are_found_again(hub: Hub) -> None:
    """Row 43: last week replayed with the file of last week says what was said."""
    visits(hub, 2)
    said = hub.query("select campaign, count(*) from decisions where outcome = 'send' group by 1")
    report = backtest(past(hub.database, STORE, 0), hub.store.campaigns)
    again = [(name, tally.messages) for name, tally in report.tallies.items() if tally.messages]
    assert sorted(again) == sorted(said)
    assert again

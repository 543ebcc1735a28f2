"""Whose an event is, where numbers are used again and orders wait for days."""

from itertools import permutations

import pytest

from hub_server.engine import Refused, Subject
from hub_server.event.due import DAY_S
from hub_server.views.events import Details
from tests.hub_server.conftest import Hub
from tests.hub_server.event.test_history import NUMBER, PASTE, SEAT, send, visitor

SEVENTEEN = Details(order="17", collect=True)


def test_a_number_that_is_used_again_is_the_last_ones(hub: Hub) -> None:
    """Row 83: a café's order 17 of today is not yesterday's, and neither are its goods."""
    first = visitor(hub)[1]
    send(hub, "order", Subject(visit=first.visit_code), SEAT, data=SEVENTEEN)
    hub.now_s += 60
    session, second = visitor(hub)
    send(hub, "order", Subject(visit=second.visit_code), PASTE, data=SEVENTEEN)
    send(hub, "order_ready", Subject(order="17"))
    assert (first.orders, second.orders) == ({"17": "ordered"}, {"17": "ready"})
    assert second.bought_items == {PASTE}
    hub.engine.delete(session.cookie)
    send(hub, "scan", Subject(visit=first.visit_code))
    assert first.orders == {"17": "ordered"}


def test_a_strangers_order_of_the_same_number_is_taken_up_by_nobody(hub: Hub) -> None:
    """Row 83: its goods are no purchase of who orders under that number next."""
    stranger = Subject(order="17")
    for kind in ("order", "order_ready", "pickup"):
        send(hub, kind, stranger, SEAT, at_s=hub.now_s - DAY_S, data=SEVENTEEN)
    visit = visitor(hub)[1]
    send(hub, "order", Subject(tag="cart-1"), PASTE, data=SEVENTEEN)
    assert visit.orders == {"17": "ordered"}
    assert visit.bought_items == {PASTE}


ORDERS = (("order", 0), ("order", 100), ("order_ready", 103), ("order", 200), ("pickup", 201))


@pytest.mark.parametrize("turn", list(permutations(range(len(ORDERS))))[::12])
def test_reused_numbers_end_alike_however_they_come(hub: Hub, turn: tuple[int, ...]) -> None:
    """Rows 68 and 78: three orders of number 17, the last nobody's, and what is told of each."""
    visits = [visitor(hub)[1] for _ in range(2)]
    subjects = [Subject(visit=one.visit_code) for one in visits]
    hub.now_s += 300
    for number in turn:
        kind, ago = ORDERS[number]
        is_owned = kind == "order" and number < len(subjects)
        subject = subjects[number] if is_owned else Subject(order="17")
        send(hub, kind, subject, PASTE, at_s=hub.now_s - 250 + ago, data=SEVENTEEN)
    assert [one.orders for one in visits] == [{"17": "ordered"}, {"17": "ready"}]
    rows = hub.query("SELECT type, visit FROM events WHERE by_order ORDER BY at_ms")
    assert rows == [("order_ready", visits[1].visit), ("pickup", None)]
    hub.restart()
    found = [hub.engine.roll.visits[one.visit].orders for one in visits]
    assert found == [{"17": "ordered"}, {"17": "ready"}]


def test_who_tells_of_an_order_for_themselves_keeps_it(hub: Hub) -> None:
    """Row 78: a receipt at somebody's cart stays theirs, whoever used the order's number since."""
    first, second = (visitor(hub)[1] for _ in range(2))
    send(hub, "order", Subject(visit=first.visit_code), SEAT, data=SEVENTEEN)
    hub.now_s += 100
    send(hub, "payment", Subject(tag="cart-1"), SEAT, PASTE, data=SEVENTEEN)
    send(hub, "order", Subject(tag="cart-2"), SEAT, at_s=hub.now_s - 1, data=SEVENTEEN)
    assert first.bought_items == {SEAT, PASTE}
    assert second.bought_items == {SEAT}


def test_an_order_that_names_nobody_is_nobodys(hub: Hub) -> None:
    """Row 83: not of who ordered under that number the day before."""
    visit = visitor(hub)[1]
    send(hub, "order", Subject(tag="cart-1"), PASTE, data=SEVENTEEN)
    hub.now_s += 100
    send(hub, "order", Subject(order="17"), SEAT)
    send(hub, "order_ready", Subject(order="17"))
    assert (visit.orders, visit.bought_items) == ({"17": "ordered"}, {PASTE})


def test_what_was_ordered_yesterday_waits_here_until_it_is_collected(hub: Hub) -> None:
    """Row 68: click and collect; who walks in has not waited since yesterday."""
    visit = visitor(hub)[1]
    own = Subject(shopper=visit.shopper)
    send(hub, "order", own, PASTE, at_s=hub.now_s - DAY_S, data=SEVENTEEN)
    send(hub, "order", own, SEAT, at_s=hub.now_s - DAY_S)
    assert visit.orders == {"17": "ordered"}
    assert visit.bought_items == set()
    assert visit.order_since_s == visit.opened_s
    send(hub, "order_ready", Subject(order="17"))
    hub.restart()
    visit = hub.engine.roll.visits[visit.visit]
    assert visit.orders == {"17": "ready"}
    send(hub, "pickup", Subject(order="17"))
    assert visit.orders == {"17": "picked_up"}
    hub.now_s += 2 * DAY_S
    hub.engine.rooms.history.recall(visit)
    assert visit.orders == {"17": "picked_up"}
    visit.opened_s = hub.now_s
    hub.engine.rooms.history.recall(visit)
    assert visit.orders == {}


def test_a_cart_taken_over_at_once_is_the_last_ones(hub: Hub) -> None:
    """A yes at a cart and another's yes in the same millisecond: the tag is who has it now."""
    (code,) = hub.carts("cart-1")
    for _ in range(6):
        hub.yes(code, takeover=True)
    (holder,) = hub.engine.roll.visits.values()
    send(hub, "order", Subject(tag="cart-1"), PASTE)
    assert holder.bought_items == {PASTE}


def test_a_till_whose_clock_runs_ahead_is_heard_all_the_same(hub: Hub) -> None:
    """Row 43: given back two minutes from now is given back, in this visit already."""
    visit = visitor(hub)[1]
    send(hub, "return", Subject(tag="cart-1"), PASTE, at_s=hub.now_s + 120)
    assert visit.past.returned_items == (PASTE,)


@pytest.mark.parametrize("subject", [Subject(shopper="L-77"), Subject(order="--")])
def test_a_number_without_a_digit_or_letter_is_refused(hub: Hub, subject: Subject) -> None:
    with pytest.raises(Refused) as refused:
        send(hub, "order", subject)
    assert (refused.value.status, refused.value.code) == (400, "subject")
    with pytest.raises(Refused):
        send(hub, "order", Subject(shopper=NUMBER), data=Details(order=" "))

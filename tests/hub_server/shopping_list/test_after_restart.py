"""Where a shopper has been is known after a restart, in this visit and no other."""

from tests.hub_server.aisle_hub import BANANAS, OATS, SPAGHETTI, Shopper
from tests.hub_server.conftest import Hub


def visited(shopper: Shopper) -> dict[str | None, bool]:
    """By item."""
    return {x.item: x.visited for x in shopper.aisle.lists.view(shopper.cookie).lines}


def test_a_line_that_was_visited_stays_visited(hub: Hub) -> None:
    """Row 99."""
    shopper = Shopper(hub)
    shopper.write("spaghetti", "toothpaste")
    shopper.before(SPAGHETTI, 15)
    before = visited(shopper)
    assert before[SPAGHETTI]
    hub.restart()
    assert visited(shopper) == before
    shopper.before(BANANAS, 2)
    view = shopper.aisle.lists.view(shopper.cookie)
    assert visited(shopper) == before
    assert [line.order for line in view.lines if line.item == SPAGHETTI] == [None]


def test_what_is_opened_again_is_to_be_visited_again(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.write("spaghetti", "oat flakes")
    shopper.before(SPAGHETTI, 15)
    (line,) = [
        x.line for x in shopper.aisle.lists.view(shopper.cookie).lines if x.item == SPAGHETTI
    ]
    for done in (True, False):
        shopper.aisle.lists.change(shopper.cookie, line, done=done)
    assert visited(shopper) == {SPAGHETTI: False, OATS: False}
    hub.restart()
    assert visited(shopper) == {SPAGHETTI: False, OATS: False}


def test_the_next_visit_begins_anew(hub: Hub) -> None:
    shopper = Shopper(hub, remember=True)
    shopper.write("spaghetti")
    shopper.before(SPAGHETTI, 15)
    hub.engine.leave(shopper.cookie)
    hub.now_s += 3600
    (code,) = hub.carts("cart-2")
    shopper.session = hub.yes(code, shopper.cookie, remember=True)
    assert visited(shopper) == {SPAGHETTI: False}

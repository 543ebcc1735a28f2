"""What was bought ticks its line off once; what is wanted after that stays wanted."""

from datetime import UTC, datetime

import pytest

from hub_server.views.events import Event, Item, Subject
from tests.hub_server.aisle_hub import BANANAS, OATS, Shopper
from tests.hub_server.conftest import Hub


def order(shopper: Shopper, item: str, event: str = "1", kind: str = "order") -> None:
    """Bought in the web shop, or put into the bag."""
    hub = shopper.hub
    hub.engine.event(
        "shop",
        Event(
            id=event,
            ts=datetime.fromtimestamp(hub.now_s, UTC).isoformat(),
            channel="web",
            type=kind,
            subject=Subject(visit=shopper.session.visit_code),
            items=[Item(item=item)],
        ),
    )


def done(shopper: Shopper) -> list[bool]:
    """Whether each line is ticked off, in the order of the database."""
    shopper.hub.pass_s(2)
    rows = shopper.hub.query("SELECT done_ms IS NOT NULL FROM list_lines ORDER BY position")
    return [bool(one) for (one,) in rows]


def test_what_is_bought_ticks_its_line_off(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.write("oat flakes", "bananas")
    assert done(shopper) == [False, False]
    order(shopper, OATS)
    assert done(shopper) == [True, False]


@pytest.mark.parametrize("kind", ["order", "scan"])
@pytest.mark.parametrize("seconds", [0, 2])
def test_a_line_written_after_it_was_bought_stays(hub: Hub, kind: str, seconds: int) -> None:
    """Rows 23 and 49: what the shopper says goes before what is concluded."""
    shopper = Shopper(hub)
    order(shopper, OATS, kind=kind)
    hub.pass_s(seconds)
    shopper.write("oat flakes")
    assert done(shopper) == [False]
    order(shopper, BANANAS, "2")
    assert done(shopper) == [False]


def test_what_was_opened_again_stays_open(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.write("oat flakes")
    order(shopper, OATS)
    assert done(shopper) == [True]
    (line,) = shopper.aisle.lists.view(shopper.cookie).lines
    shopper.aisle.lists.change(shopper.cookie, line.line, done=False)
    assert done(shopper) == [False]
    shopper.aisle.lists.change(shopper.cookie, line.line, done=True)
    shopper.write("oat flakes")
    assert done(shopper) == [False]


@pytest.mark.parametrize("remember", [True, False])
def test_after_a_restart_too(hub: Hub, *, remember: bool) -> None:
    shopper = Shopper(hub, remember=remember)
    shopper.write("oat flakes")
    order(shopper, OATS)
    assert done(shopper) == [True]
    hub.now_s += 5
    (line,) = shopper.aisle.lists.view(shopper.cookie).lines
    shopper.aisle.lists.change(shopper.cookie, line.line, done=False)
    hub.restart()
    assert done(shopper) == [False]


def test_what_was_sold_just_before_a_restart_is_done_after_it(hub: Hub) -> None:
    shopper = Shopper(hub, remember=True)
    shopper.write("oat flakes", "bananas")
    hub.now_s += 60
    order(shopper, OATS)
    hub.restart()
    assert done(shopper) == [True, False]


def test_a_line_that_becomes_another_is_wanted_from_then(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.write("bananas")
    order(shopper, OATS)
    (line,) = shopper.aisle.lists.view(shopper.cookie).lines
    shopper.aisle.lists.change(shopper.cookie, line.line, item=OATS)
    assert done(shopper) == [False]

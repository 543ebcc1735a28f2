"""One visit, several carts: which of them speaks for it."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from hub_server.journey.lead import PARKED_S, PLACE_MAX_S, leading
from hub_server.journeys import Journey
from hub_server.message.unseen import NOWHERE
from tests.hub_server.speaking_hub import Build, message, stores

HERE = msgspec.structs.replace(NOWHERE, handle="first", last_fix_age_s=1.0, stands_since_s=100.0)


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


def other(since_s: float, fix_age_s: float | None = 0.5) -> Journey:
    return msgspec.structs.replace(
        HERE, handle="second", stands_since_s=since_s, last_fix_age_s=fix_age_s
    )


@pytest.mark.parametrize(
    ("lead", "second", "found"),
    [
        ("", other(100.0), "second"),  # the youngest fix, at first
        ("gone", other(100.0), "second"),
        ("first", other(100.0), "first"),
        ("first", other(99.0 + PARKED_S), "first"),
        ("first", other(100.0 + PARKED_S), "second"),  # and the first was left behind
        ("first", other(500.0, PLACE_MAX_S + 1), "first"),
        ("first", other(500.0, None), "first"),
        ("second", other(100.0, PLACE_MAX_S + 1), "first"),  # nobody knows where that one is
        ("second", other(200.0), "second"),
        ("second", other(70.0), "first"),
    ],
)
def test_a_visit_stays_with_a_cart_until_another_moves_on(
    lead: str, second: Journey, found: str
) -> None:
    for journeys in ([HERE, second], [second, HERE]):
        one = leading(journeys, lead)
        assert one is not None
        assert one.handle == found


def test_without_a_cart_nothing_leads() -> None:
    assert leading([], "first") is None
    nowhere = [msgspec.structs.replace(one, last_fix_age_s=None) for one in (HERE, other(1.0))]
    assert leading(nowhere, "") is nowhere[0]


def test_a_family_with_two_carts_hears_a_message_once(new_store: Build) -> None:
    """Rows 16 and 41: two carts in two aisles are no walk to and fro."""
    store = new_store(message("a", zone="produce"), message("b", zone="pasta"))
    hub = store.hub
    session = store.shopper("produce")
    (code,) = hub.carts("cart-second")
    hub.yes(code, session.cookie)
    first, second = store.visit(session).handles
    for _ in range(30):
        hub.engine.heartbeat(session.cookie, visible=True)
        for handle, zone in ((first, "produce"), (second, "pasta")):
            hub.now_s += 0.6
            hub.enter(handle, zone)
            hub.engine.tick()
    assert store.titles(session) == ["a"]
    assert store.rows("campaign, cancelled", "outcome = 'send'") == [("a", None)]


def test_who_leaves_a_cart_behind_goes_on_with_the_other(new_store: Build) -> None:
    store = new_store(message("b", zone="pasta"))
    hub = store.hub
    session = store.shopper("produce")
    (code,) = hub.carts("cart-second")
    hub.yes(code, session.cookie)
    first, second = store.visit(session).handles
    for second_s in range(60):
        hub.now_s += 1
        hub.engine.heartbeat(session.cookie, visible=True)
        hub.fix(first, "produce")
        hub.fix(second, "produce" if second_s < 50 else "pasta")
        hub.engine.tick()
        assert store.titles(session) == [] or second_s >= 50
    assert store.titles(session) == ["b"]
    assert store.visit(session).lead == second

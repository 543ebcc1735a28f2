"""What the shopper said, on the whole way to the page: same steps, other words, other decisions."""

from collections.abc import Callable, Mapping

import pytest

from hub_server.shopper.preferences import Wish
from tests.hub_server.conftest import Hub
from tests.hub_server.gift_histories import second_visit

STOP_S = 65
ZONE = "wine"


def told(hub: Hub, said: Mapping[str, object], **wish: object) -> tuple[str, ...]:
    """The titles that a second visit with this mission and these choices is told at one shelf."""
    hub.agent_up()
    (code,) = hub.carts("cart-1")
    session = second_visit(hub, code)
    hub.engine.rooms.mission.say(session.cookie, said)
    hub.engine.rooms.preferences.change(session.cookie, Wish(**wish))  # type: ignore[arg-type]
    hub.enter(hub.handle(session), ZONE)
    hub.linger(session, ZONE, STOP_S)
    rows = hub.query("SELECT title FROM decisions WHERE outcome = 'send' ORDER BY at_ms")
    return tuple(str(row[0]) for row in rows)


def test_four_missions_are_four_decisions(new_hub: Callable[..., Hub]) -> None:
    """Row 1: the same path, four missions: four different messages, or silence."""
    missions: tuple[dict[str, object], ...] = (
        {"intent": "hurry", "minutes": 8.0},
        {"intent": "gift", "for_whom": "friend"},
        {"intent": "research"},
        {"intent": "help"},
    )
    found = [told(new_hub(), mission) for mission in missions]
    assert len(set(found)) == len(missions)
    assert found[0] == ()


@pytest.mark.parametrize("wish", [{"topics_off": ("returns",)}, {"alone_today": True}])
def test_a_toggle_makes_another_decision(
    new_hub: Callable[..., Hub], wish: dict[str, object]
) -> None:
    """Row 29: the topic off, or left alone today: what was told is told no more."""
    assert told(new_hub(), {})
    assert told(new_hub(), {}, **wish) == ()


def test_a_mission_that_changes_on_the_way_changes_the_next_decision(hub: Hub) -> None:
    """Row 4: silence for who is in a hurry; once there is time, the next second speaks."""
    (code,) = hub.carts("cart-1")
    session = second_visit(hub, code)
    hub.engine.rooms.mission.say(session.cookie, {"intent": "hurry"})
    hub.enter(hub.handle(session), ZONE)
    hub.linger(session, ZONE, STOP_S)
    assert hub.engine.page(session.cookie).messages == []
    hub.engine.rooms.mission.say(session.cookie, {"intent": None})
    hub.linger(session, ZONE, 1)
    assert len(hub.engine.page(session.cookie).messages) == 1

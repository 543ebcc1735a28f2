"""The page of what is known lists what was told of the visit and written on the list."""

from typing import get_args

import pytest

from hub_server.decision.snapshot import ForWhom, Intent, Value
from hub_server.shopper.profile_words import LANGUAGES
from hub_server.views.hub import Refused
from tests.hub_server.conftest import Hub
from tests.hub_server.shopper.test_facts import opened


def told(hub: Hub, cookie: str, language: str = "en") -> dict[str, str]:
    found = hub.engine.rooms.profile.of(cookie, language).declared
    return {one.fact: one.text for one in found}


def test_mission_and_list_are_told_and_each_is_taken_back(hub: Hub) -> None:
    """Row 92: nothing that was said is missing; the line of a gift stays unspoken."""
    session, visit = opened(hub)
    rooms, cookie = hub.engine.rooms, session.cookie
    assert told(hub, cookie) == {}
    said = {"intent": "gift", "for_whom": "friend", "value": "price", "minutes": 30.0}
    rooms.mission.say(cookie, said)
    rooms.aisle.lists.add(cookie, "Oats", None)
    rooms.aisle.lists.add(cookie, None, "1001")
    rooms.gifts.say(cookie, "1001", gift=True)
    assert told(hub, cookie) == {
        "mission:intent": "This visit is for a gift.",
        "mission:for_whom": "For a friend.",
        "mission:value": "What counts: the price.",
        "mission:minutes": "Time that you have left: 30 min.",
        "list": "Lines on your list: 1.",
    }
    for fact in ("mission:intent", "mission:minutes", "list"):
        rooms.profile.forget(cookie, fact)
    assert list(told(hub, cookie)) == ["mission:for_whom", "mission:value"]
    assert (visit.mission.intent, visit.wanted) == (None, ())
    with pytest.raises(Refused):
        rooms.profile.forget(cookie, "mission:colour")


def test_a_second_phone_hushes_the_gift(hub: Hub) -> None:
    """Row 75: who looks on may be who gets it."""
    session, _ = opened(hub)
    hub.engine.rooms.mission.say(session.cookie, {"intent": "gift", "for_whom": "friend"})
    hub.engine.join(hub.engine.page(session.cookie).join_code, None)
    assert told(hub, session.cookie) == {}


def test_between_visits_the_list_is_told_and_can_go(hub: Hub) -> None:
    session, _ = opened(hub)
    hub.engine.rooms.aisle.lists.add(session.cookie, "Oats", None)
    hub.engine.leave(session.cookie)
    assert list(told(hub, session.cookie)) == ["list"]
    hub.engine.rooms.profile.forget(session.cookie, "list")
    assert told(hub, session.cookie) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_tap_has_its_words(language: str) -> None:
    declared = LANGUAGES[language].declared
    for field, values in (("intent", Intent), ("for_whom", ForWhom), ("value", Value)):
        assert {f"{field}_{value}" for value in get_args(values)} <= set(declared)


def test_as_many_lines_are_told_as_the_list_shows(hub: Hub) -> None:
    """Row 75: a line that only this page counts would tell that something is hidden."""
    session, _ = opened(hub)
    rooms = hub.engine.rooms
    for item in ("1001", "1002", "1017"):
        rooms.aisle.lists.add(session.cookie, None, item)
    rooms.gifts.say(session.cookie, "1001", gift=True)
    shown = len(rooms.aisle.lists.view(session.cookie).lines)
    assert shown < 3
    assert told(hub, session.cookie)["list"] == f"Lines on your list: {shown}."

"""What the phone is told: declarative, neutral, small, and in words of its language."""

import json

import pytest

from hub_server.push import notification
from tests.hub_server.push.lines import sent

HUB = "https://store.example"


def test_it_is_declarative_web_push() -> None:
    told = json.loads(notification.body(sent(), "en", HUB))
    assert told["web_push"] == 8030
    note = told["notification"]
    assert (note["title"], note["body"]) == ("A note for your visit", "Open it to read.")
    assert note["navigate"] == f"{HUB}/m/d1"
    assert note["actions"] == []
    assert set(note["data"]) == {"decision", "done"}


def test_buttons_are_one_tap_each() -> None:
    """Row 63: add, bring and call need no page; two fit on a notification."""
    message = sent(buttons=("add_to_list", "call_staff", "bring_it"))
    note = json.loads(notification.body(message, "de", HUB))["notification"]
    assert [one["title"] for one in note["actions"]] == ["Auf die Liste", "Jemanden rufen"]
    assert note["actions"][0]["navigate"] == f"{HUB}/m/d1#add_to_list"
    assert note["data"]["done"] == {
        "add_to_list": "Steht auf Ihrer Liste.",
        "call_staff": "Jemand kommt zu Ihnen.",
    }


def test_a_button_that_leads_somewhere_opens_the_page() -> None:
    note = json.loads(notification.body(sent(buttons=("route", "fly")), "xx", HUB))["notification"]
    assert [one["action"] for one in note["actions"]] == ["route"]
    assert note["data"]["done"] == {}


def test_a_topic_is_a_visits_own_and_tells_nobody_which() -> None:
    found = notification.topic("v1")
    assert len(found) == 32
    assert found.replace("-", "").replace("_", "").isalnum()
    assert found != notification.topic("v2")
    assert "v1" not in found


@pytest.mark.parametrize(
    ("kind", "urgency"),
    [("help", "high"), ("service", "high"), ("offer", "low"), ("new", "normal")],
)
def test_only_help_wakes_a_sleeping_phone(kind: str, urgency: str) -> None:
    assert notification.urgency(kind) == urgency


def test_it_fits_whatever_it_says() -> None:
    """4,096 bytes encrypted are what every push service takes."""
    buttons = ("add_to_list", "bring_it")
    long = sent("d" * 64, lock_title="x" * 48, lock_text="ö" * 180, buttons=buttons)
    assert len(notification.body(long, "de", HUB)) < 2_000

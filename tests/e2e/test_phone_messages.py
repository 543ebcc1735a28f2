"""The messages on the phone page in a real browser: seen at once, acted on, refused, put away."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e import windows
from tests.e2e.mock_hub import MESSAGES, PHONE, MockHub
from tests.e2e.mock_shop import ROUTE
from tests.e2e.windows import Opened, to, visited

browser = windows.browser
served = windows.served
hub = windows.hub
window = windows.window


@pytest.mark.parametrize(("at", "label"), [(0, "you"), (1, "everyone")])
def test_row_52_a_message_says_whether_it_is_for_everyone_or_because_of_you(
    at: int, label: str, window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.phone = {**PHONE, "messages": [MESSAGES[at]]}
    page = visited(window, hub)
    shown = page.locator("li.card .because")
    expect(shown).to_have_attribute("data-label", label)
    words = "For everyone here" if label == "everyone" else "Because you have been"
    expect(shown).to_contain_text(words)


def test_a_message_can_be_acted_on_with_one_tap(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.phone = {**PHONE, "messages": [MESSAGES[0]]}
    page = visited(window, hub)
    page.get_by_role("button", name="Add to list").click()
    expect(page.get_by_role("button", name="On your list", exact=True)).to_be_disabled()
    hub.expect("/api/phone/list", {"item": "2002"})
    page.get_by_role("button", name="Show way").click()
    expect(page.get_by_text("Way to Pesto Genovese:")).to_be_visible()
    expect(page.locator("path.way")).to_have_attribute("d", re.compile(r"^M15\.6 -10\.4L"))
    # It is asked for anew as one walks on, until one is there.
    hub.shop["way"] = {**ROUTE, "metres": 8.0}
    hub.phone = {**hub.phone, "place": {**PHONE["place"], "y_m": 15.2}}
    expect(page.get_by_text("Way to Pesto Genovese: 8")).to_be_visible()
    hub.phone = {**hub.phone, "place": {**PHONE["place"], "x_m": 19.0, "y_m": 11.0}}
    expect(page.get_by_text("Way to Pesto Genovese: You are there.")).to_be_visible()
    page.get_by_role("button", name="End", exact=True).click()
    expect(page.locator("path.way")).to_have_count(0)
    page.get_by_role("button", name="Bring it").click()
    expect(page.get_by_role("heading", level=1, name="Help")).to_be_visible()
    hub.expect("/api/phone/bring", {"item": "2002"})


def test_a_message_can_be_refused_in_four_ways(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.phone = {**PHONE, "messages": [MESSAGES[0]]}
    page = visited(window, hub)
    page.get_by_role("button", name="Not useful").click()
    for button, kind, words in (
        ("Less like this", "less", "Understood: less like this"),
        ("Never this", "not_for_me", "never again on this"),
        ("Nothing more today", "stop_today", "Understood: nothing more today"),
        ("Wrong place", "wrong_place", "We will not speak about this place"),
    ):
        page.get_by_role("button", name=button).click()
        expect(page.locator("li.card")).to_contain_text(words)
        path = f"/api/phone/messages/{MESSAGES[0]['decision']}/feedback"
        hub.expect(path, {"kind": kind})
    page.get_by_role("button", name="Tell us").click()
    page.get_by_label("What was wrong").fill("I am at the wine.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("It is with the store now.")).to_be_visible()
    body = {"text": "I am at the wine.", "about": MESSAGES[0]["decision"]}
    hub.expect("/api/phone/words", body)


def test_a_message_that_is_put_away_stays_away(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.phone = {**PHONE, "messages": MESSAGES}
    page = visited(window, hub)
    page.get_by_role("button", name="Put away: Two packs").click()
    expect(page.locator("li.card")).to_have_count(1)
    to(page, "Find")
    to(page, "Here")
    expect(page.locator("li.card")).to_have_count(1)
    page.reload()
    expect(page.locator("li.card")).to_have_count(1)
    path = f"/api/phone/messages/{MESSAGES[1]['decision']}/receipt"
    hub.expect(path, {"kind": "dismissed"})


def test_row_69_a_first_visit_is_welcomed_with_the_map(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.phone = {**PHONE, "first_visit": True, "list_count": 0}
    page = visited(window, hub)
    expect(page.get_by_role("heading", name="Welcome to Corner Market")).to_be_visible()
    expect(page.get_by_text("We begin without offers.")).to_be_visible()
    expect(page.get_by_role("img")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("heading", name="Welcome")).to_have_count(0)
    # Nor does it come back with the tab or the page.
    to(page, "Find")
    to(page, "Here")
    page.reload()
    expect(page.locator(".you")).to_be_visible()
    expect(page.get_by_role("heading", name="Welcome")).to_have_count(0)


def test_where_the_hub_has_spoken_there_is_no_second_welcome(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.phone = {**PHONE, "first_visit": True, "list_count": 0}
    page = visited(window, hub)
    expect(page.get_by_role("heading", name="Welcome to Corner Market")).to_be_visible()
    hub.phone = {**hub.phone, "messages": MESSAGES[:1]}
    expect(page.locator("li.card")).to_be_visible()
    expect(page.get_by_role("heading", name="Welcome")).to_have_count(0)
    hub.phone = {**hub.phone, "messages": []}
    expect(page.locator("li.card")).to_have_count(0)
    expect(page.get_by_role("heading", name="Welcome")).to_have_count(0)


def test_a_message_that_comes_while_another_panel_is_open_is_counted(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = visited(window, hub)
    to(page, "Find")
    hub.phone = {**hub.phone, "messages": MESSAGES[:1]}
    here = page.get_by_role("navigation").get_by_role("button", name="Here")
    expect(here).to_contain_text("new messages")
    here.click()
    expect(page.get_by_role("heading", level=3)).to_be_in_viewport(ratio=1)
    expect(here).to_have_text("Here")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 640)])
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_a_new_message_is_on_the_first_screen(
    locale: str, width: int, height: int, window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["simulated"] = True
    page = visited(window, hub, width=width, height=height, locale=locale)
    page.locator(".intents button").nth(1).click()
    page.evaluate("window.scrollTo(0, 0)")
    hub.phone = {**hub.phone, "messages": MESSAGES}
    newest = page.locator("#newest li.card")
    expect(newest.get_by_role("heading")).to_be_in_viewport(ratio=1)
    bar = page.get_by_role("navigation").bounding_box()
    box = newest.locator(".because").bounding_box()
    assert bar is not None
    assert box is not None
    assert box["y"] + box["height"] <= bar["y"]
    # The second lies below, and it was answered before: one is counted, and none once it was seen.
    expect(page.locator("li.card")).to_have_count(2)
    here = page.get_by_role("navigation").get_by_role("button").first
    expect(here.locator(".count")).to_have_count(0)


def test_a_message_that_expired_unseen_is_counted_no_more(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = visited(window, hub, height=400)
    page.get_by_role("button", name="End visit").scroll_into_view_if_needed()
    hub.phone = {**hub.phone, "messages": MESSAGES[:1]}
    pill = page.get_by_role("link", name="New message")
    expect(pill).to_be_visible()
    here = page.get_by_role("navigation").get_by_role("button", name="Here")
    expect(here.locator(".count")).to_contain_text("1")
    hub.phone = {**hub.phone, "messages": []}
    expect(pill).to_have_count(0)
    expect(here).to_have_text("Here")
    expect(page.get_by_text("Nothing to say just now.")).to_be_attached()
    hub.phone = {**hub.phone, "messages": MESSAGES[:1]}
    pill.click()
    expect(page.get_by_role("heading", level=3)).to_be_in_viewport(ratio=1)
    expect(pill).to_have_count(0)

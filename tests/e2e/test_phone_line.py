"""The phone page where the line to the store is away, in a real browser."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e import windows
from tests.e2e.mock_hub import MESSAGES, PHONE, MockHub
from tests.e2e.windows import CART, Opened, to

browser = windows.browser
served = windows.served
hub = windows.hub
window = windows.window

BESIDE_PX = 160
BEATS_MS = 20_000  # a heartbeat, every 5 s, finds out


def cut(opened: Opened) -> None:
    """Take the phone off the net, as where the Wi-Fi ends."""
    opened.context.set_offline(True)


def beside(page: Page, button: str, text: str) -> None:
    """The words stand near the button, and both are in view."""
    pressed = page.get_by_role("button", name=button, exact=True)
    words = page.get_by_text(text)
    expect(words).to_be_in_viewport(ratio=1)
    expect(pressed).to_be_in_viewport(ratio=1)
    above, below = pressed.bounding_box(), words.bounding_box()
    assert above is not None
    assert below is not None
    assert abs(below["y"] - above["y"]) < BESIDE_PX


def test_without_a_line_the_list_is_opened_as_it_was(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    """Rows 58 and 99: in the dead corner of a store, one looks at something else and back."""
    hub.tag["state"] = "mine"
    opened = window()
    page = opened.go(CART)
    to(page, "List")
    lines = page.locator(".lines li")
    expect(lines.first).to_be_visible()
    count = lines.count()
    cut(opened)
    to(page, "Help")
    expect(lines).to_have_count(0)
    to(page, "List")
    expect(page.get_by_text("Not loaded: no connection.")).to_be_visible()
    expect(lines).to_have_count(count)


def test_the_line_comes_back_by_itself(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.tag["state"] = "mine"
    hub.refusals["/api/phone/live"] = (503, "The hub restarts.")
    page = window().go(CART)
    expect(page.get_by_role("status")).to_have_text("No connection")
    expect(page.get_by_role("img")).to_be_visible()
    del hub.refusals["/api/phone/live"]
    expect(page.locator(".you")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Live")


def test_what_fails_without_a_line_says_so_beside_its_button(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "mine"
    hub.phone = {**PHONE, "messages": MESSAGES}
    opened = window()
    page = opened.go(CART)
    expect(page.locator(".you")).to_be_visible()
    cut(opened)
    page.get_by_role("button", name="Useful").first.click()
    expect(page.get_by_text("Not sent: no connection.")).to_be_in_viewport()
    page.get_by_role("button", name="A gift").click()
    beside(page, "A gift", "Not sent: no connection.")
    page.get_by_role("button", name="End visit").click()
    beside(page, "End visit", "Not ended: no connection. The visit goes on.")
    page.get_by_role("button", name="Pause").click()
    beside(page, "Pause", "Not paused: no connection. You are still located.")
    expect(page.get_by_role("status")).to_have_text("No connection", timeout=BEATS_MS)
    assert page.locator(".problem").count() == 1
    opened.context.set_offline(False)
    expect(page.get_by_role("status")).to_have_text("Live", timeout=BEATS_MS)
    expect(page.locator(".problem")).to_have_count(0)
    assert hub.paths().count("/api/phone/pause") == 0


def test_a_dead_line_is_not_called_live(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.tag["state"] = "mine"
    opened = window()
    opened.page.clock.install()
    page = opened.go(CART)
    expect(page.get_by_role("status")).to_have_text("Live")
    hub.speaks = False
    page.wait_for_timeout(300)
    page.clock.fast_forward(11_000)
    expect(page.get_by_role("status")).to_have_text("No connection")
    expect(page.get_by_text("No connection to the store.")).to_be_visible()
    expect(page.get_by_text("Walk on a little")).to_have_count(0)
    hub.speaks = True
    page.clock.fast_forward(5_000)
    expect(page.get_by_role("status")).to_have_text("Live")


def test_a_place_that_is_not_known_is_no_dead_line(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "mine"
    hub.phone = {**PHONE, "state": "unknown", "place": None}
    page = window().go(CART)
    expect(page.get_by_text("Walk on a little")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Live")


def test_a_delete_without_a_line_says_that_everything_is_still_kept(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "mine"
    hub.phone = {**PHONE, "state": "ended", "ended": "takeover", "place": None}
    opened = window()
    page = opened.go(CART)
    page.get_by_role("button", name="Delete everything").click()
    cut(opened)
    page.get_by_role("button", name="Delete", exact=True).click()
    beside(page, "Delete everything", "Not deleted: no connection. Everything is still kept.")


def test_a_panel_that_cannot_be_loaded_says_so_and_comes_with_the_line(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "mine"
    opened = window()
    page = opened.go(CART)
    expect(page.locator(".you")).to_be_visible()
    opened.context.set_offline(True)
    to(page, "Find")
    expect(page.get_by_text("This part could not be loaded")).to_be_visible()
    opened.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", level=1, name="Find something")).to_be_visible()


def test_each_panel_says_what_it_cannot_do_without_a_line(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "mine"
    opened = window()
    page = opened.go(CART)
    for name in ("List", "Find", "You", "Help"):
        to(page, name)
        expect(page.get_by_role("heading", level=1)).to_be_attached()
    page.get_by_role("button", name="A question about a product").click()
    page.get_by_role("button", name="Call somebody").click()
    expect(page.get_by_text(re.compile("^You have waited"))).to_be_visible()
    opened.context.set_offline(True)
    expect(page.get_by_text("who comes is not known here just now")).to_be_visible(timeout=12_000)
    expect(page.get_by_text(re.compile("^You have waited"))).to_have_count(0)
    to(page, "List")
    expect(page.get_by_text("Not loaded: no connection.")).to_be_visible()
    page.get_by_label("Add something").fill("salt")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not added: no connection. Try again when connected.")).to_be_visible()
    to(page, "Find")
    expect(page.get_by_text("Nothing can be looked up: no connection.")).to_be_visible()
    expect(page.get_by_text("One moment…")).to_have_count(0)
    expect(page.get_by_text("The map stays")).to_have_count(0)
    opened.context.set_offline(False)
    expect(page.get_by_text("Rolled oats 500 g")).to_be_visible(timeout=12_000)
    expect(page.get_by_text("Nothing can be looked up")).to_have_count(0)

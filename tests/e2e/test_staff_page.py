"""The staff's page in a real browser: who waits, one press to go, one when it is done."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e import windows
from tests.e2e.mock_hub import MockHub
from tests.e2e.windows import Opened, staff

browser = windows.browser
served = windows.served
hub = windows.hub
window = windows.window

TARGET_PX = 44


def opened_by_anna(window: Callable[..., Opened], hub: MockHub) -> Page:
    page = window().go("/staff")
    staff(page, hub)
    return page


def test_who_waits_longest_comes_first_and_too_long_is_said(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.staff = {**hub.staff, "tasks": hub.staff["tasks"][::-1]}
    page = opened_by_anna(window, hub)
    headings = page.get_by_role("heading", level=2)
    expect(headings).to_have_text(["Wine", "Pasta & sauces", "Bakery"])
    late = page.locator("[data-task=task-1]")
    expect(late).to_contain_text("waits 1:3")
    expect(late).to_contain_text("Waits too long")
    expect(late).to_contain_text("I cannot find the yeast")
    assert page.title() == "(2) Tasks"
    bring = page.locator("[data-task=task-2]")
    expect(bring).to_contain_text("Bring Whole milk 1 l. It is at Milk & eggs")
    # The shelf of what is to be brought, and who waits for it.
    expect(bring.locator(".pin")).to_have_text(["●", "!"])
    expect(bring).to_contain_text("● the shelf, ! the shopper")
    expect(late.locator(".pin")).to_have_text(["!"])


def test_row_68_taking_a_task_tells_the_name_that_shoppers_read(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = opened_by_anna(window, hub)
    page.locator("[data-task=task-1]").get_by_role("button", name="In 2 min").click()
    page.locator("[data-task=task-2]").get_by_role("button", name="I go").click()
    page.locator("[data-task=task-3]").get_by_role("button", name="Done").click()
    expect(page.locator("[data-task=task-3]")).to_be_visible()
    wanted = [
        ("/api/staff/tasks/task-1/take", {"who": "Anna", "minutes": 2}),
        ("/api/staff/tasks/task-2/take", {"who": "Anna", "minutes": None}),
        ("/api/staff/tasks/task-3/done", {}),
    ]
    hub.expect_all(wanted)
    page.reload()
    expect(page.get_by_role("button", name="As Anna: Change")).to_be_visible()


def test_a_task_that_another_has_says_so_beside_it(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.refusals["/api/staff/tasks/task-1/take"] = (409, "taken", "Ben has it.")
    page = opened_by_anna(window, hub)
    page.locator("[data-task=task-1]").get_by_role("button", name="I go").click()
    expect(page.locator("[data-task=task-1]").get_by_role("alert")).to_contain_text("Somebody else")


def test_targets_are_large_and_an_old_list_is_not_called_live(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    opened = window()
    opened.page.clock.install()
    page = opened.go("/staff")
    staff(page, hub)
    heights = "els => els.map((e) => e.offsetHeight)"
    assert min(page.locator("button").evaluate_all(heights)) >= TARGET_PX
    hub.speaks = False
    page.wait_for_timeout(300)
    page.clock.fast_forward(6_000)
    expect(page.get_by_role("status")).to_have_text("No connection")
    expect(page.get_by_text("this may be old")).to_be_visible()


def test_nobody_waiting_is_said_and_a_lost_login_asks_again(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.staff = {**hub.staff, "tasks": []}
    page = window().go("/staff")
    page.get_by_label("Your name, as shoppers will read it").fill("Anna")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nobody is waiting.")).to_be_visible()
    hub.refusals["/api/staff/live"] = (401, "Log in first.")
    page.reload()
    page.wait_for_url("**/login?next=/staff")
    page.get_by_label("User").fill("ada")
    page.get_by_label("Password").fill("right")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/staff")

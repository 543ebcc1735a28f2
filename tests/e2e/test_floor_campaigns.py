"""The manager's campaigns in a real browser: what they did, what they changed, and the switches."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e import windows
from tests.e2e.mock_hub import MockHub
from tests.e2e.windows import Opened

browser = windows.browser
served = windows.served
hub = windows.hub
window = windows.window


def test_an_effect_is_one_difference_with_its_interval_or_not_enough_yet(
    window: Callable[..., Opened],
) -> None:
    campaigns = window(1280).go("/").locator("#campaigns")
    guide = campaigns.locator("li").filter(has_text="The pesto is two steps")
    expect(guide).to_contain_text("+4.2 points")
    expect(guide).to_contain_text("95 % range +1.1 to +7.3")
    expect(guide).to_contain_text("912 visits against 104 held out")
    help_ = campaigns.locator("li").filter(has_text="Somebody who knows wine")
    expect(help_).to_contain_text("Paused by its guardrail")
    expect(help_).to_contain_text("31 % of 42 seen were put away")
    expect(help_).to_contain_text("Not enough data yet")
    expect(campaigns.get_by_text("Too late").locator("..")).to_contain_text("Not enough yet")
    expect(campaigns.get_by_text("Service to offers").locator("..")).to_contain_text("92 : 31")


def test_a_campaign_is_paused_and_resumed_by_one_press(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = window(390).go("/")
    page.get_by_role("button", name="Pause: Pasta sauce guide").click()
    page.get_by_role("button", name="Resume: Wine help").click()
    expect(page.get_by_role("button", name="Resume: Wine help")).to_be_enabled()
    for done in ("pasta-sauce-guide/pause", "wine-help/resume"):
        hub.expect(f"/api/floor/campaigns/{done}", {})


def test_stopping_all_messages_asks_once_and_is_said_until_it_is_undone(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = window(1280).go("/")
    stop = page.get_by_role("button", name="Stop all messages")
    stop.click()
    page.get_by_role("button", name="Cancel").click()
    assert hub.paths() == []
    stop.click()
    page.get_by_role("button", name="Stop them").click()
    expect(page.get_by_text("All messages are stopped by ada.")).to_be_visible()
    page.get_by_role("button", name="Let them speak again").click()
    expect(stop).to_be_visible()
    hub.expect_all([("/api/floor/kill", {"on": True}), ("/api/floor/kill", {"on": False})])


def test_a_switch_that_the_hub_refuses_says_so(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.refusals["/api/floor/campaigns/pasta-sauce-guide/pause"] = (503, "The disk is full.")
    page = window(1280).go("/")
    page.get_by_role("button", name="Pause: Pasta sauce guide").click()
    expect(page.locator("#campaigns").get_by_role("alert")).to_have_text(
        "Not done. The disk is full."
    )


def test_every_no_is_counted_by_reason_day_and_campaign(window: Callable[..., Opened]) -> None:
    page = window(1280).go("/")
    card = page.locator("section").filter(
        has=page.get_by_role("heading", name="Why nothing was said")
    )
    row = card.locator("li").filter(has_text="A zone where nothing is said")
    expect(row.locator(".count")).to_have_text("96")
    card.get_by_role("button", name="7 days").click()
    expect(row.locator(".count")).to_have_text("576")
    # The filter and the table name a campaign in the same way; what it says is beside its name.
    expect(card.get_by_role("option").last).to_have_text("Wine help")
    named = page.locator("#campaigns li").filter(has_text="“Somebody who knows wine is here”")
    expect(named.locator("strong").first).to_have_text("Wine help")
    card.get_by_role("combobox", name="Campaign").select_option("wine-help")
    expect(card.locator("li")).to_have_count(2)


def test_the_funnel_and_what_shoppers_wrote(window: Callable[..., Opened]) -> None:
    page = window(1280).go("/")
    funnel = page.get_by_role("table", name="From coming in to buying")
    expect(funnel.get_by_role("row", name="Wine")).to_contain_text("400")
    page.get_by_role("button", name="All 17 zones").click()
    expect(funnel.get_by_role("row")).to_have_count(18)
    expect(page.get_by_text("I drink tea.")).to_be_visible()
    page.get_by_text("Does knowing more help?").click()
    history = page.get_by_role("table", name="Messages by how many purchases are known")
    expect(history.get_by_role("row", name="0 60 22 % 3.0 %", exact=True)).to_be_visible()
    expect(history.get_by_role("row").last).to_contain_text("36 to 39")

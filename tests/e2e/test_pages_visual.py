"""Each view of the pages, and the map on all of them, as people see them in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.e2e import windows
from tests.e2e.mock_hub import MockHub, public_map
from tests.e2e.windows import PANELS, VIEWS, Opened

browser = windows.browser
served = windows.served
hub = windows.hub
window = windows.window

FADED = 0.5
TABLET_PX = 600
UNKNOWN = "\N{EN DASH}"
SCREENSHOTS = Path(__file__).parent / "screenshots"


def overflow_px(page: Page) -> int:
    width: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


def look(opened: Opened, view: str, scheme: Literal["light", "dark"], width: int) -> None:
    """Hold one view at one width against axe, and keep its picture."""
    opened.page.emulate_media(color_scheme=scheme)
    opened.page.set_viewport_size({"width": width, "height": 844})
    found = Axe().run(opened.page)
    SCREENSHOTS.mkdir(exist_ok=True)
    if (
        width < TABLET_PX
    ):  # the bar at the bottom is seen where it is, not in the middle of the page
        height = opened.page.evaluate("document.documentElement.scrollHeight")
        opened.page.set_viewport_size({"width": width, "height": max(844, height)})
    opened.page.screenshot(path=SCREENSHOTS / f"{view}-{scheme}-{width}.png", full_page=True)
    assert found.violations_count == 0, found.generate_report()
    assert overflow_px(opened.page) <= 0


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_accessible_loads_nothing_foreign_and_holds_when_narrow(
    view: str, window: Callable[..., Opened], hub: MockHub
) -> None:
    """Row 66: WCAG by axe, light and dark; row 74: no page asks another host for anything."""
    opened = window(390)
    hosts: set[str] = set()
    opened.page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    path, reach = VIEWS[view]
    reach(opened.go(path), hub)
    for width in (390,) if view in PANELS else (390, 1280):
        look(opened, view, "light", width)
        look(opened, view, "dark", width)
    assert hosts == {opened.url.split("/")[2]}
    assert opened.complaints == []
    # 320 px, and 640 px as a desktop window at twice the zoom.
    for width in (320, 640):
        opened.page.set_viewport_size({"width": width, "height": 568})
        assert overflow_px(opened.page) <= 0
    opened.page.set_viewport_size({"width": 390, "height": 844})
    opened.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert overflow_px(opened.page) <= 0


# Labels whose corners leave their zone, and pairs of labels that overlap.
LABELS = """() => {
  const labels = [...document.querySelectorAll('[data-label]')];
  const boxes = labels.map((label) => label.getBoundingClientRect());
  const outside = labels.filter((label, i) => {
    const zone = document.querySelector(`[data-zone="${label.dataset.label}"]`);
    const toZone = zone.getScreenCTM().inverse();
    const { left, right, top, bottom } = boxes[i];
    return [[left, top], [right, top], [left, bottom], [right, bottom]].some(
      ([x, y]) => !zone.isPointInFill(new DOMPoint(x, y).matrixTransform(toZone)));
  });
  const pairs = boxes.flatMap((a, i) => boxes.slice(i + 1).filter(
    (b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
  return [labels.length, outside.map((label) => label.dataset.label), pairs.length];
}"""


@pytest.mark.parametrize(("width", "least"), [(1500, 17), (768, 14), (390, 8), (320, 6)])
def test_names_stay_in_their_zones_and_off_each_other(
    width: int, least: int, window: Callable[..., Opened]
) -> None:
    page = window(width, 900).go("/")
    # With the first frame come the counts: where a name does not fit, its count does.
    expect(page.locator(".dot").first).to_be_visible()
    expect(page.locator("[data-label]").first).to_be_visible()
    count, outside, overlapping = page.evaluate(LABELS)
    assert outside == []
    assert overlapping == 0
    assert count >= least


def test_nothing_on_a_live_map_is_animated(window: Callable[..., Opened]) -> None:
    page = window(1280).go("/")
    expect(page.locator(".dot").first).to_be_visible()
    moved = page.evaluate(
        "[...document.querySelectorAll('svg *')].map(getComputedStyle)"
        ".filter((s) => s.transitionDuration !== '0s' || s.animationName !== 'none').length"
    )
    assert moved == 0


def test_the_floor_goes_offline_five_seconds_after_the_last_frame(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    opened = window(1280)
    opened.page.clock.install()
    page = opened.go("/")
    expect(page.get_by_role("status")).to_have_text("Live")
    hub.floor = {**hub.floor, "badge": "late", "late_s": 14.2}
    expect(page.get_by_role("status")).to_have_text("Late by 14 s")
    hub.speaks = False
    page.wait_for_timeout(300)
    page.clock.fast_forward(6_000)
    expect(page.get_by_role("status")).to_have_text("Offline")
    expect(page.get_by_text("Last seen")).to_be_visible()


def shown(places: Locator) -> set[str]:
    return {text.strip() for text in places.all_text_contents()}


def opacity(page: Page, what: str) -> float:
    share: float = page.locator(what).first.evaluate("(e) => Number(getComputedStyle(e).opacity)")
    return share


def test_a_late_floor_fades_and_keeps_the_time_of_its_last_live_frame(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = window(1280).go("/")
    expect(page.get_by_role("status")).to_have_text("Live")
    assert opacity(page, ".dot") == 1
    live_at = page.locator(".when").inner_text().removeprefix("As of ")
    at_ms = hub.floor["at_ms"] + 7_000
    hub.floor = {**hub.floor, "badge": "late", "late_s": 7.0, "at_ms": at_ms}
    expect(page.locator(".when")).to_have_text(f"Last seen {live_at}")
    assert opacity(page, ".dot") < FADED
    assert opacity(page, ".label .count") < FADED


@pytest.mark.parametrize("quiet", ["agents", "hub"])
def test_an_offline_floor_counts_nobody(
    quiet: str, window: Callable[..., Opened], hub: MockHub
) -> None:
    opened = window(1280)
    opened.page.clock.install()
    page = opened.go("/")
    expect(page.get_by_role("status")).to_have_text("Live")
    live_at = page.locator(".when").inner_text().removeprefix("As of ")
    at_ms = hub.floor["at_ms"] + 46_000
    none = [{**zone, "count": 0} for zone in hub.floor["zones"]]
    hub.floor = {**hub.floor, "badge": "offline", "late_s": 46.0, "at_ms": at_ms, "zones": none}
    hub.speaks = quiet == "agents"
    page.wait_for_timeout(300)
    if quiet == "hub":
        page.clock.fast_forward(6_000)
    expect(page.get_by_role("status")).to_have_text("Offline")
    expect(page.locator(".dot")).to_have_count(0)
    expect(page.locator(".when")).to_have_text(f"Last seen {live_at}")
    expect(page.get_by_text(f"{UNKNOWN} of them: place not known")).to_be_visible()
    zones = page.get_by_role("table", name="Zones now").locator("td.number")
    assert shown(zones) == {UNKNOWN}
    assert shown(page.locator(".label .count")) == {UNKNOWN}
    stages = page.locator("section").filter(has_text="Exploring").locator("li .count")
    assert shown(stages) == {UNKNOWN}


def test_a_journey_is_told_in_words_with_what_to_look_at(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    opened = window(320)
    page = opened.go("/")
    card = page.locator("section").filter(has=page.get_by_role("heading", name="Journey"))
    expect(card).to_contain_text("In the last 42 minutes")
    expect(card.get_by_text("11 of 12")).to_be_visible()
    expect(card.locator("li").filter(has_text="Not known").locator(".count")).to_have_text("2")
    few = {"part": 8, "count": 24}
    poor = {"unplaced_share": 0.4, "flips_per_min": 7.0, "sure_share": 0.01}
    none = {"by_rules": True, "model": "rules", "window_s": 61, "payments": few, "checkouts": None}
    hub.floor = {**hub.floor, "journey": {**hub.floor["journey"], **poor, **none}}
    expect(card).to_contain_text("No trained model: simple rules tell the stages")
    expect(card.locator(".hint")).to_have_count(3)
    expect(card.get_by_text("Not enough yet")).to_have_count(1)
    look(opened, "journey", "light", 320)
    look(opened, "journey", "dark", 320)


def test_an_agent_that_is_down_says_nothing_of_its_radio(window: Callable[..., Opened]) -> None:
    page = window(1280).go("/")
    row = page.get_by_role("row", name="corner-market.wine")
    expect(row.get_by_role("cell").last).to_have_text(UNKNOWN)


def test_why_opens_under_the_message_asked_about(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.floor["messages"][1]["title"] = "Two packs of coffee"
    page = window(390, 600).go("/")
    latest = page.locator("section").filter(has=page.get_by_role("heading", name="Latest messages"))
    message = latest.locator("li").filter(has_text="Two packs of coffee")
    expect(message.get_by_text("Offer", exact=True)).to_be_visible()
    ask = message.get_by_role("button")
    ask.click()
    expect(message.get_by_text("Weighing, 62 % sure (acts from 55 %)")).to_be_visible()
    expect(message.get_by_text("“Pasta sauces” ·")).to_be_visible()
    message.get_by_text("Every gate, in order").click()
    expect(message.get_by_text("The shopper · Reachable")).to_be_visible()
    expect(message.get_by_text("of today's campaigns")).to_be_visible()
    message.get_by_text("Every gate, in order").click()
    answer = message.get_by_role("cell", name="shown once on this visit")
    expect(answer).to_be_in_viewport()
    # It stays while it is read, even when newer messages push the one asked about off the list.
    hub.floor = {**hub.floor, "messages": hub.floor["messages"][:1]}
    expect(page.locator("li").filter(has_text="Return it here")).to_have_count(0)
    expect(answer).to_be_visible()
    ask.click()
    expect(answer).to_have_count(0)


def test_a_message_that_nobody_can_see_any_more_is_not_called_unseen_so_far(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = window(1280).go("/")
    unseen = page.locator("li").filter(has=page.get_by_text("Wine help", exact=True)).last
    expect(unseen).to_contain_text("not seen yet")
    messages = [{**each, "over": True} for each in hub.floor["messages"]]
    hub.floor = {**hub.floor, "messages": messages}
    expect(unseen).to_contain_text("nobody saw it")


def test_the_floor_counts_its_silences_with_their_reasons(window: Callable[..., Opened]) -> None:
    page = window(1280).go("/")
    expect(page.get_by_text("Silent 406 times, each with its reason")).to_be_visible()
    expect(page.get_by_text("Last two minutes: quiet to busy")).to_be_visible()


def test_the_floor_says_whether_its_data_are_real(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = window(1280).go("/")
    expect(page.get_by_text("Simulated data")).to_be_visible()
    hub.floor = {**hub.floor, "simulated": False, "replayed": True}
    expect(page.get_by_text("Replayed recording")).to_be_visible()
    hub.floor = {**hub.floor, "replayed": False}
    expect(page.get_by_text("Replayed recording")).to_have_count(0)


def test_a_floor_without_a_login_goes_to_it(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.refusals["/api/floor/live"] = (401, "Log in first.")
    page = window(1280).go("/")
    page.wait_for_url("**/login")


def test_an_unknown_decision_is_said_to_be_unknown(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.refusals["/api/floor/why/d-none"] = (404, "There is no decision with this code.")
    page = window(1280).go("/")
    page.get_by_label("Decision code").fill(" d-none ")
    page.get_by_role("button", name="Why?", exact=True).click()
    expect(page.get_by_text("No decision with the code d-none")).to_be_visible()


def test_what_is_no_code_is_told_in_a_plain_sentence(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.refusals["/api/floor/why/d-1"] = (400, "path.decision: String should match pattern")
    page = window(1280).go("/")
    ask = page.get_by_role("button", name="Why?", exact=True)
    ask.click()
    expect(page.get_by_text("Enter the code of one decision")).to_be_visible()
    page.get_by_label("Decision code").fill("d-1")
    ask.click()
    expect(page.get_by_text("“d-1” is no decision code.")).to_be_visible()
    expect(page.get_by_text("Enter the code of one decision")).to_have_count(0)


@pytest.mark.parametrize(
    ("status", "text"), [(401, "User or password is wrong"), (429, "Too many tries")]
)
def test_a_login_says_what_is_wrong(
    status: int, text: str, window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.refusals["/api/login"] = (status, "no")
    page = window().go("/login")
    page.get_by_label("User").fill("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text(text)
    hub.expect("/api/login", {"user": "ada", "password": "wrong"})


def test_a_visit_is_deleted_by_its_code(window: Callable[..., Opened], hub: MockHub) -> None:
    page = window().go("/forget")
    page.get_by_label("Visit code").fill("k7m-2qx")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text("it is deleted now")
    hub.refusals["/api/phone/delete-by-code"] = (404, "No visit has this code.")
    page.get_by_label("Visit code").fill("AAAAAA")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text("No visit with this code")
    hub.expect("/api/phone/delete-by-code", {"visit_code": "K7M2QX"})


def test_a_floor_map_of_a_mall_is_drawn_in_a_moment(
    window: Callable[..., Opened], hub: MockHub, shared: Path
) -> None:
    path = shared / "sites" / "mall_f1" / "map.geojson"
    hub.map = public_map(path)
    zones = [f for f in hub.map["features"] if f["properties"]["kind"] == "zone"]
    row = {"count": 1, "dwell_s": 20.0, "heat": 0.5}
    hub.floor["zones"] = [{"zone": zone["id"], "name": zone["id"], **row} for zone in zones]
    page = window(1280).go("/")
    expect(page.locator("[data-zone]")).to_have_count(98)
    assert page.evaluate(LABELS)[1:] == [[], 0]

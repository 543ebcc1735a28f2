"""The pages as people meet them: in a real browser, against the contract's JSON."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e import mock_hub
from tests.e2e.mock_hub import MESSAGES, PHONE, STATIC, MockHub, Served

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
CART = "/t/0123456789abcdef"
SCREENSHOTS = Path(__file__).parent / "screenshots"
TOUCH_PX = 44


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    if not (STATIC / "phone.html").exists():
        pytest.skip("the built pages are absent: install without INSTEP_SKIP_WEB")
    served = Served()
    yield served
    served.close()


@pytest.fixture
def hub(served: Served) -> MockHub:
    served.hub.reset()
    return served.hub


class Opened:
    """A browser window on the mock hub that keeps what the console said."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: Any) -> None:  # noqa: ANN401 - playwright's ConsoleMessage
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def go(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page


@pytest.fixture
def window(browser: Browser, served: Served, hub: MockHub) -> Iterator[Callable[..., Opened]]:
    del hub  # a window opens on a hub as it was at first
    contexts: list[BrowserContext] = []

    def open_window(width: int = 390, height: int = 844, **options: Any) -> Opened:  # noqa: ANN401
        viewport: Any = {"width": width, "height": height}
        context = browser.new_context(viewport=viewport, **{"locale": "en-GB", **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        return Opened(context, served.url)

    yield open_window
    for context in contexts:
        context.close()


def consent(page: Page, hub: MockHub) -> None:
    del hub
    expect(page.get_by_role("heading", level=1)).to_contain_text("see where this cart is")


def just_map(page: Page, hub: MockHub) -> None:
    del hub
    page.get_by_role("button", name="Just the map").click()
    expect(page.get_by_role("img")).to_be_visible()


def in_use(page: Page, hub: MockHub) -> None:
    hub.tag["state"] = "in_use"
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("in use")


def visit(page: Page, hub: MockHub) -> None:
    hub.tag["state"] = "mine"
    hub.phone = {**PHONE, "messages": MESSAGES}
    page.reload()
    expect(page.get_by_role("heading", level=2, name="Pasta & sauces")).to_be_visible()
    for summary in page.locator("summary").all():
        summary.click()


def ended(page: Page, hub: MockHub) -> None:
    hub.tag["state"] = "mine"
    hub.phone = {**PHONE, "state": "ended", "ended": "takeover", "place": None}
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ended")


def floor(page: Page, hub: MockHub) -> None:
    hub.floor["alarms"] = ["Agent corner-market.wine has not been heard for 94 s."]
    expect(page.get_by_role("status")).to_have_text("Live")
    page.get_by_role("button", name="Why was Pasta").click()
    expect(page.get_by_role("cell", name="page visible 2 s ago")).to_be_visible()


def form(page: Page, hub: MockHub) -> None:
    del hub
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def docs(page: Page, hub: MockHub) -> None:
    del hub
    for summary in page.locator("summary").all():
        summary.click()
    expect(page.get_by_text("/api/map")).to_be_visible()


VIEWS = {
    "consent": (CART, consent),
    "map": (CART, just_map),
    "in-use": (CART, in_use),
    "visit": (CART, visit),
    "ended": (CART, ended),
    "floor": ("/", floor),
    "login": ("/login", form),
    "forget": ("/forget", form),
    "docs": ("/api-docs", docs),
}


def overflow_px(page: Page) -> int:
    width: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_accessible_and_loads_nothing_foreign(
    view: str, scheme: str, width: int, window: Callable[..., Opened], hub: MockHub
) -> None:
    opened = window(width, 844, color_scheme=scheme)
    hosts: set[str] = set()
    opened.page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    path, reach = VIEWS[view]
    reach(opened.go(path), hub)
    found = Axe().run(opened.page)
    SCREENSHOTS.mkdir(exist_ok=True)
    opened.page.screenshot(path=SCREENSHOTS / f"{view}-{scheme}-{width}.png", full_page=True)
    assert found.violations_count == 0, found.generate_report()
    assert hosts == {opened.url.split("/")[2]}
    assert opened.complaints == []
    assert overflow_px(opened.page) <= 0


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_holds_at_320_px_at_twice_the_zoom_and_with_large_text(
    view: str, window: Callable[..., Opened], hub: MockHub
) -> None:
    opened = window(320, 568)
    path, reach = VIEWS[view]
    reach(opened.go(path), hub)
    assert overflow_px(opened.page) <= 0
    opened.page.set_viewport_size({"width": 640, "height": 400})
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


def test_before_yes_nothing_is_sent_or_kept(window: Callable[..., Opened], hub: MockHub) -> None:
    opened = window()
    page = opened.go(CART)
    just_map(page, hub)
    page.get_by_role("button", name="See what locating would do").click()
    consent(page, hub)
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    assert hub.posted == []
    assert opened.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.evaluate("indexedDB.databases().then((found) => found.length)") == 0


def test_the_two_answers_weigh_the_same(window: Callable[..., Opened]) -> None:
    page = window().go(CART)
    looks = []
    for name in ("Yes, while I shop", "Just the map"):
        button = page.get_by_role("button", name=name)
        box = button.bounding_box()
        assert box is not None
        style = button.evaluate(
            "(b) => { const s = getComputedStyle(b);"
            " return [s.backgroundColor, s.color, s.borderColor, s.fontSize, s.fontWeight]; }"
        )
        looks.append([round(box["width"]), round(box["height"]), round(box["y"]), *style])
    assert looks[0] == looks[1]


def test_yes_says_what_was_ticked_and_in_which_language(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = window().go(CART)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Yes, while I shop").click()
    expect(page.get_by_role("heading", level=2, name="Pasta & sauces")).to_be_visible()
    expect(page.locator(".you")).to_be_visible()
    body = {"code": CART[3:], "remember": True, "takeover": False, "language": "en"}
    assert ("/api/phone/yes", body) in hub.posted


def test_a_cart_in_use_is_taken_over_only_after_the_question(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = window().go(CART)
    in_use(page, hub)
    page.get_by_role("button", name="it is mine now").click()
    assert hub.paths() == []
    page.get_by_role("button", name="Yes, while I shop").click()
    expect(page.locator(".you")).to_be_visible()
    assert hub.posted[0][1]["takeover"] is True


def test_a_second_phone_joins_by_code(window: Callable[..., Opened], hub: MockHub) -> None:
    page = window().go(CART)
    page.get_by_text("on another phone?").click()
    page.get_by_label("Code shown on the other phone").fill("p4t w9c")
    page.get_by_role("button", name="Join").click()
    expect(page.locator(".you")).to_be_visible()
    assert hub.posted[0] == ("/api/phone/join", {"join_code": "P4TW9C"})


def test_a_message_is_read_out_counted_as_seen_and_answered(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "mine"
    page = window().go(CART)
    expect(page.locator(".you")).to_be_visible()
    hub.phone = {**PHONE, "messages": MESSAGES[:1]}
    expect(page.get_by_text("New message: The pesto")).to_be_attached()
    page.get_by_role("heading", level=3).scroll_into_view_if_needed()
    receipts = f"/api/phone/messages/{MESSAGES[0]['decision']}/receipt"
    page.wait_for_timeout(1_300)  # seen means a second in view
    page.get_by_text("Why this?").click()
    expect(page.get_by_text("for 40 seconds")).to_be_visible()
    page.get_by_role("button", name="Not for me").click()
    expect(page.get_by_text("nothing more on this")).to_be_visible()
    expect(page.get_by_role("button", name="Not for me")).to_have_attribute("aria-pressed", "true")
    kinds = [body["kind"] for path, body in hub.posted if path == receipts]
    assert kinds == ["received", "shown", "tapped"]
    feedback = f"/api/phone/messages/{MESSAGES[0]['decision']}/feedback"
    assert (feedback, {"kind": "not_for_me"}) in hub.posted


def test_an_old_place_is_no_place(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.tag["state"] = "mine"
    opened = window()
    opened.page.clock.install()
    page = opened.go(CART)
    expect(page.locator(".you")).to_be_visible()
    hub.speaks = False
    page.wait_for_timeout(300)
    page.clock.fast_forward(11_000)
    expect(page.get_by_role("heading", name="do not know where you are")).to_be_visible()
    assert page.locator(".you").count() == 0
    expect(page.get_by_role("img")).to_be_visible()


def test_intent_pause_and_leave(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.tag["state"] = "mine"
    page = window().go(CART)
    page.get_by_role("button", name="A gift").click()
    expect(page.get_by_role("button", name="A gift")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    assert page.locator(".you").count() == 0
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".you")).to_be_visible()
    page.get_by_role("button", name="End visit").click()
    expect(page.get_by_text("You ended it.")).to_be_visible()
    expect(page.get_by_text("K7M2QX")).to_be_visible()
    wanted = ["mission", "pause", "pause", "leave"]
    assert [path.split("/")[-1] for path in hub.paths()] == wanted


def test_delete_asks_once_and_then_forgets(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.tag["state"] = "mine"
    page = window().go(CART)
    page.get_by_text("Codes and deleting").click()
    page.get_by_role("button", name="Delete everything").click()
    page.get_by_role("button", name="Cancel").click()
    assert hub.paths() == []
    page.get_by_role("button", name="Delete everything").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deleted")
    assert hub.paths() == ["/api/phone/delete"]
    assert "K7M" not in page.content()


def test_a_visit_that_the_hub_no_longer_knows_asks_again(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "mine"
    hub.refusals["/api/phone/live"] = (404, "This phone has no visit.")
    opened = window()
    opened.page.on("request", lambda _: hub.tag.update(state="free"))
    consent(opened.go(CART), hub)


def test_what_a_thumb_meets_is_large_enough(window: Callable[..., Opened], hub: MockHub) -> None:
    page = window().go(CART)
    heights = "els => els.filter((e) => e.checkVisibility()).map((e) => e.offsetHeight)"
    targets = "button, summary, label.remember, input:not([type=checkbox])"
    assert min(page.locator(targets).evaluate_all(heights)) >= TOUCH_PX
    visit(page, hub)
    assert min(page.locator(targets).evaluate_all(heights)) >= TOUCH_PX


def test_the_page_speaks_german(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.tag["state"] = "mine"
    page = window(locale="de-DE").go(CART)
    expect(page.get_by_role("heading", name="Sie sind bei Pasta & sauces")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "de"


@pytest.mark.parametrize("state", ["retired", "unknown"])
def test_a_dead_code_gets_kind_words(
    state: str, window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = state
    page = window().go(CART)
    expect(page.get_by_role("heading", level=1)).to_contain_text("code")
    expect(page.get_by_role("button", name="Just the map")).to_be_visible()


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
    assert hub.posted == [("/api/login", {"user": "ada", "password": "wrong"})]


def test_a_visit_is_deleted_by_its_code(window: Callable[..., Opened], hub: MockHub) -> None:
    page = window().go("/forget")
    page.get_by_label("Visit code").fill("k7m-2qx")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text("it is deleted now")
    hub.refusals["/api/phone/delete-by-code"] = (404, "No visit has this code.")
    page.get_by_label("Visit code").fill("AAAAAA")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text("No visit with this code")
    assert hub.posted[0] == ("/api/phone/delete-by-code", {"visit_code": "K7M2QX"})


def test_a_floor_map_of_a_mall_is_drawn_in_a_moment(
    window: Callable[..., Opened], hub: MockHub, shared: Path
) -> None:
    path = shared / "sites" / "mall_f1" / "map.geojson"
    hub.map = mock_hub.public_map(path)
    page = window(1280).go("/")
    expect(page.locator("[data-zone]")).to_have_count(98)
    assert page.evaluate(LABELS)[1:] == [[], 0]

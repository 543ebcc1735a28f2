"""Browser windows on the mock hub, and the ways to each view of the pages."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from edge_agent.messages import Suspect
from tests.e2e.mock_hub import MESSAGES, PHONE, STATIC, MockHub, Served

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
CART = "/t/0123456789abcdef"


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
    assert hub.tag["state"] == "free"
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
    hub.tag["simulated"] = True
    hub.phone = {**PHONE, "messages": MESSAGES}
    page.reload()
    expect(page.get_by_role("heading", level=2, name="Pasta & sauces")).to_be_visible()
    for summary in page.locator("summary").all():
        summary.click()


def visited(window: Callable[..., Opened], hub: MockHub, **options: object) -> Page:
    hub.tag["state"] = "mine"
    page = window(**options).go(CART)
    expect(page.locator(".you")).to_be_visible()
    return page


def to(page: Page, panel: str) -> None:
    page.get_by_role("navigation").get_by_role("button", name=re.compile(f"^{panel}")).click()


def panel(name: str) -> Callable[[Page, MockHub], None]:
    def reach(page: Page, hub: MockHub) -> None:
        hub.tag["state"] = "mine"
        page.reload()
        page.get_by_role("navigation").get_by_role("button", name=re.compile(name)).click()
        expect(page.get_by_role("heading", level=1)).to_be_attached()
        for summary in page.locator("summary").all():
            summary.click()

    return reach


def ended(page: Page, hub: MockHub) -> None:
    hub.tag["state"] = "mine"
    hub.phone = {**PHONE, "state": "ended", "ended": "takeover", "place": None}
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ended")


def floor(page: Page, hub: MockHub) -> None:
    hub.floor["alarms"] = [
        "Agent corner-market.wine has not been heard for 94 s.",
        Suspect(anchor="a3", sure_p=0.95, kind="swapped", other="a5").words,
    ]
    expect(page.get_by_role("status")).to_have_text("Live")
    page.get_by_role("button", name="Why was Pasta").click()
    expect(page.get_by_role("cell", name="shown once on this visit")).to_be_visible()
    page.get_by_text("Every gate, in order").click()
    page.get_by_text("What this means").click()
    page.get_by_text("Does knowing more help?").click()
    expect(page.get_by_role("button", name="Resume: Wine help")).to_be_visible()


def staff(page: Page, hub: MockHub) -> None:
    del hub
    page.get_by_label("Your name, as shoppers will read it").fill("Anna")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Wine")).to_be_visible()


def form(page: Page, hub: MockHub) -> None:
    del hub
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def docs(page: Page, hub: MockHub) -> None:
    del hub
    for summary in page.locator("summary").all():
        summary.click()
    expect(page.get_by_text("/api/map", exact=True)).to_be_visible()


# What opens inside the phone page: its width and look are the page's.
PANELS = ("list", "find", "help", "you")
VIEWS = {
    "consent": (CART, consent),
    "map": (CART, just_map),
    "in-use": (CART, in_use),
    "visit": (CART, visit),
    **{name: (CART, panel(name.capitalize())) for name in PANELS},
    "ended": (CART, ended),
    "floor": ("/", floor),
    "staff-name": ("/staff", form),
    "staff": ("/staff", staff),
    "login": ("/login", form),
    "forget": ("/forget", form),
    "docs": ("/api-docs", docs),
}

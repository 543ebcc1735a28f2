"""A real Chromium, quiet about the outside world."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    sync_playwright,
)

# The background-networking switches keep Chromium from looking for Google's hosts.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: ViewportSize = {"width": 390, "height": 844}


@contextmanager
def browser(path: str) -> Iterator[Browser]:
    """A running browser."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


def new_page(context: BrowserContext) -> Page:
    """A page that fails the test where a script throws."""
    page = context.new_page()
    page.on("pageerror", lambda error: (_ for _ in ()).throw(AssertionError(str(error))))
    return page


def press(page: Page, name: str) -> None:
    """Press the first button whose name begins so."""
    page.get_by_role("button", name=re.compile(f"^{name}")).first.click()


def log_in(page: Page, origin: str, user: str, password: str) -> None:
    """Log a manager in and wait for the floor."""
    page.goto(f"{origin}/")
    page.get_by_label(re.compile("name|user", re.IGNORECASE)).first.fill(user)
    page.get_by_label(re.compile("password", re.IGNORECASE)).first.fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{origin}/")

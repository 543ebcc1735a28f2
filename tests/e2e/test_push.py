"""A push in a real Chromium: hub, encryption, push service, worker, notification, receipt, tap.

Only the last hop is ours instead of a vendor's: what the loopback push service decrypts is handed
to the browser over CDP (`ServiceWorker.deliverPushMessage`), since no test may call a vendor.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Worker, expect

from hub_server.visit.visits import Sent
from tests.e2e import browsing
from tests.e2e.pocket import PocketStore, pocket_store

# What a vendor's push service would give this browser, given by the loopback's instead.
SUBSCRIPTION = """((json) => {
    let on = false, key = null;
    const made = () => ({toJSON: () => json, endpoint: json.endpoint,
        options: {applicationServerKey: key, userVisibleOnly: true},
        unsubscribe: async () => { on = false; return true; }});
    PushManager.prototype.getSubscription = async () => on ? made() : null;
    PushManager.prototype.subscribe = async (options) => {
        key = options.applicationServerKey.buffer;
        on = true;
        return made();
    };
})(%s)"""
NOTES = """async () => (await self.registration.getNotifications()).map(
    (n) => ({title: n.title, body: n.body, tag: n.tag, actions: n.actions.map((a) => a.action)}))"""
# A tap on the first notification, or on one of its buttons. Made by script it gives no right to
# open a window, so only what happens on pages that are open already can be seen.
TAP = """async (action) => {
    const [notification] = await self.registration.getNotifications();
    self.dispatchEvent(new NotificationEvent('notificationclick', {notification, action}));
}"""
# How much is kept for where there is no line, once the list holds a line; 0 before.
SHELVED = """async (line) => {
    const list = await (await caches.match('/api/phone/list'))?.text();
    const shelf = await (await caches.open('instep-1')).keys();
    return list?.includes(line) ? shelf.length : 0;
}"""
CLOSE = """async () => {
    const [notification] = await self.registration.getNotifications();
    self.dispatchEvent(new NotificationEvent('notificationclose', {notification}));
}"""


class Phone:
    """A browser with a visit, a worker, and a subscription at the loopback push service."""

    def __init__(self, store: PocketStore, context: BrowserContext) -> None:
        self.store = store
        self.context = context
        self.outside: list[str] = []
        context.on("request", lambda request: self._seen(request.url))
        self.browser = store.ask(store.service.browser)
        context.add_init_script(SUBSCRIPTION % json.dumps(self.browser.json))
        self.page = browsing.new_page(context)
        self.page.goto(f"{store.origin}/t/{store.code}")
        self.page.get_by_role("button", name="Yes, while I shop").click()
        self.page.get_by_role("button", name="You", exact=True).click()
        self.switch = self.page.get_by_role("switch", name="Messages when this page is closed")
        self.switch.click()
        expect(self.switch).to_be_checked()
        self.worker: Worker = self._worker()
        self.cdp: CDPSession = context.new_cdp_session(self.page)
        self.registration = self._registration()

    def _seen(self, url: str) -> None:
        if not url.startswith(self.store.origin):
            self.outside.append(url)

    def _worker(self) -> Worker:
        if not self.context.service_workers:
            self.context.wait_for_event("serviceworker")
        return self.context.service_workers[0]

    def _registration(self) -> str:
        found: list[str] = []

        def heard(event: dict[str, Any]) -> None:
            found.extend(one["registrationId"] for one in event["registrations"])

        self.cdp.on("ServiceWorker.workerRegistrationUpdated", heard)
        self.cdp.send("ServiceWorker.enable")
        while not found:
            self.page.wait_for_timeout(20)
        return found[0]

    def deliver(self, message: dict[str, Any]) -> None:
        """The last hop, from the push service into this browser."""
        self.cdp.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": self.store.origin,
                "registrationId": self.registration,
                "data": json.dumps(message),
            },
        )

    def notes(self) -> list[dict[str, Any]]:
        """What lies on the lock screen."""
        for _ in range(600):
            found: list[dict[str, Any]] = self.worker.evaluate(NOTES)
            if found:
                return found
            self.page.wait_for_timeout(20)
        raise AssertionError(self.store.ask(lambda: self.store.hub.engine.rooms.push.counts))

    def sent(self, message: dict[str, Any]) -> Sent:
        """The hub's side of a message that was pushed."""
        decision = message["notification"]["data"]["decision"]
        said = self.store.ask(lambda: list(self.store.visit.sent))
        return next(one for one in said if one.decision == decision)

    def pushed(self) -> dict[str, Any]:
        """The first push that the hub sends: only now does it hear the cart, with no page open.

        One that beats its heart would get the message instead, at the pace of this machine.
        """
        self.page.route("**/api/phone/heartbeat", lambda route: route.abort())
        self.store.close_page()
        self.store.zone = "produce"
        return self.store.until(self._read)[0]

    def _read(self) -> list[dict[str, Any]]:
        # A beat may have been on its way.
        self.store.visit.visible.clear()
        return self.store.pushed(self.browser)


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with browsing.browser(chromium) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PocketStore]:
    with pocket_store(tmp_path) as running:
        yield running


@pytest.fixture
def phone(browser: Browser, store: PocketStore) -> Iterator[Phone]:
    context = browser.new_context(
        viewport=browsing.PHONE, permissions=["notifications"], base_url=store.origin
    )
    yield Phone(store, context)
    context.close()


def away(page: Page) -> None:
    """The shopper looks at something else: no page of the store is open."""
    page.goto("about:blank")


def test_a_switch_turns_it_on_and_off(phone: Phone) -> None:
    """Row 93: asked for by a tap; off again, nothing leaves."""
    store = phone.store
    assert store.until(lambda: store.visit.push)
    phone.switch.click()
    expect(phone.switch).not_to_be_checked()
    assert store.until(lambda: not store.visit.push)
    assert store.ask(lambda: store.hub.query("SELECT * FROM push_subscriptions")) == []


def test_a_push_is_shown_and_the_hub_knows(phone: Phone) -> None:
    """Rows 63, 74, 75, 81: encrypted through the service, neutral on the lock screen, accounted."""
    store = phone.store
    away(phone.page)
    message = phone.pushed()
    phone.deliver(message)
    # Twice, as after an answer that was lost on the way back: the phone shows it once.
    phone.deliver(message)
    (note,) = phone.notes()
    sent = phone.sent(message)
    assert note["title"] == message["notification"]["title"]
    assert note["tag"] == sent.decision
    assert store.until(lambda: sent.shown)
    pushed = "SELECT received_ms, shown_ms FROM decisions WHERE channel = 'push'"
    (row,) = store.ask(lambda: store.hub.query(pushed))
    assert None not in row
    assert len(phone.notes()) == 1
    phone.worker.evaluate(CLOSE)
    assert store.until(lambda: sent.dismissed)
    assert phone.outside == []
    assert store.service.wrong == []


def test_a_tap_leads_to_the_message(phone: Phone) -> None:
    """With a page open it is told which message; a new one finds it by the address."""
    store = phone.store
    message = phone.pushed()
    decision = message["notification"]["data"]["decision"]
    phone.deliver(message)
    phone.notes()
    heard = (
        "new Promise((done) => navigator.serviceWorker.addEventListener('message',"
        " (event) => done(event.data.opened)))"
    )
    phone.page.evaluate(f"window.heard = {heard}; 0")
    phone.worker.evaluate(TAP, "")
    assert phone.page.evaluate("window.heard") == decision
    sent = phone.sent(message)
    tapped = "SELECT count(*) FROM decisions WHERE channel = 'push' AND tapped_ms > 0"
    assert store.until(lambda: store.hub.query(tapped) == [(1,)])
    assert sent.shown
    away(phone.page)
    phone.page.goto(message["notification"]["navigate"])
    assert phone.page.url.startswith(f"{store.origin}/t/{store.code}")


def test_a_button_does_it_in_one_tap(phone: Phone) -> None:
    """Row 63: help is called without opening anything, and the note says so."""
    store = phone.store
    away(phone.page)
    message = phone.pushed()
    note = message["notification"]
    note["actions"] = [{"action": "call_staff", "title": "Call somebody", "navigate": "/"}]
    note["data"]["done"] = {"call_staff": "Somebody comes to you."}
    sent = phone.sent(message)
    sent.buttons = ("call_staff",)
    phone.deliver(message)
    assert phone.notes()[0]["actions"] == ["call_staff"]
    phone.worker.evaluate(TAP, "call_staff")
    tasks = "SELECT kind FROM tasks"
    assert store.until(lambda: store.hub.query(tasks)) == [("help",)]
    phone.page.wait_for_timeout(100)
    assert [one["title"] for one in phone.notes()] == ["Somebody comes to you."]


def test_a_diet_takes_nothing_from_a_lock_screen(phone: Phone) -> None:
    """Row 30: the worker does not know what is eaten, so the page is to judge it."""
    phone.page.get_by_role("heading", name="Diet and allergies").click()
    phone.page.get_by_role("button", name="Milk", exact=True).click()
    assert phone.page.evaluate("caches.has('instep-diet')")
    message = phone.pushed()
    names = ("add_to_list", "bring_it", "call_staff")
    buttons = [{"action": name, "title": name, "navigate": "/"} for name in names]
    message["notification"]["actions"] = buttons
    phone.deliver(message)
    assert phone.notes()[0]["actions"] == ["call_staff"]


def test_receipts_wait_for_a_line(phone: Phone) -> None:
    """Without a line they are kept on the phone, and told at the next wake-up."""
    store = phone.store
    away(phone.page)
    message = phone.pushed()
    phone.context.set_offline(True)
    phone.deliver(message)
    phone.notes()
    phone.page.wait_for_timeout(300)
    sent = phone.sent(message)
    assert not sent.shown
    phone.context.set_offline(False)
    assert store.until(lambda: sent.shown)


def test_without_a_line_the_page_map_and_list_stay(phone: Phone) -> None:
    """Opened again with no line: map and list are there, no place is shown, nothing is live."""
    store, page = phone.store, phone.page
    cookie = next(one["value"] for one in phone.context.cookies() if one["name"] == "instep")
    lists = store.hub.engine.rooms.aisle.lists
    store.ask(lambda: lists.add(cookie, "Birthday candles", None))
    page.reload()
    counts = [0, 1]
    while counts[-1] == 0 or counts[-1] != counts[-2]:
        page.wait_for_timeout(300)
        counts.append(page.evaluate(SHELVED, "Birthday candles"))
    phone.context.set_offline(True)
    page.reload()
    expect(page.locator("main svg").first).to_be_visible()
    expect(page.locator(".you")).to_have_count(0)
    page.get_by_role("button", name="List", exact=False).click()
    expect(page.get_by_text("Birthday candles")).to_be_visible()

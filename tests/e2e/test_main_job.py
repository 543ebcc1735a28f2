"""A real recording to a message on a real phone page, and all of it gone again at a tap."""

import csv
import gzip
import re
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page

from store_maps import floor_map
from tests.e2e.browsing import PHONE, browser, log_in, new_page, press
from tests.e2e.conftest import RunningStore

pytestmark = pytest.mark.timeout(240)

AGENT = "Declining-Browser-5c1e"
STATE = "fetch('/api/phone/state').then(answer => answer.json())"
PERSONAL = ("visits", "pairings", "shoppers", "phones", "consents", "stays", "decisions", "mutes")


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, as another process reads them."""
    with sqlite3.connect(f"file:{folder / 'hub.sqlite3'}?mode=ro", uri=True) as database:
        names = [
            name
            for (name,) in database.execute("select name from sqlite_master where type='table'")
        ]
        return {name: database.execute(f"select * from {name}").fetchall() for name in names}  # noqa: S608


def files_with(folder: Path, text: str) -> list[str]:
    """The files of the store in which the bytes of `text` stand."""
    wanted = text.encode()
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and wanted in path.read_bytes()
    ]


def wait_for_state(page: Page, condition: str) -> dict[str, Any]:
    """The phone's state as soon as `condition` on it holds."""
    page.wait_for_function(
        f"async () => {{ const state = await {STATE}; return {condition}; }}", timeout=60_000
    )
    state = page.evaluate(STATE)
    assert isinstance(state, dict)
    return state


def shown_zone(page: Page) -> str | None:
    """The one zone with a shopper, read off the floor page's table."""
    table = page.get_by_role("table").filter(has_text="Zone").filter(has_text="Shoppers")
    for row in table.get_by_role("row").all():
        cells = row.inner_text().split("\t")
        if len(cells) > 1 and cells[1].strip() == "1":
            return cells[0].strip()
    return None


def true_zones(shared: Path) -> list[str | None]:
    """The zone that the recorded person was in, second by second, by name."""
    office = floor_map.load(shared / "sites" / "office" / "map.geojson")
    path = shared / "sites" / "office" / "truth" / "straight_05.csv.gz"
    with gzip.open(path, "rt") as file:
        truth = [(float(r["t_s"]), float(r["x_m"]), float(r["y_m"])) for r in csv.DictReader(file)]
    t_s, x_m, y_m = np.array(truth).T
    seconds = np.arange(0, t_s[-1])
    at = office.zone_at(
        np.interp(seconds, t_s, x_m), np.interp(seconds, t_s, y_m), office.levels[0].id
    )
    return [office.leaf_zones[index].name if index >= 0 else None for index in at]


def best_agreement(seen: list[str | None], truth: list[str | None]) -> float:
    """Share of seconds that agree where the two clocks fit best (the replay may wrap round)."""
    long = truth + truth
    return max(
        sum(a == b for a, b in zip(seen, long[offset:], strict=False)) / len(seen)
        for offset in range(len(truth))
    )


def decline(context: BrowserContext, store: RunningStore) -> None:
    before = rows(store.folder)
    page = new_page(context)
    page.goto(store.phone_url)
    press(page, "Just the map")
    page.get_by_role("heading", name="The store").wait_for()
    assert context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    after = rows(store.folder)
    for name in PERSONAL:
        assert after[name] == before[name] == [], name
    assert files_with(store.folder, AGENT) == []
    page.close()


def say_yes(context: BrowserContext, store: RunningStore) -> Page:
    page = new_page(context)
    page.goto(store.phone_url)
    press(page, "Yes")
    wait_for_state(page, "state.place && state.place.zone")
    page.get_by_role("heading", name=re.compile("^You are at Zone")).wait_for()
    return page


def watch_floor(page: Page, store: RunningStore, seconds: int) -> list[str | None]:
    """The zone that the floor page shows, second by second."""
    log_in(page, store.origin, store.user, store.password)
    page.get_by_text("Replayed recording").wait_for()
    seen = []
    for _ in range(seconds):
        page.wait_for_timeout(1000)
        seen.append(shown_zone(page))
    return seen


def read_and_refuse(page: Page) -> None:
    """Open the message's reason, then say that it is not for me."""
    message = wait_for_state(page, "state.messages.length > 0")["messages"][0]
    card = page.get_by_role("listitem").filter(has_text=message["text"])
    card.get_by_text("Why this?").click()
    assert card.get_by_text(message["why"][0]).last.is_visible()
    assert message["why"][0].startswith("Because")
    card.get_by_role("button", name="Not useful").click()
    card.get_by_role("button", name="Never this").click()
    card.get_by_text("Understood: never again on this.").wait_for()


def delete_everything(page: Page) -> None:
    page.get_by_role("button", name="You", exact=True).click()
    press(page, "Delete everything")
    page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    page.get_by_text("Deleted").first.wait_for()
    # The withdrawal reaches the agent within 5 s.
    page.wait_for_timeout(5000)


def test_from_radio_to_message_and_gone(
    office_store: RunningStore, chromium: str, shared: Path
) -> None:
    store = office_store
    with browser(chromium) as running:
        decline(running.new_context(user_agent=AGENT), store)
        phone = running.new_context(viewport=PHONE)
        page = say_yes(phone, store)

        seen = watch_floor(new_page(running.new_context()), store, seconds=30)
        agreement = best_agreement(seen, true_zones(shared))
        print(f"\nfloor page and truth agree in {agreement:.0%} of {len(seen)} seconds")
        assert agreement >= 0.7, seen

        read_and_refuse(page)
        assert any("guide" in row for row in rows(store.folder)["mutes"])

        secrets = personal_names(store.folder)
        assert any(files_with(store.folder, name) for name in secrets)
        delete_everything(page)
        assert phone.cookies() == []
    left = rows(store.folder)
    assert {name: left[name] for name in PERSONAL if left[name]} == {}
    assert len(left["receipts"]) == 1
    assert {name: found for name in secrets if (found := files_with(store.folder, name))} == {}


def personal_names(folder: Path) -> list[str]:
    """Shopper, visit, handle and codes of the one visit, as the database holds them."""
    tables = rows(folder)
    (visit,) = tables["visits"]
    (pairing,) = tables["pairings"]
    (shopper,) = tables["shoppers"]
    public = {"office", "tag-1", "en", "takeover", "leave"}
    texts = {value for row in (visit, pairing, shopper) for value in row if isinstance(value, str)}
    names = sorted(text for text in texts - public if len(text) >= 6)
    assert len(names) >= 4, names
    return names

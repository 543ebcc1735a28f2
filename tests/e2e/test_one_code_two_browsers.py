"""One code in two real browsers, carts of two more phones: on the running store, to its last byte.

What hangs on minutes is tried in test_whose_cart.py, on a clock that is told.
"""

# ruff: noqa: S608 - what stands in these queries comes from the test's own database

import csv
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from edge_agent.messages import Tags
from hub_server.demo import __main__ as demo
from hub_server.demo import processes as demo_processes
from hub_server.demo.files import Scene
from store_maps import corner_market
from tests.e2e.browsing import PHONE, browser, new_page, press
from tests.e2e.conftest import RunningStore
from tests.e2e.shopper import Shopper
from tests.e2e.wiretap import Wiretap, broker_port
from tests.edge_agent.broker import wait_until

pytestmark = pytest.mark.timeout(240)

TAGS = ["sim-01", "sim-02", "sim-03"]
STATE = "fetch('/api/phone/state').then(answer => answer.json())"
# Lists act at once; a second is on its way, and one more is the slow machine's.
ACTED_MS = 3_000
WATCH_MS = 5_000


@pytest.fixture
def store(
    mosquitto: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[RunningStore]:
    """The corner market with three carts; nobody plays their phones."""
    assert mosquitto
    scene = Scene(map_path=corner_market.path(), tags=TAGS)
    running = demo.Demo(scene, tmp_path, demo_processes.free_port())
    try:
        phones = running.start()
        yield RunningStore(tmp_path, running, phones, capsys.readouterr().out)
        running.check()
    finally:
        running.stop()


def rows(store: RunningStore, sql: str) -> list[tuple[object, ...]]:
    """A query, as another process asks it."""
    path = store.folder / "hub.sqlite3"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return database.execute(sql).fetchall()


def code_of(store: RunningStore, tag: str) -> str:
    with (store.folder / "tags.csv").open() as file:
        return next(row["code"] for row in csv.DictReader(file) if row["tag"] == tag)


def handle_of(store: RunningStore, tag: str) -> str:
    """The handle of a tag's open pairing."""
    sql = f"SELECT handle FROM pairings WHERE tag = '{tag}' AND to_ms IS NULL"
    ((handle,),) = rows(store, sql)
    return str(handle)


def names_of(store: RunningStore, handle: str) -> list[str]:
    """All that stands for the person of a pairing."""
    visit = f"(SELECT visit FROM pairings WHERE handle = '{handle}')"
    found = rows(
        store, f"SELECT visit, shopper, visit_code, join_code FROM visits WHERE visit = {visit}"
    )
    found += rows(store, f"SELECT pairing, handle FROM pairings WHERE visit = {visit}")
    found += rows(store, f"SELECT decision FROM decisions WHERE visit = {visit}")
    return [str(name) for row in found for name in row]


def kept_of(store: RunningStore, handle: str) -> list[tuple[object, ...]]:
    """How many stays and decisions are kept of a pairing's visit, and the newest's time."""
    visit = f"(SELECT visit FROM pairings WHERE handle = '{handle}')"
    return [
        *rows(store, f"SELECT count(*), max(at_ms) FROM stays WHERE visit = {visit}"),
        *rows(store, f"SELECT count(*), max(at_ms) FROM decisions WHERE visit = {visit}"),
    ]


def listed(tap: Wiretap) -> dict[str, str]:
    """Handle to identity, as the Pis' newest list has it."""
    lists: list[Tags] = tap.of("down/tags")
    return {row.handle: row.identities[0].identity for row in lists[-1].rows} if lists else {}


def wait_for_place(page: Page) -> None:
    page.wait_for_function(
        f"async () => {{ const state = await {STATE}; return state.place !== null; }}",
        timeout=60_000,
    )


def shown(page: Page) -> str:
    """The page as it stands, and all that it could ask for."""
    return page.content() + str(page.evaluate(STATE))


def test_one_code_two_browsers(store: RunningStore, chromium: str) -> None:
    with Wiretap(broker_port(store.folder)) as tap, browser(chromium) as running:
        anns, bobs = running.new_context(viewport=PHONE), running.new_context(viewport=PHONE)
        ann, bob = new_page(anns), new_page(bobs)
        ann.goto(store.phone_url)
        press(ann, "Yes, while I shop")
        wait_for_place(ann)
        old = handle_of(store, "sim-01")
        assert listed(tap) == {old: "sim-01"}

        bob.goto(store.phone_url)
        expect(bob.get_by_role("heading", level=1)).to_contain_text("in use")
        assert bobs.cookies() == []
        assert_nothing_of(names_of(store, old), shown(bob))
        press(bob, "Yes, it is mine now")
        press(bob, "Yes, while I shop")
        expect(ann.get_by_text(re.compile("theirs now"))).to_be_visible()
        wait_until(lambda: old not in listed(tap) and bool(listed(tap)), "the new list")
        new = handle_of(store, "sim-01")
        assert listed(tap) == {new: "sim-01"}

        bob.wait_for_timeout(ACTED_MS)
        kept, said = kept_of(store, old), len(tap.heard)
        wait_for_place(bob)
        bob.wait_for_timeout(WATCH_MS)
        assert kept_of(store, old) == kept
        later = [payload for topic, payload in tap.heard[said:] if "/down/" not in topic]
        assert any(new.encode() in payload for payload in later)
        assert not any(old.encode() in payload for payload in later)
        assert ann.evaluate(STATE)["place"] is None
        assert_nothing_of(names_of(store, old), shown(bob))
        assert_nothing_of(names_of(store, new), shown(ann))


def assert_nothing_of(names: list[str], text: str) -> None:
    assert len(names) >= 6
    assert [name for name in names if name in text] == []


def test_two_carts_one_phone_and_two_phones_one_visit(store: RunningStore) -> None:
    owner, guest, other = (Shopper(store.origin) for _ in range(3))
    with Wiretap(broker_port(store.folder)) as tap:
        for tag in ("sim-02", "sim-03"):
            owner.yes(code_of(store, tag)).raise_for_status()
        guest.post("join", join_code=owner.state()["join_code"]).raise_for_status()
        one, two = handle_of(store, "sim-02"), handle_of(store, "sim-03")
        wait_until(lambda: listed(tap) == {one: "sim-02", two: "sim-03"}, "both carts on the list")
        wait_until(lambda: guest.state()["place"] is not None, "the guest's place")

        other.yes(code_of(store, "sim-02"), takeover=True).raise_for_status()
        three = handle_of(store, "sim-02")
        wait_until(lambda: listed(tap) == {two: "sim-03", three: "sim-02"}, "the taken cart")
        assert owner.state()["ended"] is guest.state()["ended"] is None
        kept = str(guest.cookie)
        guest.post("delete").raise_for_status()
        guest.cookie = kept
        assert guest.get("state").status_code == 404
        wait_until(lambda: other.state()["place"] is not None, "the other's place")
        owner.post("leave").raise_for_status()
        wait_until(lambda: listed(tap) == {three: "sim-02"}, "the list after the visit")
        wait_until(lambda: quiet(tap, one, two), "silence about what has ended")
        assert {owner.state()["ended"], other.state()["ended"]} == {"leave", None}
        assert other.heard_of(names_of(store, two)) == []
        assert owner.heard_of(names_of(store, three)) == []
        assert guest.heard_of(names_of(store, three)) == []
    sql = (
        "SELECT count(*) FROM stays JOIN pairings USING (visit) "
        "WHERE to_ms IS NOT NULL GROUP BY visit HAVING max(at_ms) > max(to_ms)"
    )
    assert rows(store, sql) == []
    for shopper in (owner, guest, other):
        shopper.close()


def quiet(tap: Wiretap, *handles: str) -> bool:
    """Whether the newest fixes, which speak of somebody, do not speak of `handles`."""
    newest = tap.of("fixes")[-1].rows
    return bool(newest) and not {row.handle for row in newest} & set(handles)

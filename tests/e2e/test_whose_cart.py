"""Carts change hands, phones come together and part: nothing of one person reaches another."""

# ruff: noqa: S608 - what stands in these queries comes from the test's own database

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from hub_server.pages.app import build_app
from hub_server.sessions import digest
from hub_server.views.events import Event, Item, Subject
from tests.e2e.shopper import InProcess, Shopper
from tests.hub_server.conftest import Hub

ORIGIN = "https://store.example"
NewShopper = Callable[[], Shopper]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub on a clock that is told, with an agent that is up."""
    made = Hub(tmp_path)
    made.agent_up()
    made.pass_s(1)
    made.lists()
    yield made
    made.close()


@pytest.fixture
def new_shopper(hub: Hub) -> Iterator[NewShopper]:
    """People come in, each with a phone."""
    app = build_app(hub.engine)
    came: list[Shopper] = []

    def come() -> Shopper:
        came.append(Shopper(ORIGIN, InProcess(app)))
        return came[-1]

    yield come
    for shopper in came:
        shopper.close()


def names_of(hub: Hub, shopper: Shopper) -> list[str]:
    """Every name under which the hub keeps this phone's person, none of them shared."""
    phone = digest(str(shopper.cookie)).hex().upper()
    mine = f"SELECT shopper FROM phones WHERE hex(cookie_sha256) = '{phone}'"
    own = f"JOIN visits USING (visit) WHERE shopper = ({mine})"
    columns = "shopper, visit, visit_code, join_code, pairing, handle"
    rows = hub.query(f"SELECT {columns} FROM pairings {own}")
    rows += hub.query(f"SELECT decision FROM decisions {own}")
    names = {str(name) for row in rows for name in row if name}
    assert names
    return sorted(names)


def walk(hub: Hub, handle: str, zone: str, seconds: int = 1) -> None:
    """The cart is heard in a zone, second by second, on whatever list it stands."""
    hub.pass_s(1)
    hub.stays(hub.row(handle, "enter", zone))
    for _ in range(seconds):
        hub.fix(handle, zone)
        hub.pass_s(1)


def linger(hub: Hub, shopper: Shopper, handle: str, zone: str, seconds: int) -> None:
    """The same with an open page, long enough for a message."""
    for _ in range(seconds):
        shopper.post("heartbeat", visible=True)
        walk(hub, handle, zone)


def handle_of(hub: Hub, shopper: Shopper) -> str:
    """The newest handle of this phone's visit."""
    visit = hub.engine.roll.book.visit_of(digest(str(shopper.cookie)).hex())
    assert visit is not None
    return visit.handles[-1]


def listed(hub: Hub) -> list[str]:
    """The handles that the Pis may hear after the newest list."""
    return [row.handle for row in hub.lists()[-1].rows]


def stays_of(hub: Hub, handle: str) -> list[object]:
    """The zones kept under a pairing."""
    sql = (
        "SELECT zone FROM stays JOIN pairings USING (visit) "
        f"WHERE handle = '{handle}' AND stays.kind = 'enter' ORDER BY at_ms"
    )
    return [zone for (zone,) in hub.query(sql)]


def zones_kept(hub: Hub) -> set[object]:
    """Every zone that any row about a person names."""
    sql = "SELECT zone FROM stays UNION SELECT zone FROM decisions"
    return {zone for (zone,) in hub.query(sql)}


def test_one_code_two_browsers(hub: Hub, new_shopper: NewShopper) -> None:
    (code,) = hub.carts("cart-1")
    ann, bob = new_shopper(), new_shopper()
    ann.yes(code).raise_for_status()
    old = handle_of(hub, ann)
    linger(hub, ann, old, "produce", 10)
    assert ann.state()["messages"] != []

    assert bob.get(f"tag/{code}").json()["state"] == "in_use"
    refused = bob.yes(code)
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")
    assert bob.cookie is None
    assert bob.get("state").status_code == 404
    assert ann.state()["state"] == "located"
    assert len(listed(hub)) == 1

    bob.yes(code, takeover=True).raise_for_status()
    new = handle_of(hub, bob)
    assert listed(hub) == [new]
    assert ann.state()["ended"] == "takeover"
    walk(hub, old, "wine")
    assert (bob.state()["state"], bob.state()["messages"]) == ("unknown", [])
    linger(hub, bob, new, "pasta", 15)
    assert bob.state()["place"]["zone"] == "pasta"
    assert ann.state()["place"] is None
    assert stays_of(hub, old) == ["produce"] * 10
    assert "wine" not in zones_kept(hub)
    assert bob.heard_of(names_of(hub, ann)) == []
    assert ann.heard_of(names_of(hub, bob)) == []
    for press in ("feedback", "receipt"):
        decision = bob.state()["messages"][0]["decision"]
        kind = {"feedback": "useful", "receipt": "shown"}[press]
        assert ann.post(f"messages/{decision}/{press}", kind=kind).status_code == 404
    presses: dict[str, dict[str, object]] = {
        "heartbeat": {"visible": True},
        "pause": {"paused": True},
        "mission": {"intent": "gift"},
        "leave": {},
    }
    for press, body in presses.items():
        assert ann.post(press, **body).status_code == 404
    assert bob.state()["ended"] is None


class Left(NamedTuple):
    """A cart that its shopper left."""

    reason: str
    wait_s: int
    is_heard: bool
    moves: bool
    has_page: bool


@pytest.mark.parametrize(
    "left",
    [
        Left("unheard", 900, is_heard=False, moves=False, has_page=True),
        Left("still", 600, is_heard=True, moves=False, has_page=True),
        Left("page_silent", 1200, is_heard=True, moves=True, has_page=False),
    ],
    ids=lambda left: left.reason,
)
def test_a_cart_left_and_taken_by_one_who_never_opened_a_page(
    hub: Hub, new_shopper: NewShopper, left: Left
) -> None:
    (code,) = hub.carts("cart-1")
    ann = new_shopper()
    ann.yes(code).raise_for_status()
    handle = handle_of(hub, ann)
    linger(hub, ann, handle, "produce", 5)
    hub.lists()
    for seconds in range(5, left.wait_s + 30, 5):
        if left.is_heard:
            # At one place, or to and fro along the shelf.
            hub.fix(handle, "produce", y_m=6.0 if left.moves and seconds % 40 < 20 else 12.0)
        if left.has_page:
            ann.post("heartbeat", visible=False)
        assert ann.state()["ended"] is None or seconds > left.wait_s
        hub.pass_s(5, step_s=5)
    assert ann.state()["ended"] == left.reason
    assert listed(hub) == []
    before = hub.query("SELECT count(*) FROM stays") + hub.query("SELECT count(*) FROM decisions")
    walk(hub, handle, "wine", seconds=30)
    assert ann.state()["place"] is None
    after = hub.query("SELECT count(*) FROM stays") + hub.query("SELECT count(*) FROM decisions")
    assert after == before
    assert "wine" not in zones_kept(hub)
    assert hub.engine.journeys.handles == ()
    bob = new_shopper()
    assert bob.get(f"tag/{code}").json()["state"] == "free"


def test_a_cart_that_went_out_of_the_door_is_free(hub: Hub, new_shopper: NewShopper) -> None:
    (code,) = hub.carts("cart-1")
    ann = new_shopper()
    ann.yes(code).raise_for_status()
    handle = handle_of(hub, ann)
    walk(hub, handle, "produce")
    hub.pass_s(125, step_s=5)
    # At the door for a moment; then the radio loses the cart, and the locator says so for 30 s.
    walk(hub, handle, "entrance", seconds=6)
    for second in range(30):
        hub.fix(handle, "entrance" if second < 8 else None)
        hub.pass_s(1)
    for _ in range(60):
        ann.post("heartbeat", visible=True)
        hub.pass_s(1)
    assert ann.state()["ended"] == "exit"


def test_a_locator_that_dies_sends_nobody_out(hub: Hub, new_shopper: NewShopper) -> None:
    (code,) = hub.carts("cart-1")
    ann = new_shopper()
    ann.yes(code).raise_for_status()
    handle = handle_of(hub, ann)
    hub.pass_s(130, step_s=5)
    walk(hub, handle, "entrance", seconds=6)
    hub.pass_s(120, step_s=2)
    assert ann.state()["ended"] is None
    walk(hub, handle, "produce")
    assert ann.state()["place"]["zone"] == "produce"


def test_a_cart_handed_over(hub: Hub, new_shopper: NewShopper) -> None:
    (code,) = hub.carts("cart-1")
    ann, bob = new_shopper(), new_shopper()
    ann.yes(code).raise_for_status()
    old = handle_of(hub, ann)
    walk(hub, old, "produce", 3)
    late = hub.row(old, "leave", "produce", dwell_s=3.0)
    ann.post("leave").raise_for_status()
    assert listed(hub) == []
    hub.now_s += 5
    bob.yes(code).raise_for_status()
    new = handle_of(hub, bob)
    assert listed(hub) == [new]
    hub.stays(late, hub.row(old, "enter", "wine"))
    hub.fix(old, "wine")
    assert bob.state()["place"] is None
    walk(hub, new, "pasta", 3)
    assert stays_of(hub, old) == ["produce"]
    assert stays_of(hub, new) == ["pasta"]
    assert ann.state()["ended"] == "leave"
    assert bob.heard_of(names_of(hub, ann)) == []
    assert ann.heard_of(names_of(hub, bob)) == []


def test_what_the_one_before_paid_is_not_the_next_ones(hub: Hub, new_shopper: NewShopper) -> None:
    (code,) = hub.carts("cart-1")
    ann, bob = new_shopper(), new_shopper()
    ann.yes(code).raise_for_status()
    hub.pass_s(300)
    paid_s = hub.now_s
    hub.pass_s(10)
    bob.yes(code, takeover=True).raise_for_status()
    hub.pass_s(5)
    event = Event(
        id="receipt-1",
        ts=datetime.fromtimestamp(paid_s, UTC).isoformat(),
        channel="till-1",
        type="payment",
        subject=Subject(tag="cart-1"),
        items=[Item(item="1038")],
    )
    hub.engine.event("till", event)
    (visit,) = hub.engine.roll.visits.values()
    assert (visit.bought_items, visit.paid_s) == (set(), None)
    # It is the visit's that held the cart then, which has ended.
    assert hub.query("SELECT visit FROM events") == hub.query(
        "SELECT visit FROM visits WHERE ended_ms IS NOT NULL"
    )


def test_two_carts_one_shopper_and_one_is_taken(hub: Hub, new_shopper: NewShopper) -> None:
    first, second = hub.carts("cart-1", "cart-2")
    ann, bob = new_shopper(), new_shopper()
    ann.yes(first).raise_for_status()
    one = handle_of(hub, ann)
    ann.yes(second).raise_for_status()
    two = handle_of(hub, ann)
    assert sorted(listed(hub)) == sorted([one, two])
    walk(hub, one, "produce")
    walk(hub, two, "pasta")
    # Two carts in two aisles: the first one leads until it is left behind.
    assert ann.state()["place"]["zone"] == "produce"
    bob.yes(first, takeover=True).raise_for_status()
    three = handle_of(hub, bob)
    assert sorted(listed(hub)) == sorted([two, three])
    walk(hub, one, "wine")
    walk(hub, three, "dairy")
    assert ann.state()["ended"] is None
    assert ann.state()["place"]["zone"] == "pasta"
    assert bob.state()["place"]["zone"] == "dairy"
    assert sorted(map(str, stays_of(hub, two))) == ["pasta", "produce"]
    assert stays_of(hub, three) == ["dairy"]
    assert "wine" not in zones_kept(hub)
    assert bob.heard_of(names_of(hub, ann)) == []
    assert ann.heard_of(names_of(hub, bob)) == []


def joined(hub: Hub, new_shopper: NewShopper) -> tuple[Shopper, Shopper]:
    """An owner and a guest of one visit."""
    (code,) = hub.carts("cart-1")
    owner, guest = new_shopper(), new_shopper()
    owner.yes(code).raise_for_status()
    guest.post("join", join_code=owner.state()["join_code"]).raise_for_status()
    walk(hub, handle_of(hub, owner), "produce")
    assert guest.state()["place"] == owner.state()["place"]
    return owner, guest


@pytest.mark.parametrize("how", ["leave", "delete"])
def test_a_guest_who_goes_sees_nothing_more(hub: Hub, new_shopper: NewShopper, how: str) -> None:
    owner, guest = joined(hub, new_shopper)
    kept = str(guest.cookie)
    guest.post(how).raise_for_status()
    guest.cookie = kept
    walk(hub, handle_of(hub, owner), "pasta")
    assert guest.get("state").status_code == 404
    assert guest.post("pause", paused=True).status_code == 404
    assert guest.post("heartbeat", visible=True).status_code == 404
    assert owner.state()["place"]["zone"] == "pasta"
    visit = hub.engine.roll.book.visit_of(digest(str(owner.cookie)).hex())
    assert visit is not None
    assert visit.phones == (digest(str(owner.cookie)).hex(),)
    if how == "delete":
        assert digest(kept) not in hub.bytes_on_disk()


def test_a_guest_forgotten_by_an_old_code_sees_nothing_more(
    hub: Hub, new_shopper: NewShopper
) -> None:
    first, second = hub.carts("cart-1", "cart-2")
    owner, guest = new_shopper(), new_shopper()
    guest.yes(second, remember=True).raise_for_status()
    own_code = guest.state()["visit_code"]
    guest.post("leave").raise_for_status()
    owner.yes(first).raise_for_status()
    guest.post("join", join_code=owner.state()["join_code"]).raise_for_status()
    kept = str(guest.cookie)
    new_shopper().post("delete-by-code", visit_code=own_code).raise_for_status()
    guest.cookie = kept
    assert guest.get("state").status_code == 404
    assert owner.state()["ended"] is None


def test_an_owner_who_deletes_leaves_the_guest_nothing(hub: Hub, new_shopper: NewShopper) -> None:
    owner, guest = joined(hub, new_shopper)
    handle = handle_of(hub, owner)
    names = names_of(hub, owner)
    hub.lists()
    owner.post("delete").raise_for_status()
    assert guest.get("state").status_code == 404
    assert listed(hub) == []
    walk(hub, handle, "wine")
    disk = hub.bytes_on_disk()
    assert [name for name in names if name.encode() in disk] == []
    assert "wine" not in zones_kept(hub)


def test_a_deleted_person_s_messages_leave_the_floor(hub: Hub, new_shopper: NewShopper) -> None:
    codes = hub.carts("cart-1", "cart-2")
    ann, bob = new_shopper(), new_shopper()
    for shopper, code in zip((ann, bob), codes, strict=True):
        shopper.yes(code).raise_for_status()
        linger(hub, shopper, handle_of(hub, shopper), "produce", 10)
    deleted, kept = (shopper.state()["messages"][0]["decision"] for shopper in (ann, bob))
    assert deleted.encode() in hub.engine.floor_frame()
    ann.post("delete").raise_for_status()
    hub.pass_s(1)
    assert deleted.encode() not in hub.engine.floor_frame()
    assert kept.encode() in hub.engine.floor_frame()


def test_a_guest_s_own_later_visit_is_their_own(hub: Hub, new_shopper: NewShopper) -> None:
    first, second = hub.carts("cart-1", "cart-2")
    owner, guest = new_shopper(), new_shopper()
    guest.yes(second, remember=True).raise_for_status()
    guest.post("leave").raise_for_status()
    owner.yes(first).raise_for_status()
    guest.post("join", join_code=owner.state()["join_code"]).raise_for_status()
    owner.post("leave").raise_for_status()
    owners = names_of(hub, owner)
    assert guest.state()["ended"] == "leave"
    hub.pass_s(1)
    guest.yes(second, remember=True).raise_for_status()
    guest.received.clear()
    own_code = guest.state()["visit_code"]
    hub.restart()
    later = Shopper(ORIGIN, InProcess(build_app(hub.engine)))
    later.cookie = str(guest.cookie)
    assert later.state()["visit_code"] == own_code
    later.post("leave").raise_for_status()
    assert later.state()["visit_code"] == own_code
    assert later.heard_of(owners) == []
    later.close()

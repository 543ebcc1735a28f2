"""A place of a pause is kept by nobody, however late it comes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub_server.engine import Session
from hub_server.visit.pauses import decoded, encoded, lies_in, until_now
from tests.hub_server.speaking_hub import Build, Store, message, stores


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


def restarted(store: Store, _: Session) -> None:
    store.hub.restart()


def over(store: Store, session: Session) -> None:
    store.hub.engine.leave(session.cookie)


def over_and_restarted(store: Store, session: Session) -> None:
    over(store, session)
    store.hub.restart()


def nothing(_: Store, __: Session) -> None:
    return None


@pytest.mark.parametrize("then", [nothing, restarted, over, over_and_restarted])
def test_a_late_stay_of_a_pause_is_not_kept(
    build: Build, then: Callable[[Store, Session], None]
) -> None:
    """Row 92: an agent that was cut off sends it afterwards."""
    store = build(message("x"))
    ada = store.shopper()
    handle = store.hub.handle(ada)
    store.hub.engine.pause(ada.cookie, paused=True)
    store.hub.pass_s(20)
    late = store.hub.row(handle, "enter", "pasta")
    store.hub.pass_s(20)
    store.hub.engine.pause(ada.cookie, paused=False)
    store.hub.pass_s(5)
    then(store, ada)
    store.hub.stays(late)
    assert store.hub.query("SELECT zone FROM stays WHERE zone = 'pasta'") == []


@pytest.mark.parametrize("then", [over, over_and_restarted])
def test_nor_is_one_of_a_pause_that_lasted_to_the_end(
    build: Build, then: Callable[[Store, Session], None]
) -> None:
    store = build(message("x"))
    ada = store.shopper()
    handle = store.hub.handle(ada)
    store.hub.engine.pause(ada.cookie, paused=True)
    store.hub.pass_s(20)
    late = store.hub.row(handle, "enter", "pasta")
    store.hub.pass_s(5)
    then(store, ada)
    store.hub.stays(late)
    assert store.hub.query("SELECT zone FROM stays WHERE zone = 'pasta'") == []


@pytest.mark.parametrize("then", [nothing, restarted])
def test_nor_is_one_of_before_a_new_yes(
    build: Build, then: Callable[[Store, Session], None]
) -> None:
    """Row 82: what was before was erased as `locate` was taken back."""
    store = build(message("x"))
    ada = store.shopper()
    late = store.hub.row(store.hub.handle(ada), "enter", "pasta")
    store.hub.pass_s(20)
    for on in (False, True):
        store.hub.engine.rooms.purposes.change(ada.cookie, "locate", on=on)
        store.hub.pass_s(5)
    then(store, ada)
    store.hub.stays(late)
    assert store.hub.query("SELECT zone FROM stays WHERE zone = 'pasta'") == []


def test_a_pause_holds_from_its_first_moment_to_before_its_last() -> None:
    pauses = decoded(encoded(((10.0, 20.0), (30.0, 31.5))))
    assert [lies_in(pauses, at_s) for at_s in (9.9, 10.0, 19.9, 20.0, 31.0, 31.5)] == [
        *(False, True, True, False),
        *(True, False),
    ]
    assert lies_in(until_now(pauses, 40.0), 1e12)
    assert until_now(pauses, None) == pauses
    assert decoded(None) == ()

"""What a message has beside its words is the same after a restart, and once the visit is over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_server.views.hub import MessageView
from tests.hub_server.speaking_hub import Build, Store, message, stores


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


def told(store: Store, cookie: str) -> MessageView:
    (found,) = store.hub.engine.page(cookie).messages
    return found


def test_whom_else_it_is_for_stays_so(build: Build) -> None:
    """Row 52: the label is that of the decision, whoever asks later."""
    at_produce = {"field": "zone", "op": "is", "value": "produce"}
    for_gifts = {"field": "intent", "op": "is", "value": "gift"}
    store = build(message("mine", when={"all": [at_produce, for_gifts]}))
    ada = store.shopper("pasta")
    store.hub.engine.rooms.mission.say(ada.cookie, {"intent": "gift"})
    store.hub.linger(ada, "produce", 2)
    store.see(ada)
    assert told(store, ada.cookie).for_everyone is False
    store.hub.restart()
    assert told(store, ada.cookie).for_everyone is False
    store.hub.engine.leave(ada.cookie)
    assert told(store, ada.cookie).for_everyone is False


def test_buttons_and_items_survive_a_restart(build: Build) -> None:
    """Row 63: one tap still adds what the message names."""
    store = build(message("mine", items=["1017"], buttons=["add_to_list", "bring_it"]))
    ada = store.shopper()
    store.see(ada)
    store.hub.restart()
    found = told(store, ada.cookie)
    assert list(found.buttons) == ["add_to_list", "bring_it"]
    assert [one.item for one in found.items] == ["1017"]

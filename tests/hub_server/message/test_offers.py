"""What a message has beside its words is the same after a restart, and once the visit is over."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from hub_server.goods.assortment import Range
from hub_server.message.unseen import REPRICED
from hub_server.views.hub import MessageView
from tests.hub_server.conftest import market
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


def reprice(store: Store, item: str, price: float) -> None:
    """A newer products.csv."""
    sold = [
        msgspec.structs.replace(one, price=price) if one.item == item else one
        for one in market()[2]
    ]
    store.hub.store.assortment.put(Range(sold))
    for worked_out in store.hub.engine.rooms.supply.products.on_new:
        worked_out(store.hub.store.assortment.products)()


@pytest.mark.parametrize("restarts", [False, True])
def test_nobody_is_shown_the_price_of_before(
    build: Build,
    restarts: bool,  # noqa: FBT001 - of a parametrised test
) -> None:
    """Rows 47 and 87: an unseen message says what the shelf says, or nothing."""
    words = {"en": {"title": "{product}", "text": "Now {price}.", "why": "Because you are here."}}
    store = build(message("milk", items=["1017"], words=words, expiry_s=120))
    ada, ben = store.shopper(), store.shopper()
    store.see(ben)
    assert told(store, ada.cookie).text == "Now 1.29."
    if restarts:
        store.hub.restart()
        store.hub.agent_up()
    reprice(store, "1018", 9.99)
    store.hub.linger(ada, "produce", 1)
    assert told(store, ada.cookie).text == "Now 1.29.", "another product's"
    reprice(store, "1017", 9.99)
    store.hub.linger(ada, "produce", 1)
    assert store.titles(ada) == []
    assert store.sent(ada)[0].cancelled == REPRICED
    store.hub.linger(ada, "produce", 20)
    assert told(store, ada.cookie).text == "Now 9.99."
    assert told(store, ben.cookie).text == "Now 1.29.", "as it was read"


def test_a_message_that_tells_no_price_outlives_it(build: Build) -> None:
    priced = {"field": "intent", "op": "is", "value": "gift"}
    words = {"en": {"title": "Milk", "text": "Now {price}.", "why": "You are here."}}
    plain = {"en": {"title": "Milk", "text": "It is here.", "why": "You are here."}}
    variant = {"when": priced, "words": words}
    store = build(message("milk", items=["1017"], words=plain, variants=[variant]))
    ada = store.shopper()
    reprice(store, "1017", 9.99)
    store.hub.linger(ada, "produce", 2)
    assert told(store, ada.cookie).text == "It is here."

"""What lasts is owned for its horizon, though the store sells another model by now."""

import msgspec
import pytest
from sqlalchemy import text

from hub_server.engine import Subject
from hub_server.event.imports import note_lasting
from hub_server.event.lasting import Lasting
from hub_server.goods.assortment import Assortment, Range
from hub_server.goods.products import Product
from tests.hub_server.conftest import Hub, market
from tests.hub_server.event.test_history import PASTE, SEAT, come_back, send, visitor


def without_the_seat() -> Range:
    """Products of which the seat has left, and its successor has come."""
    known = {one.item: one for one in market()[2]}
    new = msgspec.structs.replace(known.pop(SEAT), item="9999", name="New model")
    return Range([*known.values(), new])


@pytest.mark.parametrize("restart", [False, True])
def test_what_left_the_range_is_owned_until_its_horizon(hub: Hub, *, restart: bool) -> None:
    """Row 24: the toilet seat itself: its model leaves products.csv, its category stays quiet."""
    session, visit = visitor(hub)
    send(hub, "payment", Subject(visit=visit.visit_code), SEAT, PASTE)
    hub.store.assortment.put(without_the_seat())
    if restart:
        hub.store = msgspec.structs.replace(
            hub.store, assortment=Assortment(without_the_seat().products.values())
        )
        hub.restart()
    visit = come_back(hub, session, 300)
    assert visit.past.owned_categories == ("kitchen",)
    assert {SEAT, "9999"} <= set(visit.past.owned_items)
    assert hub.store.assortment.product(SEAT) is None
    visit = come_back(hub, session, 66)
    assert visit.past.owned_items == ()
    assert hub.query("SELECT item FROM lasting") == [(SEAT,)]


def test_what_an_import_names_is_kept_as_it_is_now(hub: Hub) -> None:
    """Row 24: receipts of before, of what is sold today."""
    rows = [("b", number, item) for number, item in enumerate((SEAT, SEAT, PASTE, "unknown"))]
    for basket, line, item in rows:
        values = (basket, line, "digest", 1, item, 1.0, 1.0)
        hub.run(f"INSERT INTO purchases VALUES {values}")  # noqa: S608 - our own values
    note_lasting(hub.database, hub.store.assortment)
    note_lasting(hub.database, hub.store.assortment)
    (row,) = hub.database.read(text("SELECT * FROM lasting"))
    assert tuple(row) == (SEAT, "kitchen", 365.0, 0)


def test_what_is_sold_no_more_is_known_and_not_found(hub: Hub) -> None:
    """Row 24: whoever asks of it, hears what it was; nobody is led to it."""
    pump = Product(
        item="pump", name="Pump", category="health", durable=True, horizon_days=90, sensitive=True
    )
    hub.database.write(*Lasting(hub.database, Assortment([pump])).noted(["pump", "gone"]))
    sold = Assortment([Product(item="a", name="A")])
    Lasting(hub.database, sold).recall(["pump", "gone", "a"])
    assert (sold.category("pump"), sold.horizon_days("pump")) == ("health", 90)
    assert (sold.is_durable("pump"), sold.is_sensitive("pump")) == (True, True)
    assert (sold.product("pump"), sold.items_in("health"), sold.find("pump")) == (None, (), ())
    assert (sold.category("gone"), sold.category("a")) == (None, None)

"""Where is it."""

from pathlib import Path

import pytest

from hub_server.views.hub import Refused
from tests.hub_server.aisle_hub import BANANAS, MILK, OAT_DRINK, Shopper
from tests.hub_server.conftest import Hub

# The market's stock is counted in the autumn after the tests' clock.
LATER_S = 1_800_000_000.0


def test_where_is_it_with_the_way(hub: Hub) -> None:
    """Row 23."""
    shopper = Shopper(hub)
    shopper.before(BANANAS)
    found = shopper.aisle.finding.find(shopper.cookie, "reisling")
    first = found.found[0]
    assert (first.name, first.zone_name, first.in_stock) == ("Riesling, dry", "Wine", True)
    assert found.route is not None
    assert found.route.metres == first.metres
    assert found.route.legs[0].points[0] == (28.75, 6.75)
    assert found.substitutes == []


def test_without_a_place_the_way_begins_at_the_entrance(hub: Hub) -> None:
    shopper = Shopper(hub)
    way = shopper.aisle.finding.way(shopper.cookie, BANANAS)
    assert way.legs[0].points[0] == (26.75, 0.25)
    with pytest.raises(Refused) as refused:
        shopper.aisle.finding.way(shopper.cookie, "999")
    assert refused.value.code == "no_way"


def test_what_nobody_sells_is_not_found(hub: Hub) -> None:
    shopper = Shopper(hub)
    found = shopper.aisle.finding.find(shopper.cookie, "spaceship")
    assert (found.found, found.route, found.substitutes) == ([], None, [])


def test_out_of_stock_names_what_is_there_but_no_surprise(hub: Hub) -> None:
    """Row 87."""
    shopper = Shopper(hub)
    shopper.aisle.shelves.assortment.restock({MILK: 0}, LATER_S)
    hub.now_s = LATER_S
    found = shopper.aisle.finding.find(shopper.cookie, "whole milk")
    assert found.found[0].in_stock is False
    names = [one.item for one in found.substitutes]
    assert MILK not in names
    shopper.visit.gift_names = frozenset(names)
    assert shopper.aisle.finding.find(shopper.cookie, "whole milk").substitutes == []


def test_stock_that_is_too_old_to_say_is_unknown(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.aisle.shelves.assortment.restock({OAT_DRINK: 3}, LATER_S)
    hub.now_s = LATER_S + 3 * 86_400
    found = shopper.aisle.finding.find(shopper.cookie, "oat drink")
    assert found.found[0].in_stock is None


def test_names_are_those_of_the_shoppers_language(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.visit.language = "de"
    found = shopper.aisle.finding.find(shopper.cookie, "milk").found
    assert found[0].name == "Vollmilch, 1 l"
    shopper.before(BANANAS)
    assert "Bananen" in {one.name for one in shopper.aisle.nearby.near(shopper.cookie, 15).near}
    (line,) = shopper.aisle.lists.add(shopper.cookie, None, BANANAS).lines
    assert line.product is not None
    assert (line.text, line.product.name) == ("Bananen", "Bananen")


def test_places_are_named_and_found_in_the_shoppers_language(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.visit.language = "de"
    shopper.before(BANANAS)
    assert shopper.aisle.nearby.near(shopper.cookie).zone_name == "Obst & Gemüse"
    found = shopper.aisle.finding.find(shopper.cookie, "Getränke & Tiefkühl")
    assert [one.name for one in found.places] == ["Getränke & Tiefkühl"]
    (line,) = shopper.aisle.lists.add(shopper.cookie, None, BANANAS).lines
    assert line.product is not None
    assert line.product.zone_name == "Obst & Gemüse"
    place = hub.engine.page(shopper.cookie).place
    assert place is not None
    assert place.zone_name == "Obst & Gemüse"


def test_a_zone_is_found_with_what_stands_in_it(hub: Hub) -> None:
    """Row 23: "wine" is wines first, then what else stands there; never tomatoes on the vine."""
    shopper = Shopper(hub)
    shopper.before(BANANAS)
    found = shopper.aisle.finding.find(shopper.cookie, "wine")
    assert [one.item for one in found.found] == ["1053", "1054", "1055", "1056", "1057"]
    assert [one.name for one in found.places] == ["Wine"]
    whole = shopper.aisle.finding.find(shopper.cookie, "household")
    assert {one.zone for one in whole.found} == {"home-care"}
    assert shopper.aisle.finding.find(shopper.cookie, "home care").found


def test_a_till_is_found_with_its_way(hub: Hub) -> None:
    shopper = Shopper(hub)
    without = shopper.aisle.finding.find(shopper.cookie, "customer service").places
    assert without[0].metres is None
    shopper.before(BANANAS)
    for text, name in (("Kasse", "Checkout"), ("customer service", "Customer service")):
        found = shopper.aisle.finding.find(shopper.cookie, text)
        assert (found.found, found.places[0].name) == ([], name)
        assert found.route is not None
        assert found.route.metres == found.places[0].metres
        way = shopper.aisle.finding.way(shopper.cookie, found.places[0].id)
        assert way == found.route


def test_prices_are_written_for_their_reader(tmp_path: Path) -> None:
    priced = Hub(tmp_path, currency="EUR")
    try:
        shopper = Shopper(priced)
        shopper.before(BANANAS)
        assert shopper.aisle.finding.find(shopper.cookie, "bananas").found[0].price_text == "€1.79"
        shopper.visit.language = "de"
        near = {one.item: one.price_text for one in shopper.aisle.nearby.near(shopper.cookie).near}
        assert near[BANANAS] == "1,79\N{NO-BREAK SPACE}€"
    finally:
        priced.close()


def test_without_a_currency_a_price_is_called_one(hub: Hub) -> None:
    shopper = Shopper(hub)
    assert shopper.aisle.finding.find(shopper.cookie, "bananas").found[0].price_text == "price 1.79"

"""Useful near me now."""

from hub_server.place.nearby import LONG_DWELL_S, NEAR_M
from hub_server.views.aisle import NearbyView, NearView
from hub_server.visit.visits import Choices, Mission, Past
from tests.hub_server.aisle_hub import BANANAS, OATS, SPAGHETTI, WINE, Shopper
from tests.hub_server.conftest import Hub

# The wine's variant without alcohol costs half.
JUICE = "1056"
PLASTERS = "1066"


def near(shopper: Shopper, count: int = 5) -> NearbyView:
    return shopper.aisle.nearby.near(shopper.cookie, count)


def items(view: NearbyView) -> list[str]:
    return [one.item for one in view.near]


def test_at_most_five_things_each_with_its_reason_and_no_message(hub: Hub) -> None:
    """Row 83."""
    shopper = Shopper(hub)
    shopper.write("spaghetti")
    shopper.before(SPAGHETTI)
    said = len(shopper.visit.sent)
    view = near(shopper)
    assert view.zone_name == "Pasta & sauces"
    assert 0 < len(view.near) <= 5
    assert view.near[0].item == SPAGHETTI
    assert view.near[0].why == "On your list, 1 m from you."
    assert all(one.why and (one.metres or 0) <= NEAR_M for one in view.near)
    assert len({shopper.aisle.shelves.assortment.category(item) for item in items(view)}) == 5
    assert len(shopper.visit.sent) == said
    assert len(near(shopper, 15).near) > 5
    assert all(one.attributes == list(one.attributes) for one in near(shopper, 15).near)


def test_in_the_shoppers_language(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.visit.language = "de"
    shopper.before(SPAGHETTI)
    assert near(shopper).near[0].why.endswith("m von Ihnen, vorrätig.")


def test_where_nobody_knows_the_place_nothing_is_near(hub: Hub) -> None:
    assert near(Shopper(hub)) == NearbyView(zone_name=None, near=[])


def test_the_cheapest_first_for_who_looks_at_the_price(hub: Hub) -> None:
    """Row 33."""
    shopper = Shopper(hub)
    shopper.before(SPAGHETTI)
    shopper.visit.mission = Mission(value="price")
    prices = [one.price or 0.0 for one in near(shopper, 15).near if one.reason == "near"]
    assert prices == sorted(prices)


def test_a_long_look_names_the_cheaper_variant(hub: Hub) -> None:
    """Row 100: a cheaper one that keeps what the dearer one promises."""
    shopper = Shopper(hub)
    shopper.before(JUICE)
    hub.enter(hub.handle(shopper.session), "wine")
    assert by_item(shopper)[JUICE].reason == "near"
    shopper.before(JUICE, round(LONG_DWELL_S) + 2)
    assert by_item(shopper)[JUICE].reason == "cheaper"
    assert by_item(shopper)[JUICE].why == "Costs less than Riesling, dry beside it."
    shopper.visit.gift_names = frozenset({WINE})
    assert by_item(shopper)[JUICE].reason == "near"


def test_the_cheaper_variant_goes_with_the_dearer_one(hub: Hub) -> None:
    """Row 100."""
    shopper = Shopper(hub)
    shopper.write("riesling")
    shopper.before(WINE)
    first = near(shopper).near[0]
    assert first.item == WINE
    assert first.cheaper is not None
    assert first.cheaper.item == JUICE
    shopper.visit.gift_names = frozenset({JUICE})
    assert near(shopper).near[0].cheaper is None


def by_item(shopper: Shopper) -> dict[str, NearView]:
    return {one.item: one for one in near(shopper, 15).near}


def test_never_a_surprise_nor_what_is_out_private_or_there_already(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.before(SPAGHETTI)
    assert SPAGHETTI in items(near(shopper, 15))
    shopper.visit.gift_names = frozenset({"pasta"})
    assert SPAGHETTI not in items(near(shopper, 15))
    shopper.visit.gift_names = frozenset()
    shopper.visit.bought_items = {SPAGHETTI}
    assert SPAGHETTI not in items(near(shopper, 15))
    shopper.visit.bought_items = set()
    for past in (
        Past(owned_items=(SPAGHETTI,)),
        Past(disliked_items=(SPAGHETTI,)),
        Past(returned_items=(SPAGHETTI,)),
        Past(owned_categories=("pasta",)),
    ):
        shopper.visit.past = past
        assert SPAGHETTI not in items(near(shopper, 15))
    shopper.aisle.shelves.assortment.restock({SPAGHETTI: 0}, 1_800_000_000.0)
    shopper.visit.past = Past()
    assert SPAGHETTI not in items(near(shopper, 15))
    shopper.before(PLASTERS)
    assert PLASTERS not in items(near(shopper, 15))


def test_what_is_due_is_told_unless_no_history_is_wanted(hub: Hub) -> None:
    shopper = Shopper(hub)
    shopper.before(OATS)
    shopper.visit.past = Past(due_items=(OATS,), owned_items=(BANANAS,))
    first = near(shopper).near[0]
    assert (first.item, first.reason) == (OATS, "due")
    shopper.visit.choices = Choices(plain=True)
    assert all(one.reason == "near" for one in near(shopper).near)

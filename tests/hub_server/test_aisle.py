"""The parts along the aisles, put together."""

from hub_server.place.routes import routes_of
from tests.hub_server.conftest import Hub


def test_campaigns_know_the_way_to_what_they_lead_to(hub: Hub) -> None:
    """The decision's snapshot has a walk for each campaign's target."""
    engine = hub.engine
    targets = {one.near for one in hub.store.campaigns if one.near is not None}
    assert targets
    walks = engine.rooms.aisle.walks(hub.store.campaigns)
    point = routes_of(hub.store.floor_map).point(engine.rooms.aisle.shelves.routes.entrance)
    assert {one.target for one in walks.of(point.x_m, point.y_m, point.level)} == targets
    assert engine.rooms.aisle.walks([]).of(point.x_m, point.y_m, point.level) == ()


def test_every_product_of_the_market_has_a_place_to_stand(hub: Hub) -> None:
    shelves = hub.engine.rooms.aisle.shelves
    assert all(shelves.cell(item) >= 0 for item in shelves.assortment.products)

"""Where shoppers stand, as far as they let us know."""

from hub_server.journey.lead import PLACE_MAX_S
from hub_server.journey.tracks import RADIUS_MAX_M
from hub_server.journey.whereabouts import Whereabouts
from hub_server.place.routes import Point, routes_of
from tests.hub_server.aisle_hub import Shopper
from tests.hub_server.conftest import Hub

HERE = Point(12.0, 7.5, "L0")


def test_a_place_is_told_while_it_is_fresh_and_allowed(hub: Hub) -> None:
    shopper = Shopper(hub)
    where = Whereabouts(hub.engine._desk, routes_of(hub.store.floor_map))
    assert where.cell(shopper.visit) == -1
    shopper.at(HERE, "offers")
    assert where.cell(shopper.visit) == where.routes.cell(12.0, 7.5, "L0")
    shopper.visit.may_locate = False
    assert where.cell(shopper.visit) == -1
    shopper.visit.may_locate = True
    hub.now_s += PLACE_MAX_S + 1
    assert where.journey(shopper.visit) is None


def test_a_wide_guess_is_no_place(hub: Hub) -> None:
    shopper = Shopper(hub)
    where = Whereabouts(hub.engine._desk, routes_of(hub.store.floor_map))
    handle = hub.handle(shopper.session)
    hub.now_s += 1
    hub.fix(handle, None, radius_m=RADIUS_MAX_M + 1)
    assert where.journey(shopper.visit) is None
    hub.now_s += 1
    hub.fix(handle, None, radius_m=RADIUS_MAX_M - 1)
    assert where.journey(shopper.visit) is not None

"""The way to what campaigns lead to, looked up."""

import pytest

from hub_server.decision import walks as walks_module
from hub_server.decision.walks import Walks, walks_to
from hub_server.place.routes import routes_of
from store_maps import corner_market

ROUTES = routes_of(corner_market.load())


def nowhere(_item: str) -> int:
    return -1


def test_zones_and_items_by_their_metres_from_here() -> None:
    cell = ROUTES.middle("wine")
    cells = {"1053": cell, "1": ROUTES.middle("dairy")}
    targets = ["pasta", "1053", "pasta", "nothing"]
    walks = walks_to(ROUTES, targets, lambda item: cells.get(item, -1))
    point = ROUTES.point(ROUTES.middle("pasta"))
    found = {one.target: one.metres for one in walks.of(point.x_m, point.y_m, "L0")}
    assert found["pasta"] == 0.0
    assert found["1053"] == pytest.approx(ROUTES.field(cell)[ROUTES.middle("pasta")], abs=0.06)
    assert set(found) == {"pasta", "1053"}
    assert walks.of(point.x_m, point.y_m, "L0") is walks.of(point.x_m, point.y_m, "L0")
    more = walks.of(point.x_m, point.y_m, "L0", ("1", "1053", "nothing"))
    assert [one.target for one in more] == ["pasta", "1053", "1"]
    assert walks.of(-50.0, 0.0, "L0", ("1",)) == ()


def test_off_the_floor_or_without_targets_nothing_is_known() -> None:
    walks = walks_to(ROUTES, ["pasta"], nowhere)
    assert walks.of(-50.0, 0.0, "L0") == ()
    assert Walks(ROUTES).of(10.0, 10.0, "L0") == ()
    assert Walks(ROUTES).of(10.0, 10.0, "L0", ("1053",)) == ()


def test_a_target_that_no_way_leads_to_is_left_out() -> None:
    far = {"moon": ROUTES.zone_field("moon"), "pasta": ROUTES.zone_field("pasta")}
    (found,) = Walks(ROUTES, far).of(12.0, 12.0, "L0")
    assert found.target == "pasta"


def test_answers_are_not_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walks_module, "KNOWN_MAX", 3)
    walks = walks_to(ROUTES, ["pasta"], nowhere)
    first = walks.of(25.0, 9.0, "L0")
    for y_m in (5.0, 6.0, 7.0, 8.0):
        walks.of(25.0, y_m, "L0")
    assert walks.of(25.0, 9.0, "L0") == first
    assert len(walks._known) <= 3

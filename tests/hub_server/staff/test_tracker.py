"""Orders on the phone."""

from hub_server.staff.tracker import orders
from hub_server.visit.visits import Visit


def test_what_is_ready_comes_first_and_what_was_collected_last() -> None:
    """Row 68."""
    visit = Visit(visit="v", shopper="s", visit_code="", join_code="", opened_s=0.0)
    visit.orders = {"a": "picked_up", "b": "ordered", "c": "ready", "d": "preparing", "e": "odd"}
    assert [one.order for one in orders(visit)] == ["c", "d", "b", "a", "e"]
    assert orders(visit)[0].steps == ["ordered", "preparing", "ready", "picked_up"]
